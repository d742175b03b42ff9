#include "deadline/regime.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/data.h"
#include "deadline/regime_read.h"
#include "stream/yaml.h"

void dn_regimes_clear(struct dn_regimes *regimes)
{
    for (size_t i = 0; i < regimes->count; i++)
        dn_regime_clear(&regimes->at[i]);
    for (size_t i = 0; i < regimes->duty_count; i++)
        dn_duty_clear(&regimes->duties[i]);
    free(regimes->at);
    free(regimes->duties);
    memset(regimes, 0, sizeof *regimes);
}

const struct dn_regime *dn_regimes_find(const struct dn_regimes *regimes, struct dn_text id)
{
    for (size_t i = 0; i < regimes->count; i++)
        if (dn_text_is(id, regimes->at[i].id))
            return &regimes->at[i];
    return NULL;
}

const struct dn_duty *dn_regimes_duty(const struct dn_regimes *regimes, struct dn_text id)
{
    for (size_t i = 0; i < regimes->duty_count; i++)
        if (dn_text_is(id, regimes->duties[i].id))
            return &regimes->duties[i];
    return NULL;
}

/* Takes the regime over, in the place of one with its id or behind the others. */
static void take(struct dn_regimes *regimes, struct dn_regime *regime)
{
    size_t i = 0;
    while (i < regimes->count && strcmp(regimes->at[i].id, regime->id) != 0)
        i++;
    if (i == regimes->count) {
        regimes->at = dn_grow(regimes->at, regimes->count, &regimes->room, sizeof *regimes->at);
        regimes->count++;
    } else {
        dn_regime_clear(&regimes->at[i]);
    }
    regimes->at[i] = *regime;
    memset(regime, 0, sizeof *regime);
}

/* The same id twice in one file is a slip; only another file may replace. */
static enum dn_status check_once(const struct dn_yaml_file *file, const struct dn_yaml *list, size_t entry,
                                 struct dn_error *err)
{
    const struct dn_yaml *id = dn_yaml_find(&list->at[entry], "id");
    for (size_t i = 0; i < entry; i++) {
        const struct dn_yaml *other = dn_yaml_find(&list->at[i], "id");
        if (dn_text_equal(id->text, other->text))
            return dn_yaml_error(file, id, err, "regime '%.*s' stands twice", (int)id->text.size, id->text.at);
    }
    return DN_OK;
}

static enum dn_status read_list(const struct dn_yaml_file *file, const struct dn_yaml *list, struct dn_regimes *regimes,
                                struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < list->count && status == DN_OK; i++) {
        struct dn_regime regime = {0};
        status = dn_regime_read(file, &list->at[i], &regime, err);
        if (status == DN_OK)
            status = check_once(file, list, i, err);
        if (status == DN_OK)
            take(regimes, &regime);
        dn_regime_clear(&regime);
    }
    return status;
}

/* Duties that no due time is computed for. */
static enum dn_status read_duties(const struct dn_yaml_file *file, const struct dn_yaml *list, bool pending,
                                  struct dn_regimes *regimes, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (list != NULL && list->kind != DN_YAML_LIST)
        return dn_yaml_error(file, list, err, "a list is expected");
    for (size_t i = 0; list != NULL && i < list->count && status == DN_OK; i++) {
        regimes->duties = dn_grow(regimes->duties, regimes->duty_count, &regimes->duty_room, sizeof *regimes->duties);
        struct dn_duty *duty = &regimes->duties[regimes->duty_count++];
        *duty = (struct dn_duty){.pending = pending};
        status = dn_duty_read(file, &list->at[i], duty, err);
    }
    return status;
}

static enum dn_status read_document(const struct dn_yaml_file *file, struct dn_regimes *regimes, struct dn_error *err)
{
    static const char *const keys[] = {"schema", "as_of", "regimes", "unnumbered", "pending", NULL};
    static const char *const schemas[] = {"duenotice/regimes/1", "1", NULL};
    int schema = -1;
    if (file->count != 1)
        return dn_error_at(err, file->name, 0, 0, "one document of regimes is expected, not %zu", file->count);
    const struct dn_yaml *node = file->documents[0];
    const struct dn_yaml *list = dn_yaml_find(node, "regimes");
    enum dn_status status = dn_yaml_keys(file, node, keys, err);
    if (status == DN_OK)
        status = dn_yaml_one(file, node, "schema", schemas, &schema, err);
    if (status == DN_OK && (schema < 0 || list == NULL || list->kind != DN_YAML_LIST))
        return dn_yaml_error(file, node, err,
                             "a file of regimes has 'schema: duenotice/regimes/1' and a list 'regimes:'");
    if (status == DN_OK)
        status = read_list(file, list, regimes, err);
    if (status == DN_OK)
        status = read_duties(file, dn_yaml_find(node, "unnumbered"), false, regimes, err);
    return status == DN_OK ? read_duties(file, dn_yaml_find(node, "pending"), true, regimes, err) : status;
}

static enum dn_status load_embedded(struct dn_regimes *regimes, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < dn_data_file_count && status == DN_OK; i++) {
        const struct dn_data_file *data = &dn_data_files[i];
        struct dn_yaml_file file = {0};
        if (!dn_text_starts(dn_text_of(data->path), "regimes/"))
            continue;
        dn_yaml_read_data(data, &file);
        status = read_document(&file, regimes, err);
        dn_yaml_clear(&file);
    }
    return status;
}

enum dn_status dn_regimes_load(const char *file, struct dn_regimes *regimes, struct dn_error *err)
{
    struct dn_yaml_file yaml = {0};
    enum dn_status status = load_embedded(regimes, err);
    if (status == DN_OK && file != NULL) {
        status = dn_yaml_read(file, &yaml, err);
        if (status == DN_OK)
            status = read_document(&yaml, regimes, err);
        dn_yaml_clear(&yaml);
    }
    return status;
}

bool dn_regime_needs_calendar(const struct dn_regime *regime)
{
    return regime->rule.roll != DN_ROLL_NONE || regime->min_working_days > 0 ||
           regime->rule.counting == DN_COUNTING_BUSINESS_AFTER;
}

bool dn_regime_needs_zone(const struct dn_regime *regime)
{
    bool latest = regime->latest != NULL && regime->rule.zone == DN_ZONE_RULE_FIXED; /* its hours begin there */
    return regime->rule.counting != DN_COUNTING_ELAPSED || regime->rule.roll != DN_ROLL_NONE || latest;
}

struct dn_instant dn_regime_start(const struct dn_regime *regime, const struct dn_incident *incident)
{
    int stage = dn_word_find(dn_stage_words, dn_text_of(regime->trigger_event));
    return stage < 0 ? DN_INSTANT_NONE : dn_incident_reached(incident, (enum dn_stage)stage);
}
