#include "channel/proposal.h"

#include <string.h>

#include "base/alloc.h"
#include "channel/check.h"

enum dn_status dn_proposal_make(const struct dn_order *order, const struct dn_sources *sources, struct dn_instant now,
                                struct dn_proposal *proposal, struct dn_notes *notes, struct dn_error *err)
{
    struct dn_check check = {.config = &sources->config, .now = now};
    const struct dn_plan_source source = {.incidents = &sources->incidents,
                                          .config = &sources->config,
                                          .templates = sources->templates,
                                          .affected = &sources->affected,
                                          .resources = sources->has_resources ? &sources->resources : NULL,
                                          .notice = order->notice,
                                          .now = now,
                                          .check = dn_check_notice,
                                          .check_context = &check};
    proposal->notice = order->notice;
    enum dn_status status = dn_plan_make(&source, &proposal->plan, notes, err);
    dn_alloc_trim();
    dn_check_clear(&check);
    return status;
}

void dn_proposal_note(const struct dn_proposal *proposal, struct dn_notes *notes)
{
    const struct dn_plan *plan = &proposal->plan;
    size_t sent = 0, skipped = 0, held = 0;
    for (size_t i = 0; i < plan->row_count; i++) {
        enum dn_state state = dn_plan_glance(plan, i)->state;
        sent += state == DN_STATE_INTENT;
        skipped += state == DN_STATE_SKIPPED;
        held += state == DN_STATE_HELD;
    }
    dn_notes_say(notes, "plan", "%zu affected rows = %zu rows of the plan: %zu to send, %zu skipped, %zu held",
                 plan->source.affected->count, plan->row_count, sent, skipped, held);
}

static enum dn_status check_approval(const struct dn_plan *plan, const struct dn_order *order, struct dn_error *err)
{
    if (!order->approve && (!plan->source.config->approval_required || order->dry_run))
        return DN_OK;
    if (!order->approve)
        return dn_error_set(err, DN_INVALID,
                            "the configuration requires approval: let a second person read the plan (-n), then "
                            "--approve DIGEST --approved-by NAME");
    if (strcmp(order->approve, plan->digest) == 0)
        return DN_OK;
    return dn_error_set(err, DN_INVALID,
                        "the plan is not the one that was approved: its digest is %s; nothing was sent", plan->digest);
}

enum dn_status dn_proposal_check(const struct dn_proposal *proposal, const struct dn_order *order,
                                 struct dn_notes *notes, struct dn_error *err)
{
    if (!proposal->plan.source.affected->count)
        dn_notes_attention(notes, "nobody", "nobody to notify: the affected stream has no row");
    enum dn_status status = dn_check_plan(&proposal->plan, err);
    return status == DN_OK ? check_approval(&proposal->plan, order, err) : status;
}

enum dn_status dn_proposal_rehearse(struct dn_proposal *proposal, const struct dn_rehearsal *rehearsal,
                                    struct dn_notes *notes, struct dn_error *err)
{
    if (!rehearsal->address.size)
        return DN_OK;
    proposal->notice = dn_rehearsal_word(proposal->notice);
    proposal->rehearsed_to = rehearsal->address.at;
    proposal->real = proposal->plan;
    dn_notes_say(notes, "rehearsal", "all goes to %s instead: nobody is told anything", proposal->rehearsed_to);
    return dn_rehearsal_make(&proposal->real, rehearsal, &proposal->plan, err);
}

const struct dn_plan *dn_proposal_real(const struct dn_proposal *proposal)
{
    return proposal->rehearsed_to ? &proposal->real : &proposal->plan;
}

void dn_proposal_clear(struct dn_proposal *proposal)
{
    dn_plan_clear(&proposal->plan);
    dn_plan_clear(&proposal->real);
    *proposal = (struct dn_proposal){0};
}
