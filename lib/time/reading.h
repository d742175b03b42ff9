/* Reading a value by one time format, directive by directive. For time/format.c, which checks the formats first. */
#ifndef DN_TIME_READING_H
#define DN_TIME_READING_H

#include <stdbool.h>

#include "time/instant.h"

/* The parts of a time that a directive gives. */
enum {
    DN_PART_YEAR = 1,
    DN_PART_MONTH = 2,
    DN_PART_DAY = 4,
    DN_PART_YEAR_DAY = 8,
    DN_PART_HOUR = 16,
    DN_PART_HOUR12 = 32,
    DN_PART_HALF = 64,
    DN_PART_MINUTE = 128,
    DN_PART_SECOND = 256,
    DN_PART_FRACTION = 512,
    DN_PART_OFFSET = 1024,
    DN_PART_WEEKDAY = 2048
};

/* What a value has told so far. Starts with the value as `rest`. */
struct dn_time_reading {
    struct dn_text rest;
    struct dn_civil civil;
    int year_day, weekday, hour12, half; /* 0: not given; weekday 1 = Sunday; half 1 = AM, 2 = PM */
    bool has_offset;
    int offset_s;
};

/* The parts that a directive gives; 0: none (%%); -1: there is no such directive. %F and %T are spelled out before. */
int dn_time_reading_parts(char letter);

/* Reads the value by a checked pattern. False: it does not fit. `rest` is what is left. */
bool dn_time_reading_take(struct dn_time_reading *reading, struct dn_text pattern);

/* Brings the day of the year and the 12-hour clock into the civil time. False: no such date, or another day of the
 * week. */
bool dn_time_reading_settle(struct dn_time_reading *reading);

#endif
