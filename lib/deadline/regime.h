/* Regimes as data (duenotice-regimes(5)): which event starts a clock, how long it runs, when it is met. Issue by issue
 * this learns more ways of counting; what it does not know it refuses by name, never approximates. */
#ifndef DN_DEADLINE_REGIME_H
#define DN_DEADLINE_REGIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "incident/incident.h"
#include "time/instant.h"

/* One regime; strings owned. */
struct dn_regime {
    char *id, *title, *jurisdiction, *trigger_event, *recipient, *citation;
    int64_t period;
    char *unit, *counting, *boundary, *roll; /* the words of duenotice-regimes(5) */
    char *latest;                            /* how latest_due_at is counted; NULL: it is due_at */
    char *beyond;                            /* a key of its entry that is not implemented; NULL: none */
};

/* Starts zeroed. */
struct dn_regimes {
    struct dn_regime *at;
    size_t count, room;
};

/* The embedded regimes, then those of file (NULL: none), which replace equal ids. The caller clears, also after an
 * error. DN_OK, DN_INVALID (with its place), DN_SYSTEM. */
enum dn_status dn_regimes_load(const char *file, struct dn_regimes *regimes, struct dn_error *err);

/* The regime of that id, or NULL. */
const struct dn_regime *dn_regimes_find(const struct dn_regimes *regimes, struct dn_text id);

/* The instants at which a notice is due; DN_INSTANT_NONE for a clock that never started. DN_INVALID: this way of
 * counting is not implemented (the error names it), or the end is later than the year 9999. */
enum dn_status dn_regime_due(const struct dn_regime *regime, struct dn_instant started_at, struct dn_instant *due_at,
                             struct dn_instant *latest_due_at, struct dn_error *err);

/* The instant that starts the regime's clock for this incident (trigger_event as a stage word), or DN_INSTANT_NONE. */
struct dn_instant dn_regime_start(const struct dn_regime *regime, const struct dn_incident *incident);

void dn_regimes_clear(struct dn_regimes *regimes);

#define DN_REGIME_DEFAULT "contract-72h-declared"

#endif
