#include "deadline/due.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "deadline/reckon.h"
#include "time/tzdata.h"

void dn_trigger_place(struct dn_trigger *trigger, const char *zone, const char *country)
{
    trigger->here = trigger->recipient = trigger->entity = (struct dn_place){zone, country};
}

struct dn_instant dn_trigger_anchor(const struct dn_trigger *trigger, const char *name)
{
    for (size_t i = 0; i < trigger->anchor_count; i++)
        if (strcmp(trigger->anchors[i].name, name) == 0)
            return trigger->anchors[i].at;
    return DN_INSTANT_NONE;
}

enum dn_status dn_reckon_stop(const struct dn_reckon *it, const char *trouble, const char *detail, const char *format,
                              ...)
{
    struct dn_buf text = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    it->result->trouble = trouble;
    snprintf(it->result->detail, sizeof it->result->detail, "%s", detail);
    dn_reckon_steps_add(it->steps, "stopped", "%s", text.at);
    dn_error_set(it->err, DN_INVALID, "regime '%s': %s", it->regime->id, text.at);
    dn_buf_clear(&text);
    return DN_INVALID;
}

static struct dn_instant anchor_or(const struct dn_trigger *trigger, const char *name, struct dn_instant otherwise)
{
    struct dn_instant at = dn_trigger_anchor(trigger, name);
    return dn_instant_is(at) ? at : otherwise;
}

/* Finds the trigger, and with a limit its two anchors: `at` is then what the limit is counted from. False: no clock was
 * started. */
static bool find_start(struct dn_reckon *it)
{
    const struct dn_regime *regime = it->regime;
    const struct dn_trigger *trigger = it->trigger;
    struct dn_reckoning *result = it->result;
    if (regime->limit_event == NULL) {
        result->started_at = anchor_or(trigger, regime->trigger_event, trigger->at);
        return dn_instant_is(result->started_at);
    }
    it->aware_at = anchor_or(trigger, regime->limit_event, trigger->at);
    result->started_at = anchor_or(trigger, regime->anchor, dn_trigger_anchor(trigger, regime->trigger_event));
    return dn_instant_is(it->aware_at);
}

static void say_trigger(const struct dn_reckon *it)
{
    const struct dn_regime *regime = it->regime;
    char text[DN_LOCAL_TEXT], day[DN_DAY_TEXT];
    if (it->steps == NULL)
        return;
    dn_local_format(it->result->started_at, it->zone, text);
    dn_reckon_steps_add(it->steps, "trigger", "%s at %s", regime->trigger_event, text);
    if (regime->limit_event != NULL) {
        dn_local_format(it->aware_at, it->zone, text);
        dn_reckon_steps_add(it->steps, "trigger", "%s at %s", regime->limit_event, text);
    }
    if (regime->in_force_from > dn_local_day(it->result->started_at, it->zone)) {
        dn_day_format(regime->in_force_from, day);
        dn_reckon_steps_add(it->steps, "note", "the rule is in force from %s; the trigger is earlier", day);
    }
}

static void say_due(const struct dn_reckon *it)
{
    const struct dn_reckoning *result = it->result;
    char text[DN_LOCAL_TEXT], utc[DN_INSTANT_TEXT];
    dn_local_format(result->due_at, it->zone, text);
    dn_instant_format(result->due_at, utc);
    dn_reckon_steps_add(it->steps, "due", "%s%s%s%s; at that instant it is %s", text, it->zone != NULL ? " (" : "",
                        it->zone != NULL ? utc : "", it->zone != NULL ? ")" : "", result->exclusive ? "late" : "met");
    if (dn_instant_compare(result->latest_due_at, result->due_at) == 0)
        return;
    dn_local_format(result->latest_due_at, it->zone, text);
    dn_reckon_steps_add(it->steps, "latest", "%s by Regulation 1182/71, where the hour of the trigger is not counted",
                        text);
}

static void say_sources(const struct dn_reckon *it)
{
    const struct dn_regime *regime = it->regime;
    char version[DN_TZDATA_VERSION];
    if (it->steps == NULL)
        return;
    if (it->zone != NULL) {
        dn_tzdata_version(version);
        dn_reckon_steps_add(it->steps, "time-zone-data", "tzdata %s", version);
    }
    if (regime->citation[0] != '\0')
        dn_reckon_steps_add(it->steps, "citation", "%s", regime->citation);
    if (regime->source[0] != '\0')
        dn_reckon_steps_add(it->steps, "source", "%s", regime->source);
    if (regime->notes[0] != '\0')
        dn_reckon_steps_add(it->steps, "note", "%s", regime->notes);
}

/* latest_due_at is never before due_at: where the strict end moved to a noon, the other may not have. */
static void find_latest(const struct dn_reckon *it)
{
    struct dn_reckoning *result = it->result;
    struct dn_end latest;
    result->latest_due_at = result->due_at;
    result->latest_exclusive = result->exclusive;
    if (it->regime->latest == NULL || dn_reckon_latest(it, &latest) != DN_OK ||
        dn_instant_compare(latest.at, result->due_at) <= 0)
        return;
    result->latest_due_at = latest.at;
    result->latest_exclusive = latest.exclusive;
}

static enum dn_status reckon(struct dn_reckon *it)
{
    struct dn_end end = {DN_INSTANT_NONE, false};
    enum dn_status status = dn_reckon_places(it);
    if (status != DN_OK)
        return status;
    say_trigger(it);
    status = it->regime->rule.unit == DN_UNIT_HOURS ? dn_reckon_hours(it, &end) : dn_reckon_days(it, &end);
    if (status != DN_OK)
        return status;
    it->result->due_at = end.at;
    it->result->exclusive = end.exclusive;
    find_latest(it);
    say_due(it);
    return DN_OK;
}

enum dn_status dn_regime_reckon(const struct dn_regime *regime, const struct dn_trigger *trigger,
                                struct dn_almanac *almanac, struct dn_reckon_steps *steps,
                                struct dn_reckoning *reckoning, struct dn_error *err)
{
    struct dn_reckon it = {.regime = regime,
                           .trigger = trigger,
                           .almanac = almanac,
                           .steps = steps,
                           .result = reckoning,
                           .err = err,
                           .aware_at = DN_INSTANT_NONE};
    *reckoning = (struct dn_reckoning){DN_INSTANT_NONE, DN_INSTANT_NONE, DN_INSTANT_NONE, false, false, NULL, ""};
    enum dn_status status = DN_OK;
    if (!find_start(&it)) {
        reckoning->trouble = "no-start";
        dn_reckon_steps_add(steps, "stopped", "the clock has not started: no time of %s",
                            regime->limit_event != NULL ? regime->limit_event : regime->trigger_event);
    } else if (!dn_instant_is(reckoning->started_at)) {
        status = dn_reckon_stop(&it, "no-anchor", regime->anchor, "it is counted from %s too, which is not known (%s)",
                                regime->trigger_event, regime->anchor);
    } else {
        status = reckon(&it);
    }
    say_sources(&it);
    return status;
}

enum dn_timing dn_reckoning_timing(const struct dn_reckoning *reckoning, struct dn_instant at)
{
    int order = dn_instant_compare(at, reckoning->due_at);
    int latest = dn_instant_compare(at, reckoning->latest_due_at);
    if (order < 0 || (order == 0 && !reckoning->exclusive))
        return DN_TIMING_MET;
    return latest < 0 || (latest == 0 && !reckoning->latest_exclusive) ? DN_TIMING_ARGUABLE : DN_TIMING_LATE;
}

enum dn_status dn_regime_due(const struct dn_regime *regime, struct dn_instant started_at, struct dn_instant *due_at,
                             struct dn_instant *latest_due_at, struct dn_error *err)
{
    struct dn_trigger trigger = {.at = started_at};
    struct dn_almanac almanac = {0};
    struct dn_reckoning reckoning;
    enum dn_status status = dn_regime_reckon(regime, &trigger, &almanac, NULL, &reckoning, err);
    *due_at = reckoning.due_at;
    *latest_due_at = reckoning.latest_due_at;
    dn_almanac_clear(&almanac);
    return status;
}
