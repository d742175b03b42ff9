#include "time/instant.h"

#include <stdio.h>
#include <time.h>

#include "time/stamp.h"

#define DAY_S 86400
#define FIRST_S INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_S INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

bool dn_instant_is(struct dn_instant at)
{
    return at.ns >= 0;
}

int dn_instant_compare(struct dn_instant a, struct dn_instant b)
{
    if (a.s != b.s)
        return a.s < b.s ? -1 : 1;
    return (a.ns > b.ns) - (a.ns < b.ns);
}

struct dn_instant dn_instant_min(struct dn_instant a, struct dn_instant b)
{
    if (!dn_instant_is(a))
        return b;
    return dn_instant_is(b) && dn_instant_compare(b, a) < 0 ? b : a;
}

struct dn_instant dn_instant_max(struct dn_instant a, struct dn_instant b)
{
    if (!dn_instant_is(a))
        return b;
    return dn_instant_is(b) && dn_instant_compare(b, a) > 0 ? b : a;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

struct dn_instant dn_instant_add(struct dn_instant at, int64_t seconds)
{
    if (dn_instant_is(at))
        at.s =
            clamp(clamp(at.s, FIRST_S, LAST_S) + clamp(seconds, FIRST_S - LAST_S, LAST_S - FIRST_S), FIRST_S, LAST_S);
    return at;
}

int64_t dn_instant_seconds(struct dn_instant a, struct dn_instant b)
{
    return b.s - a.s - (b.ns < a.ns);
}

/* Dates: years are counted from March, so that the leap day is a year's last one (the era of 400 years has 146097
 * days). */
int64_t dn_civil_days(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int dn_civil_weekday(int64_t days)
{
    int64_t weekday = (days + 4) % 7;
    return (int)(weekday < 0 ? weekday + 7 : weekday);
}

static void civil_date(int64_t days, struct dn_civil *civil)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t month = (5 * of_year + 2) / 153;
    civil->day = (int)(of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = (int)(years + era * 400 + (civil->month <= 2));
}

struct dn_civil dn_civil_of(struct dn_instant at, int offset_s)
{
    int64_t s = at.s + offset_s;
    int64_t days = s / DAY_S - (s % DAY_S < 0);
    int of_day = (int)(s - days * DAY_S);
    struct dn_civil civil = {
        .hour = of_day / 3600, .minute = of_day / 60 % 60, .second = of_day % 60, .ns = at.ns < 0 ? 0 : at.ns};
    civil_date(days, &civil);
    return civil;
}

struct dn_instant dn_civil_instant(const struct dn_civil *civil, int offset_s)
{
    int64_t days = dn_civil_days(civil->year, civil->month, civil->day);
    int64_t of_day = civil->hour * 3600 + civil->minute * 60 + civil->second;
    return (struct dn_instant){days * DAY_S + of_day - offset_s, civil->ns};
}

int dn_civil_month_days(int year, int month)
{
    static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month < 1 || month > 12 ? 0 : days[month - 1] + (month == 2 && leap);
}

bool dn_civil_valid(const struct dn_civil *civil)
{
    return civil->year >= 1 && civil->year <= 9999 && civil->day >= 1 &&
           civil->day <= dn_civil_month_days(civil->year, civil->month) && civil->hour >= 0 && civil->hour <= 23 &&
           civil->minute >= 0 && civil->minute <= 59 && civil->second >= 0 && civil->second <= 59 && civil->ns >= 0 &&
           civil->ns < 1000000000;
}

bool dn_instant_in_range(struct dn_instant at)
{
    return at.s >= FIRST_S && at.s <= LAST_S;
}

/* Takes exactly `count` digits off the text. */
static bool take_digits(struct dn_text *text, size_t count, int *value)
{
    if (text->size < count)
        return false;
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned char)text->at[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        *value = *value * 10 + (int)digit;
    }
    text->at += count;
    text->size -= count;
    return true;
}

/* Takes one of the given characters off the text. */
static bool take_one(struct dn_text *text, const char *of, char *which)
{
    for (; text->size > 0 && *of; of++)
        if (*text->at == *of) {
            *which = *of;
            text->at++;
            text->size--;
            return true;
        }
    return false;
}

static bool take_date(struct dn_text *text, struct dn_civil *civil)
{
    char c;
    return take_digits(text, 4, &civil->year) && take_one(text, "-", &c) && take_digits(text, 2, &civil->month) &&
           take_one(text, "-", &c) && take_digits(text, 2, &civil->day);
}

static bool take_clock(struct dn_text *text, struct dn_civil *civil)
{
    char c;
    return take_digits(text, 2, &civil->hour) && take_one(text, ":", &c) && take_digits(text, 2, &civil->minute) &&
           take_one(text, ":", &c) && take_digits(text, 2, &civil->second);
}

/* What follows the point: nine digits count, more only if they are zeros. */
static bool take_fraction(struct dn_text *text, int32_t *ns)
{
    int digit = 0;
    size_t count = 0;
    *ns = 0;
    for (; take_digits(text, 1, &digit); count++)
        if (count < 9)
            *ns = *ns * 10 + digit;
        else if (digit != 0)
            return false;
    for (size_t i = count; i < 9; i++)
        *ns *= 10;
    return count > 0;
}

static bool take_offset(struct dn_text *text, int *offset_s)
{
    char sign, c;
    int hours, minutes;
    *offset_s = 0;
    if (take_one(text, "Zz", &c))
        return true;
    if (!take_one(text, "+-", &sign) || !take_digits(text, 2, &hours) || !take_one(text, ":", &c) ||
        !take_digits(text, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *offset_s = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
    return sign == '+' || *offset_s != 0; /* RFC 3339 4.3: -00:00 says "offset unknown" */
}

/* A leap second stands at 23:59:60 UTC; POSIX time has no room for it: it becomes the next second. */
static bool civil_to_instant(struct dn_civil *civil, int offset_s, struct dn_instant *at)
{
    bool leap = civil->second == 60;
    civil->second -= leap;
    if (!dn_civil_valid(civil))
        return false;
    *at = dn_civil_instant(civil, offset_s);
    if (leap) {
        struct dn_civil utc = dn_civil_of(*at, 0);
        if (utc.hour != 23 || utc.minute != 59)
            return false;
        at->s++;
    }
    return dn_instant_in_range(*at);
}

/* "2026-06-15T18:00:00Z", as nearly every time of a stream is written. False: look closer. */
static bool parse_canonical(struct dn_text text, struct dn_instant *at)
{
    int64_t s;
    if (text.size != DN_STAMP + 1 || text.at[DN_STAMP] != 'Z' || !dn_stamp_read(text.at, &s))
        return false;
    *at = (struct dn_instant){s, 0};
    return true;
}

bool dn_instant_parse(struct dn_text text, struct dn_instant *at)
{
    struct dn_civil civil = {0};
    struct dn_instant parsed;
    int offset_s;
    char c;
    if (parse_canonical(text, at))
        return true;
    if (!take_date(&text, &civil) || !take_one(&text, "Tt", &c) || !take_clock(&text, &civil))
        return false;
    if (take_one(&text, ".", &c) && !take_fraction(&text, &civil.ns))
        return false;
    if (!take_offset(&text, &offset_s) || text.size != 0 || !civil_to_instant(&civil, offset_s, &parsed))
        return false;
    *at = parsed;
    return true;
}

static inline char *put_two(char *to, int value, char behind)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
    to[2] = behind;
    return to + 3;
}

static char *put_fraction(char *to, int32_t ns)
{
    for (int i = 9; i-- > 0; ns /= 10)
        to[i] = (char)('0' + ns % 10);
    to += 9;
    while (to[-1] == '0')
        to--;
    return to;
}

void dn_instant_format(struct dn_instant at, char text[DN_INSTANT_TEXT])
{
    char *to = text;
    if (dn_instant_is(at)) {
        struct dn_civil civil = dn_civil_of(dn_instant_add(at, 0), 0);
        to = put_two(to, civil.year / 100, '0') - 1;
        to = put_two(to, civil.year % 100, '-');
        to = put_two(to, civil.month, '-');
        to = put_two(to, civil.day, 'T');
        to = put_two(to, civil.hour, ':');
        to = put_two(to, civil.minute, ':');
        to = put_two(to, civil.second, '.');
        to = civil.ns > 0 ? put_fraction(to, civil.ns) : to - 1;
        *to++ = 'Z';
    }
    *to = '\0';
}

void dn_instant_add_to(struct dn_buf *buf, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    dn_buf_adds(buf, text);
}

struct dn_instant dn_instant_clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return DN_INSTANT_NONE;
    return (struct dn_instant){(int64_t)now.tv_sec, 0};
}
