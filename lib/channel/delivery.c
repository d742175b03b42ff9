#include "channel/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "channel/moved.h"

void dn_delivery_row(const struct dn_plan_row *row, const char *notice, struct dn_ledger_row *into)
{
    *into = (struct dn_ledger_row){
        .incident_id = dn_text_of(row->incident->id),
        .notice = dn_text_of(dn_notice_word(row->incident, notice)),
        .tenant_id = dn_text_of(row->tenant->tenant_id),
        .channel = row->channel,
        .required = row->required,
        .recipient = dn_text_of(row->recipient),
        .key = dn_text_of(row->key),
        .attempt = row->state == DN_STATE_INTENT,
        .state = row->state,
        .reason = dn_text_of(row->reason),
        .content_sha256 = dn_text_of(row->content_sha256),
        .declared_at = dn_incident_reached(row->incident, DN_STAGE_INCIDENT_DECLARED),
        .due_at = row->due_at,
        .regime = dn_text_of(row->regime),
        .happened_at = DN_INSTANT_NONE,
    };
}

/* A run while it runs. */
struct run {
    const struct dn_delivery *with;
    struct dn_delivery_counts *counts;
    struct dn_error *err;
    struct dn_instant at;          /* of the rows being written */
    struct dn_outcome *outcomes;   /* of the batch */
    size_t outcome_room, from, to; /* the batch: rows from <= i < to */
    size_t *calls;                 /* rows whose outcome finish decides */
    size_t call_count, call_room;
    struct dn_plan_reader reader;
};

static const struct dn_plan_row *row_of(const struct run *run, size_t i)
{
    return dn_plan_at(run->with->plan, i);
}

static struct dn_step step_of(const struct run *run, size_t i)
{
    return dn_steps_at(run->with->steps, i);
}

static void fill_row(const struct run *run, size_t i, char reason[DN_MOVED_REASON], struct dn_ledger_row *row)
{
    const struct dn_step step = step_of(run, i);
    dn_delivery_row(row_of(run, i), run->with->notice, row);
    row->at = run->at;
    row->attempt = step.attempt;
    row->by = dn_text_of(run->with->by);
    row->approved_by = dn_text_of(run->with->approved_by);
    if (step.todo == DN_TODO_TAKE)
        dn_moved_reason(row_of(run, i), run->with->notice, reason);
    else if (step.share != SIZE_MAX)
        snprintf(reason, DN_MOVED_REASON, "same-message:%s", row_of(run, step.share)->key);
    else
        return;
    row->reason = dn_text_of(reason);
}

static enum dn_status append(struct run *run, size_t i, enum dn_state state, const char *code, const char *reference)
{
    struct dn_ledger_row row;
    char reason[DN_MOVED_REASON];
    fill_row(run, i, reason, &row);
    row.state = state;
    row.code = dn_text_of(code);
    row.reference = dn_text_of(reference);
    return dn_ledger_append(run->with->ledger, &row, run->err);
}

static enum dn_status append_intent(struct run *run, size_t i)
{
    const struct dn_step step = step_of(run, i);
    switch (step.todo) {
    case DN_TODO_SEND:
        return append(run, i, DN_STATE_INTENT, run->with->transport->code, "");
    case DN_TODO_TAKE:
        return dn_step_is_begun(&step) ? DN_OK : append(run, i, DN_STATE_INTENT, run->with->transport->code, "");
    case DN_TODO_RECORD:
        return append(run, i, row_of(run, i)->state, "", "");
    default:
        return DN_OK;
    }
}

static enum dn_status commit(const struct run *run)
{
    return dn_ledger_commit(run->with->ledger, run->err);
}

static enum dn_status append_intents(struct run *run)
{
    enum dn_status status = DN_OK;
    run->at = run->with->clock(run->with->clock_context);
    for (size_t i = run->from; i < run->to && status == DN_OK; i++)
        status = append_intent(run, i);
    return status == DN_OK ? commit(run) : status;
}

static struct dn_outcome *outcome_of(const struct run *run, size_t i)
{
    return &run->outcomes[i - run->from];
}

static void set_outcome(struct dn_outcome *outcome, enum dn_state state, const char *code, const char *reason)
{
    outcome->state = state;
    snprintf(outcome->code, sizeof outcome->code, "%s", code);
    snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
}

static struct dn_dispatch dispatch_of(const struct run *run, size_t i)
{
    const struct dn_step step = step_of(run, i);
    const struct dn_plan_row *row = row_of(run, i);
    struct dn_dispatch dispatch = {.row = row,
                                   .notice = dn_notice_word(row->incident, run->with->notice),
                                   .intent_at = step.todo == DN_TODO_SEND ? run->at : step.was_at,
                                   .resend = step.resend,
                                   .attempt = step.attempt,
                                   .called_at = DN_INSTANT_NONE};
    if (step.known && step.was == DN_STATE_NOT_REACHED)
        dispatch.called_at = step.was_at;
    return dispatch;
}

/* Was the intent one of a run over the network? Nobody who looks into an outbox can know what became of that. */
static bool was_elsewhere(const struct run *run, size_t i)
{
    return strcmp(run->with->transport->code, DN_CODE_OUTBOX) == 0 && !step_of(run, i).outbox &&
           dn_plan_row_by(row_of(run, i)) != DN_CHANNEL_PHONE;
}

/* An intent without outcome: the transport may see that it was handed over; where nobody can know, it is unknown. */
static bool settle_earlier(struct run *run, size_t i)
{
    const struct dn_transport *transport = run->with->transport;
    struct dn_outcome *outcome = outcome_of(run, i);
    if (!transport->found || was_elsewhere(run, i)) {
        set_outcome(outcome, DN_STATE_UNKNOWN, "", "an earlier run ended before the outcome was known");
        return true;
    }
    if (!transport->found(transport->self, row_of(run, i)->key, dn_plan_row_by(row_of(run, i))))
        return false;
    set_outcome(outcome, DN_STATE_ACCEPTED, transport->code, "");
    outcome->found = true;
    run->counts->found++;
    return true;
}

static void count_taken(struct run *run, size_t i)
{
    enum dn_channel channel = dn_plan_row_by(row_of(run, i));
    if (channel == DN_CHANNEL_PHONE)
        run->counts->calls++;
    else if (channel == DN_CHANNEL_MESSAGE_CENTER)
        run->counts->posts++;
    else
        run->counts->messages++;
}

static void remember_call(struct run *run, size_t i)
{
    run->calls = dn_grow(run->calls, run->call_count, &run->call_room, sizeof *run->calls);
    run->calls[run->call_count++] = i;
}

static enum dn_status hand_over(struct run *run, size_t i)
{
    struct dn_dispatch dispatch = dispatch_of(run, i);
    const struct dn_transport *transport = run->with->transport;
    if (!(dispatch.content = dn_plan_content(&run->reader, dispatch.row, run->err)))
        return DN_SYSTEM;
    enum dn_status status = transport->take(transport->self, &dispatch, outcome_of(run, i), run->err);
    if (status != DN_OK)
        return status;
    count_taken(run, i);
    return DN_OK;
}

static enum dn_status keep(struct run *run, size_t i)
{
    struct dn_dispatch dispatch = dispatch_of(run, i);
    const struct dn_transport *transport = run->with->transport;
    if (!transport->keep)
        return DN_OK;
    dispatch.content = dn_plan_content(&run->reader, dispatch.row, run->err);
    return dispatch.content ? transport->keep(transport->self, &dispatch, run->err) : DN_SYSTEM;
}

static enum dn_status take(struct run *run, size_t i)
{
    const struct dn_step step = step_of(run, i);
    switch (step.todo) {
    case DN_TODO_SEND:
        return step.share == SIZE_MAX ? hand_over(run, i) : DN_OK;
    case DN_TODO_RESUME:
        return step.share != SIZE_MAX || settle_earlier(run, i) ? DN_OK : hand_over(run, i);
    case DN_TODO_DROP:
        if (step.share == SIZE_MAX && !settle_earlier(run, i))
            set_outcome(outcome_of(run, i), DN_STATE_DEFERRED, "", "not sent: an earlier run ended before");
        return DN_OK;
    case DN_TODO_KEEP:
        return keep(run, i);
    case DN_TODO_TAKE:
        dn_moved_take(row_of(run, i), run->with->notice, run->with->ledger, outcome_of(run, i));
        return DN_OK;
    default:
        return DN_OK;
    }
}

static enum dn_status take_batch(struct run *run)
{
    const struct dn_transport *transport = run->with->transport;
    enum dn_status status = DN_OK;
    for (size_t i = run->from; i < run->to && status == DN_OK; i++)
        status = take(run, i);
    return status == DN_OK && transport->flush ? transport->flush(transport->self, run->err) : status;
}

/* A second role's outcome: that of the message it shares, from this run or from the ledger. */
static void share_outcome(struct run *run, size_t i)
{
    size_t with = step_of(run, i).share;
    const struct dn_step step = step_of(run, with);
    struct dn_outcome *outcome = outcome_of(run, i);
    if (outcome_of(run, with)->code[0] || outcome_of(run, with)->state != DN_STATE_INTENT) {
        *outcome = *outcome_of(run, with);
    } else if (step.known) {
        bool taken = step.was == DN_STATE_ACCEPTED || step.was == DN_STATE_DELIVERED;
        enum dn_state state = taken                           ? DN_STATE_ACCEPTED
                              : step.was == DN_STATE_BOUNCED  ? DN_STATE_REJECTED
                              : step.was == DN_STATE_REJECTED ? DN_STATE_REJECTED
                                                              : DN_STATE_UNKNOWN;
        set_outcome(outcome, state, run->with->transport->code, "");
    }
    outcome->reason[0] = '\0';
}

static void count_outcome(struct run *run, enum dn_state state)
{
    if (state == DN_STATE_UNKNOWN)
        run->counts->unknown++;
    else if (state == DN_STATE_REJECTED || state == DN_STATE_DEFERRED)
        run->counts->refused++;
}

/* What an earlier run handed over has that run's text: its digest stays. */
static enum dn_status append_decided(struct run *run, size_t i)
{
    const struct dn_outcome *outcome = outcome_of(run, i);
    struct dn_ledger_line last = {.place = 0};
    struct dn_ledger_row row;
    enum dn_status status = DN_OK;
    char reason[DN_MOVED_REASON];
    fill_row(run, i, reason, &row);
    row.state = outcome->state;
    row.code = dn_text_of(outcome->code);
    row.reference = dn_text_of(outcome->reference);
    if (outcome->reason[0])
        row.reason = dn_text_of(outcome->reason);
    if (outcome->found)
        status = dn_ledger_last(run->with->ledger, row.key, &last, run->err);
    if (outcome->found && status == DN_OK)
        row.content_sha256 = last.row.content_sha256;
    if (status == DN_OK || status == DN_END)
        status = dn_ledger_append(run->with->ledger, &row, run->err);
    dn_ledger_line_clear(&last);
    return status;
}

static bool is_decided(enum dn_todo todo)
{
    return todo == DN_TODO_SEND || todo == DN_TODO_RESUME || todo == DN_TODO_DROP || todo == DN_TODO_TAKE;
}

static enum dn_status append_outcome(struct run *run, size_t i)
{
    const struct dn_step step = step_of(run, i);
    struct dn_outcome *outcome = outcome_of(run, i);
    if (!is_decided(step.todo))
        return DN_OK;
    if (step.share != SIZE_MAX)
        share_outcome(run, i);
    if (outcome->state == DN_STATE_INTENT) {
        remember_call(run, i);
        return DN_OK;
    }
    enum dn_status status = append_decided(run, i);
    if (status != DN_OK || step.todo != DN_TODO_DROP)
        count_outcome(run, outcome->state);
    else if (outcome->state == DN_STATE_DEFERRED)
        status = append(run, i, row_of(run, i)->state, "", "");
    return status;
}

static enum dn_status append_outcomes(struct run *run)
{
    enum dn_status status = DN_OK;
    run->at = run->with->clock(run->with->clock_context);
    for (size_t i = run->from; i < run->to && status == DN_OK; i++)
        status = append_outcome(run, i);
    return status == DN_OK ? commit(run) : status;
}

/* A tenant is never cut in two: what a channel of it gains later can then be told from what a killed run had not begun.
 */
static size_t batch_end(const struct run *run, size_t from)
{
    const struct dn_plan *plan = run->with->plan;
    size_t most = run->with->transport->batch ? run->with->transport->batch : 1, to = from;
    while (to < plan->row_count && (to - from < most || (to > from && dn_plan_same_tenant(plan, to - 1, to))))
        to++;
    return to;
}

static void make_outcomes(struct run *run)
{
    size_t count = run->to - run->from;
    if (count > run->outcome_room) {
        run->outcomes = dn_realloc(run->outcomes, count, sizeof *run->outcomes);
        run->outcome_room = count;
    }
    memset(run->outcomes, 0, count * sizeof *run->outcomes);
}

static enum dn_status do_batch(struct run *run)
{
    make_outcomes(run);
    enum dn_status status = append_intents(run);
    if (status == DN_OK)
        status = take_batch(run);
    return status == DN_OK ? append_outcomes(run) : status;
}

static enum dn_status do_batches(struct run *run)
{
    size_t count = run->with->plan->row_count;
    enum dn_status status = DN_OK;
    for (size_t from = 0; from < count && status == DN_OK && !*run->with->stop; from = run->to) {
        run->from = from;
        run->to = batch_end(run, from);
        status = do_batch(run);
        if (run->with->progress)
            run->with->progress(run->with->progress_context, run->to);
    }
    for (size_t i = run->to; i < count; i++)
        run->counts->left += step_of(run, i).todo != DN_TODO_NOTHING;
    return status;
}

/* Calls that a stopped run did not come to stay on the sheet. */
static enum dn_status keep_rest(struct run *run)
{
    enum dn_status status = DN_OK;
    for (size_t i = run->to; i < run->with->plan->row_count && status == DN_OK; i++)
        if (step_of(run, i).todo == DN_TODO_KEEP)
            status = keep(run, i);
    return status;
}

static enum dn_status finish(struct run *run)
{
    const struct dn_transport *transport = run->with->transport;
    enum dn_status status = keep_rest(run);
    if (status == DN_OK && transport->finish)
        status = transport->finish(transport->self, run->err);
    run->at = run->with->clock(run->with->clock_context);
    for (size_t i = 0; i < run->call_count && status == DN_OK; i++)
        status = append(run, run->calls[i], DN_STATE_DEFERRED, "sheet", "calls.csv");
    return status == DN_OK ? commit(run) : status;
}

enum dn_status dn_delivery_run(const struct dn_delivery *delivery, struct dn_delivery_counts *counts,
                               struct dn_error *err)
{
    struct run run = {.with = delivery, .counts = counts, .err = err, .reader.plan = delivery->plan};
    *counts = (struct dn_delivery_counts){0};
    enum dn_status status = do_batches(&run);
    if (status == DN_OK)
        status = finish(&run);
    free(run.outcomes);
    free(run.calls);
    dn_plan_reader_clear(&run.reader);
    return status;
}
