/* One run of a plan over the network: what may leave at all, the ledger held against the plan, what is done before
 * anything leaves, the traffic, and what it comes to. */
#ifndef DN_CHANNEL_SENDING_H
#define DN_CHANNEL_SENDING_H

#include <signal.h>

#include "channel/outbound.h"
#include "channel/reconcile.h"
#include "channel/traffic.h"

/* How it goes; borrowed. */
struct dn_sending {
    const struct dn_plan *plan;
    struct dn_ledger *ledger;
    struct dn_outbound *outbound;
    const char *notice, *by, *approved_by; /* approved_by "" without approval */
    struct dn_reading reading;
    struct dn_retry retry;
    bool no_wait;                         /* end with what was not taken deferred */
    const volatile sig_atomic_t *signals; /* how many came: the first drains, the second gives up what is in flight */
    struct dn_instant (*clock)(const void *context);
    const void *clock_context;
    void (*say)(void *context, const char *text);      /* a line while it runs; NULL: nobody listens */
    void (*progress)(void *context, const char *text); /* a line over the last one; NULL: nobody looks */
    void *say_context;
    struct dn_sight sight; /* as the outbound has it */
};

/* What came of it. Starts zeroed. */
struct dn_sent {
    struct dn_steps steps;
    struct dn_tally tally; /* messages and posts of this run */
    size_t messages, posts, calls;
    size_t late;                /* tenants for which there was not time enough, as was said */
    int64_t ms;                 /* how long it took */
    struct dn_instant next_try; /* of what was not taken: the earliest sensible one */
    bool stopped;               /* by a signal */
    bool away, hopeless;        /* a peer was away; it will not mend by itself */
    char why[512];              /* ... the first one's reason, and where the configuration has what must be mended */
};
void dn_sent_clear(struct dn_sent *sent);

/* What the network must never be given: notices of a drill, and those that lie in an outbox already unless
 * outbox_was_rehearsal. DN_INVALID, and nobody is told. */
enum dn_status dn_sending_check(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *ledger_path,
                                struct dn_reading reading, struct dn_error *err);

/* Sends until everything is decided or due, or a signal came, or the peers will not mend by themselves. DN_SYSTEM: the
 * ledger or the network failed; what was done by then is in the ledger. */
enum dn_status dn_sending_run(const struct dn_sending *sending, struct dn_sent *sent, struct dn_error *err);

/* Where nobody took, refused or may have taken anything: DN_BUSY, since no peer could be reached, and the same call may
 * succeed later; DN_INVALID, since one refused us for what has to be mended. */
enum dn_status dn_sending_judge(const struct dn_sending *sending, const struct dn_sent *sent, struct dn_error *err);

#endif
