#include "tenant/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

#define KEEP ((size_t)16 << 20)

static enum dn_status fail(struct dn_spool *spool)
{
    if (spool->failure.status == DN_OK)
        dn_error_errno(&spool->failure, "temporary file ($TMPDIR)");
    return spool->failure.status;
}

static void write_held(struct dn_spool *spool)
{
    if (spool->written == 0 && (spool->fd = dn_file_temporary(&spool->failure)) < 0)
        return;
    dn_file_write(spool->fd, dn_buf_text(&spool->held), "temporary file ($TMPDIR)", &spool->failure);
    spool->written += spool->held.size;
    dn_buf_reset(&spool->held);
}

uint64_t dn_spool_put(struct dn_spool *spool, struct dn_text bytes)
{
    if (spool->held.size > KEEP && spool->failure.status == DN_OK)
        write_held(spool);
    uint64_t at = spool->written + spool->held.size;
    if (spool->failure.status == DN_OK)
        dn_buf_addt(&spool->held, bytes);
    return at;
}

enum dn_status dn_spool_get(struct dn_spool *spool, uint64_t at, size_t size, struct dn_buf *into)
{
    if (spool->failure.status != DN_OK)
        return spool->failure.status;
    if (at >= spool->written) {
        dn_buf_add(into, spool->held.at + (at - spool->written), size);
        return DN_OK;
    }
    char piece[4096];
    while (size > 0) {
        ssize_t got = pread(spool->fd, piece, size < sizeof piece ? size : sizeof piece, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got == 0 ? EIO : errno;
            return fail(spool);
        }
        dn_buf_add(into, piece, (size_t)got);
        at += (uint64_t)got;
        size -= (size_t)got;
    }
    return DN_OK;
}

void dn_spool_clear(struct dn_spool *spool)
{
    if (spool->written)
        close(spool->fd);
    dn_buf_clear(&spool->held);
    *spool = (struct dn_spool){0};
}
