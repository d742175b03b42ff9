#include "impact/tally.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"

void dn_tallies_begin(struct dn_tallies *tallies, const struct dn_incidents *incidents)
{
    *tallies = (struct dn_tallies){.count = incidents->count};
    tallies->at = dn_alloc(incidents->count, sizeof *tallies->at);
    for (size_t i = 0; i < incidents->count; i++) {
        tallies->at[i].incident = &incidents->at[i];
        tallies->at[i].funnels = dn_alloc(incidents->at[i].scope_count, sizeof *tallies->at[i].funnels);
    }
}

void dn_tallies_clear(struct dn_tallies *tallies)
{
    for (size_t i = 0; i < tallies->count; i++) {
        dn_buf_clear(&tallies->at[i].first_reject.text);
        dn_buf_clear(&tallies->at[i].first_unreadable.text);
        free(tallies->at[i].funnels);
    }
    for (size_t i = 0; i < tallies->span_count; i++)
        dn_buf_clear(&tallies->spans[i].last_file);
    free(tallies->at);
    free(tallies->spans);
    *tallies = (struct dn_tallies){0};
}

static struct dn_profile_span *span_of(struct dn_tallies *tallies, const struct dn_profile *profile)
{
    for (size_t i = 0; i < tallies->span_count; i++)
        if (tallies->spans[i].profile == profile)
            return &tallies->spans[i];
    tallies->spans = dn_grow(tallies->spans, tallies->span_count, &tallies->span_room, sizeof *tallies->spans);
    struct dn_profile_span *span = &tallies->spans[tallies->span_count++];
    *span = (struct dn_profile_span){.profile = profile, .first = DN_INSTANT_NONE, .last = DN_INSTANT_NONE};
    return span;
}

void dn_tallies_saw(struct dn_tallies *tallies, const struct dn_profile *profile, const char *file,
                    struct dn_instant at)
{
    struct dn_profile_span *span = span_of(tallies, profile);
    span->first = dn_instant_min(span->first, at);
    if (dn_instant_is(span->last) && dn_instant_compare(at, span->last) <= 0)
        return;
    span->last = at;
    dn_buf_reset(&span->last_file);
    dn_buf_adds(&span->last_file, file);
}

void dn_impact_tally_first(struct dn_impact_tally_place *place, int64_t file, int64_t line, struct dn_text text,
                           const char *reason)
{
    place->file = file;
    place->line = line;
    dn_buf_reset(&place->text);
    dn_buf_addt(&place->text, text);
    if (reason)
        dn_buf_addf(&place->text, " (%s)", reason);
}

static void add_place(struct dn_impact_tally_place *into, const struct dn_impact_tally_place *from)
{
    bool first = into->line == 0 || from->file < into->file || (from->file == into->file && from->line < into->line);
    if (from->line > 0 && first)
        dn_impact_tally_first(into, from->file, from->line, dn_buf_text(&from->text), NULL);
}

static void add_funnel(struct dn_funnel *into, const struct dn_funnel *from)
{
    for (int key = 0; key < DN_KEYS; key++) {
        into->reached[key] += from->reached[key];
        into->passed[key] += from->passed[key];
    }
}

static void add_tally(struct dn_impact_tally *into, const struct dn_impact_tally *from)
{
    into->in += from->in;
    into->out += from->out;
    into->unsuccessful += from->unsuccessful;
    into->rejects += from->rejects;
    into->with_record_id += from->with_record_id;
    into->no_time += from->no_time;
    into->no_resource += from->no_resource;
    into->unclassified += from->unclassified;
    into->unreadable += from->unreadable;
    into->bad_subjects += from->bad_subjects;
    add_place(&into->first_reject, &from->first_reject);
    add_place(&into->first_unreadable, &from->first_unreadable);
    for (size_t i = 0; i < into->incident->scope_count; i++)
        add_funnel(&into->funnels[i], &from->funnels[i]);
}

void dn_tallies_add(struct dn_tallies *into, const struct dn_tallies *from)
{
    into->rows += from->rows;
    for (size_t i = 0; i < into->count; i++)
        add_tally(&into->at[i], &from->at[i]);
}

/* Says that nothing can answer a key, once for a key of an incident's scope. */
static void note_key(const struct dn_evidence *evidence, const struct dn_incident *incident, enum dn_scope_key key,
                     bool except, struct dn_notes *notes)
{
    int field = dn_scope_field(key);
    const struct dn_profile *profile = dn_evidence_profile(evidence);
    const char *effect = except                 ? "excepts no row of this file"
                         : key == DN_KEY_WINDOW ? "can place no row of this file in time"
                                                : "accepts no row of this file";
    dn_notes_attention(notes, "scope-key", "%s: %s '%s' of profile %s: scope key '%s%s' of %s %s",
                       dn_evidence_name(evidence),
                       profile->fields[field].count > 0 ? "no column for field" : "no field", dn_field_words[field],
                       profile->name, except ? "except: " : "", dn_scope_key_words[key], incident->id, effect);
}

static bool asks(const struct dn_incident *incident, enum dn_scope_key key, bool except)
{
    for (size_t i = 0; i < incident->scope_count; i++)
        if (except ? dn_indicators_have(&incident->scopes[i].except, key) : dn_scope_has(&incident->scopes[i], key))
            return true;
    return false;
}

void dn_tallies_note_keys(const struct dn_tallies *tallies, const struct dn_evidence *evidence, struct dn_notes *notes)
{
    for (size_t i = 0; i < tallies->count; i++) {
        const struct dn_incident *incident = tallies->at[i].incident;
        for (int key = 0; key < DN_KEY_EXCEPT; key++) {
            if (dn_evidence_has(evidence, (enum dn_field)dn_scope_field((enum dn_scope_key)key)))
                continue;
            if (asks(incident, (enum dn_scope_key)key, false))
                note_key(evidence, incident, (enum dn_scope_key)key, false, notes);
            if (asks(incident, (enum dn_scope_key)key, true))
                note_key(evidence, incident, (enum dn_scope_key)key, true, notes);
        }
    }
}

void dn_tallies_note_rows(const struct dn_evidence *evidence, int64_t rows, struct dn_notes *notes)
{
    const struct dn_profile *profile = dn_evidence_profile(evidence);
    if (rows == 0)
        dn_notes_say(notes, NULL, "%s: a header and no rows", dn_evidence_name(evidence));
    if (rows > 0 && rows == profile->row_cap)
        dn_notes_attention(notes, "row-cap",
                           "%s: exactly %" PRId64
                           " rows, where exports of profile %s are cut: rows are probably missing",
                           dn_evidence_name(evidence), rows, profile->name);
}

static enum dn_status check_sum(const struct dn_tallies *tallies, const struct dn_impact_tally *tally,
                                struct dn_error *err)
{
    int64_t sum = tally->in + tally->out + tally->unsuccessful + tally->rejects;
    if (sum == tallies->rows)
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "internal count: %" PRId64 " rows read, %" PRId64 " accounted for",
                        tallies->rows, sum);
}

static void note_account(const struct dn_tallies *tallies, const struct dn_impact_tally *tally, struct dn_notes *notes)
{
    dn_notes_say(notes, NULL,
                 "%s: rows read %" PRId64 " = in scope %" PRId64 " (duplicates %" PRId64 ") + out of scope %" PRId64
                 " + unsuccessful %" PRId64 " + rejects %" PRId64,
                 tally->incident->id, tallies->rows, tally->in, tally->with_record_id - tally->record_ids, tally->out,
                 tally->unsuccessful, tally->rejects);
}

/* "1 row", "2 rows" */
static const char *rows_word(int64_t count)
{
    return count == 1 ? "row" : "rows";
}

static void note_rejects(const struct dn_impact_tally *tally, struct dn_notes *notes)
{
    if (tally->rejects > 0)
        dn_notes_attention(notes, "rejected", "%" PRId64 " %s cannot be decided for %s, the first is %s",
                           tally->rejects, rows_word(tally->rejects), tally->incident->id, tally->first_reject.text.at);
    if (tally->unreadable > 0)
        dn_notes_attention(
            notes, "unreadable",
            "%" PRId64 " %s in scope of %s with a cell that should hold JSON and does not, the first is %s",
            tally->unreadable, rows_word(tally->unreadable), tally->incident->id, tally->first_unreadable.text.at);
}

static void note_gaps(const struct dn_impact_tally *tally, struct dn_notes *notes)
{
    const char *id = tally->incident->id;
    if (tally->no_resource > 0)
        dn_notes_attention(notes, "empty-resource", "%" PRId64 " %s in scope of %s without a resource",
                           tally->no_resource, rows_word(tally->no_resource), id);
    if (tally->unclassified > 0)
        dn_notes_attention(notes, "unclassified",
                           "%" PRId64 " %s in scope of %s with an operation whose effect the profile does not know",
                           tally->unclassified, rows_word(tally->unclassified), id);
    if (tally->no_time > 0)
        dn_notes_attention(notes, "no-time", "%" PRId64 " %s in scope of %s without a time that can be read",
                           tally->no_time, rows_word(tally->no_time), id);
    if (tally->bad_subjects > 0)
        dn_notes_attention(notes, "data-subjects",
                           "%" PRId64 " %s in scope of %s whose data_subjects is no whole number: not used",
                           tally->bad_subjects, rows_word(tally->bad_subjects), id);
    if (tally->unsuccessful > 0)
        dn_notes_say(notes, "unsuccessful", "%" PRId64 " %s of attempts that failed are not impact of %s",
                     tally->unsuccessful, rows_word(tally->unsuccessful), id);
}

static void add_time(struct dn_buf *text, const char *before, struct dn_instant at, const char *none)
{
    dn_buf_adds(text, before);
    if (dn_instant_is(at))
        dn_instant_add_to(text, at);
    else
        dn_buf_adds(text, none);
}

static void note_spans(const struct dn_tallies *tallies, const struct dn_incident *incident, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    for (size_t i = 0; i < tallies->span_count; i++) {
        dn_buf_reset(&text);
        add_time(&text, "from ", tallies->spans[i].first, "no time");
        add_time(&text, " to ", tallies->spans[i].last, "no time");
        dn_notes_say(notes, NULL, "evidence of profile %s: %s", tallies->spans[i].profile->name, text.at);
    }
    if (tallies->span_count == 0)
        dn_notes_say(notes, NULL, "evidence: no row with a time");
    for (size_t i = 0; i < incident->scope_count; i++) {
        dn_buf_reset(&text);
        add_time(&text, "from ", incident->scopes[i].from, "the beginning");
        add_time(&text, " until ", incident->scopes[i].until, "the end");
        dn_notes_say(notes, NULL, "scope entry %zu of %s: %s", i + 1, incident->id, text.at);
    }
    dn_buf_clear(&text);
}

static void note_funnel(const struct dn_impact_tally *tally, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    for (size_t i = 0; i < tally->incident->scope_count; i++) {
        const struct dn_funnel *funnel = &tally->funnels[i];
        dn_buf_reset(&text);
        for (int key = 0; key < DN_KEYS; key++)
            if (dn_scope_has(&tally->incident->scopes[i], (enum dn_scope_key)key))
                dn_buf_addf(&text, "%s%s let %" PRId64 " of %" PRId64 " through", text.size > 0 ? ", " : "",
                            dn_scope_key_words[key], funnel->passed[key], funnel->reached[key]);
        if (text.size > 0)
            dn_notes_say(notes, NULL, "scope entry %zu of %s: %s", i + 1, tally->incident->id, text.at);
    }
    dn_buf_clear(&text);
}

static void note_nothing(const struct dn_tallies *tallies, const struct dn_impact_tally *tally, struct dn_notes *notes)
{
    if (tally->in > 0)
        return;
    dn_notes_attention(notes, "nothing-in-scope", "none of %" PRId64 " %s read is in scope of %s", tallies->rows,
                       rows_word(tallies->rows), tally->incident->id);
    note_spans(tallies, tally->incident, notes);
    note_funnel(tally, notes);
}

/* Exports that stop before the scope does have probably not caught everything, whatever the rows of other formats say.
 */
static void note_early_end(const struct dn_tallies *tallies, const struct dn_incident *incident, struct dn_notes *notes)
{
    struct dn_instant until = DN_INSTANT_NONE;
    char end[DN_INSTANT_TEXT], last[DN_INSTANT_TEXT];
    for (size_t i = 0; i < incident->scope_count; i++)
        until = dn_instant_max(until, incident->scopes[i].until);
    if (!dn_instant_is(until))
        return;
    dn_instant_format(until, end);
    for (size_t i = 0; i < tallies->span_count; i++) {
        const struct dn_profile_span *span = &tallies->spans[i];
        dn_instant_format(span->last, last);
        if (dn_instant_compare(span->last, until) < 0)
            dn_notes_attention(notes, "evidence-ends-early",
                               "evidence of profile %s ends at %s (%s), the scope of %s at %s", span->profile->name,
                               last, span->last_file.at, incident->id, end);
    }
}

enum dn_status dn_tallies_note(const struct dn_tallies *tallies, bool verbose, struct dn_notes *notes,
                               struct dn_error *err)
{
    for (size_t i = 0; i < tallies->count; i++) {
        const struct dn_impact_tally *tally = &tallies->at[i];
        enum dn_status status = check_sum(tallies, tally, err);
        if (status != DN_OK)
            return status;
        if (verbose)
            note_account(tallies, tally, notes);
        note_nothing(tallies, tally, notes);
        note_rejects(tally, notes);
        note_gaps(tally, notes);
        note_early_end(tallies, tally->incident, notes);
    }
    return DN_OK;
}
