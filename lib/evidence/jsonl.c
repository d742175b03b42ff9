#include "evidence/jsonl.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/source.h"

#define READ_ROOM ((size_t)128 << 10)

struct dn_jsonl {
    struct dn_source *source;
    char *name;
    char *bytes; /* [next, end) was read and is not given yet */
    size_t next, end, room;
    bool ended;
    int64_t line, number;
    struct dn_text cell;
};

const struct dn_text dn_jsonl_column = {"record", 6};

enum dn_status dn_jsonl_open(const char *path, struct dn_jsonl **jsonl, struct dn_error *err)
{
    struct dn_source *source = NULL;
    enum dn_status status = dn_source_open(path, &source, err);
    *jsonl = NULL;
    if (status != DN_OK)
        return status;
    *jsonl = dn_alloc(1, sizeof **jsonl);
    (*jsonl)->source = source;
    (*jsonl)->name = dn_strdup(dn_file_name(path));
    return DN_OK;
}

const char *dn_jsonl_name(const struct dn_jsonl *jsonl)
{
    return jsonl->name;
}

/* Moves what is kept to the front and reads more behind it. */
static enum dn_status fill(struct dn_jsonl *jsonl, struct dn_error *err)
{
    size_t got = 0;
    if (jsonl->end > jsonl->next)
        memmove(jsonl->bytes, jsonl->bytes + jsonl->next, jsonl->end - jsonl->next);
    jsonl->end -= jsonl->next;
    jsonl->next = 0;
    if (jsonl->room - jsonl->end < READ_ROOM / 2) {
        jsonl->room = jsonl->room * 2 + READ_ROOM;
        jsonl->bytes = dn_realloc(jsonl->bytes, jsonl->room, 1);
    }
    enum dn_status status =
        dn_source_read(jsonl->source, jsonl->bytes + jsonl->end, jsonl->room - jsonl->end, &got, err);
    jsonl->end += got;
    jsonl->ended = status == DN_END;
    return jsonl->ended ? DN_OK : status;
}

/* The next physical line without its line end. */
static enum dn_status take_line(struct dn_jsonl *jsonl, struct dn_text *line, struct dn_error *err)
{
    size_t seen = jsonl->next;
    for (;;) {
        const char *lf = jsonl->end > seen ? memchr(jsonl->bytes + seen, '\n', jsonl->end - seen) : NULL;
        size_t size = (lf ? (size_t)(lf - jsonl->bytes) : jsonl->end) - jsonl->next;
        if (size >= DN_CSV_RECORD_CAP)
            return dn_error_at(err, jsonl->name, jsonl->line + 1, 0,
                               "a line of over %zu MiB: --jsonl reads one JSON document a line",
                               DN_CSV_RECORD_CAP >> 20);
        if (lf || (jsonl->ended && size > 0)) {
            *line = (struct dn_text){jsonl->bytes + jsonl->next, size};
            jsonl->next += size + (lf != NULL);
            jsonl->line++;
            return DN_OK;
        }
        if (jsonl->ended)
            return DN_END;
        seen = jsonl->end - jsonl->next;
        enum dn_status status = fill(jsonl, err);
        if (status != DN_OK)
            return status;
    }
}

enum dn_status dn_jsonl_next(struct dn_jsonl *jsonl, struct dn_csv_record *record, struct dn_error *err)
{
    struct dn_text line = {NULL, 0};
    enum dn_status status;
    *record = (struct dn_csv_record){0};
    do {
        status = take_line(jsonl, &line, err);
        if (status == DN_OK && line.size > 0 && line.at[line.size - 1] == '\r')
            line.size--;
    } while (status == DN_OK && dn_text_trim(line).size == 0);
    if (status == DN_END && jsonl->number == 0)
        return dn_error_at(
            err, jsonl->name, 0, 0,
            "no record: nothing came; the command before it may have failed, or a redirection emptied it");
    if (status != DN_OK)
        return status;
    jsonl->cell = line;
    *record = (struct dn_csv_record){&jsonl->cell, 1, jsonl->line, ++jsonl->number, line, DN_CSV_FINE, 0};
    if (memchr(line.at, 0, line.size))
        record->fault = DN_CSV_NUL;
    else if (!dn_text_utf8(line, NULL))
        record->fault = DN_CSV_UTF8;
    record->fault_field = record->fault != DN_CSV_FINE;
    return DN_OK;
}

void dn_jsonl_close(struct dn_jsonl *jsonl)
{
    if (!jsonl)
        return;
    dn_source_close(jsonl->source);
    free(jsonl->bytes);
    free(jsonl->name);
    free(jsonl);
}
