#include "stream/part.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define MOST_ROWS ((int64_t)1 << 32) /* a total over it is nonsense, and would cost memory to check */

#define KEEP ((size_t)1 << 20)  /* bytes of rows held in memory before they go to a file */
#define PASS ((size_t)64 << 10) /* and before they go to the output, where their number is known */

struct dn_part_writer {
    struct dn_buf header;
    size_t columns;
    int64_t count;
    int64_t total;            /* that were expected, */
    struct dn_output *output; /* and where they go; NULL: the rows are kept */
    struct dn_buf rows;       /* kept: each its size, then its bytes without part and LF */
    struct dn_buf part;
    FILE *spool; /* the rows before these; NULL: none */
    struct dn_error failure;
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

static void fail(struct dn_part_writer *writer)
{
    if (writer->failure.status == DN_OK)
        dn_error_errno(&writer->failure, "temporary file ($TMPDIR)");
}

static void open_spool(struct dn_part_writer *writer)
{
    int fd = dn_file_temporary(&writer->failure);
    writer->spool = fd >= 0 ? fdopen(fd, "w+") : NULL;
    if (!writer->spool)
        fail(writer);
}

static void empty_rows(struct dn_part_writer *writer)
{
    if (!writer->spool && writer->failure.status == DN_OK)
        open_spool(writer);
    if (writer->spool && fwrite(writer->rows.at, 1, writer->rows.size, writer->spool) != writer->rows.size)
        fail(writer);
    dn_buf_reset(&writer->rows);
}

void dn_part_expect(struct dn_part_writer *writer, int64_t total, struct dn_output *output)
{
    writer->total = total;
    writer->output = output;
    dn_output_write(output, dn_buf_text(&writer->header));
}

static char *put_number(char *to, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    memcpy(to, digits + at, sizeof digits - at);
    return to + (sizeof digits - at);
}

/* Adds the part and the LF to a row. */
static void add_part(const struct dn_part_writer *writer, struct dn_buf *row, int64_t number, int64_t total)
{
    char *at = dn_buf_reserve(row, 44), *to = at;
    if (writer->columns > 0)
        *to++ = ',';
    to = put_number(to, number);
    *to++ = '/';
    to = put_number(to, total);
    *to++ = '\n';
    dn_buf_extend(row, (size_t)(to - at));
}

static void pass_rows(struct dn_part_writer *writer)
{
    dn_output_write(writer->output, dn_buf_text(&writer->rows));
    dn_buf_reset(&writer->rows);
}

static void add_cells(struct dn_part_writer *writer, const struct dn_text *cells, size_t count)
{
    for (size_t i = 0; i < writer->columns; i++)
        dn_csv_add_field(&writer->rows, i == 0, i < count ? cells[i] : (struct dn_text){NULL, 0});
}

static void pass_on(struct dn_part_writer *writer, const struct dn_text *cells, size_t count)
{
    add_cells(writer, cells, count);
    add_part(writer, &writer->rows, ++writer->count, writer->total);
    if (writer->rows.size > PASS)
        pass_rows(writer);
}

void dn_part_add(struct dn_part_writer *writer, const struct dn_text *cells, size_t count)
{
    if (writer->output) {
        pass_on(writer, cells, count);
        return;
    }
    size_t start = writer->rows.size, size = 0;
    dn_buf_add(&writer->rows, &size, sizeof size);
    add_cells(writer, cells, count);
    size = writer->rows.size - start - sizeof size;
    memcpy(writer->rows.at + start, &size, sizeof size);
    writer->count++;
    if (writer->rows.size > KEEP)
        empty_rows(writer);
}

void dn_part_end_row(const struct dn_part_writer *writer, int64_t number, struct dn_buf *row)
{
    add_part(writer, row, number, writer->total);
}

void dn_part_pass(struct dn_part_writer *writer, struct dn_text rows, int64_t count)
{
    if (writer->rows.size > 0)
        pass_rows(writer);
    dn_output_write(writer->output, rows);
    writer->count += count;
}

/* Writes one row with its part. */
static void put_row(struct dn_part_writer *writer, struct dn_text row, int64_t number, struct dn_output *output)
{
    dn_buf_reset(&writer->part);
    add_part(writer, &writer->part, number, writer->count);
    dn_output_write(output, row);
    dn_output_write(output, dn_buf_text(&writer->part));
}

/* Writes the rows that went to the file; *number counts them. */
static void put_spooled(struct dn_part_writer *writer, int64_t *number, struct dn_output *output)
{
    struct dn_buf row = {0};
    char piece[4096];
    size_t size = 0;
    if (fflush(writer->spool) != 0 || fseek(writer->spool, 0, SEEK_SET) != 0)
        fail(writer);
    while (writer->failure.status == DN_OK && fread(&size, sizeof size, 1, writer->spool) == 1) {
        dn_buf_reset(&row);
        while (size > 0 && !ferror(writer->spool) && !feof(writer->spool)) {
            size_t got = fread(piece, 1, size < sizeof piece ? size : sizeof piece, writer->spool);
            dn_buf_add(&row, piece, got);
            size -= got;
        }
        put_row(writer, dn_buf_text(&row), ++*number, output);
    }
    if (ferror(writer->spool))
        fail(writer);
    dn_buf_clear(&row);
}

/* Writes the rows that were kept. Returns how many they are. */
static int64_t put_kept(struct dn_part_writer *writer, struct dn_output *output)
{
    int64_t number = 0;
    size_t size = 0;
    dn_output_write(output, dn_buf_text(&writer->header));
    if (writer->spool)
        put_spooled(writer, &number, output);
    for (size_t at = 0; at < writer->rows.size; at += sizeof size + size) {
        memcpy(&size, writer->rows.at + at, sizeof size);
        put_row(writer, (struct dn_text){writer->rows.at + at + sizeof size, size}, ++number, output);
    }
    return number;
}

void dn_part_end(struct dn_part_writer *writer, struct dn_output *output)
{
    int64_t number = writer->total;
    if (writer->output)
        pass_rows(writer);
    else
        number = put_kept(writer, output);
    if (writer->failure.status == DN_OK && number != writer->count) {
        errno = EIO;
        fail(writer);
    }
    if (writer->failure.status != DN_OK)
        dn_output_fail(output, &writer->failure);
    dn_part_discard(writer);
}

void dn_part_discard(struct dn_part_writer *writer)
{
    if (!writer)
        return;
    if (writer->spool)
        fclose(writer->spool);
    dn_buf_clear(&writer->header);
    dn_buf_clear(&writer->rows);
    dn_buf_clear(&writer->part);
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
    size_t size = 0;
    while (size < text.size && text.at[size] != '/') /* few digits: a call would take longer */
        size++;
    return size < text.size && parse_count((struct dn_text){text.at, size}, number) &&
           parse_count((struct dn_text){text.at + size + 1, text.size - size - 1}, total) && *number <= *total;
}

static enum dn_status complain(const struct dn_part_check *check, const struct dn_csv *csv, int64_t line,
                               struct dn_text cell, const char *what, struct dn_error *err)
{
    return dn_error_at(err, dn_csv_name(csv), line, (int64_t)check->column + 1, "part '%.*s' %s",
                       (int)(cell.size < 60 ? cell.size : 60), cell.at ? cell.at : "", what);
}

static enum dn_status parse(const struct dn_part_check *check, const struct dn_csv *csv, int64_t line,
                            struct dn_text cell, int64_t *number, int64_t *total, struct dn_error *err)
{
    if (parse_part(cell, number, total) && *total <= MOST_ROWS)
        return DN_OK;
    return complain(check, csv, line, cell, "is not a row's number and the number of rows, such as 17/342", err);
}

/* Takes a part of a row. What is wrong with it; NULL: nothing. */
static const char *take(struct dn_part_check *check, int64_t number, int64_t total)
{
    if (check->total == 0) {
        check->total = total;
        check->bits = dn_alloc((size_t)total / 8 + 1, 1);
    }
    if (total != check->total)
        return "has another total than the rows before: give streams as several files, not joined into one";
    unsigned char *byte = &check->bits[number / 8], bit = (unsigned char)(1 << number % 8);
    if (*byte & bit)
        return "is there twice";
    *byte |= bit;
    check->seen++;
    return NULL;
}

enum dn_status dn_part_look(struct dn_part_check *check, const struct dn_csv *csv, const struct dn_csv_record *record,
                            struct dn_error *err)
{
    int64_t number = 0, total = 0;
    struct dn_text cell = dn_csv_cell(record, check->column);
    if (check->column == DN_CSV_NONE)
        return DN_OK;
    if (parse(check, csv, record->line, cell, &number, &total, err) != DN_OK)
        return DN_INVALID;
    const char *wrong = take(check, number, total);
    return wrong ? complain(check, csv, record->line, cell, wrong, err) : DN_OK;
}

enum dn_status dn_part_gather(struct dn_part_runs *runs, const struct dn_part_check *check, const struct dn_csv *csv,
                              int64_t line, struct dn_text cell, struct dn_error *err)
{
    int64_t number = 0, total = 0;
    if (check->column == DN_CSV_NONE)
        return DN_OK;
    if (parse(check, csv, line, cell, &number, &total, err) != DN_OK)
        return DN_INVALID;
    struct dn_part_run *last = runs->count ? &runs->at[runs->count - 1] : NULL;
    if (last && last->line + last->count == line && last->number + last->count == number && last->total == total) {
        last->count++;
        return DN_OK;
    }
    runs->at = dn_grow(runs->at, runs->count, &runs->room, sizeof *runs->at);
    runs->at[runs->count++] = (struct dn_part_run){.line = line, .number = number, .total = total, .count = 1};
    return DN_OK;
}

static int compare(const void *a, const void *b)
{
    const struct dn_part_run *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static enum dn_status judge_run(struct dn_part_check *check, const struct dn_csv *csv, const struct dn_part_run *run,
                                int64_t end, struct dn_error *err)
{
    const char *wrong = NULL;
    for (int64_t i = 0; i < run->count && run->line + i < end; i++) {
        char cell[48];
        if ((wrong = take(check, run->number + i, run->total)) == NULL)
            continue;
        snprintf(cell, sizeof cell, "%" PRId64 "/%" PRId64, run->number + i, run->total);
        return complain(check, csv, run->line + i, dn_text_of(cell), wrong, err);
    }
    return DN_OK;
}

enum dn_status dn_part_judge(struct dn_part_check *check, const struct dn_csv *csv, struct dn_part_runs *runs,
                             int64_t end, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (runs->count)
        qsort(runs->at, runs->count, sizeof *runs->at, compare);
    for (size_t i = 0; i < runs->count && status == DN_OK; i++)
        status = judge_run(check, csv, &runs->at[i], end, err);
    return status;
}

void dn_part_runs_join(struct dn_part_runs *runs, struct dn_part_runs *more)
{
    for (size_t i = 0; i < more->count; i++) {
        runs->at = dn_grow(runs->at, runs->count, &runs->room, sizeof *runs->at);
        runs->at[runs->count++] = more->at[i];
    }
    free(more->at);
    *more = (struct dn_part_runs){0};
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
