/* Inside lib/time: the day of a holiday in a year. */
#ifndef DN_TIME_CALENDAR_RULE_H
#define DN_TIME_CALENDAR_RULE_H

#include "time/calendar.h"

/* Sets *day; false: the rule has none in that year (DN_HOLIDAY_ONCE never has, 29 February mostly not). Neither years
 * nor lists of days are looked at. */
bool dn_holiday_day(const struct dn_holiday *rule, int year, int64_t *day);

#endif
