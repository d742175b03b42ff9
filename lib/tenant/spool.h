/* Bytes kept for later, to be read in any order: in memory, and where they are many, in an unlinked file under $TMPDIR.
 */
#ifndef DN_TENANT_SPOOL_H
#define DN_TENANT_SPOOL_H

#include "base/error.h"
#include "base/text.h"

/* Starts zeroed. */
struct dn_spool {
    struct dn_buf held;      /* the last bytes */
    uint64_t written;        /* those before them, in the file */
    int fd;                  /* of the file, if something was written */
    struct dn_error failure; /* the first one: what was put after it is lost */
};

/* Keeps bytes; returns where they are. */
uint64_t dn_spool_put(struct dn_spool *spool, struct dn_text bytes);

/* Appends size bytes from there to *into. DN_OK or DN_SYSTEM, also for a failure of _put. */
enum dn_status dn_spool_get(struct dn_spool *spool, uint64_t at, size_t size, struct dn_buf *into);

/* Frees what it owns and leaves it empty. */
void dn_spool_clear(struct dn_spool *spool);

#endif
