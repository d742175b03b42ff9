#include "deadline/count.h"

int64_t dn_count_last_day(void)
{
    return dn_civil_days(9999, 12, 30); /* its end is an instant of the year 9999 in every zone */
}

static struct dn_civil civil_of(int64_t day)
{
    return dn_civil_of((struct dn_instant){day * 86400, 0}, 0);
}

/* The same date so many months on, or the last day of that month. False: later than the year 9999. */
static bool add_months(int64_t *day, int64_t months, bool *clamped)
{
    struct dn_civil civil = civil_of(*day);
    int64_t month = civil.year * INT64_C(12) + civil.month - 1 + months;
    if (month / 12 > 9999)
        return false;
    int days = dn_civil_month_days((int)(month / 12), (int)(month % 12 + 1));
    *clamped = civil.day > days;
    *day = dn_civil_days((int)(month / 12), (int)(month % 12 + 1), *clamped ? days : civil.day);
    return true;
}

bool dn_count_span(const struct dn_regime *regime, int64_t day, struct dn_span *span)
{
    bool include = regime->rule.counting == DN_COUNTING_INCLUDE_DAY;
    bool fits = true;
    *span = (struct dn_span){.first = include ? day : day + 1, .last = day};
    if (regime->rule.unit == DN_UNIT_DAYS_AFTER_YEAR_END) {
        span->first = dn_civil_days(civil_of(day).year + 1, 1, 1);
        span->last = span->first - 1 + regime->period;
    } else if (regime->rule.unit == DN_UNIT_MONTHS) {
        fits = add_months(&span->last, regime->period, &span->clamped);
        span->last -= include && !span->clamped;
    } else {
        span->last = day + regime->period - include;
    }
    return fits && span->last <= dn_count_last_day();
}

bool dn_count_business(const struct dn_calendar *calendar, int64_t count, int64_t day, struct dn_span *span,
                       int64_t *unknown)
{
    *span = (struct dn_span){.first = day + 1, .last = day};
    while (count > 0) {
        enum dn_day kind = dn_calendar_day(calendar, ++span->last, NULL);
        *unknown = span->last;
        if (kind == DN_DAY_UNKNOWN)
            return false;
        count -= kind == DN_DAY_WORKING;
    }
    return true;
}

bool dn_count_open(const struct dn_calendar *calendar, int64_t *day, int64_t *unknown)
{
    for (;; ++*day) {
        enum dn_day kind = dn_calendar_day(calendar, *day, NULL);
        *unknown = *day;
        if (kind == DN_DAY_UNKNOWN || kind == DN_DAY_WORKING)
            return kind == DN_DAY_WORKING;
    }
}

bool dn_count_extend(const struct dn_calendar *calendar, int64_t least, struct dn_span *span, int64_t *unknown)
{
    int64_t open = 0;
    for (int64_t day = span->first; open < least; day++) {
        enum dn_day kind = dn_calendar_day(calendar, day, NULL);
        *unknown = day;
        if (kind == DN_DAY_UNKNOWN)
            return false;
        open += kind == DN_DAY_WORKING;
        if (day > span->last)
            span->last = day;
    }
    return true;
}
