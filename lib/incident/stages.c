/* Do the times of the eight stages make sense together? */
#include "incident/revise.h"

/* Where messages point: the entry that first reached a stage, in the file that it was read from. */
struct place {
    const char *file; /* NULL: not known */
    int64_t line;
};

static struct place place_of(const struct dn_incident *incident, const char *file, enum dn_stage stage)
{
    struct dn_instant at = dn_incident_reached(incident, stage);
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct dn_timeline_entry *entry = &incident->timeline[i];
        if (entry->stage == stage && dn_instant_compare(entry->at, at) == 0)
            return (struct place){file, entry->line};
    }
    return (struct place){file, 0};
}

static enum dn_status refuse(const struct dn_incident *incident, struct place place, const char *words,
                             struct dn_error *err)
{
    if (place.file == NULL)
        return dn_error_set(err, DN_INVALID, "%s: %s", incident->id, words);
    return dn_error_at(err, place.file, place.line, 0, "%s", words);
}

/* Two stages, or a stage and another time, of which the first must not be later. */
static enum dn_status too_late(const struct dn_incident *incident, const char *file, enum dn_stage stage,
                               struct dn_instant other, const char *words, struct dn_error *err)
{
    char at[DN_INSTANT_TEXT], then[DN_INSTANT_TEXT];
    struct dn_buf text = {0};
    dn_instant_format(dn_incident_reached(incident, stage), at);
    dn_instant_format(other, then);
    dn_buf_addf(&text, "%s (%s) %s (%s)", dn_stage_words[stage], at, words, then);
    enum dn_status status = refuse(incident, place_of(incident, file, stage), text.at, err);
    dn_buf_clear(&text);
    return status;
}

static enum dn_status check_future(const struct dn_incident *incident, const char *file, struct dn_instant now,
                                   struct dn_error *err)
{
    char at[DN_INSTANT_TEXT], then[DN_INSTANT_TEXT];
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct dn_timeline_entry *entry = &incident->timeline[i];
        if (dn_instant_compare(entry->at, now) > 0) {
            struct dn_buf text = {0};
            dn_instant_format(entry->at, at);
            dn_instant_format(now, then);
            dn_buf_addf(&text, "%s at %s is in the future (now is %s)", dn_stage_words[entry->stage], at, then);
            refuse(incident, (struct place){file, entry->line}, text.at, err);
            dn_buf_clear(&text);
            return DN_INVALID;
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

static enum dn_status check_order(const struct dn_incident *incident, const char *file, struct dn_error *err)
{
    static const struct {
        enum dn_stage first, second;
        const char *words;
    } orders[] = {
        {DN_STAGE_EVENT_STARTED, DN_STAGE_EVENT_DETECTED, "is later than event-detected"},
        {DN_STAGE_EVENT_STARTED, DN_STAGE_INCIDENT_DECLARED, "is later than incident-declared"},
        {DN_STAGE_EVENT_DETECTED, DN_STAGE_INCIDENT_DECLARED, "is later than incident-declared"},
        {DN_STAGE_EVENT_STARTED, DN_STAGE_BREACH_DECLARED, "is later than breach-declared"},
        {DN_STAGE_EVENT_DETECTED, DN_STAGE_BREACH_DECLARED, "is later than breach-declared"},
        {DN_STAGE_INCIDENT_DECLARED, DN_STAGE_BREACH_DECLARED, "is later than breach-declared"},
    };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (later(incident, orders[i].first, orders[i].second)) {
            return too_late(incident, file, orders[i].first, dn_incident_reached(incident, orders[i].second),
                            orders[i].words, err);
        }
    }
    return DN_OK;
}

static enum dn_status check_report(const struct dn_incident *incident, const char *file, struct dn_error *err)
{
    const struct dn_report *first = dn_incident_first_report(incident);
    struct dn_instant detected = dn_incident_reached(incident, DN_STAGE_EVENT_DETECTED);
    if (first == NULL || !dn_instant_is(detected) || dn_instant_compare(detected, first->received_at) <= 0)
        return DN_OK;
    return too_late(incident, file, DN_STAGE_EVENT_DETECTED, first->received_at,
                    "may not be later than the first customer's report", err);
}

/* Stages may overlap; that one began before the stage in front of it is worth a look, no more. */
static void note_overlaps(const struct dn_incident *incident, struct dn_notes *notes)
{
    for (int second = DN_STAGE_EVENT_DETECTED; second <= DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED; second++) {
        int first = second - 1;
        while (first > 0 && !dn_instant_is(dn_incident_reached(incident, (enum dn_stage)first)))
            first--;
        if (later(incident, (enum dn_stage)first, (enum dn_stage)second)) {
            dn_notes_say(notes, "overlap", "%s: %s is recorded before %s", incident->id, dn_stage_words[second],
                         dn_stage_words[first]);
        }
    }
}

enum dn_status dn_incident_check_stages(const struct dn_incident *incident, const char *file, struct dn_instant now,
                                        struct dn_notes *notes, struct dn_error *err)
{
    enum dn_status status = check_future(incident, file, now, err);
    if (status == DN_OK)
        status = check_order(incident, file, err);
    if (status == DN_OK)
        status = check_report(incident, file, err);
    if (status == DN_OK)
        note_overlaps(incident, notes);
    return status;
}
