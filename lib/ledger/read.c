#include <stdlib.h>

#include "base/alloc.h"
#include "incident/incident.h"
#include "ledger/row.h"
#include "stream/blocks.h"

struct dn_ledger_reader {
    struct dn_csv *csv;
    size_t index[DN_LEDGER_COLUMNS];
    int64_t line;
};

/* Columns that only the file itself needs may be missing in an extract. */
static bool needed(size_t column)
{
    const char *name = dn_ledger_columns[column];
    static const char *const optional[] = {"seq", "reference", "by", "approved_by", "content_sha256", "chain", NULL};
    return dn_word_find(optional, dn_text_of(name)) < 0;
}

static enum dn_status find_columns(struct dn_ledger_reader *reader, struct dn_error *err)
{
    struct dn_csv_want want[DN_LEDGER_COLUMNS];
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        want[i] = (struct dn_csv_want){dn_ledger_columns[i], needed(i)};
    return dn_csv_columns(reader->csv, "a ledger", want, DN_LEDGER_COLUMNS, reader->index, err);
}

enum dn_status dn_ledger_read_open(const char *path, struct dn_ledger_reader **reader, struct dn_error *err)
{
    struct dn_ledger_reader *it = dn_alloc(1, sizeof *it);
    *reader = NULL;
    enum dn_status status = dn_csv_open(path, NULL, &it->csv, err);
    if (status == DN_OK)
        status = find_columns(it, err);
    if (status == DN_OK)
        *reader = it;
    else
        dn_ledger_read_close(it);
    return status;
}

static enum dn_status set_row(const struct dn_ledger_reader *reader, const struct dn_text cells[DN_LEDGER_COLUMNS],
                              int64_t line, struct dn_ledger_row *row, struct dn_error *err)
{
    size_t field = 0;
    if (dn_ledger_row_set(row, cells, &field))
        return DN_OK;
    struct dn_text cell = cells[field - 1];
    return dn_error_at(err, dn_csv_name(reader->csv), line, (int64_t)reader->index[field - 1] + 1,
                       "the ledger's cell '%s' is wrong: '%.*s'", dn_ledger_columns[field - 1], (int)cell.size,
                       cell.at ? cell.at : "");
}

enum dn_status dn_ledger_read_next(struct dn_ledger_reader *reader, struct dn_ledger_row *row, struct dn_error *err)
{
    struct dn_csv_record record;
    struct dn_text cells[DN_LEDGER_COLUMNS];
    enum dn_status status = dn_csv_next(reader->csv, &record, err);
    if (status != DN_OK)
        return status;
    reader->line = record.line;
    if (record.fault != DN_CSV_FINE)
        return dn_csv_fault_error(reader->csv, &record, err);
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        cells[i] = dn_csv_cell(&record, reader->index[i]);
    return set_row(reader, cells, record.line, row, err);
}

struct dn_csv *dn_ledger_read_csv(const struct dn_ledger_reader *reader)
{
    return reader->csv;
}

enum dn_status dn_ledger_read_row(const struct dn_ledger_reader *reader, const struct dn_row *record,
                                  struct dn_ledger_row *row, struct dn_error *err)
{
    struct dn_text cells[DN_LEDGER_COLUMNS];
    if (record->fault != DN_CSV_FINE)
        return dn_row_error(reader->csv, record, err);
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        cells[i] = dn_row_cell(record, reader->index[i]);
    return set_row(reader, cells, record->line, row, err);
}

bool dn_ledger_read_is_plain(const struct dn_ledger_reader *reader)
{
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        if (reader->index[i] != i)
            return false;
    return true;
}

int64_t dn_ledger_read_line(const struct dn_ledger_reader *reader)
{
    return reader->line;
}

void dn_ledger_read_close(struct dn_ledger_reader *reader)
{
    if (reader == NULL)
        return;
    dn_csv_close(reader->csv);
    free(reader);
}
