#include "impact/lane.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/address.h"
#include "key/name.h"

void dn_impact_lane_begin(struct dn_impact_lane *lane, const struct dn_impact_lane_run *run)
{
    *lane = (struct dn_impact_lane){.run = run, .groups = dn_groups_lane_new(run->groups)};
    dn_tallies_begin(&lane->tallies, run->incidents);
}

void dn_impact_lane_clear(struct dn_impact_lane *lane)
{
    dn_tallies_clear(&lane->tallies);
    dn_groups_lane_free(lane->groups);
    dn_spill_clear(&lane->rejects);
    dn_buf_clear(&lane->reject);
    dn_buf_clear(&lane->file_place);
    free(lane->resources);
    dn_spelling_clear(&lane->tenant);
    dn_spelling_clear(&lane->record_id);
    dn_spelling_clear(&lane->resource);
    dn_strings_clear(&lane->several);
    dn_buf_clear(&lane->place);
    dn_buf_clear(&lane->address);
    *lane = (struct dn_impact_lane){0};
}

void dn_impact_lane_enter(struct dn_impact_lane *lane, struct dn_evidence *evidence, int64_t file)
{
    lane->evidence = evidence;
    lane->file = file;
    lane->times = (struct dn_sieve_times){DN_INSTANT_NONE, DN_INSTANT_NONE};
    lane->sieves = lane->tallies.count == 1 && dn_sieve_begin(&lane->sieve, lane->run->scopes, evidence);
    dn_buf_reset(&lane->file_place);
    dn_buf_add_visible(&lane->file_place, dn_text_of(dn_evidence_name(evidence)));
    dn_buf_addc(&lane->file_place, ':');
}

void dn_impact_lane_join(struct dn_impact_lane *lane, const struct dn_impact_lane *other)
{
    lane->times.first = dn_instant_min(lane->times.first, other->times.first);
    lane->times.last = dn_instant_max(lane->times.last, other->times.last);
}

void dn_impact_lane_leave(struct dn_impact_lane *lane)
{
    const struct dn_profile *profile = dn_evidence_profile(lane->evidence);
    const char *name = dn_evidence_name(lane->evidence);
    if (dn_instant_is(lane->times.first)) {
        dn_tallies_saw(&lane->tallies, profile, name, lane->times.first);
        dn_tallies_saw(&lane->tallies, profile, name, lane->times.last);
    }
    lane->evidence = NULL;
}

/* What one row in scope comes to, beside its resources. Views into the evidence and the lane's memory. */
struct piece {
    struct dn_impact impact; /* without resource; with a line, evidence is only the file's part of it */
    int64_t line;
    struct dn_text record_id;
    enum dn_evidence_time time;
};

/* The word of a native column, or -1: empty, or (then *known is false) none that it knows. */
static int native_word(struct dn_evidence *evidence, enum dn_field field, const char *const *words, bool *known)
{
    struct dn_text text = dn_evidence_value(evidence, field);
    int word = text.size > 0 ? dn_word_find(words, text) : -1;
    *known = text.size == 0 || word >= 0;
    return word;
}

/* A row that a run with --select has already judged carries all four; judging it again could only lose it, as it
 * has but one value of each field left. */
static bool judged_before(struct dn_evidence *evidence)
{
    return dn_evidence_judges(evidence) && dn_evidence_value(evidence, DN_FIELD_INCIDENT_ID).size > 0 &&
           dn_evidence_value(evidence, DN_FIELD_EFFECT).size > 0 &&
           dn_evidence_value(evidence, DN_FIELD_CERTAINTY).size > 0 &&
           dn_evidence_value(evidence, DN_FIELD_EVIDENCE).size > 0;
}

static struct dn_judgement reject(const char *reason, int64_t column)
{
    return (struct dn_judgement){DN_VERDICT_REJECT, DN_CERTAINTY_POTENTIAL, reason, column};
}

/* A row in scope whose own words are wrong cannot be used as it stands. */
static struct dn_judgement check_words(struct dn_evidence *evidence, struct dn_judgement judgement)
{
    bool known;
    native_word(evidence, DN_FIELD_EFFECT, dn_effect_words, &known);
    if (!known)
        return reject("effect", dn_evidence_column(evidence, DN_FIELD_EFFECT));
    int certainty = native_word(evidence, DN_FIELD_CERTAINTY, dn_certainty_words, &known);
    if (!known)
        return reject("certainty", dn_evidence_column(evidence, DN_FIELD_CERTAINTY));
    if (certainty >= 0)
        judgement.certainty = (enum dn_certainty)certainty;
    return judgement;
}

static struct dn_judgement judge_told(struct dn_evidence *evidence, const struct dn_scopes *scopes,
                                      struct dn_impact_tally *tally)
{
    struct dn_judgement judgement = {DN_VERDICT_OUT, DN_CERTAINTY_POTENTIAL, NULL, 0};
    struct dn_text incident_id = dn_evidence_value(evidence, DN_FIELD_INCIDENT_ID);
    if (incident_id.size > 0 && !dn_text_is(incident_id, tally->incident->id))
        return judgement;
    if (dn_text_is(dn_evidence_value(evidence, DN_FIELD_EFFECT), "unresolved"))
        return reject("unresolved", dn_evidence_column(evidence, DN_FIELD_EFFECT));
    if (judged_before(evidence))
        judgement.verdict = DN_VERDICT_IN;
    else
        judgement = dn_scopes_judge(scopes, evidence, tally->funnels);
    return judgement.verdict == DN_VERDICT_IN ? check_words(evidence, judgement) : judgement;
}

static struct dn_judgement judge(struct dn_evidence *evidence, const struct dn_scopes *scopes,
                                 struct dn_impact_tally *tally)
{
    const struct dn_csv_record *record = dn_evidence_record(evidence);
    if (record->fault != DN_CSV_FINE)
        return reject(dn_csv_fault_word(record->fault), (int64_t)record->fault_field);
    return dn_evidence_judges(evidence) ? judge_told(evidence, scopes, tally)
                                        : dn_scopes_judge(scopes, evidence, tally->funnels);
}

/* Operations are few and their patterns many: what was found is remembered. */
static enum dn_effect effect_by_operation(struct dn_impact_lane *lane)
{
    const struct dn_profile *profile = dn_evidence_profile(lane->evidence);
    struct dn_text operation = dn_evidence_value(lane->evidence, DN_FIELD_OPERATION);
    size_t size = operation.size;
    if (size == 0 || size > DN_LANE_OPERATION)
        return dn_profile_effect(profile, operation);
    size_t slot = size * 31 + (unsigned char)operation.at[0] * 7 + (unsigned char)operation.at[size / 2] * 3 +
                  (unsigned char)operation.at[size - 1];
    struct dn_impact_lane_effect *known = &lane->effects[slot % DN_LANE_EFFECTS];
    if (known->profile == profile && known->size == size && memcmp(known->operation, operation.at, size) == 0)
        return known->effect;
    known->profile = profile;
    known->size = (unsigned char)size;
    memcpy(known->operation, operation.at, size);
    known->effect = dn_profile_effect(profile, operation);
    return known->effect;
}

static enum dn_effect effect_of(struct dn_impact_lane *lane)
{
    bool known;
    int effect = -1;
    if (dn_evidence_judges(lane->evidence))
        effect = native_word(lane->evidence, DN_FIELD_EFFECT, dn_effect_words, &known);
    if (effect >= 0)
        return (enum dn_effect)effect;
    if (dn_evidence_json(lane->evidence) && dn_evidence_first(lane->evidence, DN_FIELD_OPERATION)->unreadable)
        return DN_EFFECT_UNCLASSIFIED;
    return effect_by_operation(lane);
}

/* Where the row stands: what native evidence says, else the file's part of it and its line. */
static struct dn_text place_of(const struct dn_impact_lane *lane, int64_t *line)
{
    const struct dn_csv_record *record = dn_evidence_record(lane->evidence);
    struct dn_text said = {NULL, 0};
    if (record->fault == DN_CSV_FINE && dn_evidence_judges(lane->evidence))
        said = dn_evidence_value(lane->evidence, DN_FIELD_EVIDENCE);
    *line = said.size > 0 ? -1 : record->line;
    return said.size > 0 ? said : dn_buf_text(&lane->file_place);
}

/* The same as one text. */
static struct dn_text place_text(struct dn_impact_lane *lane, struct dn_text place, int64_t line)
{
    if (line < 0)
        return place;
    dn_buf_reset(&lane->place);
    dn_buf_addt(&lane->place, place);
    dn_buf_addf(&lane->place, "%" PRId64, line);
    return dn_buf_text(&lane->place);
}

static void add_resource(struct dn_impact_lane *lane, struct dn_text resource)
{
    if (lane->resource_count == lane->resource_room)
        lane->resources = dn_grow(lane->resources, lane->resource_count, &lane->resource_room, sizeof *lane->resources);
    lane->resources[lane->resource_count++] = resource;
}

/* The row's resources, each once, in order; one empty one if it has none. */
static void find_resources(struct dn_impact_lane *lane)
{
    struct dn_text one;
    lane->resource_count = 0;
    if (dn_evidence_one(lane->evidence, DN_FIELD_RESOURCE, &one)) {
        add_resource(lane, dn_spell(&lane->resource, one));
        return;
    }
    const struct dn_picked *values = dn_evidence_first(lane->evidence, DN_FIELD_RESOURCE);
    if (values->count == 0)
        add_resource(lane, (struct dn_text){"", 0});
    if (values->count == 1)
        add_resource(lane, dn_spell(&lane->resource, values->at[0]));
    if (values->count <= 1)
        return;
    dn_strings_clear(&lane->several);
    for (size_t i = 0; i < values->count; i++)
        dn_strings_add(&lane->several, dn_spell(&lane->resource, values->at[i]));
    dn_strings_sort(&lane->several);
    for (size_t i = 0; i < lane->several.count; i++)
        if (i == 0 || strcmp(lane->several.at[i], lane->several.at[i - 1]) != 0)
            add_resource(lane, dn_text_of(lane->several.at[i]));
}

static int64_t data_subjects_of(struct dn_evidence *evidence, bool *bad)
{
    struct dn_text text = dn_evidence_value(evidence, DN_FIELD_DATA_SUBJECTS);
    int64_t number = -1;
    *bad = text.size > 0 && !dn_text_number(text, &number);
    return number;
}

/* Is a cell broken that the row's output would have needed? */
static bool is_unreadable(struct dn_evidence *evidence)
{
    static const enum dn_field fields[] = {DN_FIELD_RECORD_ID, DN_FIELD_AT,      DN_FIELD_OPERATION,
                                           DN_FIELD_TENANT,    DN_FIELD_SERVICE, DN_FIELD_RESOURCE};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (dn_evidence_first(evidence, fields[i])->unreadable)
            return true;
    return false;
}

/* Sets each field where it stays. Clearing the piece first, or copying it as a whole (its words have just been stored
 * one by one, and a wider load waits until they are in the cache), costs as much as all the rest. */
static void make_piece(struct dn_impact_lane *lane, const struct dn_impact_tally *tally, enum dn_certainty certainty,
                       struct piece *piece, bool *bad_subjects)
{
    struct dn_evidence *evidence = lane->evidence;
    struct dn_impact *impact = &piece->impact;
    struct dn_instant at;
    piece->time = dn_evidence_at(evidence, &at);
    piece->record_id = dn_spell(&lane->record_id, dn_evidence_value(evidence, DN_FIELD_RECORD_ID));
    impact->incident_id = dn_text_of(tally->incident->id);
    impact->certainty = certainty;
    impact->tenant = dn_spell(&lane->tenant, dn_evidence_value(evidence, DN_FIELD_TENANT));
    impact->service = dn_evidence_value(evidence, DN_FIELD_SERVICE);
    impact->resource = (struct dn_text){NULL, 0};
    impact->effect = effect_of(lane);
    impact->rows = 1;
    impact->events = piece->record_id.size == 0;
    impact->data_subjects = data_subjects_of(evidence, bad_subjects);
    impact->first_seen.s = impact->last_seen.s = at.s;
    impact->first_seen.ns = impact->last_seen.ns = at.ns;
    impact->evidence = place_of(lane, &piece->line);
    impact->determined_at = DN_INSTANT_NONE;
}

/* The address as our streams write it: canonical, or a host name in lower case. */
static struct dn_text address_cell(struct dn_impact_lane *lane)
{
    struct dn_text text = dn_evidence_value(lane->evidence, DN_FIELD_ADDRESS);
    struct dn_address address;
    char canonical_text[DN_ADDRESS_TEXT];
    dn_buf_reset(&lane->address);
    if (dn_address_parse(text, &address)) {
        dn_address_format(&address, canonical_text);
        dn_buf_adds(&lane->address, canonical_text);
        return dn_buf_text(&lane->address);
    }
    for (size_t i = 0; i < text.size; i++)
        dn_buf_addc(&lane->address, text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] | 32) : text.at[i]);
    return dn_buf_text(&lane->address);
}

/* Adds one row of native evidence for each resource. */
static void select_piece(struct dn_impact_lane *lane, const struct piece *piece)
{
    struct dn_buf number = {0};
    char at[DN_INSTANT_TEXT];
    struct dn_text cells[DN_FIELDS];
    dn_instant_format(piece->impact.first_seen, at);
    if (piece->impact.data_subjects >= 0)
        dn_buf_addf(&number, "%" PRId64, piece->impact.data_subjects);
    for (int field = 0; field < DN_FIELDS; field++)
        cells[field] = dn_evidence_value(lane->evidence, (enum dn_field)field);
    cells[DN_FIELD_RECORD_ID] = piece->record_id;
    cells[DN_FIELD_AT] = dn_text_of(at);
    cells[DN_FIELD_ADDRESS] = address_cell(lane);
    cells[DN_FIELD_TENANT] = piece->impact.tenant;
    cells[DN_FIELD_DATA_SUBJECTS] = dn_buf_text(&number);
    cells[DN_FIELD_INCIDENT_ID] = piece->impact.incident_id;
    cells[DN_FIELD_EFFECT] = dn_text_of(dn_effect_words[piece->impact.effect]);
    cells[DN_FIELD_CERTAINTY] = dn_text_of(dn_certainty_words[piece->impact.certainty]);
    cells[DN_FIELD_EVIDENCE] = place_text(lane, piece->impact.evidence, piece->line);
    for (size_t i = 0; i < lane->resource_count; i++) {
        cells[DN_FIELD_RESOURCE] = lane->resources[i];
        dn_part_add(lane->run->writer, cells, DN_FIELDS);
    }
    dn_buf_clear(&number);
}

static enum dn_status group_piece(struct dn_impact_lane *lane, struct piece *piece, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < lane->resource_count && status == DN_OK; i++) {
        piece->impact.resource.at = lane->resources[i].at;
        piece->impact.resource.size = lane->resources[i].size;
        status = dn_groups_lane_add(lane->groups, &piece->impact, piece->line, piece->record_id, err);
    }
    return status;
}

static void count_piece(struct dn_impact_lane *lane, struct dn_impact_tally *tally, const struct piece *piece,
                        bool bad_subjects)
{
    tally->in++;
    tally->with_record_id += piece->record_id.size > 0;
    tally->no_time += piece->time != DN_EVIDENCE_TIME;
    tally->no_resource += lane->resources[0].size == 0;
    tally->unclassified += piece->impact.effect == DN_EFFECT_UNCLASSIFIED;
    tally->bad_subjects += bad_subjects;
    if (dn_evidence_json(lane->evidence) && is_unreadable(lane->evidence) && tally->unreadable++ == 0)
        dn_impact_tally_first(&tally->first_unreadable, lane->file, dn_evidence_record(lane->evidence)->line,
                              place_text(lane, piece->impact.evidence, piece->line), NULL);
}

static enum dn_status take_in(struct dn_impact_lane *lane, struct dn_impact_tally *tally, enum dn_certainty certainty,
                              struct dn_error *err)
{
    bool bad_subjects;
    struct piece piece;
    const struct dn_resolve_options *options = lane->run->options;
    enum dn_status status = DN_OK;
    make_piece(lane, tally, certainty, &piece, &bad_subjects);
    find_resources(lane);
    count_piece(lane, tally, &piece, bad_subjects);
    if (piece.record_id.size > 0 && options->verbose) /* nobody else asks how many there are */
        status = dn_groups_lane_count(lane->groups, piece.impact.incident_id, piece.record_id, err);
    if (status != DN_OK || !options->select)
        return status == DN_OK ? group_piece(lane, &piece, err) : status;
    select_piece(lane, &piece);
    return DN_OK;
}

static void select_reject(struct dn_impact_lane *lane, const struct dn_impact *row, int64_t line)
{
    struct dn_text cells[DN_FIELDS] = {{NULL, 0}};
    cells[DN_FIELD_INCIDENT_ID] = row->incident_id;
    cells[DN_FIELD_EFFECT] = dn_text_of(dn_effect_words[row->effect]);
    cells[DN_FIELD_CERTAINTY] = dn_text_of(dn_certainty_words[row->certainty]);
    cells[DN_FIELD_EVIDENCE] = place_text(lane, row->evidence, line);
    dn_part_add(lane->run->writer, cells, DN_FIELDS);
}

static void keep_reject(struct dn_impact_lane *lane, const struct dn_judgement *judgement)
{
    const struct dn_csv_record *record = dn_evidence_record(lane->evidence);
    dn_buf_reset(&lane->reject);
    dn_rejects_line(&lane->reject, dn_evidence_name(lane->evidence), record, judgement->column, judgement->reason);
    struct dn_rejects_head head = {record->line, (int64_t)lane->reject.size};
    dn_spill_add(&lane->rejects, &head, sizeof head);
    dn_spill_add(&lane->rejects, lane->reject.at, lane->reject.size);
}

/* A row that cannot be decided flows on: as part of the incident's one row with effect unresolved. */
static enum dn_status take_reject(struct dn_impact_lane *lane, struct dn_impact_tally *tally,
                                  const struct dn_judgement *judgement, struct dn_error *err)
{
    const struct dn_csv_record *record = dn_evidence_record(lane->evidence);
    int64_t line;
    struct dn_impact row = {.incident_id = dn_text_of(tally->incident->id),
                            .effect = DN_EFFECT_UNRESOLVED,
                            .certainty = DN_CERTAINTY_POTENTIAL,
                            .rows = 1,
                            .events = 1,
                            .data_subjects = -1,
                            .first_seen = DN_INSTANT_NONE,
                            .last_seen = DN_INSTANT_NONE,
                            .evidence = place_of(lane, &line)};
    if (tally->rejects++ == 0)
        dn_impact_tally_first(&tally->first_reject, lane->file, record->line, place_text(lane, row.evidence, line),
                              judgement->reason);
    if (!lane->reject_written && lane->run->options->rejects)
        keep_reject(lane, judgement);
    lane->reject_written = true;
    if (!lane->run->options->select)
        return dn_groups_lane_add(lane->groups, &row, line, (struct dn_text){NULL, 0}, err);
    select_reject(lane, &row, line);
    return DN_OK;
}

static enum dn_status take_row(struct dn_impact_lane *lane, const struct dn_scopes *scopes,
                               struct dn_impact_tally *tally, struct dn_error *err)
{
    struct dn_judgement judgement = judge(lane->evidence, scopes, tally);
    switch (judgement.verdict) {
    case DN_VERDICT_IN:
        return take_in(lane, tally, judgement.certainty, err);
    case DN_VERDICT_REJECT:
        return take_reject(lane, tally, &judgement, err);
    case DN_VERDICT_UNSUCCESSFUL:
        tally->unsuccessful++;
        return DN_OK;
    default:
        tally->out++;
        return DN_OK;
    }
}

/* A row that names an incident which is not here was meant for another run. */
static enum dn_status check_identity(const struct dn_impact_lane *lane, struct dn_error *err)
{
    struct dn_evidence *evidence = lane->evidence;
    struct dn_text id = dn_evidence_value(evidence, DN_FIELD_INCIDENT_ID);
    if (id.size == 0 || dn_incidents_find(lane->run->incidents, id))
        return DN_OK;
    return dn_error_at(err, dn_evidence_name(evidence), dn_evidence_record(evidence)->line,
                       dn_evidence_column(evidence, DN_FIELD_INCIDENT_ID),
                       "incident_id '%.*s' is not in the incident file", (int)(id.size < 200 ? id.size : 200), id.at);
}

/* The span of a row that was selected before says nothing about how far the evidence reaches. */
static void note_time(struct dn_impact_lane *lane)
{
    struct dn_instant at;
    if (dn_evidence_at(lane->evidence, &at) == DN_EVIDENCE_TIME && !judged_before(lane->evidence))
        dn_sieve_saw(&lane->times, at);
}

enum dn_status dn_impact_lane_row(struct dn_impact_lane *lane, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    lane->tallies.rows++;
    lane->reject_written = false;
    if (dn_evidence_record(lane->evidence)->fault == DN_CSV_FINE) {
        if (dn_evidence_judges(lane->evidence))
            status = check_identity(lane, err);
        note_time(lane);
    }
    for (size_t i = 0; i < lane->tallies.count && status == DN_OK; i++)
        status = take_row(lane, &lane->run->scopes[i], &lane->tallies.at[i], err);
    return status;
}

/* Goes over rows that need not be taken one by one. */
static void skip(struct dn_impact_lane *lane, struct dn_rows *rows)
{
    struct dn_impact_tally *tally = lane->tallies.at;
    int64_t count = (int64_t)dn_sieve_skip(&lane->sieve, rows, tally->funnels, &lane->times);
    lane->tallies.rows += count;
    tally->out += count;
}

enum dn_status dn_impact_lane_take(struct dn_impact_lane *lane, struct dn_block *block, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    struct dn_row row;
    while (status == DN_OK) {
        struct dn_rows *rows = lane->sieves ? dn_block_rows(block) : NULL;
        if (rows)
            skip(lane, rows);
        if (!dn_block_next(block, &row))
            break;
        dn_evidence_give(lane->evidence, &row);
        status = dn_impact_lane_row(lane, err);
    }
    return status;
}
