#include "deadline/clock.h"

#include <string.h>

const char *dn_clock_regime(const struct dn_clock_source *source)
{
    if (source->foreign != NULL && dn_instant_is(source->foreign->due_at))
        return "";
    if (source->audit->regime != NULL)
        return source->audit->regime;
    if (source->incident != NULL && source->incident->clock_regime != NULL)
        return source->incident->clock_regime;
    if (source->incident == NULL && source->told != NULL && source->told->regime != NULL)
        return source->told->regime;
    return DN_REGIME_DEFAULT;
}

struct dn_instant dn_clock_declared(const struct dn_told_incident *told)
{
    struct dn_instant first = DN_INSTANT_NONE;
    for (size_t i = 0; told != NULL && i < told->declared_count; i++)
        first = dn_instant_min(first, told->declared_at[i]);
    return first;
}

/* The anchor in the timeline; the clock's own start beside it can only make it earlier. */
static struct dn_instant record_start(const struct dn_incident *incident, const struct dn_regime *regime)
{
    struct dn_instant start = dn_regime_start(regime, incident);
    bool is_clock = incident->clock_regime != NULL && strcmp(incident->clock_regime, regime->id) == 0;
    return is_clock ? dn_instant_min(start, incident->clock_started_at) : start;
}

/* The ledger knows one anchor: when the incident was declared. A clock that another event starts has no start there. */
static struct dn_instant start_of(const struct dn_clock_source *source, const struct dn_regime *regime)
{
    if (source->foreign != NULL && dn_instant_is(source->foreign->started_at))
        return source->foreign->started_at;
    if (source->incident != NULL)
        return regime != NULL ? record_start(source->incident, regime) : DN_INSTANT_NONE;
    bool declared = regime == NULL || strcmp(regime->trigger_event, dn_stage_words[DN_STAGE_INCIDENT_DECLARED]) == 0;
    return declared ? dn_clock_declared(source->told) : DN_INSTANT_NONE;
}

/* What the table or the ledger itself says was due. */
static struct dn_instant said_due(const struct dn_clock_source *source, bool main)
{
    if (!main || (source->foreign == NULL && (source->incident != NULL || source->audit->regime != NULL)))
        return DN_INSTANT_NONE;
    if (source->foreign != NULL)
        return source->foreign->due_at;
    return source->told != NULL ? source->told->due_at : DN_INSTANT_NONE;
}

void dn_clock_find(const struct dn_clock_source *source, const char *id, bool main, struct dn_clock *clock)
{
    const struct dn_regime *regime = dn_regimes_find(source->audit->regimes, dn_text_of(id));
    struct dn_instant said = said_due(source, main), due = DN_INSTANT_NONE, latest = DN_INSTANT_NONE;
    *clock = (struct dn_clock){.regime = id, .anchor = regime != NULL ? regime->trigger_event : ""};
    clock->started_at = start_of(source, regime);
    clock->exclusive = regime != NULL && strcmp(regime->boundary, "inclusive") != 0 &&
                       strcmp(regime->boundary, "cutoff") != 0 && !dn_instant_is(said);
    bool counted = regime != NULL && dn_regime_due(regime, clock->started_at, &due, &latest, NULL) == DN_OK;
    clock->due_at = dn_instant_is(said) ? said : due;
    bool same = !dn_instant_is(said) || (dn_instant_is(due) && dn_instant_compare(said, due) == 0);
    clock->latest_due_at = same ? latest : DN_INSTANT_NONE;
    if (!dn_instant_is(said))
        clock->trouble = regime == NULL                      ? "unknown-regime"
                         : !counted                          ? "regime-not-implemented"
                         : !dn_instant_is(clock->started_at) ? "no-start"
                                                             : NULL;
}
