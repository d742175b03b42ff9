#include "impact/rejects.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "stream/csv_write.h"

#define READ_ROOM ((size_t)64 << 10)

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

/* A spill being read: the line that comes next; size 0: none is left. */
struct cursor {
    struct dn_spill_reader reader;
    struct dn_rejects_head head;
};

static void advance(struct cursor *cursor)
{
    if (!dn_spill_take(&cursor->reader, &cursor->head, sizeof cursor->head))
        cursor->head.size = 0;
}

static struct cursor *first_of(struct cursor *cursors, size_t count)
{
    struct cursor *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (cursors[i].head.size > 0 && (!first || cursors[i].head.line < first->head.line))
            first = &cursors[i];
    return first;
}

static enum dn_status merge(struct dn_rejects *rejects, struct cursor *cursors, size_t count, struct dn_error *err)
{
    struct cursor *first;
    while ((first = first_of(cursors, count)) != NULL) {
        size_t size = (size_t)first->head.size;
        const char *line = dn_spill_view(&first->reader, size);
        if (line && rejects->output)
            dn_output_write(rejects->output, (struct dn_text){line, size});
        advance(first);
    }
    for (size_t i = 0; i < count; i++)
        if (cursors[i].reader.failure.status != DN_OK) {
            if (err)
                *err = cursors[i].reader.failure;
            return cursors[i].reader.failure.status;
        }
    return DN_OK;
}

enum dn_status dn_rejects_add(struct dn_rejects *rejects, struct dn_spill *const *spills, size_t count,
                              struct dn_error *err)
{
    struct cursor *cursors = dn_alloc(count, sizeof *cursors);
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < count && status == DN_OK; i++) {
        status = dn_spill_settle(spills[i], err);
        dn_spill_read(spills[i], 0, spills[i]->size, READ_ROOM, &cursors[i].reader);
        if (status == DN_OK)
            advance(&cursors[i]);
    }
    if (status == DN_OK)
        status = merge(rejects, cursors, count, err);
    for (size_t i = 0; i < count; i++) {
        dn_spill_reader_clear(&cursors[i].reader);
        dn_spill_clear(spills[i]);
    }
    free(cursors);
    return status;
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
