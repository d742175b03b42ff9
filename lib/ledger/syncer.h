/* Inside lib/ledger: a thread that makes a file durable while its owner goes on with other work. */
#ifndef DN_LEDGER_SYNCER_H
#define DN_LEDGER_SYNCER_H

#include <stdbool.h>
#include <stdint.h>

struct dn_syncer;

/* For the file that is open as fd, borrowed. NULL: no thread can be had here (errno); who wants it durable does it
 * himself. */
struct dn_syncer *dn_syncer_open(int fd);

/* Has all that was written by now made durable; one at a time. False: it could not be asked (errno). */
bool dn_syncer_begin(struct dn_syncer *syncer);

/* Can be read when it is over. */
int dn_syncer_descriptor(const struct dn_syncer *syncer);

/* Waits until it is over. 0: all of it is durable; else why not, an errno. *took_us: how long the disk took. */
int dn_syncer_end(struct dn_syncer *syncer, int64_t *took_us);

/* Makes a file durable here and now, and says the same. */
int dn_syncer_sync(int fd, int64_t *took_us);

void dn_syncer_close(struct dn_syncer *syncer); /* NULL allowed; waits for what was begun */

#endif
