#include "deadline/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/foreign_rows.h"
#include "incident/incident.h"

#define ANCHOR "anchor."

/* In the order of the enum. */
static const char *const names[] = {"incident_id", "tenant_id", "started_at", "satisfied_at",
                                    "due_at",      "state",     "zone",       NULL};

static bool is_name(struct dn_text name)
{
    return dn_word_find(names, name) >= 0 || (dn_text_starts(name, ANCHOR) && name.size > strlen(ANCHOR));
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

/* The column of a name: the mapped one, which must be there, else the one that is called so. State and zone are words
 * that tables use for other things, so they are taken only where they are mapped. */
static enum dn_status find_column(struct dn_foreign_table *table, size_t name, struct dn_error *err)
{
    const struct dn_strings *mapped = &table->foreign->names;
    size_t i = 0;
    table->index[name] = DN_CSV_NONE;
    while (i < mapped->count && strcmp(mapped->at[i], names[name]) != 0)
        i++;
    if (i == mapped->count && (name == DN_FOREIGN_STATE || name == DN_FOREIGN_ZONE))
        return DN_OK;
    const char *column = i < mapped->count ? table->foreign->columns.at[i] : names[name];
    enum dn_status status = dn_csv_column(table->csv, column, &table->index[name], err);
    if (status == DN_OK && i < mapped->count && table->index[name] == DN_CSV_NONE)
        return dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                           "there is no column '%s' (--map %s=%s)", column, names[name], column);
    return status;
}

static enum dn_status find_anchors(struct dn_foreign_table *table, struct dn_error *err)
{
    const struct dn_strings *mapped = &table->foreign->names;
    table->anchor_index = dn_alloc(mapped->count, sizeof *table->anchor_index);
    for (size_t i = 0; i < mapped->count; i++) {
        size_t index = DN_CSV_NONE;
        if (!dn_text_starts(dn_text_of(mapped->at[i]), ANCHOR))
            continue;
        enum dn_status status = dn_csv_column(table->csv, table->foreign->columns.at[i], &index, err);
        if (status == DN_OK && index == DN_CSV_NONE)
            status = dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                                 "there is no column '%s' (--map %s=%s)", table->foreign->columns.at[i], mapped->at[i],
                                 table->foreign->columns.at[i]);
        if (status != DN_OK)
            return status;
        table->anchor_index[table->anchor_count++] = index;
    }
    return DN_OK;
}

static enum dn_status find_columns(struct dn_foreign_table *table, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_FOREIGN_NAMES && status == DN_OK; i++)
        status = find_column(table, i, err);
    if (status == DN_OK)
        status = find_anchors(table, err);
    if (status == DN_OK && table->index[DN_FOREIGN_SATISFIED] == DN_CSV_NONE)
        return dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                           "no column says when somebody was told: --map satisfied_at=COLUMN");
    if (status == DN_OK && table->index[DN_FOREIGN_TENANT] == DN_CSV_NONE &&
        table->index[DN_FOREIGN_INCIDENT] == DN_CSV_NONE)
        return dn_error_at(err, dn_csv_name(table->csv), dn_csv_header_line(table->csv), 0,
                           "no column says who was told: --map tenant_id=COLUMN, or incident_id=COLUMN");
    return status;
}

/* What tables can say hangs on the map alone, so that it is the same for all of a run. */
static void begin_list(const struct dn_foreign_table *table, struct dn_told_list *list)
{
    const struct dn_foreign *foreign = table->foreign;
    bool has_state = table->index[DN_FOREIGN_STATE] != DN_CSV_NONE;
    bool ours = has_state && dn_foreign_rank(dn_text_of(foreign->satisfied_by)) >= 0;
    const struct dn_said_kind kind = {.has_state = has_state,
                                      .regime_given = foreign->regime_given,
                                      .has_zone = table->index[DN_FOREIGN_ZONE] != DN_CSV_NONE,
                                      .policies = ours && foreign->policies,
                                      .anchor_count = table->anchor_count};
    list->said = dn_said_new(&kind);
    for (size_t i = 0; i < foreign->names.count; i++)
        if (dn_text_starts(dn_text_of(foreign->names.at[i]), ANCHOR))
            dn_strings_add(&list->anchors, dn_text_of(foreign->names.at[i] + strlen(ANCHOR)));
}

static enum dn_status read_rows(struct dn_foreign_table *table, struct dn_told_list *list, struct dn_notes *notes,
                                struct dn_error *err)
{
    struct dn_foreign_count count = {0};
    size_t threads = dn_blocks_threads(table->foreign->threads);
    if (list->said == NULL)
        begin_list(table, list);
    table->said = list->said;
    table->incident_id = dn_text_of(table->foreign->incident_id);
    dn_said_begin(list->said, list->source_count - 1, table->index[DN_FOREIGN_STARTED] != DN_CSV_NONE,
                  table->index[DN_FOREIGN_DUE] != DN_CSV_NONE);
    pthread_mutex_init(&table->zones, NULL);
    enum dn_status status = dn_foreign_rows(table, threads, table->foreign->stretch, &count, err);
    pthread_mutex_destroy(&table->zones);
    list->sources[list->source_count - 1].rows = count.rows;
    if (status == DN_OK && count.bad_times > 0)
        dn_notes_attention(notes, "time", "%zu times cannot be read; the first is %s", count.bad_times,
                           count.first_bad.at);
    dn_buf_clear(&count.first_bad);
    dn_said_incidents(list->said, &list->ids);
    return status;
}

enum dn_status dn_foreign_read(struct dn_foreign *foreign, const char *path, struct dn_told_list *list,
                               struct dn_notes *notes, struct dn_error *err)
{
    struct dn_foreign_table table = {.foreign = foreign};
    struct dn_csv_options csv = {.delimiter = foreign->delimiter};
    enum dn_status status = dn_csv_open(path, &csv, &table.csv, err);
    dn_told_begin(list, path);
    if (status == DN_OK)
        status = find_columns(&table, err);
    if (status == DN_OK)
        status = read_rows(&table, list, notes, err);
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
