#include "notice/config_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "incident/incident.h"
#include "key/name.h"
#include "time/period.h"

/* The node under key, or the map itself: where a message points. */
static const struct dn_yaml *place(const struct dn_config_map *map, const char *key)
{
    const struct dn_yaml *node = dn_yaml_find(map->node, key);
    return node ? node : map->node;
}

enum dn_status dn_config_map(const struct dn_config_map *in, const char *key, const char *const *known,
                             struct dn_config_map *map)
{
    *map = (struct dn_config_map){in->file, dn_yaml_find(in->node, key), in->err};
    return map->node ? dn_yaml_keys(map->file, map->node, known, map->err) : DN_OK;
}

static enum dn_status check_line(const struct dn_config_map *map, const char *key, bool required, const char *value)
{
    if (!value || !*value) {
        if (!required)
            return DN_OK;
        return dn_yaml_error(map->file, place(map, key), map->err, "'%s' is missing, and a notice needs it", key);
    }
    if (dn_text_hostile(dn_text_of(value)))
        return dn_yaml_error(map->file, place(map, key), map->err, "'%s' holds a line break, control or bidi character",
                             key);
    return DN_OK;
}

enum dn_status dn_config_line(const struct dn_config_map *map, const char *key, bool required, char **value)
{
    enum dn_status status = map->node ? dn_yaml_string(map->file, map->node, key, value, map->err) : DN_OK;
    if (status == DN_OK && *value && !**value) {
        free(*value);
        *value = NULL;
    }
    return status == DN_OK && map->node ? check_line(map, key, required, *value) : status;
}

static enum dn_status wrong_email(const struct dn_config_map *map, const char *key, const char *value)
{
    return dn_yaml_error(map->file, place(map, key), map->err, "'%s' in '%s' is not an address that we may write to",
                         value, key);
}

enum dn_status dn_config_email(const struct dn_config_map *map, const char *key, bool required, char **value)
{
    enum dn_status status = dn_config_line(map, key, required, value);
    if (status != DN_OK || !*value)
        return status;
    struct dn_buf canonical = {0};
    if (!dn_email_canonical(dn_text_of(*value), &canonical))
        status = wrong_email(map, key, *value);
    else {
        free(*value);
        *value = dn_buf_take(&canonical);
    }
    dn_buf_clear(&canonical);
    return status;
}

enum dn_status dn_config_emails(const struct dn_config_map *map, const char *key, struct dn_strings *value)
{
    struct dn_strings given = {0};
    enum dn_status status = dn_yaml_strings(map->file, map->node, key, &given, map->err);
    for (size_t i = 0; i < given.count && status == DN_OK; i++) {
        struct dn_buf canonical = {0};
        if (!dn_email_canonical(dn_text_of(given.at[i]), &canonical))
            status = wrong_email(map, key, given.at[i]);
        else
            dn_strings_add_once(value, dn_buf_text(&canonical));
        dn_buf_clear(&canonical);
    }
    dn_strings_clear(&given);
    return status;
}

static bool url_fits(const char *url, const char *const *schemes)
{
    for (size_t i = 0; schemes[i]; i++) {
        size_t size = strlen(schemes[i]);
        if (strncmp(url, schemes[i], size) != 0)
            continue;
        size_t authority = strcspn(url + size, "/?#");
        return authority > 0 && url[size] != ':' && !memchr(url + size, '@', authority) && !strpbrk(url, " \\");
    }
    return false;
}

enum dn_status dn_config_url(const struct dn_config_map *map, const char *key, const char *const *schemes, char **value)
{
    enum dn_status status = dn_config_line(map, key, false, value);
    if (status != DN_OK || !*value || url_fits(*value, schemes))
        return status;
    return dn_yaml_error(map->file, place(map, key), map->err,
                         "'%s' must be %s or %s with a host, and without a name or password in it", key, schemes[0],
                         schemes[1]);
}

enum dn_status dn_config_number(const struct dn_config_map *map, const char *key, int64_t least, int64_t most,
                                int64_t *value)
{
    if (!map->node)
        return DN_OK;
    enum dn_status status = dn_yaml_number(map->file, map->node, key, value, map->err);
    if (status != DN_OK || !dn_yaml_find(map->node, key) || (*value >= least && *value <= most))
        return status;
    return dn_yaml_error(map->file, place(map, key), map->err, "'%s' must be from %lld to %lld", key, (long long)least,
                         (long long)most);
}

enum dn_status dn_config_period(const struct dn_config_map *map, const char *key, int64_t *value)
{
    char *text = NULL;
    enum dn_status status = dn_config_line(map, key, false, &text);
    struct dn_period period;
    if (status == DN_OK && text) {
        if (!dn_period_parse(dn_text_of(text), &period) || dn_period_seconds(&period) < 0)
            status = dn_yaml_error(map->file, place(map, key), map->err,
                                   "'%s' is not a period of one length (such as PT1M): '%s'", key, text);
        else if (dn_period_seconds(&period) == 0)
            status = dn_yaml_error(map->file, place(map, key), map->err,
                                   "'%s' is no time at all: who takes nothing would be asked without a pause", key);
        else
            *value = dn_period_seconds(&period);
    }
    free(text);
    return status;
}

static enum dn_status add_channel(const struct dn_config_map *map, const char *key, const char *word,
                                  enum dn_channel *list, size_t *count)
{
    int channel = dn_word_find(dn_channel_words, dn_text_of(word));
    if (channel < 0 || channel == DN_CHANNEL_OTHER)
        return dn_yaml_error(map->file, place(map, key), map->err,
                             "'%s' in '%s' is not a channel: message-center, email-admin, email-privacy, phone", word,
                             key);
    for (size_t i = 0; i < *count; i++)
        if ((int)list[i] == channel)
            return dn_yaml_error(map->file, place(map, key), map->err, "channel '%s' stands twice in '%s'", word, key);
    list[(*count)++] = (enum dn_channel)channel;
    return DN_OK;
}

enum dn_status dn_config_channels(const struct dn_config_map *map, const char *key, enum dn_channel **list,
                                  size_t *count)
{
    struct dn_strings words = {0};
    enum dn_status status = dn_yaml_strings(map->file, map->node, key, &words, map->err);
    *list = dn_alloc(words.count, sizeof **list);
    *count = 0;
    for (size_t i = 0; i < words.count && status == DN_OK; i++)
        status = add_channel(map, key, words.at[i], *list, count);
    dn_strings_clear(&words);
    return status;
}
