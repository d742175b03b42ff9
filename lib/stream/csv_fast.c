/* The fast lane: records by the scan's index, cells as views into the buffer wherever they can be. */
#include <string.h>

#include "stream/csv_reader.h"

enum dn_scan_kernel dn_csv_kernel(const struct dn_csv *csv)
{
    static const enum dn_scan_kernel kernels[] = {[DN_CSV_FAST] = DN_SCAN_BEST,
                                                  [DN_CSV_PORTABLE] = DN_SCAN_PORTABLE,
                                                  [DN_CSV_AVX2] = DN_SCAN_AVX2,
                                                  [DN_CSV_AVX512] = DN_SCAN_AVX512,
                                                  [DN_CSV_LIBCSV] = DN_SCAN_BEST};
    return kernels[csv->lane];
}

bool dn_csv_fast_begin(struct dn_csv *csv)
{
    memmove(csv->bytes, csv->bytes + csv->next, csv->end - csv->next); /* blocks count from the first record */
    csv->end -= csv->next;
    csv->start = csv->next = 0;
    csv->rows.bytes = csv->bytes;
    dn_rows_room(&csv->rows, csv->room);
    csv->rows.line = csv->line;
    csv->rows.columns = csv->header_count;
    return dn_scan_begin(&csv->rows.scan, csv->delimiter, dn_csv_kernel(csv));
}

/* Has the source given all that it ever will? */
static bool all_read(const struct dn_csv *csv)
{
    return csv->ended || csv->interrupted.status != DN_OK;
}

/* Scans what was read. The last bytes, fewer than a block, wait for more of them. */
static void scan(struct dn_csv *csv)
{
    csv->scanned = dn_scan_run(&csv->rows.scan, csv->bytes, csv->scanned, csv->end);
    if (!all_read(csv))
        return;
    dn_scan_finish(&csv->rows.scan, csv->bytes, csv->scanned, csv->end, csv->ended);
    csv->finished = true;
}

/* Reads on and scans. What has come before an error is taken before it is told. */
static void read_and_scan(struct dn_csv *csv)
{
    size_t from = dn_rows_shift(&csv->rows);
    csv->scanned -= from;
    csv->start = csv->rows.start + from;
    do {
        dn_csv_fill(csv, from, NULL);
        from = 0;
    } while (!all_read(csv) && csv->end - csv->scanned < DN_SCAN_BLOCK);
    csv->rows.bytes = csv->bytes;
    dn_rows_room(&csv->rows, csv->room);
    scan(csv);
}

/* From the next record on, libcsv reads. */
static enum dn_status leave(struct dn_csv *csv)
{
    csv->start = csv->next = csv->rows.start;
    csv->line = csv->rows.line;
    csv->lane = DN_CSV_LIBCSV;
    return DN_BUSY;
}

/* No further record is whole in what was scanned. DN_OK: look again. */
static enum dn_status more(struct dn_csv *csv, struct dn_error *err)
{
    if (csv->finished && csv->interrupted.status != DN_OK) {
        *err = csv->interrupted;
        return err->status;
    }
    if (csv->finished)
        return DN_END;
    if (csv->scanned - csv->rows.start >= DN_CSV_RECORD_CAP)
        return leave(csv);
    read_and_scan(csv);
    return DN_OK;
}

static void give(struct dn_csv *csv, const struct dn_row *row, struct dn_csv_record *record)
{
    dn_row_cells(row, csv->cells);
    record->cells = csv->cells;
    record->count = row->count;
    record->line = row->line;
    record->raw = dn_row_raw(row);
    record->fault = row->fault;
    record->fault_field = row->fault == DN_CSV_FINE ? 0 : dn_row_fault_field(row);
}

enum dn_status dn_csv_fast_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err)
{
    struct dn_row row;
    for (;;) {
        enum dn_rows_step step = dn_rows_plain(&csv->rows, &row) ? DN_ROWS_ROW : dn_rows_next(&csv->rows, &row);
        if (step == DN_ROWS_IRREGULAR)
            return leave(csv);
        if (step == DN_ROWS_ROW) {
            give(csv, &row, record);
            return DN_OK;
        }
        enum dn_status status = more(csv, err);
        if (status != DN_OK)
            return status;
    }
}
