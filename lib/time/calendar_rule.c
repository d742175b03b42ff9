#include "time/calendar_rule.h"

#include "time/instant.h"

/* The anonymous Gregorian algorithm (Nature, 20 April 1876), as Meeus gives it. */
int64_t dn_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int g = (8 * b + 13) / 25;
    int h = (19 * a + b - b / 4 - g + 15) % 30;
    int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int sum = h + l - 7 * m + 114;
    return dn_civil_days(year, sum / 31, sum % 31 + 1);
}

/* Meeus' Julian algorithm. The Julian calendar is behind by a day more with each century that 400 does not divide. */
int64_t dn_easter_orthodox(int year)
{
    int d = (19 * (year % 19) + 15) % 30;
    int e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7;
    int sum = d + e + 114;
    int behind = year / 100 - year / 400 - 2;
    return dn_civil_days(year, sum / 31, sum % 31 + 1) + behind;
}

static int64_t weekday_from(int64_t day, int weekday)
{
    return day + (weekday - dn_civil_weekday(day) + 7) % 7;
}

static int64_t nth_weekday(int year, const struct dn_holiday *rule)
{
    int last = dn_civil_month_days(year, rule->month);
    if (rule->nth == 5)
        return weekday_from(dn_civil_days(year, rule->month, last) - 6, rule->weekday);
    return weekday_from(dn_civil_days(year, rule->month, 1), rule->weekday) + 7 * (rule->nth - 1);
}

/* The formula for 1980 to 2099 that stands in the almanacs: a mean equinox and the calendar's slip against it. */
static int64_t equinox(int year, int month)
{
    int64_t n = year - 1980;
    int64_t millionths = (month == 3 ? 20843100 : 23248800) + 242194 * n;
    return dn_civil_days(year, month, (int)(millionths / 1000000 - n / 4));
}

bool dn_holiday_day(const struct dn_holiday *rule, int year, int64_t *day)
{
    bool dated = rule->kind == DN_HOLIDAY_DATE || rule->kind == DN_HOLIDAY_FROM;
    if (rule->kind == DN_HOLIDAY_ONCE || (dated && rule->day > dn_civil_month_days(year, rule->month)))
        return false;
    if (rule->kind == DN_HOLIDAY_EASTER)
        *day = dn_easter(year) + rule->day;
    else if (rule->kind == DN_HOLIDAY_ORTHODOX)
        *day = dn_easter_orthodox(year) + rule->day;
    else if (rule->kind == DN_HOLIDAY_NTH)
        *day = nth_weekday(year, rule);
    else if (rule->kind == DN_HOLIDAY_EQUINOX)
        *day = equinox(year, rule->month);
    else
        *day = dn_civil_days(year, rule->month, rule->day);
    if (rule->kind == DN_HOLIDAY_FROM)
        *day = weekday_from(*day, rule->weekday);
    return true;
}
