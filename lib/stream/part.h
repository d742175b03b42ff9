/* The `part` column ("17/342": the row's number in this stream, and how many there are): a cut stream is seen. */
#ifndef DN_STREAM_PART_H
#define DN_STREAM_PART_H

#include <stdint.h>

#include "stream/csv.h"
#include "stream/csv_write.h"

/* Rows of one output stream, kept until their number is known; over 1 MiB in an unlinked file under $TMPDIR. */
struct dn_part_writer;

/* Begins a stream whose header is columns (without "part") and the last column "part". */
struct dn_part_writer *dn_part_begin(const char *const *columns, size_t count);

/* Says that `total` rows will come in all, before the first of them: they go to the output as they come. */
void dn_part_expect(struct dn_part_writer *writer, int64_t total, struct dn_output *output);

/* Adds a row's cells, without part. */
void dn_part_add(struct dn_part_writer *writer, const struct dn_text *cells, size_t count);

/* For rows that several threads make, once their number was said: _end_row ends one, whose columns are in `row`, with
 * its part; _pass adds the next `count` of them. */
void dn_part_end_row(const struct dn_part_writer *writer, int64_t number, struct dn_buf *row);
void dn_part_pass(struct dn_part_writer *writer, struct dn_text rows, int64_t count);

/* Writes header and rows with their parts into output, or what is left of them, and frees the writer. A failure of the
 * temporary file, or another number of rows than was expected, is told by dn_output_commit. */
void dn_part_end(struct dn_part_writer *writer, struct dn_output *output);

/* Frees it without writing; NULL allowed. */
void dn_part_discard(struct dn_part_writer *writer);

/* Checks the parts of one file while it is read. Starts zeroed. */
struct dn_part_check {
    size_t column; /* DN_CSV_NONE: the stream has no such column, nothing is checked */
    bool subset;   /* --subset: gaps are fine, doubles and nonsense are not */
    int64_t total; /* as the first row says; 0 before it */
    int64_t seen;
    unsigned char *bits;
};

/* Looks at one record. DN_INVALID: not N/M, N > M, two totals, one part twice. */
enum dn_status dn_part_look(struct dn_part_check *check, const struct dn_csv *csv, const struct dn_csv_record *record,
                            struct dn_error *err);

/* The parts of rows that come in no order (stream/blocks.h): gathered by each thread, judged in the end. Starts
 * zeroed. */
struct dn_part_runs {
    struct dn_part_run {
        int64_t line, number, total; /* of the first row */
        int64_t count;               /* rows, on lines and with numbers one behind the other */
    } * at;
    size_t count, room;
};

/* Adds the part of the row on this line. DN_INVALID: not N/M, N > M. Nothing without the column. */
enum dn_status dn_part_gather(struct dn_part_runs *runs, const struct dn_part_check *check, const struct dn_csv *csv,
                              int64_t line, struct dn_text cell, struct dn_error *err);

/* As if dn_part_look had looked at them in the order of their lines, up to (and without) line `end`. The runs are
 * sorted by it. */
enum dn_status dn_part_judge(struct dn_part_check *check, const struct dn_csv *csv, struct dn_part_runs *runs,
                             int64_t end, struct dn_error *err);

/* Adds the runs of `more`, which is empty then. */
void dn_part_runs_join(struct dn_part_runs *runs, struct dn_part_runs *more);

/* At the end of the file: DN_INVALID when a part is missing ("cut: 300 of 342 rows"). Clears the check either way.
 * A stream with the column and no row at all is whole. */
enum dn_status dn_part_finish(struct dn_part_check *check, const struct dn_csv *csv, struct dn_error *err);

#endif
