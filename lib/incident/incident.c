/* What a record says when it is asked, and freeing it. */
#include "incident/incident.h"

#include <stdlib.h>
#include <string.h>

#include "incident/parts.h"
#include "key/name.h"

const struct dn_report *dn_incident_first_report(const struct dn_incident *incident)
{
    const struct dn_report *first = NULL;
    for (size_t i = 0; i < incident->report_count; i++) {
        const struct dn_report *report = &incident->reports[i];
        if (first == NULL || dn_instant_compare(report->received_at, first->received_at) < 0)
            first = report;
    }
    return first;
}

struct dn_instant dn_incident_reached(const struct dn_incident *incident, enum dn_stage stage)
{
    struct dn_instant first = DN_INSTANT_NONE;
    for (size_t i = 0; i < incident->timeline_count; i++)
        if (incident->timeline[i].stage == stage)
            first = dn_instant_min(first, incident->timeline[i].at);
    return first;
}

bool dn_incident_is_breach(const struct dn_incident *incident)
{
    for (size_t i = 0; i < incident->finding_count; i++)
        if (incident->findings[i].data == DN_DATA_CUSTOMER &&
            incident->findings[i].confidence != DN_CONFIDENCE_SUSPECTED)
            return true;
    return false;
}

/* Does the list name the tenant? GUIDs compare without case, as in the affected stream: a hold that is spelled
 * otherwise must not let its tenant be told. */
static bool names_tenant(const struct dn_strings *tenants, struct dn_text tenant_id)
{
    if (!dn_guid_valid(tenant_id))
        return dn_strings_has(tenants, tenant_id);
    for (size_t i = 0; i < tenants->count; i++)
        if (dn_text_equal_nocase(dn_text_of(tenants->at[i]), tenant_id))
            return true;
    return false;
}

const struct dn_hold *dn_incident_hold(const struct dn_incident *incident, struct dn_text tenant_id,
                                       struct dn_instant at)
{
    for (size_t i = 0; i < incident->hold_count; i++) {
        const struct dn_hold *hold = &incident->holds[i];
        if (hold->complete && names_tenant(&hold->tenants, tenant_id) &&
            dn_instant_compare(hold->counts_from, at) <= 0 && dn_instant_compare(at, hold->until) < 0)
            return hold;
    }
    return NULL;
}

const struct dn_exemption *dn_incident_exemption(const struct dn_incident *incident, struct dn_text tenant_id)
{
    for (size_t i = 0; i < incident->exemption_count; i++) {
        const struct dn_exemption *exemption = &incident->exemptions[i];
        if (exemption->complete && names_tenant(&exemption->tenants, tenant_id))
            return exemption;
    }
    return NULL;
}

static void clear_indicators(struct dn_indicators *indicators)
{
    dn_fields_clear(dn_indicator_fields, indicators);
    free(indicators->networks);
    indicators->networks = NULL;
}

void dn_scope_clear(struct dn_scope *scope)
{
    clear_indicators(&scope->match);
    clear_indicators(&scope->except);
}

void dn_finding_clear(struct dn_finding *finding)
{
    dn_fields_clear(dn_finding_fields, finding);
}

void dn_report_clear(struct dn_report *report)
{
    dn_fields_clear(dn_report_fields, report);
}

static void clear_approvals(struct dn_approval *approvals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dn_fields_clear(dn_approval_fields, &approvals[i]);
    free(approvals);
}

void dn_hold_clear(struct dn_hold *hold)
{
    dn_fields_clear(dn_hold_fields, hold);
    clear_approvals(hold->approvals, hold->approval_count);
    memset(hold, 0, sizeof *hold);
}

void dn_exemption_clear(struct dn_exemption *exemption)
{
    dn_fields_clear(dn_exemption_fields, exemption);
    clear_approvals(exemption->approvals, exemption->approval_count);
    memset(exemption, 0, sizeof *exemption);
}

void dn_notice_clear(struct dn_notice_record *notice)
{
    for (size_t i = 0; i < notice->word_count; i++) {
        free(notice->words[i].language);
        dn_fields_clear(dn_words_fields, &notice->words[i]);
    }
    free(notice->words);
    dn_fields_clear(dn_contact_fields, notice);
    memset(notice, 0, sizeof *notice);
}

/* Clears and frees an array of parts. */
#define CLEAR_ALL(array, count, clear)                                                                                 \
    do {                                                                                                               \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            clear(&(array)[i_]);                                                                                       \
        free(array);                                                                                                   \
    } while (0)

static void clear_timeline_entry(struct dn_timeline_entry *entry)
{
    dn_fields_clear(dn_stage_fields, entry);
}

static void clear_revision(struct dn_revision *revision)
{
    dn_fields_clear(dn_revision_fields, revision);
}

void dn_incident_clear(struct dn_incident *incident)
{
    CLEAR_ALL(incident->reports, incident->report_count, dn_report_clear);
    CLEAR_ALL(incident->findings, incident->finding_count, dn_finding_clear);
    CLEAR_ALL(incident->scopes, incident->scope_count, dn_scope_clear);
    CLEAR_ALL(incident->timeline, incident->timeline_count, clear_timeline_entry);
    CLEAR_ALL(incident->holds, incident->hold_count, dn_hold_clear);
    CLEAR_ALL(incident->exemptions, incident->exemption_count, dn_exemption_clear);
    CLEAR_ALL(incident->revisions, incident->revision_count, clear_revision);
    dn_notice_clear(&incident->notice);
    free(incident->id);
    dn_fields_clear(dn_head_fields, incident);
    dn_fields_clear(dn_distrust_fields, incident);
    dn_fields_clear(dn_clock_fields, incident);
    memset(incident, 0, sizeof *incident);
}

void dn_incidents_clear(struct dn_incidents *incidents)
{
    CLEAR_ALL(incidents->at, incidents->count, dn_incident_clear);
    memset(incidents, 0, sizeof *incidents);
}
