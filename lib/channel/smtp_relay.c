#include <stdio.h>

#include "channel/smtp_engine.h"

/* A rate is spread evenly; a loop that was late may make up for this much. */
#define LATE_US 20000

static bool any_at(const struct dn_smtp *engine, enum dn_line_step from, enum dn_line_step to)
{
    for (size_t i = 0; i < engine->settings.connections; i++)
        if (engine->lines[i].step >= from && engine->lines[i].step <= to)
            return true;
    return false;
}

/* After a fault one connection goes ahead. */
bool dn_smtp_may_connect(const struct dn_smtp *engine)
{
    if (engine->stopped || engine->now_ms < engine->connect_at_ms)
        return false;
    return !engine->faults || !any_at(engine, DN_LINE_OPENING, DN_LINE_OPENING);
}

/* After a pause one letter goes ahead. */
bool dn_smtp_may_begin(const struct dn_smtp *engine)
{
    if (engine->stopped || engine->now_ms < engine->begin_at_ms)
        return false;
    if (engine->settings.rate && engine->now_ms * 1000 < engine->next_us)
        return false;
    return !engine->probing || !any_at(engine, DN_LINE_ENVELOPE, DN_LINE_VOID);
}

void dn_smtp_begun(struct dn_smtp *engine)
{
    if (!engine->settings.rate)
        return;
    int64_t now_us = engine->now_ms * 1000, step_us = engine->settings.rate_ms * 1000 / engine->settings.rate;
    int64_t least = now_us - (step_us < LATE_US ? LATE_US : 0);
    engine->next_us = (engine->next_us > least ? engine->next_us : least) + step_us;
}

static int64_t later(int64_t at_ms, int64_t now_ms)
{
    return at_ms > now_ms ? at_ms : INT64_MAX;
}

int64_t dn_smtp_due(const struct dn_smtp *engine)
{
    if (engine->stopped || !engine->queue.count)
        return INT64_MAX;
    int64_t due = later(engine->connect_at_ms, engine->now_ms), begin = later(engine->begin_at_ms, engine->now_ms);
    int64_t rate = engine->settings.rate ? later((engine->next_us + 999) / 1000, engine->now_ms) : INT64_MAX;
    due = begin < due ? begin : due;
    return rate < due ? rate : due;
}

/* Connections that were opened together fail together: that is one fault. */
static void leave_alone(struct dn_smtp *engine, bool all)
{
    bool known = engine->now_ms < engine->connect_at_ms;
    if (!known)
        engine->connect_at_ms =
            engine->now_ms +
            dn_retry_wait(engine->settings.first_wait_ms, engine->settings.longest_ms, ++engine->faults, &engine->dice);
    if (!all)
        return;
    engine->probing = true;
    engine->begin_at_ms = engine->connect_at_ms;
}

void dn_smtp_fault(struct dn_smtp *engine, bool all, bool stop, const char *code, const char *reason)
{
    if (!engine->stopped) {
        snprintf(engine->code, sizeof engine->code, "%s", code);
        snprintf(engine->reason, sizeof engine->reason, "%s", reason);
    }
    engine->stopped = engine->stopped || stop;
    leave_alone(engine, all);
}

void dn_smtp_did_well(struct dn_smtp *engine)
{
    engine->refused = 0;
    if (engine->now_ms < engine->connect_at_ms) /* what was under way when the fault came says nothing about it */
        return;
    engine->faults = 0;
    engine->probing = false;
}

/* A relay that takes nobody is set up wrongly: better to stop than to write off every customer. */
void dn_smtp_did_refuse(struct dn_smtp *engine)
{
    char reason[160];
    engine->probing = false;
    if (++engine->refused != engine->settings.refusals)
        return;
    snprintf(reason, sizeof reason, "%lld notices in a row were rejected", (long long)engine->refused);
    dn_smtp_fault(engine, true, true, "", reason);
}

/* Connections that are there or can be had take a letter each, and a relay that is in doubt is asked one by one. */
size_t dn_smtp_count_surplus(const struct dn_smtp *engine)
{
    size_t free = 0;
    if (engine->settings.rate || engine->faults || engine->stopped || engine->one_by_one)
        return 0;
    for (size_t i = 0; i < engine->settings.connections; i++)
        free += engine->lines[i].step <= DN_LINE_IDLE;
    return engine->queue.count > free ? engine->queue.count - free : 0;
}

bool dn_smtp_take_surplus(struct dn_smtp *engine, size_t *slot)
{
    if (!engine->surplus || !dn_ring_take(&engine->queue, slot))
        return false;
    engine->surplus--;
    return true;
}
