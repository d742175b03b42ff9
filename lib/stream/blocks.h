/* Reading all records of a CSV by several threads at once.
 *
 * Threads take stretches of the text (256 KiB) by ticket, read them from the file at the same time, and scan them with
 * a guess whether they begin inside quotes. Then, in the order of the text, each learns from the one before whether the
 * guess was right (if not, it scans again), on which line it begins, and the bytes of the record that was cut in two.
 * So the split is exact: the same records with the same lines and faults as dn_csv_next gives, for any number of
 * threads and any size of stretch. Who has nothing to do sleeps. Pipes and UTF-16 work as well; of these only the scan
 * and what the caller does with the records is shared out.
 *
 * Records come in no order, and several functions run at once, each in its thread with its own worker. What is summed
 * up must not depend on the order: keep the row's line where "first" matters. A function looks at the time, say, of
 * each row and asks for other cells only if the row is in the window; it may keep rows and cells until it returns, so
 * that it can handle them in batches:
 *
 *     static enum dn_status take(void *worker, struct dn_block *block, struct dn_error *err)
 *     {
 *         struct sums *sums = worker;
 *         struct dn_row row;
 *         while (dn_block_next(block, &row)) {
 *             if (row.fault != DN_CSV_FINE)
 *                 return dn_row_error(sums->csv, &row, err);
 *             if (in_window(dn_row_cell(&row, sums->at)))
 *                 add(sums, dn_row_cell(&row, sums->resource));
 *         }
 *         return DN_OK;
 *     }
 *
 *     size_t threads = dn_blocks_threads(0);
 *     ... workers[i] = &sums[i], for each of them ...
 *     status = dn_blocks_read(csv, &(struct dn_blocks_options){.threads = threads}, take, workers, err);
 *     ... sums of all workers are added up ...
 */
#ifndef DN_STREAM_BLOCKS_H
#define DN_STREAM_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "stream/rows.h"

struct dn_blocks_options {
    size_t threads; /* how many workers there are, at least 1. A small file is read by the first alone */
    size_t stretch; /* bytes that a thread takes at a time; 0: 256 KiB. For tests and measuring */
};

/* Some whole records, one behind the other. */
struct dn_block;

/* The next of them; false when there is none left. Rows and their cells are good until the function returns. */
bool dn_block_next(struct dn_block *block, struct dn_row *row);

/* Rows that were not given yet, to go over some of them without a look at each (dn_rows_look); NULL: not now. */
struct dn_rows *dn_block_rows(struct dn_block *block);

/* Its number in the order of the text: blocks are given from 0 on without gaps. One that is given is not taken back, so
 * that a function may wait for those before it. */
size_t dn_block_number(const struct dn_block *block);

/* Where in the file a row of the block begins; -1: the source is no file whose bytes are read as they stand. */
int64_t dn_block_place(const struct dn_block *block, const struct dn_row *row);

/* Takes all records of a block. What it returns other than DN_OK, with err set, ends the reading. */
typedef enum dn_status dn_block_function(void *worker, struct dn_block *block, struct dn_error *err);

/* How many threads to use: `wanted`, or for 0 one for each core that this process may use (its control group's limit on
 * processor time counts). At most 64. */
size_t dn_blocks_threads(size_t wanted);

/* Reads all records behind the header, or behind those that dn_csv_next gave; afterwards dn_csv_next gives DN_END or
 * the error. workers: one for each thread, given to the function of that thread; the first one's thread is the
 * caller's. DN_OK: all were read. DN_INVALID, DN_SYSTEM: as dn_csv_next, or what a function returned. The error is the
 * first in the order of the text, if functions return theirs at the first record that deserves it; all records in front
 * of it were taken, some behind it perhaps as well. */
enum dn_status dn_blocks_read(struct dn_csv *csv, const struct dn_blocks_options *options, dn_block_function *function,
                              void *const *workers, struct dn_error *err);

/* A row's fault as an error with its place: dn_csv_fault_error for rows. Returns DN_INVALID. */
enum dn_status dn_row_error(const struct dn_csv *csv, const struct dn_row *row, struct dn_error *err);

#endif
