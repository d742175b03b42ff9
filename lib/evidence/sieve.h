/* A first look at rows as they stand. Most rows of an audit log are out of scope for a plain reason, their time before
 * all others; of these nothing else need be made. What it is not sure of it leaves to dn_scopes_judge, so that there is
 * one answer with it and without. */
#ifndef DN_EVIDENCE_SIEVE_H
#define DN_EVIDENCE_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence/scope.h"

#define DN_SIEVE_WORDS 4 /* of eight bytes: longer values are not remembered */
#define DN_SIEVE_SLOTS 256
#define DN_SIEVE_ENTRIES 8 /* of a scope with more of them only what they share is looked at */

/* What became of a value: few values of, say, an operation make up a log. */
struct dn_sieve_answer {
    uint64_t words[DN_SIEVE_WORDS]; /* the value, zeros behind it */
    uint32_t size;                  /* 0: the slot is free */
    bool accepted;
};

/* A key that rows are asked, and the column that answers it. */
struct dn_sieve_turn {
    enum dn_scope_key key;
    size_t column; /* DN_CSV_NONE: what the key asks is not as simple as that */
};

/* One thread's. */
struct dn_sieve {
    const struct dn_scopes *scopes;
    struct dn_evidence *evidence;
    struct dn_moments *moments;
    size_t at;                     /* the column of the time */
    struct dn_instant from, until; /* far off where it is open */
    bool window;                   /* all entries have the same one, */
    uint64_t missing_sizes;        /* of values that mean "no value", as bits; bit 63: that and more */
    int64_t outside, refused;      /* rows that the window, that the first key kept out, to be counted in funnels */
    struct dn_sieve_turn first;    /* and this key next; column is DN_CSV_NONE if they do not */
    struct dn_sieve_answer answers[DN_SIEVE_SLOTS];
    struct dn_sieve_turn turns[DN_SIEVE_ENTRIES][DN_KEYS]; /* of each entry behind these */
    int turn_count[DN_SIEVE_ENTRIES];
    size_t entries; /* that have turns here; 0: there are too many */
};

/* Makes it ready for rows of the evidence, to which the scopes have turned; both are borrowed. False: it could never
 * tell anything, and must not be asked. */
bool dn_sieve_begin(struct dn_sieve *sieve, const struct dn_scopes *scopes, struct dn_evidence *evidence);

/* The first and the last time of rows; "no time" at first. */
struct dn_sieve_times {
    struct dn_instant first, last;
};

/* dn_instant_compare(a, b) < 0, where it is asked for each row. */
static inline bool dn_sieve_before(struct dn_instant a, struct dn_instant b)
{
    return a.s != b.s ? a.s < b.s : a.ns < b.ns;
}

/* Takes in the time of a row. */
static inline void dn_sieve_saw(struct dn_sieve_times *times, struct dn_instant at)
{
    if (times->first.ns < 0 || dn_sieve_before(at, times->first))
        times->first = at;
    if (times->last.ns < 0 || dn_sieve_before(times->last, at))
        times->last = at;
}

/* Goes over the next rows for as long as they are plain and out of scope for sure. They are counted in funnels as
 * dn_scopes_judge would, and in times. Returns how many they are. */
size_t dn_sieve_skip(struct dn_sieve *sieve, struct dn_rows *rows, struct dn_funnel *funnels,
                     struct dn_sieve_times *times);

#endif
