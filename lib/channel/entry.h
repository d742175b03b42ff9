/* The rows of the ledger as a run over the network writes them. A notice that two roles share has a row for each of
 * them: who writes the first one's writes the others' with it. */
#ifndef DN_CHANNEL_ENTRY_H
#define DN_CHANNEL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "channel/reconcile.h"
#include "channel/transport.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

#define DN_NETWORK_CODE "network" /* of intents */

/* All borrowed. */
struct dn_entries {
    const struct dn_plan *plan;
    const struct dn_steps *steps;
    struct dn_ledger *ledger;
    const char *notice, *by, *approved_by; /* approved_by "" without approval */
    struct dn_instant at;                  /* of the rows that are written now */
    size_t pending;                        /* not committed yet */
};

/* Where the key of a plan's row stands. False: the ledger has no row of it. */
bool dn_entries_stand(const struct dn_entries *entries, size_t row, enum dn_state *state, int64_t *attempt);

/* Is this a row that leaves, with a message or a post of its own? One whose states come with another's? */
bool dn_entries_leaves(const struct dn_entries *entries, size_t row);
bool dn_entries_follows(const struct dn_entries *entries, size_t row);

/* The row as the plan has it: held, skipped. */
enum dn_status dn_entry_plain(struct dn_entries *entries, size_t row, struct dn_error *err);

/* The intent of the next attempt; of those that follow, too. */
enum dn_status dn_entry_intent(struct dn_entries *entries, size_t row, struct dn_error *err);

/* What became of it; of those that follow, too. Before the first recipient of a channel is accepted, the tenant's other
 * recipients of it stand in the ledger: else a run that is killed now could not be told from one that meant to tell
 * this one alone, and the next one would take them for recipients that were added since. */
enum dn_status dn_entry_outcome(struct dn_entries *entries, size_t row, const struct dn_outcome *outcome,
                                struct dn_error *err);

/* What became of this row alone. */
enum dn_status dn_entry_alone(struct dn_entries *entries, size_t row, const struct dn_outcome *outcome,
                              struct dn_error *err);

/* Makes all of it durable; _begin: beside other work (dn_ledger_commit_begin). */
enum dn_status dn_entries_commit(struct dn_entries *entries, struct dn_error *err);
enum dn_status dn_entries_begin(struct dn_entries *entries, struct dn_error *err);

#endif
