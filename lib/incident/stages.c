/* Do the times of the eight stages make sense together? */
#include "incident/revise.h"

static enum dn_status check_future(const struct dn_incident *incident, struct dn_instant now, struct dn_error *err)
{
    char at[DN_INSTANT_TEXT], then[DN_INSTANT_TEXT];
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct dn_timeline_entry *entry = &incident->timeline[i];
        if (dn_instant_compare(entry->at, now) > 0) {
            dn_instant_format(entry->at, at);
            dn_instant_format(now, then);
            return dn_error_set(err, DN_INVALID, "%s: %s at %s is in the future (now is %s)", incident->id,
                                dn_stage_words[entry->stage], at, then);
        }
    }
    return DN_OK;
}

/* Is the first stage, where both are reached, later than the second? */
static bool later(const struct dn_incident *incident, enum dn_stage first, enum dn_stage second)
{
    struct dn_instant a = dn_incident_reached(incident, first), b = dn_incident_reached(incident, second);
    return dn_instant_is(a) && dn_instant_is(b) && dn_instant_compare(a, b) > 0;
}

static enum dn_status check_order(const struct dn_incident *incident, struct dn_error *err)
{
    static const enum dn_stage orders[][2] = {
        {DN_STAGE_EVENT_STARTED, DN_STAGE_EVENT_DETECTED},     {DN_STAGE_EVENT_STARTED, DN_STAGE_INCIDENT_DECLARED},
        {DN_STAGE_EVENT_DETECTED, DN_STAGE_INCIDENT_DECLARED}, {DN_STAGE_EVENT_STARTED, DN_STAGE_BREACH_DECLARED},
        {DN_STAGE_EVENT_DETECTED, DN_STAGE_BREACH_DECLARED},   {DN_STAGE_INCIDENT_DECLARED, DN_STAGE_BREACH_DECLARED},
    };
    char a[DN_INSTANT_TEXT], b[DN_INSTANT_TEXT];
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (later(incident, orders[i][0], orders[i][1])) {
            dn_instant_format(dn_incident_reached(incident, orders[i][0]), a);
            dn_instant_format(dn_incident_reached(incident, orders[i][1]), b);
            return dn_error_set(err, DN_INVALID, "%s: %s (%s) is later than %s (%s)", incident->id,
                                dn_stage_words[orders[i][0]], a, dn_stage_words[orders[i][1]], b);
        }
    }
    return DN_OK;
}

static enum dn_status check_report(const struct dn_incident *incident, struct dn_error *err)
{
    const struct dn_report *first = dn_incident_first_report(incident);
    struct dn_instant detected = dn_incident_reached(incident, DN_STAGE_EVENT_DETECTED);
    char a[DN_INSTANT_TEXT], b[DN_INSTANT_TEXT];
    if (first == NULL || !dn_instant_is(detected) || dn_instant_compare(detected, first->received_at) <= 0) {
        return DN_OK;
    }
    dn_instant_format(detected, a);
    dn_instant_format(first->received_at, b);
    return dn_error_set(err, DN_INVALID,
                        "%s: event-detected (%s) may not be later than the first customer's report (%s)", incident->id,
                        a, b);
}

/* Stages may overlap; that one began before the stage in front of it is worth a look, no more. */
static void note_overlaps(const struct dn_incident *incident, struct dn_notes *notes)
{
    for (int second = DN_STAGE_EVENT_DETECTED; second <= DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED; second++) {
        int first = second - 1;
        while (first > 0 && !dn_instant_is(dn_incident_reached(incident, (enum dn_stage)first))) {
            first--;
        }
        if (later(incident, (enum dn_stage)first, (enum dn_stage)second)) {
            dn_notes_say(notes, "overlap", "%s: %s is recorded before %s", incident->id, dn_stage_words[second],
                         dn_stage_words[first]);
        }
    }
}

enum dn_status dn_incident_check_stages(const struct dn_incident *incident, struct dn_instant now,
                                        struct dn_notes *notes, struct dn_error *err)
{
    enum dn_status status = check_future(incident, now, err);
    if (status == DN_OK) {
        status = check_order(incident, err);
    }
    if (status == DN_OK) {
        status = check_report(incident, err);
    }
    if (status == DN_OK) {
        note_overlaps(incident, notes);
    }
    return status;
}
