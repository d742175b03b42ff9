#include "tenant/resources.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tenant/cell.h"

enum {
    INCIDENT_ID,
    TENANT,
    SERVICE,
    RESOURCE,
    EFFECT,
    CERTAINTY,
    ROWS,
    EVENTS,
    DATA_SUBJECTS,
    FIRST_SEEN,
    LAST_SEEN,
    EVIDENCE,
    DETERMINED_AT,
    TENANT_ID,
    MATCHED_BY,
    PART
};

const char *const dn_resource_columns[] = {
    "incident_id",   "tenant",     "service",   "resource", "effect",        "certainty", "rows",       "events",
    "data_subjects", "first_seen", "last_seen", "evidence", "determined_at", "tenant_id", "matched_by", NULL};

static void wants(struct dn_csv_want want[PART + 1])
{
    for (size_t i = 0; i < DN_RESOURCE_COLUMNS; i++)
        want[i] = (struct dn_csv_want){dn_resource_columns[i], true};
    want[PART] = (struct dn_csv_want){"part", false};
}

static enum dn_status read_row(struct dn_cells *cells, struct dn_resource *row)
{
    row->incident_id = dn_cell_needed(cells, INCIDENT_ID);
    row->tenant_id = dn_cell_needed(cells, TENANT_ID);
    row->tenant = dn_cell_string(cells, TENANT);
    row->service = dn_cell_string(cells, SERVICE);
    row->resource = dn_cell_string(cells, RESOURCE);
    row->matched_by = dn_cell_string(cells, MATCHED_BY);
    row->evidence = dn_cell_string(cells, EVIDENCE);
    row->effect = (enum dn_effect)dn_cell_word(cells, EFFECT, dn_effect_words, -1);
    row->certainty = (enum dn_certainty)dn_cell_word(cells, CERTAINTY, dn_certainty_words, -1);
    row->rows = dn_cell_number(cells, ROWS);
    row->events = dn_cell_number(cells, EVENTS);
    row->data_subjects = dn_cell_number(cells, DATA_SUBJECTS);
    row->first_seen = dn_cell_instant(cells, FIRST_SEEN);
    row->last_seen = dn_cell_instant(cells, LAST_SEEN);
    row->determined_at = dn_cell_instant(cells, DETERMINED_AT);
    return cells->status;
}

static enum dn_status read_rows(struct dn_csv *csv, const struct dn_csv_want *want, const size_t *index,
                                struct dn_part_check *parts, struct dn_resource_list *list, struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault)
            return dn_csv_fault_error(csv, &record, err);
        if ((status = dn_part_look(parts, csv, &record, err)) != DN_OK)
            return status;
        struct dn_cells cells = {.csv = csv, .record = &record, .want = want, .index = index, .err = err};
        list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
        list->at[list->count] = (struct dn_resource){0};
        if ((status = read_row(&cells, &list->at[list->count++])) != DN_OK)
            return status;
    }
    return status == DN_END ? DN_OK : status;
}

static int compare_key(const struct dn_resource *row, struct dn_text incident_id, struct dn_text tenant_id)
{
    int order = dn_text_compare(dn_text_of(row->incident_id), incident_id);
    return order ? order : dn_text_compare(dn_text_of(row->tenant_id), tenant_id);
}

/* A row and its place, so that qsort keeps equal ones in order. */
struct placed {
    struct dn_resource row;
    size_t place;
};

static int compare(const void *a, const void *b)
{
    const struct placed *left = a, *right = b;
    int order = compare_key(&left->row, dn_text_of(right->row.incident_id), dn_text_of(right->row.tenant_id));
    return order ? order : (left->place > right->place) - (left->place < right->place);
}

static void sort(struct dn_resource_list *list)
{
    struct placed *placed = dn_alloc(list->count, sizeof *placed);
    for (size_t i = 0; i < list->count; i++)
        placed[i] = (struct placed){list->at[i], i};
    qsort(placed, list->count, sizeof *placed, compare);
    for (size_t i = 0; i < list->count; i++)
        list->at[i] = placed[i].row;
    free(placed);
}

enum dn_status dn_resources_read(const char *path, struct dn_resource_list *list, struct dn_error *err)
{
    struct dn_csv *csv = NULL;
    struct dn_csv_want want[PART + 1];
    size_t index[PART + 1];
    enum dn_status status = dn_csv_open(path, NULL, &csv, err);
    if (status != DN_OK)
        return status;
    wants(want);
    status = dn_csv_columns(csv, "a resources file", want, PART + 1, index, err);
    if (status == DN_OK) {
        struct dn_part_check parts = {.column = index[PART]};
        status = read_rows(csv, want, index, &parts, list, err);
        enum dn_status whole = dn_part_finish(&parts, csv, status == DN_OK ? err : NULL);
        status = status == DN_OK ? whole : status;
    }
    dn_csv_close(csv);
    sort(list);
    return status;
}

/* The first row that is not before the key; past: not before or at it. */
static size_t bound(const struct dn_resource_list *list, struct dn_text incident_id, struct dn_text tenant_id,
                    bool past)
{
    size_t from = 0, to = list->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare_key(&list->at[middle], incident_id, tenant_id);
        if (order < 0 || (past && order == 0))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const struct dn_resource *dn_resources_of(const struct dn_resource_list *list, struct dn_text incident_id,
                                          struct dn_text tenant_id, size_t *count)
{
    size_t from = bound(list, incident_id, tenant_id, false);
    *count = bound(list, incident_id, tenant_id, true) - from;
    return *count ? &list->at[from] : NULL;
}

size_t dn_resources_distinct(const struct dn_resource *rows, size_t count)
{
    struct dn_text *names = dn_alloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = dn_text_of(rows[i].resource);
    size_t distinct = dn_texts_distinct(names, count);
    free(names);
    return distinct;
}

void dn_resource_cells(const struct dn_resource *row, struct dn_buf *scratch, struct dn_text *cells)
{
    static const size_t where[] = {ROWS, EVENTS, DATA_SUBJECTS, FIRST_SEEN, LAST_SEEN, DETERMINED_AT};
    const int64_t numbers[] = {row->rows, row->events, row->data_subjects};
    const struct dn_instant times[] = {row->first_seen, row->last_seen, row->determined_at};
    cells[INCIDENT_ID] = dn_text_of(row->incident_id);
    cells[TENANT] = dn_text_of(row->tenant);
    cells[SERVICE] = dn_text_of(row->service);
    cells[RESOURCE] = dn_text_of(row->resource);
    cells[EFFECT] = dn_text_of(dn_effect_words[row->effect]);
    cells[CERTAINTY] = dn_text_of(dn_certainty_words[row->certainty]);
    cells[EVIDENCE] = dn_text_of(row->evidence);
    cells[TENANT_ID] = dn_text_of(row->tenant_id);
    cells[MATCHED_BY] = dn_text_of(row->matched_by);
    dn_cells_render(scratch, cells, where, numbers, 3, times, 3);
}

static void clear_row(struct dn_resource *row)
{
    free(row->incident_id);
    free(row->tenant_id);
    free(row->tenant);
    free(row->service);
    free(row->resource);
    free(row->matched_by);
    free(row->evidence);
}

void dn_resource_list_clear(struct dn_resource_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        clear_row(&list->at[i]);
    free(list->at);
    *list = (struct dn_resource_list){0};
}
