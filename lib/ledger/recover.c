#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/lines.h"

/* A file of its own for torn bytes: PATH.torn-SEQ, or with .1, .2 ... behind it; nothing is overwritten. */
static int open_torn(const struct dn_ledger *ledger, struct dn_buf *name)
{
    for (int n = 0; n < 1000; n++) {
        dn_buf_reset(name);
        dn_buf_addf(name, "%s.torn-%lld", ledger->path, (long long)ledger->chain.seq + 1);
        if (n > 0)
            dn_buf_addf(name, ".%d", n);
        int fd = open(name->at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Copies what stands from a place on. */
static enum dn_status copy_torn(const struct dn_ledger *ledger, int64_t from, int fd, const char *name,
                                struct dn_error *err)
{
    enum dn_status status = DN_OK;
    char piece[4096];
    size_t got = 0;
    for (int64_t at = from; at < ledger->stored && status == DN_OK; at += (int64_t)got) {
        status = dn_ledger_bytes(ledger, at, piece, sizeof piece, &got, err);
        if (status == DN_OK)
            status = dn_file_write(fd, (struct dn_text){piece, got}, name, err);
    }
    return status;
}

static enum dn_status save_torn(const struct dn_ledger *ledger, int64_t from, struct dn_buf *name, struct dn_error *err)
{
    int fd = open_torn(ledger, name);
    if (fd < 0)
        return dn_error_errno(err, name->at);
    enum dn_status status = copy_torn(ledger, from, fd, name->at, err);
    if (status == DN_OK && fsync(fd) != 0)
        status = dn_error_errno(err, name->at);
    if (close(fd) != 0 && status == DN_OK)
        status = dn_error_errno(err, name->at);
    return status == DN_OK ? dn_ledger_sync_folder(name->at, err) : status;
}

/* Cuts what stands behind keep bytes, after a copy of it is durable. */
static enum dn_status cut(struct dn_ledger *ledger, int64_t keep, struct dn_notes *notes, struct dn_error *err)
{
    struct dn_buf name = {0};
    int64_t size = ledger->stored;
    enum dn_status status = save_torn(ledger, keep, &name, err);
    if (status == DN_OK && ftruncate(ledger->fd, (off_t)keep) != 0)
        status = dn_error_errno(err, ledger->path);
    if (status == DN_OK && fsync(ledger->fd) != 0)
        status = dn_error_errno(err, ledger->path);
    if (status == DN_OK) {
        dn_notes_attention(notes, "torn", "%s: a torn row behind row %lld (%lld bytes) was moved to %s", ledger->path,
                           (long long)ledger->chain.seq, (long long)(size - keep), name.at);
        dn_ledger_settle(ledger, keep);
    }
    dn_buf_clear(&name);
    return status;
}

static enum dn_status not_a_ledger(const struct dn_ledger *ledger, struct dn_error *err)
{
    if (ledger->stored == 0)
        return dn_error_set(err, DN_INVALID,
                            "%s: the ledger is empty, without even a header; a shell redirection may have emptied it "
                            "(restore it, or remove it if nothing was ever sent with it)",
                            ledger->path);
    return dn_error_at(err, ledger->path, 1, 0, "not a ledger: its header is not '%.24s...'; nothing was written",
                       dn_ledger_header);
}

/* A ledger appears together with its whole header: one that ends within it was cut by something else, and to take it
 * for new would send everything a second time. */
static enum dn_status check_header(const struct dn_ledger *ledger, struct dn_error *err)
{
    char start[512];
    size_t got = 0, length = (size_t)ledger->first - 1;
    enum dn_status status = ledger->stored > 0 ? dn_ledger_bytes(ledger, 0, start, length + 1, &got, err) : DN_OK;
    if (status != DN_OK)
        return status;
    if (got == 0 || memcmp(start, dn_ledger_header, got < length ? got : length) != 0 ||
        (got > length && start[length] != '\n'))
        return not_a_ledger(ledger, err);
    if (got > length)
        return DN_OK;
    return dn_error_at(err, ledger->path, 1, 0,
                       "the ledger ends within its header: its rows were lost (restore it, or remove it if nothing was "
                       "ever sent with it)");
}

/* Is there a line end behind what is too long for a row? Then no write was cut off: the file is broken. */
static enum dn_status check_torn(const struct dn_ledger *ledger, int64_t from, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    char piece[4096];
    size_t got = 0;
    for (int64_t at = from; at < ledger->stored && status == DN_OK; at += (int64_t)got) {
        status = dn_ledger_bytes(ledger, at, piece, sizeof piece, &got, err);
        if (status == DN_OK && memchr(piece, '\n', got))
            return dn_error_at(err, ledger->path, ledger->chain.seq + 2, 0, "longer than a row of a ledger can be");
    }
    return status;
}

/* Takes note of all whole rows; *end becomes the place behind the last of them. */
static enum dn_status take_rows(struct dn_ledger *ledger, int64_t *end, struct dn_error *err)
{
    struct dn_lines lines = {.ledger = ledger, .place = ledger->first};
    enum dn_status status;
    char *line;
    size_t size;
    *end = ledger->first;
    while ((status = dn_lines_next(&lines, &line, &size, err)) == DN_OK) {
        struct dn_ledger_row row;
        status = dn_chain_take(&ledger->chain, ledger->path, line, size, &row, err);
        if (status != DN_OK)
            break;
        dn_ledger_keep(ledger, &row, *end);
        *end = lines.place;
    }
    dn_lines_clear(&lines);
    return status == DN_END ? check_torn(ledger, *end, err) : status;
}

enum dn_status dn_ledger_load(struct dn_ledger *ledger, struct dn_notes *notes, struct dn_error *err)
{
    struct stat st;
    int64_t end = 0;
    if (fstat(ledger->fd, &st) != 0)
        return dn_error_errno(err, ledger->path);
    ledger->stored = (int64_t)st.st_size;
    ledger->first = (int64_t)strlen(dn_ledger_header) + 1;
    enum dn_status status = check_header(ledger, err);
    if (status == DN_OK)
        status = take_rows(ledger, &end, err);
    if (status != DN_OK)
        return status;
    if (end < ledger->stored)
        return cut(ledger, end, notes, err);
    dn_ledger_settle(ledger, end);
    return DN_OK;
}
