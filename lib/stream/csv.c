#include "stream/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/csv_reader.h"

#define PAD DN_SCAN_BLOCK /* on both sides of the buffer */

void dn_csv_set_room(struct dn_csv *csv, size_t room)
{
    char *base = dn_realloc(csv->bytes ? csv->bytes - PAD : NULL, room + 2 * PAD, 1);
    if (!csv->bytes)
        memset(base, 0, PAD);
    csv->bytes = base + PAD;
    csv->room = room;
}

static enum dn_status read_more(struct dn_csv *csv, struct dn_error *err)
{
    size_t got = 0;
    enum dn_status status =
        dn_source_read(csv->source, csv->bytes + csv->end, csv->room - csv->end, &got, &csv->interrupted);
    csv->end += got;
    csv->ended = status == DN_END;
    if (status == DN_OK || status == DN_END)
        return DN_OK;
    if (err)
        *err = csv->interrupted;
    return status;
}

enum dn_status dn_csv_fill(struct dn_csv *csv, size_t from, struct dn_error *err)
{
    if (from > 0) /* with the block in front of it: a character may have begun there */
        memmove(csv->bytes - PAD, csv->bytes + from - PAD, csv->end - from + PAD);
    csv->start -= from;
    csv->next -= csv->next < from ? csv->next : from;
    csv->end -= from;
    if (csv->interrupted.status != DN_OK) {
        if (err)
            *err = csv->interrupted;
        return csv->interrupted.status;
    }
    if (csv->room - csv->end < DN_CSV_READ_ROOM / 2)
        dn_csv_set_room(csv, csv->room * 2);
    return read_more(csv, err);
}

/* A line in front of the header that says something about the file; true if it was one. */
static bool take_preamble(struct dn_csv *csv, struct dn_text line, bool delimiter_given)
{
    line.size -= dn_csv_line_end(line);
    if (line.size == 5 && dn_text_starts(line, "sep=") && !strchr("\"\r", line.at[4]) && (line.at[4] & 0x80) == 0) {
        csv->delimiter = delimiter_given ? csv->delimiter : line.at[4];
        return true;
    }
    return dn_text_starts(line, "#TYPE ");
}

static enum dn_status read_preamble(struct dn_csv *csv, bool delimiter_given, struct dn_error *err)
{
    struct dn_text line;
    enum dn_status status = dn_csv_strict_line(csv, &line, err);
    while (status == DN_OK && csv->line <= 2 && take_preamble(csv, line, delimiter_given)) {
        csv->start = csv->next;
        status = dn_csv_strict_line(csv, &line, err);
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
    status = dn_csv_strict_next(csv, &record, err);
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
    dn_csv_set_room(csv, DN_CSV_READ_ROOM + DN_CSV_READ_ROOM / 2);
    csv->delimiter = delimiter ? delimiter : ',';
    csv->cells = dn_alloc(DN_CSV_FIELD_CAP, sizeof *csv->cells);
    dn_csv_strict_begin(csv);
    enum dn_status status = read_header(csv, delimiter != 0, err);
    if (status == DN_OK && csv->lane != DN_CSV_LIBCSV && !dn_csv_fast_begin(csv))
        return dn_error_set(err, DN_INVALID, "this machine cannot scan that way");
    return status;
}

static bool bad_delimiter(char delimiter)
{
    return delimiter == '"' || delimiter == '\r' || delimiter == '\n' || (delimiter & 0x80) != 0;
}

enum dn_status dn_csv_open_lane(const char *path, const struct dn_csv_options *options, enum dn_csv_lane lane,
                                struct dn_csv **csv, struct dn_error *err)
{
    char delimiter = options ? options->delimiter : 0;
    *csv = NULL;
    if (bad_delimiter(delimiter))
        return dn_error_set(err, DN_INVALID, "a delimiter must be one ASCII character, no quote and no line end");
    struct dn_source *source = NULL;
    enum dn_status status = dn_source_open(path, &source, err);
    if (status != DN_OK)
        return status;
    struct dn_csv *opened = dn_alloc(1, sizeof *opened);
    opened->source = source;
    opened->name = dn_strdup(dn_file_name(path));
    opened->piped = strcmp(path, "-") == 0;
    opened->lane = lane;
    status = begin(opened, delimiter, err);
    if (status == DN_OK)
        *csv = opened;
    else
        dn_csv_close(opened);
    return status;
}

enum dn_status dn_csv_open(const char *path, const struct dn_csv_options *options, struct dn_csv **csv,
                           struct dn_error *err)
{
    return dn_csv_open_lane(path, options, DN_CSV_FAST, csv, err);
}

static enum dn_status next_record(struct dn_csv *csv, struct dn_csv_record *record)
{
    if (csv->lane != DN_CSV_LIBCSV) {
        enum dn_status status = dn_csv_fast_next(csv, record, &csv->failure);
        if (status != DN_BUSY)
            return status;
    }
    return dn_csv_strict_next(csv, record, &csv->failure);
}

enum dn_status dn_csv_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err)
{
    if (csv->failure.status == DN_OK) {
        enum dn_status status = next_record(csv, record);
        if (status == DN_OK) {
            record->number = ++csv->number;
            return DN_OK;
        }
        if (status == DN_END) {
            *record = (struct dn_csv_record){0};
            return DN_END;
        }
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
    free(csv->rows.scratch);
    dn_scan_clear(&csv->rows.scan);
    free(csv->bytes ? csv->bytes - PAD : NULL);
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
