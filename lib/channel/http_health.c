#include <stdio.h>

#include "channel/http_engine.h"

/* A rate is spread evenly; a loop that was late may make up for this much. */
#define LATE_US 20000

/* So many answers in a row that say "something is wrong here" are about the endpoint, not about a post. */
#define TROUBLES 5

static size_t under_way(const struct dn_http *engine)
{
    return engine->lists[DN_POST_READY].count + engine->lists[DN_POST_TOLD].count + engine->lists[DN_POST_BOUND].count +
           engine->lists[DN_POST_FLYING].count;
}

bool dn_http_may_begin(const struct dn_http *engine)
{
    size_t count = under_way(engine);
    if (engine->stopped || engine->now_ms < engine->begin_at_ms || count >= engine->settings.connections)
        return false;
    if (engine->settings.rate && engine->now_ms * 1000 < engine->next_us)
        return false;
    return !engine->probing || count == 0;
}

void dn_http_begun(struct dn_http *engine)
{
    if (!engine->settings.rate)
        return;
    int64_t now_us = engine->now_ms * 1000, step_us = engine->settings.rate_ms * 1000 / engine->settings.rate;
    int64_t least = now_us - (step_us < LATE_US ? LATE_US : 0);
    engine->next_us = (engine->next_us > least ? engine->next_us : least) + step_us;
}

int64_t dn_http_due(const struct dn_http *engine)
{
    if (engine->stopped || !engine->lists[DN_POST_QUEUE].count)
        return INT64_MAX;
    int64_t rate = engine->settings.rate ? (engine->next_us + 999) / 1000 : 0;
    int64_t due = rate > engine->begin_at_ms ? rate : engine->begin_at_ms;
    return due > engine->now_ms ? due : INT64_MAX;
}

/* Requests that were under way together fail together: that is one fault, but the longest wait that was asked for
 * holds. */
static void leave_alone(struct dn_http *engine, int64_t asked_s)
{
    const struct dn_http_settings *settings = &engine->settings;
    if (engine->now_ms >= engine->begin_at_ms)
        engine->begin_at_ms = engine->now_ms + dn_retry_wait(settings->first_wait_ms, settings->longest_ms,
                                                             ++engine->faults, &engine->dice);
    if (asked_s > 0 && engine->begin_at_ms < engine->now_ms + asked_s * 1000)
        engine->begin_at_ms = engine->now_ms + asked_s * 1000;
    engine->probing = true;
}

static void remember(struct dn_http *engine, const char *code, const char *reason)
{
    if (engine->stopped)
        return;
    snprintf(engine->code, sizeof engine->code, "%s", code);
    if (*reason || !*code)
        snprintf(engine->reason, sizeof engine->reason, "%s", *reason ? reason : "no answer");
    else
        snprintf(engine->reason, sizeof engine->reason, "status %s and no word of why", code);
}

static void did_well(struct dn_http *engine)
{
    engine->refused = engine->troubles = 0;
    if (engine->now_ms < engine->begin_at_ms) /* what was under way when the fault came says nothing about it */
        return;
    engine->faults = 0;
    engine->probing = false;
}

/* An endpoint that takes nothing is set up wrongly: better to stop than to write off every customer. */
static void did_refuse(struct dn_http *engine, const struct dn_outcome *outcome)
{
    char reason[sizeof engine->reason];
    if (++engine->refused != engine->settings.refusals)
        return;
    snprintf(reason, sizeof reason, "%lld posts in a row were refused or lost: %.80s", (long long)engine->refused,
             outcome->reason);
    remember(engine, outcome->code, reason);
    engine->stopped = true;
}

/* One post that is lost may be bad luck: the next one goes alone. What is lost together counts once. */
static void did_lose(struct dn_http *engine, const struct dn_outcome *outcome, int64_t asked_s)
{
    bool again = engine->probing, fresh = engine->now_ms >= engine->begin_at_ms;
    engine->probing = true;
    if (again) {
        remember(engine, outcome->code, outcome->reason);
        leave_alone(engine, asked_s);
    }
    if (fresh)
        did_refuse(engine, outcome);
}

static void did_fail(struct dn_http *engine, const struct dn_http_verdict *verdict, const struct dn_outcome *outcome,
                     int64_t asked_s)
{
    remember(engine, outcome->code, outcome->reason);
    leave_alone(engine, asked_s);
    engine->stopped = engine->stopped || verdict->stop;
}

void dn_http_learn(struct dn_http *engine, struct dn_http_verdict *verdict, const struct dn_outcome *outcome,
                   int64_t asked_s)
{
    bool trouble = verdict->state == DN_STATE_DEFERRED && !verdict->relay;
    if (trouble && ++engine->troubles >= TROUBLES)
        verdict->relay = true;
    if (verdict->state == DN_STATE_ACCEPTED)
        did_well(engine);
    else if (verdict->state == DN_STATE_UNKNOWN)
        did_lose(engine, outcome, asked_s);
    else if (verdict->relay)
        did_fail(engine, verdict, outcome, asked_s);
    else if (verdict->state == DN_STATE_REJECTED) {
        engine->probing = engine->probing && engine->now_ms < engine->begin_at_ms;
        did_refuse(engine, outcome);
    }
}
