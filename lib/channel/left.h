/* What earlier runs left open under keys that this run's plan does not have, because a customer's contacts have changed
 * since, or who is in the list. The plan's own rows are accounted for by reconcile.h and standing.h. */
#ifndef DN_CHANNEL_LEFT_H
#define DN_CHANNEL_LEFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/note.h"
#include "channel/reconcile.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

/* Of the plan's incidents; a rehearsal's rows are nothing to real notices, nor are those of copies. */
struct dn_left {
    size_t begun;   /* intents without outcome */
    size_t unknown; /* may or may not have been taken */
    size_t untold;  /* deferred, refused or not reached, of the plan's tenants, where nobody else was told instead: no
                       other recipient of a channel that is required, none of the channels of which any will do */
};

/* By what the ledger says now: at the end of a run. notice: as in --notice. DN_SYSTEM, DN_INVALID: the ledger cannot be
 * read back. */
enum dn_status dn_left_find(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *notice,
                            struct dn_reading reading, struct dn_left *left, struct dn_error *err);

/* Says the counts, each behind its word. */
void dn_left_note(const struct dn_left *left, struct dn_notes *notes);

#endif
