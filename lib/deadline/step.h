/* The steps of one reckoning, in the order in which they were taken, for people who want to follow it. */
#ifndef DN_DEADLINE_STEP_H
#define DN_DEADLINE_STEP_H

#include "base/text.h"
#include "time/zone.h"

/* word: zone, calendar, trigger, limit, excluded-hour, excluded-day, first-day, business-days, nominal-end, clamp,
 * roll, extension, cutoff, due, latest, stopped, time-zone-data, citation, source, note. */
struct dn_reckon_step {
    const char *word;
    char *text;
};

/* Starts zeroed. */
struct dn_reckon_steps {
    struct dn_reckon_step *at;
    size_t count, room;
};

/* Appends a step; steps NULL: nobody wants them. word is kept by address; printf format. */
void dn_reckon_steps_add(struct dn_reckon_steps *steps, const char *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends one line for each, "word: text". */
void dn_reckon_steps_write(const struct dn_reckon_steps *steps, struct dn_buf *buf);

/* Frees what it owns and leaves it empty. */
void dn_reckon_steps_clear(struct dn_reckon_steps *steps);

/* "Fri 2026-06-12T11:00:00+02:00" on the clock of a zone (NULL: UTC, "Z"); "" for no time. */
#define DN_LOCAL_TEXT 48
void dn_local_format(struct dn_instant at, const struct dn_zone *zone, char text[DN_LOCAL_TEXT]);

/* "Fri 2026-06-12" */
#define DN_LOCAL_DAY_TEXT 24
void dn_local_day_format(int64_t day, char text[DN_LOCAL_DAY_TEXT]);

/* The day that it is on that clock. */
int64_t dn_local_day(struct dn_instant at, const struct dn_zone *zone);

#endif
