#include "channel/sending.h"

#include <stdio.h>
#include <time.h>

#include "channel/retry.h"

enum dn_status dn_sending_check(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *ledger_path,
                                struct dn_reading reading, struct dn_error *err)
{
    for (size_t i = 0; i < plan->row_count; i++)
        if (plan->rows[i].incident->drill && !plan->rows[i].goes_to)
            return dn_error_set(err, DN_INVALID,
                                "incident '%s' is a drill: its notices leave for nobody; use --outbox DIR",
                                plan->rows[i].incident->id);
    size_t rehearsed = dn_reconcile_outbox(plan, ledger);
    if (!rehearsed || reading.outbox_was_rehearsal)
        return DN_OK;
    return dn_error_set(err, DN_INVALID,
                        "%s: %zu of these notices lie in an outbox: were they sent from there? If not, "
                        "--outbox-was-rehearsal sends them now",
                        ledger_path, rehearsed);
}

static bool signalled(const struct dn_sending *sending)
{
    return sending->signals && *sending->signals;
}

static enum dn_status run_once(struct dn_sending *sending, struct dn_delivery_counts *counts, struct dn_error *err)
{
    const struct dn_delivery *delivery = &sending->delivery;
    dn_steps_clear(sending->steps);
    enum dn_status status =
        dn_reconcile(delivery->plan, delivery->ledger, delivery->notice, sending->reading, sending->steps, err);
    return status == DN_OK ? dn_delivery_run(delivery, counts, err) : status;
}

/* Waits, a second at a time, until it is over or a signal comes. */
static void wait_for(const struct dn_sending *sending, int64_t ms)
{
    for (int64_t left = ms; left > 0 && !signalled(sending); left -= 1000) {
        struct timespec piece = {left >= 1000 ? 1 : 0, left >= 1000 ? 0 : left * 1000000};
        nanosleep(&piece, NULL);
    }
}

/* Is another round worth waiting for: something was not taken, and its time is not over? */
static bool wants_another(const struct dn_sending *sending, const struct dn_standing *it)
{
    struct dn_network_report report = dn_network_report(sending->delivery.transport);
    bool open = it->deferred + it->untried > 0 && !report.hopeless && !signalled(sending) && !sending->no_wait;
    return open && dn_instant_is(it->last_due) && dn_instant_compare(dn_instant_clock(), it->last_due) < 0;
}

static void say_wait(const struct dn_sending *sending, size_t open, int64_t wait_ms)
{
    struct dn_network_report report = dn_network_report(sending->delivery.transport);
    char text[400];
    snprintf(text, sizeof text, "%zu notices not taken yet%s%s; next try in %lld s", open, report.why[0] ? ": " : "",
             report.why, (long long)((wait_ms + 999) / 1000));
    if (sending->say)
        sending->say(sending->say_context, text);
}

enum dn_status dn_sending_run(struct dn_sending *sending, struct dn_delivery_counts *counts, struct dn_error *err)
{
    struct dn_dice dice;
    enum dn_status status = run_once(sending, counts, err);
    dn_dice_shake(&dice);
    for (int64_t round = 1; status == DN_OK; round++) {
        struct dn_standing it = dn_standing_of(sending->delivery.plan, sending->delivery.ledger);
        if (!wants_another(sending, &it))
            break;
        int64_t asked = dn_network_report(sending->delivery.transport).wait_ms;
        int64_t wait = dn_retry_wait(sending->retry.wait_s * 1000, sending->retry.longest_s * 1000, round, &dice);
        wait = asked > wait ? asked : wait;
        say_wait(sending, it.deferred + it.untried, wait);
        wait_for(sending, wait);
        if (signalled(sending))
            break;
        dn_network_again(sending->delivery.transport);
        status = run_once(sending, counts, err);
    }
    return status;
}

enum dn_status dn_sending_judge(const struct dn_sending *sending, struct dn_error *err)
{
    struct dn_network_report report = dn_network_report(sending->delivery.transport);
    if (report.away && dn_standing_of(sending->delivery.plan, sending->delivery.ledger).accepted == 0)
        return dn_error_set(err, DN_BUSY, "no peer took anything: %s", report.why);
    return DN_OK;
}
