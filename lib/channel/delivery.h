/* One run of a plan through a transport: intents durable, hand over, outcomes durable; tenant by tenant in the plan's
 * order. */
#ifndef DN_CHANNEL_DELIVERY_H
#define DN_CHANNEL_DELIVERY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "channel/reconcile.h"
#include "channel/transport.h"
#include "ledger/ledger.h"
#include "notice/config.h"
#include "notice/plan.h"

/* How a run goes; all borrowed. */
struct dn_delivery {
    const struct dn_plan *plan;
    const struct dn_steps *steps;
    struct dn_ledger *ledger;
    struct dn_transport *transport;
    const char *notice, *by, *approved_by; /* approved_by "" without approval */
    struct dn_instant (*clock)(const void *context);
    const void *clock_context;
    void (*progress)(void *context, size_t rows_done); /* after each batch; NULL: nobody looks */
    void *progress_context;
    const volatile sig_atomic_t *stop; /* not 0: end after the batch in hand */
};

/* What came of it. */
struct dn_delivery_counts {
    size_t messages, posts, calls; /* handed over by this run */
    size_t found;                  /* had been handed over by a run that ended before it could say so */
    size_t unknown, refused;       /* outcomes: unknown; rejected or deferred */
    size_t left;                   /* rows not begun, since stop was set */
};

/* Does the steps. DN_SYSTEM: the ledger or the transport failed; what was done by then is in the ledger, or will be
 * found out by the next run. */
enum dn_status dn_delivery_run(const struct dn_delivery *delivery, struct dn_delivery_counts *counts,
                               struct dn_error *err);

/* Fills a ledger row from a planned one: everything but seq, at, attempt, code, reference, by, approved_by and chain.
 * Views into the plan. */
void dn_delivery_row(const struct dn_plan_row *row, const char *notice, struct dn_ledger_row *into);

#endif
