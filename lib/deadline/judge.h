/* Inside lib/deadline: the verdict on one tenant under one clock. */
#ifndef DN_DEADLINE_JUDGE_H
#define DN_DEADLINE_JUDGE_H

#include "deadline/clock.h"

/* One tenant of one incident; members may be NULL. */
struct dn_case {
    struct dn_clock_source source;
    const char *incident_id, *tenant_id;
    const struct dn_told *told;
    const struct dn_affected *affected;
    bool drill; /* the incident is an exercise */
    struct dn_told_sum sum;
    struct dn_told_sum under[DN_POLICY_COUNT]; /* the same under each policy */
};

/* Is the tenant one that had to be told, as far as is known? */
bool dn_case_is_due(const struct dn_case *it);

/* Do complete holds of the tenant cover all of from <= t < to, one after the other? The last of them, or NULL. */
const struct dn_hold *dn_case_held(const struct dn_case *it, struct dn_instant from, struct dn_instant to);

/* The same of from <= t <= now: what was not told is held only while one runs, and at its end none does. */
const struct dn_hold *dn_case_holding(const struct dn_case *it, struct dn_instant from, struct dn_instant now);

/* Adds the verdict as a row; good until the next one. */
const struct dn_obligation *dn_case_judge(const struct dn_case *it, const struct dn_clock *clock,
                                          struct dn_obligations *rows);

/* The verdict on an entry of a table that says when it was due, as dn_case_judge has it where there are no records, no
 * list of the affected and no regime. False: its times alone do not decide it, or its place is wanted. */
bool dn_times_judge(const struct dn_audit *audit, const struct dn_said_times *times, enum dn_verdict *verdict);

#endif
