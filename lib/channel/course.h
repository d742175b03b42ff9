/* How a run over the network goes: what it has done, how fast, and when it will be finished against the times that are
 * due. Pure: the caller has the clock. */
#ifndef DN_CHANNEL_COURSE_H
#define DN_CHANNEL_COURSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/outbound.h"
#include "notice/plan.h"
#include "time/instant.h"

/* What is known of how fast one way is. */
struct dn_pace {
    int64_t rate, rate_ms; /* as configured; rate 0: no limit */
    size_t done;           /* decided in this run */
    int64_t ms;            /* in so long */
};

/* Notices a second: what was measured once there is something to go by, never more than what is configured; before
 * that, what is configured. 0: nobody knows. */
double dn_pace_per_s(const struct dn_pace *pace);

/* What became of the notices of this run. */
struct dn_tally {
    size_t accepted, deferred, rejected, unknown;
};

/* When what is left will be done. */
struct dn_forecast {
    /* what it comes to */
    size_t left;                 /* notices */
    bool known;                  /* is there a pace for all of them? */
    struct dn_instant ends_at;   /* if known */
    struct dn_instant first_due; /* the earliest of what is left; no time: none has one */
    size_t late;                 /* tenants of which a notice that is required leaves behind its due time */
    /* while it is made */
    const struct dn_plan *plan;
    struct dn_instant now;
    double per_s[DN_WAYS];
    size_t queued[DN_WAYS];
    unsigned char *behind; /* by row of the plan */
};

/* Begins with the pace of each way; what is under way on it can be set as queued; adds the rows that are left in the
 * order of their leaving; ends. _end frees. */
void dn_forecast_begin(struct dn_forecast *forecast, const struct dn_plan *plan, struct dn_instant now,
                       const double per_s[DN_WAYS]);
void dn_forecast_add(struct dn_forecast *forecast, size_t row);
void dn_forecast_end(struct dn_forecast *forecast);

/* One line for people: "sent 120, deferred 3, rejected 0, unknown 0; 14/s; 880 left, done at ..., first due ...". */
void dn_course_line(const struct dn_tally *tally, double per_s, const struct dn_forecast *forecast,
                    struct dn_buf *line);

/* "61 h 3 min", "2 min 5 s", "0 s". */
void dn_course_span(int64_t seconds, struct dn_buf *text);

#endif
