#include "stream/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/source.h"

#define READ_ROOM ((size_t)128 << 10)

struct span {
    size_t at, size;
};

struct dn_csv {
    struct dn_source *source;
    char *name;
    bool piped; /* standard input */
    char delimiter;
    struct csv_parser parser;

    char *bytes; /* read and not yet done with: [start, next) are lines of the record, [next, end) is not looked at */
    size_t start, next, end, room;
    bool ended;
    int64_t line; /* lines taken so far */

    struct dn_buf cell_bytes; /* the record's cells, one behind the other */
    struct span *spans;
    struct dn_text *cells;
    size_t count, span_room, cell_room;
    int64_t number, record_line;
    bool open;               /* inside quotes at the end of the lines taken */
    bool row;                /* libcsv has ended the record */
    struct dn_error failure; /* once failed, always failed: what follows could only be guessed */

    struct dn_buf header_bytes;
    struct dn_text *header;
    size_t header_count;
    int64_t header_line;
    struct dn_text header_raw;
};

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
    return size > DN_CSV_RECORD_CAP + READ_ROOM ? NULL : realloc(old, size);
}

static void on_field(void *at, size_t size, void *context)
{
    struct dn_csv *csv = context;
    if (csv->count < DN_CSV_FIELD_CAP) {
        csv->spans = dn_grow(csv->spans, csv->count, &csv->span_room, sizeof *csv->spans);
        csv->spans[csv->count] = (struct span){csv->cell_bytes.size, size};
        dn_buf_add(&csv->cell_bytes, at, size);
    }
    csv->count++;
}

static void on_row(int end, void *context)
{
    (void)end;
    ((struct dn_csv *)context)->row = true;
}

/* Moves what is kept to the front and reads more behind it. */
static enum dn_status fill(struct dn_csv *csv, struct dn_error *err)
{
    memmove(csv->bytes, csv->bytes + csv->start, csv->end - csv->start);
    csv->next -= csv->start;
    csv->end -= csv->start;
    csv->start = 0;
    if (csv->room - csv->end < READ_ROOM / 2) {
        csv->room = csv->room * 2 + READ_ROOM;
        csv->bytes = dn_realloc(csv->bytes, csv->room, 1);
    }
    size_t got = 0;
    enum dn_status status = dn_source_read(csv->source, csv->bytes + csv->end, csv->room - csv->end, &got, err);
    csv->end += got;
    csv->ended = status == DN_END;
    return csv->ended ? DN_OK : status;
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

/* The next physical line with its LF, as a view into bytes; the lines of the record before it stay where they are,
 * relative to start. */
static enum dn_status take_line(struct dn_csv *csv, struct dn_text *line, struct dn_error *err)
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
        enum dn_status status = fill(csv, err);
        if (status != DN_OK)
            return status;
    }
}

static size_t line_end(struct dn_text line)
{
    size_t lf = line.size > 0 && line.at[line.size - 1] == '\n';
    return lf && line.size > 1 && line.at[line.size - 2] == '\r' ? 2 : lf;
}

/* Follows the quotes through one line. In strict CSV their parity says where text is quoted. Returns the offset of a CR
 * that is neither quoted nor part of the line end; line.size when there is none. */
static size_t follow_quotes(struct dn_csv *csv, struct dn_text line)
{
    size_t size = line.size - line_end(line);
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
    size_t cr = follow_quotes(csv, line), size = csv->open ? line.size : line.size - line_end(line);
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
        status = take_line(csv, line, err);
    } while (status == DN_OK && line->size == line_end(*line));
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
        status = take_line(csv, &line, err);
        if (status == DN_END)
            return dn_error_at(err, csv->name, csv->record_line, (int64_t)csv->count + 1,
                               "a quote that is not closed before the end of the file");
    }
    return status;
}

static void set_cells(struct dn_csv *csv)
{
    if (csv->cell_room < csv->count) {
        csv->cell_room = csv->span_room;
        csv->cells = dn_realloc(csv->cells, csv->cell_room, sizeof *csv->cells);
    }
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

static enum dn_status next_record(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err)
{
    *record = (struct dn_csv_record){0};
    enum dn_status status = take_record(csv, err);
    if (status != DN_OK)
        return status;
    set_cells(csv);
    struct dn_text raw = {csv->bytes + csv->start, csv->next - csv->start};
    raw.size -= line_end(raw);
    *record = (struct dn_csv_record){csv->cells, csv->count, csv->record_line, 0, raw, DN_CSV_FINE, 0};
    find_fault(csv, record);
    return DN_OK;
}

/* A line in front of the header that says something about the file; true if it was one. */
static bool take_preamble(struct dn_csv *csv, struct dn_text line, bool delimiter_given)
{
    line.size -= line_end(line);
    if (line.size == 5 && dn_text_starts(line, "sep=") && !strchr("\"\r", line.at[4]) && (line.at[4] & 0x80) == 0) {
        csv->delimiter = delimiter_given ? csv->delimiter : line.at[4];
        return true;
    }
    return dn_text_starts(line, "#TYPE ");
}

static enum dn_status read_preamble(struct dn_csv *csv, bool delimiter_given, struct dn_error *err)
{
    struct dn_text line;
    enum dn_status status = take_line(csv, &line, err);
    while (status == DN_OK && csv->line <= 2 && take_preamble(csv, line, delimiter_given)) {
        csv->start = csv->next;
        status = take_line(csv, &line, err);
    }
    if (status == DN_OK) {
        csv->next = csv->start;
        csv->line--;
    }
    return status == DN_END ? DN_OK : status;
}

static enum dn_status no_header(const struct dn_csv *csv, struct dn_error *err)
{
    const char *why = csv->line > 0 ? "only blank lines"
                      : csv->piped  ? "nothing came; the command before it may have failed"
                                    : "the file is empty; a shell redirection may have emptied it";
    return dn_error_at(err, csv->name, 0, 0, "no header line: %s", why);
}

static void keep_header(struct dn_csv *csv, const struct dn_csv_record *record)
{
    dn_buf_addt(&csv->header_bytes, dn_buf_text(&csv->cell_bytes));
    dn_buf_addt(&csv->header_bytes, record->raw);
    csv->header = dn_alloc(record->count, sizeof *csv->header);
    for (size_t i = 0; i < record->count; i++)
        csv->header[i] = (struct dn_text){csv->header_bytes.at + csv->spans[i].at, csv->spans[i].size};
    csv->header_count = record->count;
    csv->header_line = record->line;
    csv->header_raw = (struct dn_text){csv->header_bytes.at + csv->cell_bytes.size, record->raw.size};
}

static enum dn_status read_header(struct dn_csv *csv, bool delimiter_given, struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status = read_preamble(csv, delimiter_given, err);
    if (status != DN_OK)
        return status;
    csv_set_delim(&csv->parser, (unsigned char)csv->delimiter);
    status = next_record(csv, &record, err);
    if (status == DN_END)
        return no_header(csv, err);
    if (status == DN_OK && record.fault != DN_CSV_FINE)
        return dn_csv_fault_error(csv, &record, err);
    if (status == DN_OK)
        keep_header(csv, &record);
    return status;
}

static enum dn_status begin(struct dn_csv *csv, char delimiter, struct dn_error *err)
{
    csv->bytes = dn_alloc(READ_ROOM, 1);
    csv->room = READ_ROOM;
    csv->delimiter = delimiter ? delimiter : ',';
    csv_set_space_func(&csv->parser, no_space);
    csv_set_term_func(&csv->parser, only_lf);
    csv_set_realloc_func(&csv->parser, capped_realloc);
    csv_set_blk_size(&csv->parser, READ_ROOM);
    return read_header(csv, delimiter != 0, err);
}

enum dn_status dn_csv_open(const char *path, const struct dn_csv_options *options, struct dn_csv **csv,
                           struct dn_error *err)
{
    char delimiter = options ? options->delimiter : 0;
    *csv = NULL;
    if (delimiter == '"' || delimiter == '\r' || delimiter == '\n' || (delimiter & 0x80) != 0)
        return dn_error_set(err, DN_INVALID, "a delimiter must be one ASCII character, no quote and no line end");
    struct dn_source *source = NULL;
    enum dn_status status = dn_source_open(path, &source, err);
    if (status != DN_OK)
        return status;
    struct dn_csv *opened = dn_alloc(1, sizeof *opened);
    opened->source = source;
    opened->name = dn_strdup(dn_file_name(path));
    opened->piped = strcmp(path, "-") == 0;
    csv_init(&opened->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL);
    status = begin(opened, delimiter, err);
    if (status == DN_OK)
        *csv = opened;
    else
        dn_csv_close(opened);
    return status;
}

enum dn_status dn_csv_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err)
{
    if (csv->failure.status == DN_OK) {
        enum dn_status status = next_record(csv, record, &csv->failure);
        record->number = status == DN_OK ? ++csv->number : 0;
        if (status == DN_OK || status == DN_END)
            return status;
    }
    *record = (struct dn_csv_record){0};
    if (err)
        *err = csv->failure;
    return csv->failure.status;
}

void dn_csv_close(struct dn_csv *csv)
{
    if (!csv)
        return;
    csv_free(&csv->parser);
    dn_source_close(csv->source);
    dn_buf_clear(&csv->cell_bytes);
    dn_buf_clear(&csv->header_bytes);
    free(csv->header);
    free(csv->cells);
    free(csv->spans);
    free(csv->bytes);
    free(csv->name);
    free(csv);
}

const char *dn_csv_name(const struct dn_csv *csv)
{
    return csv->name;
}

const struct dn_text *dn_csv_header(const struct dn_csv *csv, size_t *count)
{
    *count = csv->header_count;
    return csv->header;
}

int64_t dn_csv_header_line(const struct dn_csv *csv)
{
    return csv->header_line;
}

struct dn_text dn_csv_header_raw(const struct dn_csv *csv)
{
    return csv->header_raw;
}

const char *dn_csv_fault_word(enum dn_csv_fault fault)
{
    static const char *const words[] = {"", "fields", "nul", "utf-8"};
    return words[fault];
}

enum dn_status dn_csv_fault_error(const struct dn_csv *csv, const struct dn_csv_record *record, struct dn_error *err)
{
    int64_t field = (int64_t)record->fault_field;
    if (record->fault == DN_CSV_NUL)
        return dn_error_at(err, csv->name, record->line, field, "a NUL byte");
    if (record->fault == DN_CSV_UTF8)
        return dn_error_at(err, csv->name, record->line, field,
                           "invalid UTF-8: if the file is in another encoding, convert it with iconv");
    return dn_error_at(err, csv->name, record->line, 0, "%zu field%s, but the header has %zu", record->count,
                       record->count == 1 ? "" : "s", csv->header_count);
}

struct dn_text dn_csv_cell(const struct dn_csv_record *record, size_t index)
{
    return index < record->count ? record->cells[index] : (struct dn_text){NULL, 0};
}
