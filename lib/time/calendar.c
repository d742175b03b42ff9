#include "time/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "time/calendar_rule.h"
#include "time/instant.h"

#define SUNDAY 0
#define SATURDAY 6

static bool is_weekend(int64_t day)
{
    int weekday = dn_civil_weekday(day);
    return weekday == SATURDAY || weekday == SUNDAY;
}

void dn_days_add(struct dn_days *days, int64_t day)
{
    days->at = dn_grow(days->at, days->count, &days->room, sizeof *days->at);
    days->at[days->count++] = day;
}

static bool has_day(const struct dn_days *days, int64_t day)
{
    for (size_t i = 0; i < days->count; i++)
        if (days->at[i] == day)
            return true;
    return false;
}

struct dn_holiday *dn_calendar_add(struct dn_calendar *calendar)
{
    calendar->rules = dn_grow(calendar->rules, calendar->count, &calendar->room, sizeof *calendar->rules);
    struct dn_holiday *rule = &calendar->rules[calendar->count++];
    memset(rule, 0, sizeof *rule);
    return rule;
}

static void add_closed(struct dn_calendar *calendar, int64_t day, const char *name, bool observed)
{
    calendar->closed =
        dn_grow(calendar->closed, calendar->closed_count, &calendar->closed_room, sizeof *calendar->closed);
    calendar->closed[calendar->closed_count++] = (struct dn_closed){day, name, observed};
}

static int compare_closed(const void *a, const void *b)
{
    const struct dn_closed *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return x->observed - y->observed;
}

static void sort_closed(struct dn_calendar *calendar)
{
    if (calendar->closed_count > 0)
        qsort(calendar->closed, calendar->closed_count, sizeof *calendar->closed, compare_closed);
}

/* Among those that were there when it was sorted. */
static const struct dn_closed *find_sorted(const struct dn_calendar *calendar, size_t count, int64_t day)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->closed[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && calendar->closed[low].day == day ? &calendar->closed[low] : NULL;
}

/* The rule's own day of a year, if it holds then. */
static void add_rule(struct dn_calendar *calendar, const struct dn_holiday *rule, int year)
{
    int64_t day;
    bool holds = (rule->from == 0 || year >= rule->from) && (rule->until == 0 || year <= rule->until);
    if (holds && dn_holiday_day(rule, year, &day) && !has_day(&rule->except, day))
        add_closed(calendar, day, rule->name, false);
}

/* A year more at both ends: a holiday there may be observed in a checked year. */
static void add_rules(struct dn_calendar *calendar)
{
    for (size_t i = 0; i < calendar->count; i++) {
        const struct dn_holiday *rule = &calendar->rules[i];
        for (int year = calendar->from - 1; year <= calendar->until + 1; year++)
            add_rule(calendar, rule, year);
        for (size_t k = 0; k < rule->once.count; k++)
            add_closed(calendar, rule->once.at[k], rule->name, false);
    }
}

static const struct dn_holiday *rule_named(const struct dn_calendar *calendar, const char *name)
{
    for (size_t i = 0; i < calendar->count; i++)
        if (calendar->rules[i].name == name)
            return &calendar->rules[i];
    return NULL;
}

/* Is it closed by a rule (the first `count`, sorted) or observed already (behind them)? */
static bool is_taken(const struct dn_calendar *calendar, size_t count, int64_t day)
{
    for (size_t i = count; i < calendar->closed_count; i++)
        if (calendar->closed[i].day == day)
            return true;
    return find_sorted(calendar, count, day) != NULL;
}

/* The day on which a holiday is observed; its own one when nothing moves. */
static int64_t observed_day(const struct dn_calendar *calendar, size_t count, enum dn_observed observed, int64_t day)
{
    int weekday = dn_civil_weekday(day);
    if (observed == DN_OBSERVED_NEAREST && is_weekend(day))
        return weekday == SATURDAY ? day - 1 : day + 1;
    bool moves = observed == DN_OBSERVED_NEXT ? is_weekend(day) : weekday == SUNDAY;
    if ((observed != DN_OBSERVED_NEXT && observed != DN_OBSERVED_NEXT_SUNDAY) || !moves)
        return day;
    do
        day++;
    while (is_taken(calendar, count, day) || (observed == DN_OBSERVED_NEXT && is_weekend(day)));
    return day;
}

static void add_observed(struct dn_calendar *calendar)
{
    size_t count = calendar->closed_count;
    for (size_t i = 0; i < count; i++) {
        struct dn_closed closed = calendar->closed[i];
        const struct dn_holiday *rule = rule_named(calendar, closed.name);
        int64_t day = observed_day(calendar, count, rule->observed, closed.day);
        if (day != closed.day)
            add_closed(calendar, day, closed.name, true);
    }
}

/* Japan's Act 178 of 1948, Art. 3(3): a day whose day before and day after are both holidays is one. */
static void add_bridges(struct dn_calendar *calendar, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct dn_closed closed = calendar->closed[i];
        if (find_sorted(calendar, count, closed.day + 2) != NULL &&
            find_sorted(calendar, count, closed.day + 1) == NULL)
            add_closed(calendar, closed.day + 1, closed.name, true);
    }
}

/* What no year asks for, and what was removed, goes. */
static void keep_checked(struct dn_calendar *calendar)
{
    int64_t first = dn_civil_days(calendar->from, 1, 1), last = dn_civil_days(calendar->until, 12, 31);
    size_t kept = 0;
    for (size_t i = 0; i < calendar->closed_count; i++) {
        struct dn_closed closed = calendar->closed[i];
        if (closed.day >= first && closed.day <= last && !has_day(&calendar->removed, closed.day))
            calendar->closed[kept++] = closed;
    }
    calendar->closed_count = kept;
}

void dn_calendar_build(struct dn_calendar *calendar)
{
    calendar->closed_count = 0;
    add_rules(calendar);
    sort_closed(calendar);
    size_t count = calendar->closed_count;
    add_observed(calendar);
    if (calendar->bridge)
        add_bridges(calendar, count);
    sort_closed(calendar);
    keep_checked(calendar);
}

/* The closed day of the calendar or of those it stands on. */
static const struct dn_closed *find_closed(const struct dn_calendar *calendar, int64_t day)
{
    const struct dn_closed *closed = find_sorted(calendar, calendar->closed_count, day);
    if (closed != NULL || calendar->base == NULL || has_day(&calendar->removed, day))
        return closed;
    return find_closed(calendar->base, day);
}

static bool is_checked(const struct dn_calendar *calendar, int64_t day)
{
    if (day < dn_civil_days(calendar->from, 1, 1) || day > dn_civil_days(calendar->until, 12, 31))
        return false;
    return calendar->base == NULL || is_checked(calendar->base, day);
}

enum dn_day dn_calendar_day(const struct dn_calendar *calendar, int64_t day, const char **name)
{
    bool checked = is_checked(calendar, day);
    const struct dn_closed *closed = checked ? find_closed(calendar, day) : NULL;
    if (name != NULL)
        *name = closed != NULL ? closed->name : NULL;
    if (is_weekend(day))
        return DN_DAY_WEEKEND;
    if (!checked)
        return DN_DAY_UNKNOWN;
    return closed != NULL ? DN_DAY_HOLIDAY : DN_DAY_WORKING;
}

void dn_calendar_clear(struct dn_calendar *calendar)
{
    for (size_t i = 0; i < calendar->count; i++) {
        free(calendar->rules[i].name);
        free(calendar->rules[i].once.at);
        free(calendar->rules[i].except.at);
    }
    free(calendar->rules);
    free(calendar->removed.at);
    free(calendar->closed);
    free(calendar->id);
    free(calendar->title);
    free(calendar->law);
    memset(calendar, 0, sizeof *calendar);
}
