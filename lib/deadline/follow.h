/* Inside lib/deadline: what is owed after the first notice. A next_update_at that the record promised, and updates that
 * a regime wants again and again (`updates: P1D`), are obligations of their own, one row each, to every tenant that was
 * told. */
#ifndef DN_DEADLINE_FOLLOW_H
#define DN_DEADLINE_FOLLOW_H

#include "deadline/judge.h"

/* One of them, judged. */
struct dn_follow {
    struct dn_buf regime; /* "promise:next-update@TIME", "REGIME:update-N" */
    const char *anchor;   /* "next_update_at", "update" */
    struct dn_instant started_at, due_at, satisfied_at;
    enum dn_verdict status;
    struct dn_buf reason, by;
};

/* What is owed to one tenant, in the order of the due times. Starts zeroed. */
struct dn_follows {
    struct dn_follow *at;
    size_t count, room;
};

/* Adds every promise that was made to this tenant: by the notice that followed its entry into the record. What is to
 * come is left out unless it is due soon. */
void dn_follow_promises(const struct dn_case *it, struct dn_follows *follows);

/* Adds the updates that a regime wants, each within its period of the notice before it, until the final notice. */
void dn_follow_cadence(const struct dn_case *it, const struct dn_regime *regime, struct dn_follows *follows);

/* Adds one of them as a row; good until the next one. */
const struct dn_obligation *dn_follow_row(const struct dn_case *it, const struct dn_follow *follow,
                                          struct dn_obligations *rows);

void dn_follows_clear(struct dn_follows *follows);

#endif
