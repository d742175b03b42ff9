#include "deadline/compare.h"

#include <string.h>

/* Does a revision of the record that is about this name this time, as one that was corrected? */
static bool corrected(const struct dn_incident *incident, const char *about, struct dn_instant said)
{
    char time[DN_INSTANT_TEXT];
    dn_instant_format(said, time);
    for (size_t i = 0; i < incident->revision_count; i++) {
        const char *change = incident->revisions[i].change;
        if (change != NULL && strstr(change, time) != NULL && strstr(change, about) != NULL)
            return true;
    }
    return false;
}

static void compare_declared(const struct dn_incident *incident, const struct dn_told_incident *told,
                             struct dn_notes *notes)
{
    struct dn_instant reached = dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED);
    for (size_t i = 0; i < told->declared_count; i++) {
        char time[DN_INSTANT_TEXT];
        struct dn_instant said = told->declared_at[i];
        dn_instant_format(said, time);
        if ((!dn_instant_is(reached) || dn_instant_compare(said, reached) != 0) &&
            !corrected(incident, dn_stage_words[DN_STAGE_INCIDENT_DECLARED], said))
            dn_notes_attention(notes, "declared-differs",
                               "incident '%s': the ledger says declared at %s, the record does not, and no revision "
                               "of it names that time as corrected; the record's clock was used",
                               incident->id, time);
    }
}

/* The record's clock against what its regime makes of its timeline. */
static void compare_due(const struct dn_audit *audit, const struct dn_incident *incident, struct dn_notes *notes)
{
    struct dn_clock_source source = {audit, incident, NULL, NULL, NULL};
    struct dn_clock clock;
    if (incident->clock_regime == NULL || !dn_instant_is(incident->clock_due_at))
        return;
    dn_clock_find(&source, incident->clock_regime, true, &clock, NULL);
    if (clock.trouble != NULL || dn_instant_compare(clock.due_at, incident->clock_due_at) == 0)
        return;
    char says[DN_INSTANT_TEXT], gives[DN_INSTANT_TEXT];
    dn_instant_format(incident->clock_due_at, says);
    dn_instant_format(clock.due_at, gives);
    dn_notes_attention(notes, "due-differs",
                       "incident '%s': the record says due at %s; its regime '%s' and its timeline give %s, which was "
                       "used",
                       incident->id, says, incident->clock_regime, gives);
}

/* What the ledger's rows say was due against the record's clock; a clock that a revision says was another is fine. */
static void compare_said(const struct dn_audit *audit, const struct dn_incident *incident,
                         const struct dn_told_incident *told, struct dn_notes *notes)
{
    struct dn_clock_source source = {audit, incident, NULL, NULL, NULL};
    struct dn_clock clock;
    char says[DN_INSTANT_TEXT], gives[DN_INSTANT_TEXT];
    if (audit->regime != NULL)
        return;
    dn_clock_find(&source, dn_clock_regime(&source), true, &clock, NULL);
    for (size_t i = 0; i < told->said_count && clock.trouble == NULL; i++) {
        struct dn_instant said = told->said_due[i];
        if (dn_instant_compare(said, clock.due_at) == 0 || corrected(incident, "clock ", said))
            continue;
        dn_instant_format(said, says);
        dn_instant_format(clock.due_at, gives);
        dn_notes_attention(notes, "due-differs",
                           "incident '%s': the ledger says due at %s; the regime '%s' and the record's timeline give "
                           "%s, which was used",
                           incident->id, says, clock.regime, gives);
    }
}

/* Without a record the ledger's own times count: then they must be one. */
static void compare_ledger(const struct dn_audit *audit, const struct dn_told_incident *told, struct dn_notes *notes)
{
    struct dn_clock_source source = {audit, NULL, told, NULL, NULL};
    struct dn_clock said, counted;
    char first[DN_INSTANT_TEXT], gives[DN_INSTANT_TEXT];
    dn_instant_format(dn_clock_declared(told), first);
    if (told->declared_count > 1)
        dn_notes_attention(notes, "declared-differs",
                           "incident '%s': the ledger has %zu times of its declaration; the earliest counts, %s",
                           told->id, told->declared_count, first);
    dn_instant_format(told->due_at, first);
    if (told->said_count > 1)
        dn_notes_attention(notes, "due-differs", "incident '%s': the ledger has %zu due times; the earliest counts, %s",
                           told->id, told->said_count, first);
    dn_clock_find(&source, dn_clock_regime(&source), true, &said, NULL);
    dn_clock_find(&source, dn_clock_regime(&source), false, &counted, NULL);
    if (!dn_instant_is(said.due_at) || !dn_instant_is(counted.due_at) ||
        dn_instant_compare(said.due_at, counted.due_at) == 0)
        return;
    dn_instant_format(said.due_at, first);
    dn_instant_format(counted.due_at, gives);
    dn_notes_attention(notes, "due-differs",
                       "incident '%s': the ledger says due at %s, which was used; its regime '%s' gives %s", told->id,
                       first, said.regime, gives);
}

/* A second time of an anchor that no revision names as corrected: the earlier one counts. */
static void compare_anchors(const struct dn_incident *incident, enum dn_stage stage, struct dn_notes *notes)
{
    struct dn_instant first = dn_incident_reached(incident, stage);
    char time[DN_INSTANT_TEXT], counts[DN_INSTANT_TEXT];
    dn_instant_format(first, counts);
    for (size_t i = 0; i < incident->timeline_count; i++) {
        const struct dn_timeline_entry *entry = &incident->timeline[i];
        if (entry->stage != stage || dn_instant_compare(entry->at, first) == 0 ||
            corrected(incident, dn_stage_words[stage], entry->at))
            continue;
        dn_instant_format(entry->at, time);
        dn_notes_attention(notes, "two-anchors",
                           "incident '%s', line %lld: %s at %s as well; the earlier one counts, %s, and no revision "
                           "names the other as corrected",
                           incident->id, (long long)entry->line, dn_stage_words[stage], time, counts);
    }
}

void dn_compare_clocks(const struct dn_audit *audit, struct dn_notes *notes)
{
    for (size_t i = 0; i < audit->told->incident_count; i++) {
        const struct dn_told_incident *told = &audit->told->incidents[i];
        const struct dn_incident *incident = dn_incidents_find(audit->incidents, dn_text_of(told->id));
        if (incident == NULL) {
            compare_ledger(audit, told, notes);
            continue;
        }
        compare_declared(incident, told, notes);
        compare_said(audit, incident, told, notes);
    }
    for (size_t i = 0; i < audit->incidents->count; i++) {
        compare_anchors(&audit->incidents->at[i], DN_STAGE_INCIDENT_DECLARED, notes);
        compare_anchors(&audit->incidents->at[i], DN_STAGE_BREACH_DECLARED, notes);
        compare_due(audit, &audit->incidents->at[i], notes);
    }
}

/* The last minute of a day is how tables write the end of a period of days. */
static bool agrees(const struct dn_clock *clock, struct dn_instant said)
{
    int64_t before = dn_instant_seconds(said, clock->due_at);
    return dn_instant_compare(said, clock->due_at) == 0 || (clock->exclusive && before > 0 && before <= 60);
}

bool dn_compare_row(const struct dn_case *it)
{
    const struct dn_told_foreign *foreign = it->source.foreign;
    const char *regime = it->source.audit->regime;
    struct dn_clock clock;
    if (foreign == NULL || regime == NULL || foreign->trouble != NULL || !dn_instant_is(foreign->due_at))
        return true;
    dn_clock_find(&it->source, regime, false, &clock, NULL);
    return clock.trouble != NULL || agrees(&clock, foreign->due_at);
}
