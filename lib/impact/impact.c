#include "impact/impact.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/load.h"
#include "stream/blocks.h"

enum column {
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
    PART,
    COLUMNS
};

const char *const dn_impact_columns[] = {
    "incident_id", "tenant",        "service",    "resource",  "effect",   "certainty",     "rows",
    "events",      "data_subjects", "first_seen", "last_seen", "evidence", "determined_at", NULL};

static const struct dn_csv_want wants[COLUMNS] = {
    {"incident_id", true}, {"tenant", true},    {"service", true},       {"resource", true},       {"effect", true},
    {"certainty", true},   {"rows", true},      {"events", true},        {"data_subjects", false}, {"first_seen", true},
    {"last_seen", true},   {"evidence", false}, {"determined_at", true}, {"part", false}};

struct dn_impact_reader {
    struct dn_csv *csv;
    struct dn_part_check parts;
    struct dn_impact_take take; /* of dn_impact_next */
    size_t index[COLUMNS];
    int64_t line;
};

enum dn_status dn_impact_open(const char *path, bool subset, struct dn_impact_reader **reader, struct dn_error *err)
{
    struct dn_impact_reader *opened = dn_alloc(1, sizeof *opened);
    enum dn_status status = dn_csv_open(path, NULL, &opened->csv, err);
    *reader = NULL;
    if (status == DN_OK)
        status = dn_csv_columns(opened->csv, "an impact stream", wants, COLUMNS, opened->index, err);
    opened->parts = (struct dn_part_check){.column = opened->index[PART], .subset = subset};
    if (status == DN_OK)
        *reader = opened;
    else
        dn_impact_close(opened);
    return status;
}

/* One record being read: the first cell that is wrong is kept. */
struct cells {
    const struct dn_impact_reader *reader;
    struct dn_text at[COLUMNS];
    int64_t line;
    struct dn_impact_take *take;
    struct dn_error *err;
    enum dn_status status;
};

static inline struct dn_text cell(const struct cells *cells, enum column column)
{
    return cells->at[column];
}

static void complain(struct cells *cells, enum column column, const char *what)
{
    struct dn_text text = cell(cells, column);
    if (cells->status == DN_OK)
        cells->status = dn_error_at(cells->err, dn_csv_name(cells->reader->csv), cells->line,
                                    (int64_t)cells->reader->index[column] + 1, "%s '%.*s' %s", wants[column].name,
                                    (int)(text.size < 200 ? text.size : 200), text.size > 0 ? text.at : "", what);
}

/* *before: that of the row before, which is mostly the same. */
static int word(struct cells *cells, enum column column, const char *const *words, struct dn_impact_word *before)
{
    struct dn_text text = cell(cells, column);
    if (text.size && text.size == before->text.size && dn_load_same(text.at, before->text.at, text.size))
        return before->number;
    int found = dn_word_find(words, text);
    if (found < 0)
        complain(cells, column, "is not one of the words that this column knows");
    *before = (struct dn_impact_word){found < 0 ? 0 : found, dn_text_of(found < 0 ? NULL : words[found])};
    return before->number;
}

static int64_t number(struct cells *cells, enum column column)
{
    int64_t value = -1;
    if (!dn_text_number(cell(cells, column), &value))
        complain(cells, column, "is not a whole number");
    return value;
}

/* "18:30:00" as seconds; -1: it is no time of day. Its bytes are looked at together: less '0', those of digits are at
 * most 9, and those between them 0, where ':' is taken for '0'. */
static inline int clock_of(const char *at)
{
    unsigned char part[8];
    uint64_t zeros, tops, word = dn_load8(at), wrong;
    memcpy(&zeros, "00:00:00", sizeof zeros);
    memcpy(&tops, "\x76\x76\x7F\x76\x76\x7F\x76\x76", sizeof tops);
    word ^= zeros;
    wrong = (word | ((word & UINT64_C(0x7F7F7F7F7F7F7F7F)) + tops)) & UINT64_C(0x8080808080808080);
    memcpy(part, &word, sizeof part);
    int hour = part[0] * 10 + part[1], minute = part[3] * 10 + part[4], second = part[6] * 10 + part[7];
    return wrong || hour > 23 || minute > 59 || second > 59 ? -1 : hour * 3600 + minute * 60 + second;
}

/* The second of the day of "2026-06-15T18:30:00Z"; -1: it is written in another way. */
static inline int second_of(struct dn_text text)
{
    return text.size == 20 && text.at[10] == 'T' && text.at[19] == 'Z' ? clock_of(text.at + 11) : -1;
}

/* As dn_instant_parse, but a day that was met before is not worked out again. */
static bool parse_time(struct dn_impact_take *take, struct dn_text text, struct dn_instant *at)
{
    int second = second_of(text);
    if (second < 0)
        return dn_instant_parse(text, at);
    struct dn_impact_day *day = &take->days[(text.at[8] << 4 | (text.at[9] & 0xF)) % DN_IMPACT_DAYS];
    if (memcmp(day->text, text.at, sizeof day->text) == 0) {
        *at = (struct dn_instant){day->s + second, 0};
        return true;
    }
    if (!dn_instant_parse(text, at))
        return false;
    memcpy(day->text, text.at, sizeof day->text);
    day->s = at->s - second;
    return true;
}

static struct dn_instant time_of(struct cells *cells, enum column column, bool needed)
{
    struct dn_instant at = DN_INSTANT_NONE;
    struct dn_text text = cell(cells, column);
    if ((text.size > 0 || needed) && !parse_time(cells->take, text, &at))
        complain(cells, column, "is not a time with an offset (RFC 3339)");
    return at;
}

/* The same in all rows of one run. */
static struct dn_instant determined_at(struct cells *cells)
{
    struct dn_impact_take *take = cells->take;
    struct dn_text text = cell(cells, DETERMINED_AT);
    if (text.size && dn_text_equal(text, (struct dn_text){take->determined_text, take->determined_size}))
        return take->determined_at;
    struct dn_instant at = time_of(cells, DETERMINED_AT, true);
    if (cells->status == DN_OK && text.size <= sizeof take->determined_text) {
        memcpy(take->determined_text, text.at, text.size);
        take->determined_size = text.size;
        take->determined_at = at;
    }
    return at;
}

static enum dn_status read_row(struct cells *cells, struct dn_impact *row)
{
    row->incident_id = cell(cells, INCIDENT_ID);
    row->tenant = cell(cells, TENANT);
    row->service = cell(cells, SERVICE);
    row->resource = cell(cells, RESOURCE);
    row->evidence = cell(cells, EVIDENCE);
    if (row->incident_id.size == 0)
        complain(cells, INCIDENT_ID, "is empty");
    row->effect = (enum dn_effect)word(cells, EFFECT, dn_effect_words, &cells->take->effect);
    row->certainty = (enum dn_certainty)word(cells, CERTAINTY, dn_certainty_words, &cells->take->certainty);
    row->rows = number(cells, ROWS);
    row->events = number(cells, EVENTS);
    row->data_subjects = cell(cells, DATA_SUBJECTS).size > 0 ? number(cells, DATA_SUBJECTS) : -1;
    row->first_seen = time_of(cells, FIRST_SEEN, false);
    row->last_seen = time_of(cells, LAST_SEEN, false);
    row->determined_at = determined_at(cells);
    return cells->status;
}

enum dn_status dn_impact_next(struct dn_impact_reader *reader, struct dn_impact *row, struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status = dn_csv_next(reader->csv, &record, err);
    if (status == DN_END)
        return dn_part_finish(&reader->parts, reader->csv, err) == DN_OK ? DN_END : DN_INVALID;
    if (status != DN_OK)
        return status;
    reader->line = record.line;
    if (record.fault != DN_CSV_FINE)
        return dn_csv_fault_error(reader->csv, &record, err);
    status = dn_part_look(&reader->parts, reader->csv, &record, err);
    if (status != DN_OK)
        return status;
    struct cells cells = {.reader = reader, .line = record.line, .take = &reader->take, .err = err};
    for (size_t i = 0; i < COLUMNS; i++)
        cells.at[i] = dn_csv_cell(&record, reader->index[i]);
    return read_row(&cells, row);
}

struct dn_csv *dn_impact_csv(struct dn_impact_reader *reader)
{
    return reader->csv;
}

static void set_cells(struct cells *cells, const struct dn_row *row)
{
    const size_t *index = cells->reader->index;
    if (row->quoted) {
        for (size_t i = 0; i < COLUMNS; i++)
            cells->at[i] = dn_row_cell(row, index[i]);
        return;
    }
    for (size_t i = 0; i < COLUMNS; i++)
        cells->at[i] = index[i] < row->count ? dn_row_field(row, index[i]) : (struct dn_text){NULL, 0};
}

enum dn_status dn_impact_row(const struct dn_impact_reader *reader, const struct dn_row *row,
                             struct dn_impact_take *take, struct dn_impact *impact, struct dn_error *err)
{
    struct cells cells;
    cells.reader = reader;
    cells.line = row->line;
    cells.take = take;
    cells.err = err;
    cells.status = DN_OK;
    set_cells(&cells, row);
    enum dn_status status = row->fault ? dn_row_error(reader->csv, row, err) : DN_OK;
    if (status == DN_OK)
        status = dn_part_gather(&take->parts, &reader->parts, reader->csv, row->line, cells.at[PART], err);
    if (status == DN_OK)
        status = read_row(&cells, impact);
    if (status != DN_OK)
        take->failed = row->line;
    return status;
}

enum dn_status dn_impact_finish(struct dn_impact_reader *reader, struct dn_impact_take *const *takes, size_t count,
                                enum dn_status status, struct dn_error *err)
{
    struct dn_part_runs parts = {0};
    struct dn_error wrong = {0};
    int64_t end = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        end = takes[i]->failed && takes[i]->failed < end ? takes[i]->failed : end;
        dn_part_runs_join(&parts, &takes[i]->parts);
    }
    dn_part_judge(&reader->parts, reader->csv, &parts, end, &wrong);
    if (wrong.status == DN_OK && status == DN_OK)
        dn_part_finish(&reader->parts, reader->csv, &wrong);
    free(parts.at);
    if (wrong.status == DN_OK)
        return status;
    if (err)
        *err = wrong;
    return wrong.status;
}

int64_t dn_impact_line(const struct dn_impact_reader *reader)
{
    return reader->line;
}

const char *dn_impact_name(const struct dn_impact_reader *reader)
{
    return dn_csv_name(reader->csv);
}

void dn_impact_close(struct dn_impact_reader *reader)
{
    if (!reader)
        return;
    free(reader->parts.bits);
    dn_csv_close(reader->csv);
    free(reader);
}

static void render_number(struct dn_buf *scratch, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    if (value < 0)
        return;
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    dn_buf_add(scratch, digits + at, sizeof digits - at);
}

static void put_two(char *to, int value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
}

/* As dn_instant_add_to, which is made for other things than millions of rows. */
static void render_time(struct dn_buf *scratch, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT] = "0000-00-00T00:00:00.000000000Z";
    if (at.ns < 0)
        return;
    struct dn_civil civil = dn_civil_of(at, 0);
    size_t size = 29;
    put_two(text, civil.year / 100);
    put_two(text + 2, civil.year % 100);
    put_two(text + 5, civil.month);
    put_two(text + 8, civil.day);
    put_two(text + 11, civil.hour);
    put_two(text + 14, civil.minute);
    put_two(text + 17, civil.second);
    for (int32_t ns = at.ns, i = 28; i > 19; ns /= 10)
        text[i--] = (char)('0' + ns % 10);
    while (size > 19 && (text[size - 1] == '0' || text[size - 1] == '.'))
        if (text[--size] == '.')
            break;
    text[size++] = 'Z';
    dn_buf_add(scratch, text, size);
}

/* Cells that are rendered go into scratch; as it may move while it grows, they are set when it no longer does. */
void dn_impact_cells(const struct dn_impact *row, struct dn_buf *scratch, struct dn_text *cells)
{
    static const enum column rendered[] = {ROWS, EVENTS, DATA_SUBJECTS, FIRST_SEEN, LAST_SEEN, DETERMINED_AT};
    size_t starts[7] = {scratch->size};
    render_number(scratch, row->rows);
    starts[1] = scratch->size;
    render_number(scratch, row->events);
    starts[2] = scratch->size;
    render_number(scratch, row->data_subjects);
    starts[3] = scratch->size;
    render_time(scratch, row->first_seen);
    starts[4] = scratch->size;
    render_time(scratch, row->last_seen);
    starts[5] = scratch->size;
    render_time(scratch, row->determined_at);
    starts[6] = scratch->size;
    cells[INCIDENT_ID] = row->incident_id;
    cells[TENANT] = row->tenant;
    cells[SERVICE] = row->service;
    cells[RESOURCE] = row->resource;
    cells[EFFECT] = dn_text_of(dn_effect_words[row->effect]);
    cells[CERTAINTY] = dn_text_of(dn_certainty_words[row->certainty]);
    cells[EVIDENCE] = row->evidence;
    for (size_t i = 0; i < 6; i++)
        cells[rendered[i]] = (struct dn_text){scratch->at + starts[i], starts[i + 1] - starts[i]};
}
