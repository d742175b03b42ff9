#include "deadline/count.h"
#include "deadline/reckon.h"

#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* Regulation 1182/71 Art. 3(1): the hour in which the event occurs is not counted. Without a zone the hours of UTC are
 * taken: every Member State's clock is a whole number of hours away from it. */
static struct dn_instant next_hour(const struct dn_reckon *it, struct dn_instant at)
{
    int64_t local = at.s + (it->zone != NULL ? dn_zone_offset(it->zone, at) : 0);
    int64_t into = local % 3600;
    return (struct dn_instant){at.s + 3600 - (into < 0 ? into + 3600 : into), 0};
}

static enum dn_status add_hours(const struct dn_reckon *it, struct dn_instant *at, int64_t hours)
{
    if (hours > (LAST - at->s) / 3600)
        return dn_reckon_stop(it, "out-of-range", "", "its end would be later than the year 9999");
    *at = dn_instant_add(*at, hours * 3600);
    return DN_OK;
}

/* The limit from the other anchor, unless the clock started after it: a deadline is never over before it begins
 * (Delegated Regulation 2025/301 Art. 5(2)). */
static enum dn_status apply_limit(const struct dn_reckon *it, bool skip_hour, struct dn_instant *end)
{
    const struct dn_regime *regime = it->regime;
    char text[DN_LOCAL_TEXT];
    if (regime->limit_event == NULL)
        return DN_OK;
    struct dn_instant strict = it->aware_at, limit = skip_hour ? next_hour(it, it->aware_at) : it->aware_at;
    enum dn_status status = add_hours(it, &limit, regime->limit_hours);
    if (status == DN_OK)
        status = add_hours(it, &strict, regime->limit_hours);
    if (status != DN_OK)
        return status;
    bool late = dn_instant_compare(it->result->started_at, strict) > 0;
    bool nearer = dn_instant_compare(limit, *end) < 0;
    dn_local_format(limit, it->zone, text);
    dn_reckon_steps_add(it->steps, "limit", "%lld hours from %s: %s, %s", (long long)regime->limit_hours,
                        regime->limit_event, text,
                        late     ? "not applied: the clock started later"
                        : nearer ? "earlier, so it counts"
                                 : "not earlier");
    if (!late && nearer)
        *end = limit;
    return DN_OK;
}

/* An end on a closed day moves to noon of the next open one. */
static enum dn_status roll_to_noon(const struct dn_reckon *it, struct dn_end *end)
{
    const char *holiday = NULL;
    char text[DN_LOCAL_TEXT];
    int64_t day = dn_local_day(end->at, it->zone), unknown = 0;
    int64_t open = day;
    enum dn_day kind = dn_calendar_day(it->calendar, day, &holiday);
    if (!dn_count_open(it->calendar, &open, &unknown))
        return dn_reckon_unknown_day(it, unknown);
    if (open == day)
        return DN_OK;
    end->at = dn_reckon_local(it->zone, open, 12, 0);
    end->exclusive = false;
    dn_local_format(end->at, it->zone, text);
    dn_reckon_steps_add(it->steps, "roll", "it falls on a %s, so it ends at noon of the next working day: %s",
                        kind == DN_DAY_WEEKEND ? dn_day_weekday(day) : holiday, text);
    return DN_OK;
}

static enum dn_status count_hours(const struct dn_reckon *it, bool skip_hour, bool exclusive, struct dn_end *end)
{
    const struct dn_regime *regime = it->regime;
    char text[DN_LOCAL_TEXT];
    *end = (struct dn_end){it->result->started_at, exclusive};
    if (skip_hour) {
        end->at = next_hour(it, end->at);
        dn_local_format(end->at, it->zone, text);
        dn_reckon_steps_add(it->steps, "excluded-hour", "the hour of the trigger is not counted; it starts at %s",
                            text);
    }
    enum dn_status status = add_hours(it, &end->at, regime->period);
    if (status != DN_OK)
        return status;
    dn_local_format(end->at, it->zone, text);
    dn_reckon_steps_add(it->steps, "nominal-end", "%lld hours: %s", (long long)regime->period, text);
    status = apply_limit(it, skip_hour, &end->at);
    return status == DN_OK && regime->rule.roll == DN_ROLL_DORA_NOON ? roll_to_noon(it, end) : status;
}

enum dn_status dn_reckon_hours(const struct dn_reckon *it, struct dn_end *end)
{
    bool skip_hour = it->regime->rule.counting == DN_COUNTING_EU_1182_HOURS;
    return count_hours(it, skip_hour, it->regime->rule.boundary == DN_BOUNDARY_BEFORE_END, end);
}

enum dn_status dn_reckon_latest(const struct dn_reckon *it, struct dn_end *end)
{
    struct dn_reckoning ignored = *it->result;
    struct dn_reckon silent = *it;
    silent.steps = NULL;
    silent.err = NULL;
    silent.result = &ignored;
    return count_hours(&silent, true, true, end);
}
