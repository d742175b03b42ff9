#include "deadline/record_clock.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum dn_status dn_record_clock_regime(const struct dn_regimes *regimes, const char *id, const struct dn_regime **regime,
                                      struct dn_error *err)
{
    *regime = dn_regimes_find(regimes, dn_text_of(id));
    if (*regime == NULL)
        return dn_error_set(err, DN_INVALID, "unknown regime '%s'; deadline-check --regimes-list prints them", id);
    return DN_OK;
}

static bool same_instant(struct dn_instant a, struct dn_instant b)
{
    return dn_instant_is(a) == dn_instant_is(b) && (!dn_instant_is(a) || dn_instant_compare(a, b) == 0);
}

/* The start and the end that the regime gives this record; both "no time" where it never started. */
static enum dn_status count(const struct dn_regime *regime, const struct dn_incident *incident,
                            struct dn_instant *started_at, struct dn_instant *due_at, struct dn_error *err)
{
    struct dn_instant latest;
    *started_at = dn_regime_start(regime, incident);
    return dn_regime_due(regime, *started_at, due_at, &latest, err);
}

/* The clock that the record has against the one that the regime gives it. */
static enum dn_status compare(const struct dn_regime *regime, const struct dn_incident *incident, const char *file,
                              struct dn_notes *notes, struct dn_error *err)
{
    struct dn_instant started_at, due_at;
    struct dn_error why = {0};
    char text[DN_INSTANT_TEXT], right[DN_INSTANT_TEXT];
    if (count(regime, incident, &started_at, &due_at, &why) != DN_OK) {
        dn_notes_attention(notes, "clock-not-checked", "%s: %s", incident->id, why.text);
        return DN_OK;
    }
    if (same_instant(started_at, incident->clock_started_at) && same_instant(due_at, incident->clock_due_at))
        return DN_OK;
    dn_instant_format(incident->clock_due_at, text);
    dn_instant_format(due_at, right);
    return dn_error_at(err, file, incident->line, 0, "the clock of %s is due at %s; %s and its timeline say %s",
                       incident->id, text, regime->id, right[0] != '\0' ? right : "that it never started");
}

enum dn_status dn_record_clock_check(const struct dn_regimes *regimes, const struct dn_incident *incident,
                                     const char *file, struct dn_notes *notes, struct dn_error *err)
{
    const struct dn_regime *regime = NULL;
    if (incident->status == DN_INCIDENT_DECLARED && !dn_instant_is(incident->clock_due_at))
        dn_notes_attention(notes, "no-clock", "%s is declared, but its clock does not run", incident->id);
    if (incident->clock_regime == NULL)
        return DN_OK;
    enum dn_status status = dn_record_clock_regime(regimes, incident->clock_regime, &regime, err);
    bool runs = dn_instant_is(incident->clock_due_at);
    return status == DN_OK && runs ? compare(regime, incident, file, notes, err) : status;
}

static enum dn_status not_started(const struct dn_regime *regime, const struct dn_incident *incident,
                                  struct dn_error *err)
{
    if (dn_word_find(dn_stage_words, dn_text_of(regime->trigger_event)) < 0) {
        return dn_error_set(err, DN_INVALID, "%s: regime '%s' starts at '%s', which is no stage of a record",
                            incident->id, regime->id, regime->trigger_event);
    }
    return dn_error_set(err, DN_INVALID,
                        "%s: regime '%s' starts at %s, which the record does not have: --stage %s=TIME", incident->id,
                        regime->id, regime->trigger_event, regime->trigger_event);
}

/* A deadline that people were told must not slip away under them. */
static enum dn_status never_later(const struct dn_incident *incident, struct dn_instant due_at, struct dn_error *err)
{
    char old[DN_INSTANT_TEXT], new[DN_INSTANT_TEXT];
    if (!dn_instant_is(incident->clock_due_at) || dn_instant_compare(due_at, incident->clock_due_at) <= 0)
        return DN_OK;
    dn_instant_format(incident->clock_due_at, old);
    dn_instant_format(due_at, new);
    return dn_error_set(err, DN_INVALID, "%s: its clock is due at %s and cannot be put off to %s", incident->id, old,
                        new);
}

static void replace_clock(struct dn_incident *incident, const char *regime_id, struct dn_instant started_at,
                          struct dn_instant due_at, struct dn_buf *change)
{
    char text[DN_INSTANT_TEXT], old[DN_INSTANT_TEXT];
    bool same = incident->clock_regime != NULL && strcmp(incident->clock_regime, regime_id) == 0 &&
                same_instant(due_at, incident->clock_due_at);
    if (dn_instant_is(incident->clock_due_at) && !same) {
        dn_instant_format(due_at, text);
        dn_instant_format(incident->clock_due_at, old);
        dn_buf_addf(change, "clock %s due at %s, was %s due at %s", regime_id, text, incident->clock_regime, old);
    }
    char *regime = dn_strdup(regime_id);
    free(incident->clock_regime);
    incident->clock_regime = regime;
    incident->clock_started_at = started_at;
    incident->clock_due_at = due_at;
}

enum dn_status dn_record_clock_set(const struct dn_regimes *regimes, const char *regime_id,
                                   struct dn_incident *incident, struct dn_notes *notes, struct dn_buf *change,
                                   struct dn_error *err)
{
    const char *own = incident->clock_regime != NULL ? incident->clock_regime : DN_REGIME_DEFAULT;
    const struct dn_regime *regime = NULL;
    struct dn_instant started_at, due_at;
    char text[DN_INSTANT_TEXT];
    enum dn_status status = dn_record_clock_regime(regimes, regime_id != NULL ? regime_id : own, &regime, err);
    if (status == DN_OK)
        status = count(regime, incident, &started_at, &due_at, err);
    if (status == DN_OK && !dn_instant_is(started_at))
        status = not_started(regime, incident, err);
    if (status == DN_OK)
        status = never_later(incident, due_at, err);
    if (status == DN_OK) {
        replace_clock(incident, regime->id, started_at, due_at, change);
        dn_instant_format(due_at, text);
    }
    if (status == DN_OK && incident->status == DN_INCIDENT_DECLARED)
        dn_notes_say(notes, NULL, "%s: customers are due to be told by %s (%s)", incident->id, text, regime->id);
    return status;
}
