/* What the rows of a plan send: rendered again when it is wanted. */
#include <stdlib.h>
#include <string.h>

#include "notice/plan_parts.h"

struct dn_content_source dn_plan_content_source(const struct dn_plan_source *source,
                                                struct dn_resource_reader *resources,
                                                const struct dn_incident *incident, const struct dn_affected *tenant,
                                                const char *notice)
{
    struct dn_content_source from = {.incident = incident,
                                     .config = source->config,
                                     .tenant = tenant,
                                     .notice = notice,
                                     .due_at = incident->clock_due_at};
    resources->list = source->resources;
    if (source->resources)
        from.resources = dn_resources_of(resources, dn_text_of(tenant->incident_id), dn_text_of(tenant->tenant_id),
                                         &from.resource_count);
    return from;
}

char *dn_plan_notice_word(const struct dn_incident *incident, const char *notice)
{
    struct dn_buf word = {0};
    dn_buf_addf(&word, "%s%s", incident->drill ? "drill-" : "", notice);
    return dn_buf_take(&word);
}

bool dn_plan_wants_script(const struct dn_plan_row *row)
{
    return row->channel == DN_CHANNEL_PHONE;
}

bool dn_plan_wants_reference(const struct dn_plan_row *row)
{
    return row->reference_only;
}

const char *dn_plan_digest_of(const struct dn_plan_row *row, const struct dn_content *content)
{
    if (row->channel == DN_CHANNEL_PHONE)
        return content->script_sha256;
    return row->reference_only ? content->reference_sha256 : content->sha256;
}

/* Rendering is the same for the same inputs; what is not what a person saw and a digest was made of never leaves. */
static enum dn_status check_digest(const struct dn_plan_row *row, const struct dn_content *content,
                                   struct dn_error *err)
{
    if (strcmp(row->content_sha256, dn_plan_digest_of(row, content)) == 0)
        return DN_OK;
    return dn_error_set(err, DN_SYSTEM, "the notice for tenant '%s' is not the one of the plan: it is not sent",
                        row->tenant->tenant_id);
}

static enum dn_status read_content(struct dn_plan_reader *reader, const struct dn_plan_row *row, struct dn_error *err)
{
    const struct dn_plan_source *source = &reader->plan->source;
    char *notice = dn_plan_notice_word(row->incident, source->notice);
    const char *held = NULL;
    bool is_same = reader->has_content && reader->number == row->number;
    reader->has_script = reader->all || dn_plan_wants_script(row) || (is_same && reader->has_script);
    reader->has_reference = reader->all || dn_plan_wants_reference(row) || (is_same && reader->has_reference);
    dn_content_clear(&reader->content);
    reader->has_content = false;
    struct dn_content_source from =
        dn_plan_content_source(source, &reader->resources, row->incident, row->tenant, notice);
    from.shares = &reader->shares;
    from.without_script = !reader->has_script;
    from.without_reference = !reader->has_reference;
    enum dn_status status = dn_content_render(source->templates, &from, &reader->content, &held, err);
    free(notice);
    if (status == DN_OK && held)
        status = dn_error_set(err, DN_SYSTEM, "the notice for tenant '%s' was planned and is held now: %s",
                              row->tenant->tenant_id, held);
    if (status == DN_OK) {
        reader->has_content = true;
        reader->number = row->number;
    }
    return status;
}

const struct dn_content *dn_plan_content(struct dn_plan_reader *reader, const struct dn_plan_row *row,
                                         struct dn_error *err)
{
    if (reader->plan->given)
        return reader->plan->given;
    bool is_same = reader->has_content && reader->number == row->number;
    bool is_there = is_same && (reader->has_script || !dn_plan_wants_script(row)) &&
                    (reader->has_reference || !dn_plan_wants_reference(row));
    enum dn_status status = is_there ? DN_OK : read_content(reader, row, err);
    if (status == DN_OK)
        status = check_digest(row, &reader->content, err);
    return status == DN_OK ? &reader->content : NULL;
}

void dn_plan_reader_clear(struct dn_plan_reader *reader)
{
    dn_content_clear(&reader->content);
    dn_shares_clear(&reader->shares);
    dn_resource_reader_clear(&reader->resources);
    reader->has_content = false;
}
