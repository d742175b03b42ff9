#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/chain.h"

#define ROOM (DN_LEDGER_LINE_CAP + 1)

/* Lines of a file of any size in bounded memory. */
struct lines {
    const char *name;
    int fd;
    char *bytes;
    size_t begin, end; /* what was read and not handed out */
    bool over;
};

static enum dn_status fill(struct lines *lines, struct dn_error *err)
{
    memmove(lines->bytes, lines->bytes + lines->begin, lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    ssize_t got;
    do
        got = read(lines->fd, lines->bytes + lines->end, ROOM - lines->end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return dn_error_errno(err, lines->name);
    lines->over = got == 0;
    lines->end += (size_t)got;
    return DN_OK;
}

/* DN_OK: a line without its LF. DN_END: none; what is left over has no LF. */
static enum dn_status next_line(struct lines *lines, char **line, size_t *size, struct dn_error *err)
{
    for (;;) {
        char *from = lines->bytes + lines->begin, *lf = memchr(from, '\n', lines->end - lines->begin);
        if (lf != NULL) {
            *line = from;
            *size = (size_t)(lf - from);
            lines->begin += *size + 1;
            return DN_OK;
        }
        if (lines->over || lines->end - lines->begin == ROOM)
            return DN_END;
        enum dn_status status = fill(lines, err);
        if (status != DN_OK)
            return status;
    }
}

static enum dn_status check_header(struct lines *lines, struct dn_error *err)
{
    char *line = NULL;
    size_t size = 0;
    enum dn_status status = next_line(lines, &line, &size, err);
    if (status == DN_OK && (size != strlen(dn_ledger_header) || memcmp(line, dn_ledger_header, size) != 0))
        status = DN_END;
    if (status == DN_END)
        return dn_error_at(err, lines->name, 1, 0, "not a ledger: its header is not '%.24s...'", dn_ledger_header);
    return status;
}

/* A head as it was printed: "SEQ CHAIN". seq -1: none is asked for. */
struct head {
    int64_t seq;
    struct dn_text chain;
};

static enum dn_status parse_head(const char *text, struct head *head, struct dn_error *err)
{
    struct dn_text all = dn_text_trim(dn_text_of(text));
    const char *blank = all.size ? memchr(all.at, ' ', all.size) : NULL;
    struct dn_text seq = {all.at, blank ? (size_t)(blank - all.at) : 0};
    head->chain = (struct dn_text){blank ? blank + 1 : NULL, blank ? all.size - seq.size - 1 : 0};
    if (seq.size == 0 || head->chain.size != DN_SHA256_HEX - 1 || !dn_text_number(seq, &head->seq))
        return dn_error_set(err, DN_INVALID, "head '%s': expected 'SEQ CHAIN' as a run printed it", text);
    return DN_OK;
}

static enum dn_status check_head(const struct dn_chain *chain, const char *name, const struct head *head,
                                 struct dn_error *err)
{
    if (head->seq == chain->seq && !dn_text_is(head->chain, chain->value))
        return dn_error_set(err, DN_INVALID,
                            "%s: row %lld is not the one the head was printed for: the ledger was "
                            "written anew",
                            name, (long long)head->seq);
    return DN_OK;
}

static enum dn_status walk(struct lines *lines, struct dn_chain *chain, const struct head *head, struct dn_error *err)
{
    struct dn_ledger_row row;
    char *line = NULL;
    size_t size = 0;
    enum dn_status status = check_head(chain, lines->name, head, err);
    while (status == DN_OK && (status = next_line(lines, &line, &size, err)) == DN_OK) {
        status = dn_chain_take(chain, lines->name, line, size, &row, err);
        if (status == DN_OK)
            status = check_head(chain, lines->name, head, err);
    }
    if (status != DN_END)
        return status;
    if (lines->begin < lines->end)
        return dn_error_at(err, lines->name, chain->seq + 2, 0, "the row behind row %lld is torn: it has no line end",
                           (long long)chain->seq);
    if (chain->seq < head->seq)
        return dn_error_set(err, DN_INVALID, "%s: the tail is cut: %lld of %lld rows are there", lines->name,
                            (long long)chain->seq, (long long)head->seq);
    return DN_OK;
}

enum dn_status dn_ledger_verify(const char *path, const char *head, int64_t *rows, struct dn_buf *head_out,
                                struct dn_error *err)
{
    struct lines lines = {.name = dn_file_name(path), .fd = -1};
    struct dn_chain chain = {0};
    struct head wanted = {.seq = -1};
    enum dn_status status = head == NULL ? DN_OK : parse_head(head, &wanted, err);
    dn_chain_begin(&chain);
    lines.bytes = dn_alloc(ROOM, 1);
    if (status == DN_OK)
        status = dn_file_open(path, &lines.fd, err);
    if (status == DN_OK)
        status = check_header(&lines, err);
    if (status == DN_OK)
        status = walk(&lines, &chain, &wanted, err);
    *rows = chain.seq;
    if (head_out != NULL)
        dn_buf_addf(head_out, "%lld %s", (long long)chain.seq, chain.value);
    if (lines.fd >= 0)
        close(lines.fd);
    free(lines.bytes);
    dn_chain_clear(&chain);
    return status;
}
