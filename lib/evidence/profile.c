#include "evidence/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/glob.h"
#include "stream/yaml.h"

const char *const dn_field_words[] = {"record_id",     "at",      "operation",   "actor",   "address",
                                      "user_agent",    "session", "tenant",      "service", "resource",
                                      "data_subjects", "outcome", "incident_id", "effect",  "certainty",
                                      "evidence",      NULL};

static const char *const profile_keys[] = {"schema", "profile", "requires", "fields",  "unsuccessful",
                                           "time",   "missing", "row_cap",  "effects", NULL};
static const char *const time_keys[] = {"formats", "zone", NULL};
static const char *const effect_keys[] = {"access", "disclosure", "alteration", "loss", "destruction", "default", NULL};

/* What is being read, handed from part to part. */
struct reading {
    const struct dn_yaml_file *file;
    const struct dn_yaml *node;
    struct dn_profile *profile;
    struct dn_error *err;
};

static enum dn_status read_identity(const struct reading *in)
{
    char *schema = NULL;
    enum dn_status status = dn_yaml_string(in->file, in->node, "schema", &schema, in->err);
    if (status == DN_OK && (!schema || strcmp(schema, "duenotice/profile/1") != 0))
        status = dn_yaml_error(in->file, in->node, in->err, "schema '%s': a profile says 'schema: duenotice/profile/1'",
                               schema ? schema : "");
    free(schema);
    if (status == DN_OK)
        status = dn_yaml_string(in->file, in->node, "profile", &in->profile->name, in->err);
    if (status == DN_OK && (!in->profile->name || !*in->profile->name))
        status = dn_yaml_error(in->file, in->node, in->err, "a profile needs a name: profile: NAME");
    if (status == DN_OK)
        status = dn_yaml_strings(in->file, in->node, "requires", &in->profile->requires, in->err);
    if (status == DN_OK && in->profile->requires.count == 0)
        status = dn_yaml_error(in->file, in->node, in->err,
                               "a profile needs 'requires': the columns that identify its format");
    return status;
}

static enum dn_status read_fields(const struct reading *in)
{
    const struct dn_yaml *fields = dn_yaml_find(in->node, "fields");
    if (!fields)
        return dn_yaml_error(in->file, in->node, in->err, "a profile needs 'fields': where each field stands");
    enum dn_status status = dn_yaml_keys(in->file, fields, dn_field_words, in->err);
    for (int i = 0; i < DN_FIELDS && status == DN_OK; i++)
        status = dn_yaml_strings(in->file, fields, dn_field_words[i], &in->profile->fields[i], in->err);
    for (int i = 0; i < DN_FIELDS && status == DN_OK; i++)
        if (dn_strings_has(&in->profile->fields[i], DN_TEXT("")))
            status = dn_yaml_error(in->file, dn_yaml_find(fields, dn_field_words[i]), in->err,
                                   "an empty selector in field '%s'", dn_field_words[i]);
    return status;
}

static enum dn_status read_zone(const struct reading *in, const struct dn_yaml *time)
{
    char *name = NULL;
    struct dn_error why = {0};
    enum dn_status status = dn_yaml_string(in->file, time, "zone", &name, in->err);
    if (status == DN_OK && name && dn_zone_open(name, &in->profile->zone, &why) != DN_OK)
        status = dn_yaml_error(in->file, dn_yaml_find(time, "zone"), in->err, "%s", why.text);
    in->profile->utc = status == DN_OK && name && strcmp(name, "UTC") == 0;
    free(name);
    return status;
}

static enum dn_status read_time(const struct reading *in)
{
    const struct dn_yaml *time = dn_yaml_find(in->node, "time");
    if (!time)
        return DN_OK;
    struct dn_strings patterns = {0};
    struct dn_error why = {0};
    enum dn_status status = dn_yaml_keys(in->file, time, time_keys, in->err);
    if (status == DN_OK)
        status = dn_yaml_strings(in->file, time, "formats", &patterns, in->err);
    if (status == DN_OK && dn_formats_set(&in->profile->formats, &patterns, &why) != DN_OK)
        status = dn_yaml_error(in->file, dn_yaml_find(time, "formats"), in->err, "%s", why.text);
    dn_strings_clear(&patterns);
    return status == DN_OK ? read_zone(in, time) : status;
}

static void add_rules(struct dn_profile *profile, enum dn_effect effect, const struct dn_strings *patterns)
{
    for (size_t i = 0; i < patterns->count; i++) {
        profile->rules = dn_grow(profile->rules, profile->rule_count, &profile->rule_room, sizeof *profile->rules);
        profile->rules[profile->rule_count++] = (struct dn_effect_rule){dn_strdup(patterns->at[i]), effect};
    }
}

static enum dn_status read_default_effect(const struct reading *in, const struct dn_yaml *effects)
{
    int effect = DN_EFFECT_UNCLASSIFIED;
    enum dn_status status = dn_yaml_one(in->file, effects, "default", dn_effect_words, &effect, in->err);
    if (status == DN_OK && effect == DN_EFFECT_UNRESOLVED)
        status = dn_yaml_error(in->file, dn_yaml_find(effects, "default"), in->err,
                               "'unresolved' is for rows that cannot be decided: use 'unclassified'");
    in->profile->other = (enum dn_effect)effect;
    return status;
}

/* The rules keep the order of the file: the first that matches wins. */
static enum dn_status read_effects(const struct reading *in)
{
    const struct dn_yaml *effects = dn_yaml_find(in->node, "effects");
    in->profile->other = DN_EFFECT_UNCLASSIFIED;
    if (!effects)
        return DN_OK;
    enum dn_status status = dn_yaml_keys(in->file, effects, effect_keys, in->err);
    if (status == DN_OK)
        status = read_default_effect(in, effects);
    for (size_t i = 0; i < effects->count && status == DN_OK; i++) {
        struct dn_strings patterns = {0};
        int effect = dn_word_find(dn_effect_words, effects->keys[i].text);
        if (effect >= 0)
            status = dn_yaml_strings(in->file, effects, effects->keys[i].text.at, &patterns, in->err);
        add_rules(in->profile, (enum dn_effect)effect, &patterns);
        dn_strings_clear(&patterns);
    }
    return status;
}

static enum dn_status read_values(const struct reading *in)
{
    struct dn_profile *profile = in->profile;
    enum dn_status status = dn_yaml_strings(in->file, in->node, "unsuccessful", &profile->unsuccessful, in->err);
    if (status == DN_OK)
        status = dn_yaml_strings(in->file, in->node, "missing", &profile->missing, in->err);
    if (status == DN_OK)
        status = dn_yaml_number(in->file, in->node, "row_cap", &profile->row_cap, in->err);
    return status;
}

static enum dn_status read_profile(const struct dn_yaml_file *file, struct dn_profile *profile, struct dn_error *err)
{
    if (file->count != 1)
        return dn_error_at(err, file->name, 0, 0, "%zu YAML documents: a profile is one", file->count);
    struct reading in = {file, file->documents[0], profile, err};
    enum dn_status status = dn_yaml_keys(file, in.node, profile_keys, err);
    if (status == DN_OK)
        status = read_identity(&in);
    if (status == DN_OK)
        status = read_fields(&in);
    if (status == DN_OK)
        status = read_time(&in);
    if (status == DN_OK)
        status = read_values(&in);
    return status == DN_OK ? read_effects(&in) : status;
}

enum dn_status dn_profile_read_bytes(struct dn_text bytes, const char *name, struct dn_profile *profile,
                                     struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    enum dn_status status = dn_yaml_read_bytes(bytes, name, &file, err);
    if (status == DN_OK)
        status = read_profile(&file, profile, err);
    dn_yaml_clear(&file);
    return status;
}

enum dn_status dn_profile_read_data(const struct dn_data_file *data, struct dn_profile *profile, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    dn_yaml_read_data(data, &file);
    enum dn_status status = read_profile(&file, profile, err);
    dn_yaml_clear(&file);
    return status;
}

enum dn_status dn_profile_read(const char *path, struct dn_profile *profile, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    enum dn_status status = dn_yaml_read(path, &file, err);
    if (status == DN_OK)
        status = read_profile(&file, profile, err);
    dn_yaml_clear(&file);
    return status;
}

void dn_profile_clear(struct dn_profile *profile)
{
    free(profile->name);
    dn_strings_clear(&profile->requires);
    for (int i = 0; i < DN_FIELDS; i++)
        dn_strings_clear(&profile->fields[i]);
    dn_strings_clear(&profile->unsuccessful);
    dn_strings_clear(&profile->missing);
    dn_formats_clear(&profile->formats);
    dn_zone_free(profile->zone);
    for (size_t i = 0; i < profile->rule_count; i++)
        free(profile->rules[i].pattern);
    free(profile->rules);
    *profile = (struct dn_profile){0};
}

enum dn_effect dn_profile_effect(const struct dn_profile *profile, struct dn_text operation)
{
    for (size_t i = 0; i < profile->rule_count; i++)
        if (dn_glob_match(dn_text_of(profile->rules[i].pattern), operation))
            return profile->rules[i].effect;
    return profile->other;
}
