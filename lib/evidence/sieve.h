/* A first look at rows as they stand. Most rows of an audit log are out of scope for a plain reason, their time before
 * all others; of these nothing else need be made. What it is not sure of it leaves to dn_scopes_judge, so that there is
 * one answer with it and without. */
#ifndef DN_EVIDENCE_SIEVE_H
#define DN_EVIDENCE_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence/minutes.h"
#include "evidence/scope.h"

#define DN_SIEVE_SLOTS 128
#define DN_SIEVE_ENTRIES 8 /* of a scope with more of them only what they share is looked at */

/* What became of a value: few values of, say, an operation make up a log. */
struct dn_sieve_answer {
    struct dn_form form; /* of the value and what stands behind it; fits nothing while the slot is free */
    bool known, accepted;
};

/* A key that rows are asked, and the column that answers it. */
struct dn_sieve_turn {
    enum dn_scope_key key;
    size_t column; /* DN_CSV_NONE: what the key asks is not as simple as that */
};

/* One thread's. */
struct dn_sieve {
    const struct dn_scopes *scopes;
    size_t at;                  /* the column of the time */
    bool window;                /* all entries have the same one, */
    struct dn_sieve_turn first; /* and this key next; column is DN_CSV_NONE if they do not */
    uint64_t missing_sizes;     /* of values that mean "no value", as bits; bit 63: that and more */
    struct dn_minutes minutes;
    struct dn_sieve_answer answers[DN_SIEVE_SLOTS];
    struct dn_sieve_turn turns[DN_SIEVE_ENTRIES][DN_KEYS]; /* of each entry behind these */
    int turn_count[DN_SIEVE_ENTRIES];
    size_t entries; /* that have turns here; 0: there are too many */
    size_t ahead;   /* so many of the next rows were looked at, */
    uint64_t out;   /* and these are out: a bit for each */
};

/* Makes it ready for rows of the evidence, to which the scopes have turned; both are borrowed. False: it could never
 * tell anything, and must not be asked. */
bool dn_sieve_begin(struct dn_sieve *sieve, const struct dn_scopes *scopes, struct dn_evidence *evidence);

/* Goes over the next rows for as long as they are plain and out of scope for sure; the row behind them, if there is
 * one, is to be taken before it is asked again. They are counted in funnels as dn_scopes_judge would, some of them
 * before they are gone over. Returns how many they are. */
size_t dn_sieve_skip(struct dn_sieve *sieve, struct dn_rows *rows, struct dn_funnel *funnels);

/* The first and the last time of all rows that were gone over, and perhaps of others that have a time. */
struct dn_times dn_sieve_times(struct dn_sieve *sieve);

#endif
