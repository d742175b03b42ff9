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

/* Where the trigger, the recipient and the entity are: the row's own zone, else the tenant's, else --time-zone. */
static void set_place(const struct dn_clock_source *source, struct dn_trigger *trigger)
{
    const char *zone = source->audit->zone, *country = NULL;
    if (source->affected != NULL && source->affected->time_zone[0] != '\0')
        zone = source->affected->time_zone;
    if (source->affected != NULL && source->affected->country[0] != '\0')
        country = source->affected->country;
    if (source->foreign != NULL && source->foreign->zone != NULL) {
        zone = source->foreign->zone;
        country = NULL;
    }
    dn_trigger_place(trigger, zone, country);
}

static void reckon(const struct dn_clock_source *source, const struct dn_regime *regime, struct dn_clock *clock,
                   struct dn_reckon_steps *steps)
{
    struct dn_reckoning reckoning;
    struct dn_trigger trigger = {.at = clock->started_at};
    if (source->foreign != NULL) {
        trigger.anchors = source->foreign->anchors;
        trigger.anchor_count = source->foreign->anchor_count;
    }
    set_place(source, &trigger);
    dn_regime_reckon(regime, &trigger, source->audit->almanac, steps, &reckoning, NULL);
    clock->trouble = reckoning.trouble;
    memcpy(clock->detail, reckoning.detail, sizeof clock->detail);
    if (regime->limit_event == NULL) /* with a limit, awareness stays the start that elapsed times are told from */
        clock->started_at = reckoning.started_at;
    clock->due_at = reckoning.due_at;
    clock->latest_due_at = reckoning.latest_due_at;
    clock->exclusive = reckoning.exclusive;
    clock->latest_exclusive = reckoning.latest_exclusive;
}

/* What a table or ledger says is what judges; beside it stands what the regime gives, where that agrees. A table means
 * the instant itself, a ledger of ours what its regime gave: the first one that is late, where there is such. */
static void take_said(struct dn_clock *clock, struct dn_instant said, bool table)
{
    bool same = clock->trouble == NULL && dn_instant_is(clock->due_at) && dn_instant_compare(said, clock->due_at) == 0;
    clock->due_at = said;
    clock->exclusive &= !table;
    clock->trouble = NULL;
    if (!same)
        clock->latest_due_at = DN_INSTANT_NONE;
}

void dn_clock_find(const struct dn_clock_source *source, const char *id, bool main, struct dn_clock *clock,
                   struct dn_reckon_steps *steps)
{
    bool named = id[0] != '\0';
    const struct dn_regime *regime = named ? dn_regimes_find(source->audit->regimes, dn_text_of(id)) : NULL;
    struct dn_instant said = said_due(source, main);
    *clock = (struct dn_clock){.regime = id,
                               .anchor = regime != NULL ? regime->trigger_event : "",
                               .due_at = DN_INSTANT_NONE,
                               .latest_due_at = DN_INSTANT_NONE};
    clock->started_at = start_of(source, regime);
    if (regime != NULL)
        reckon(source, regime, clock, steps);
    else
        clock->trouble =
            named && dn_regimes_duty(source->audit->regimes, dn_text_of(id)) != NULL ? "no-number" : "unknown-regime";
    if (dn_instant_is(said))
        take_said(clock, said, source->foreign != NULL);
}

enum dn_timing dn_clock_timing(const struct dn_clock *clock, struct dn_instant at)
{
    const struct dn_reckoning reckoning = {
        .due_at = clock->due_at,
        .latest_due_at = dn_instant_is(clock->latest_due_at) ? clock->latest_due_at : clock->due_at,
        .exclusive = clock->exclusive,
        .latest_exclusive = dn_instant_is(clock->latest_due_at) ? clock->latest_exclusive : clock->exclusive};
    return dn_reckoning_timing(&reckoning, at);
}
