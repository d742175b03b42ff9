#include "tenant/resources.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/sorter.h"
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

#define TEXTS 7

/* A record is this, and behind it the texts in the order of text_columns, each with a NUL. */
struct head {
    int64_t rows, events, data_subjects, number; /* number: the row's in the file */
    struct dn_instant first_seen, last_seen, determined_at;
    uint32_t sizes[TEXTS];
    unsigned char effect, certainty;
};

/* Incident and tenant come first: records are compared by them. */
static const size_t text_columns[TEXTS] = {INCIDENT_ID, TENANT_ID, TENANT, SERVICE, RESOURCE, MATCHED_BY, EVIDENCE};

static void check_there(struct dn_cells *cells, size_t column)
{
    if (!dn_cell_text(cells, column).size)
        dn_cell_fault(cells, column, "%s is empty", cells->want[column].name);
}

/* The cell as far as a string goes. */
static struct dn_text text_of(const struct dn_cells *cells, size_t column)
{
    struct dn_text text = dn_cell_text(cells, column);
    const char *nul = text.size ? memchr(text.at, '\0', text.size) : NULL;
    return (struct dn_text){text.at, nul ? (size_t)(nul - text.at) : text.size};
}

static enum dn_status pack(struct dn_cells *cells, size_t number, struct dn_buf *record)
{
    struct head head;
    memset(&head, 0, sizeof head); /* the gaps, too: it goes into a file */
    check_there(cells, INCIDENT_ID);
    check_there(cells, TENANT_ID);
    head.number = (int64_t)number;
    head.effect = (unsigned char)dn_cell_word(cells, EFFECT, dn_effect_words, -1);
    head.certainty = (unsigned char)dn_cell_word(cells, CERTAINTY, dn_certainty_words, -1);
    head.rows = dn_cell_number(cells, ROWS);
    head.events = dn_cell_number(cells, EVENTS);
    head.data_subjects = dn_cell_number(cells, DATA_SUBJECTS);
    head.first_seen = dn_cell_instant(cells, FIRST_SEEN);
    head.last_seen = dn_cell_instant(cells, LAST_SEEN);
    head.determined_at = dn_cell_instant(cells, DETERMINED_AT);
    for (size_t i = 0; i < TEXTS; i++)
        head.sizes[i] = (uint32_t)text_of(cells, text_columns[i]).size; /* a cell of a stream is not that large */
    dn_buf_reset(record);
    dn_buf_add(record, &head, sizeof head);
    for (size_t i = 0; i < TEXTS; i++) {
        dn_buf_addt(record, text_of(cells, text_columns[i]));
        dn_buf_addc(record, '\0');
    }
    return cells->status;
}

/* The row whose record begins here; *end becomes the place behind it. */
static void unpack(const char *at, struct dn_resource *row, const char **end)
{
    const char **texts[TEXTS] = {&row->incident_id, &row->tenant_id,  &row->tenant,  &row->service,
                                 &row->resource,    &row->matched_by, &row->evidence};
    struct head head;
    memcpy(&head, at, sizeof head);
    *row = (struct dn_resource){.effect = (enum dn_effect)head.effect,
                                .certainty = (enum dn_certainty)head.certainty,
                                .rows = head.rows,
                                .events = head.events,
                                .data_subjects = head.data_subjects,
                                .first_seen = head.first_seen,
                                .last_seen = head.last_seen,
                                .determined_at = head.determined_at};
    at += sizeof head;
    for (size_t i = 0; i < TEXTS; i++) {
        *texts[i] = at;
        at += head.sizes[i] + (size_t)1;
    }
    *end = at;
}

static int compare_keys(const struct dn_text a[2], const struct dn_text b[2])
{
    int order = dn_text_compare(a[0], b[0]);
    return order ? order : dn_text_compare(a[1], b[1]);
}

/* Incident and tenant of a record; its number. */
static int64_t key_of(struct dn_text record, struct dn_text key[2])
{
    struct head head;
    memcpy(&head, record.at, sizeof head);
    key[0] = (struct dn_text){record.at + sizeof head, head.sizes[0]};
    key[1] = (struct dn_text){key[0].at + head.sizes[0] + 1, head.sizes[1]};
    return head.number;
}

static int compare_records(const void *a, const void *b)
{
    struct dn_text keys[2][2];
    int64_t x = key_of(*(const struct dn_text *)a, keys[0]), y = key_of(*(const struct dn_text *)b, keys[1]);
    int order = compare_keys(keys[0], keys[1]);
    return order ? order : (x > y) - (x < y);
}

/* What one file is read with. */
struct reading {
    struct dn_resource_list *list;
    struct dn_buf record, last;
    bool unsorted; /* they did not come in order */
};

static void keep(struct reading *reading)
{
    struct dn_text now = dn_buf_text(&reading->record), last = dn_buf_text(&reading->last);
    reading->unsorted = reading->unsorted || (last.size && compare_records(&last, &now) > 0);
    dn_shelf_put(&reading->list->shelf, now);
    struct dn_buf spare = reading->last;
    reading->last = reading->record;
    reading->record = spare;
    reading->list->count++;
}

static enum dn_status read_rows(struct dn_csv *csv, const struct dn_csv_want *want, const size_t *index,
                                struct dn_part_check *parts, struct reading *reading, struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault)
            return dn_csv_fault_error(csv, &record, err);
        if ((status = dn_part_look(parts, csv, &record, err)) != DN_OK)
            return status;
        struct dn_cells cells = {.csv = csv, .record = &record, .want = want, .index = index, .err = err};
        if ((status = pack(&cells, reading->list->count, &reading->record)) != DN_OK)
            return status;
        keep(reading);
        if ((status = dn_shelf_check(&reading->list->shelf, err)) != DN_OK)
            return status;
    }
    return status == DN_END ? DN_OK : status;
}

static enum dn_status sort(struct dn_resource_list *list, struct dn_error *err)
{
    struct dn_sorter sorter = {.compare = compare_records};
    struct dn_shelf_reader reader = {.shelf = &list->shelf};
    struct dn_shelf sorted = {0};
    struct dn_buf bytes = {0};
    struct dn_text record;
    for (size_t i = 0; i < list->count; i++) {
        dn_shelf_get(&reader, i, &bytes);
        dn_sorter_add(&sorter, dn_buf_text(&bytes));
    }
    dn_shelf_reader_clear(&reader);
    dn_shelf_clear(&list->shelf);
    while (dn_sorter_next(&sorter, &record))
        dn_shelf_put(&sorted, record);
    enum dn_status status = dn_sorter_check(&sorter, err);
    list->shelf = sorted;
    dn_buf_clear(&bytes);
    dn_sorter_clear(&sorter);
    return status == DN_OK ? dn_shelf_check(&list->shelf, err) : status;
}

static enum dn_status read_file(struct dn_csv *csv, struct reading *reading, struct dn_error *err)
{
    struct dn_csv_want want[PART + 1];
    size_t index[PART + 1];
    wants(want);
    enum dn_status status = dn_csv_columns(csv, "a resources file", want, PART + 1, index, err);
    if (status != DN_OK)
        return status;
    struct dn_part_check parts = {.column = index[PART]};
    status = read_rows(csv, want, index, &parts, reading, err);
    enum dn_status whole = dn_part_finish(&parts, csv, status == DN_OK ? err : NULL);
    return status == DN_OK ? whole : status;
}

enum dn_status dn_resources_read(const char *path, struct dn_resource_list *list, struct dn_error *err)
{
    struct dn_csv *csv = NULL;
    struct reading reading = {.list = list};
    enum dn_status status = dn_csv_open(path, NULL, &csv, err);
    if (status != DN_OK)
        return status;
    status = read_file(csv, &reading, err);
    dn_csv_close(csv);
    if (status == DN_OK && reading.unsorted)
        status = sort(list, err);
    dn_buf_clear(&reading.record);
    dn_buf_clear(&reading.last);
    if (status != DN_OK)
        dn_resource_list_clear(list);
    return status;
}

/* Has the record of this row in reader->record. */
static void load(struct dn_resource_reader *reader, size_t number)
{
    if (reader->behind == number + 1)
        return;
    reader->shelf.shelf = &reader->list->shelf;
    dn_shelf_get(&reader->shelf, number, &reader->record);
    reader->behind = number + 1;
}

const struct dn_resource *dn_resources_at(struct dn_resource_reader *reader, size_t number)
{
    const char *end;
    if (reader->list->at)
        return &reader->list->at[number];
    load(reader, number);
    unpack(reader->record.at, &reader->row, &end);
    return &reader->row;
}

/* <0, 0, >0: the row stands before the key, has it, stands behind it. */
static int compare_row(struct dn_resource_reader *reader, size_t number, const struct dn_text key[2])
{
    struct dn_text own[2];
    if (reader->list->at) {
        own[0] = dn_text_of(reader->list->at[number].incident_id);
        own[1] = dn_text_of(reader->list->at[number].tenant_id);
    } else {
        load(reader, number);
        key_of(dn_buf_text(&reader->record), own);
    }
    return compare_keys(own, key);
}

/* Does the key stand behind the one that was asked for last? Notes it as that. */
static bool goes_on(struct dn_resource_reader *reader, const struct dn_text key[2])
{
    struct dn_buf *asked = &reader->asked;
    struct dn_text last[2] = {{asked->at, reader->asked_incident},
                              {asked->at + reader->asked_incident, asked->size - reader->asked_incident}};
    bool goes_on = !reader->has_asked || compare_keys(last, key) < 0;
    reader->has_asked = true;
    dn_buf_reset(asked);
    dn_buf_addt(asked, key[0]);
    dn_buf_addt(asked, key[1]);
    reader->asked_incident = key[0].size;
    return goes_on;
}

/* The first row that is not before the key. Who asks in the list's order finds it behind the rows that it got last. */
static size_t seek(struct dn_resource_reader *reader, const struct dn_text key[2])
{
    size_t from = 0, to = reader->list->count;
    if (goes_on(reader, key) && (reader->next == to || compare_row(reader, reader->next, key) >= 0))
        return reader->next;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_row(reader, middle, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* The rows from `from` to `next`, out of their records. */
static const struct dn_resource *unpack_rows(struct dn_resource_reader *reader, size_t from)
{
    const char *at = reader->records.at;
    for (size_t i = 0; i < reader->next - from; i++) {
        reader->rows = dn_grow(reader->rows, i, &reader->room, sizeof *reader->rows);
        unpack(at, &reader->rows[i], &at);
    }
    return reader->rows;
}

const struct dn_resource *dn_resources_of(struct dn_resource_reader *reader, struct dn_text incident_id,
                                          struct dn_text tenant_id, size_t *count)
{
    const struct dn_text key[2] = {incident_id, tenant_id};
    size_t from = seek(reader, key);
    dn_buf_reset(&reader->records);
    for (reader->next = from; reader->next < reader->list->count; reader->next++) {
        if (compare_row(reader, reader->next, key) != 0)
            break;
        if (!reader->list->at)
            dn_buf_addt(&reader->records, dn_buf_text(&reader->record));
    }
    *count = reader->next - from;
    if (!*count)
        return NULL;
    return reader->list->at ? &reader->list->at[from] : unpack_rows(reader, from);
}

void dn_resource_reader_clear(struct dn_resource_reader *reader)
{
    dn_shelf_reader_clear(&reader->shelf);
    dn_buf_clear(&reader->record);
    dn_buf_clear(&reader->records);
    dn_buf_clear(&reader->asked);
    free(reader->rows);
    *reader = (struct dn_resource_reader){.list = reader->list};
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

void dn_resource_list_clear(struct dn_resource_list *list)
{
    dn_shelf_clear(&list->shelf);
    *list = (struct dn_resource_list){0};
}
