#include "channel/post.h"

#include <stdio.h>

#include "channel/json_out.h"
#include "channel/second_copy.h"

/* Members stand in the order of their keys. */

static void add_time(struct dn_json_out *out, const char *name, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    dn_json_out_string(out, name, text);
}

static void add_pair(struct dn_json_out *out, const char *name, const char *value)
{
    dn_json_out_open(out, NULL, '{');
    dn_json_out_string(out, "name", name);
    dn_json_out_string(out, "value", value);
    dn_json_out_close(out, '}');
}

static void add_services(struct dn_json_out *out, const char *cell)
{
    struct dn_text rest = dn_text_of(cell), element;
    dn_json_out_open(out, "services", '[');
    while (dn_text_next(&rest, ';', &element))
        dn_json_out_text(out, NULL, element);
    dn_json_out_close(out, ']');
}

static void add_tags(struct dn_json_out *out, const struct dn_plan_row *row)
{
    dn_json_out_open(out, "tags", '[');
    dn_json_out_string(out, NULL, "Data Privacy");
    if (row->incident->drill)
        dn_json_out_string(out, NULL, "Drill");
    dn_json_out_close(out, ']');
}

static void add_details(struct dn_json_out *out, const struct dn_dispatch *dispatch)
{
    const struct dn_plan_row *row = dispatch->row;
    dn_json_out_open(out, "details", '[');
    add_pair(out, "tenantId", row->tenant->tenant_id);
    add_pair(out, "incidentId", row->incident->id);
    add_pair(out, "notice", dispatch->notice);
    add_pair(out, "language", dispatch->content->language);
    add_pair(out, "key", row->key);
    add_pair(out, "contentSha256", row->content_sha256);
    dn_json_out_close(out, ']');
}

static void add_attachment(struct dn_json_out *out, const struct dn_attachment *attachment, struct dn_instant at)
{
    struct dn_text bytes = {attachment->bytes, attachment->size};
    char sha256[DN_SHA256_HEX], size[24];
    dn_sha256_hex(bytes, sha256);
    snprintf(size, sizeof size, "%zu", attachment->size);
    dn_json_out_open(out, NULL, '{');
    dn_json_out_base64(out, "content", bytes);
    dn_json_out_string(out, "contentType", attachment->type);
    dn_json_out_string(out, "id", sha256);
    add_time(out, "lastModifiedDateTime", at);
    dn_json_out_string(out, "name", attachment->name);
    dn_json_out_plain(out, "size", size);
    dn_json_out_close(out, '}');
}

static size_t attachment_count(const struct dn_dispatch *dispatch)
{
    return dispatch->row->reference_only ? 0 : dispatch->content->attachment_count;
}

static void add_attachments(struct dn_json_out *out, const struct dn_dispatch *dispatch)
{
    dn_json_out_open(out, "attachments", '[');
    for (size_t i = 0; i < attachment_count(dispatch); i++)
        add_attachment(out, &dispatch->content->attachments[i], dispatch->intent_at);
    dn_json_out_close(out, ']');
}

static void add_body(struct dn_json_out *out, const struct dn_dispatch *dispatch)
{
    const struct dn_content *content = dispatch->content;
    const char *html = dispatch->row->reference_only ? content->reference_html : content->html;
    struct dn_buf again = {0};
    if (dispatch->resend)
        dn_second_copy_add_html(content, html, &again);
    dn_json_out_open(out, "body", '{');
    dn_json_out_string(out, "content", again.size ? again.at : html);
    dn_json_out_string(out, "contentType", "html");
    dn_json_out_close(out, '}');
    dn_buf_clear(&again);
}

static void add_first_half(struct dn_json_out *out, const struct dn_dispatch *dispatch)
{
    dn_json_out_plain(out, "actionRequiredByDateTime", "null");
    add_attachments(out, dispatch);
    add_body(out, dispatch);
    dn_json_out_string(out, "category", "preventOrFixIssue");
    add_details(out, dispatch);
    dn_json_out_plain(out, "endDateTime", "null");
    dn_json_out_plain(out, "hasAttachments", attachment_count(dispatch) ? "true" : "false");
    dn_json_out_text(out, "id", (struct dn_text){dispatch->row->key, 32});
}

static void add_second_half(struct dn_json_out *out, const struct dn_dispatch *dispatch)
{
    const struct dn_plan_row *row = dispatch->row;
    const struct dn_content *content = dispatch->content;
    dn_json_out_plain(out, "isMajorChange", "false");
    add_time(out, "lastModifiedDateTime", dispatch->intent_at);
    add_services(out, row->tenant->services);
    dn_json_out_string(out, "severity", "high");
    add_time(out, "startDateTime", dispatch->intent_at);
    add_tags(out, row);
    dn_json_out_string(out, "title", row->reference_only ? content->reference_subject : content->subject);
    dn_json_out_plain(out, "viewPoint", "null");
}

enum dn_status dn_post_compose(const struct dn_dispatch *dispatch, struct dn_buf *into, struct dn_error *err)
{
    struct dn_json_out out = {.into = into};
    size_t from = into->size;
    dn_json_out_open(&out, NULL, '{');
    add_first_half(&out, dispatch);
    add_second_half(&out, dispatch);
    dn_json_out_close(&out, '}');
    dn_buf_addc(into, '\n');
    if (!out.bad)
        return DN_OK;
    into->size = from;
    return dn_error_set(err, DN_INVALID, "the post for tenant '%s' cannot be written as JSON: text that is not UTF-8",
                        dispatch->row->tenant->tenant_id);
}
