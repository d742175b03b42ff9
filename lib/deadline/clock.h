/* Inside lib/deadline: one regime's clock for one incident, or why there is none. */
#ifndef DN_DEADLINE_CLOCK_H
#define DN_DEADLINE_CLOCK_H

#include "deadline/audit.h"
#include "deadline/due.h"

struct dn_clock {
    const char *regime, *anchor; /* never NULL */
    struct dn_instant started_at, due_at, latest_due_at;
    bool exclusive,
        latest_exclusive; /* told at that very instant is late: it is the first one behind a period of days */
    const char
        *trouble; /* NULL, or "unknown-regime", "no-number", or a word of dn_regime_reckon: "no-start", "no-zone" ... */
    char detail[80]; /* which zone, anchor, calendar; or "" */
};

/* Where a clock's times come from; members may be NULL. */
struct dn_clock_source {
    const struct dn_audit *audit;
    const struct dn_incident *incident;
    const struct dn_told_incident *told;
    const struct dn_told_foreign *foreign;
    const struct dn_affected *affected; /* the tenant: its zone and country are the recipient's */
};

/* The regime that judges this incident; "" when a foreign table itself says what was due. */
const char *dn_clock_regime(const struct dn_clock_source *source);

/* main: that regime; else one of the tenant's own. regime is kept by address. steps (NULL: not wanted) gets how it was
 * reckoned. */
void dn_clock_find(const struct dn_clock_source *source, const char *regime, bool main, struct dn_clock *clock,
                   struct dn_reckon_steps *steps);

/* A notice of that time under a clock without trouble. */
enum dn_timing dn_clock_timing(const struct dn_clock *clock, struct dn_instant at);

/* The earliest time that the ledger says the incident was declared at. */
struct dn_instant dn_clock_declared(const struct dn_told_incident *told);

#endif
