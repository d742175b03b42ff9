#include "impact/spill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define KEEP ((size_t)64 << 10) /* bytes held before they are written */

static void open_file(struct dn_spill *spill)
{
    spill->fd = dn_file_temporary(&spill->failure);
    spill->open = spill->fd >= 0;
}

static void write_out(struct dn_spill *spill)
{
    if (!spill->open && spill->failure.status == DN_OK)
        open_file(spill);
    if (spill->failure.status == DN_OK)
        dn_file_write(spill->fd, dn_buf_text(&spill->out), "temporary file ($TMPDIR)", &spill->failure);
    dn_buf_reset(&spill->out);
}

void dn_spill_add(struct dn_spill *spill, const void *at, size_t size)
{
    dn_buf_add(&spill->out, at, size);
    spill->size += (int64_t)size;
    if (spill->out.size > KEEP)
        write_out(spill);
}

enum dn_status dn_spill_settle(struct dn_spill *spill, struct dn_error *err)
{
    if (spill->out.size > 0)
        write_out(spill);
    dn_buf_clear(&spill->out);
    if (spill->failure.status != DN_OK && err)
        *err = spill->failure;
    return spill->failure.status;
}

void dn_spill_clear(struct dn_spill *spill)
{
    if (spill->open)
        close(spill->fd);
    dn_buf_clear(&spill->out);
    *spill = (struct dn_spill){0};
}

void dn_spill_read(const struct dn_spill *spill, int64_t from, int64_t to, size_t least, struct dn_spill_reader *reader)
{
    *reader = (struct dn_spill_reader){.fd = spill->open ? spill->fd : -1, .at = from, .end = to, .least = least};
}

/* Reads until at least size bytes are there. */
static bool fill(struct dn_spill_reader *reader, size_t size)
{
    if ((int64_t)(size - (reader->filled - reader->next)) > reader->end - reader->at)
        return false;
    if (reader->next > 0)
        memmove(reader->bytes, reader->bytes + reader->next, reader->filled - reader->next);
    reader->filled -= reader->next;
    reader->next = 0;
    if (reader->room < size || reader->room < reader->least) {
        reader->room = size > reader->least ? size : reader->least;
        reader->bytes = dn_realloc(reader->bytes, reader->room, 1);
    }
    while (reader->filled < size) {
        int64_t left = reader->end - reader->at;
        size_t some = reader->room - reader->filled;
        ssize_t got = pread(reader->fd, reader->bytes + reader->filled, (int64_t)some < left ? some : (size_t)left,
                            (off_t)reader->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : EIO;
            dn_error_errno(&reader->failure, "temporary file ($TMPDIR)");
            return false;
        }
        reader->filled += (size_t)got;
        reader->at += got;
    }
    return true;
}

const char *dn_spill_view(struct dn_spill_reader *reader, size_t size)
{
    if (reader->filled - reader->next < size && !fill(reader, size))
        return NULL;
    const char *at = reader->bytes + reader->next;
    reader->next += size;
    return at;
}

bool dn_spill_take(struct dn_spill_reader *reader, void *to, size_t size)
{
    const char *at = dn_spill_view(reader, size);
    if (at)
        memcpy(to, at, size);
    return at != NULL;
}

void dn_spill_reader_clear(struct dn_spill_reader *reader)
{
    free(reader->bytes);
    *reader = (struct dn_spill_reader){0};
}
