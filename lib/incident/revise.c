#include "incident/revise.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "incident/merge.h"

void dn_revising_clear(struct dn_revising *revising)
{
    dn_buf_clear(&revising->change);
}

void dn_revise_say(struct dn_revising *revising, const char *format, ...)
{
    va_list arguments;
    if (revising->change.size > 0)
        dn_buf_adds(&revising->change, "; ");
    va_start(arguments, format);
    dn_buf_addv(&revising->change, format, arguments);
    va_end(arguments);
}

static char *text_of(struct dn_instant at, char text[DN_INSTANT_TEXT])
{
    dn_instant_format(at, text);
    return text;
}

static bool is_anchor(enum dn_stage stage)
{
    return stage == DN_STAGE_INCIDENT_DECLARED || stage == DN_STAGE_BREACH_DECLARED;
}

/* Appends to the timeline; note is copied. */
static void stamp(struct dn_revising *revising, enum dn_stage stage, struct dn_instant at, const char *note)
{
    struct dn_incident *incident = revising->incident;
    struct dn_timeline_entry entry = {.stage = stage, .at = at, .by = dn_strdup(revising->by), .note = dn_strdup(note)};
    incident->timeline = dn_parts_add(incident->timeline, &incident->timeline_count, sizeof entry, &entry);
    revising->noted = revising->noted || note == revising->note;
    revising->stamped = revising->stamped || stage == DN_STAGE_INCIDENT_DECLARED;
}

static enum dn_status anchor_stands(enum dn_stage stage, struct dn_instant stands, struct dn_instant at,
                                    struct dn_error *err)
{
    char old[DN_INSTANT_TEXT];
    return dn_error_set(err, DN_INVALID, "%s stands at %s and never moves%s", dn_stage_words[stage],
                        text_of(stands, old),
                        dn_instant_compare(at, stands) < 0 ? ": --correct-anchor moves it earlier" : " later");
}

static bool has_entry(const struct dn_incident *incident, enum dn_stage stage, struct dn_instant at)
{
    for (size_t i = 0; i < incident->timeline_count; i++)
        if (incident->timeline[i].stage == stage && dn_instant_compare(incident->timeline[i].at, at) == 0)
            return true;
    return false;
}

enum dn_status dn_revise_stage(struct dn_revising *revising, enum dn_stage stage, struct dn_instant at,
                               struct dn_error *err)
{
    char text[DN_INSTANT_TEXT];
    struct dn_instant stands = dn_incident_reached(revising->incident, stage);
    if (has_entry(revising->incident, stage, at))
        return DN_OK;
    if (is_anchor(stage) && dn_instant_is(stands))
        return anchor_stands(stage, stands, at, err);
    if (stage == DN_STAGE_BREACH_DECLARED && !dn_incident_is_breach(revising->incident))
        return dn_error_set(err, DN_INVALID, "breach-declared needs a finding on customer data, confirmed or likely");
    stamp(revising, stage, at, revising->note);
    dn_revise_say(revising, "stage %s at %s", dn_stage_words[stage], text_of(at, text));
    return DN_OK;
}

enum dn_status dn_revise_anchor(struct dn_revising *revising, enum dn_stage stage, struct dn_instant at,
                                const char *approved_by, struct dn_error *err)
{
    char old[DN_INSTANT_TEXT], new[DN_INSTANT_TEXT];
    struct dn_instant stands = dn_incident_reached(revising->incident, stage);
    if (!is_anchor(stage)) {
        return dn_error_set(err, DN_INVALID, "%s is no anchor: incident-declared and breach-declared are",
                            dn_stage_words[stage]);
    }
    if (!dn_instant_is(stands)) {
        return dn_error_set(err, DN_INVALID, "%s is not in the record: there is nothing to correct",
                            dn_stage_words[stage]);
    }
    if (dn_instant_compare(at, stands) >= 0) {
        return dn_error_set(err, DN_INVALID, "%s stands at %s: an anchor can only be corrected to an earlier time",
                            dn_stage_words[stage], text_of(stands, old));
    }
    if (dn_text_same_name(dn_text_of(approved_by), dn_text_of(revising->by)))
        return dn_error_set(err, DN_INVALID, "'%s' cannot approve their own correction", revising->by);
    struct dn_buf note = {0};
    dn_buf_addf(&note, "corrected from %s, approved by %s", text_of(stands, old), approved_by);
    stamp(revising, stage, at, note.at);
    dn_buf_clear(&note);
    dn_revise_say(revising, "%s corrected from %s to %s, approved by %s", dn_stage_words[stage], old, text_of(at, new),
                  approved_by);
    return DN_OK;
}

enum dn_status dn_revise_status(struct dn_revising *revising, enum dn_incident_status status, const char *reason,
                                struct dn_error *err)
{
    struct dn_incident *incident = revising->incident;
    enum dn_incident_status old = incident->status;
    if (old >= status) {
        return dn_error_set(err, DN_INVALID, "the record is %s: it cannot become %s", dn_incident_status_words[old],
                            dn_incident_status_words[status]);
    }
    if (old == DN_INCIDENT_OPEN && status == DN_INCIDENT_CLOSED && dn_incident_is_breach(incident)) {
        return dn_error_set(err, DN_INVALID,
                            "a finding makes it a breach that was never declared: declare it, or --withdraw REASON");
    }
    incident->status = status;
    dn_revise_say(revising, "status %s to %s%s%s", dn_incident_status_words[old], dn_incident_status_words[status],
                  reason != NULL ? ": " : "", reason != NULL ? reason : "");
    return DN_OK;
}

static void note_not_a_breach(const struct dn_revising *revising)
{
    const struct dn_incident *incident = revising->incident;
    bool open = incident->status == DN_INCIDENT_OPEN;
    dn_notes_attention(revising->notes, "not-a-breach",
                       "%s: none of its findings (%zu) is on customer data, confirmed or likely; it stays %s",
                       incident->id, incident->finding_count, open ? "open, without a clock" : "declared");
}

/* Was breach-declared due with incident-declared: stamped by this run, or by an older one that knew of the breach? */
static bool with_incident(const struct dn_revising *revising)
{
    return revising->stamped || (revising->incident->status == DN_INCIDENT_DECLARED && !revising->breach_added &&
                                 dn_instant_is(dn_incident_reached(revising->incident, DN_STAGE_INCIDENT_DECLARED)));
}

/* The time for an anchor that is missing: as told, else with incident-declared where the breach was known then, else
 * now. */
static struct dn_instant anchor_time(const struct dn_revising *revising, struct dn_instant at, const char **whence)
{
    if (dn_instant_is(at)) {
        *whence = "as --at says";
        return at;
    }
    bool with = with_incident(revising);
    *whence = with ? "with incident-declared" : "now";
    return with ? dn_incident_reached(revising->incident, DN_STAGE_INCIDENT_DECLARED) : revising->now;
}

static void stamp_missing(struct dn_revising *revising, struct dn_instant at)
{
    struct dn_incident *incident = revising->incident;
    const char *whence = NULL;
    struct dn_instant taken = anchor_time(revising, at, &whence);
    char text[DN_INSTANT_TEXT];
    bool incident_too = !dn_instant_is(dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED));
    if (incident_too)
        stamp(revising, DN_STAGE_INCIDENT_DECLARED, taken, revising->note);
    stamp(revising, DN_STAGE_BREACH_DECLARED, taken, revising->note);
    dn_notes_say(revising->notes, NULL, "%s: %sbreach-declared at %s (%s)", incident->id,
                 incident_too ? "incident-declared and " : "", text_of(taken, text), whence);
}

static void say_anchors_stay(const struct dn_revising *revising, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    struct dn_instant stands = dn_incident_reached(revising->incident, DN_STAGE_INCIDENT_DECLARED);
    if (dn_instant_is(at) && dn_instant_compare(at, stands) != 0) {
        dn_notes_say(revising->notes, NULL, "%s: --at changes nothing, incident-declared stays at %s",
                     revising->incident->id, text_of(stands, text));
    }
}

static enum dn_status declare(struct dn_revising *revising, struct dn_instant at, struct dn_error *err)
{
    struct dn_incident *incident = revising->incident;
    bool known = dn_instant_is(dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED));
    if (incident->status == DN_INCIDENT_DECLARED && !known && !dn_instant_is(at)) {
        return dn_error_set(err, DN_INVALID,
                            "%s is declared, but its timeline has no incident-declared: say when with --at TIME",
                            incident->id);
    }
    if (dn_instant_is(dn_incident_reached(incident, DN_STAGE_BREACH_DECLARED)) && known)
        say_anchors_stay(revising, at);
    else
        stamp_missing(revising, at);
    if (incident->status == DN_INCIDENT_OPEN && (incident->given & DN_GIVEN_STATUS) != 0)
        dn_revise_say(revising, "status open to declared");
    incident->status = DN_INCIDENT_DECLARED;
    return DN_OK;
}

enum dn_status dn_revise_decide(struct dn_revising *revising, struct dn_instant at, struct dn_error *err)
{
    struct dn_incident *incident = revising->incident;
    const char *word = dn_incident_status_words[incident->status];
    if (incident->status == DN_INCIDENT_WITHDRAWN || incident->status == DN_INCIDENT_CLOSED) {
        if (revising->breach_added) {
            dn_notes_attention(revising->notes, word,
                               "%s is %s and stays so; a new finding makes it a breach: declare "
                               "it as a new incident",
                               incident->id, word);
        } else if (revising->change.size == 0) {
            dn_notes_attention(revising->notes, word, "%s is %s and stays so", incident->id, word);
        }
        return DN_OK;
    }
    if (!dn_incident_is_breach(incident)) {
        note_not_a_breach(revising);
        if (dn_instant_is(at) && !revising->stamped)
            dn_notes_say(revising->notes, NULL, "%s: --at is not used, nothing is declared", incident->id);
        return DN_OK;
    }
    return declare(revising, at, err);
}

void dn_revise_end(struct dn_revising *revising)
{
    struct dn_incident *incident = revising->incident;
    if (revising->note != NULL && !revising->noted)
        dn_revise_say(revising, "note: %s", revising->note);
    if (revising->change.size == 0)
        return;
    struct dn_revision revision = {revising->now, dn_strdup(revising->by), dn_buf_take(&revising->change)};
    incident->revisions = dn_parts_add(incident->revisions, &incident->revision_count, sizeof revision, &revision);
}
