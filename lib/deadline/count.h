/* Inside lib/deadline: counting days (dn_civil_days) on a calendar. */
#ifndef DN_DEADLINE_COUNT_H
#define DN_DEADLINE_COUNT_H

#include "deadline/regime.h"
#include "time/calendar.h"

/* Days of a period; both belong to it. clamped: the last month has no day of that number, so its last day is taken
 * (Regulation 1182/71 Art. 3(2)(c)). */
struct dn_span {
    int64_t first, last;
    bool clamped;
};

/* The last day that there is room for: every day after it is later than the year 9999. */
int64_t dn_count_last_day(void);

/* The period of a regime of days, months or days after the year's end, for a trigger on that day. False: it would end
 * behind dn_count_last_day. */
bool dn_count_span(const struct dn_regime *regime, int64_t day, struct dn_span *span);

/* Each of these is false where it came upon a day that the calendar does not know; *unknown is that day.
 *   _business: `count` open days behind `day`; the last of them becomes span->last, and span->first the day after
 * `day`. _open: *day moves on to the next open day, if it is closed. _extend: span->last moves on until `least` open
 * days lie in the span (Regulation 1182/71 Art. 3(5)). */
bool dn_count_business(const struct dn_calendar *calendar, int64_t count, int64_t day, struct dn_span *span,
                       int64_t *unknown);
bool dn_count_open(const struct dn_calendar *calendar, int64_t *day, int64_t *unknown);
bool dn_count_extend(const struct dn_calendar *calendar, int64_t least, struct dn_span *span, int64_t *unknown);

#endif
