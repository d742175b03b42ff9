/* Writing a record, in the order of incident(5). */
#include "incident/parts.h"

void dn_finding_write(struct dn_yaml_writer *w, const struct dn_finding *finding)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_finding_fields, finding);
    dn_yaml_close(w);
}

void dn_report_write(struct dn_yaml_writer *w, const struct dn_report *report)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_report_fields, report);
    dn_yaml_close(w);
}

void dn_scope_write(struct dn_yaml_writer *w, const struct dn_scope *scope)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_scope_fields, scope);
    dn_fields_write(w, dn_indicator_fields, &scope->match);
    if (scope->has_except) {
        dn_yaml_open_map(w, "except");
        dn_fields_write(w, dn_indicator_fields, &scope->except);
        dn_yaml_close(w);
    }
    dn_yaml_close(w);
}

void dn_timeline_write(struct dn_yaml_writer *w, const struct dn_timeline_entry *entry)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_stage_fields, entry);
    dn_yaml_close(w);
}

void dn_revision_write(struct dn_yaml_writer *w, const struct dn_revision *revision)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_revision_fields, revision);
    dn_yaml_close(w);
}

static void write_approvals(struct dn_yaml_writer *w, const struct dn_approval *approvals, size_t count)
{
    if (count == 0)
        return;
    dn_yaml_open_list(w, "approvals");
    for (size_t i = 0; i < count; i++) {
        dn_yaml_open_map(w, NULL);
        dn_fields_write(w, dn_approval_fields, &approvals[i]);
        dn_yaml_close(w);
    }
    dn_yaml_close(w);
}

void dn_hold_write(struct dn_yaml_writer *w, const struct dn_hold *hold)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_hold_fields, hold);
    write_approvals(w, hold->approvals, hold->approval_count);
    dn_yaml_close(w);
}

void dn_exemption_write(struct dn_yaml_writer *w, const struct dn_exemption *exemption)
{
    dn_yaml_open_map(w, NULL);
    dn_fields_write(w, dn_exemption_fields, exemption);
    write_approvals(w, exemption->approvals, exemption->approval_count);
    dn_yaml_close(w);
}

static void write_contact(struct dn_yaml_writer *w, const struct dn_notice_record *notice)
{
    if (notice->contact_name != NULL || notice->contact_email != NULL || notice->contact_phone != NULL) {
        dn_yaml_open_map(w, "contact");
        dn_fields_write(w, dn_contact_fields, notice);
        dn_yaml_close(w);
    }
}

static void write_translations(struct dn_yaml_writer *w, const struct dn_notice_record *notice)
{
    if (notice->word_count < 2)
        return;
    dn_yaml_open_map(w, "text");
    for (size_t i = 1; i < notice->word_count; i++) {
        dn_yaml_open_map(w, notice->words[i].language);
        dn_fields_write(w, dn_words_fields, &notice->words[i]);
        dn_yaml_close(w);
    }
    dn_yaml_close(w);
}

/* Is there anything to say? An empty map would be noise in every record. */
static bool notice_empty(const struct dn_notice_record *notice)
{
    const struct dn_notice_words *main_words = notice->word_count > 0 ? &notice->words[0] : NULL;
    bool wordless = main_words == NULL || (main_words->summary == NULL && main_words->consequences == NULL &&
                                           main_words->measures == NULL && main_words->customer_actions == NULL);
    return wordless && notice->word_count < 2 && notice->contact_name == NULL && notice->contact_email == NULL &&
           notice->contact_phone == NULL && !dn_instant_is(notice->next_update_at);
}

static void write_notice(struct dn_yaml_writer *w, const struct dn_notice_record *notice)
{
    if (notice_empty(notice))
        return;
    dn_yaml_open_map(w, "notice");
    dn_fields_write(w, dn_words_fields, &notice->words[0]);
    write_contact(w, notice);
    dn_fields_write(w, dn_update_fields, notice);
    write_translations(w, notice);
    dn_yaml_close(w);
}

static void write_distrust(struct dn_yaml_writer *w, const struct dn_incident *incident)
{
    if (incident->distrust_addresses.count + incident->distrust_domains.count > 0) {
        dn_yaml_open_map(w, "distrust");
        dn_fields_write(w, dn_distrust_fields, incident);
        dn_yaml_close(w);
    }
}

static void write_clock(struct dn_yaml_writer *w, const struct dn_incident *incident)
{
    if (incident->clock_regime != NULL) {
        dn_yaml_open_map(w, "clock");
        dn_fields_write(w, dn_clock_fields, incident);
        dn_yaml_close(w);
    }
}

/* `key:` and every part below it; nothing for an empty list. */
#define WRITE_ALL(w, key, array, count, write)                                                                         \
    do {                                                                                                               \
        if ((count) > 0) {                                                                                             \
            dn_yaml_open_list((w), (key));                                                                             \
            for (size_t i_ = 0; i_ < (count); i_++)                                                                    \
                write((w), &(array)[i_]);                                                                              \
            dn_yaml_close(w);                                                                                          \
        }                                                                                                              \
    } while (0)

static void write_found(struct dn_yaml_writer *w, const struct dn_incident *incident)
{
    WRITE_ALL(w, "reports", incident->reports, incident->report_count, dn_report_write);
    WRITE_ALL(w, "findings", incident->findings, incident->finding_count, dn_finding_write);
    WRITE_ALL(w, "scope", incident->scopes, incident->scope_count, dn_scope_write);
    write_distrust(w, incident);
}

void dn_incident_write(const struct dn_incident *incident, int number, struct dn_buf *out)
{
    struct dn_yaml_writer writer = {.out = out};
    struct dn_yaml_writer *w = &writer;
    dn_yaml_document(w, number);
    dn_yaml_put(w, "schema", "duenotice/incident/1");
    dn_yaml_put(w, "id", incident->id);
    dn_fields_write(w, dn_head_fields, incident);
    write_found(w, incident);
    WRITE_ALL(w, "timeline", incident->timeline, incident->timeline_count, dn_timeline_write);
    write_clock(w, incident);
    write_notice(w, &incident->notice);
    WRITE_ALL(w, "holds", incident->holds, incident->hold_count, dn_hold_write);
    WRITE_ALL(w, "exemptions", incident->exemptions, incident->exemption_count, dn_exemption_write);
    WRITE_ALL(w, "revisions", incident->revisions, incident->revision_count, dn_revision_write);
}
