/* What notify-send prints: a plan as ledger rows or as a table for people, and a ledger's rows of some incidents. */
#ifndef DN_CHANNEL_LISTING_H
#define DN_CHANNEL_LISTING_H

#include "base/file.h"
#include "channel/delivery.h"

/* The header line of a ledger. */
void dn_listing_header(struct dn_output *output);

/* The plan as ledger rows in its order, with seq 0 and without chain, so that nobody takes it for a ledger. code: what
 * a transport's intents carry. */
void dn_listing_plan(const struct dn_plan *plan, const struct dn_delivery *with, struct dn_output *output);

/* The plan as aligned columns: tenant, name, channel, required, recipient, state, reason. Hostile characters are made
 * visible. */
void dn_listing_table(const struct dn_plan *plan, struct dn_output *output);

/* Every row of the ledger whose incident has a row in the list, in the ledger's order and as it stands there. */
void dn_listing_ledger(const struct dn_ledger *ledger, const struct dn_affected_list *affected,
                       struct dn_output *output);

#endif
