#include "ledger/record_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/row.h"

#define MOST_COLUMNS 16

struct dn_text dn_record_cell(const struct dn_record_file *file, size_t column)
{
    return dn_text_trim(dn_csv_cell(file->row, file->index[column]));
}

enum dn_status dn_record_fault(const struct dn_record_file *file, size_t column, const char *format, ...)
{
    struct dn_buf text = {0};
    size_t index = file->index[column];
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    dn_error_at(file->err, file->name, file->row->line, index == DN_CSV_NONE ? 0 : (int64_t)index + 1, "%s: %s",
                file->columns[column], text.at);
    dn_buf_clear(&text);
    return DN_INVALID;
}

enum dn_status dn_record_time(const struct dn_record_file *file, size_t column, struct dn_instant *at)
{
    struct dn_text cell = dn_record_cell(file, column);
    if (dn_instant_parse(cell, at))
        return DN_OK;
    return dn_record_fault(file, column,
                           "'%.*s' is no time with an offset; write it as 2026-06-16T09:30:00+02:00 (a spreadsheet may "
                           "have changed it: format the column as text)",
                           (int)cell.size, cell.at ? cell.at : "");
}

void dn_record_set(char **into, struct dn_text text)
{
    free(*into);
    *into = dn_strndup(text.size ? text.at : "", text.size);
}

struct dn_record *dn_record_add(const struct dn_record_file *file, enum dn_record_kind kind)
{
    struct dn_records *records = file->records;
    records->at = dn_grow(records->at, records->count, &records->room, sizeof *records->at);
    struct dn_record *record = &records->at[records->count];
    *record = (struct dn_record){.kind = kind,
                                 .file = records->files.at[records->files.count - 1],
                                 .line = file->row->line,
                                 .number = records->count++,
                                 .required = DN_REQUIRED_ANY,
                                 .happened_at = DN_INSTANT_NONE};
    char **const texts[] = {&record->incident_id, &record->notice, &record->tenant_id, &record->recipient,
                            &record->code,        &record->reason, &record->reference, &record->by};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = dn_strdup("");
    return record;
}

static void clear_record(struct dn_record *record)
{
    char *const texts[] = {record->incident_id, record->notice, record->tenant_id, record->recipient,
                           record->code,        record->reason, record->reference, record->by};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

void dn_records_clear(struct dn_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        clear_record(&records->at[i]);
    free(records->at);
    dn_strings_clear(&records->files);
    *records = (struct dn_records){0};
}

/* What a ledger cannot hold, or nobody can have meant. Only the columns of the kind are looked at. */
static enum dn_status check_cells(const struct dn_record_file *file)
{
    for (size_t c = 0; file->columns[c]; c++) {
        struct dn_text cell = dn_record_cell(file, c);
        if (dn_text_hostile(cell) || dn_ledger_cell_bad(cell))
            return dn_record_fault(file, c, "a control character or a line break, which no ledger holds");
        if (cell.size > DN_RECORD_CELL_CAP)
            return dn_record_fault(file, c, "%zu bytes; at most %zu are taken", cell.size, DN_RECORD_CELL_CAP);
    }
    return DN_OK;
}

static enum dn_status read_rows(struct dn_csv *csv, const struct dn_record_format *format, struct dn_record_file *file)
{
    struct dn_csv_record row;
    enum dn_status status;
    file->row = &row;
    while ((status = dn_csv_next(csv, &row, file->err)) == DN_OK) {
        if (row.fault)
            return dn_csv_fault_error(csv, &row, file->err);
        if ((status = check_cells(file)) != DN_OK || (status = format->take(file)) != DN_OK)
            return status;
    }
    return status == DN_END ? DN_OK : status;
}

static enum dn_status read_as(struct dn_csv *csv, const struct dn_record_format *format, const char *by,
                              struct dn_records *records, struct dn_error *err)
{
    struct dn_csv_want want[MOST_COLUMNS];
    size_t index[MOST_COLUMNS], count = 0;
    for (; format->columns[count]; count++)
        want[count] = (struct dn_csv_want){format->columns[count], count < format->required};
    enum dn_status status = dn_csv_columns(csv, format->name, want, count, index, err);
    struct dn_record_file file = {.csv = csv,
                                  .index = index,
                                  .columns = format->columns,
                                  .name = dn_csv_name(csv),
                                  .by = by,
                                  .records = records,
                                  .err = err};
    return status == DN_OK ? read_rows(csv, format, &file) : status;
}

static enum dn_status read_any(struct dn_csv *csv, const char *by, struct dn_records *records, struct dn_error *err)
{
    static const struct dn_record_format *const formats[] = {&dn_record_calls, &dn_record_reports, &dn_record_others};
    const char *kind = dn_csv_kind(csv);
    for (size_t i = 0; kind && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(kind, formats[i]->name) == 0)
            return read_as(csv, formats[i], by, records, err);
    return dn_error_at(
        err, dn_csv_name(csv), dn_csv_header_line(csv), 0,
        "expected a call sheet, what bounce-read prints, or a list of other means (ledger-record(1))%s%s",
        kind ? "; this is " : "", kind ? kind : "; a spreadsheet may separate by ';': see --delimiter");
}

enum dn_status dn_records_read(const char *path, char delimiter, const char *by, struct dn_records *records,
                               struct dn_error *err)
{
    struct dn_csv_options options = {.delimiter = delimiter};
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open(path, &options, &csv, err);
    if (status != DN_OK)
        return status;
    dn_strings_add(&records->files, dn_text_of(dn_csv_name(csv)));
    status = read_any(csv, by, records, err);
    dn_csv_close(csv);
    return status;
}
