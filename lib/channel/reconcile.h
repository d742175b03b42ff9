/* What a run has to do: the plan held against what the ledger already knows. No settled key is sent again, nobody is
 * told twice because a run ended in between, and nothing that a person must decide is decided here (CONTRACT section 5,
 * Re-runs). */
#ifndef DN_CHANNEL_RECONCILE_H
#define DN_CHANNEL_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/note.h"
#include "channel/step.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

/* The ledger's word for a notice of an incident: "drill-initial" in a drill. Good as long as both arguments. */
const char *dn_notice_word(const struct dn_incident *incident, const char *notice);

/* Does the ledger's declared_at agree with the record's for every incident, or does a revision name the ledger's as
 * corrected? DN_INVALID: it does not, and says both times. */
enum dn_status dn_reconcile_declared(const struct dn_ledger *ledger, const struct dn_incidents *incidents,
                                     struct dn_error *err);

/* How the ledger is to be read. */
struct dn_reading {
    bool add_recipients;       /* a satisfied channel gains recipients */
    bool outbox_was_rehearsal; /* what lies in an outbox was never sent, and is to be sent now */
    bool to_outbox;            /* for a run that fills one */
};

/* Has the ledger rows of an outbox of the plan's notices, which would keep them from being sent? How many keys. */
size_t dn_reconcile_outbox(const struct dn_plan *plan, const struct dn_ledger *ledger);

/* Works out the steps. DN_SYSTEM, DN_INVALID: the ledger cannot be read back. */
enum dn_status dn_reconcile(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *notice,
                            struct dn_reading reading, struct dn_steps *steps, struct dn_error *err);

/* Says the counts, each behind its word. */
void dn_steps_note(const struct dn_steps *steps, struct dn_notes *notes);

#endif
