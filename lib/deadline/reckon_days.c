#include <stdio.h>

#include "deadline/count.h"
#include "deadline/reckon.h"

struct dn_instant dn_reckon_local(const struct dn_zone *zone, int64_t day, int hour, int minute)
{
    struct dn_civil civil = dn_civil_of((struct dn_instant){day * 86400, 0}, 0);
    struct dn_instant at;
    civil.hour = hour;
    civil.minute = minute;
    dn_zone_instant(zone, &civil, &at); /* in a gap: where the clock jumped; twice: the first one */
    return at;
}

enum dn_status dn_reckon_unknown_day(const struct dn_reckon *it, int64_t day)
{
    char text[DN_LOCAL_DAY_TEXT], detail[80];
    int year = dn_civil_of((struct dn_instant){day * 86400, 0}, 0).year;
    dn_local_day_format(day, text);
    snprintf(detail, sizeof detail, "%.60s-%d", it->calendar->id, year);
    return dn_reckon_stop(it, "year-not-checked", detail,
                          "whether %s is a holiday is not known: the calendar %s is checked for %d to %d", text,
                          it->calendar->id, it->calendar->from, it->calendar->until);
}

static void say_day(const struct dn_reckon *it, const char *word, const char *what, int64_t day)
{
    char text[DN_LOCAL_DAY_TEXT];
    dn_local_day_format(day, text);
    dn_reckon_steps_add(it->steps, word, "%s%s", what, text);
}

/* What closes that day, in words. */
static const char *closed_by(const struct dn_reckon *it, int64_t day)
{
    const char *name = NULL;
    return dn_calendar_day(it->calendar, day, &name) == DN_DAY_WEEKEND ? "a weekend" : name != NULL ? name : "closed";
}

/* The open days of a period of business days, one by one. */
static void say_business(const struct dn_reckon *it, const struct dn_span *span)
{
    struct dn_buf line = {0};
    char text[DN_LOCAL_DAY_TEXT];
    int number = 0;
    for (int64_t day = span->first; day <= span->last && it->steps != NULL; day++) {
        dn_local_day_format(day, text);
        bool open = dn_calendar_day(it->calendar, day, NULL) == DN_DAY_WORKING;
        if (open)
            dn_buf_addf(&line, "%s%s = %d", line.size > 0 ? "; " : "", text, ++number);
        else
            dn_buf_addf(&line, "%s%s: %s", line.size > 0 ? "; " : "", text, closed_by(it, day));
    }
    dn_reckon_steps_add(it->steps, "business-days", "%s", line.size > 0 ? line.at : "");
    dn_buf_clear(&line);
}

static enum dn_status count_span(const struct dn_reckon *it, int64_t day, struct dn_span *span)
{
    const struct dn_regime *regime = it->regime;
    int64_t unknown;
    if (regime->rule.counting == DN_COUNTING_BUSINESS_AFTER) {
        if (!dn_count_business(it->calendar, regime->period, day, span, &unknown))
            return dn_reckon_unknown_day(it, unknown);
        say_business(it, span);
    } else if (!dn_count_span(regime, day, span)) {
        return dn_reckon_stop(it, "out-of-range", "", "its end would be later than the year 9999");
    }
    say_day(it, "nominal-end", "the last day is ", span->last);
    if (span->clamped)
        say_day(it, "clamp", "that month has no day of the trigger's number; its last one is ", span->last);
    return DN_OK;
}

/* Where the last day is closed it is the next open one (Regulation 1182/71 Art. 3(4), and others like it). */
static enum dn_status roll(const struct dn_reckon *it, struct dn_span *span)
{
    struct dn_buf why = {0};
    int64_t from = span->last, unknown;
    if (it->regime->rule.roll == DN_ROLL_NONE)
        return DN_OK;
    if (!dn_count_open(it->calendar, &span->last, &unknown))
        return dn_reckon_unknown_day(it, unknown);
    for (int64_t day = from; day < span->last; day++) {
        char text[DN_LOCAL_DAY_TEXT];
        dn_local_day_format(day, text);
        dn_buf_addf(&why, "%s is %s; ", text, closed_by(it, day));
    }
    bool noon = it->regime->rule.roll == DN_ROLL_DORA_NOON;
    dn_buf_adds(&why, noon ? "so it ends at noon of " : "so the last day is ");
    if (span->last != from)
        say_day(it, "roll", why.at, span->last);
    dn_buf_clear(&why);
    return DN_OK;
}

static enum dn_status extend(const struct dn_reckon *it, struct dn_span *span)
{
    int64_t from = span->last, unknown, least = it->regime->min_working_days;
    bool short_period = it->regime->rule.unit == DN_UNIT_DAYS && it->regime->period < 2;
    if (least == 0 || short_period)
        return DN_OK;
    if (!dn_count_extend(it->calendar, least, span, &unknown))
        return dn_reckon_unknown_day(it, unknown);
    if (span->last != from)
        say_day(it, "extension", "fewer working days than it must have lie in it, so it lasts to ", span->last);
    return DN_OK;
}

static enum dn_status end_at_cutoff(const struct dn_reckon *it, int64_t day, struct dn_end *end)
{
    const struct dn_regime *regime = it->regime;
    const struct dn_zone *zone = NULL;
    struct dn_error err = {0};
    if (dn_almanac_zone(it->almanac, regime->cutoff_zone, &zone, &err) != DN_OK)
        return dn_reckon_stop(it, "unknown-zone", regime->cutoff_zone, "%s", err.text);
    *end = (struct dn_end){dn_reckon_local(zone, day, regime->cutoff_hour, regime->cutoff_minute), false};
    dn_reckon_steps_add(it->steps, "cutoff", "%02d:%02d %s", regime->cutoff_hour, regime->cutoff_minute,
                        regime->cutoff_zone);
    return DN_OK;
}

/* The day is over at the first instant of the next one, which need not be 00:00. */
static enum dn_status end_of_day(const struct dn_reckon *it, bool rolled, int64_t day, struct dn_end *end)
{
    if (day > dn_count_last_day())
        return dn_reckon_stop(it, "out-of-range", "", "its end would be later than the year 9999");
    if (rolled && it->regime->rule.roll == DN_ROLL_DORA_NOON)
        *end = (struct dn_end){dn_reckon_local(it->zone, day, 12, 0), false};
    else if (it->regime->rule.boundary == DN_BOUNDARY_CUTOFF)
        return end_at_cutoff(it, day, end);
    else
        *end = (struct dn_end){dn_reckon_local(it->zone, day + 1, 0, 0), true};
    return DN_OK;
}

enum dn_status dn_reckon_days(const struct dn_reckon *it, struct dn_end *end)
{
    struct dn_span span;
    int64_t day = dn_local_day(it->result->started_at, it->zone);
    bool include = it->regime->rule.counting == DN_COUNTING_INCLUDE_DAY;
    say_day(it, include ? "first-day" : "excluded-day", include ? "the trigger's day is day 1: " : "", day);
    enum dn_status status = count_span(it, day, &span);
    int64_t nominal = status == DN_OK ? span.last : 0;
    if (status == DN_OK)
        status = roll(it, &span);
    bool rolled = status == DN_OK && span.last != nominal;
    if (status == DN_OK)
        status = extend(it, &span);
    return status == DN_OK ? end_of_day(it, rolled, span.last, end) : status;
}
