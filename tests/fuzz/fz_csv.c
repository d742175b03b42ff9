/* Any text: every lane, reads of any size and several threads give the same records, and records that are written are
 * read again (tests/fuzz/run). Linked with --wrap=read. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream/blocks.h"
#include "stream/csv.h"
#include "stream/csv_write.h"

static size_t most; /* bytes that one read() gives */
ssize_t __real_read(int fd, void *at, size_t room);
ssize_t __wrap_read(int fd, void *at, size_t room);
ssize_t __wrap_read(int fd, void *at, size_t room)
{
    return __real_read(fd, at, room < most ? room : most);
}

/* long enough that what follows has no say in what the file is */
static const char header[] = "a-header-of-over-64-bytes-so-that-NUL-bytes-behind-it-do-not-look-like-UTF-16\n";
static const char path[] = "/dev/shm/dn-fz-csv";

static void put(struct dn_text text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, text.at, text.size) != (ssize_t)text.size)
        abort();
    close(fd);
}

static void say(struct dn_buf *said, const struct dn_csv_record *record)
{
    dn_buf_addf(said, "%lld %zu %d %zu %zu:", (long long)record->line, record->count, (int)record->fault,
                record->fault_field, record->raw.size);
    dn_buf_addt(said, record->raw);
    dn_csv_add_record(said, record->cells, record->count);
}

/* All that the reader says by that lane as text; the cells again as CSV into rows (NULL allowed). */
static void read_all(enum dn_csv_lane lane, char delimiter, size_t chunk, struct dn_buf *said, struct dn_buf *rows)
{
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    most = chunk;
    int64_t number = 0;
    enum dn_status status = dn_csv_open_lane(path, &(struct dn_csv_options){delimiter}, lane, &csv, &err);
    while (status == DN_OK && (status = dn_csv_next(csv, &record, &err)) == DN_OK) {
        if (record.number != ++number)
            abort();
        say(said, &record);
        if (rows)
            dn_csv_add_record(rows, record.cells, record.count);
    }
    dn_buf_adds(said, err.text);
    dn_csv_close(csv);
}

/* One record as one thread of several saw it. */
struct part {
    int64_t line;
    struct dn_buf said;
};

struct worker {
    struct part parts[4096];
    size_t count;
};

static enum dn_status take(void *context, struct dn_block *block, struct dn_error *err)
{
    static _Thread_local struct dn_text cells[DN_CSV_FIELD_CAP];
    struct worker *worker = context;
    struct dn_row row;
    (void)err;
    while (dn_block_next(block, &row)) {
        struct dn_csv_record record = {cells, row.count, row.line, 0, dn_row_raw(&row), row.fault, 0};
        struct part *part = &worker->parts[worker->count++];
        dn_row_cells(&row, cells);
        record.fault_field = dn_row_fault_field(&row);
        part->line = row.line;
        say(&part->said, &record);
    }
    return DN_OK;
}

static int by_line(const void *a, const void *b)
{
    const struct part *one = a, *other = b;
    return (one->line > other->line) - (one->line < other->line);
}

/* The same by threads that take so many bytes at a time. */
static void compare_blocks(char delimiter, size_t threads, size_t stretch, const struct dn_buf *expected)
{
    static struct worker workers[3];
    static struct part all[3 * 4096];
    void *contexts[] = {&workers[0], &workers[1], &workers[2]};
    struct dn_csv *csv = NULL;
    struct dn_error err = {0};
    struct dn_buf said = {0};
    size_t count = 0;
    if (dn_csv_open(path, &(struct dn_csv_options){delimiter}, &csv, &err) == DN_OK)
        dn_blocks_read(csv, &(struct dn_blocks_options){threads, stretch}, take, contexts, &err);
    for (size_t i = 0; i < 3; i++) {
        memcpy(all + count, workers[i].parts, workers[i].count * sizeof *all);
        memset(workers[i].parts, 0, workers[i].count * sizeof *all);
        count += workers[i].count;
        workers[i].count = 0;
    }
    qsort(all, count, sizeof *all, by_line);
    for (size_t i = 0; i < count; i++) {
        dn_buf_addt(&said, dn_buf_text(&all[i].said));
        dn_buf_clear(&all[i].said);
    }
    dn_buf_adds(&said, err.text);
    if (!dn_text_equal(dn_buf_text(&said), dn_buf_text(expected)))
        abort();
    dn_buf_clear(&said);
    dn_csv_close(csv);
}

/* Does this lane say the same? Lanes that the machine has no instructions for are left out. */
static void compare(enum dn_csv_lane lane, char delimiter, size_t chunk, const struct dn_buf *expected)
{
    struct dn_buf said = {0};
    read_all(lane, delimiter, chunk, &said, NULL);
    if (!dn_text_equal(dn_buf_text(&said), dn_buf_text(expected)) &&
        !dn_text_is(dn_buf_text(&said), "this machine cannot scan that way"))
        abort();
    dn_buf_clear(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct dn_buf said = {0}, rows = {0}, again = {0};
    char delimiter = ",;\t|"[data[0] % 4];
    put((struct dn_text){(const char *)data + 2, size - 2});
    dn_buf_adds(&rows, header);
    read_all(DN_CSV_LIBCSV, delimiter, SIZE_MAX, &said, &rows);
    compare(DN_CSV_LIBCSV, delimiter, data[1] % 9 + 1u, &said);
    compare(DN_CSV_PORTABLE, delimiter, SIZE_MAX, &said);
    compare(DN_CSV_AVX2, delimiter, data[1] % 9 * 16 + 1u, &said);
    compare(DN_CSV_AVX512, delimiter, data[1] + 1u, &said);
    compare_blocks(delimiter, data[1] % 3 + 1u, data[1] / 2 + 1u, &said);
    put(dn_buf_text(&rows));
    dn_buf_adds(&again, header);
    dn_buf_reset(&said);
    read_all(DN_CSV_FAST, ',', SIZE_MAX, &said, &again);
    if (!dn_text_equal(dn_buf_text(&rows), dn_buf_text(&again)))
        abort();
    dn_buf_clear(&said), dn_buf_clear(&rows), dn_buf_clear(&again);
    return 0;
}
