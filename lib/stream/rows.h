/* The records of a scanned text, one behind the other, their cells not looked at before somebody asks for them. */
#ifndef DN_STREAM_ROWS_H
#define DN_STREAM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "stream/csv.h"
#include "stream/scan.h"

/* One record. Everything in it is good as long as its text is: see who gives it. */
struct dn_row {
    const char *bytes;       /* the text in which it stands */
    const uint32_t *ends;    /* of its fields, by offsets into bytes; ends[-1] + 1 is its first byte */
    size_t count;            /* fields */
    uint32_t stop;           /* the end of its last field: its line end is not part of it */
    bool quoted;             /* it has quotes */
    enum dn_csv_fault fault; /* count and ends are what was found all the same */
    int64_t line;            /* physical line on which it starts, from 1 */
    char *scratch;           /* as large as the text: where cells are unquoted */
};

/* The bytes of the record as read, without its line end. */
static inline struct dn_text dn_row_raw(const struct dn_row *row)
{
    uint32_t start = row->ends[-1] + 1;
    return (struct dn_text){row->bytes + start, row->stop - start};
}

/* The bytes of a field as they stand, with its quotes. index < count. */
static inline struct dn_text dn_row_field(const struct dn_row *row, size_t index)
{
    uint32_t start = row->ends[(ptrdiff_t)index - 1] + 1;
    return (struct dn_text){row->bytes + start, (index + 1 == row->count ? row->stop : row->ends[index]) - start};
}

/* A field that begins with a quote, without its quotes; asked twice, it is the same bytes at the same place. */
struct dn_text dn_row_unquote(const struct dn_row *row, struct dn_text field);

/* The cell; empty for an index that the record does not have (DN_CSV_NONE). Costs nothing for cells that are not asked
 * for, and no copy unless the cell has doubled quotes in it. */
static inline struct dn_text dn_row_cell(const struct dn_row *row, size_t index)
{
    if (index >= row->count)
        return (struct dn_text){NULL, 0};
    struct dn_text field = dn_row_field(row, index);
    return row->quoted && field.size > 0 && field.at[0] == '"' ? dn_row_unquote(row, field) : field;
}

/* All cells at once; room for row->count of them. */
void dn_row_cells(const struct dn_row *row, struct dn_text *cells);

/* The 1-based field in which the record's fault stands; 0: the record as a whole. */
size_t dn_row_fault_field(const struct dn_row *row);

/* A text, its scan and how far its records were taken. */
struct dn_rows {
    const char *bytes;
    struct dn_scan scan;
    size_t record, field, broken; /* the next of scan.records, .ends, .breaks */
    size_t start;                 /* of the next record */
    int64_t line;                 /* physical lines before it */
    size_t plain;                 /* no record that ends before it needs a closer look than at its number of fields */
    size_t columns;               /* fields that a record should have */
    char *scratch;
    size_t scratch_room;
};

/* Makes room for unquoted cells of a text of up to `room` bytes. */
void dn_rows_room(struct dn_rows *rows, size_t room);

enum dn_rows_step {
    DN_ROWS_ROW,
    DN_ROWS_MORE,     /* no further record is whole in what was scanned */
    DN_ROWS_IRREGULAR /* the next record is one that libcsv must judge, or it is over a cap */
};

/* Takes the next record; blank lines are skipped, but counted. Does not look at the text behind what was scanned. */
enum dn_rows_step dn_rows_next(struct dn_rows *rows, struct dn_row *row);

/* The same where nothing is to be told of the record, as nearly always. False: ask dn_rows_next. */
static inline bool dn_rows_plain(struct dn_rows *rows, struct dn_row *row)
{
    const struct dn_scan_record *record = &rows->scan.records[rows->record];
    if (rows->record == rows->scan.record_count || record->end >= rows->plain)
        return false;
    size_t behind = record->fields & ~DN_SCAN_QUOTED;
    if (behind - rows->field != rows->columns)
        return false;
    *row = (struct dn_row){.bytes = rows->bytes,
                           .ends = rows->scan.ends + rows->field,
                           .count = rows->columns,
                           .stop = record->end - (rows->bytes[record->end - 1] == '\r'),
                           .quoted = record->fields & DN_SCAN_QUOTED,
                           .fault = DN_CSV_FINE,
                           .line = ++rows->line,
                           .scratch = rows->scratch};
    rows->start = (size_t)record->end + 1;
    rows->field = behind;
    rows->record++;
    return true;
}

/* A look at the next records as they lie in the scan, for those who go over most of them. */
struct dn_rows_look {
    const char *bytes;
    const uint32_t *ends; /* of the record's fields; ends[-1] + 1 is its first byte */
    const struct dn_scan_record *record, *stop;
    size_t field, columns, plain;
};

/* A look at those that are not taken yet. */
static inline struct dn_rows_look dn_rows_look(const struct dn_rows *rows)
{
    const struct dn_scan *scan = &rows->scan;
    return (struct dn_rows_look){.bytes = rows->bytes,
                                 .ends = scan->ends + rows->field,
                                 .record = scan->records + rows->record,
                                 .stop = scan->records + scan->record_count,
                                 .field = rows->field,
                                 .columns = rows->columns,
                                 .plain = rows->plain};
}

/* Is there one, and nothing to be told of it? */
static inline bool dn_rows_look_plain(const struct dn_rows_look *look)
{
    return look->record != look->stop && look->record->end < look->plain &&
           (look->record->fields & ~DN_SCAN_QUOTED) - look->field == look->columns;
}

/* Its field as it stands; of the last one a CR may be left at the end. */
static inline struct dn_text dn_rows_look_field(const struct dn_rows_look *look, size_t index)
{
    uint32_t start = look->ends[(ptrdiff_t)index - 1] + 1;
    return (struct dn_text){look->bytes + start, look->ends[index] - start};
}

/* Goes over it to the next. */
static inline void dn_rows_look_on(struct dn_rows_look *look)
{
    look->ends += look->columns;
    look->field += look->columns;
    look->record++;
}

/* Takes all that the look has gone over; returns how many they are. */
size_t dn_rows_go(struct dn_rows *rows, const struct dn_rows_look *look);

/* Makes rows ready for a text that was scanned anew. */
void dn_rows_restart(struct dn_rows *rows);

/* Forgets the records that were taken and the text before the returned offset (a multiple of 64). What is left must be
 * moved to the front, or rows->bytes forward, by that much before the scan goes on. */
size_t dn_rows_shift(struct dn_rows *rows);

#endif
