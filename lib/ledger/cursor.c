/* Rows read back from where they are. They were checked when the ledger was opened and are ours since (lock): one that
 * is not what it was then shows that somebody wrote into the file. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/lines.h"

#define LINE_ROOM ((size_t)1 << 10) /* of a row, at first */

static enum dn_status changed(const struct dn_ledger *ledger, struct dn_error *err)
{
    return dn_error_set(err, DN_INVALID, "%s: the ledger was changed by something else while it was open",
                        dn_ledger_name(ledger));
}

void dn_ledger_line_clear(struct dn_ledger_line *line)
{
    dn_buf_clear(&line->bytes);
    *line = (struct dn_ledger_line){.place = 0};
}

/* Reads more of the line at place until its LF is there; *size becomes its length without it. */
static enum dn_status read_line(const struct dn_ledger *ledger, int64_t place, struct dn_buf *bytes, size_t *size,
                                struct dn_error *err)
{
    char piece[LINE_ROOM];
    size_t got = 0;
    dn_buf_reset(bytes);
    while (bytes->size <= DN_LEDGER_LINE_CAP) {
        enum dn_status status = dn_ledger_bytes(ledger, place + (int64_t)bytes->size, piece, sizeof piece, &got, err);
        if (status != DN_OK)
            return status;
        const char *lf = memchr(piece, '\n', got);
        dn_buf_add(bytes, piece, lf ? (size_t)(lf - piece) : got);
        *size = bytes->size;
        if (lf)
            return DN_OK;
        if (got == 0)
            break;
    }
    return changed(ledger, err);
}

enum dn_status dn_ledger_at(const struct dn_ledger *ledger, int64_t place, struct dn_ledger_line *line,
                            struct dn_error *err)
{
    size_t size = 0;
    enum dn_status status = read_line(ledger, place, &line->bytes, &size, err);
    line->place = place;
    if (status == DN_OK && !dn_lines_row(line->bytes.at, size, &line->row))
        status = changed(ledger, err);
    return status;
}

enum dn_status dn_ledger_last(const struct dn_ledger *ledger, struct dn_text key, struct dn_ledger_line *line,
                              struct dn_error *err)
{
    struct dn_stand stand;
    if (!dn_ledger_stand(ledger, key, &stand))
        return DN_END;
    enum dn_status status = dn_ledger_at(ledger, stand.place, line, err);
    if (status == DN_OK && !dn_text_equal(line->row.key, key))
        status = changed(ledger, err);
    return status;
}

void dn_ledger_cursor_open(const struct dn_ledger *ledger, int64_t from, struct dn_ledger_cursor *cursor)
{
    *cursor = (struct dn_ledger_cursor){.ledger = ledger, .lines = dn_alloc(1, sizeof *cursor->lines)};
    cursor->lines->ledger = ledger;
    cursor->lines->place = from > ledger->first ? from : ledger->first;
}

static enum dn_status next_line(struct dn_ledger_cursor *cursor, char **line, size_t *size, struct dn_error *err)
{
    cursor->place = cursor->lines->place;
    enum dn_status status = dn_lines_next(cursor->lines, line, size, err);
    if (status == DN_END && cursor->place != dn_ledger_end(cursor->ledger))
        return changed(cursor->ledger, err);
    return status;
}

enum dn_status dn_ledger_cursor_next(struct dn_ledger_cursor *cursor, struct dn_ledger_row *row, struct dn_error *err)
{
    char *line;
    size_t size;
    enum dn_status status = next_line(cursor, &line, &size, err);
    if (status == DN_OK && !dn_lines_row(line, size, row))
        status = changed(cursor->ledger, err);
    return status;
}

/* Seq and incident, where none of the first three cells is quoted, so that they end with a comma each. False: one is,
 * or the line does not end as a row does, with a chain value. */
static bool look_at(struct dn_text line, int64_t *seq, struct dn_text *incident_id)
{
    const char *end = line.at + line.size, *at = line.at;
    struct dn_text cells[3];
    if (line.size < DN_SHA256_HEX || end[-DN_SHA256_HEX] != ',')
        return false;
    for (int i = 0; i < 3; i++) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        if (!comma || *at == '"')
            return false;
        cells[i] = (struct dn_text){at, (size_t)(comma - at)};
        at = comma + 1;
    }
    *incident_id = cells[2];
    return dn_text_number(cells[0], seq);
}

/* The line stays as it is: taking it apart unquotes cells in place. */
static bool take_apart(struct dn_buf *copy, struct dn_text line, int64_t *seq, struct dn_text *incident_id)
{
    struct dn_ledger_row row;
    dn_buf_reset(copy);
    dn_buf_addt(copy, line);
    if (!dn_lines_row(copy->at, copy->size, &row))
        return false;
    *seq = row.seq;
    *incident_id = row.incident_id;
    return true;
}

enum dn_status dn_ledger_cursor_line(struct dn_ledger_cursor *cursor, struct dn_text *line, struct dn_text *incident_id,
                                     struct dn_error *err)
{
    char *at;
    size_t size;
    int64_t seq, before = cursor->seq;
    enum dn_status status = next_line(cursor, &at, &size, err);
    *line = *incident_id = (struct dn_text){NULL, 0};
    if (status != DN_OK)
        return status;
    *line = (struct dn_text){at, size};
    if (!look_at(*line, &seq, incident_id) && !take_apart(&cursor->copy, *line, &seq, incident_id))
        return changed(cursor->ledger, err);
    if (before > 0 && seq != before + 1)
        return changed(cursor->ledger, err);
    cursor->seq = seq;
    line->size++; /* its LF */
    return DN_OK;
}

bool dn_ledger_cursor_is_last(const struct dn_ledger_cursor *cursor, const struct dn_ledger_row *row)
{
    struct dn_stand stand;
    return dn_ledger_stand(cursor->ledger, row->key, &stand) && stand.place == cursor->place;
}

void dn_ledger_cursor_close(struct dn_ledger_cursor *cursor)
{
    if (cursor->lines)
        dn_lines_clear(cursor->lines);
    free(cursor->lines);
    dn_buf_clear(&cursor->copy);
    *cursor = (struct dn_ledger_cursor){.ledger = NULL};
}
