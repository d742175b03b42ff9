/* Inside lib/deadline: an instant in nine bytes, in its order: so many 100 ns since the year 1, and the rest of less.
 */
#ifndef DN_DEADLINE_SAID_TIME_H
#define DN_DEADLINE_SAID_TIME_H

#include "time/instant.h"

#define DN_TICKS_NONE INT64_C(-1)
#define DN_TICKS_PER_S INT64_C(10000000)
#define DN_TICKS_FIRST_S INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */

/* The ticks of an instant, DN_TICKS_NONE for no time; *rest becomes the nanoseconds over (0 to 99). */
static inline int64_t dn_ticks_of(struct dn_instant at, uint8_t *rest)
{
    int64_t ticks = (at.s - DN_TICKS_FIRST_S) * DN_TICKS_PER_S;
    *rest = 0;
    if (at.ns <= 0)
        return at.ns == 0 ? ticks : DN_TICKS_NONE;
    *rest = (uint8_t)(at.ns % 100);
    return ticks + at.ns / 100;
}

/* The instant that these are. */
static inline struct dn_instant dn_ticks_instant(int64_t ticks, uint8_t rest)
{
    if (ticks == DN_TICKS_NONE)
        return DN_INSTANT_NONE;
    return (struct dn_instant){ticks / DN_TICKS_PER_S + DN_TICKS_FIRST_S,
                               (int32_t)(ticks % DN_TICKS_PER_S) * 100 + rest};
}

#endif
