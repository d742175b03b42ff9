/* The tables of incident(5), in the order in which a record is written. */
#include "incident/parts.h"

#define AT(type, member) offsetof(struct type, member)
#define END                                                                                                            \
    {                                                                                                                  \
        .key = NULL                                                                                                    \
    }

/* words of a finding only: the last two effects are not found, they are met in evidence */
static const char *const effect_words[] = {"access", "disclosure", "alteration", "loss", "destruction", NULL};
static const char *const report_kind_words[] = {"account", "credential", "service", NULL};
static const char *const attempts_words[] = {"exclude", "include", NULL};

const struct dn_field dn_head_fields[] = {
    {"title", DN_FIELD_LINE, AT(dn_incident, title), NULL, 0, false, false},
    {"status", DN_FIELD_WORD, AT(dn_incident, status), dn_incident_status_words, DN_INCIDENT_OPEN, false, false},
    {"drill", DN_FIELD_BOOL, AT(dn_incident, drill), NULL, 0, false, false},
    {"kind", DN_FIELD_WORD, AT(dn_incident, kind), dn_incident_kind_words, DN_KIND_SECURITY, false, false},
    {"provider_role", DN_FIELD_WORD, AT(dn_incident, provider_role), dn_provider_role_words, DN_ROLE_PROCESSOR, false,
     false},
    END};

const struct dn_field dn_report_fields[] = {
    {"tenant", DN_FIELD_LINE, AT(dn_report, tenant), NULL, 0, false, false},
    {"received_at", DN_FIELD_TIME, AT(dn_report, received_at), NULL, 0, true, false},
    {"kind", DN_FIELD_LINE, AT(dn_report, kind), report_kind_words, 0, false, false},
    {"reference", DN_FIELD_LINE, AT(dn_report, reference), NULL, 0, false, false},
    END};

const struct dn_field dn_finding_fields[] = {
    {"effect", DN_FIELD_WORD, AT(dn_finding, effect), effect_words, 0, true, false},
    {"cause", DN_FIELD_WORD, AT(dn_finding, cause), dn_cause_words, 0, true, false},
    {"data", DN_FIELD_WORD, AT(dn_finding, data), dn_data_words, 0, true, false},
    {"confidence", DN_FIELD_WORD, AT(dn_finding, confidence), dn_confidence_words, DN_CONFIDENCE_CONFIRMED, false,
     false},
    {"service", DN_FIELD_LINE, AT(dn_finding, service), NULL, 0, false, false},
    {"data_types", DN_FIELD_LIST, AT(dn_finding, data_types), NULL, 0, false, false},
    {"note", DN_FIELD_TEXT, AT(dn_finding, note), NULL, 0, false, false},
    END};

const struct dn_field dn_scope_fields[] = {
    {"from", DN_FIELD_TIME, AT(dn_scope, from), NULL, 0, false, false},
    {"until", DN_FIELD_TIME, AT(dn_scope, until), NULL, 0, false, false},
    {"certainty", DN_FIELD_WORD, AT(dn_scope, certainty), dn_certainty_words, DN_CERTAINTY_CONFIRMED, false, true},
    {"attempts", DN_FIELD_FLAG, AT(dn_scope, include_attempts), attempts_words, 0, false, true},
    END};

const struct dn_field dn_indicator_fields[] = {
    {"addresses", DN_FIELD_LIST, AT(dn_indicators, addresses), NULL, 0, false, false},
    {"actors", DN_FIELD_LIST, AT(dn_indicators, actors), NULL, 0, false, false},
    {"operations", DN_FIELD_LIST, AT(dn_indicators, operations), NULL, 0, false, false},
    {"services", DN_FIELD_LIST, AT(dn_indicators, services), NULL, 0, false, false},
    {"resources", DN_FIELD_LIST, AT(dn_indicators, resources), NULL, 0, false, false},
    {"user_agents", DN_FIELD_LIST, AT(dn_indicators, user_agents), NULL, 0, false, false},
    {"sessions", DN_FIELD_LIST, AT(dn_indicators, sessions), NULL, 0, false, false},
    END};

const struct dn_field dn_distrust_fields[] = {
    {"addresses", DN_FIELD_LIST, AT(dn_incident, distrust_addresses), NULL, 0, false, false},
    {"domains", DN_FIELD_LIST, AT(dn_incident, distrust_domains), NULL, 0, false, false},
    END};

const struct dn_field dn_stage_fields[] = {
    {"stage", DN_FIELD_WORD, AT(dn_timeline_entry, stage), dn_stage_words, 0, true, false},
    {"at", DN_FIELD_TIME, AT(dn_timeline_entry, at), NULL, 0, true, false},
    {"by", DN_FIELD_LINE, AT(dn_timeline_entry, by), NULL, 0, false, false},
    {"note", DN_FIELD_TEXT, AT(dn_timeline_entry, note), NULL, 0, false, false},
    END};

const struct dn_field dn_clock_fields[] = {
    {"regime", DN_FIELD_LINE, AT(dn_incident, clock_regime), NULL, 0, true, false},
    {"started_at", DN_FIELD_TIME, AT(dn_incident, clock_started_at), NULL, 0, false, false},
    {"due_at", DN_FIELD_TIME, AT(dn_incident, clock_due_at), NULL, 0, false, false},
    END};

const struct dn_field dn_words_fields[] = {
    {"summary", DN_FIELD_TEXT, AT(dn_notice_words, summary), NULL, 0, false, false},
    {"consequences", DN_FIELD_TEXT, AT(dn_notice_words, consequences), NULL, 0, false, false},
    {"measures", DN_FIELD_TEXT, AT(dn_notice_words, measures), NULL, 0, false, false},
    {"customer_actions", DN_FIELD_TEXT, AT(dn_notice_words, customer_actions), NULL, 0, false, false},
    END};

const struct dn_field dn_contact_fields[] = {
    {"name", DN_FIELD_LINE, AT(dn_notice_record, contact_name), NULL, 0, false, false},
    {"email", DN_FIELD_LINE, AT(dn_notice_record, contact_email), NULL, 0, false, false},
    {"phone", DN_FIELD_LINE, AT(dn_notice_record, contact_phone), NULL, 0, false, false},
    END};

const struct dn_field dn_update_fields[] = {
    {"next_update_at", DN_FIELD_TIME, AT(dn_notice_record, next_update_at), NULL, 0, false, false}, END};

const struct dn_field dn_approval_fields[] = {{"role", DN_FIELD_LINE, AT(dn_approval, role), NULL, 0, false, false},
                                              {"by", DN_FIELD_LINE, AT(dn_approval, by), NULL, 0, false, false},
                                              {"at", DN_FIELD_TIME, AT(dn_approval, at), NULL, 0, false, false},
                                              END};

static const char *const hold_reason_words[] = {"risk-to-others", "extraordinary", "law-enforcement", NULL};

const struct dn_field dn_hold_fields[] = {
    {"reason", DN_FIELD_LINE, AT(dn_hold, reason), hold_reason_words, 0, false, false},
    {"tenants", DN_FIELD_LIST, AT(dn_hold, tenants), NULL, 0, false, false},
    {"from", DN_FIELD_TIME, AT(dn_hold, from), NULL, 0, false, false},
    {"until", DN_FIELD_TIME, AT(dn_hold, until), NULL, 0, false, false},
    {"authority", DN_FIELD_LINE, AT(dn_hold, authority), NULL, 0, false, false},
    {"reference", DN_FIELD_LINE, AT(dn_hold, reference), NULL, 0, false, false},
    END};

const struct dn_field dn_exemption_fields[] = {
    {"reason", DN_FIELD_LINE, AT(dn_exemption, reason), NULL, 0, false, false},
    {"tenants", DN_FIELD_LIST, AT(dn_exemption, tenants), NULL, 0, false, false},
    {"evidence", DN_FIELD_TEXT, AT(dn_exemption, evidence), NULL, 0, false, false},
    {"key_integrity", DN_FIELD_TEXT, AT(dn_exemption, key_integrity), NULL, 0, false, false},
    END};

const struct dn_field dn_revision_fields[] = {{"at", DN_FIELD_TIME, AT(dn_revision, at), NULL, 0, true, false},
                                              {"by", DN_FIELD_LINE, AT(dn_revision, by), NULL, 0, false, false},
                                              {"change", DN_FIELD_TEXT, AT(dn_revision, change), NULL, 0, true, false},
                                              END};
