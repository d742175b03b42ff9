#include "ledger/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define ROOM ((size_t)128 << 10) /* bytes that are read at once */

/* Makes room behind what is there; false: a whole line does not fit into what a line may have. */
static bool make_room(struct dn_lines *lines)
{
    size_t there = lines->end - lines->begin;
    if (there > DN_LEDGER_LINE_CAP)
        return false;
    if (there > 0 && lines->begin > 0)
        memmove(lines->bytes, lines->bytes + lines->begin, there);
    lines->begin = 0;
    lines->end = there;
    if (there * 2 > lines->room || lines->room == 0) {
        lines->room = lines->room ? lines->room * 2 : ROOM;
        lines->bytes = dn_realloc(lines->bytes, lines->room, 1);
    }
    return true;
}

static enum dn_status fill(struct dn_lines *lines, struct dn_error *err)
{
    size_t got = 0;
    if (!make_room(lines))
        return DN_END;
    enum dn_status status = dn_ledger_bytes(lines->ledger, lines->place + (int64_t)lines->end,
                                            lines->bytes + lines->end, lines->room - lines->end, &got, err);
    lines->end += got;
    return status == DN_OK && got == 0 ? DN_END : status;
}

enum dn_status dn_lines_next(struct dn_lines *lines, char **line, size_t *size, struct dn_error *err)
{
    size_t seen = 0, there;
    char *lf = NULL;
    for (;; seen = there) {
        there = lines->end - lines->begin;
        if (there > seen)
            lf = memchr(lines->bytes + lines->begin + seen, '\n', there - seen);
        if (lf)
            break;
        enum dn_status status = fill(lines, err);
        if (status != DN_OK)
            return status;
    }
    *line = lines->bytes + lines->begin;
    *size = (size_t)(lf - *line);
    if (*size > DN_LEDGER_LINE_CAP)
        return DN_END;
    lines->begin += *size + 1;
    lines->place += (int64_t)*size + 1;
    return DN_OK;
}

bool dn_lines_row(char *line, size_t size, struct dn_ledger_row *row)
{
    struct dn_text cells[DN_LEDGER_COLUMNS];
    size_t field;
    return dn_ledger_line_split(line, size, cells) && dn_ledger_row_set(row, cells, &field);
}

void dn_lines_clear(struct dn_lines *lines)
{
    free(lines->bytes);
    lines->bytes = NULL;
    lines->room = lines->begin = lines->end = 0;
}
