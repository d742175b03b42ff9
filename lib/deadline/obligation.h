/* An obligation: one tenant, one incident, one regime, and what became of it (CONTRACT section 3.7;
 * duenotice-deadlines(5)). */
#ifndef DN_DEADLINE_OBLIGATION_H
#define DN_DEADLINE_OBLIGATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "tenant/arena.h"
#include "time/instant.h"

enum dn_verdict {
    DN_VERDICT_MET,
    DN_VERDICT_LATE,
    DN_VERDICT_EXCUSED,
    DN_VERDICT_PENDING,
    DN_VERDICT_HELD,
    DN_VERDICT_OVERDUE,
    DN_VERDICT_MISSING,
    DN_VERDICT_EXEMPT,
    DN_VERDICT_VOID,
    DN_VERDICT_UNKNOWN,
    DN_VERDICT_STRAY
};
#define DN_VERDICT_COUNT 11

/* What may be declared to stop a clock (--satisfied-by): the weakest state that satisfies e-mail and posts. */
enum dn_policy { DN_POLICY_ACCEPTED, DN_POLICY_DELIVERED, DN_POLICY_REACHED };
#define DN_POLICY_COUNT 3
extern const char *const dn_policy_words[]; /* NULL-ended */

/* The words of the status column, in the order of the enum; NULL-ended. */
extern const char *const dn_verdict_words[];

/* Does this verdict leave something for a person? All but met, excused, exempt and void do: a pending notice is one
 * that has not arrived. The one place that decides, for every format. */
bool dn_verdict_needs_person(enum dn_verdict verdict);

/* One row. Strings are its list's, never NULL. */
struct dn_obligation {
    const char *incident_id, *tenant_id, *regime, *anchor;
    struct dn_instant started_at, due_at, latest_due_at, satisfied_at; /* or DN_INSTANT_NONE */
    const char *satisfied_by;
    struct dn_instant now; /* what it was judged at */
    enum dn_verdict status;
    enum dn_verdict under[DN_POLICY_COUNT]; /* what it would be if that state stopped the clock */
    const char *reason;
    bool update; /* it is owed after the first notice: a promised update, or one that a regime wants */
};

/* Seconds from the start to the satisfaction; false: one of them is not there. */
bool dn_obligation_elapsed(const struct dn_obligation *obligation, int64_t *seconds);

/* Seconds from the satisfaction, or from now while there is none, to the due time: negative is over it. False: no due
 * time, or nothing is due (void, exempt, stray). */
bool dn_obligation_margin(const struct dn_obligation *obligation, int64_t *seconds);

/* Starts zeroed. */
struct dn_obligations {
    struct dn_obligation *at;
    size_t count, room;
    struct dn_arena texts;
    bool passing; /* its rows are looked at, and forgotten, before what they were made from is gone */
};

/* A new one at the end, zeroed but for its times, which are DN_INSTANT_NONE; the caller sets every string, to
 * one of the list or one that lives as long. */
struct dn_obligation *dn_obligations_add(struct dn_obligations *list);

/* A copy of a string (NULL: "") that lives as long as the list's rows. */
const char *dn_obligations_text(struct dn_obligations *list, const char *text);

/* By incident, tenant, regime, bytewise. */
void dn_obligations_sort(struct dn_obligations *list);

/* The same of a string that lives as long as what rows are made from: no copy where they are passing. */
const char *dn_obligations_borrow(struct dn_obligations *list, const char *text);

/* Empties it, but keeps memory for the next rows. */
void dn_obligations_reset(struct dn_obligations *list);

void dn_obligations_clear(struct dn_obligations *list);

#endif
