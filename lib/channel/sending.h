/* One run of a plan over the network: what may leave at all, the tries and the waits between them, what it comes to. */
#ifndef DN_CHANNEL_SENDING_H
#define DN_CHANNEL_SENDING_H

#include <signal.h>

#include "channel/delivery.h"
#include "channel/standing.h"

/* How it goes; borrowed. */
struct dn_sending {
    struct dn_delivery delivery; /* by a network's transport; its steps point to `steps` */
    struct dn_steps *steps;      /* made and made again here */
    struct dn_reading reading;
    struct dn_retry retry;
    bool no_wait;                          /* end with what was not taken deferred */
    const volatile sig_atomic_t *signals;  /* how many came; NULL: none ever */
    void (*say)(void *, const char *text); /* a line while it runs; NULL: nobody listens */
    void *say_context;
};

/* What the network must never be given: notices of a drill, and those that lie in an outbox already unless
 * outbox_was_rehearsal. DN_INVALID, and nobody is told. */
enum dn_status dn_sending_check(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *ledger_path,
                                struct dn_reading reading, struct dn_error *err);

/* Tries until everything is decided or due, or a signal came, or the peer will not mend by itself. DN_SYSTEM: the
 * ledger or the network failed. */
enum dn_status dn_sending_run(struct dn_sending *sending, struct dn_delivery_counts *counts, struct dn_error *err);

/* DN_BUSY: nobody took anything, since no peer could be reached; the same call may succeed later. */
enum dn_status dn_sending_judge(const struct dn_sending *sending, struct dn_error *err);

#endif
