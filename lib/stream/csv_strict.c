/* The lane of libcsv: lines are fed to it one by one, and what it refuses is told with its place. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/csv_reader.h"

static int no_space(unsigned char c)
{
    (void)c;
    return 0;
}

static int only_lf(unsigned char c)
{
    return c == '\n';
}

/* The record cap bounds it already; this holds should that ever be wrong. */
static void *capped_realloc(void *old, size_t size)
{
    return size > DN_CSV_RECORD_CAP + DN_CSV_READ_ROOM ? NULL : realloc(old, size);
}

static void on_field(void *at, size_t size, void *context)
{
    struct dn_csv *csv = context;
    if (csv->count < DN_CSV_FIELD_CAP) {
        csv->spans = dn_grow(csv->spans, csv->count, &csv->span_room, sizeof *csv->spans);
        csv->spans[csv->count] = (struct dn_csv_span){csv->cell_bytes.size, size};
        dn_buf_add(&csv->cell_bytes, at, size);
    }
    csv->count++;
}

static void on_row(int end, void *context)
{
    (void)end;
    ((struct dn_csv *)context)->row = true;
}

static enum dn_status too_long(const struct dn_csv *csv, struct dn_error *err)
{
    return dn_error_at(err, csv->name, csv->line > 0 ? csv->record_line : 1, (int64_t)csv->count + 1,
                       "a record of over %zu MiB: a quote that is not closed, or no CSV file", DN_CSV_RECORD_CAP >> 20);
}

static void give_line(struct dn_csv *csv, size_t end, struct dn_text *line)
{
    *line = (struct dn_text){csv->bytes + csv->next, end - csv->next};
    csv->next = end;
    csv->line++;
}

/* The lines of the record before it stay where they are, relative to start. */
enum dn_status dn_csv_strict_line(struct dn_csv *csv, struct dn_text *line, struct dn_error *err)
{
    size_t seen = csv->next;
    for (;;) {
        const char *lf = csv->end > seen ? memchr(csv->bytes + seen, '\n', csv->end - seen) : NULL;
        if ((lf ? (size_t)(lf - csv->bytes) : csv->end) - csv->start >= DN_CSV_RECORD_CAP)
            return too_long(csv, err);
        if (lf || (csv->ended && csv->next < csv->end)) {
            give_line(csv, lf ? (size_t)(lf - csv->bytes) + 1 : csv->end, line);
            return DN_OK;
        }
        if (csv->ended)
            return DN_END;
        seen = csv->end - csv->start;
        enum dn_status status = dn_csv_fill(csv, csv->start, err);
        if (status != DN_OK)
            return status;
    }
}

size_t dn_csv_line_end(struct dn_text line)
{
    size_t lf = line.size > 0 && line.at[line.size - 1] == '\n';
    return lf && line.size > 1 && line.at[line.size - 2] == '\r' ? 2 : lf;
}

/* Follows the quotes through one line. In strict CSV their parity says where text is quoted. Returns the offset of a CR
 * that is neither quoted nor part of the line end; line.size when there is none. */
static size_t follow_quotes(struct dn_csv *csv, struct dn_text line)
{
    size_t size = line.size - dn_csv_line_end(line);
    for (size_t i = 0; i < size; i++) {
        if (line.at[i] == '"')
            csv->open = !csv->open;
        else if (line.at[i] == '\r' && !csv->open)
            return i;
    }
    return line.size;
}

static enum dn_status feed(struct dn_csv *csv, const char *at, size_t size, struct dn_error *err)
{
    if (csv_parse(&csv->parser, at, size, on_field, on_row, csv) == size)
        return DN_OK;
    if (csv_error(&csv->parser) != CSV_EPARSE)
        return too_long(csv, err);
    return dn_error_at(err, csv->name, csv->record_line, (int64_t)csv->count + 1,
                       "a stray quote: a field that holds quotes must stand in quotes, with every quote in it doubled");
}

static enum dn_status feed_line(struct dn_csv *csv, struct dn_text line, struct dn_error *err)
{
    size_t cr = follow_quotes(csv, line), size = csv->open ? line.size : line.size - dn_csv_line_end(line);
    enum dn_status status = feed(csv, line.at, cr < size ? cr : size, err);
    if (status == DN_OK && cr < line.size)
        return dn_error_at(err, csv->name, csv->record_line, (int64_t)csv->count + 1,
                           "a carriage return outside quotes: line ends must be LF or CR LF");
    if (status == DN_OK && !csv->open)
        status = feed(csv, "\n", 1, err);
    if (status == DN_OK && csv->count > DN_CSV_FIELD_CAP)
        return dn_error_at(err, csv->name, csv->record_line, (int64_t)DN_CSV_FIELD_CAP + 1, "over %zu fields",
                           DN_CSV_FIELD_CAP);
    return status;
}

/* Takes lines until the first that is not blank. */
static enum dn_status take_first_line(struct dn_csv *csv, struct dn_text *line, struct dn_error *err)
{
    enum dn_status status;
    do {
        csv->start = csv->next;
        csv->record_line = csv->line + 1;
        csv->count = 0;
        status = dn_csv_strict_line(csv, line, err);
    } while (status == DN_OK && line->size == dn_csv_line_end(*line));
    return status;
}

/* Takes the lines of one record and feeds them to libcsv. */
static enum dn_status take_record(struct dn_csv *csv, struct dn_error *err)
{
    struct dn_text line;
    dn_buf_reset(&csv->cell_bytes);
    csv->row = false;
    enum dn_status status = take_first_line(csv, &line, err);
    while (status == DN_OK) {
        status = feed_line(csv, line, err);
        if (status != DN_OK || csv->row)
            return status;
        status = dn_csv_strict_line(csv, &line, err);
        if (status == DN_END)
            return dn_error_at(err, csv->name, csv->record_line, (int64_t)csv->count + 1,
                               "a quote that is not closed before the end of the file");
    }
    return status;
}

static void set_cells(struct dn_csv *csv)
{
    const char *base = csv->cell_bytes.at ? csv->cell_bytes.at : "";
    for (size_t i = 0; i < csv->count; i++)
        csv->cells[i] = (struct dn_text){base + csv->spans[i].at, csv->spans[i].size};
}

static bool cell_fault(struct dn_text cell, enum dn_csv_fault fault)
{
    return fault == DN_CSV_NUL ? cell.size > 0 && memchr(cell.at, 0, cell.size) : !dn_text_utf8(cell, NULL);
}

static void find_fault(const struct dn_csv *csv, struct dn_csv_record *record)
{
    if (memchr(record->raw.at, 0, record->raw.size))
        record->fault = DN_CSV_NUL;
    else if (!dn_text_utf8(record->raw, NULL))
        record->fault = DN_CSV_UTF8;
    else if (csv->header && record->count != csv->header_count)
        record->fault = DN_CSV_FIELDS;
    if (record->fault == DN_CSV_FINE || record->fault == DN_CSV_FIELDS)
        return;
    size_t i = 0;
    while (i < record->count && !cell_fault(record->cells[i], record->fault))
        i++;
    record->fault_field = i < record->count ? i + 1 : 0;
}

enum dn_status dn_csv_strict_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err)
{
    *record = (struct dn_csv_record){0};
    enum dn_status status = take_record(csv, err);
    if (status != DN_OK)
        return status;
    set_cells(csv);
    struct dn_text raw = {csv->bytes + csv->start, csv->next - csv->start};
    raw.size -= dn_csv_line_end(raw);
    *record = (struct dn_csv_record){csv->cells, csv->count, csv->record_line, 0, raw, DN_CSV_FINE, 0};
    find_fault(csv, record);
    return DN_OK;
}

void dn_csv_strict_begin(struct dn_csv *csv)
{
    csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
    csv_set_space_func(&csv->parser, no_space);
    csv_set_term_func(&csv->parser, only_lf);
    csv_set_realloc_func(&csv->parser, capped_realloc);
    csv_set_blk_size(&csv->parser, DN_CSV_READ_ROOM);
}

struct dn_csv *dn_csv_strict_open(const struct dn_csv *csv, struct dn_text text, int64_t line)
{
    struct dn_csv *opened = dn_alloc(1, sizeof *opened);
    opened->name = dn_strdup(csv->name);
    opened->lane = DN_CSV_LIBCSV;
    opened->line = line;
    opened->cells = dn_alloc(DN_CSV_FIELD_CAP, sizeof *opened->cells);
    dn_csv_set_room(opened, text.size);
    if (text.size > 0)
        memcpy(opened->bytes, text.at, text.size);
    opened->end = text.size;
    dn_csv_strict_begin(opened);
    csv_set_delim(&opened->parser, (unsigned char)csv->delimiter);
    return opened;
}
