/* Writes impact rows as CSV: the bytes of dn_impact_cells in a fraction of the time, for when there are very many.
 * Inside lib/impact only. */
#ifndef DN_IMPACT_PEN_H
#define DN_IMPACT_PEN_H

#include "impact/impact.h"

#define DN_PEN_DAYS 64

/* One thread's. Starts zeroed. */
struct dn_pen {
    struct dn_pen_day {
        int64_t day;     /* since 1970-01-01 */
        char date[12];   /* "2026-06-15T"; empty: no day is known */
    } days[DN_PEN_DAYS]; /* written before, each at its number's place */
};

/* Appends a row, without part and LF. */
void dn_pen_add(struct dn_pen *pen, const struct dn_impact *row, struct dn_buf *to);

#endif
