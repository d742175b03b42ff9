#include "stream/again.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stream/csv_reader.h"

#define PAD DN_SCAN_BLOCK

bool dn_again_can(const struct dn_csv *csv, struct dn_again_stamp *stamp)
{
    int fd;
    off_t at, size;
    struct stat status;
    if (csv->interrupted.status != DN_OK || !dn_source_direct(csv->source, &fd, &at, &size) || fstat(fd, &status) != 0)
        return false;
    *stamp = (struct dn_again_stamp){status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    return true;
}

bool dn_again_same(const struct dn_csv *csv, const struct dn_again_stamp *stamp)
{
    struct dn_again_stamp now;
    return dn_again_can(csv, &now) && now.size == stamp->size && now.modified_s == stamp->modified_s &&
           now.modified_ns == stamp->modified_ns;
}

static void make_room(struct dn_again *again, size_t size)
{
    struct dn_rows *rows = &again->rows;
    if (again->room == 0)
        dn_scan_begin(&rows->scan, again->csv->delimiter, DN_SCAN_BEST);
    if (again->room < size || again->room == 0) {
        char *base = dn_realloc(again->bytes ? again->bytes - PAD : NULL, size + 2 * PAD, 1);
        memset(base, 0, PAD);
        again->bytes = base + PAD;
        again->room = size + 1;
    }
    rows->bytes = again->bytes;
    rows->columns = again->csv->header_count;
    dn_rows_room(rows, size);
}

enum dn_status dn_again_changed(const struct dn_csv *csv, struct dn_error *err)
{
    return dn_error_at(err, csv->name, 0, 0, "changed while it was read: it must stay as it is until the end of a run");
}

static enum dn_status read_bytes(struct dn_again *again, off_t at, size_t size, struct dn_error *err)
{
    int fd;
    off_t end, whole;
    if (!dn_source_direct(again->csv->source, &fd, &end, &whole))
        return dn_again_changed(again->csv, err);
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(fd, again->bytes + done, size - done, at + (off_t)done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return dn_error_errno(err, again->csv->name);
        if (got == 0)
            return dn_again_changed(again->csv, err);
        done += (size_t)got;
    }
    return DN_OK;
}

enum dn_status dn_again_read(struct dn_again *again, int64_t from, int64_t to, int64_t line, struct dn_error *err)
{
    struct dn_rows *rows = &again->rows;
    size_t size = (size_t)(to - from);
    make_room(again, size);
    enum dn_status status = read_bytes(again, (off_t)from, size, err);
    if (status != DN_OK)
        return status;
    memset(again->bytes + size, 0, PAD);
    dn_scan_restart(&rows->scan, false);
    dn_rows_restart(rows);
    rows->line = line - 1;
    size_t done = dn_scan_run(&rows->scan, again->bytes, 0, size);
    dn_scan_finish(&rows->scan, again->bytes, done, size, true);
    return DN_OK;
}

bool dn_again_next(struct dn_again *again, struct dn_row *row)
{
    return dn_rows_next(&again->rows, row) == DN_ROWS_ROW;
}

bool dn_again_commas(const struct dn_again *again)
{
    return again->csv->delimiter == ',';
}

void dn_again_clear(struct dn_again *again)
{
    if (again->bytes)
        free(again->bytes - PAD);
    dn_scan_clear(&again->rows.scan);
    free(again->rows.scratch);
    *again = (struct dn_again){0};
}
