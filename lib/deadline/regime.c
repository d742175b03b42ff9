#include "deadline/regime.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "data/data.h"
#include "stream/yaml.h"

#define PERIOD_MAX 876600 /* a hundred years in hours: anything longer is a slip */

static void clear_regime(struct dn_regime *regime)
{
    char *strings[] = {regime->id,       regime->title,    regime->jurisdiction, regime->trigger_event,
                       regime->unit,     regime->counting, regime->recipient,    regime->citation,
                       regime->boundary, regime->roll,     regime->latest,       regime->beyond};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        free(strings[i]);
    }
    memset(regime, 0, sizeof *regime);
}

void dn_regimes_clear(struct dn_regimes *regimes)
{
    for (size_t i = 0; i < regimes->count; i++) {
        clear_regime(&regimes->at[i]);
    }
    free(regimes->at);
    memset(regimes, 0, sizeof *regimes);
}

const struct dn_regime *dn_regimes_find(const struct dn_regimes *regimes, struct dn_text id)
{
    for (size_t i = 0; i < regimes->count; i++) {
        if (dn_text_is(id, regimes->at[i].id)) {
            return &regimes->at[i];
        }
    }
    return NULL;
}

/* All keys that an entry may have; what is not read here is for people, or for ways of counting still to come. */
static const char *const entry_keys[] = {"id",
                                         "family",
                                         "title",
                                         "jurisdiction",
                                         "class",
                                         "status",
                                         "applies_to",
                                         "trigger_event",
                                         "trigger_text",
                                         "period",
                                         "unit",
                                         "counting",
                                         "boundary",
                                         "roll",
                                         "latest",
                                         "min_working_days",
                                         "holidays",
                                         "zone_rule",
                                         "cutoff",
                                         "also_limit",
                                         "stage",
                                         "after_stage",
                                         "recipient",
                                         "citation",
                                         "source",
                                         "seen",
                                         "confidence",
                                         "notes",
                                         NULL};

static enum dn_status read_word(const struct dn_yaml_file *file, const struct dn_yaml *entry, const char *key,
                                const char *otherwise, char **value, struct dn_error *err)
{
    enum dn_status status = dn_yaml_string(file, entry, key, value, err);
    if (status == DN_OK && *value == NULL && otherwise == NULL) {
        return dn_yaml_error(file, entry, err, "%s is missing", key);
    }
    if (status == DN_OK && *value == NULL) {
        *value = dn_strdup(otherwise);
    }
    return status;
}

static enum dn_status read_period(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                  struct dn_regime *regime, struct dn_error *err)
{
    const struct dn_yaml *period = dn_yaml_find(entry, "period");
    if (period == NULL) {
        return dn_yaml_error(file, entry, err, "period is missing");
    }
    enum dn_status status = dn_yaml_number(file, entry, "period", &regime->period, err);
    if (status == DN_OK && (regime->period < 1 || regime->period > PERIOD_MAX)) {
        return dn_yaml_error(file, period, err, "a period is a number from 1 to %d", PERIOD_MAX);
    }
    return status;
}

/* A limit or calendar that would change the end: a regime that has one cannot be counted without it. */
static void find_beyond(const struct dn_yaml *entry, struct dn_regime *regime)
{
    static const struct {
        const char *key, *harmless;
    } rules[] = {{"also_limit", ""}, {"cutoff", ""}, {"min_working_days", "0"}, {"holidays", "none"}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0] && regime->beyond == NULL; i++) {
        const struct dn_yaml *value = dn_yaml_find(entry, rules[i].key);
        if (value != NULL && !(value->kind == DN_YAML_SCALAR && dn_text_is(value->text, rules[i].harmless))) {
            regime->beyond = dn_strdup(rules[i].key);
        }
    }
}

static enum dn_status read_entry(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                                 struct dn_error *err)
{
    const struct {
        const char *key, *otherwise;
        char **value;
    } words[] = {{"id", NULL, &regime->id},
                 {"trigger_event", NULL, &regime->trigger_event},
                 {"unit", NULL, &regime->unit},
                 {"counting", NULL, &regime->counting},
                 {"boundary", "inclusive", &regime->boundary},
                 {"roll", "none", &regime->roll},
                 {"title", "", &regime->title},
                 {"jurisdiction", "", &regime->jurisdiction},
                 {"recipient", "", &regime->recipient},
                 {"citation", "", &regime->citation}};
    enum dn_status status = dn_yaml_keys(file, entry, entry_keys, err);
    for (size_t i = 0; i < sizeof words / sizeof words[0] && status == DN_OK; i++) {
        status = read_word(file, entry, words[i].key, words[i].otherwise, words[i].value, err);
    }
    if (status == DN_OK) {
        status = dn_yaml_string(file, entry, "latest", &regime->latest, err);
    }
    if (status == DN_OK) {
        find_beyond(entry, regime);
    }
    return status == DN_OK ? read_period(file, entry, regime, err) : status;
}

/* Takes the regime over, in the place of one with its id or behind the others. */
static void take(struct dn_regimes *regimes, struct dn_regime *regime)
{
    size_t i = 0;
    while (i < regimes->count && strcmp(regimes->at[i].id, regime->id) != 0) {
        i++;
    }
    if (i == regimes->count) {
        regimes->at = dn_grow(regimes->at, regimes->count, &regimes->room, sizeof *regimes->at);
        regimes->count++;
    } else {
        clear_regime(&regimes->at[i]);
    }
    regimes->at[i] = *regime;
    *regime = (struct dn_regime){0};
}

/* Is the id of entry number `number` that of an earlier one of the same file? */
static enum dn_status check_once(const struct dn_yaml_file *file, const struct dn_yaml *list, size_t number,
                                 struct dn_error *err)
{
    const struct dn_yaml *id = dn_yaml_find(&list->at[number], "id");
    for (size_t i = 0; i < number; i++) {
        if (dn_text_equal(dn_yaml_find(&list->at[i], "id")->text, id->text)) {
            return dn_yaml_error(file, id, err, "regime '%s' stands twice", id->text.at);
        }
    }
    return DN_OK;
}

static enum dn_status read_list(const struct dn_yaml_file *file, const struct dn_yaml *list, struct dn_regimes *regimes,
                                struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < list->count && status == DN_OK; i++) {
        struct dn_regime regime = {0};
        status = read_entry(file, &list->at[i], &regime, err);
        if (status == DN_OK) {
            status = check_once(file, list, i, err);
        }
        if (status == DN_OK) {
            take(regimes, &regime);
        }
        clear_regime(&regime);
    }
    return status;
}

/* The head of a file of regimes; unnumbered and pending entries are notes for people: they have no period in force. */
static enum dn_status read_document(const struct dn_yaml_file *file, struct dn_regimes *regimes, struct dn_error *err)
{
    static const char *const keys[] = {"schema", "as_of", "regimes", "unnumbered", "pending", NULL};
    static const char *const schemas[] = {"duenotice/regimes/1", "1", NULL};
    int schema = -1;
    if (file->count != 1) {
        return dn_error_at(err, file->name, 0, 0, "one document of regimes is expected, not %zu", file->count);
    }
    const struct dn_yaml *node = file->documents[0];
    const struct dn_yaml *list = dn_yaml_find(node, "regimes");
    enum dn_status status = dn_yaml_keys(file, node, keys, err);
    if (status == DN_OK) {
        status = dn_yaml_one(file, node, "schema", schemas, &schema, err);
    }
    if (status == DN_OK && (schema < 0 || list == NULL || list->kind != DN_YAML_LIST)) {
        return dn_yaml_error(file, node, err,
                             "a file of regimes has 'schema: duenotice/regimes/1' and a list 'regimes:'");
    }
    return status == DN_OK ? read_list(file, list, regimes, err) : status;
}

static enum dn_status load_embedded(struct dn_regimes *regimes, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < dn_data_file_count && status == DN_OK; i++) {
        const struct dn_data_file *data = &dn_data_files[i];
        struct dn_yaml_file file = {0};
        if (!dn_text_starts(dn_text_of(data->path), "regimes/")) {
            continue;
        }
        status = dn_yaml_read_bytes((struct dn_text){data->bytes, data->size}, data->path, &file, err);
        if (status == DN_OK) {
            status = read_document(&file, regimes, err);
        }
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
        if (status == DN_OK) {
            status = read_document(&yaml, regimes, err);
        }
        dn_yaml_clear(&yaml);
    }
    return status;
}

static enum dn_status refuse(const struct dn_regime *regime, const char *what, const char *word, struct dn_error *err)
{
    return dn_error_set(err, DN_INVALID, "regime '%s': %s '%s' cannot be counted by this version", regime->id, what,
                        word);
}

/* Can we count it at all? Whatever is not known by name is refused by name: a near miss would be a wrong deadline. */
static enum dn_status check_counting(const struct dn_regime *regime, struct dn_error *err)
{
    const struct {
        const char *what, *word, *known;
    } rules[] = {{"counting", regime->counting, "elapsed"},
                 {"unit", regime->unit, "hours"},
                 {"boundary", regime->boundary, "inclusive"},
                 {"roll", regime->roll, "none"}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i].word, rules[i].known) != 0) {
            return refuse(regime, rules[i].what, rules[i].word, err);
        }
    }
    if (regime->beyond != NULL) {
        return refuse(regime, "the rule", regime->beyond, err);
    }
    if (regime->latest != NULL && strcmp(regime->latest, "eu-1182-hours") != 0) {
        return refuse(regime, "latest", regime->latest, err);
    }
    return DN_OK;
}

/* Regulation 1182/71 Art. 3(1): the hour in which the event occurs is not counted. Every Member State's clock is a
 * whole number of hours from UTC, so hours begin together. */
static struct dn_instant next_hour(struct dn_instant at)
{
    int64_t into = at.s % 3600;
    at.s += 3600 - (into < 0 ? into + 3600 : into);
    at.ns = 0;
    return at;
}

enum dn_status dn_regime_due(const struct dn_regime *regime, struct dn_instant started_at, struct dn_instant *due_at,
                             struct dn_instant *latest_due_at, struct dn_error *err)
{
    const int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
    enum dn_status status = check_counting(regime, err);
    *due_at = DN_INSTANT_NONE;
    *latest_due_at = DN_INSTANT_NONE;
    if (status != DN_OK || !dn_instant_is(started_at)) {
        return status;
    }
    struct dn_instant latest = regime->latest != NULL ? next_hour(started_at) : started_at;
    if (regime->period > (last - latest.s) / 3600) {
        return dn_error_set(err, DN_INVALID, "regime '%s': its end would be later than the year 9999", regime->id);
    }
    *due_at = dn_instant_add(started_at, regime->period * 3600);
    *latest_due_at = dn_instant_add(latest, regime->period * 3600);
    return DN_OK;
}

struct dn_instant dn_regime_start(const struct dn_regime *regime, const struct dn_incident *incident)
{
    int stage = dn_word_find(dn_stage_words, dn_text_of(regime->trigger_event));
    return stage < 0 ? DN_INSTANT_NONE : dn_incident_reached(incident, (enum dn_stage)stage);
}
