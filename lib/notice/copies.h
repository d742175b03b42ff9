/* Internal copies: what was sent to a tenant goes, once, also to each address of `copies` in the configuration. They
 * come after all notices, are required of nobody and satisfy nothing. */
#ifndef DN_NOTICE_COPIES_H
#define DN_NOTICE_COPIES_H

#include "notice/plan.h"

/* Makes the plan of the copies that are due: for each tenant of the plan to whom a message or a post with the notice's
 * text was handed over, as the ledger says, a row for each address: channel other, required no, reason "copy". A
 * reference, a call, and what never left have no copy. *into is the caller's to clear, and good as long as plan.
 * DN_SYSTEM: it could not be kept. */
enum dn_status dn_copies_make(const struct dn_plan *plan, const struct dn_ledger *ledger, struct dn_plan *into,
                              struct dn_error *err);

/* Is this row of a ledger that of a copy? */
bool dn_copies_is(const struct dn_ledger_row *row);

#endif
