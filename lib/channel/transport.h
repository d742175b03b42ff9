/* A way out of the house as a struct of functions: today the outbox, later a relay and an HTTP endpoint, in tests a
 * double. */
#ifndef DN_CHANNEL_TRANSPORT_H
#define DN_CHANNEL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

/* One notice whose intent is durable. All is borrowed, and good only during take and keep. */
struct dn_dispatch {
    const struct dn_plan_row *row;
    const struct dn_content *content;
    const char *notice;          /* as in the ledger: "initial", "drill-initial" */
    struct dn_instant intent_at; /* of the intent row: a message's Date, so that rendering again gives the same bytes */
    bool resend;                 /* a person decided: the text has to say that it may be a second copy */
    int64_t attempt;             /* the first one of this run; of a resend, what tells it from the first copy */
    struct dn_instant called_at; /* when the last recorded call was; no time: nobody was called yet */
};

/* What became of one notice. state: ACCEPTED, DEFERRED, REJECTED or UNKNOWN; INTENT: finish decides it (a call). */
struct dn_outcome {
    enum dn_state state;
    char code[32], reason[160], reference[160];
    bool found; /* an earlier run had handed it over; the caller of found sets it */
};

/* Functions but for take may be NULL where a transport has nothing to do. All that return a status return DN_OK, or
 * DN_SYSTEM, which ends the run. found: did an earlier run, which ended between intent and outcome, hand this key over?
 * NULL: nobody can know. take: hands over one notice. *outcome is zeroed before, and may still be filled in until flush
 * returns. keep: a call that an earlier run opened and that is open still. flush: everything taken is durable or
 * decided; called once per batch, before its outcomes are committed. finish: after the last batch, also when a signal
 * ended the run early; what take left at INTENT becomes DEFERRED when it returns DN_OK. */
struct dn_transport {
    void *self;
    const char *code; /* stands in intent rows: "outbox" */
    size_t batch;     /* how many rows share one flush, about */
    bool (*found)(void *self, const char *key, enum dn_channel channel);
    enum dn_status (*take)(void *self, const struct dn_dispatch *dispatch, struct dn_outcome *outcome,
                           struct dn_error *err);
    enum dn_status (*keep)(void *self, const struct dn_dispatch *dispatch, struct dn_error *err);
    enum dn_status (*flush)(void *self, struct dn_error *err);
    enum dn_status (*finish)(void *self, struct dn_error *err);
    void (*close)(void *self);
};

#endif
