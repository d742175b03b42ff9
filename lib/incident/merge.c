#include "incident/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void *dn_parts_add(void *array, size_t *count, size_t size, const void *part)
{
    char *parts = dn_realloc(array, *count + 1, size);
    memcpy(parts + *count * size, part, size);
    *count += 1;
    return parts;
}

/* Parts are equal when they are written alike. */
typedef void part_write(struct dn_yaml_writer *w, const void *part);

static void write_parts(part_write *write, const void *parts, size_t count, size_t size, struct dn_buf *out)
{
    struct dn_yaml_writer writer = {.out = out};
    dn_yaml_document(&writer, 0);
    dn_yaml_open_list(&writer, "parts");
    for (size_t i = 0; i < count; i++)
        write(&writer, (const char *)parts + i * size);
    dn_yaml_close(&writer);
}

static bool same_parts(part_write *write, size_t size, const void *a, size_t a_count, const void *b, size_t b_count)
{
    struct dn_buf left = {0}, right = {0};
    write_parts(write, a, a_count, size, &left);
    write_parts(write, b, b_count, size, &right);
    bool same = dn_text_equal(dn_buf_text(&left), dn_buf_text(&right));
    dn_buf_clear(&left);
    dn_buf_clear(&right);
    return same;
}

static bool has_part(part_write *write, size_t size, const void *parts, size_t count, const void *part)
{
    for (size_t i = 0; i < count; i++)
        if (same_parts(write, size, (const char *)parts + i * size, 1, part, 1))
            return true;
    return false;
}

static void write_finding(struct dn_yaml_writer *w, const void *part)
{
    dn_finding_write(w, part);
}

static void write_report(struct dn_yaml_writer *w, const void *part)
{
    dn_report_write(w, part);
}

static void write_scope(struct dn_yaml_writer *w, const void *part)
{
    dn_scope_write(w, part);
}

static void write_timeline(struct dn_yaml_writer *w, const void *part)
{
    dn_timeline_write(w, part);
}

static void write_hold(struct dn_yaml_writer *w, const void *part)
{
    dn_hold_write(w, part);
}

static void write_exemption(struct dn_yaml_writer *w, const void *part)
{
    dn_exemption_write(w, part);
}

static void write_revision(struct dn_yaml_writer *w, const void *part)
{
    dn_revision_write(w, part);
}

static void take_finding(struct dn_revising *revising, struct dn_finding *finding)
{
    struct dn_incident *incident = revising->incident;
    if (has_part(write_finding, sizeof *finding, incident->findings, incident->finding_count, finding))
        return;
    dn_revise_say(revising, "finding added: %s of %s data, %s, %s%s%s", dn_effect_words[finding->effect],
                  dn_data_words[finding->data], dn_cause_words[finding->cause],
                  dn_confidence_words[finding->confidence], finding->service != NULL ? ", " : "",
                  finding->service != NULL ? finding->service : "");
    incident->findings = dn_parts_add(incident->findings, &incident->finding_count, sizeof *finding, finding);
    *finding = (struct dn_finding){0};
}

static void merge_findings(struct dn_revising *revising, struct dn_incident *from)
{
    bool breach = dn_incident_is_breach(revising->incident);
    for (size_t i = 0; i < from->finding_count; i++)
        take_finding(revising, &from->findings[i]);
    revising->breach_added = revising->breach_added || (!breach && dn_incident_is_breach(revising->incident));
}

static void merge_reports(struct dn_revising *revising, struct dn_incident *from)
{
    struct dn_incident *incident = revising->incident;
    for (size_t i = 0; i < from->report_count; i++) {
        struct dn_report *report = &from->reports[i];
        char text[DN_INSTANT_TEXT];
        if (has_part(write_report, sizeof *report, incident->reports, incident->report_count, report))
            continue;
        dn_instant_format(report->received_at, text);
        dn_revise_say(revising, "report added: %s at %s", report->tenant != NULL ? report->tenant : "a customer", text);
        incident->reports = dn_parts_add(incident->reports, &incident->report_count, sizeof *report, report);
        *report = (struct dn_report){0};
    }
}

static void merge_scope(struct dn_revising *revising, struct dn_incident *from)
{
    struct dn_incident *incident = revising->incident;
    if ((from->given & DN_GIVEN_SCOPE) == 0 || same_parts(write_scope, sizeof *from->scopes, incident->scopes,
                                                          incident->scope_count, from->scopes, from->scope_count))
        return;
    dn_revise_say(revising, "scope replaced (entries: %zu, was %zu)", from->scope_count, incident->scope_count);
    struct dn_scope *old = incident->scopes;
    size_t old_count = incident->scope_count;
    incident->scopes = from->scopes;
    incident->scope_count = from->scope_count;
    from->scopes = old;
    from->scope_count = old_count;
}

static bool same_strings(const struct dn_strings *a, const struct dn_strings *b)
{
    size_t i = 0;
    while (i < a->count && i < b->count && strcmp(a->at[i], b->at[i]) == 0)
        i++;
    return i == a->count && i == b->count;
}

static void replace_strings(struct dn_revising *revising, const char *name, struct dn_strings *old,
                            struct dn_strings *new)
{
    struct dn_strings spare = *old;
    if (same_strings(old, new))
        return;
    dn_revise_say(revising, "%s replaced (entries: %zu, was %zu)", name, new->count, old->count);
    *old = *new;
    *new = spare;
}

static void merge_distrust(struct dn_revising *revising, struct dn_incident *from)
{
    struct dn_incident *incident = revising->incident;
    if ((from->given & DN_GIVEN_ADDRESSES) != 0)
        replace_strings(revising, "distrust.addresses", &incident->distrust_addresses, &from->distrust_addresses);
    if ((from->given & DN_GIVEN_DOMAINS) != 0)
        replace_strings(revising, "distrust.domains", &incident->distrust_domains, &from->distrust_domains);
}

/* *old becomes *new, which gets the old one: it is freed with what it came from. True: it changed. */
static bool replace(char **old, char **new)
{
    char *spare = *old;
    if (*new == NULL || (*old != NULL && strcmp(*old, *new) == 0))
        return false;
    *old = *new;
    *new = spare;
    return true;
}

void dn_merge_found(struct dn_revising *revising, struct dn_incident *from)
{
    if (replace(&revising->incident->title, &from->title)) {
        dn_revise_say(revising, from->title != NULL ? "title changed from '%s'" : "title set%s",
                      from->title != NULL ? from->title : "");
    }
    merge_reports(revising, from);
    merge_findings(revising, from);
    merge_scope(revising, from);
    merge_distrust(revising, from);
    dn_merge_notice(revising, &from->notice);
}

bool dn_merge_hold(struct dn_revising *revising, struct dn_hold *hold)
{
    struct dn_incident *incident = revising->incident;
    if (has_part(write_hold, sizeof *hold, incident->holds, incident->hold_count, hold))
        return false;
    dn_revise_say(revising, "hold added: %s (tenants: %zu)", hold->reason != NULL ? hold->reason : "no reason",
                  hold->tenants.count);
    incident->holds = dn_parts_add(incident->holds, &incident->hold_count, sizeof *hold, hold);
    *hold = (struct dn_hold){0};
    return true;
}

bool dn_merge_exemption(struct dn_revising *revising, struct dn_exemption *exemption)
{
    struct dn_incident *incident = revising->incident;
    if (has_part(write_exemption, sizeof *exemption, incident->exemptions, incident->exemption_count, exemption))
        return false;
    dn_revise_say(revising, "exemption added: %s (tenants: %zu)",
                  exemption->reason != NULL ? exemption->reason : "no reason", exemption->tenants.count);
    incident->exemptions = dn_parts_add(incident->exemptions, &incident->exemption_count, sizeof *exemption, exemption);
    *exemption = (struct dn_exemption){0};
    return true;
}

/* An anchor that stands in the record stays; what the other one says of it is said. */
static bool anchor_stays(const struct dn_revising *revising, const struct dn_timeline_entry *entry)
{
    char stands[DN_INSTANT_TEXT], other[DN_INSTANT_TEXT];
    struct dn_instant at = dn_incident_reached(revising->incident, entry->stage);
    bool anchor = entry->stage == DN_STAGE_INCIDENT_DECLARED || entry->stage == DN_STAGE_BREACH_DECLARED;
    if (!anchor || !dn_instant_is(at))
        return false;
    dn_instant_format(at, stands);
    dn_instant_format(entry->at, other);
    if (strcmp(stands, other) != 0) {
        dn_notes_say(revising->notes, NULL, "%s: %s stays at %s; the input's %s is not taken", revising->incident->id,
                     dn_stage_words[entry->stage], stands, other);
    }
    return true;
}

static void merge_timeline(struct dn_revising *revising, struct dn_incident *from)
{
    struct dn_incident *incident = revising->incident;
    for (size_t i = 0; i < from->timeline_count; i++) {
        struct dn_timeline_entry *entry = &from->timeline[i];
        char text[DN_INSTANT_TEXT];
        if (has_part(write_timeline, sizeof *entry, incident->timeline, incident->timeline_count, entry) ||
            anchor_stays(revising, entry))
            continue;
        dn_instant_format(entry->at, text);
        dn_revise_say(revising, "stage %s at %s", dn_stage_words[entry->stage], text);
        incident->timeline = dn_parts_add(incident->timeline, &incident->timeline_count, sizeof *entry, entry);
        *entry = (struct dn_timeline_entry){0};
    }
}

static void merge_revisions(struct dn_revising *revising, struct dn_incident *from)
{
    struct dn_incident *incident = revising->incident;
    for (size_t i = 0; i < from->revision_count; i++) {
        struct dn_revision *revision = &from->revisions[i];
        if (!has_part(write_revision, sizeof *revision, incident->revisions, incident->revision_count, revision)) {
            incident->revisions =
                dn_parts_add(incident->revisions, &incident->revision_count, sizeof *revision, revision);
            *revision = (struct dn_revision){0};
        }
    }
}

static enum dn_status check_same(const struct dn_incident *incident, const struct dn_incident *from,
                                 struct dn_error *err)
{
    const struct {
        const char *key;
        unsigned given;
        int a, b;
    } facts[] = {{"drill", DN_GIVEN_DRILL, incident->drill, from->drill},
                 {"kind", DN_GIVEN_KIND, (int)incident->kind, (int)from->kind},
                 {"provider_role", DN_GIVEN_ROLE, (int)incident->provider_role, (int)from->provider_role}};
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if ((from->given & facts[i].given) != 0 && facts[i].a != facts[i].b) {
            return dn_error_set(err, DN_INVALID, "%s: '%s' of the input is not what the existing record says",
                                incident->id, facts[i].key);
        }
    }
    return DN_OK;
}

enum dn_status dn_revise_record(struct dn_revising *revising, struct dn_incident *from, struct dn_error *err)
{
    struct dn_incident *incident = revising->incident;
    enum dn_status status = check_same(incident, from, err);
    if (status != DN_OK)
        return status;
    if ((from->given & DN_GIVEN_STATUS) != 0 && from->status != incident->status) {
        dn_notes_say(revising->notes, NULL, "%s: its status stays %s; the input's '%s' is not taken", incident->id,
                     dn_incident_status_words[incident->status], dn_incident_status_words[from->status]);
    }
    merge_timeline(revising, from);
    dn_merge_found(revising, from);
    for (size_t i = 0; i < from->hold_count; i++)
        dn_merge_hold(revising, &from->holds[i]);
    for (size_t i = 0; i < from->exemption_count; i++)
        dn_merge_exemption(revising, &from->exemptions[i]);
    merge_revisions(revising, from);
    if (incident->clock_regime == NULL)
        replace(&incident->clock_regime, &from->clock_regime);
    return DN_OK;
}
