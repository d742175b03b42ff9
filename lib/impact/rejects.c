#include "impact/rejects.h"

#include <inttypes.h>
#include <stdio.h>

#include "stream/csv_write.h"

enum dn_status dn_rejects_open(struct dn_rejects *rejects, const char *path, struct dn_error *err)
{
    enum dn_status status = path ? dn_output_open(path, &rejects->output, err) : DN_OK;
    if (rejects->output)
        dn_output_write(rejects->output, DN_TEXT("file,line,column,reason,record\n"));
    return status;
}

static void add_number(struct dn_buf *line, int64_t number)
{
    char digits[24] = "";
    if (number > 0)
        snprintf(digits, sizeof digits, "%" PRId64, number);
    dn_csv_add_field(line, false, dn_text_of(digits));
}

void dn_rejects_line(struct dn_buf *lines, const char *file, const struct dn_csv_record *record, int64_t column,
                     const char *reason)
{
    struct dn_buf visible = {0};
    bool clean = record->fault == DN_CSV_FINE || record->fault == DN_CSV_FIELDS;
    if (!clean)
        dn_buf_add_visible(&visible, record->raw);
    dn_csv_add_field(lines, true, dn_text_of(file));
    add_number(lines, record->line);
    add_number(lines, column);
    dn_csv_add_field(lines, false, dn_text_of(reason));
    dn_csv_add_field(lines, false, clean ? record->raw : dn_buf_text(&visible));
    dn_buf_addc(lines, '\n');
    dn_buf_clear(&visible);
}

void dn_rejects_add(struct dn_rejects *rejects, struct dn_buf *lines)
{
    if (rejects->output)
        dn_output_write(rejects->output, dn_buf_text(lines));
    dn_buf_reset(lines);
}

enum dn_status dn_rejects_commit(struct dn_rejects *rejects, struct dn_error *err)
{
    struct dn_output *output = rejects->output;
    rejects->output = NULL;
    return output ? dn_output_commit(output, err) : DN_OK;
}

void dn_rejects_clear(struct dn_rejects *rejects)
{
    dn_output_discard(rejects->output);
    *rejects = (struct dn_rejects){0};
}
