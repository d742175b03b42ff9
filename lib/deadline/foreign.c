#include "deadline/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "incident/incident.h"
#include "stream/csv.h"

enum name { N_INCIDENT, N_TENANT, N_STARTED, N_SATISFIED, N_DUE, N_STATE, N_ZONE, N_COUNT };
static const char *const names[] = {"incident_id", "tenant_id", "started_at", "satisfied_at",
                                    "due_at",      "state",     "zone",       NULL};

static bool is_name(struct dn_text name)
{
    return dn_word_find(names, name) >= 0 || (dn_text_starts(name, "anchor.") && name.size > strlen("anchor."));
}

enum dn_status dn_foreign_map(struct dn_foreign *foreign, const char *pair, struct dn_error *err)
{
    const char *sign = strchr(pair, '=');
    struct dn_text name = {pair, sign != NULL ? (size_t)(sign - pair) : 0};
    if (sign == NULL || sign[1] == '\0' || name.size == 0)
        return dn_error_set(err, DN_INVALID, "--map '%s': expected NAME=COLUMN", pair);
    if (!is_name(name))
        return dn_error_set(err, DN_INVALID,
                            "--map '%s': the name is one of incident_id, tenant_id, started_at, satisfied_at, due_at, "
                            "state, zone, anchor.WORD",
                            pair);
    if (dn_strings_has(&foreign->names, name))
        return dn_error_set(err, DN_INVALID, "--map '%s': this name was mapped before", pair);
    dn_strings_add(&foreign->names, name);
    dn_strings_add(&foreign->columns, dn_text_of(sign + 1));
    return DN_OK;
}

/* One file while it is read. */
struct table {
    struct dn_foreign *foreign;
    struct dn_csv *csv;
    struct dn_told_list *list;
    size_t index[N_COUNT];
    const char **anchor_names; /* borrowed from the map */
    size_t *anchor_index;
    size_t anchor_count;
    size_t bad_times;
    struct dn_buf first_bad;
};

/* The column of a name: the mapped one, which must be there, else the one that is called so. State and zone are words
 * that tables use for other things, so they are taken only where they are mapped. */
static enum dn_status find_column(struct table *table, size_t name, struct dn_error *err)
{
    const struct dn_strings *mapped = &table->foreign->names;
    size_t i = 0;
    table->index[name] = DN_CSV_NONE;
    while (i < mapped->count && strcmp(mapped->at[i], names[name]) != 0)
        i++;
    if (i == mapped->count && (name == N_STATE || name == N_ZONE))
        return DN_OK;
    const char *column = i < mapped->count ? table->foreign->columns.at[i] : names[name];
    enum dn_status status = dn_csv_column(table->csv, column, &table->index[name], err);
    if (status == DN_OK && i < mapped->count && table->index[name] == DN_CSV_NONE)
        return dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                           "there is no column '%s' (--map %s=%s)", column, names[name], column);
    return status;
}

static enum dn_status find_anchors(struct table *table, struct dn_error *err)
{
    const struct dn_strings *mapped = &table->foreign->names;
    table->anchor_names = dn_alloc(mapped->count, sizeof *table->anchor_names);
    table->anchor_index = dn_alloc(mapped->count, sizeof *table->anchor_index);
    for (size_t i = 0; i < mapped->count; i++) {
        size_t index = DN_CSV_NONE;
        if (!dn_text_starts(dn_text_of(mapped->at[i]), "anchor."))
            continue;
        enum dn_status status = dn_csv_column(table->csv, table->foreign->columns.at[i], &index, err);
        if (status == DN_OK && index == DN_CSV_NONE)
            status = dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                                 "there is no column '%s' (--map %s=%s)", table->foreign->columns.at[i], mapped->at[i],
                                 table->foreign->columns.at[i]);
        if (status != DN_OK)
            return status;
        table->anchor_names[table->anchor_count] = mapped->at[i] + strlen("anchor.");
        table->anchor_index[table->anchor_count++] = index;
    }
    return DN_OK;
}

static enum dn_status find_columns(struct table *table, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < N_COUNT && status == DN_OK; i++)
        status = find_column(table, i, err);
    if (status == DN_OK)
        status = find_anchors(table, err);
    if (status == DN_OK && table->index[N_SATISFIED] == DN_CSV_NONE)
        return dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                           "no column says when somebody was told: --map satisfied_at=COLUMN");
    if (status == DN_OK && table->index[N_TENANT] == DN_CSV_NONE && table->index[N_INCIDENT] == DN_CSV_NONE)
        return dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                           "no column says who was told: --map tenant_id=COLUMN, or incident_id=COLUMN");
    return status;
}

/* The zone of one row: its own, else the one for all. NULL: it names one that is not known. */
static const struct dn_zone *zone_of(struct dn_foreign *foreign, struct dn_text name)
{
    name = dn_text_trim(name);
    if (name.size == 0)
        return foreign->zone;
    for (size_t i = 0; i < foreign->zone_count; i++)
        if (dn_text_is(name, foreign->zone_names.at[i]))
            return foreign->zones[i];
    dn_strings_add(&foreign->zone_names, name);
    foreign->zones = dn_grow(foreign->zones, foreign->zone_count, &foreign->zone_room, sizeof *foreign->zones);
    struct dn_zone **zone = &foreign->zones[foreign->zone_count++];
    *zone = NULL;
    if (dn_zone_open(foreign->zone_names.at[foreign->zone_count - 1], zone, NULL) != DN_OK)
        *zone = NULL;
    return *zone;
}

/* One time of a row. False: there is something that is not a time; it is counted, and the first one kept for the note.
 */
static bool take_time(struct table *table, const struct dn_csv_record *record, size_t column, struct dn_instant *at)
{
    struct dn_text value = dn_text_trim(dn_csv_cell(record, column));
    const struct dn_zone *zone = zone_of(table->foreign, dn_csv_cell(record, table->index[N_ZONE]));
    *at = DN_INSTANT_NONE;
    if (value.size == 0 || dn_formats_parse(&table->foreign->formats, zone, value, at))
        return true;
    *at = DN_INSTANT_NONE;
    if (table->bad_times++ == 0)
        dn_buf_addf(&table->first_bad, "%s:%lld:%zu: '%.*s'%s", dn_csv_name(table->csv), (long long)record->line,
                    column + 1, (int)value.size, value.at, zone == NULL ? " (no known zone for it: --time-zone)" : "");
    return false;
}

static int rank_of(struct dn_text state)
{
    static const char *const ranks[] = {"accepted", "delivered", "reached"};
    for (int i = 0; i < 3; i++)
        if (dn_text_equal_nocase(state, dn_text_of(ranks[i])))
            return i;
    return -1;
}

/* Does this state mean told? Of our own words the ones after it do as well; any other word stands for itself. */
static bool state_satisfies(const struct dn_foreign *foreign, struct dn_text state)
{
    struct dn_text wanted = dn_text_of(foreign->satisfied_by);
    int rank = rank_of(wanted);
    return rank >= 0 ? rank_of(state) >= rank : dn_text_equal_nocase(state, wanted);
}

static void keep_earliest(struct dn_instant *kept, struct dn_instant at)
{
    *kept = dn_instant_min(*kept, at);
}

/* The same under each policy, where the table speaks our words; else they are all the declared one. */
static void take_under(const struct table *table, struct dn_told_foreign *it, struct dn_text state,
                       struct dn_instant at)
{
    bool ours = table->index[N_STATE] != DN_CSV_NONE && rank_of(dn_text_of(table->foreign->satisfied_by)) >= 0;
    bool declared = table->index[N_STATE] == DN_CSV_NONE || state_satisfies(table->foreign, state);
    for (int i = 0; i < DN_POLICY_COUNT; i++)
        if (ours ? rank_of(state) >= i : declared)
            keep_earliest(&it->under[i], at);
}

/* A row that says the tenant was told: the earliest one counts. */
static void take_satisfied(const struct table *table, struct dn_told_foreign *it, struct dn_text state,
                           struct dn_instant at)
{
    bool has_state = table->index[N_STATE] != DN_CSV_NONE;
    take_under(table, it, state, at);
    if (has_state && dn_text_equal_nocase(state, DN_TEXT("unknown")))
        it->unsure = true;
    if (has_state && !state_satisfies(table->foreign, state))
        return;
    if (has_state && !dn_instant_is(at)) {
        it->trouble = it->trouble != NULL ? it->trouble : "no-time";
        return;
    }
    if (!dn_instant_is(it->satisfied_at) && dn_instant_is(at) && has_state)
        it->satisfied_by = dn_strndup(state.at, state.size);
    keep_earliest(&it->satisfied_at, at);
}

/* Rows about the same tenant must agree on what was due; two incidents under one name are not guessed apart. */
static void take_clock(struct dn_told_foreign *it, bool first, struct dn_instant started_at, struct dn_instant due_at)
{
    bool same = dn_instant_is(it->started_at) == dn_instant_is(started_at) &&
                dn_instant_is(it->due_at) == dn_instant_is(due_at) &&
                (!dn_instant_is(started_at) || dn_instant_compare(it->started_at, started_at) == 0) &&
                (!dn_instant_is(due_at) || dn_instant_compare(it->due_at, due_at) == 0);
    if (!first && !same)
        it->trouble = "repeated";
    keep_earliest(&it->started_at, started_at);
    keep_earliest(&it->due_at, due_at);
}

/* Further triggers of a row; rows about the same tenant must agree on them, too. False: one is not a time. */
static bool take_anchors(struct table *table, const struct dn_csv_record *record, bool first,
                         struct dn_told_foreign *it)
{
    bool fine = true;
    if (first && table->anchor_count > 0) {
        it->anchors = dn_alloc(table->anchor_count, sizeof *it->anchors);
        it->anchor_count = table->anchor_count;
    }
    for (size_t i = 0; i < table->anchor_count; i++) {
        struct dn_instant at;
        fine &= take_time(table, record, table->anchor_index[i], &at);
        bool same = !first && i < it->anchor_count && dn_instant_is(at) == dn_instant_is(it->anchors[i].at) &&
                    (!dn_instant_is(at) || dn_instant_compare(at, it->anchors[i].at) == 0);
        if (first)
            it->anchors[i] = (struct dn_anchor){table->anchor_names[i], at};
        else if (!same)
            it->trouble = "repeated";
    }
    return fine;
}

/* The place of a row: civil days and holidays are counted there. */
static void take_zone(const struct table *table, const struct dn_csv_record *record, bool first,
                      struct dn_told_foreign *it)
{
    struct dn_text zone = dn_text_trim(dn_csv_cell(record, table->index[N_ZONE]));
    if (first)
        it->zone = zone.size > 0 ? dn_strndup(zone.at, zone.size) : NULL;
    else if (!dn_text_equal(zone, dn_text_of(it->zone)))
        it->trouble = "repeated";
}

static struct dn_told_foreign *entry_for(const struct table *table, const struct dn_csv_record *record, bool *first)
{
    struct dn_text incident_id = dn_text_of(table->foreign->incident_id);
    if (table->index[N_INCIDENT] != DN_CSV_NONE)
        incident_id = dn_text_trim(dn_csv_cell(record, table->index[N_INCIDENT]));
    struct dn_text tenant_id = dn_text_trim(dn_csv_cell(record, table->index[N_TENANT]));
    struct dn_told *told = dn_told_for(table->list, incident_id, tenant_id);
    *first = told->foreign == NULL;
    if (*first) {
        told->foreign = dn_alloc(1, sizeof *told->foreign);
        *told->foreign = (struct dn_told_foreign){
            .started_at = DN_INSTANT_NONE, .due_at = DN_INSTANT_NONE, .satisfied_at = DN_INSTANT_NONE};
        for (size_t i = 0; i < DN_POLICY_COUNT; i++)
            told->foreign->under[i] = DN_INSTANT_NONE;
        told->foreign->source = table->list->source_count - 1;
        told->foreign->line = record->line;
    }
    return told->foreign;
}

static void take_row(struct table *table, const struct dn_csv_record *record)
{
    bool first, has_due = table->index[N_DUE] != DN_CSV_NONE;
    struct dn_told_foreign *it = entry_for(table, record, &first);
    struct dn_instant started_at, due_at, satisfied_at;
    bool started = take_time(table, record, table->index[N_STARTED], &started_at);
    bool satisfied = take_time(table, record, table->index[N_SATISFIED], &satisfied_at);
    bool due = take_time(table, record, table->index[N_DUE], &due_at);
    take_clock(it, first, started_at, due_at);
    take_zone(table, record, first, it);
    started &= take_anchors(table, record, first, it);
    if (satisfied)
        take_satisfied(table, it, dn_text_trim(dn_csv_cell(record, table->index[N_STATE])), satisfied_at);
    if (it->trouble == NULL && !(started && satisfied && due))
        it->trouble = "time";
    if (it->trouble == NULL && has_due && !dn_instant_is(due_at) && !table->foreign->regime_given)
        it->trouble = "no-due";
}

static enum dn_status read_rows(struct table *table, struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status;
    struct dn_told_source *source = &table->list->sources[table->list->source_count - 1];
    while ((status = dn_csv_next(table->csv, &record, err)) == DN_OK) {
        source->rows++;
        if (record.fault != DN_CSV_FINE)
            return dn_csv_fault_error(table->csv, &record, err);
        take_row(table, &record);
    }
    return status == DN_END ? DN_OK : status;
}

enum dn_status dn_foreign_read(struct dn_foreign *foreign, const char *path, struct dn_told_list *list,
                               struct dn_notes *notes, struct dn_error *err)
{
    struct table table = {.foreign = foreign, .list = list};
    struct dn_csv_options csv = {.delimiter = foreign->delimiter};
    enum dn_status status = dn_csv_open(path, &csv, &table.csv, err);
    dn_told_begin(list, path);
    if (status == DN_OK)
        status = find_columns(&table, err);
    if (status == DN_OK)
        status = read_rows(&table, err);
    if (status == DN_OK && table.bad_times > 0)
        dn_notes_attention(notes, "time", "%zu times cannot be read; the first is %s", table.bad_times,
                           table.first_bad.at);
    dn_buf_clear(&table.first_bad);
    free(table.anchor_names);
    free(table.anchor_index);
    dn_csv_close(table.csv);
    return status;
}

void dn_foreign_clear(struct dn_foreign *foreign)
{
    for (size_t i = 0; i < foreign->zone_count; i++)
        dn_zone_free(foreign->zones[i]);
    free(foreign->zones);
    dn_strings_clear(&foreign->names);
    dn_strings_clear(&foreign->columns);
    dn_strings_clear(&foreign->zone_names);
    dn_formats_clear(&foreign->formats);
    dn_zone_free(foreign->zone);
    memset(foreign, 0, sizeof *foreign);
}
