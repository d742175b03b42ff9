/* The traffic of a run over the network: notices are composed as the ways have room, their intents are written when
 * they are about to leave, one commit a turn makes these and the outcomes that have come durable, and only then they
 * leave. What is deferred is tried again when its time has come. */
#ifndef DN_CHANNEL_TRAFFIC_H
#define DN_CHANNEL_TRAFFIC_H

#include <signal.h>

#include "channel/course.h"
#include "channel/entry.h"
#include "channel/retry.h"
#include "channel/way.h"
#include "notice/ahead.h"
#include "notice/config.h"

/* One way and what goes along it. */
struct dn_lane {
    struct dn_way way;
    bool open; /* is there such a way, and is more begun on it? */
    enum dn_leaving by;
    size_t next; /* the plan's row to look at next */
    struct dn_plan_reader reader;
    struct dn_ahead *ahead; /* what is likely to come next; NULL: nothing has begun, or it is not worth it */
    const struct dn_traffic *traffic;
    size_t foreseen;         /* the plan's row to look at next for it */
    struct dn_retries again; /* what was deferred, or given back */
    int64_t resume_ms;       /* the other end is left alone until then */
    struct dn_pace pace;
    size_t accepted;
    bool away, hopeless; /* closed since the other end is away; since it will not mend by itself */
    char why[256];
};

/* What it needs and how it goes. Starts zeroed but for the first part; all of that is borrowed. */
struct dn_traffic {
    struct dn_entries *entries;
    struct dn_retry retry;
    bool no_wait;                         /* close a way whose other end is away, and do not try again */
    const volatile sig_atomic_t *signals; /* one: nothing more is begun; two: what is in flight is given up */
    struct dn_instant (*clock)(const void *context);
    const void *clock_context;
    void (*say)(void *context, const char *text);      /* a line; NULL: nobody listens */
    void (*progress)(void *context, const char *text); /* a line over the last one; NULL: nobody looks */
    void *say_context;
    struct dn_sight sight; /* its settle */

    struct dn_lane lanes[DN_WAYS];
    struct dn_dice dice;
    struct dn_tally tally;      /* deferred: those that are not tried again by this run */
    struct dn_instant last_due; /* no waiting beyond it */
    struct dn_instant next_try; /* of what is left deferred: the earliest sensible one; no time: nothing is */
    size_t late;                /* tenants that will be told too late, as it was said */
    int64_t began_ms, pending_ms, shown_ms, judged_ms, rest_ms;
    bool heard; /* the relay has said something, or something was said about it */
    bool told;  /* intents were written that no commit has taken yet */
    bool held;  /* ... and there are notices of the last commit that have not been let go */
    bool draining, abandoned;
    enum dn_status failure; /* what ended the run early; DN_OK: nothing */
    struct dn_error reason;
};

/* Takes the ways, copies of them; self NULL: there is none. */
void dn_traffic_open(struct dn_traffic *traffic, const struct dn_way ways[DN_WAYS]);

/* Until everything that leaves is decided, or left deferred. DN_SYSTEM: the ledger cannot be written, and nothing more
 * has left; or a notice cannot be made, and what was in flight came to its end. */
enum dn_status dn_traffic_run(struct dn_traffic *traffic, struct dn_error *err);

/* Is another end away? The first reason, or NULL. */
const struct dn_lane *dn_traffic_away(const struct dn_traffic *traffic);

/* "sent 120, ...": how it goes now. */
void dn_traffic_line(const struct dn_traffic *traffic, struct dn_buf *line);

void dn_traffic_clear(struct dn_traffic *traffic);

#endif
