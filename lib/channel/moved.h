/* One message per address, also where the address has moved from one of a tenant's roles to the other between two runs:
 * under the role that it has now it takes the state of the message that was sent for the one it had. */
#ifndef DN_CHANNEL_MOVED_H
#define DN_CHANNEL_MOVED_H

#include "channel/step.h"
#include "channel/transport.h"
#include "ledger/ledger.h"
#include "ledger/record.h"
#include "notice/plan.h"

/* How the ledger is read. */
struct dn_moved {
    const struct dn_ledger *ledger;
    const struct dn_resends *resends;
    const char *notice; /* as in --notice */
    bool to_outbox;     /* files of an outbox are messages, too */
};

/* Was a mail row's address told in its other role, or may it have been? */
bool dn_moved_told(const struct dn_moved *it, const struct dn_plan_row *row);

/* Changes the step of a row that would be sent: to DN_TODO_TAKE where its address was told in its other role, or may
 * have been; where a person wants that message sent again, the step says so, or does nothing if its text is another one
 * now (counted as reworded). */
void dn_moved_step(const struct dn_moved *it, const struct dn_plan_row *row, struct dn_step *step,
                   struct dn_step_counts *counts);

#define DN_MOVED_REASON 96

/* "same-message:" and the key of the message that a row with DN_TODO_TAKE takes its state from. */
void dn_moved_reason(const struct dn_plan_row *row, const char *notice, char reason[DN_MOVED_REASON]);

/* What it takes: the state, and the code of an outbox. The row must have DN_TODO_TAKE. */
void dn_moved_take(const struct dn_plan_row *row, const char *notice, const struct dn_ledger *ledger,
                   struct dn_outcome *outcome);

#endif
