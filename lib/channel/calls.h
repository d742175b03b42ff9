/* The call sheet (duenotice-calls(5)): every open call with its script in the tenant's language and columns that a
 * caller fills in. It is rewritten as a whole, and what people have filled in meanwhile stays. Safe for spreadsheets:
 * no cell begins a formula. */
#ifndef DN_CHANNEL_CALLS_H
#define DN_CHANNEL_CALLS_H

#include "base/error.h"
#include "channel/transport.h"
#include "ledger/ledger.h"

/* The columns in order; NULL-ended. The last DN_CALL_FILLED are the caller's. */
extern const char *const dn_call_columns[];
#define DN_CALL_COLUMNS 21
#define DN_CALL_FILLED 7

struct dn_calls;

/* The sheet at path as it stands, or an empty one when there is no such file. now: for the tenants' local time. A file
 * that is not a call sheet, or is one that cannot be read whole: DN_INVALID, for it may hold what a caller has written
 * down. */
enum dn_status dn_calls_open(const char *path, struct dn_instant now, struct dn_calls **calls, struct dn_error *err);

/* Adds an open call, by its tenant's rank (SIZE_MAX: none), then its due time, then whether the tenant is awake now
 * (08:00 to 20:00 its time; of the others, who wakes first), then as it came. What stands in the caller's columns under
 * its key stays, unless it is the call that the ledger has already (dispatch->called_at). */
void dn_calls_add(struct dn_calls *calls, const struct dn_dispatch *dispatch, size_t rank);

/* Writes the sheet in one step. Rows of the old sheet that were not added stay behind the others unless the ledger says
 * that their call is no longer open. *open becomes the number of rows. */
enum dn_status dn_calls_write(struct dn_calls *calls, const struct dn_ledger *ledger, size_t *open,
                              struct dn_error *err);

void dn_calls_free(struct dn_calls *calls); /* NULL allowed */

#endif
