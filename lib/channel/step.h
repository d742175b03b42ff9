/* What a run has to do about each row of its plan (channel/reconcile.h works it out), four bytes a row. */
#ifndef DN_CHANNEL_STEP_H
#define DN_CHANNEL_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/ledger.h"

enum dn_todo {
    DN_TODO_NOTHING, /* settled, or unchanged */
    DN_TODO_RECORD,  /* a held or skipped row is new or has changed */
    DN_TODO_SEND,    /* intent, then hand over */
    DN_TODO_RESUME,  /* the intent is there, its outcome is not */
    DN_TODO_DROP,    /* the intent is there, and now the notice is held or skipped */
    DN_TODO_KEEP,    /* a call that is open still */
    DN_TODO_TAKE     /* its address was told in another role: takes that one's state (channel/moved.h) */
};

/* What to do about the plan's row of the same index. */
struct dn_step {
    enum dn_todo todo;
    bool resend;       /* a person decided that it be sent again although it may have arrived: the text has to say so */
    bool known;        /* the ledger had the key before this run */
    enum dn_state was; /* its last state then */
    bool outbox;       /* ... and its code says that it was for an outbox */
    struct dn_instant was_at; /* of what is resumed or kept, and of a call: the time of that row, or of the call */
    int64_t attempt;
    size_t share; /* the plan row whose message and states this one takes; SIZE_MAX: its own */
};

/* Had an earlier run written its intent, and no outcome? */
static inline bool dn_step_is_begun(const struct dn_step *step)
{
    return step->known && step->was == DN_STATE_INTENT;
}

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
};

struct dn_steps {
    uint32_t *at;         /* as many as the plan has rows: a step in 31 bits, or where it is in rare */
    struct dn_step *rare; /* those that have more to say */
    size_t rare_count, rare_room;
    struct dn_step_counts counts;
};

/* Makes so many that do nothing. */
void dn_steps_make(struct dn_steps *steps, size_t count);

struct dn_step dn_steps_at(const struct dn_steps *steps, size_t index);
void dn_steps_set(struct dn_steps *steps, size_t index, const struct dn_step *step);
void dn_steps_clear(struct dn_steps *steps);

#endif
