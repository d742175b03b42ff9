#include "stream/rows.h"

#include <string.h>

#include "base/alloc.h"

struct dn_text dn_row_unquote(const struct dn_row *row, struct dn_text field)
{
    struct dn_text text = {field.at + 1, field.size - 2};
    if (text.size == 0 || !memchr(text.at, '"', text.size))
        return text;
    /* a cell has its own place in the scratch, where it neither is too long nor meets another */
    char *to = row->scratch + (field.at - row->bytes);
    return (struct dn_text){to, dn_scan_unquote(text.at, text.size, to)};
}

void dn_row_cells(const struct dn_row *row, struct dn_text *cells)
{
    uint32_t start = row->ends[-1] + 1;
    for (size_t i = 0; i < row->count; i++) {
        cells[i] = (struct dn_text){row->bytes + start, row->ends[i] - start};
        start = row->ends[i] + 1;
    }
    if (row->count > 0)
        cells[row->count - 1].size -= row->ends[row->count - 1] - row->stop;
    for (size_t i = 0; row->quoted && i < row->count; i++)
        if (cells[i].size > 0 && cells[i].at[0] == '"')
            cells[i] = dn_row_unquote(row, cells[i]);
}

static bool cell_fault(struct dn_text cell, enum dn_csv_fault fault)
{
    return fault == DN_CSV_NUL ? cell.size > 0 && memchr(cell.at, 0, cell.size) : !dn_text_utf8(cell, NULL);
}

size_t dn_row_fault_field(const struct dn_row *row)
{
    if (row->fault == DN_CSV_FINE || row->fault == DN_CSV_FIELDS)
        return 0;
    for (size_t i = 0; i < row->count; i++)
        if (cell_fault(dn_row_cell(row, i), row->fault))
            return i + 1;
    return 0;
}

static enum dn_csv_fault find_fault(const struct dn_rows *rows, const struct dn_row *row)
{
    struct dn_text raw = dn_row_raw(row);
    if (rows->start < rows->scan.suspect_to && row->stop > rows->scan.suspect_from) {
        if (memchr(raw.at, 0, raw.size))
            return DN_CSV_NUL;
        if (!dn_text_utf8(raw, NULL))
            return DN_CSV_UTF8;
    }
    return row->count == rows->columns ? DN_CSV_FINE : DN_CSV_FIELDS;
}

void dn_rows_room(struct dn_rows *rows, size_t room)
{
    if (rows->scratch_room >= room)
        return;
    rows->scratch_room = room;
    rows->scratch = dn_realloc(rows->scratch, room, 1);
}

/* Is it a line without anything in it? */
static bool blank(const struct dn_rows *rows, uint32_t end)
{
    return end == rows->start || (end == rows->start + 1 && rows->bytes[rows->start] == '\r');
}

/* Goes behind the record's end and counts the lines. */
static void step_over(struct dn_rows *rows, const struct dn_scan_record *record)
{
    rows->line++;
    while (rows->scan.breaks[rows->broken] < record->end) {
        rows->line++;
        rows->broken++;
    }
    rows->start = (size_t)record->end + 1;
    rows->field = record->fields & ~DN_SCAN_QUOTED;
    rows->record++;
}

/* Up to where no record has breaks or suspect bytes, or can be over a cap, or blank. */
static void find_plain(struct dn_rows *rows)
{
    const struct dn_scan *scan = &rows->scan;
    size_t plain = DN_CSV_RECORD_CAP;
    if (scan->breaks[rows->broken] < plain)
        plain = scan->breaks[rows->broken];
    if (rows->start < scan->suspect_to && scan->suspect_from < plain)
        plain = scan->suspect_from;
    rows->plain = rows->columns > 1 && rows->columns <= DN_CSV_FIELD_CAP ? plain : 0;
}

static enum dn_rows_step take_next(struct dn_rows *rows, struct dn_row *row)
{
    const struct dn_scan *scan = &rows->scan;
    while (rows->record < scan->record_count && blank(rows, scan->records[rows->record].end))
        step_over(rows, &scan->records[rows->record]);
    if (rows->record == scan->record_count)
        return scan->bad == DN_SCAN_NONE ? DN_ROWS_MORE : DN_ROWS_IRREGULAR;
    const struct dn_scan_record *record = &scan->records[rows->record];
    size_t count = (record->fields & ~DN_SCAN_QUOTED) - rows->field;
    if (record->end - rows->start >= DN_CSV_RECORD_CAP || count > DN_CSV_FIELD_CAP)
        return DN_ROWS_IRREGULAR;
    row->bytes = rows->bytes;
    row->ends = scan->ends + rows->field;
    row->count = count;
    row->stop = record->end - (rows->bytes[record->end - 1] == '\r');
    row->quoted = record->fields & DN_SCAN_QUOTED;
    row->line = rows->line + 1;
    row->scratch = rows->scratch;
    row->fault = find_fault(rows, row);
    step_over(rows, record);
    return DN_ROWS_ROW;
}

enum dn_rows_step dn_rows_next(struct dn_rows *rows, struct dn_row *row)
{
    enum dn_rows_step step = take_next(rows, row);
    find_plain(rows);
    return step;
}

size_t dn_rows_go(struct dn_rows *rows, const struct dn_rows_look *look)
{
    size_t count = (size_t)(look->record - rows->scan.records) - rows->record;
    if (count == 0)
        return 0;
    rows->record += count;
    rows->line += (int64_t)count;
    rows->field = look->field;
    rows->start = (size_t)look->record[-1].end + 1;
    return count;
}

void dn_rows_restart(struct dn_rows *rows)
{
    rows->record = rows->field = rows->broken = rows->start = rows->plain = 0;
}

size_t dn_rows_shift(struct dn_rows *rows)
{
    size_t delta = rows->start / DN_SCAN_BLOCK * DN_SCAN_BLOCK;
    dn_scan_shift(&rows->scan, rows->field, rows->record, delta);
    rows->start -= delta;
    rows->record = rows->field = rows->broken = rows->plain = 0;
    return delta;
}
