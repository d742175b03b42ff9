#include "impact/resolve.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evidence/scope.h"
#include "impact/group.h"
#include "impact/rejects.h"
#include "impact/tally.h"
#include "key/address.h"
#include "key/name.h"

#define PROGRESS_ROWS 4096

struct dn_resolve {
    const struct dn_incidents *incidents;
    const struct dn_profiles *profiles;
    const struct dn_resolve_options *options;
    struct dn_tallies tallies;
    struct dn_groups *groups;
    struct dn_part_writer *writer;
    struct dn_rejects rejects;
    struct dn_buf place;         /* "file:line" of the row */
    struct dn_strings resources; /* of the row */
    struct dn_buf tenant, record_id, address, scratch;
    bool reject_written; /* of the row */
};

static enum dn_status check_scopes(const struct dn_incidents *incidents, struct dn_error *err)
{
    if (incidents->count == 0)
        return dn_error_set(err, DN_INVALID, "no incident: the incident file holds no document");
    for (size_t i = 0; i < incidents->count; i++)
        if (incidents->at[i].scope_count == 0)
            return dn_error_set(err, DN_INVALID,
                                "incident %s has no scope: say what is in it, or 'scope: [{}]' to accept everything",
                                incidents->at[i].id);
    return DN_OK;
}

enum dn_status dn_resolve_begin(const struct dn_incidents *incidents, const struct dn_profiles *profiles,
                                const struct dn_resolve_options *options, struct dn_resolve **resolve,
                                struct dn_error *err)
{
    *resolve = NULL;
    enum dn_status status = check_scopes(incidents, err);
    if (status != DN_OK)
        return status;
    struct dn_resolve *begun = dn_alloc(1, sizeof *begun);
    begun->incidents = incidents;
    begun->profiles = profiles;
    begun->options = options;
    status = dn_rejects_open(&begun->rejects, options->rejects, err);
    dn_tallies_begin(&begun->tallies, incidents);
    begun->groups = dn_groups_new(options->memory_bytes);
    begun->writer = options->select ? dn_part_begin(dn_field_words, DN_FIELDS)
                                    : dn_part_begin(dn_impact_columns, DN_IMPACT_COLUMNS);
    if (status == DN_OK)
        *resolve = begun;
    else
        dn_resolve_free(begun);
    return status;
}

void dn_resolve_free(struct dn_resolve *resolve)
{
    if (!resolve)
        return;
    dn_tallies_clear(&resolve->tallies);
    dn_groups_free(resolve->groups);
    dn_part_discard(resolve->writer);
    dn_rejects_clear(&resolve->rejects);
    dn_buf_clear(&resolve->place);
    dn_strings_clear(&resolve->resources);
    dn_buf_clear(&resolve->tenant);
    dn_buf_clear(&resolve->record_id);
    dn_buf_clear(&resolve->address);
    dn_buf_clear(&resolve->scratch);
    free(resolve);
}

/* What one row in scope comes to, beside its resources. Views into the evidence and the run's buffers. */
struct piece {
    struct dn_impact impact; /* without resource */
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
    return dn_evidence_value(evidence, DN_FIELD_INCIDENT_ID).size > 0 &&
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

static struct dn_judgement judge(struct dn_evidence *evidence, struct dn_tally *tally)
{
    struct dn_judgement judgement = {DN_VERDICT_OUT, DN_CERTAINTY_POTENTIAL, NULL, 0};
    const struct dn_csv_record *record = dn_evidence_record(evidence);
    if (record->fault != DN_CSV_FINE)
        return reject(dn_csv_fault_word(record->fault), (int64_t)record->fault_field);
    struct dn_text incident_id = dn_evidence_value(evidence, DN_FIELD_INCIDENT_ID);
    if (incident_id.size > 0 && !dn_text_is(incident_id, tally->incident->id))
        return judgement;
    if (dn_text_is(dn_evidence_value(evidence, DN_FIELD_EFFECT), "unresolved"))
        return reject("unresolved", dn_evidence_column(evidence, DN_FIELD_EFFECT));
    if (judged_before(evidence))
        judgement.verdict = DN_VERDICT_IN;
    else
        judgement = dn_scope_judge(tally->incident, evidence, tally->funnels);
    return judgement.verdict == DN_VERDICT_IN ? check_words(evidence, judgement) : judgement;
}

static enum dn_effect effect_of(struct dn_evidence *evidence)
{
    bool known;
    int effect = native_word(evidence, DN_FIELD_EFFECT, dn_effect_words, &known);
    if (effect >= 0)
        return (enum dn_effect)effect;
    if (dn_evidence_first(evidence, DN_FIELD_OPERATION)->unreadable)
        return DN_EFFECT_UNCLASSIFIED;
    return dn_profile_effect(dn_evidence_profile(evidence), dn_evidence_value(evidence, DN_FIELD_OPERATION));
}

static struct dn_text canonical(struct dn_evidence *evidence, enum dn_field field, struct dn_buf *into)
{
    dn_buf_reset(into);
    dn_resource_canonical(dn_evidence_value(evidence, field), into);
    return dn_buf_text(into);
}

/* "file:line" of the row, or what native evidence says. */
static struct dn_text place_of(struct dn_resolve *resolve, struct dn_evidence *evidence)
{
    const struct dn_csv_record *record = dn_evidence_record(evidence);
    struct dn_text said = {NULL, 0};
    if (record->fault == DN_CSV_FINE)
        said = dn_evidence_value(evidence, DN_FIELD_EVIDENCE);
    if (said.size > 0)
        return said;
    dn_buf_reset(&resolve->place);
    dn_buf_add_visible(&resolve->place, dn_text_of(dn_evidence_name(evidence)));
    dn_buf_addf(&resolve->place, ":%" PRId64, record->line);
    return dn_buf_text(&resolve->place);
}

/* The row's resources, each once, in order; one empty one if it has none. */
static void find_resources(struct dn_resolve *resolve, struct dn_evidence *evidence)
{
    const struct dn_values *values = dn_evidence_first(evidence, DN_FIELD_RESOURCE);
    dn_strings_clear(&resolve->resources);
    for (size_t i = 0; i < values->count; i++) {
        dn_buf_reset(&resolve->scratch);
        dn_resource_canonical(values->at[i], &resolve->scratch);
        dn_strings_add(&resolve->resources, dn_buf_text(&resolve->scratch));
    }
    if (values->count == 0)
        dn_strings_add(&resolve->resources, DN_TEXT(""));
    dn_strings_sort(&resolve->resources);
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

static struct piece make_piece(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_tally *tally,
                               enum dn_certainty certainty, bool *bad_subjects)
{
    struct piece piece = {.impact = {.incident_id = dn_text_of(tally->incident->id), .certainty = certainty}};
    struct dn_instant at;
    piece.time = dn_evidence_at(evidence, &at);
    piece.record_id = canonical(evidence, DN_FIELD_RECORD_ID, &resolve->record_id);
    piece.impact.tenant = canonical(evidence, DN_FIELD_TENANT, &resolve->tenant);
    piece.impact.service = dn_evidence_value(evidence, DN_FIELD_SERVICE);
    piece.impact.effect = effect_of(evidence);
    piece.impact.rows = 1;
    piece.impact.events = piece.record_id.size == 0;
    piece.impact.data_subjects = data_subjects_of(evidence, bad_subjects);
    piece.impact.first_seen = piece.impact.last_seen = at;
    piece.impact.evidence = place_of(resolve, evidence);
    return piece;
}

/* The address as our streams write it: canonical, or a host name in lower case. */
static struct dn_text address_cell(struct dn_resolve *resolve, struct dn_evidence *evidence)
{
    struct dn_text text = dn_evidence_value(evidence, DN_FIELD_ADDRESS);
    struct dn_address address;
    char canonical_text[DN_ADDRESS_TEXT];
    dn_buf_reset(&resolve->address);
    if (dn_address_parse(text, &address)) {
        dn_address_format(&address, canonical_text);
        dn_buf_adds(&resolve->address, canonical_text);
        return dn_buf_text(&resolve->address);
    }
    for (size_t i = 0; i < text.size; i++)
        dn_buf_addc(&resolve->address, text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] | 32) : text.at[i]);
    return dn_buf_text(&resolve->address);
}

/* Adds one row of native evidence for each resource. */
static void select_piece(struct dn_resolve *resolve, struct dn_evidence *evidence, const struct piece *piece)
{
    struct dn_buf number = {0};
    char at[DN_INSTANT_TEXT];
    struct dn_text cells[DN_FIELDS];
    dn_instant_format(piece->impact.first_seen, at);
    if (piece->impact.data_subjects >= 0)
        dn_buf_addf(&number, "%" PRId64, piece->impact.data_subjects);
    for (int field = 0; field < DN_FIELDS; field++)
        cells[field] = dn_evidence_value(evidence, (enum dn_field)field);
    cells[DN_FIELD_RECORD_ID] = piece->record_id;
    cells[DN_FIELD_AT] = dn_text_of(at);
    cells[DN_FIELD_ADDRESS] = address_cell(resolve, evidence);
    cells[DN_FIELD_TENANT] = piece->impact.tenant;
    cells[DN_FIELD_DATA_SUBJECTS] = dn_buf_text(&number);
    cells[DN_FIELD_INCIDENT_ID] = piece->impact.incident_id;
    cells[DN_FIELD_EFFECT] = dn_text_of(dn_effect_words[piece->impact.effect]);
    cells[DN_FIELD_CERTAINTY] = dn_text_of(dn_certainty_words[piece->impact.certainty]);
    cells[DN_FIELD_EVIDENCE] = piece->impact.evidence;
    for (size_t i = 0; i < resolve->resources.count; i++) {
        cells[DN_FIELD_RESOURCE] = dn_text_of(resolve->resources.at[i]);
        if (i == 0 || strcmp(resolve->resources.at[i], resolve->resources.at[i - 1]) != 0)
            dn_part_add(resolve->writer, cells, DN_FIELDS);
    }
    dn_buf_clear(&number);
}

static enum dn_status group_piece(struct dn_resolve *resolve, struct piece *piece, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < resolve->resources.count && status == DN_OK; i++) {
        piece->impact.resource = dn_text_of(resolve->resources.at[i]);
        if (i == 0 || strcmp(resolve->resources.at[i], resolve->resources.at[i - 1]) != 0)
            status = dn_groups_add(resolve->groups, &piece->impact, piece->record_id, err);
    }
    return status;
}

static void count_piece(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_tally *tally,
                        const struct piece *piece, bool bad_subjects)
{
    tally->in++;
    tally->with_record_id += piece->record_id.size > 0;
    tally->no_time += piece->time != DN_EVIDENCE_TIME;
    tally->no_resource += resolve->resources.at[0][0] == '\0';
    tally->unclassified += piece->impact.effect == DN_EFFECT_UNCLASSIFIED;
    tally->bad_subjects += bad_subjects;
    if (!is_unreadable(evidence))
        return;
    if (tally->unreadable++ == 0)
        dn_buf_addt(&tally->first_unreadable, piece->impact.evidence);
}

static enum dn_status take_in(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_tally *tally,
                              enum dn_certainty certainty, struct dn_error *err)
{
    bool bad_subjects;
    struct piece piece = make_piece(resolve, evidence, tally, certainty, &bad_subjects);
    enum dn_status status = DN_OK;
    find_resources(resolve, evidence);
    count_piece(resolve, evidence, tally, &piece, bad_subjects);
    if (piece.record_id.size > 0)
        status = dn_groups_count(resolve->groups, piece.impact.incident_id, piece.record_id, err);
    if (status != DN_OK || !resolve->options->select)
        return status == DN_OK ? group_piece(resolve, &piece, err) : status;
    select_piece(resolve, evidence, &piece);
    return DN_OK;
}

/* A row that cannot be decided flows on: as part of the incident's one row with effect unresolved. */
static enum dn_status take_reject(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_tally *tally,
                                  const struct dn_judgement *judgement, struct dn_error *err)
{
    const struct dn_csv_record *record = dn_evidence_record(evidence);
    struct dn_impact row = {.incident_id = dn_text_of(tally->incident->id),
                            .effect = DN_EFFECT_UNRESOLVED,
                            .certainty = DN_CERTAINTY_POTENTIAL,
                            .rows = 1,
                            .events = 1,
                            .data_subjects = -1,
                            .first_seen = DN_INSTANT_NONE,
                            .last_seen = DN_INSTANT_NONE,
                            .evidence = place_of(resolve, evidence)};
    if (tally->rejects++ == 0)
        dn_buf_addf(&tally->first_reject, "%.*s (%s)", (int)row.evidence.size, row.evidence.at, judgement->reason);
    if (!resolve->reject_written)
        dn_rejects_add(&resolve->rejects, dn_evidence_name(evidence), record, judgement->column, judgement->reason);
    resolve->reject_written = true;
    if (!resolve->options->select)
        return dn_groups_add(resolve->groups, &row, (struct dn_text){NULL, 0}, err);
    struct dn_text cells[DN_FIELDS] = {{NULL, 0}};
    cells[DN_FIELD_INCIDENT_ID] = row.incident_id;
    cells[DN_FIELD_EFFECT] = dn_text_of(dn_effect_words[row.effect]);
    cells[DN_FIELD_CERTAINTY] = dn_text_of(dn_certainty_words[row.certainty]);
    cells[DN_FIELD_EVIDENCE] = row.evidence;
    dn_part_add(resolve->writer, cells, DN_FIELDS);
    return DN_OK;
}

static enum dn_status take_row(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_tally *tally,
                               struct dn_error *err)
{
    struct dn_judgement judgement = judge(evidence, tally);
    switch (judgement.verdict) {
    case DN_VERDICT_IN:
        return take_in(resolve, evidence, tally, judgement.certainty, err);
    case DN_VERDICT_REJECT:
        return take_reject(resolve, evidence, tally, &judgement, err);
    case DN_VERDICT_UNSUCCESSFUL:
        tally->unsuccessful++;
        return DN_OK;
    default:
        tally->out++;
        return DN_OK;
    }
}

/* A row that names an incident which is not here was meant for another run. */
static enum dn_status check_identity(const struct dn_resolve *resolve, struct dn_evidence *evidence,
                                     struct dn_error *err)
{
    struct dn_text id = dn_evidence_value(evidence, DN_FIELD_INCIDENT_ID);
    if (id.size == 0 || dn_incidents_find(resolve->incidents, id))
        return DN_OK;
    return dn_error_at(err, dn_evidence_name(evidence), dn_evidence_record(evidence)->line,
                       dn_evidence_column(evidence, DN_FIELD_INCIDENT_ID),
                       "incident_id '%.*s' is not in the incident file", (int)(id.size < 200 ? id.size : 200), id.at);
}

/* The span of a row that was selected before says nothing about how far the evidence reaches. */
static void note_time(struct dn_resolve *resolve, struct dn_evidence *evidence)
{
    struct dn_instant at;
    if (dn_evidence_at(evidence, &at) == DN_EVIDENCE_TIME && !judged_before(evidence))
        dn_tallies_saw(&resolve->tallies, dn_evidence_profile(evidence), dn_evidence_name(evidence), at);
}

static enum dn_status read_row(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    resolve->tallies.rows++;
    resolve->reject_written = false;
    if (dn_evidence_record(evidence)->fault == DN_CSV_FINE) {
        status = check_identity(resolve, evidence, err);
        note_time(resolve, evidence);
    }
    for (size_t i = 0; i < resolve->tallies.count && status == DN_OK; i++)
        status = take_row(resolve, evidence, &resolve->tallies.at[i], err);
    if (resolve->options->progress && resolve->tallies.rows % PROGRESS_ROWS == 0)
        resolve->options->progress(resolve->options->progress_context, resolve->tallies.rows);
    return status;
}

enum dn_status dn_resolve_file(struct dn_resolve *resolve, const char *path, struct dn_notes *notes,
                               struct dn_error *err)
{
    struct dn_evidence *evidence = NULL;
    int64_t before = resolve->tallies.rows;
    enum dn_status status = dn_evidence_open(path, resolve->profiles, &resolve->options->evidence, &evidence, err);
    if (status != DN_OK)
        return status;
    if (resolve->options->verbose)
        dn_notes_say(notes, NULL, "%s: profile %s", dn_evidence_name(evidence), dn_evidence_profile(evidence)->name);
    dn_tallies_note_keys(&resolve->tallies, evidence, notes);
    while (status == DN_OK && (status = dn_evidence_next(evidence, err)) == DN_OK)
        status = read_row(resolve, evidence, err);
    if (status == DN_END) {
        dn_tallies_note_rows(evidence, resolve->tallies.rows - before, notes);
        status = DN_OK;
    }
    dn_evidence_close(evidence);
    return status;
}

static void write_group(void *context, const struct dn_impact *row)
{
    struct dn_resolve *resolve = context;
    struct dn_impact dated = *row;
    struct dn_text cells[DN_IMPACT_COLUMNS];
    dated.determined_at = resolve->options->now;
    dn_buf_reset(&resolve->scratch);
    dn_impact_cells(&dated, &resolve->scratch, cells);
    dn_part_add(resolve->writer, cells, DN_IMPACT_COLUMNS);
}

static void count_record_ids(void *context, struct dn_text incident_id, int64_t record_ids)
{
    struct dn_resolve *resolve = context;
    for (size_t i = 0; i < resolve->tallies.count; i++)
        if (dn_text_is(incident_id, resolve->tallies.at[i].incident->id))
            resolve->tallies.at[i].record_ids = record_ids;
}

enum dn_status dn_resolve_end(struct dn_resolve *resolve, struct dn_output *output, struct dn_notes *notes,
                              struct dn_error *err)
{
    struct dn_groups_told told = {resolve, count_record_ids, write_group};
    enum dn_status status = dn_groups_tell(resolve->groups, &told, err);
    if (status == DN_OK)
        status = dn_tallies_note(&resolve->tallies, resolve->options->verbose, notes, err);
    if (status == DN_OK)
        status = dn_rejects_commit(&resolve->rejects, err);
    if (status != DN_OK)
        return status;
    dn_part_end(resolve->writer, output);
    resolve->writer = NULL;
    return DN_OK;
}
