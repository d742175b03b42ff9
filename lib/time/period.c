#include "time/period.h"

#include <string.h>

#define MONTH_S INT64_C(2629800) /* a twelfth of 365.25 days: only for the limit of 100 years */
#define LIMIT_S (1200 * MONTH_S)

/* Digits, then their unit; refuses what is over the limit in any unit. */
static bool take_element(struct dn_text *text, int64_t *value, char *unit)
{
    size_t i = 0;
    *value = 0;
    for (; i < text->size && text->at[i] >= '0' && text->at[i] <= '9'; i++) {
        *value = *value * 10 + (text->at[i] - '0');
        if (*value > LIMIT_S)
            return false;
    }
    if (i == 0 || i == text->size)
        return false;
    *unit = text->at[i];
    text->at += i + 1;
    text->size -= i + 1;
    return true;
}

static void add_element(struct dn_period *period, bool time, char unit, int64_t value)
{
    if (unit == 'Y')
        period->months += 12 * value;
    else if (unit == 'M' && !time)
        period->months += value;
    else if (unit == 'D' || unit == 'W')
        period->days += (unit == 'W' ? 7 : 1) * value;
    else
        period->seconds += (unit == 'H' ? 3600 : unit == 'M' ? 60 : 1) * value;
}

/* One or more elements whose units follow each other in `units` without a gap, up to the end or a 'T'. */
static bool take_run(struct dn_text *text, const char *units, bool time, struct dn_period *period)
{
    const char *next = NULL;
    while (text->size > 0 && *text->at != 'T') {
        int64_t value;
        char unit;
        if (!take_element(text, &value, &unit))
            return false;
        const char *found = strchr(units, unit);
        if (unit == '\0' || found == NULL || (next != NULL && found != next))
            return false;
        next = found + 1;
        add_element(period, time, unit, value);
    }
    return next != NULL;
}

/* No element is over the limit in its own unit, so this cannot overflow. */
static bool within_limit(const struct dn_period *period)
{
    return period->months * MONTH_S + period->days * 86400 + period->seconds <= LIMIT_S;
}

static bool take_time(struct dn_text *text, struct dn_period *period)
{
    text->at++;
    text->size--;
    return take_run(text, "HMS", true, period);
}

bool dn_period_parse(struct dn_text text, struct dn_period *period)
{
    struct dn_period parsed = {0};
    if (text.size < 3 || *text.at != 'P')
        return false;
    text.at++;
    text.size--;
    bool weeks = text.at[text.size - 1] == 'W';
    bool right = *text.at == 'T' || take_run(&text, weeks ? "W" : "YMD", false, &parsed);
    if (right && text.size > 0)
        right = take_time(&text, &parsed);
    if (!right || text.size > 0 || !within_limit(&parsed))
        return false;
    *period = parsed;
    return true;
}

int64_t dn_period_seconds(const struct dn_period *period)
{
    return period->months != 0 ? -1 : period->days * 86400 + period->seconds;
}
