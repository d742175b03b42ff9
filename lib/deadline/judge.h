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
};

/* Is the tenant one that had to be told, as far as is known? */
bool dn_case_is_due(const struct dn_case *it);

/* Sets the row's status, reason and times. */
void dn_case_judge(const struct dn_case *it, const struct dn_clock *clock, struct dn_obligation *row);

#endif
