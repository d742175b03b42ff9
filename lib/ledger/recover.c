#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/store.h"

static enum dn_status read_all(struct dn_ledger *ledger, size_t *size, struct dn_error *err)
{
    struct stat st;
    if (fstat(ledger->fd, &st) != 0)
        return dn_error_errno(err, ledger->path);
    size_t room = (size_t)st.st_size;
    ledger->loaded = dn_realloc(NULL, room + 1, 1);
    for (*size = 0; *size < room;) {
        ssize_t got = pread(ledger->fd, ledger->loaded + *size, room - *size, (off_t)*size);
        if (got < 0 && errno != EINTR)
            return dn_error_errno(err, ledger->path);
        if (got == 0)
            return dn_error_set(err, DN_SYSTEM, "%s: the ledger shrank while it was read", ledger->path);
        *size += got > 0 ? (size_t)got : 0;
    }
    return DN_OK;
}

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

static enum dn_status save_torn(const struct dn_ledger *ledger, struct dn_text torn, struct dn_buf *name,
                                struct dn_error *err)
{
    int fd = open_torn(ledger, name);
    if (fd < 0)
        return dn_error_errno(err, name->at);
    enum dn_status status = dn_file_write(fd, torn, name->at, err);
    if (status == DN_OK && fsync(fd) != 0)
        status = dn_error_errno(err, name->at);
    if (close(fd) != 0 && status == DN_OK)
        status = dn_error_errno(err, name->at);
    return status == DN_OK ? dn_ledger_sync_folder(name->at, err) : status;
}

/* Cuts what stands behind keep bytes, after a copy of it is durable. A cut header is written again. */
static enum dn_status cut(struct dn_ledger *ledger, struct dn_text torn, size_t keep, struct dn_notes *notes,
                          struct dn_error *err)
{
    struct dn_buf name = {0}, header = {0};
    enum dn_status status = save_torn(ledger, torn, &name, err);
    dn_buf_addf(&header, "%s\n", dn_ledger_header);
    if (status == DN_OK && ftruncate(ledger->fd, (off_t)keep) != 0)
        status = dn_error_errno(err, ledger->path);
    if (status == DN_OK && keep == 0)
        status = dn_file_write(ledger->fd, dn_buf_text(&header), ledger->path, err);
    if (status == DN_OK && fsync(ledger->fd) != 0)
        status = dn_error_errno(err, ledger->path);
    if (status == DN_OK) {
        dn_notes_attention(notes, "torn", "%s: a torn row behind row %lld (%zu bytes) was moved to %s", ledger->path,
                           (long long)ledger->chain.seq, torn.size, name.at);
        dn_ledger_settle(ledger, (int64_t)(keep == 0 ? header.size : keep));
    }
    dn_buf_clear(&name);
    dn_buf_clear(&header);
    return status;
}

static enum dn_status not_a_ledger(const struct dn_ledger *ledger, size_t size, struct dn_error *err)
{
    if (size == 0)
        return dn_error_set(err, DN_INVALID,
                            "%s: the ledger is empty, without even a header; a shell redirection may have emptied it "
                            "(restore it, or remove it if nothing was ever sent with it)",
                            ledger->path);
    return dn_error_at(err, ledger->path, 1, 0, "not a ledger: its header is not '%.24s...'; nothing was written",
                       dn_ledger_header);
}

/* Checks the header. *at becomes the first row's offset; 0: the header itself is torn. */
static enum dn_status check_header(const struct dn_ledger *ledger, size_t size, size_t *at, struct dn_error *err)
{
    size_t length = strlen(dn_ledger_header), common = size < length ? size : length;
    if (size == 0 || memcmp(ledger->loaded, dn_ledger_header, common) != 0 ||
        (size > length && ledger->loaded[length] != '\n'))
        return not_a_ledger(ledger, size, err);
    *at = size > length ? length + 1 : 0;
    return DN_OK;
}

/* Keeps all whole rows; *at becomes the offset behind the last of them. */
static enum dn_status take_rows(struct dn_ledger *ledger, size_t size, size_t *at, struct dn_error *err)
{
    char *bytes = ledger->loaded, *end;
    while (*at < size && (end = memchr(bytes + *at, '\n', size - *at)) != NULL) {
        struct dn_ledger_row row;
        enum dn_status status =
            dn_chain_take(&ledger->chain, ledger->path, bytes + *at, (size_t)(end - bytes) - *at, &row, err);
        if (status != DN_OK)
            return status;
        dn_ledger_keep(ledger, &row);
        *at = (size_t)(end - bytes) + 1;
    }
    return DN_OK;
}

enum dn_status dn_ledger_load(struct dn_ledger *ledger, struct dn_notes *notes, struct dn_error *err)
{
    size_t size = 0, at = 0;
    enum dn_status status = read_all(ledger, &size, err);
    if (status == DN_OK)
        status = check_header(ledger, size, &at, err);
    if (status == DN_OK && at > 0)
        status = take_rows(ledger, size, &at, err);
    if (status != DN_OK)
        return status;
    dn_ledger_settle(ledger, (int64_t)at);
    return at == size ? DN_OK : cut(ledger, (struct dn_text){ledger->loaded + at, size - at}, at, notes, err);
}
