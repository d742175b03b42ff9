#include "channel/sending.h"

#include <stdio.h>

#include "channel/opening.h"
#include "channel/standing.h"

enum dn_status dn_sending_check(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *ledger_path,
                                struct dn_reading reading, struct dn_error *err)
{
    for (size_t i = 0; i < plan->row_count; i++)
        if (dn_plan_glance(plan, i)->incident->drill && !dn_plan_glance(plan, i)->goes_to)
            return dn_error_set(err, DN_INVALID,
                                "incident '%s' is a drill: its notices leave for nobody; use --outbox DIR",
                                dn_plan_at(plan, i)->incident->id);
    size_t rehearsed = dn_reconcile_outbox(plan, ledger);
    if (!rehearsed || reading.outbox_was_rehearsal)
        return DN_OK;
    return dn_error_set(err, DN_INVALID,
                        "%s: %zu of these notices lie in an outbox: were they sent from there? If not, "
                        "--outbox-was-rehearsal sends them now",
                        ledger_path, rehearsed);
}

static void open_traffic(const struct dn_sending *with, struct dn_entries *entries, struct dn_traffic *traffic)
{
    struct dn_way ways[DN_WAYS];
    *traffic = (struct dn_traffic){.entries = entries,
                                   .retry = with->retry,
                                   .no_wait = with->no_wait,
                                   .signals = with->signals,
                                   .clock = with->clock,
                                   .clock_context = with->clock_context,
                                   .say = with->say,
                                   .progress = with->progress,
                                   .say_context = with->say_context,
                                   .sight = with->sight};
    dn_outbound_ways(with->outbound, ways);
    dn_traffic_open(traffic, ways);
}

/* What must be mended stands in the configuration, and where. */
static void take_reason(const struct dn_lane *away, const struct dn_config *config, struct dn_sent *sent)
{
    sent->away = true;
    sent->hopeless = away->hopeless;
    snprintf(sent->why, sizeof sent->why, "%s", away->why);
    if (!away->hopeless || !config || !config->name)
        return;
    const struct dn_endpoint *at = away->by == DN_BY_POST ? &config->message_center : &config->email;
    snprintf(sent->why, sizeof sent->why, "%s (see %.200s:%lld:%lld)", away->why, config->name, (long long)at->line,
             (long long)at->column);
}

static void take_account(const struct dn_traffic *traffic, const struct dn_plan *plan,
                         const volatile sig_atomic_t *signals, struct dn_sent *sent)
{
    const struct dn_lane *away = dn_traffic_away(traffic);
    sent->tally = traffic->tally;
    sent->messages = traffic->lanes[DN_BY_MAIL].accepted;
    sent->posts = traffic->lanes[DN_BY_POST].accepted;
    sent->late = traffic->late;
    sent->ms = traffic->lanes[DN_BY_MAIL].pace.ms;
    sent->next_try = traffic->next_try;
    sent->stopped = signals && *signals;
    if (away)
        take_reason(away, plan->source.config, sent);
}

enum dn_status dn_sending_run(const struct dn_sending *with, struct dn_sent *sent, struct dn_error *err)
{
    struct dn_traffic traffic;
    struct dn_entries entries = {.plan = with->plan,
                                 .steps = &sent->steps,
                                 .ledger = with->ledger,
                                 .notice = with->notice,
                                 .by = with->by,
                                 .approved_by = with->approved_by,
                                 .at = with->clock(with->clock_context)};
    enum dn_status status = dn_reconcile(with->plan, with->ledger, with->notice, with->reading, &sent->steps, err);
    if (status == DN_OK)
        status = dn_opening_run(&entries, &sent->steps, with->outbound, &sent->calls, err);
    if (status != DN_OK)
        return status;
    open_traffic(with, &entries, &traffic);
    status = dn_traffic_run(&traffic, err);
    take_account(&traffic, with->plan, with->signals, sent);
    dn_traffic_clear(&traffic);
    return status;
}

enum dn_status dn_sending_judge(const struct dn_sending *with, const struct dn_sent *sent, struct dn_error *err)
{
    if (!sent->away)
        return DN_OK; /* no need to look at all rows */
    struct dn_standing it = dn_standing_of(with->plan, &sent->steps, with->ledger);
    if (it.accepted + it.rejected + it.unknown == 0)
        return dn_error_set(err, sent->hopeless ? DN_INVALID : DN_BUSY, "no peer took anything: %s", sent->why);
    return DN_OK;
}

void dn_sent_clear(struct dn_sent *sent)
{
    dn_steps_clear(&sent->steps);
}
