#include "channel/opening.h"

#include <stdio.h>

#include "channel/moved.h"

#define KILLED "an earlier run ended before the outcome was known"
#define NOT_SENT "not sent: an earlier run ended before"

struct opening {
    struct dn_entries *entries;
    struct dn_steps *steps;
    struct dn_outbound *outbound;
    struct dn_plan_reader reader;
    size_t *calls;
    struct dn_error *err;
};

static const struct dn_plan_row *row_of(const struct opening *opening, size_t i)
{
    return dn_plan_at(opening->entries->plan, i);
}

static struct dn_step step_of(const struct opening *opening, size_t i)
{
    return dn_steps_at(opening->steps, i);
}

static bool is_call(const struct opening *opening, size_t i)
{
    return dn_leaving_of(dn_plan_glance(opening->entries->plan, i)) == DN_BY_PHONE;
}

static enum dn_status decide(struct opening *opening, size_t i, enum dn_state state, const char *reason)
{
    struct dn_outcome outcome = {.state = state};
    snprintf(outcome.reason, sizeof outcome.reason, "%s", reason);
    return dn_entry_outcome(opening->entries, i, &outcome, opening->err);
}

/* --- calls --- */

static enum dn_status add_call(struct opening *opening, size_t i)
{
    const struct dn_step step = step_of(opening, i);
    const struct dn_plan_row *row = row_of(opening, i);
    struct dn_dispatch dispatch = {.row = row,
                                   .content = dn_plan_content(&opening->reader, row, opening->err),
                                   .notice = dn_notice_word(row->incident, opening->entries->notice),
                                   .intent_at = opening->entries->at,
                                   .called_at = DN_INSTANT_NONE};
    if (step.known && step.was == DN_STATE_NOT_REACHED)
        dispatch.called_at = step.was_at;
    if (!dispatch.content)
        return DN_SYSTEM;
    dn_outbound_call(opening->outbound, &dispatch);
    return DN_OK;
}

static enum dn_status begin_call(struct opening *opening, size_t i)
{
    enum dn_status status = DN_OK;
    if (step_of(opening, i).todo == DN_TODO_SEND)
        status = dn_entry_intent(opening->entries, i, opening->err);
    ++*opening->calls;
    return status == DN_OK ? add_call(opening, i) : status;
}

/* They are open as soon as they are on the sheet. */
static enum dn_status write_calls(struct opening *opening)
{
    static const struct dn_outcome on_sheet = {.state = DN_STATE_DEFERRED, .code = "sheet", .reference = "calls.csv"};
    enum dn_status status = dn_entries_commit(opening->entries, opening->err);
    if (status == DN_OK)
        status = dn_outbound_write_sheet(opening->outbound, opening->err);
    for (size_t i = 0; i < opening->entries->plan->row_count && status == DN_OK; i++) {
        enum dn_todo todo = step_of(opening, i).todo;
        if (is_call(opening, i) && (todo == DN_TODO_SEND || todo == DN_TODO_RESUME))
            status = dn_entry_outcome(opening->entries, i, &on_sheet, opening->err);
    }
    return status == DN_OK ? dn_entries_commit(opening->entries, opening->err) : status;
}

/* --- what an earlier run left --- */

/* Its intent is there, and now it is held or skipped. */
static enum dn_status drop(struct opening *opening, size_t i, enum dn_state state, const char *reason)
{
    enum dn_status status = decide(opening, i, state, reason);
    return status == DN_OK && state == DN_STATE_DEFERRED ? dn_entry_plain(opening->entries, i, opening->err) : status;
}

/* What was about to become a file of an outbox, and leaves now after all. */
static bool is_unwritten(const struct opening *opening, size_t i)
{
    const struct dn_step step = step_of(opening, i);
    return step.todo == DN_TODO_SEND && dn_step_is_begun(&step) && !is_call(opening, i);
}

static enum dn_status settle_unwritten(struct opening *opening, size_t i)
{
    static const struct dn_outcome not_sent = {.state = DN_STATE_DEFERRED, .reason = NOT_SENT};
    return is_unwritten(opening, i) ? dn_entry_alone(opening->entries, i, &not_sent, opening->err) : DN_OK;
}

/* Its address was told in another role. */
static enum dn_status take_state(struct opening *opening, size_t i)
{
    const struct dn_step step = step_of(opening, i);
    struct dn_outcome outcome = {.state = DN_STATE_UNKNOWN};
    dn_moved_take(row_of(opening, i), opening->entries->notice, opening->entries->ledger, &outcome);
    enum dn_status status = DN_OK;
    if (!dn_step_is_begun(&step))
        status = dn_entry_intent(opening->entries, i, opening->err);
    return status == DN_OK ? dn_entry_outcome(opening->entries, i, &outcome, opening->err) : status;
}

static enum dn_status settle_own(struct opening *opening, size_t i)
{
    bool call = is_call(opening, i);
    switch (step_of(opening, i).todo) {
    case DN_TODO_RECORD:
        return dn_entry_plain(opening->entries, i, opening->err);
    case DN_TODO_SEND:
        return call ? begin_call(opening, i) : DN_OK;
    case DN_TODO_RESUME:
        return call ? begin_call(opening, i) : decide(opening, i, DN_STATE_UNKNOWN, KILLED);
    case DN_TODO_DROP:
        if (call || step_of(opening, i).outbox)
            return drop(opening, i, DN_STATE_DEFERRED, NOT_SENT);
        return drop(opening, i, DN_STATE_UNKNOWN, KILLED);
    case DN_TODO_KEEP:
        return add_call(opening, i);
    case DN_TODO_TAKE:
        return take_state(opening, i);
    case DN_TODO_NOTHING:
        break;
    }
    return DN_OK;
}

/* What a second role's state becomes, of that of the message it shares. */
static enum dn_state shared_state(enum dn_state first)
{
    switch (first) {
    case DN_STATE_ACCEPTED:
    case DN_STATE_DELIVERED:
        return DN_STATE_ACCEPTED;
    case DN_STATE_REJECTED:
    case DN_STATE_BOUNCED:
        return DN_STATE_REJECTED;
    case DN_STATE_DEFERRED:
    case DN_STATE_SKIPPED:
    case DN_STATE_HELD:
        return DN_STATE_DEFERRED;
    default:
        return DN_STATE_UNKNOWN;
    }
}

/* Its message is not sent by this run: it takes the state that it has. */
static enum dn_status settle_copy(struct opening *opening, size_t i, enum dn_state first)
{
    enum dn_status status = DN_OK;
    enum dn_todo todo = step_of(opening, i).todo;
    enum dn_state state = shared_state(first);
    if (todo == DN_TODO_SEND)
        status = dn_entry_intent(opening->entries, i, opening->err);
    if (status != DN_OK)
        return status;
    return todo == DN_TODO_DROP ? drop(opening, i, state, "") : decide(opening, i, state, "");
}

/* Its message leaves now, or was never meant to: what an earlier run began here has not left. */
static enum dn_status settle_unsent(struct opening *opening, size_t i)
{
    struct dn_step step = step_of(opening, i);
    if (step.todo == DN_TODO_DROP)
        return drop(opening, i, DN_STATE_DEFERRED, "");
    if (step.todo == DN_TODO_SEND)
        return DN_OK;
    step.todo = DN_TODO_SEND;
    dn_steps_set(opening->steps, i, &step);
    return decide(opening, i, DN_STATE_DEFERRED, "");
}

static enum dn_status settle_second(struct opening *opening, size_t i)
{
    struct dn_step step = step_of(opening, i);
    enum dn_state first;
    int64_t attempt;
    if (step.todo == DN_TODO_RECORD)
        return dn_entry_plain(opening->entries, i, opening->err);
    if (step.todo != DN_TODO_SEND && step.todo != DN_TODO_RESUME && step.todo != DN_TODO_DROP)
        return DN_OK;
    if (dn_entries_leaves(opening->entries, step.share))
        return settle_unsent(opening, i);
    if (dn_entries_stand(opening->entries, step.share, &first, &attempt))
        return settle_copy(opening, i, first);
    enum dn_status status = settle_unsent(opening, i);
    step = step_of(opening, i); /* which may have changed */
    step.share = SIZE_MAX;      /* nobody sends that message: it has one of its own */
    dn_steps_set(opening->steps, i, &step);
    return status;
}

enum dn_status dn_opening_run(struct dn_entries *entries, struct dn_steps *steps, struct dn_outbound *outbound,
                              size_t *calls, struct dn_error *err)
{
    struct opening opening = {.entries = entries,
                              .steps = steps,
                              .outbound = outbound,
                              .reader.plan = entries->plan,
                              .calls = calls,
                              .err = err};
    enum dn_status status = DN_OK;
    *calls = 0;
    for (size_t i = 0; i < entries->plan->row_count && status == DN_OK; i++)
        status = settle_unwritten(&opening, i);
    for (size_t i = 0; i < entries->plan->row_count && status == DN_OK; i++)
        if (dn_steps_at(steps, i).share == SIZE_MAX)
            status = settle_own(&opening, i);
    for (size_t i = 0; i < entries->plan->row_count && status == DN_OK; i++)
        if (dn_steps_at(steps, i).share != SIZE_MAX)
            status = settle_second(&opening, i);
    dn_plan_reader_clear(&opening.reader);
    return status == DN_OK ? write_calls(&opening) : status;
}
