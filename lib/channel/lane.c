#include "channel/lane.h"

#include <stdio.h>

/* The engine waits by itself for so long; beyond it, what waits is given back and composed anew later, so that it does
 * not carry the time of long ago. */
#define PATIENT_MS 2000

static const struct dn_plan_row *row_of(const struct dn_traffic *traffic, size_t row)
{
    return dn_plan_at(traffic->entries->plan, row);
}

/* --- what is begun --- */

/* The first row at or behind this one that leaves this way. */
static size_t leaving_from(const struct dn_traffic *traffic, const struct dn_lane *lane, size_t row)
{
    size_t count = traffic->entries->plan->row_count;
    while (row < count && (dn_leaving_of(dn_plan_glance(traffic->entries->plan, row)) != lane->by ||
                           !dn_entries_leaves(traffic->entries, row)))
        row++;
    return row;
}

static void seek(const struct dn_traffic *traffic, struct dn_lane *lane)
{
    lane->next = leaving_from(traffic, lane, lane->next);
}

bool dn_lane_has_more(const struct dn_traffic *traffic, struct dn_lane *lane)
{
    seek(traffic, lane);
    return lane->open && !traffic->draining && (lane->again.count || lane->next < traffic->entries->plan->row_count);
}

int64_t dn_lane_due(const struct dn_lane *lane)
{
    int64_t due = dn_retries_due(&lane->again);
    return lane->resume_ms ? lane->resume_ms : due;
}

/* What was deferred first: its time has come. */
static bool next_row(const struct dn_traffic *traffic, struct dn_lane *lane, size_t *row)
{
    if (dn_retries_take(&lane->again, dn_lane_clock(), row))
        return true;
    seek(traffic, lane);
    *row = lane->next;
    return lane->next++ < traffic->entries->plan->row_count;
}

void dn_lane_fail(struct dn_traffic *traffic, enum dn_status status, const struct dn_error *why)
{
    if (traffic->failure != DN_OK)
        return;
    traffic->failure = status;
    traffic->reason = *why;
}

/* What can never leave is rejected, with its reason. */
static enum dn_status refuse(struct dn_traffic *traffic, size_t row, const struct dn_error *why, struct dn_error *err)
{
    struct dn_outcome outcome = {.state = DN_STATE_REJECTED};
    snprintf(outcome.reason, sizeof outcome.reason, "%.150s", why->text);
    enum dn_status status = dn_entry_intent(traffic->entries, row, err);
    traffic->tally.rejected++;
    return status == DN_OK ? dn_entry_outcome(traffic->entries, row, &outcome, err) : status;
}

/* What will be handed over, unless something else has come between by then. */
static size_t foresee(void *context)
{
    struct dn_lane *lane = context;
    size_t row = leaving_from(lane->traffic, lane, lane->foreseen);
    lane->foreseen = row + 1;
    return row < lane->traffic->entries->plan->row_count ? row : SIZE_MAX;
}

static const struct dn_content *content_of(struct dn_traffic *traffic, struct dn_lane *lane, size_t row,
                                           struct dn_error *err)
{
    if (!lane->ahead && !lane->foreseen) {
        lane->foreseen = row;
        lane->ahead = dn_ahead_begin(traffic->entries->plan, foresee, lane);
    }
    const struct dn_content *ready = lane->ahead ? dn_ahead_take(lane->ahead, row) : NULL;
    return ready ? ready : dn_plan_content(&lane->reader, row_of(traffic, row), err);
}

static enum dn_status hand_over(struct dn_traffic *traffic, struct dn_lane *lane, size_t row, struct dn_error *err)
{
    struct dn_error why = {0};
    const struct dn_step step = dn_steps_at(traffic->entries->steps, row);
    const struct dn_content *content = content_of(traffic, lane, row, &why);
    const struct dn_plan_row *it = row_of(traffic, row);
    struct dn_dispatch dispatch = {.row = it,
                                   .content = content,
                                   .notice = dn_notice_word(it->incident, traffic->entries->notice),
                                   .intent_at = traffic->clock(traffic->clock_context),
                                   .resend = step.resend,
                                   .attempt = step.attempt,
                                   .called_at = DN_INSTANT_NONE};
    enum dn_status status = dispatch.content ? lane->way.take(lane->way.self, row, &dispatch, &why) : DN_SYSTEM;
    if (status == DN_INVALID)
        return refuse(traffic, row, &why, err);
    if (status != DN_OK)
        dn_lane_fail(traffic, status, &why);
    return DN_OK;
}

enum dn_status dn_lane_fill(struct dn_traffic *traffic, struct dn_lane *lane, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    size_t row;
    if (!lane->open || traffic->draining || dn_lane_clock() < lane->resume_ms)
        return DN_OK;
    lane->resume_ms = 0;
    for (size_t room = lane->way.state(lane->way.self).room; room && status == DN_OK && traffic->failure == DN_OK;
         room--) {
        if (!next_row(traffic, lane, &row))
            break;
        status = hand_over(traffic, lane, row, err);
    }
    return status;
}

/* --- what comes back --- */

static void remember_try(struct dn_traffic *traffic, int64_t wait_ms)
{
    struct dn_instant at = dn_instant_add(traffic->clock(traffic->clock_context), (wait_ms + 999) / 1000);
    traffic->next_try = dn_instant_min(traffic->next_try, at);
}

/* When a row's time is over, on the clock that only goes forward; INT64_MIN: it is, or there was none. */
static int64_t until_of(const struct dn_traffic *traffic, struct dn_instant due)
{
    struct dn_instant now = traffic->clock(traffic->clock_context);
    if (!dn_instant_is(due) || dn_instant_compare(now, due) >= 0)
        return INT64_MIN;
    return dn_lane_clock() + dn_instant_seconds(now, due) * 1000;
}

/* One whose time is over, or whose tries are, stays deferred. */
static void try_again(struct dn_traffic *traffic, struct dn_lane *lane, size_t row, bool of_relay)
{
    const struct dn_retry *retry = &traffic->retry;
    enum dn_state state;
    int64_t attempt = 1, until_ms = until_of(traffic, row_of(traffic, row)->due_at), now_ms = dn_lane_clock();
    dn_entries_stand(traffic->entries, row, &state, &attempt);
    int64_t wait_ms =
        of_relay ? 0 : dn_retry_wait(retry->wait_s * 1000, retry->longest_s * 1000, attempt, &traffic->dice);
    bool over = until_ms == INT64_MIN || (retry->attempts && !of_relay && attempt >= retry->attempts);
    if (traffic->no_wait || traffic->draining || !lane->open || over) {
        traffic->tally.deferred++;
        remember_try(traffic, wait_ms);
        return;
    }
    dn_retries_add(&lane->again, dn_retry_due(now_ms, wait_ms, until_ms), row);
}

static void count(struct dn_traffic *traffic, enum dn_state state)
{
    traffic->tally.accepted += state == DN_STATE_ACCEPTED;
    traffic->tally.rejected += state == DN_STATE_REJECTED;
    traffic->tally.unknown += state == DN_STATE_UNKNOWN;
}

/* Nothing of it has left: it goes back, and if the other end is given up, the ledger says what it was. */
static enum dn_status give_back(struct dn_traffic *traffic, struct dn_lane *lane, const struct dn_smtp_result *result,
                                struct dn_error *err)
{
    enum dn_state state = DN_STATE_DEFERRED;
    int64_t attempt;
    if (lane->open && !traffic->draining) {
        dn_retries_add(&lane->again, 0, result->number);
        return DN_OK;
    }
    dn_entries_stand(traffic->entries, result->number, &state, &attempt);
    if (traffic->draining || (state != DN_STATE_DEFERRED && state != DN_STATE_SKIPPED && state != DN_STATE_HELD))
        return DN_OK;
    return dn_entry_outcome(traffic->entries, result->number, &result->outcome, err);
}

static enum dn_status take_result(struct dn_traffic *traffic, struct dn_lane *lane, const struct dn_smtp_result *result,
                                  struct dn_error *err)
{
    bool untouched = result->of_relay && !result->intent && result->outcome.state == DN_STATE_DEFERRED;
    if (untouched)
        return give_back(traffic, lane, result, err);
    enum dn_status status = result->intent ? DN_OK : dn_entry_intent(traffic->entries, result->number, err);
    if (status == DN_OK)
        status = dn_entry_outcome(traffic->entries, result->number, &result->outcome, err);
    if (status != DN_OK)
        return status;
    lane->pace.done++;
    lane->accepted += result->outcome.state == DN_STATE_ACCEPTED;
    count(traffic, result->outcome.state);
    if (result->outcome.state == DN_STATE_DEFERRED)
        try_again(traffic, lane, result->number, result->of_relay);
    return DN_OK;
}

static enum dn_status take_results(struct dn_traffic *traffic, struct dn_lane *lane, struct dn_error *err)
{
    struct dn_smtp_result result;
    enum dn_status status = DN_OK;
    while (status == DN_OK && lane->way.result(lane->way.self, &result))
        status = take_result(traffic, lane, &result, err);
    return status;
}

/* Outcomes first: no more intents than connections are without one, wherever the ledger ends. */
enum dn_status dn_lane_take(struct dn_traffic *traffic, struct dn_lane *lane, size_t most, bool *told,
                            struct dn_error *err)
{
    enum dn_status status = take_results(traffic, lane, err);
    size_t row;
    for (; status == DN_OK && most && lane->way.ready(lane->way.self, &row); most--) {
        *told = true;
        status = dn_entry_intent(traffic->entries, row, err);
    }
    return status == DN_OK ? take_results(traffic, lane, err) : status;
}

/* --- the other end --- */

static void give_up(struct dn_traffic *traffic, struct dn_lane *lane, struct dn_smtp_relay peer, bool hopeless)
{
    lane->open = false;
    lane->away = true;
    lane->hopeless = hopeless;
    snprintf(lane->why, sizeof lane->why, "%s: %s", lane->way.name, peer.reason);
    if (!hopeless)
        remember_try(traffic, peer.wait_ms);
    lane->way.recall(lane->way.self, false, peer.reason);
}

static void leave_alone(struct dn_traffic *traffic, struct dn_lane *lane, struct dn_smtp_relay peer, int64_t until_ms)
{
    char text[400], span[64];
    struct dn_buf wait = {0};
    dn_course_span((peer.wait_ms + 999) / 1000, &wait);
    snprintf(span, sizeof span, "%s", wait.at);
    snprintf(text, sizeof text, "%s: %.200s; next try in %s", lane->way.name, peer.reason, span);
    dn_buf_clear(&wait);
    if (traffic->say)
        traffic->say(traffic->say_context, text);
    lane->resume_ms = dn_retry_due(dn_lane_clock(), peer.wait_ms, until_ms);
    lane->way.recall(lane->way.self, false, peer.reason);
}

void dn_lane_look(struct dn_traffic *traffic, struct dn_lane *lane)
{
    struct dn_smtp_relay peer = lane->way.state(lane->way.self).peer;
    if (!lane->open || peer.state == DN_SMTP_RELAY_WELL)
        return;
    int64_t until_ms = until_of(traffic, traffic->last_due);
    if (peer.state == DN_SMTP_RELAY_STOPPED)
        give_up(traffic, lane, peer, true);
    else if (peer.stalled && (traffic->no_wait || until_ms == INT64_MIN))
        give_up(traffic, lane, peer, false);
    else if (peer.stalled && peer.wait_ms > PATIENT_MS && !lane->resume_ms)
        leave_alone(traffic, lane, peer, until_ms);
}
