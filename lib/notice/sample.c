#include "notice/sample.h"

#include "notice/language.h"

static char nothing[] = "";

/* A tenant without anything of its own, hurt in every way. */
static struct dn_affected nobody(const struct dn_incident *incident, char *language, enum dn_certainty certainty)
{
    static char effects[] = "access;alteration;destruction;disclosure;loss";
    return (struct dn_affected){.incident_id = incident->id,
                                .tenant_id = nothing,
                                .name = nothing,
                                .country = nothing,
                                .language = language,
                                .time_zone = nothing,
                                .regimes = nothing,
                                .effects = effects,
                                .certainty = certainty,
                                .services = nothing,
                                .matched_by = nothing,
                                .message_center = nothing,
                                .admin_emails = nothing,
                                .privacy_email = nothing,
                                .admin_phones = nothing,
                                .contact_gaps = nothing,
                                .data_subjects = -1,
                                .first_seen = DN_INSTANT_NONE,
                                .last_seen = DN_INSTANT_NONE,
                                .identified_at = DN_INSTANT_NONE};
}

/* The incident as far as it says the same to everybody: without the words and kinds of data that people wrote. */
static struct dn_incident wordless(const struct dn_incident *incident)
{
    struct dn_incident bare = *incident;
    bare.title = nothing;
    bare.finding_count = 0;
    bare.notice.word_count = 0;
    return bare;
}

static enum dn_status allow(const struct dn_plan_source *source, const struct dn_incident *incident, char *language,
                            enum dn_certainty certainty, struct dn_isolation *isolation, struct dn_error *err)
{
    struct dn_incident bare = wordless(incident);
    struct dn_affected tenant = nobody(incident, language, certainty);
    struct dn_resource row = {.incident_id = incident->id,
                              .tenant_id = nothing,
                              .tenant = nothing,
                              .service = nothing,
                              .resource = nothing,
                              .matched_by = nothing,
                              .evidence = nothing,
                              .certainty = certainty,
                              .first_seen = DN_INSTANT_NONE,
                              .last_seen = DN_INSTANT_NONE,
                              .determined_at = DN_INSTANT_NONE};
    struct dn_content_source from = {.incident = &bare,
                                     .config = source->config,
                                     .tenant = &tenant,
                                     .resources = &row,
                                     .resource_count = 1,
                                     .notice = source->notice,
                                     .due_at = incident->clock_due_at};
    struct dn_content content;
    const char *held = NULL;
    enum dn_status status = dn_content_render(source->templates, &from, &content, &held, err);
    if (status == DN_OK)
        dn_isolation_allow(isolation, &content);
    dn_content_clear(&content);
    return status;
}

enum dn_status dn_sample_allow(const struct dn_plan_source *source, struct dn_isolation *isolation,
                               struct dn_error *err)
{
    struct dn_strings languages = {0};
    struct dn_affected_reader reader = {.list = source->affected};
    for (size_t i = 0; i < source->affected->count; i++)
        dn_strings_add_once(&languages,
                            dn_text_of(dn_templates_language(source->templates, dn_affected_at(&reader, i)->language)));
    dn_affected_reader_clear(&reader);
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < source->incidents->count; i++)
        for (size_t k = 0; k < 2 * languages.count && status == DN_OK; k++)
            status = allow(source, &source->incidents->at[i], languages.at[k / 2],
                           k % 2 ? DN_CERTAINTY_CONFIRMED : DN_CERTAINTY_POTENTIAL, isolation, err);
    dn_strings_clear(&languages);
    return status;
}
