/* How many obligations came to which verdict, and how long it took to tell those who were told: what is left of rows
 * that nobody wants to see one by one. Two summaries of parts are joined into that of the whole. */
#ifndef DN_DEADLINE_SUMMARY_H
#define DN_DEADLINE_SUMMARY_H

#include "deadline/obligation.h"

/* Some numbers of seconds, in no order. There are millions, so they lie in pieces that never move. */
struct dn_seconds_piece;
struct dn_seconds {
    struct dn_seconds_piece *last, *last_wide; /* of numbers that take 32 bits, and of others */
    size_t count;
    int64_t least, most; /* of them, if there are any */
};

/* Starts zeroed. */
struct dn_summary {
    size_t total, counts[DN_VERDICT_COUNT];
    struct dn_seconds elapsed, overrun; /* of those who were told: met, late and excused; not of updates */
};

/* Counts a row. */
void dn_summary_take(struct dn_summary *summary, const struct dn_obligation *row);

/* Takes over all of other, which is empty then. */
void dn_summary_join(struct dn_summary *summary, struct dn_summary *other);

/* Sets the 50th, 90th and 99th percentile and the maximum (nearest rank). Returns how many there are; 0 sets nothing.
 */
size_t dn_seconds_percentiles(const struct dn_seconds *seconds, int64_t values[4]);

void dn_summary_clear(struct dn_summary *summary);

#endif
