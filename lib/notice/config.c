#include "notice/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/sha256.h"
#include "key/name.h"
#include "notice/config_value.h"

#define SIZE_CAP ((size_t)16 << 20)
#define SCHEMA "duenotice/notify/1"
#define RATE_MOST 1000000000 /* what is worked out of it in microseconds still fits */

static const char *const top_keys[] = {"schema",   "from",      "reply_to", "provider", "message_id_domain",
                                       "channels", "policy",    "fallback", "first",    "copies",
                                       "retry",    "templates", "approval", "seal",     NULL};
static const char *const party_keys[] = {"name", "email", NULL};
static const char *const provider_keys[] = {"name", "misuse_contact", "callback", "dpa_reference", NULL};
static const char *const channel_keys[] = {"email", "message-center", "phone", NULL};
static const char *const email_keys[] = {"url",           "tls",        "ca_file",     "user",
                                         "password_file", "netrc_file", "connections", "messages_per_connection",
                                         "rate",          NULL};
static const char *const post_keys[] = {"url", "ca_file", "token_file", "connections", "rate", "template", NULL};
static const char *const phone_keys[] = {"sheet", NULL};
static const char *const retry_keys[] = {"attempts", "wait", "longest", NULL};
static const char *const seal_keys[] = {"email", NULL};
static const char *const tls_words[] = {"required", "opportunistic", "none", NULL};
static const char *const approval_words[] = {"none", "required", NULL};
static const char *const mail_schemes[] = {"smtp://", "smtps://", NULL};
static const char *const post_schemes[] = {"https://", "http://", NULL};

static enum dn_status check_schema(const struct dn_config_map *top)
{
    char *schema = NULL;
    enum dn_status status = dn_yaml_string(top->file, top->node, "schema", &schema, top->err);
    if (status == DN_OK && (!schema || strcmp(schema, SCHEMA) != 0))
        status = dn_yaml_error(top->file, top->node, top->err,
                               "'schema' must be %s: this is not a configuration of notify-send", SCHEMA);
    free(schema);
    return status;
}

static enum dn_status read_party(const struct dn_config_map *top, const char *key, bool required, char **name,
                                 char **email)
{
    struct dn_config_map map;
    enum dn_status status = dn_config_map(top, key, party_keys, &map);
    if (status == DN_OK && !map.node && required)
        status = dn_yaml_error(top->file, top->node, top->err, "'%s' is missing, and a notice needs it", key);
    if (status == DN_OK)
        status = dn_config_line(&map, "name", required, name);
    if (status == DN_OK)
        status = dn_config_email(&map, "email", required || map.node, email);
    return status;
}

static enum dn_status read_provider(const struct dn_config_map *top, struct dn_config *config)
{
    struct dn_config_map map;
    enum dn_status status = dn_config_map(top, "provider", provider_keys, &map);
    if (status == DN_OK && !map.node)
        status = dn_yaml_error(top->file, top->node, top->err, "'provider' is missing, and a notice needs it");
    if (status == DN_OK)
        status = dn_config_line(&map, "name", true, &config->provider_name);
    if (status == DN_OK)
        status = dn_config_line(&map, "misuse_contact", true, &config->misuse_contact);
    if (status == DN_OK)
        status = dn_config_line(&map, "callback", false, &config->callback);
    if (status == DN_OK)
        status = dn_config_line(&map, "dpa_reference", false, &config->dpa_reference);
    return status;
}

static enum dn_status read_id_domain(const struct dn_config_map *top, struct dn_config *config)
{
    enum dn_status status = dn_config_line(top, "message_id_domain", true, &config->message_id_domain);
    if (status == DN_OK && !dn_host_valid(dn_text_of(config->message_id_domain)))
        status = dn_yaml_error(top->file, dn_yaml_find(top->node, "message_id_domain"), top->err,
                               "'message_id_domain' is not a host name: '%s'", config->message_id_domain);
    return status;
}

/* "14", "14/s", "300/min", "1000/h". */
static enum dn_status read_rate(const struct dn_config_map *map, struct dn_endpoint *endpoint)
{
    enum dn_status status = dn_config_line(map, "rate", false, &endpoint->rate);
    if (status != DN_OK || !endpoint->rate)
        return status;
    size_t digits = strspn(endpoint->rate, "0123456789");
    const char *unit = endpoint->rate + digits;
    int64_t number = 0;
    bool is_unit = !*unit || !strcmp(unit, "/s") || !strcmp(unit, "/min") || !strcmp(unit, "/h");
    if (is_unit && dn_text_number((struct dn_text){endpoint->rate, digits}, &number) && number > 0 &&
        number <= RATE_MOST)
        return DN_OK;
    return dn_yaml_error(map->file, dn_yaml_find(map->node, "rate"), map->err,
                         "'rate' must be a number of notices with /s, /min or /h, not '%s'", endpoint->rate);
}

static enum dn_status read_tls(const struct dn_config_map *map, struct dn_endpoint *endpoint)
{
    int tls = 0;
    enum dn_status status = map->node ? dn_yaml_one(map->file, map->node, "tls", tls_words, &tls, map->err) : DN_OK;
    endpoint->tls = dn_strdup(tls_words[tls]);
    return status;
}

static enum dn_status read_login(const struct dn_config_map *map, struct dn_endpoint *endpoint)
{
    enum dn_status status = dn_config_line(map, "user", false, &endpoint->user);
    if (status == DN_OK)
        status = dn_config_line(map, "password_file", false, &endpoint->password_file);
    if (status == DN_OK)
        status = dn_config_line(map, "netrc_file", false, &endpoint->netrc_file);
    if (status == DN_OK && endpoint->password_file && !endpoint->user)
        status = dn_yaml_error(map->file, map->node, map->err, "'password_file' without 'user'");
    if (status == DN_OK && endpoint->password_file && endpoint->netrc_file)
        status = dn_yaml_error(map->file, map->node, map->err, "'password_file' and 'netrc_file': only one of them");
    return status;
}

static void set_place(const struct dn_config_map *map, struct dn_endpoint *endpoint)
{
    if (!map->node)
        return;
    endpoint->line = map->node->line;
    endpoint->column = map->node->column;
}

static enum dn_status read_email(const struct dn_config_map *channels, struct dn_endpoint *email)
{
    struct dn_config_map map;
    email->connections = 16;
    enum dn_status status = dn_config_map(channels, "email", email_keys, &map);
    set_place(&map, email);
    if (status == DN_OK)
        status = dn_config_url(&map, "url", mail_schemes, &email->url);
    if (status == DN_OK)
        status = read_tls(&map, email);
    if (status == DN_OK)
        status = dn_config_line(&map, "ca_file", false, &email->ca_file);
    if (status == DN_OK)
        status = read_login(&map, email);
    if (status == DN_OK)
        status = dn_config_number(&map, "connections", 1, 256, &email->connections);
    if (status == DN_OK)
        status = dn_config_number(&map, "messages_per_connection", 1, INT64_MAX, &email->messages_per_connection);
    return status == DN_OK ? read_rate(&map, email) : status;
}

static enum dn_status read_post(const struct dn_config_map *channels, struct dn_endpoint *post)
{
    struct dn_config_map map;
    post->connections = 16;
    enum dn_status status = dn_config_map(channels, "message-center", post_keys, &map);
    set_place(&map, post);
    if (status == DN_OK)
        status = dn_config_url(&map, "url", post_schemes, &post->url);
    if (status == DN_OK)
        status = dn_config_line(&map, "ca_file", false, &post->ca_file);
    if (status == DN_OK)
        status = dn_config_line(&map, "token_file", false, &post->token_file);
    if (status == DN_OK)
        status = dn_config_line(&map, "template", false, &post->template_file);
    if (status == DN_OK)
        status = dn_config_number(&map, "connections", 1, 256, &post->connections);
    return status == DN_OK ? read_rate(&map, post) : status;
}

static enum dn_status read_channels(const struct dn_config_map *top, struct dn_config *config)
{
    struct dn_config_map channels, phone;
    enum dn_status status = dn_config_map(top, "channels", channel_keys, &channels);
    if (status == DN_OK)
        status = read_email(&channels, &config->email);
    if (status == DN_OK)
        status = read_post(&channels, &config->message_center);
    if (status == DN_OK)
        status = dn_config_map(&channels, "phone", phone_keys, &phone);
    if (status == DN_OK)
        status = dn_config_line(&phone, "sheet", false, &config->phone_sheet);
    return status;
}

static void set_retry(struct dn_retry *retry)
{
    *retry = (struct dn_retry){.attempts = 0, .wait_s = 60, .longest_s = 1800};
}

static enum dn_status read_retry(const struct dn_config_map *top, struct dn_config *config)
{
    struct dn_config_map map;
    enum dn_status status = dn_config_map(top, "retry", retry_keys, &map);
    if (status == DN_OK)
        status = dn_config_number(&map, "attempts", 1, 100, &config->retry.attempts);
    if (status == DN_OK)
        status = dn_config_period(&map, "wait", &config->retry.wait_s);
    if (status == DN_OK)
        status = dn_config_period(&map, "longest", &config->retry.longest_s);
    return status;
}

static enum dn_status read_rules(const struct dn_config_map *top, struct dn_config *config)
{
    enum dn_status status = dn_config_policy(top, config);
    free(config->fallback);
    config->fallback = NULL;
    if (status == DN_OK)
        status = dn_config_channels(top, "fallback", &config->fallback, &config->fallback_count);
    if (status == DN_OK)
        status = dn_yaml_strings(top->file, top->node, "first", &config->first, top->err);
    if (status == DN_OK)
        status = dn_config_emails(top, "copies", &config->copies);
    return status;
}

static enum dn_status read_rest(const struct dn_config_map *top, struct dn_config *config)
{
    int approval = 0;
    struct dn_config_map seal;
    enum dn_status status = dn_config_line(top, "templates", false, &config->templates);
    if (status == DN_OK)
        status = dn_yaml_one(top->file, top->node, "approval", approval_words, &approval, top->err);
    config->approval_required = approval == 1;
    if (status == DN_OK)
        status = dn_config_map(top, "seal", seal_keys, &seal);
    if (status == DN_OK)
        status = dn_config_email(&seal, "email", seal.node, &config->seal_email);
    return status;
}

static enum dn_status read_top(const struct dn_config_map *top, struct dn_config *config)
{
    enum dn_status status = dn_yaml_keys(top->file, top->node, top_keys, top->err);
    if (status == DN_OK)
        status = check_schema(top);
    if (status == DN_OK)
        status = read_party(top, "from", true, &config->from_name, &config->from_email);
    if (status == DN_OK)
        status = read_party(top, "reply_to", false, &config->reply_name, &config->reply_email);
    if (status == DN_OK)
        status = read_provider(top, config);
    if (status == DN_OK)
        status = read_id_domain(top, config);
    if (status == DN_OK)
        status = read_channels(top, config);
    if (status == DN_OK)
        status = read_rules(top, config);
    if (status == DN_OK)
        status = read_retry(top, config);
    return status == DN_OK ? read_rest(top, config) : status;
}

/* What holds when nothing is said. */
static void set_defaults(struct dn_config *config)
{
    set_retry(&config->retry);
    config->email.connections = 16;
    config->message_center.connections = 16;
}

/* The embedded default policy is plan.c's; its fallback is the phone. */
static void set_default_fallback(struct dn_config *config)
{
    if (config->policy_count || config->fallback_count)
        return;
    config->fallback = dn_realloc(config->fallback, 1, sizeof *config->fallback);
    config->fallback[0] = DN_CHANNEL_PHONE;
    config->fallback_count = 1;
}

static enum dn_status read_bytes(const struct dn_buf *bytes, struct dn_config *config, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    enum dn_status status = dn_yaml_read_bytes(dn_buf_text(bytes), config->name, &file, err);
    if (status == DN_OK && file.count != 1)
        status =
            dn_error_at(err, config->name, 0, 0, "a configuration is one document, this file holds %zu", file.count);
    if (status == DN_OK) {
        struct dn_config_map top = {&file, file.documents[0], err};
        status = read_top(&top, config);
    }
    dn_yaml_clear(&file);
    return status;
}

static void set_digest(struct dn_config *config, struct dn_text bytes)
{
    char hex[DN_SHA256_HEX];
    dn_sha256_hex(bytes, hex);
    config->sha256 = dn_strdup(hex);
}

enum dn_status dn_config_read(const char *path, struct dn_config *config, struct dn_error *err)
{
    *config = (struct dn_config){0};
    set_defaults(config);
    struct dn_buf bytes = {0};
    enum dn_status status = DN_OK;
    if (path) {
        config->name = dn_strdup(dn_file_name(path));
        status = dn_file_read(path, SIZE_CAP, &bytes, err);
        if (status == DN_OK)
            status = read_bytes(&bytes, config, err);
    }
    set_digest(config, dn_buf_text(&bytes));
    if (status == DN_OK)
        set_default_fallback(config);
    dn_buf_clear(&bytes);
    return status;
}

enum dn_status dn_config_blame(const struct dn_config *config, const struct dn_endpoint *endpoint, struct dn_error *err)
{
    enum dn_status status = err->status;
    const struct dn_error said = *err;
    dn_error_at(err, config->name ? config->name : "the configuration", endpoint->line, endpoint->column, "%s",
                said.text);
    return err->status = status;
}

static void clear_endpoint(struct dn_endpoint *endpoint)
{
    char *strings[] = {endpoint->url,           endpoint->tls,           endpoint->user,
                       endpoint->password_file, endpoint->netrc_file,    endpoint->ca_file,
                       endpoint->token_file,    endpoint->template_file, endpoint->rate};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
}

void dn_config_clear(struct dn_config *config)
{
    char *strings[] = {config->name,          config->from_name,
                       config->from_email,    config->reply_name,
                       config->reply_email,   config->provider_name,
                       config->callback,      config->misuse_contact,
                       config->dpa_reference, config->message_id_domain,
                       config->phone_sheet,   config->templates,
                       config->seal_email,    config->sha256};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    clear_endpoint(&config->email);
    clear_endpoint(&config->message_center);
    dn_config_policy_clear(config);
    free(config->fallback);
    dn_strings_clear(&config->first);
    dn_strings_clear(&config->copies);
    *config = (struct dn_config){0};
}
