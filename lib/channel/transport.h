/* A way out of the house as a struct of functions: today the outbox, later a relay and an HTTP endpoint, in tests a double. */
#ifndef DN_CHANNEL_TRANSPORT_H
#define DN_CHANNEL_TRANSPORT_H

#include "base/error.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

/* What became of one notice. state: ACCEPTED, DEFERRED, REJECTED or UNKNOWN. */
struct dn_outcome {
    enum dn_state state;
    char code[32];
    char reason[160];
    char reference[160];
};

/* A transport takes notices whose intent is durable. take: hands over one notice's final bytes and says what became of it, or that it will say so at flush.
 * flush: everything taken is durable or decided; called once per batch before outcomes are committed. DN_SYSTEM ends the run. */
struct dn_transport {
    void *self;
    enum dn_status (*take)(void *self, const struct dn_plan_row *row, struct dn_instant intent_at, struct dn_outcome *outcome,
                           struct dn_error *err);
    enum dn_status (*flush)(void *self, struct dn_error *err);
    void (*close)(void *self);
};

#endif
