#include "channel/post.h"

#include <jansson.h>
#include <nettle/base64.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "channel/second_copy.h"

static json_t *text_of(const char *text)
{
    return json_string(text ? text : "");
}

static json_t *time_of(struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    return json_string(text);
}

static json_t *pair(const char *name, const char *value)
{
    return json_pack("{s:s, s:o}", "name", name, "value", text_of(value));
}

static json_t *list_of(const char *cell)
{
    json_t *list = json_array();
    struct dn_text rest = dn_text_of(cell), element;
    while (dn_text_next(&rest, ';', &element))
        json_array_append_new(list, json_stringn(element.at, element.size));
    return list;
}

static json_t *tags(const struct dn_plan_row *row)
{
    json_t *list = json_pack("[s]", "Data Privacy");
    if (row->incident->drill)
        json_array_append_new(list, json_string("Drill"));
    return list;
}

static json_t *details(const struct dn_dispatch *dispatch)
{
    const struct dn_plan_row *row = dispatch->row;
    json_t *list = json_array();
    json_array_append_new(list, pair("tenantId", row->tenant->tenant_id));
    json_array_append_new(list, pair("incidentId", row->incident->id));
    json_array_append_new(list, pair("notice", dispatch->notice));
    json_array_append_new(list, pair("language", dispatch->content->language));
    json_array_append_new(list, pair("key", row->key));
    json_array_append_new(list, pair("contentSha256", row->content_sha256));
    return list;
}

/* The caller frees it. */
static char *base64_of(struct dn_text bytes)
{
    size_t size = BASE64_ENCODE_RAW_LENGTH(bytes.size);
    char *made = dn_alloc(size + 1, 1);
    base64_encode_raw(made, bytes.size, (const uint8_t *)bytes.at);
    made[size] = '\0';
    return made;
}

static json_t *attachment_of(const struct dn_attachment *attachment, struct dn_instant at)
{
    char sha256[DN_SHA256_HEX];
    dn_sha256_hex((struct dn_text){attachment->bytes, attachment->size}, sha256);
    char *bytes = base64_of((struct dn_text){attachment->bytes, attachment->size});
    json_t *made = json_pack("{s:s, s:o, s:o, s:I, s:o, s:s}", "id", sha256, "name", text_of(attachment->name),
                             "contentType", text_of(attachment->type), "size", (json_int_t)attachment->size,
                             "lastModifiedDateTime", time_of(at), "content", bytes);
    free(bytes);
    return made;
}

static json_t *attachments(const struct dn_content *content, struct dn_instant at)
{
    json_t *list = json_array();
    for (size_t i = 0; i < content->attachment_count; i++)
        json_array_append_new(list, attachment_of(&content->attachments[i], at));
    return list;
}

static json_t *body(const struct dn_dispatch *dispatch)
{
    const struct dn_content *content = dispatch->content;
    const char *html = dispatch->row->reference_only ? content->reference_html : content->html;
    struct dn_buf again = {0};
    if (dispatch->resend)
        dn_second_copy_add_html(content, html, &again);
    json_t *made = json_pack("{s:s, s:o}", "contentType", "html", "content", text_of(again.size ? again.at : html));
    dn_buf_clear(&again);
    return made;
}

/* A NULL from jansson anywhere (text that is not UTF-8) makes the whole document NULL or short of a key: both are seen
 * by the caller. */
static json_t *document(const struct dn_dispatch *dispatch)
{
    const struct dn_plan_row *row = dispatch->row;
    const struct dn_content *content = dispatch->content;
    struct dn_instant at = dispatch->intent_at;
    size_t count = row->reference_only ? 0 : content->attachment_count;
    json_t *post = json_object();
    json_object_set_new(post, "id", json_stringn(row->key, 32));
    json_object_set_new(post, "title", text_of(row->reference_only ? content->reference_subject : content->subject));
    json_object_set_new(post, "body", body(dispatch));
    json_object_set_new(post, "category", json_string("preventOrFixIssue"));
    json_object_set_new(post, "severity", json_string("high"));
    json_object_set_new(post, "isMajorChange", json_false());
    json_object_set_new(post, "tags", tags(row));
    json_object_set_new(post, "services", list_of(row->tenant->services));
    json_object_set_new(post, "startDateTime", time_of(at));
    json_object_set_new(post, "endDateTime", json_null());
    json_object_set_new(post, "lastModifiedDateTime", time_of(at));
    json_object_set_new(post, "actionRequiredByDateTime", json_null());
    json_object_set_new(post, "viewPoint", json_null());
    json_object_set_new(post, "hasAttachments", json_boolean(count > 0));
    json_object_set_new(post, "attachments", count ? attachments(content, at) : json_array());
    json_object_set_new(post, "details", details(dispatch));
    return post;
}

#define POST_FIELDS 16

enum dn_status dn_post_compose(const struct dn_dispatch *dispatch, struct dn_buf *into, struct dn_error *err)
{
    json_t *post = document(dispatch);
    char *text = NULL;
    if (json_object_size(post) == POST_FIELDS)
        text = json_dumps(post, JSON_SORT_KEYS | JSON_INDENT(2));
    json_decref(post);
    if (!text)
        return dn_error_set(err, DN_INVALID,
                            "the post for tenant '%s' cannot be written as JSON: text that is not UTF-8",
                            dispatch->row->tenant->tenant_id);
    dn_buf_adds(into, text);
    dn_buf_addc(into, '\n');
    free(text);
    return DN_OK;
}
