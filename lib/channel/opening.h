/* What a run over the network does before anything leaves: held and skipped rows are written, what an earlier run left
 * open is settled, calls come onto the sheet. */
#ifndef DN_CHANNEL_OPENING_H
#define DN_CHANNEL_OPENING_H

#include "channel/entry.h"
#include "channel/outbound.h"

/* After it every step of the plan is done, but those to send that leave (dn_entries_leaves) and that follow
 * (dn_entries_follows); steps is changed accordingly. An intent of an earlier run without outcome becomes unknown; a
 * call's is taken up, for nothing leaves with it. *calls: how many were begun. All of it is durable. DN_SYSTEM: the
 * ledger or the sheet cannot be written, or a text cannot be made again; nobody was told anything. */
enum dn_status dn_opening_run(struct dn_entries *entries, struct dn_steps *steps, struct dn_outbound *outbound,
                              size_t *calls, struct dn_error *err);

#endif
