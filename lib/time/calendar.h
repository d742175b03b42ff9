/* Calendars of closed days: Saturdays, Sundays and public holidays by rule, for the years that somebody has checked. A
 * day of any other year is unknown, never a working day by default. Days are counted from 1970-01-01, as by
 * dn_civil_days. */
#ifndef DN_TIME_CALENDAR_H
#define DN_TIME_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* How a holiday's day is found in a year. */
enum dn_holiday_kind {
    DN_HOLIDAY_DATE,     /* `month` and `day` */
    DN_HOLIDAY_EASTER,   /* `day` days after Easter Sunday, by the Gregorian reckoning */
    DN_HOLIDAY_ORTHODOX, /* ... by the Julian one */
    DN_HOLIDAY_NTH,      /* the `nth` `weekday` of `month`; nth 5 is the last one */
    DN_HOLIDAY_FROM,     /* the first `weekday` on or after `month` and `day` */
    DN_HOLIDAY_EQUINOX,  /* the day of the equinox of `month` (3 or 9) in Japan, good for 1980 to 2099 */
    DN_HOLIDAY_ONCE      /* only the days of `once` */
};

/* What a holiday at a weekend does to the days beside it. */
enum dn_observed {
    DN_OBSERVED_NOT,
    DN_OBSERVED_NEAREST,    /* Saturday: the Friday before, Sunday: the Monday after, is closed, too (5 U.S.C. 6103) */
    DN_OBSERVED_NEXT,       /* Saturday or Sunday: the next day that is neither weekend nor holiday */
    DN_OBSERVED_NEXT_SUNDAY /* Sunday alone: the next day that is no holiday (Japan) */
};

/* A list of days. Starts zeroed. */
struct dn_days {
    int64_t *at;
    size_t count, room;
};

/* One rule; the name and the lists are owned. weekday 0 = Sunday. */
struct dn_holiday {
    char *name;
    enum dn_holiday_kind kind;
    enum dn_observed observed;
    int month, day, weekday, nth;
    int from, until;       /* years in which it holds; 0: no such limit */
    struct dn_days once;   /* further days on which it is, whatever the kind */
    struct dn_days except; /* days on which it is not */
};

/* A closed day that was computed; `name` is the rule's. */
struct dn_closed {
    int64_t day;
    const char *name;
    bool observed; /* in the place of a holiday at a weekend, or between two holidays */
};

/* Starts zeroed. Strings are owned, base is borrowed. */
struct dn_calendar {
    char *id, *title, *law;
    int from, until; /* the checked years, both included */
    bool bridge;     /* a day between two holidays is one (Japan) */
    const struct dn_calendar *base;
    struct dn_holiday *rules;
    size_t count, room;
    struct dn_days removed; /* open although a rule, or base, says closed */
    struct dn_closed *closed;
    size_t closed_count, closed_room;
};

enum dn_day { DN_DAY_WORKING, DN_DAY_WEEKEND, DN_DAY_HOLIDAY, DN_DAY_UNKNOWN };

/* Computes the closed days of the checked years from the rules; again after the rules have changed. */
void dn_calendar_build(struct dn_calendar *calendar);

/* What that day is. *name (NULL allowed) becomes the holiday's name, good as long as the calendar, or NULL. A Saturday
 * or Sunday is a weekend in every year. */
enum dn_day dn_calendar_day(const struct dn_calendar *calendar, int64_t day, const char **name);

/* Adds a rule, zeroed, for the caller to fill in; good until the next one. */
struct dn_holiday *dn_calendar_add(struct dn_calendar *calendar);

/* Appends a day. */
void dn_days_add(struct dn_days *days, int64_t day);

/* A day as text: "2025-01-09". False: it is not one. */
bool dn_day_parse(struct dn_text text, int64_t *day);

/* The day as text; it must be in the years 0001 to 9999. */
#define DN_DAY_TEXT 16
void dn_day_format(int64_t day, char text[DN_DAY_TEXT]);

/* The name of the day of the week, "Mon" to "Sun". */
const char *dn_day_weekday(int64_t day);

/* Easter Sunday of a year, by the Gregorian and by the Julian reckoning, as Gregorian days. */
int64_t dn_easter(int year);
int64_t dn_easter_orthodox(int year);

/* Frees what it owns and leaves it empty. */
void dn_calendar_clear(struct dn_calendar *calendar);

#endif
