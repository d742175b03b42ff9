/* Where the notices of a plan stand in the ledger, and what a run says about itself at its end. */
#ifndef DN_CHANNEL_STANDING_H
#define DN_CHANNEL_STANDING_H

#include "base/note.h"
#include "channel/delivery.h"
#include "channel/sending.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

/* Of the plan's mail and posts that are to be sent: how many are in which state now. What this run was to send and has
 * not come to is untried, whatever the ledger knew of it before; a recipient that a satisfied channel does not gain is
 * none of them. steps NULL: of a plan that no run has been held against; the ledger alone tells. */
struct dn_standing {
    size_t accepted, deferred, rejected, unknown, untried;
    struct dn_instant first_due; /* of all of them; no time: there is none */
    struct dn_instant open_due;  /* of what is deferred or untried: the earliest */
};
struct dn_standing dn_standing_of(const struct dn_plan *plan, const struct dn_steps *steps,
                                  const struct dn_ledger *ledger);

/* What a run over the network did and what it leaves to people. sheet: path of its calls, of which so many are open. */
struct dn_network_account {
    const struct dn_sending *sending;
    const struct dn_sent *sent;
    const char *sheet;
    size_t calls;
    struct dn_instant now;
};

/* Notes what was sent, what is left and until when, by what the ledger says now: after the run, its copies not counted.
 */
void dn_account_network(const struct dn_network_account *account, struct dn_notes *notes);

/* Of an outbox. */
struct dn_outbox_account {
    const struct dn_steps *steps;
    const struct dn_delivery_counts *counts;
    const char *folder;
    size_t calls;  /* open on its sheet */
    bool ledger;   /* there is a file */
    bool not_sent; /* copies or a seal are configured */
};

/* Notes what was written, and that an outbox contacts nobody. */
void dn_account_outbox(const struct dn_outbox_account *account, struct dn_notes *notes);

#endif
