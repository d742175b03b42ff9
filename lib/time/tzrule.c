#include "time/tzrule.h"

#include "time/instant.h"

static bool take(struct dn_text *text, char c)
{
    if (text->size == 0 || *text->at != c)
        return false;
    text->at++;
    text->size--;
    return true;
}

/* A number of one to three digits, at most `max`. */
static bool take_number(struct dn_text *text, int max, int *value)
{
    size_t i = 0;
    *value = 0;
    for (; i < text->size && i < 3 && text->at[i] >= '0' && text->at[i] <= '9'; i++)
        *value = *value * 10 + (text->at[i] - '0');
    text->at += i;
    text->size -= i;
    return i > 0 && *value <= max;
}

/* Three letters or more, or <letters, digits and signs>. */
static bool take_name(struct dn_text *text)
{
    bool quoted = take(text, '<');
    size_t i = 0;
    for (; i < text->size; i++) {
        char c = text->at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-')))
            break;
    }
    text->at += i;
    text->size -= i;
    return i >= 3 && (!quoted || take(text, '>'));
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool take_time(struct dn_text *text, int max_hours, int32_t *seconds)
{
    bool negative = take(text, '-');
    if (!negative)
        take(text, '+');
    int hours, minutes = 0, s = 0;
    if (!take_number(text, max_hours, &hours))
        return false;
    if (take(text, ':') && (!take_number(text, 59, &minutes) || (take(text, ':') && !take_number(text, 59, &s))))
        return false;
    *seconds = (hours * 3600 + minutes * 60 + s) * (negative ? -1 : 1);
    return true;
}

static bool take_month_day(struct dn_text *text, struct dn_tzday *day)
{
    return take_number(text, 12, &day->month) && day->month >= 1 && take(text, '.') &&
           take_number(text, 5, &day->week) && day->week >= 1 && take(text, '.') && take_number(text, 6, &day->day);
}

/* ",DAY[/TIME]" */
static bool take_day(struct dn_text *text, struct dn_tzday *day)
{
    if (!take(text, ','))
        return false;
    bool right;
    *day = (struct dn_tzday){.kind = '0', .time_s = 2 * 3600};
    if (take(text, 'M')) {
        day->kind = 'M';
        right = take_month_day(text, day);
    } else if (take(text, 'J')) {
        day->kind = 'J';
        right = take_number(text, 365, &day->day) && day->day >= 1;
    } else {
        right = take_number(text, 365, &day->day);
    }
    return right && (!take(text, '/') || take_time(text, 167, &day->time_s));
}

bool dn_tzrule_parse(struct dn_text text, struct dn_tzrule *rule)
{
    struct dn_tzrule parsed = {0};
    int32_t west;
    if (!take_name(&text) || !take_time(&text, 24, &west))
        return false;
    parsed.standard_s = -west;
    parsed.summer = text.size > 0;
    if (parsed.summer) {
        parsed.summer_s = parsed.standard_s + 3600;
        if (!take_name(&text))
            return false;
        if (text.size > 0 && *text.at != ',') {
            if (!take_time(&text, 24, &west))
                return false;
            parsed.summer_s = -west;
        }
        if (!take_day(&text, &parsed.start) || !take_day(&text, &parsed.end))
            return false;
    }
    *rule = parsed;
    return text.size == 0;
}

/* The day as days since 1970. */
static int64_t day_of(const struct dn_tzday *day, int year)
{
    int64_t first = dn_civil_days(year, 1, 1);
    if (day->kind == '0')
        return first + day->day;
    if (day->kind == 'J')
        return first + day->day - 1 + (day->day >= 60 && dn_civil_month_days(year, 2) == 29);
    int64_t month = dn_civil_days(year, day->month, 1);
    int64_t found = month + (day->day - dn_civil_weekday(month) + 7) % 7 + 7 * (day->week - 1);
    return found >= month + dn_civil_month_days(year, day->month) ? found - 7 : found;
}

/* When one of the two changes happens in a year: its wall clock is the one that ends. */
static int64_t change_at(const struct dn_tzrule *rule, bool to_summer, int year)
{
    const struct dn_tzday *day = to_summer ? &rule->start : &rule->end;
    return day_of(day, year) * 86400 + day->time_s - (to_summer ? rule->standard_s : rule->summer_s);
}

/* Looks at the changes of the years around: a time of day of up to 167 hours may lie in the next one. At one and the
 * same second the start of summer time wins: so a rule says "summer time all the year". */
int32_t dn_tzrule_offset(const struct dn_tzrule *rule, int64_t at, int64_t *until)
{
    *until = INT64_MAX;
    if (!rule->summer)
        return rule->standard_s;
    int year = dn_civil_of((struct dn_instant){at, 0}, 0).year;
    int64_t last = INT64_MIN;
    bool summer = false;
    for (int i = 0; i < 6; i++) {
        bool to_summer = i % 2;
        int64_t change = change_at(rule, to_summer, year - 1 + i / 2);
        if (change > at && change < *until)
            *until = change;
        if (change <= at && (change > last || (change == last && to_summer))) {
            last = change;
            summer = to_summer;
        }
    }
    return summer ? rule->summer_s : rule->standard_s;
}
