/* csv-cells FILE [OPTION]...: each record that our reader sees, the header too, as one JSON array a line, so that
 * anybody can compare it with another reader. A fault or an error ends it with status 2.
 *   --lines         the physical line on which a record starts, in front
 *   --all           in front: line, number, fault, its field and the raw record; a fault does not end it
 *   --count         only how many records, fields, bytes of cells and faults there were
 *   --delimiter C   another delimiter
 *   --lane NAME     fast, portable, avx2, avx512 or libcsv: how records are found
 *   --reads N       no read gives more than N bytes */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "stream/csv.h"
#include "stream/json.h"

struct job {
    const char *path;
    struct dn_csv_options options;
    enum dn_csv_lane lane;
    bool lines, all, count;
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
    fputs("usage: csv-cells FILE [--lines | --all | --count] [--delimiter C]\n"
          "       [--lane fast|portable|avx2|avx512|libcsv] [--reads N]\n",
          stderr);
    return 2;
}

static void add_cells(struct dn_buf *line, const struct dn_text *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (line->size > 1)
            dn_buf_addc(line, ',');
        dn_json_add_string(line, cells[i]);
    }
    dn_buf_adds(line, "]\n");
    fwrite(line->at, 1, line->size, stdout);
    dn_buf_reset(line);
}

static void print_header(const struct job *job, const struct dn_csv *csv, struct dn_buf *line)
{
    size_t count = 0;
    const struct dn_text *header = dn_csv_header(csv, &count);
    dn_buf_addc(line, '[');
    if (job->lines || job->all)
        dn_buf_addf(line, "%" PRId64, dn_csv_header_line(csv));
    if (job->all) {
        dn_buf_addc(line, ',');
        dn_json_add_string(line, dn_csv_header_raw(csv));
    }
    add_cells(line, header, count);
}

static void print_record(const struct job *job, const struct dn_csv_record *record, struct dn_buf *line)
{
    dn_buf_addc(line, '[');
    if (job->lines || job->all)
        dn_buf_addf(line, "%" PRId64, record->line);
    if (job->all) {
        dn_buf_addf(line, ",%" PRId64 ",\"%s\",%zu,", record->number, dn_csv_fault_word(record->fault),
                    record->fault_field);
        dn_json_add_string(line, record->raw);
    }
    add_cells(line, record->cells, record->count);
}

static enum dn_status print_records(const struct job *job, struct dn_csv *csv, struct dn_error *err)
{
    struct dn_csv_record record;
    struct dn_buf line = {0};
    print_header(job, csv, &line);
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault != DN_CSV_FINE && !job->all) {
            status = dn_csv_fault_error(csv, &record, err);
            break;
        }
        print_record(job, &record, &line);
    }
    dn_buf_clear(&line);
    return status;
}

static enum dn_status count_records(struct dn_csv *csv, struct dn_error *err)
{
    struct dn_csv_record record;
    uint64_t records = 0, fields = 0, bytes = 0, faults = 0;
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        records++;
        fields += record.count;
        faults += record.fault != DN_CSV_FINE;
        for (size_t i = 0; i < record.count; i++)
            bytes += record.cells[i].size;
    }
    printf("%" PRIu64 " records, %" PRIu64 " fields, %" PRIu64 " bytes, %" PRIu64 " faults\n", records, fields, bytes,
           faults);
    return status;
}

static int run(const struct job *job)
{
    struct dn_error err = {0};
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open_lane(job->path, &job->options, job->lane, &csv, &err);
    if (status == DN_OK)
        status = job->count ? count_records(csv, &err) : print_records(job, csv, &err);
    dn_csv_close(csv);
    if (fflush(stdout) != 0 && status == DN_END)
        status = dn_error_errno(&err, "standard output");
    if (status != DN_END)
        fprintf(stderr, "csv-cells: %s\n", err.text);
    return status == DN_END ? 0 : 2;
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
    else
        return strcmp(option, "--lane") == 0 && lane_of(value, &job->lane);
    return true;
}

static bool take_flag(struct job *job, const char *option)
{
    bool *flag = strcmp(option, "--lines") == 0   ? &job->lines
                 : strcmp(option, "--all") == 0   ? &job->all
                 : strcmp(option, "--count") == 0 ? &job->count
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
    return job.path ? run(&job) : usage();
}
