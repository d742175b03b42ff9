/* Inside lib/notice: the rows of one tenant while they are made, before the plan has them. */
#ifndef DN_NOTICE_PLAN_DRAFT_H
#define DN_NOTICE_PLAN_DRAFT_H

#include "notice/plan.h"
#include "tenant/arena.h"

/* Starts zeroed, and is used for one tenant after the other. */
struct dn_draft {
    const struct dn_incident *incident;
    const struct dn_affected *tenant;
    size_t number; /* the tenant's, in the affected list */
    struct dn_plan_row *rows;
    size_t count, room;
    struct dn_arena texts; /* the rows' own */
};

/* Empties it for a tenant; all borrowed. */
void dn_draft_begin(struct dn_draft *draft, const struct dn_incident *incident, const struct dn_affected *tenant,
                    size_t number);

/* Adds a row that is to be sent. Good until the next one is added; recipient is copied. */
struct dn_plan_row *dn_draft_add(struct dn_draft *draft, enum dn_channel channel, enum dn_required required,
                                 const char *recipient);

/* Adds one that is not, for this gap. */
void dn_draft_skip(struct dn_draft *draft, enum dn_channel channel, const char *gap);

/* Sets a row's state and its reason, which is copied. */
void dn_draft_set(struct dn_draft *draft, struct dn_plan_row *row, enum dn_state state, const char *reason);

/* The first row of the channel, or NULL. */
struct dn_plan_row *dn_draft_find(const struct dn_draft *draft, enum dn_channel channel);

/* Is one of its rows to be sent, of those that `wants` is true of (NULL: of all)? */
bool dn_draft_sends(const struct dn_draft *draft, bool (*wants)(const struct dn_plan_row *row));

/* Holds what would have been sent; of somebody who cannot be reached, the row that says so. How many rows. */
size_t dn_draft_hold(struct dn_draft *draft, const char *reason);

/* Gives every row its key; notice: the ledger's word. */
void dn_draft_set_keys(struct dn_draft *draft, const char *notice);

/* One message per address, whatever roles it holds: the later row shares the earlier one's. Keys must be set. */
void dn_draft_share(struct dn_draft *draft);

/* Adds copies of its rows to the plan. */
void dn_draft_keep(const struct dn_draft *draft, struct dn_plan *plan);

void dn_draft_clear(struct dn_draft *draft);

#endif
