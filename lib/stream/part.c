#include "stream/part.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define MOST_ROWS ((int64_t)1 << 32) /* a total over it is nonsense, and would cost memory to check */

struct dn_part_writer {
    struct dn_buf header;
    size_t columns;
    struct dn_buf rows; /* encoded, without part and LF, one behind the other */
    size_t *ends;
    size_t count, room;
};

struct dn_part_writer *dn_part_begin(const char *const *columns, size_t count)
{
    struct dn_part_writer *writer = dn_alloc(1, sizeof *writer);
    for (size_t i = 0; i < count; i++)
        dn_csv_add_field(&writer->header, i == 0, dn_text_of(columns[i]));
    dn_csv_add_field(&writer->header, count == 0, DN_TEXT("part"));
    dn_buf_addc(&writer->header, '\n');
    writer->columns = count;
    return writer;
}

void dn_part_add(struct dn_part_writer *writer, const struct dn_text *cells, size_t count)
{
    for (size_t i = 0; i < writer->columns; i++)
        dn_csv_add_field(&writer->rows, i == 0, i < count ? cells[i] : (struct dn_text){NULL, 0});
    writer->ends = dn_grow(writer->ends, writer->count, &writer->room, sizeof *writer->ends);
    writer->ends[writer->count++] = writer->rows.size;
}

void dn_part_end(struct dn_part_writer *writer, struct dn_output *output)
{
    struct dn_buf part = {0};
    size_t start = 0;
    dn_output_write(output, dn_buf_text(&writer->header));
    for (size_t i = 0; i < writer->count; i++) {
        dn_output_write(output, (struct dn_text){writer->rows.at + start, writer->ends[i] - start});
        dn_buf_reset(&part);
        dn_buf_addf(&part, "%s%zu/%zu\n", writer->columns > 0 ? "," : "", i + 1, writer->count);
        dn_output_write(output, dn_buf_text(&part));
        start = writer->ends[i];
    }
    dn_buf_clear(&part);
    dn_part_discard(writer);
}

void dn_part_discard(struct dn_part_writer *writer)
{
    if (!writer)
        return;
    dn_buf_clear(&writer->header);
    dn_buf_clear(&writer->rows);
    free(writer->ends);
    free(writer);
}

/* A whole number from 1, without leading zeros. */
static bool parse_count(struct dn_text text, int64_t *value)
{
    return text.size > 0 && text.at[0] != '0' && dn_text_number(text, value);
}

/* "N/M" with N <= M. */
static bool parse_part(struct dn_text text, int64_t *number, int64_t *total)
{
    const char *slash = text.size > 0 ? memchr(text.at, '/', text.size) : NULL;
    if (!slash)
        return false;
    size_t size = (size_t)(slash - text.at);
    return parse_count((struct dn_text){text.at, size}, number) &&
           parse_count((struct dn_text){slash + 1, text.size - size - 1}, total) && *number <= *total;
}

static enum dn_status complain(const struct dn_part_check *check, const struct dn_csv *csv,
                               const struct dn_csv_record *record, const char *what, struct dn_error *err)
{
    struct dn_text cell = dn_csv_cell(record, check->column);
    return dn_error_at(err, dn_csv_name(csv), record->line, (int64_t)check->column + 1, "part '%.*s' %s",
                       (int)(cell.size < 60 ? cell.size : 60), cell.at ? cell.at : "", what);
}

enum dn_status dn_part_look(struct dn_part_check *check, const struct dn_csv *csv, const struct dn_csv_record *record,
                            struct dn_error *err)
{
    int64_t number = 0, total = 0;
    if (check->column == DN_CSV_NONE)
        return DN_OK;
    if (!parse_part(dn_csv_cell(record, check->column), &number, &total) || total > MOST_ROWS)
        return complain(check, csv, record, "is not a row's number and the number of rows, such as 17/342", err);
    if (check->total == 0) {
        check->total = total;
        check->bits = dn_alloc((size_t)total / 8 + 1, 1);
    }
    if (total != check->total)
        return complain(check, csv, record,
                        "has another total than the rows before: give streams as several files, not joined into one",
                        err);
    unsigned char *byte = &check->bits[number / 8], bit = (unsigned char)(1 << number % 8);
    if (*byte & bit)
        return complain(check, csv, record, "is there twice", err);
    *byte |= bit;
    check->seen++;
    return DN_OK;
}

/* The first part that was not seen. */
static int64_t first_missing(const struct dn_part_check *check)
{
    int64_t number = 1;
    while (number < check->total && check->bits[number / 8] & 1 << number % 8)
        number++;
    return number;
}

enum dn_status dn_part_finish(struct dn_part_check *check, const struct dn_csv *csv, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (check->seen < check->total && !check->subset)
        status = dn_error_at(err, dn_csv_name(csv), 0, 0,
                             "cut: %" PRId64 " of %" PRId64 " rows, the first one missing is part %" PRId64 "/%" PRId64
                             "; --subset accepts a list that was cut on purpose",
                             check->seen, check->total, first_missing(check), check->total);
    free(check->bits);
    *check = (struct dn_part_check){.column = check->column, .subset = check->subset};
    return status;
}
