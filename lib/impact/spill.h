/* Bytes that do not fit into memory: an unlinked file in $TMPDIR, appended to, then read from its beginning, perhaps by
 * several readers. Inside lib/impact only. */
#ifndef DN_IMPACT_SPILL_H
#define DN_IMPACT_SPILL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* A file being written. Starts zeroed; the file is made with its first byte. */
struct dn_spill {
    bool open;
    int fd;
    int64_t size; /* with what is still in `out` */
    struct dn_buf out;
    struct dn_error failure; /* the first one */
};

/* Appends bytes. A failure is kept and told by _settle, so writers need not check each call. */
void dn_spill_add(struct dn_spill *spill, const void *at, size_t size);

/* Writes out what was appended and gives the memory back. DN_OK or DN_SYSTEM. */
enum dn_status dn_spill_settle(struct dn_spill *spill, struct dn_error *err);

/* Closes it and leaves it empty. */
void dn_spill_clear(struct dn_spill *spill);

/* A reader of the bytes from one offset to another. Starts zeroed. */
struct dn_spill_reader {
    int fd;
    int64_t at, end; /* of what is not read yet */
    char *bytes;     /* [next, filled) was read and not taken */
    size_t next, filled, room, least;
    struct dn_error failure;
};

/* The spill must have been settled; least: how many bytes are read at once. */
void dn_spill_read(const struct dn_spill *spill, int64_t from, int64_t to, size_t least,
                   struct dn_spill_reader *reader);

/* The next bytes, good until the next call; NULL: fewer are left, or `failure`. */
const char *dn_spill_view(struct dn_spill_reader *reader, size_t size);

/* The next bytes, copied. */
bool dn_spill_take(struct dn_spill_reader *reader, void *to, size_t size);

void dn_spill_reader_clear(struct dn_spill_reader *reader);

#endif
