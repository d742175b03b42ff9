#include "channel/http_template.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "channel/second_copy.h"
#include "notice/attachment.h"

#define SIZE_CAP ((size_t)1 << 20)

#define NAMES(X)                                                                                                       \
    X(key)                                                                                                             \
    X(post_id)                                                                                                         \
    X(at)                                                                                                              \
    X(incident_id)                                                                                                     \
    X(incident_title)                                                                                                  \
    X(notice)                                                                                                          \
    X(drill)                                                                                                           \
    X(tenant_id)                                                                                                       \
    X(tenant_name)                                                                                                     \
    X(country)                                                                                                         \
    X(language)                                                                                                        \
    X(services)                                                                                                        \
    X(subject)                                                                                                         \
    X(text)                                                                                                            \
    X(html)                                                                                                            \
    X(content_sha256)                                                                                                  \
    X(due_at)                                                                                                          \
    X(regime)                                                                                                          \
    X(affected_resources)                                                                                              \
    X(article_33)

#define NAME_ENUM(name) NAME_##name,
#define NAME_STRING(name) #name,
enum { NAMES(NAME_ENUM) NAME_COUNT };
const char *const dn_http_template_names[] = {NAMES(NAME_STRING) NULL};

struct dn_http_template {
    json_t *tree;
    char *name;
};

/* The values of one row, by name. */
struct values {
    struct dn_text at[NAME_COUNT];
    struct dn_buf text, html; /* of what is sent again */
};

/* --- reading --- */

/* The next placeholder at or behind *from: its inside becomes *name, and *from the first byte behind it. False: there
 * is none. An open one takes the rest, and *closed says so. */
static bool next_placeholder(struct dn_text text, size_t *from, size_t *begin, struct dn_text *name, bool *closed)
{
    size_t i = *from, end;
    while (i + 1 < text.size && (text.at[i] != '{' || text.at[i + 1] != '{'))
        i++;
    if (i + 1 >= text.size)
        return false;
    for (end = i + 2; end + 1 < text.size && (text.at[end] != '}' || text.at[end + 1] != '}');)
        end++;
    *closed = end + 1 < text.size;
    *begin = i;
    *name = dn_text_trim((struct dn_text){text.at + i + 2, (*closed ? end : text.size) - i - 2});
    *from = *closed ? end + 2 : text.size;
    return true;
}

static size_t index_of(struct dn_text name)
{
    size_t i = 0;
    while (i < NAME_COUNT && !dn_text_is(name, dn_http_template_names[i]))
        i++;
    return i;
}

/* Line and column of a placeholder as the file spells it; 0: not found, since it is spelt with escapes. An open one
 * goes on behind the end of its string. */
static void place_of(struct dn_text file, struct dn_text name, bool closed, int64_t *line, int64_t *column)
{
    size_t from = 0, begin = 0;
    struct dn_text found;
    bool ends, is_there = false;
    while (!is_there && next_placeholder(file, &from, &begin, &found, &ends))
        is_there = closed ? dn_text_equal(found, name)
                          : found.size > name.size && found.at[name.size] == '"' &&
                                dn_text_equal((struct dn_text){found.at, name.size}, name);
    *line = is_there;
    *column = is_there;
    for (size_t i = 0; is_there && i < begin; i++) {
        *line += file.at[i] == '\n';
        *column = file.at[i] == '\n' ? 1 : *column + 1;
    }
}

static enum dn_status wrong(struct dn_text file, const char *path, struct dn_text name, bool closed, const char *what,
                            struct dn_error *err)
{
    int64_t line, column;
    place_of(file, name, closed, &line, &column);
    return dn_error_at(err, path, line, column, "%s '%.*s'", what, (int)(name.size < 80 ? name.size : 80), name.at);
}

static enum dn_status check_string(struct dn_text text, struct dn_text file, const char *path, struct dn_error *err)
{
    size_t from = 0, begin;
    struct dn_text name;
    bool closed;
    while (next_placeholder(text, &from, &begin, &name, &closed)) {
        if (!closed)
            return wrong(file, path, name, false, "a placeholder that does not end in its string:", err);
        if (index_of(name) == NAME_COUNT)
            return wrong(file, path, name, true, "unknown variable", err);
    }
    return DN_OK;
}

static enum dn_status check_tree(json_t *tree, struct dn_text file, const char *path, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_string(tree))
        return check_string((struct dn_text){json_string_value(tree), json_string_length(tree)}, file, path, err);
    json_object_foreach(tree, key, value)
    {
        if (status == DN_OK && strstr(key, "{{"))
            status = dn_error_at(err, path, 0, 0, "a placeholder stands in a value, not in a key: '%s'", key);
        if (status == DN_OK)
            status = check_tree(value, file, path, err);
    }
    json_array_foreach(tree, i, value)
    {
        if (status == DN_OK)
            status = check_tree(value, file, path, err);
    }
    return status;
}

enum dn_status dn_http_template_parse(struct dn_text bytes, const char *name, struct dn_http_template **made,
                                      struct dn_error *err)
{
    json_error_t where = {0};
    *made = NULL;
    json_t *tree = json_loadb(bytes.at ? bytes.at : "", bytes.size, JSON_REJECT_DUPLICATES, &where);
    if (!tree)
        return dn_error_at(err, name, where.line > 0 ? where.line : 1, where.column > 0 ? where.column : 1,
                           "a template of posts is JSON, with placeholders inside strings: %s", where.text);
    enum dn_status status = DN_OK;
    if (!json_is_object(tree))
        status = dn_error_at(err, name, 1, 1, "a template of posts is a JSON object");
    if (status == DN_OK)
        status = check_tree(tree, bytes, name, err);
    if (status != DN_OK) {
        json_decref(tree);
        return status;
    }
    *made = dn_alloc(1, sizeof **made);
    **made = (struct dn_http_template){tree, dn_strdup(name)};
    return DN_OK;
}

static bool is_body(struct dn_text text)
{
    size_t from = 0, begin;
    struct dn_text name;
    bool closed;
    while (next_placeholder(text, &from, &begin, &name, &closed))
        if (index_of(name) == NAME_text || index_of(name) == NAME_html)
            return true;
    return false;
}

/* Does a post say the notice's text, in which the sentence stands that this is no admission of fault? */
static bool has_body(json_t *tree)
{
    const char *key;
    json_t *value;
    size_t i;
    bool found = json_is_string(tree) && is_body((struct dn_text){json_string_value(tree), json_string_length(tree)});
    json_object_foreach(tree, key, value) found = found || has_body(value);
    json_array_foreach(tree, i, value) found = found || has_body(value);
    return found;
}

enum dn_status dn_http_template_read(const char *path, struct dn_http_template **made, struct dn_error *err)
{
    struct dn_buf bytes = {0};
    *made = NULL;
    enum dn_status status = dn_file_read(path, SIZE_CAP, &bytes, err);
    if (status == DN_OK)
        status = dn_http_template_parse(dn_buf_text(&bytes), dn_file_name(path), made, err);
    dn_buf_clear(&bytes);
    if (status != DN_OK || has_body((*made)->tree))
        return status;
    dn_http_template_free(*made);
    *made = NULL;
    return dn_error_at(err, dn_file_name(path), 1, 1,
                       "the sentence that this is no admission of fault is missing: a post needs {{text}} or {{html}}");
}

/* --- filling in --- */

static struct dn_text attachment_of(const struct dn_content *content, const char *name)
{
    for (size_t i = 0; i < content->attachment_count; i++)
        if (!strcmp(content->attachments[i].name, name))
            return (struct dn_text){content->attachments[i].bytes, content->attachments[i].size};
    return (struct dn_text){NULL, 0};
}

static void set_second_copy(const struct dn_content *content, struct values *values)
{
    dn_second_copy_add_text(content, values->at[NAME_text].at, &values->text);
    dn_second_copy_add_html(content, values->at[NAME_html].at, &values->html);
    values->at[NAME_text] = dn_buf_text(&values->text);
    values->at[NAME_html] = dn_buf_text(&values->html);
}

static void set_content(const struct dn_dispatch *dispatch, struct values *values)
{
    const struct dn_content *content = dispatch->content;
    bool bare = dispatch->row->reference_only;
    values->at[NAME_incident_title] = dn_text_of(content->title);
    values->at[NAME_language] = dn_text_of(content->language);
    values->at[NAME_subject] = dn_text_of(bare ? content->reference_subject : content->subject);
    values->at[NAME_text] = dn_text_of(bare ? content->reference_text : content->text);
    values->at[NAME_html] = dn_text_of(bare ? content->reference_html : content->html);
    if (dispatch->resend)
        set_second_copy(content, values);
    if (bare)
        return;
    values->at[NAME_affected_resources] = attachment_of(content, DN_ATTACHMENT_RESOURCES);
    values->at[NAME_article_33] = attachment_of(content, DN_ATTACHMENT_ARTICLE_33);
}

static void set_values(const struct dn_dispatch *dispatch, struct values *values)
{
    const struct dn_plan_row *row = dispatch->row;
    *values = (struct values){0};
    values->at[NAME_key] = dn_text_of(row->key);
    values->at[NAME_post_id] = (struct dn_text){row->key, 32};
    values->at[NAME_incident_id] = dn_text_of(row->incident->id);
    values->at[NAME_notice] = dn_text_of(dispatch->notice);
    values->at[NAME_drill] = dn_text_of(row->incident->drill ? "true" : "false");
    values->at[NAME_tenant_id] = dn_text_of(row->tenant->tenant_id);
    values->at[NAME_tenant_name] = dn_text_of(row->tenant->name);
    values->at[NAME_country] = dn_text_of(row->tenant->country);
    values->at[NAME_services] = dn_text_of(row->tenant->services);
    values->at[NAME_content_sha256] = dn_text_of(row->content_sha256);
    values->at[NAME_regime] = dn_text_of(row->regime);
    set_content(dispatch, values);
}

/* One pass: values are never looked at again. */
static json_t *fill_string(struct dn_text text, const struct values *values)
{
    struct dn_buf filled = {0};
    size_t from = 0, kept = 0, begin;
    struct dn_text name;
    bool closed;
    while (next_placeholder(text, &from, &begin, &name, &closed)) {
        dn_buf_add(&filled, text.at + kept, begin - kept);
        dn_buf_addt(&filled, values->at[index_of(name)]);
        kept = from;
    }
    dn_buf_add(&filled, text.at + kept, text.size - kept);
    json_t *made = json_stringn(filled.at ? filled.at : "", filled.size);
    dn_buf_clear(&filled);
    return made;
}

/* NULL: text that is not UTF-8, anywhere in it. */
static json_t *fill_tree(json_t *tree, const struct values *values)
{
    const char *key;
    json_t *value, *made;
    size_t i;
    int failed = 0;
    if (json_is_string(tree))
        return fill_string((struct dn_text){json_string_value(tree), json_string_length(tree)}, values);
    if (!json_is_object(tree) && !json_is_array(tree))
        return json_incref(tree);
    made = json_is_object(tree) ? json_object() : json_array();
    json_object_foreach(tree, key, value) failed |= json_object_set_new(made, key, fill_tree(value, values));
    json_array_foreach(tree, i, value) failed |= json_array_append_new(made, fill_tree(value, values));
    if (!failed)
        return made;
    json_decref(made);
    return NULL;
}

static void set_time(struct dn_instant at, char text[DN_INSTANT_TEXT], struct dn_text *value)
{
    *value = (struct dn_text){NULL, 0};
    if (!dn_instant_is(at))
        return;
    dn_instant_format(at, text);
    *value = dn_text_of(text);
}

enum dn_status dn_http_template_compose(const struct dn_http_template *made, const struct dn_dispatch *dispatch,
                                        struct dn_buf *into, struct dn_error *err)
{
    struct values values;
    char at_text[DN_INSTANT_TEXT], due_text[DN_INSTANT_TEXT], *text = NULL;
    set_values(dispatch, &values);
    set_time(dispatch->intent_at, at_text, &values.at[NAME_at]);
    set_time(dispatch->row->due_at, due_text, &values.at[NAME_due_at]);
    json_t *filled = fill_tree(made->tree, &values);
    dn_buf_clear(&values.text);
    dn_buf_clear(&values.html);
    if (filled)
        text = json_dumps(filled, JSON_INDENT(2));
    json_decref(filled);
    if (!text)
        return dn_error_set(err, DN_INVALID, "%s: the post for tenant '%s' cannot be written as JSON", made->name,
                            dispatch->row->tenant->tenant_id);
    dn_buf_adds(into, text);
    dn_buf_addc(into, '\n');
    free(text);
    return DN_OK;
}

void dn_http_template_free(struct dn_http_template *made)
{
    if (!made)
        return;
    json_decref(made->tree);
    free(made->name);
    free(made);
}
