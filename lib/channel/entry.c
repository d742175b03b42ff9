#include "channel/entry.h"

#include <stdio.h>

#include "channel/delivery.h"
#include "channel/moved.h"
#include "channel/outbound.h"

#define NOT_BEGUN "its turn has not come"

static const struct dn_outcome no_outcome;

bool dn_entries_stand(const struct dn_entries *entries, size_t row, enum dn_state *state, int64_t *attempt)
{
    struct dn_stand stand;
    if (!dn_ledger_stand(entries->ledger, dn_text_of(dn_plan_glance(entries->plan, row)->key), &stand))
        return false;
    *state = stand.state;
    *attempt = stand.attempt;
    return true;
}

bool dn_entries_leaves(const struct dn_entries *entries, size_t row)
{
    const struct dn_step step = dn_steps_at(entries->steps, row);
    return step.todo == DN_TODO_SEND && step.share == SIZE_MAX &&
           dn_leaving_of(dn_plan_glance(entries->plan, row)) != DN_BY_PHONE;
}

bool dn_entries_follows(const struct dn_entries *entries, size_t row)
{
    const struct dn_step step = dn_steps_at(entries->steps, row);
    return step.todo == DN_TODO_SEND && step.share != SIZE_MAX && dn_entries_leaves(entries, step.share);
}

/* A second role says whose message it shares. */
static bool is_shared(const struct dn_entries *entries, size_t row, char reason[DN_MOVED_REASON])
{
    const struct dn_step step = dn_steps_at(entries->steps, row);
    if (step.todo == DN_TODO_TAKE)
        dn_moved_reason(dn_plan_at(entries->plan, row), entries->notice, reason);
    else if (step.share != SIZE_MAX)
        snprintf(reason, DN_MOVED_REASON, "same-message:%s", dn_plan_at(entries->plan, step.share)->key);
    return step.todo == DN_TODO_TAKE || step.share != SIZE_MAX;
}

static enum dn_status append(struct dn_entries *entries, size_t row, int64_t attempt, enum dn_state state,
                             const struct dn_outcome *outcome, struct dn_error *err)
{
    struct dn_ledger_row made;
    char reason[DN_MOVED_REASON];
    bool shared = is_shared(entries, row, reason);
    dn_delivery_row(dn_plan_at(entries->plan, row), entries->notice, &made);
    made.at = entries->at;
    made.attempt = attempt;
    made.by = dn_text_of(entries->by);
    made.approved_by = dn_text_of(entries->approved_by);
    made.state = state;
    made.code = dn_text_of(outcome->code);
    made.reference = dn_text_of(outcome->reference);
    if (shared)
        made.reason = dn_text_of(reason);
    else if (outcome->reason[0])
        made.reason = dn_text_of(outcome->reason);
    entries->pending++;
    return dn_ledger_append(entries->ledger, &made, err);
}

enum dn_status dn_entry_plain(struct dn_entries *entries, size_t row, struct dn_error *err)
{
    enum dn_state state;
    int64_t attempt = 0;
    dn_entries_stand(entries, row, &state, &attempt);
    return append(entries, row, attempt, dn_plan_at(entries->plan, row)->state, &no_outcome, err);
}

static enum dn_status append_intent(struct dn_entries *entries, size_t row, struct dn_error *err)
{
    static const struct dn_outcome intent = {.code = DN_NETWORK_CODE};
    enum dn_state state;
    int64_t attempt = 0;
    dn_entries_stand(entries, row, &state, &attempt);
    return append(entries, row, attempt + 1, DN_STATE_INTENT, &intent, err);
}

static enum dn_status append_outcome(struct dn_entries *entries, size_t row, const struct dn_outcome *outcome,
                                     struct dn_error *err)
{
    enum dn_state state;
    int64_t attempt = 0;
    dn_entries_stand(entries, row, &state, &attempt);
    return append(entries, row, attempt, outcome->state, outcome, err);
}

static bool same_tenant(const struct dn_entries *entries, size_t a, size_t b)
{
    return dn_plan_same_tenant(entries->plan, a, b);
}

/* A tenant's rows stand together. */
static size_t first_of_tenant(const struct dn_entries *entries, size_t row)
{
    while (row > 0 && same_tenant(entries, row - 1, row))
        row--;
    return row;
}

static bool shares(const struct dn_entries *entries, size_t row, size_t with)
{
    return dn_steps_at(entries->steps, row).share == with && dn_entries_follows(entries, row);
}

enum dn_status dn_entry_intent(struct dn_entries *entries, size_t row, struct dn_error *err)
{
    enum dn_status status = append_intent(entries, row, err);
    size_t count = entries->plan->row_count;
    for (size_t i = first_of_tenant(entries, row); i < count && same_tenant(entries, i, row) && status == DN_OK; i++)
        if (shares(entries, i, row))
            status = append_intent(entries, i, err);
    return status;
}

static bool is_silent_sibling(const struct dn_entries *entries, size_t row, size_t of)
{
    enum dn_state state;
    int64_t attempt;
    return dn_steps_at(entries->steps, row).todo == DN_TODO_SEND &&
           dn_plan_at(entries->plan, row)->channel == dn_plan_at(entries->plan, of)->channel &&
           !dn_entries_stand(entries, row, &state, &attempt);
}

/* Attempt 0: nothing has been tried. */
static enum dn_status append_siblings(struct dn_entries *entries, size_t row, struct dn_error *err)
{
    static const struct dn_outcome waits = {.reason = NOT_BEGUN};
    size_t count = entries->plan->row_count;
    enum dn_status status = DN_OK;
    for (size_t i = first_of_tenant(entries, row); i < count && same_tenant(entries, i, row) && status == DN_OK; i++)
        if (is_silent_sibling(entries, i, row))
            status = append(entries, i, 0, DN_STATE_DEFERRED, &waits, err);
    return status;
}

static enum dn_status append_one(struct dn_entries *entries, size_t row, const struct dn_outcome *outcome,
                                 struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (outcome->state == DN_STATE_ACCEPTED)
        status = append_siblings(entries, row, err);
    return status == DN_OK ? append_outcome(entries, row, outcome, err) : status;
}

enum dn_status dn_entry_outcome(struct dn_entries *entries, size_t row, const struct dn_outcome *outcome,
                                struct dn_error *err)
{
    enum dn_status status = append_one(entries, row, outcome, err);
    size_t count = entries->plan->row_count;
    for (size_t i = first_of_tenant(entries, row); i < count && same_tenant(entries, i, row) && status == DN_OK; i++)
        if (shares(entries, i, row))
            status = append_one(entries, i, outcome, err);
    return status;
}

enum dn_status dn_entry_alone(struct dn_entries *entries, size_t row, const struct dn_outcome *outcome,
                              struct dn_error *err)
{
    return append_outcome(entries, row, outcome, err);
}

enum dn_status dn_entries_commit(struct dn_entries *entries, struct dn_error *err)
{
    entries->pending = 0;
    return dn_ledger_commit(entries->ledger, err);
}

enum dn_status dn_entries_begin(struct dn_entries *entries, struct dn_error *err)
{
    entries->pending = 0;
    return dn_ledger_commit_begin(entries->ledger, err);
}
