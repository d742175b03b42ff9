/* csv-cells FILE [--delimiter C] [--lane libcsv] [--lines]: each record that our reader sees, the header too, as one
 * JSON array a line, so that anybody can compare it with another reader; --lines puts the physical line on which it
 * starts in front. A fault or an error ends it with status 2. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "stream/csv.h"
#include "stream/json.h"

static int usage(void)
{
    fputs("usage: csv-cells FILE [--delimiter C] [--lane libcsv] [--lines]\n", stderr);
    return 2;
}

/* number 0: none is put in front. */
static void print_cells(int64_t number, const struct dn_text *cells, size_t count)
{
    struct dn_buf line = {0};
    dn_buf_addc(&line, '[');
    if (number > 0)
        dn_buf_addf(&line, "%" PRId64, number);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 || number > 0)
            dn_buf_addc(&line, ',');
        dn_json_add_string(&line, cells[i]);
    }
    dn_buf_adds(&line, "]\n");
    fwrite(line.at, 1, line.size, stdout);
    dn_buf_clear(&line);
}

static enum dn_status print_records(struct dn_csv *csv, bool lines, struct dn_error *err)
{
    struct dn_csv_record record;
    size_t count = 0;
    const struct dn_text *header = dn_csv_header(csv, &count);
    print_cells(lines ? dn_csv_header_line(csv) : 0, header, count);
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault != DN_CSV_FINE)
            return dn_csv_fault_error(csv, &record, err);
        print_cells(lines ? record.line : 0, record.cells, record.count);
    }
    return status == DN_END ? DN_OK : status;
}

static int cells_of(const char *path, const struct dn_csv_options *options, bool lines)
{
    struct dn_error err = {0};
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open(path, options, &csv, &err);
    if (status == DN_OK)
        status = print_records(csv, lines, &err);
    dn_csv_close(csv);
    if (fflush(stdout) != 0 && status == DN_OK)
        status = dn_error_errno(&err, "standard output");
    if (status != DN_OK)
        fprintf(stderr, "csv-cells: %s\n", err.text);
    return status == DN_OK ? 0 : 2;
}

int main(int argc, char **argv)
{
    struct dn_csv_options options = {0};
    const char *path = NULL;
    bool lines = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--delimiter") == 0 && i + 1 < argc && strlen(argv[i + 1]) == 1)
            options.delimiter = argv[++i][0];
        else if (strcmp(argv[i], "--lane") == 0 && i + 1 < argc && strcmp(argv[i + 1], "libcsv") == 0)
            i++; /* the only lane for now */
        else if (strcmp(argv[i], "--lines") == 0)
            lines = true;
        else if (!path)
            path = argv[i];
        else
            return usage();
    }
    return path ? cells_of(path, &options, lines) : usage();
}
