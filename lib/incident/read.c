/* Reading records: whole documents, and the parts that are plain tables. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "incident/parts.h"

#define SCHEMA "duenotice/incident/1"

/* Does the pair make sense? Loss and the like happen to data by accident or by unlawful doing; only reading it can be
 * merely unauthorised (GDPR Art. 4(12)). */
static bool cause_fits(enum dn_effect effect, enum dn_cause cause)
{
    return effect == DN_EFFECT_ACCESS || effect == DN_EFFECT_DISCLOSURE || cause != DN_CAUSE_UNAUTHORISED;
}

enum dn_status dn_finding_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    struct dn_finding *finding = part;
    enum dn_status status = dn_fields_read(r, node, dn_finding_fields, NULL, finding);
    if (status == DN_OK && !cause_fits(finding->effect, finding->cause)) {
        return dn_yaml_error(r->file, dn_yaml_find(node, "cause"), r->err,
                             "effect %s has the cause accidental or unlawful, not unauthorised",
                             dn_effect_words[finding->effect]);
    }
    return status;
}

enum dn_status dn_report_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    return dn_fields_read(r, node, dn_report_fields, NULL, part);
}

enum dn_status dn_timeline_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    struct dn_timeline_entry *entry = part;
    entry->line = node->line;
    return dn_fields_read(r, node, dn_stage_fields, NULL, entry);
}

enum dn_status dn_revision_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    return dn_fields_read(r, node, dn_revision_fields, NULL, part);
}

static enum dn_status read_schema(const struct dn_record_reading *r, const struct dn_yaml *node, bool partial)
{
    const struct dn_yaml *schema = dn_yaml_find(node, "schema");
    if (schema == NULL && partial)
        return DN_OK;
    if (schema == NULL)
        return dn_yaml_error(r->file, node, r->err, "schema is missing: a record begins with 'schema: " SCHEMA "'");
    if (schema->kind != DN_YAML_SCALAR || !dn_text_is(schema->text, SCHEMA)) {
        return dn_yaml_error(r->file, schema, r->err, "not an incident record: its schema is '" SCHEMA "', not '%.80s'",
                             schema->kind == DN_YAML_SCALAR ? schema->text.at : "");
    }
    return DN_OK;
}

static enum dn_status read_id(const struct dn_record_reading *r, const struct dn_yaml *node, bool partial,
                              struct dn_incident *incident)
{
    const struct dn_yaml *id = dn_yaml_find(node, "id");
    if (id == NULL && partial)
        return DN_OK;
    if (id == NULL)
        return dn_yaml_error(r->file, node, r->err, "id is missing");
    enum dn_status status = dn_yaml_string(r->file, node, "id", &incident->id, r->err);
    if (status == DN_OK && !dn_incident_id_valid(dn_text_of(incident->id))) {
        return dn_yaml_error(r->file, id, r->err, "id '%s': an id has 1 to 128 letters, digits, '.', '_' and '-'",
                             incident->id);
    }
    return status;
}

static enum dn_status read_distrust(const struct dn_record_reading *r, const struct dn_yaml *node,
                                    struct dn_incident *incident)
{
    const struct dn_yaml *distrust = dn_yaml_find(node, "distrust");
    return distrust == NULL ? DN_OK : dn_fields_read(r, distrust, dn_distrust_fields, NULL, incident);
}

static enum dn_status read_clock(const struct dn_record_reading *r, const struct dn_yaml *node,
                                 struct dn_incident *incident)
{
    const struct dn_yaml *clock = dn_yaml_find(node, "clock");
    incident->clock_started_at = DN_INSTANT_NONE;
    incident->clock_due_at = DN_INSTANT_NONE;
    if (clock == NULL)
        return DN_OK;
    enum dn_status status = dn_fields_read(r, clock, dn_clock_fields, NULL, incident);
    if (status == DN_OK && dn_instant_is(incident->clock_started_at) != dn_instant_is(incident->clock_due_at))
        return dn_yaml_error(r->file, clock, r->err, "a clock that runs has both started_at and due_at");
    if (status == DN_OK && dn_instant_is(incident->clock_started_at) &&
        dn_instant_compare(incident->clock_due_at, incident->clock_started_at) < 0)
        return dn_yaml_error(r->file, clock, r->err, "due_at is earlier than started_at");
    return status;
}

static enum dn_status read_lists(const struct dn_record_reading *r, const struct dn_yaml *node,
                                 struct dn_incident *incident)
{
    enum dn_status status = DN_OK;
    incident->reports =
        dn_list_read(r, node, "reports", sizeof *incident->reports, dn_report_read, &incident->report_count, &status);
    incident->findings = dn_list_read(r, node, "findings", sizeof *incident->findings, dn_finding_read,
                                      &incident->finding_count, &status);
    incident->scopes =
        dn_list_read(r, node, "scope", sizeof *incident->scopes, dn_scope_read, &incident->scope_count, &status);
    incident->timeline = dn_list_read(r, node, "timeline", sizeof *incident->timeline, dn_timeline_read,
                                      &incident->timeline_count, &status);
    incident->holds =
        dn_list_read(r, node, "holds", sizeof *incident->holds, dn_hold_read, &incident->hold_count, &status);
    incident->exemptions = dn_list_read(r, node, "exemptions", sizeof *incident->exemptions, dn_exemption_read,
                                        &incident->exemption_count, &status);
    incident->revisions = dn_list_read(r, node, "revisions", sizeof *incident->revisions, dn_revision_read,
                                       &incident->revision_count, &status);
    return status;
}

/* Customers who reported it before we say that we detected it: the detection is dated too late. */
static enum dn_status check_reports(const struct dn_record_reading *r, const struct dn_yaml *node,
                                    const struct dn_incident *incident)
{
    char detected[DN_INSTANT_TEXT], received[DN_INSTANT_TEXT];
    const struct dn_report *first = dn_incident_first_report(incident);
    struct dn_instant at = dn_incident_reached(incident, DN_STAGE_EVENT_DETECTED);
    if (first == NULL || !dn_instant_is(at) || dn_instant_compare(at, first->received_at) <= 0)
        return DN_OK;
    dn_instant_format(at, detected);
    dn_instant_format(first->received_at, received);
    return dn_yaml_error(r->file, dn_yaml_find(node, "reports"), r->err,
                         "event-detected (%s) may not be later than the first customer's report (%s)", detected,
                         received);
}

static unsigned given_keys(const struct dn_yaml *node, const struct dn_incident *incident)
{
    static const struct {
        const char *key;
        unsigned given;
    } keys[] = {{"title", DN_GIVEN_TITLE},
                {"status", DN_GIVEN_STATUS},
                {"drill", DN_GIVEN_DRILL},
                {"kind", DN_GIVEN_KIND},
                {"provider_role", DN_GIVEN_ROLE}};
    unsigned given = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        given |= dn_yaml_find(node, keys[i].key) != NULL ? keys[i].given : 0;
    given |= incident->scope_count > 0 ? DN_GIVEN_SCOPE : 0; /* an empty list is a key not given */
    given |= incident->distrust_addresses.count > 0 ? DN_GIVEN_ADDRESSES : 0;
    given |= incident->distrust_domains.count > 0 ? DN_GIVEN_DOMAINS : 0;
    return given;
}

static const char *const other_keys[] = {"schema",     "id",        "reports", "findings", "scope",
                                         "distrust",   "timeline",  "clock",   "notice",   "holds",
                                         "exemptions", "revisions", NULL};

/* The checked parts of a document, in the order in which a person reads it. */
enum dn_status dn_record_read(const struct dn_record_reading *r, const struct dn_yaml *node, bool partial,
                              struct dn_incident *incident)
{
    incident->line = node->line;
    enum dn_status status = node->kind == DN_YAML_MAP ? read_schema(r, node, partial) : DN_OK;
    if (status == DN_OK)
        status = dn_fields_read(r, node, dn_head_fields, other_keys, incident);
    if (status == DN_OK)
        status = read_id(r, node, partial, incident);
    if (status == DN_OK)
        status = read_clock(r, node, incident);
    if (status == DN_OK)
        status = read_lists(r, node, incident);
    if (status == DN_OK)
        status = read_distrust(r, node, incident);
    if (status == DN_OK)
        status = dn_notice_read(r, dn_yaml_find(node, "notice"), &incident->notice);
    incident->given = given_keys(node, incident);
    return status == DN_OK ? check_reports(r, node, incident) : status;
}

/* One more record at the end of the array, zeroed. */
static struct dn_incident *grow(struct dn_incidents *incidents)
{
    incidents->at = dn_grow(incidents->at, incidents->count, &incidents->room, sizeof *incidents->at);
    struct dn_incident *incident = &incidents->at[incidents->count++];
    memset(incident, 0, sizeof *incident);
    return incident;
}

static enum dn_status append(const struct dn_record_reading *r, const struct dn_yaml *node,
                             struct dn_incidents *incidents)
{
    struct dn_incident incident = {0};
    enum dn_status status = dn_record_read(r, node, false, &incident);
    if (status == DN_OK && dn_incidents_find(incidents, dn_text_of(incident.id)) != NULL) {
        status =
            dn_yaml_error(r->file, dn_yaml_find(node, "id"), r->err, "a second record with the id '%s'", incident.id);
    }
    if (status == DN_OK)
        *grow(incidents) = incident;
    else
        dn_incident_clear(&incident);
    return status;
}

static enum dn_status nothing_there(const struct dn_yaml_file *file, struct dn_error *err)
{
    return dn_error_at(
        err, file->name, 0, 0,
        "an empty record; a shell redirection to the same file ('> FILE') may have emptied it: use -o FILE");
}

enum dn_status dn_incidents_read(const char *path, struct dn_incidents *incidents, struct dn_notes *notes,
                                 struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    const struct dn_record_reading r = {&file, notes, err};
    enum dn_status status = dn_yaml_read(path, &file, err);
    if (status == DN_OK && file.count == 0)
        status = nothing_there(&file, err);
    for (size_t i = 0; i < file.count && status == DN_OK; i++)
        status = append(&r, file.documents[i], incidents);
    dn_yaml_clear(&file);
    return status;
}

static enum dn_status only_document(const struct dn_yaml_file *file, struct dn_error *err)
{
    if (file->count == 0)
        return nothing_there(file, err);
    if (file->count > 1) {
        return dn_yaml_error(file, file->documents[1], err, "a second document: one record is expected here, not %zu",
                             file->count);
    }
    return DN_OK;
}

static enum dn_status read_only(const struct dn_yaml_file *file, bool partial, struct dn_incident *incident,
                                struct dn_notes *notes, struct dn_error *err)
{
    const struct dn_record_reading r = {file, notes, err};
    enum dn_status status = only_document(file, err);
    return status == DN_OK ? dn_record_read(&r, file->documents[0], partial, incident) : status;
}

enum dn_status dn_incident_read(const char *path, struct dn_incident *incident, struct dn_notes *notes,
                                struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    enum dn_status status = dn_yaml_read(path, &file, err);
    if (status == DN_OK)
        status = read_only(&file, false, incident, notes, err);
    dn_yaml_clear(&file);
    return status;
}

enum dn_status dn_incident_read_bytes(struct dn_text bytes, const char *name, struct dn_incident *incident,
                                      struct dn_notes *notes, struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    enum dn_status status = dn_yaml_read_bytes(bytes, name, &file, err);
    if (status == DN_OK)
        status = read_only(&file, false, incident, notes, err);
    dn_yaml_clear(&file);
    return status;
}

const struct dn_incident *dn_incidents_find(const struct dn_incidents *incidents, struct dn_text id)
{
    for (size_t i = 0; i < incidents->count; i++)
        if (dn_text_is(id, incidents->at[i].id))
            return &incidents->at[i];
    return NULL;
}
