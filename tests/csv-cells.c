/* csv-cells FILE [OPTION]...: each record that our reader sees, the header too, as one JSON array a line, so that
 * anybody can compare it with another reader. A fault or an error ends it with status 2.
 *   --lines         the physical line on which a record starts, in front
 *   --all           in front: line, number, fault, its field and the raw record; a fault does not end it
 *   --count         only how many records, fields, bytes of cells and faults there were
 *   --bare          only read it, as fast as this machine gives it
 *   --delimiter C   another delimiter
 *   --lane NAME     fast, portable, avx2, avx512 or libcsv: how records are found
 *   --reads N       no read gives more than N bytes
 *   --threads N     by N threads at once, put in order again
 *   --stretch N     each taking N bytes at a time */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/blocks.h"
#include "stream/csv.h"
#include "stream/json.h"

struct job {
    const char *path;
    struct dn_csv_options options;
    enum dn_csv_lane lane;
    bool lines, all, count, bare;
    size_t threads, stretch;
};

/* What one thread has counted, or kept of the records. */
struct kept {
    int64_t line;
    size_t at, size; /* of the rest, in text */
    const struct dn_buf *text;
};

struct worker {
    const struct job *job;
    uint64_t records, fields, bytes, faults;
    struct dn_text cells[DN_CSV_FIELD_CAP];
    struct dn_buf text;
    struct kept *kept;
    size_t count, room;
};

static size_t most_read = SIZE_MAX;

/* In front of the C library's, for the reader that is linked here. */
ssize_t read(int fd, void *at, size_t room);
ssize_t read(int fd, void *at, size_t room)
{
    struct iovec piece = {at, room < most_read ? room : most_read};
    return readv(fd, &piece, 1);
}

static int usage(void)
{
    fputs("usage: csv-cells FILE [--lines | --all | --count | --bare] [--delimiter C]\n"
          "       [--lane fast|portable|avx2|avx512|libcsv] [--reads N] [--threads N] [--stretch N]\n",
          stderr);
    return 2;
}

static void add_cells(struct dn_buf *line, const struct dn_text *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            dn_buf_addc(line, ',');
        dn_json_add_string(line, cells[i]);
    }
    dn_buf_adds(line, "]\n");
}

/* All of a record but its line and number, which stand in front of it. */
static void add_rest(const struct job *job, const struct dn_csv_record *record, struct dn_buf *line)
{
    if (job->all) {
        dn_buf_addf(line, "\"%s\",%zu,", dn_csv_fault_word(record->fault), record->fault_field);
        dn_json_add_string(line, record->raw);
        dn_buf_addc(line, ',');
    }
    add_cells(line, record->cells, record->count);
}

static void print_line(const struct job *job, int64_t line, int64_t number, struct dn_text rest)
{
    putchar('[');
    if (job->lines || job->all)
        printf("%" PRId64 ",", line);
    if (job->all && number > 0)
        printf("%" PRId64 ",", number);
    fwrite(rest.at, 1, rest.size, stdout);
}

static void print_header(const struct job *job, const struct dn_csv *csv)
{
    struct dn_buf rest = {0};
    struct dn_csv_record header = {.raw = dn_csv_header_raw(csv)};
    header.cells = dn_csv_header(csv, &header.count);
    add_rest(job, &header, &rest);
    print_line(job, dn_csv_header_line(csv), 0, dn_buf_text(&rest));
    dn_buf_clear(&rest);
}

static enum dn_status print_records(const struct job *job, struct dn_csv *csv, struct dn_error *err)
{
    struct dn_csv_record record;
    struct dn_buf rest = {0};
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault != DN_CSV_FINE && !job->all) {
            status = dn_csv_fault_error(csv, &record, err);
            break;
        }
        dn_buf_reset(&rest);
        add_rest(job, &record, &rest);
        print_line(job, record.line, record.number, dn_buf_text(&rest));
    }
    dn_buf_clear(&rest);
    return status == DN_END ? DN_OK : status;
}

static void count(struct worker *sums, const struct dn_csv_record *record)
{
    sums->records++;
    sums->fields += record->count;
    sums->faults += record->fault != DN_CSV_FINE;
    for (size_t i = 0; i < record->count; i++)
        sums->bytes += record->cells[i].size;
}

static void print_counts(const struct worker *sums)
{
    printf("%" PRIu64 " records, %" PRIu64 " fields, %" PRIu64 " bytes, %" PRIu64 " faults\n", sums->records,
           sums->fields, sums->bytes, sums->faults);
}

static enum dn_status count_records(struct dn_csv *csv, struct dn_error *err)
{
    struct worker sums = {0};
    struct dn_csv_record record;
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK)
        count(&sums, &record);
    print_counts(&sums);
    return status == DN_END ? DN_OK : status;
}

static void keep(struct worker *worker, const struct dn_csv_record *record)
{
    size_t at = worker->text.size;
    add_rest(worker->job, record, &worker->text);
    worker->kept = dn_grow(worker->kept, worker->count, &worker->room, sizeof *worker->kept);
    worker->kept[worker->count++] = (struct kept){record->line, at, worker->text.size - at, &worker->text};
}

static enum dn_status take(void *context, struct dn_block *block, struct dn_error *err)
{
    struct worker *worker = context;
    struct dn_row row;
    (void)err;
    while (dn_block_next(block, &row)) {
        struct dn_csv_record record = {worker->cells, row.count, row.line, 0, {NULL, 0}, row.fault, 0};
        dn_row_cells(&row, worker->cells);
        record.raw = dn_row_raw(&row);
        record.fault_field = dn_row_fault_field(&row);
        if (worker->job->count)
            count(worker, &record);
        else
            keep(worker, &record);
    }
    return DN_OK;
}

static int by_line(const void *a, const void *b)
{
    const struct kept *one = a, *other = b;
    return (one->line > other->line) - (one->line < other->line);
}

/* What all threads have kept, in the order of the file, up to the line of the error if there was one. */
static void print_kept(const struct job *job, struct worker *const *workers, int64_t stop)
{
    struct kept *all = NULL;
    size_t count_all = 0;
    for (size_t i = 0; i < job->threads; i++) {
        all = dn_realloc(all, count_all + workers[i]->count, sizeof *all);
        if (workers[i]->count > 0)
            memcpy(all + count_all, workers[i]->kept, workers[i]->count * sizeof *all);
        count_all += workers[i]->count;
    }
    qsort(all, count_all, sizeof *all, by_line);
    for (size_t i = 0; i < count_all && all[i].line < stop; i++)
        print_line(job, all[i].line, (int64_t)i + 1, (struct dn_text){all[i].text->at + all[i].at, all[i].size});
    free(all);
}

static void add_counts(struct worker *sums, const struct worker *more)
{
    sums->records += more->records;
    sums->fields += more->fields;
    sums->bytes += more->bytes;
    sums->faults += more->faults;
}

/* The line in "name:line..."; the end of the file for an error without one. */
static int64_t line_of(const struct dn_csv *csv, const struct dn_error *err)
{
    const char *behind = err->text + strlen(dn_csv_name(csv));
    return err->status != DN_OK && *behind == ':' && behind[1] >= '1' && behind[1] <= '9' ? atoll(behind + 1)
                                                                                          : INT64_MAX;
}

static enum dn_status read_blocks(const struct job *job, struct dn_csv *csv, struct dn_error *err)
{
    struct worker **workers = dn_alloc(job->threads, sizeof(struct worker *)), sums = {0};
    for (size_t i = 0; i < job->threads; i++) {
        workers[i] = dn_alloc(1, sizeof *workers[i]);
        workers[i]->job = job;
    }
    struct dn_blocks_options options = {.threads = job->threads, .stretch = job->stretch};
    enum dn_status status = dn_blocks_read(csv, &options, take, (void *const *)workers, err);
    if (!job->count)
        print_kept(job, workers, line_of(csv, err));
    for (size_t i = 0; i < job->threads; i++) {
        add_counts(&sums, workers[i]);
        dn_buf_clear(&workers[i]->text);
        free(workers[i]->kept);
        free(workers[i]);
    }
    free(workers);
    if (job->count)
        print_counts(&sums);
    return status;
}

static enum dn_status read_all(const struct job *job, struct dn_csv *csv, struct dn_error *err)
{
    if (!job->count)
        print_header(job, csv);
    if (job->threads > 0)
        return read_blocks(job, csv, err);
    return job->count ? count_records(csv, err) : print_records(job, csv, err);
}

static int run(const struct job *job)
{
    struct dn_error err = {0};
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open_lane(job->path, &job->options, job->lane, &csv, &err);
    if (status == DN_OK)
        status = read_all(job, csv, &err);
    dn_csv_close(csv);
    if (fflush(stdout) != 0 && status == DN_OK)
        status = dn_error_errno(&err, "standard output");
    if (status != DN_OK)
        fprintf(stderr, "csv-cells: %s\n", err.text);
    return status == DN_OK ? 0 : 2;
}

/* The floor: the reads, and nothing done with what they give. */
static int read_bare(const char *path)
{
    size_t room = (size_t)256 << 10;
    char *at = dn_alloc(room, 1);
    struct dn_error err = {0};
    int fd = -1;
    uint64_t bytes = 0;
    if (dn_file_open(path, &fd, &err) != DN_OK)
        return 2;
    ssize_t got;
    while ((got = read(fd, at, room)) > 0)
        bytes += (uint64_t)got;
    close(fd);
    free(at);
    printf("%" PRIu64 " bytes\n", bytes);
    return got < 0 ? 2 : 0;
}

static bool lane_of(const char *name, enum dn_csv_lane *lane)
{
    static const char *const names[] = {"fast", "portable", "avx2", "avx512", "libcsv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *lane = (enum dn_csv_lane)i;
            return true;
        }
    }
    return false;
}

static bool take_value(struct job *job, const char *option, const char *value)
{
    if (strcmp(option, "--delimiter") == 0 && strlen(value) == 1)
        job->options.delimiter = value[0];
    else if (strcmp(option, "--reads") == 0)
        most_read = strtoul(value, NULL, 10);
    else if (strcmp(option, "--threads") == 0)
        job->threads = strtoul(value, NULL, 10);
    else if (strcmp(option, "--stretch") == 0)
        job->stretch = strtoul(value, NULL, 10);
    else
        return strcmp(option, "--lane") == 0 && lane_of(value, &job->lane);
    return true;
}

static bool take_flag(struct job *job, const char *option)
{
    bool *flag = strcmp(option, "--lines") == 0   ? &job->lines
                 : strcmp(option, "--all") == 0   ? &job->all
                 : strcmp(option, "--count") == 0 ? &job->count
                 : strcmp(option, "--bare") == 0  ? &job->bare
                                                  : NULL;
    if (flag)
        *flag = true;
    return flag;
}

int main(int argc, char **argv)
{
    struct job job = {.lane = DN_CSV_FAST};
    for (int i = 1; i < argc; i++) {
        if (take_flag(&job, argv[i]))
            continue;
        if (strncmp(argv[i], "--", 2) == 0 && i + 1 < argc && take_value(&job, argv[i], argv[i + 1]))
            i++;
        else if (!job.path && strncmp(argv[i], "--", 2) != 0)
            job.path = argv[i];
        else
            return usage();
    }
    if (!job.path)
        return usage();
    return job.bare ? read_bare(job.path) : run(&job);
}
