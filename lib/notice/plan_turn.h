/* Inside lib/notice: one tenant's turn while a plan is made, in two steps, each of which may be a thread of its own:
 * its rows and its content; then the look at the content, and the plan. */
#ifndef DN_NOTICE_PLAN_TURN_H
#define DN_NOTICE_PLAN_TURN_H

#include "notice/isolation.h"
#include "notice/plan_counts.h"
#include "notice/plan_draft.h"
#include "notice/reach.h"
#include "notice/shared.h"

/* What the first step of every tenant works with. Starts zeroed but for source and tenants.list, suspects set. */
struct dn_plan_desk {
    const struct dn_plan_source *source;
    struct dn_affected_reader tenants;
    struct dn_resource_reader resources;
    struct dn_suspects suspects;
    struct dn_shares shares;
};
void dn_plan_desk_clear(struct dn_plan_desk *desk);

/* What the second one works with; all borrowed. */
struct dn_plan_gate {
    const struct dn_plan_source *source;
    struct dn_plan *plan;
    struct dn_notes *notes;
    struct dn_isolation *isolation;
    bool is_sampled; /* isolation knows what every notice may say */
    size_t isolated; /* how many tenants it held */
};

/* A tenant between its two steps. Starts zeroed, and is used again; what it counts goes on. */
struct dn_plan_turn {
    struct dn_draft draft;
    struct dn_content content;
    struct dn_affected_slot slot;
    bool is_told;     /* messages to one address are shared */
    bool has_content; /* which is to be looked at */
    struct dn_plan_counts counts;
    struct dn_error error; /* of the step that failed */
};

/* The first step, of the tenant with this number. DN_INVALID: nobody may be told anything, as dn_plan_make. */
enum dn_status dn_plan_turn_begin(struct dn_plan_turn *turn, struct dn_plan_desk *desk, size_t number);

/* The second one, tenants in the plan's order: what is another tenant's holds this one, and the rows go to the plan.
 * DN_INVALID: as above. */
enum dn_status dn_plan_turn_finish(struct dn_plan_turn *turn, struct dn_plan_gate *gate);

/* Makes it ready for another tenant. */
void dn_plan_turn_end(struct dn_plan_turn *turn);
void dn_plan_turn_clear(struct dn_plan_turn *turn);

#endif
