#include <stdlib.h>

#include "base/alloc.h"
#include "incident/incident.h"
#include "notice/config_value.h"

static const char *const when_keys[] = {"effects",       "certainty",         "kind",    "services", "data_types",
                                        "min_resources", "min_data_subjects", "regimes", "tenants",  NULL};
static const char *const entry_keys[] = {"when", "send", "require", NULL};
static const char *const require_words[] = {"all", "any", NULL};

/* A list whose every element must be one of the first `count` words. */
static enum dn_status read_words(const struct dn_config_map *map, const char *key, const char *const *words, int count,
                                 struct dn_strings *value)
{
    enum dn_status status = dn_yaml_strings(map->file, map->node, key, value, map->err);
    for (size_t i = 0; i < value->count && status == DN_OK; i++) {
        int found = dn_word_find(words, dn_text_of(value->at[i]));
        if (found < 0 || found >= count)
            status = dn_yaml_error(map->file, dn_yaml_find(map->node, key), map->err, "'%s' is no word for '%s'",
                                   value->at[i], key);
    }
    return status;
}

static enum dn_status read_certainty(const struct dn_config_map *map, struct dn_policy_when *when)
{
    int certainty = -1;
    enum dn_status status = dn_yaml_one(map->file, map->node, "certainty", dn_certainty_words, &certainty, map->err);
    if (status == DN_OK && certainty >= 0)
        when->certainty = dn_strdup(dn_certainty_words[certainty]);
    return status;
}

static bool when_is_given(const struct dn_policy_when *when)
{
    return when->effects.count || when->kinds.count || when->services.count || when->data_types.count ||
           when->regimes.count || when->tenants.count || when->certainty || when->min_resources ||
           when->min_data_subjects;
}

static enum dn_status read_when(const struct dn_config_map *map, struct dn_policy_when *when)
{
    const struct {
        const char *key;
        struct dn_strings *into;
    } lists[] = {{"services", &when->services},
                 {"data_types", &when->data_types},
                 {"regimes", &when->regimes},
                 {"tenants", &when->tenants}};
    enum dn_status status = read_words(map, "effects", dn_effect_words, DN_EFFECT_UNCLASSIFIED, &when->effects);
    if (status == DN_OK)
        status = read_words(map, "kind", dn_incident_kind_words, 2, &when->kinds);
    for (size_t i = 0; i < sizeof lists / sizeof *lists && status == DN_OK; i++)
        status = dn_yaml_strings(map->file, map->node, lists[i].key, lists[i].into, map->err);
    if (status == DN_OK)
        status = read_certainty(map, when);
    if (status == DN_OK)
        status = dn_config_number(map, "min_resources", 0, INT64_MAX, &when->min_resources);
    if (status == DN_OK)
        status = dn_config_number(map, "min_data_subjects", 0, INT64_MAX, &when->min_data_subjects);
    if (status == DN_OK && map->node->count && !when_is_given(when))
        status = dn_yaml_error(map->file, map->node, map->err,
                               "no key of 'when' is given a value: leave 'when' out to match every tenant");
    return status;
}

static enum dn_status read_entry(const struct dn_config_map *map, struct dn_policy_entry *entry)
{
    entry->line = map->node->line;
    entry->require_all = true;
    enum dn_status status = dn_yaml_keys(map->file, map->node, entry_keys, map->err);
    struct dn_config_map when = {0};
    if (status == DN_OK)
        status = dn_config_map(map, "when", when_keys, &when);
    if (status == DN_OK && when.node)
        status = read_when(&when, &entry->when);
    int require = 0;
    if (status == DN_OK)
        status = dn_yaml_one(map->file, map->node, "require", require_words, &require, map->err);
    entry->require_all = require == 0;
    if (status == DN_OK)
        status = dn_config_channels(map, "send", &entry->send, &entry->send_count);
    if (status == DN_OK && !entry->send_count)
        status = dn_yaml_error(map->file, map->node, map->err, "a policy entry without 'send' tells nobody");
    return status;
}

enum dn_status dn_config_policy(const struct dn_config_map *map, struct dn_config *config)
{
    const struct dn_yaml *list = dn_yaml_find(map->node, "policy");
    if (!list)
        return DN_OK;
    if (list->kind != DN_YAML_LIST)
        return dn_yaml_error(map->file, list, map->err, "'policy' must be a list of entries");
    config->policy = dn_alloc(list->count, sizeof *config->policy);
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < list->count && status == DN_OK; i++) {
        struct dn_config_map entry = {map->file, &list->at[i], map->err};
        status = read_entry(&entry, &config->policy[config->policy_count++]);
    }
    return status;
}

static void clear_entry(struct dn_policy_entry *entry)
{
    struct dn_strings *lists[] = {&entry->when.effects,    &entry->when.kinds,   &entry->when.services,
                                  &entry->when.data_types, &entry->when.regimes, &entry->when.tenants};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        dn_strings_clear(lists[i]);
    free(entry->when.certainty);
    free(entry->send);
}

void dn_config_policy_clear(struct dn_config *config)
{
    for (size_t i = 0; i < config->policy_count; i++)
        clear_entry(&config->policy[i]);
    free(config->policy);
    config->policy = NULL;
    config->policy_count = 0;
}
