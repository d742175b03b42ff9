/* Instants: points on the UTC time line with nanoseconds. Only main asks the clock; below it time is a value. */
#ifndef DN_TIME_INSTANT_H
#define DN_TIME_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* Seconds since 1970-01-01T00:00:00Z (no leap seconds, as POSIX counts) and 0 <= ns < 1e9. Years 0001 to 9999.
 * ns == -1 marks "no time": a cell that was empty. */
struct dn_instant {
    int64_t s;
    int32_t ns;
};

#define DN_INSTANT_NONE ((struct dn_instant){0, -1})

/* Is there a time at all? */
bool dn_instant_is(struct dn_instant at);

/* <0, 0, >0 as a is before, at, after b. Both must be times. */
int dn_instant_compare(struct dn_instant a, struct dn_instant b);

/* The earlier, the later one; "no time" loses. */
struct dn_instant dn_instant_min(struct dn_instant a, struct dn_instant b);
struct dn_instant dn_instant_max(struct dn_instant a, struct dn_instant b);

/* at moved by that many seconds (negative: earlier); stops at the first and the last second of the years 0001 to 9999.
 */
struct dn_instant dn_instant_add(struct dn_instant at, int64_t seconds);

/* b - a in whole seconds, towards minus infinity. */
int64_t dn_instant_seconds(struct dn_instant a, struct dn_instant b);

/* RFC 3339 date-time with an offset; the whole text, nothing around it. 'T' and 'Z' in either case, a blank for 'T' is
 * refused, ":60" only where a leap second may stand (23:59 UTC) and then taken as the next second; up to 9 fraction
 * digits (more: refused if not zero). -00:00 is refused: it says that the offset is not known. False: not a time. */
bool dn_instant_parse(struct dn_text text, struct dn_instant *at);

/* "2026-06-15T18:00:00Z", a fraction without trailing zeros; "" for no time. Room for 31 bytes and the NUL. */
#define DN_INSTANT_TEXT 32
void dn_instant_format(struct dn_instant at, char text[DN_INSTANT_TEXT]);

/* Appends dn_instant_format's text. */
void dn_instant_add_to(struct dn_buf *buf, struct dn_instant at);

/* A date and time of day on some clock on a wall, without a zone. month 1-12, day 1-31, second 0-59. */
struct dn_civil {
    int year, month, day, hour, minute, second;
    int32_t ns;
};

/* The civil time at UTC + offset_s. */
struct dn_civil dn_civil_of(struct dn_instant at, int offset_s);

/* The instant that this civil time is at UTC + offset_s. The date must exist. */
struct dn_instant dn_civil_instant(const struct dn_civil *civil, int offset_s);

/* Does this date exist, in the years 0001 to 9999, and this time of day? How many days has a month (0: no such month)?
 */
bool dn_civil_valid(const struct dn_civil *civil);
int dn_civil_month_days(int year, int month);

/* Is it in the years 0001 to 9999 (UTC)? */
bool dn_instant_in_range(struct dn_instant at);

/* Days since 1970-01-01 of a proleptic Gregorian date, and 0 = Sunday .. 6 of it. */
int64_t dn_civil_days(int year, int month, int day);
int dn_civil_weekday(int64_t days);

/* The clock of the machine, in whole seconds so that no row has a fraction; for main only. */
struct dn_instant dn_instant_clock(void);

#endif
