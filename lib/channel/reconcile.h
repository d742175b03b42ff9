/* What a run has to do: the plan held against what the ledger already knows. No settled key is sent again, nobody is
 * told twice because a run ended in between, and nothing that a person must decide is decided here (CONTRACT section 5,
 * Re-runs). */
#ifndef DN_CHANNEL_RECONCILE_H
#define DN_CHANNEL_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/note.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

enum dn_todo {
    DN_TODO_NOTHING, /* settled, or unchanged */
    DN_TODO_RECORD,  /* a held or skipped row is new or has changed */
    DN_TODO_SEND,    /* intent, then hand over */
    DN_TODO_RESUME,  /* the intent is there, its outcome is not */
    DN_TODO_DROP,    /* the intent is there, and now the notice is held or skipped */
    DN_TODO_KEEP     /* a call that is open still */
};

/* What to do about the plan's row of the same index. */
struct dn_step {
    enum dn_todo todo;
    bool resend;       /* a person decided that it be sent again although it may have arrived: the text has to say so */
    bool known;        /* the ledger had the key before this run */
    enum dn_state was; /* its last state then */
    bool outbox;       /* ... and its code says that it was for an outbox */
    struct dn_instant was_at; /* the time of that row; of a call, when it was made */
    int64_t attempt;
    size_t share; /* the plan row whose message and states this one takes; SIZE_MAX: its own */
};

/* How many plan rows are what, in this order of looking. */
struct dn_step_counts {
    size_t settled;     /* accepted, delivered, reached before */
    size_t changed;     /* of these: with another text now */
    size_t kept;        /* open calls of earlier runs */
    size_t added;       /* recipients that a satisfied channel does not gain without add_recipients */
    size_t unknown;     /* a person must decide */
    size_t reworded;    /* to be sent again, but with another text: not sent */
    size_t undelivered; /* rejected or bounced before */
    size_t unchanged;   /* held or skipped as before */
    size_t orphans;     /* intents of the plan's incidents without outcome, for which the plan has no row */
};

struct dn_steps {
    struct dn_step *at; /* plan->row_count of them */
    struct dn_step_counts counts;
};

/* The ledger's word for a notice of an incident: "drill-initial" in a drill. Good as long as both arguments. */
const char *dn_notice_word(const struct dn_incident *incident, const char *notice);

/* Does the ledger's declared_at agree with the record's for every incident, or does a revision name the ledger's as
 * corrected? DN_INVALID: it does not, and says both times. */
enum dn_status dn_reconcile_declared(const struct dn_ledger *ledger, const struct dn_incidents *incidents,
                                     struct dn_error *err);

/* How the ledger is to be read. */
struct dn_reading {
    bool add_recipients;       /* a satisfied channel gains recipients */
    bool outbox_was_rehearsal; /* what lies in an outbox was never sent, and is to be sent now */
};

/* Has the ledger rows of an outbox of the plan's notices, which would keep them from being sent? How many keys. */
size_t dn_reconcile_outbox(const struct dn_plan *plan, const struct dn_ledger *ledger);

/* Works out the steps. DN_SYSTEM, DN_INVALID: the ledger cannot be read back. */
enum dn_status dn_reconcile(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *notice,
                            struct dn_reading reading, struct dn_steps *steps, struct dn_error *err);
void dn_steps_clear(struct dn_steps *steps);

/* Says the counts, each behind its word. */
void dn_steps_note(const struct dn_steps *steps, struct dn_notes *notes);

#endif
