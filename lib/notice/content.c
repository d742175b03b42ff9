#include "notice/content.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/fold.h"
#include "key/name.h"
#include "notice/attachment.h"
#include "notice/language.h"
#include "notice/shared.h"

#define ADDRESS_MAX_BYTES 254 /* RFC 3696 erratum 1690: what fits into a path */

/* Text that is meant as an address, and would be more than one word of the envelope: a stray blank as well as what ends
 * a command (RFC 5321 4.1.2, 4.5.3.1.3). What is merely no address ("nobody") is a gap, and no reason to wait. */
static bool breaks_envelope(struct dn_text address)
{
    bool is_bad = address.size > ADDRESS_MAX_BYTES;
    for (size_t i = 0; i < address.size; i++)
        is_bad = is_bad || address.at[i] == ' ' || address.at[i] == '<' || address.at[i] == '>';
    return is_bad && address.size && memchr(address.at, '@', address.size);
}

static bool has_bad_envelope(const char *cell)
{
    struct dn_text rest = dn_text_of(cell), element;
    while (dn_text_next(&rest, ';', &element))
        if (breaks_envelope(element))
            return true;
    return false;
}

static bool has_hostile_address(const struct dn_affected *tenant)
{
    const char *const cells[] = {tenant->admin_emails, tenant->privacy_email, tenant->admin_phones};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        if (dn_text_hostile(dn_text_of(cells[i])) || !dn_text_utf8(dn_text_of(cells[i]), NULL))
            return true;
    return has_bad_envelope(tenant->admin_emails) || has_bad_envelope(tenant->privacy_email);
}

const char *dn_content_held(const struct dn_affected *tenant)
{
    struct dn_text rest = dn_text_of(tenant->effects), word;
    while (dn_text_next(&rest, ';', &word)) {
        int effect = dn_word_find(dn_effect_words, word);
        if (effect == DN_EFFECT_UNRESOLVED)
            return "unresolved";
        if (effect < 0 || effect == DN_EFFECT_UNCLASSIFIED)
            return "unclassified";
    }
    if (dn_text_hostile(dn_text_of(tenant->name)) || !dn_text_utf8(dn_text_of(tenant->name), NULL))
        return "hostile-name";
    return has_hostile_address(tenant) ? "hostile-address" : NULL;
}

static bool names_service(const char *services, const char *service)
{
    struct dn_text rest = dn_text_of(services), element;
    while (dn_text_next(&rest, ';', &element))
        if (dn_fold_equal(element, dn_text_of(service)))
            return true;
    return false;
}

void dn_content_data_types(const struct dn_incident *incident, const struct dn_affected *tenant,
                           struct dn_strings *data_types)
{
    for (int all = 0; all < 2 && !data_types->count; all++)
        for (size_t i = 0; i < incident->finding_count; i++) {
            const struct dn_finding *finding = &incident->findings[i];
            bool is_named = finding->service && *finding->service && names_service(tenant->services, finding->service);
            if (finding->data != DN_DATA_CUSTOMER || (!all && !is_named))
                continue;
            for (size_t k = 0; k < finding->data_types.count; k++)
                dn_strings_add_once(data_types, dn_text_of(finding->data_types.at[k]));
        }
}

/* Is this part wanted of this source? */
static bool is_wanted(const struct dn_content_source *source, enum dn_part part)
{
    if (part == DN_PART_SCRIPT)
        return !source->without_script;
    bool is_reference =
        part == DN_PART_REFERENCE_SUBJECT || part == DN_PART_REFERENCE_TEXT || part == DN_PART_REFERENCE_HTML;
    return !is_reference || !source->without_reference;
}

static enum dn_status render_parts(struct dn_shared *shared, const struct dn_content_source *source,
                                   struct dn_content *content, struct dn_error *err)
{
    char **const parts[DN_PART_COUNT] = {
        [DN_PART_SUBJECT] = &content->subject,
        [DN_PART_TEXT] = &content->text,
        [DN_PART_HTML] = &content->html,
        [DN_PART_SCRIPT] = &content->script,
        [DN_PART_REFERENCE_SUBJECT] = &content->reference_subject,
        [DN_PART_REFERENCE_TEXT] = &content->reference_text,
        [DN_PART_REFERENCE_HTML] = &content->reference_html,
    };
    enum dn_status status = DN_OK;
    for (int i = 0; i < DN_PART_COUNT && status == DN_OK; i++) {
        struct dn_buf out = {0};
        if (is_wanted(source, (enum dn_part)i))
            status = dn_filled_render(&shared->filled, (enum dn_part)i, shared->values.at, &out, err);
        *parts[i] = dn_buf_take(&out);
    }
    return status;
}

/* Feeds "NAME SIZE" and a line break, then the part, so that no two contents feed the same bytes. */
static void feed(struct dn_sha256 *digest, const char *name, struct dn_text bytes)
{
    char size[24], *at = size + sizeof size;
    size_t left = bytes.size;
    *--at = '\n';
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    *--at = ' ';
    dn_sha256_feed(digest, dn_text_of(name));
    dn_sha256_feed(digest, (struct dn_text){at, (size_t)(size + sizeof size - at)});
    dn_sha256_feed(digest, bytes);
}

static void digest_notice(struct dn_content *content)
{
    struct dn_sha256 *digest = dn_sha256_begin();
    feed(digest, "subject", dn_text_of(content->subject));
    feed(digest, "text", dn_text_of(content->text));
    feed(digest, "html", dn_text_of(content->html));
    for (size_t i = 0; i < content->attachment_count; i++) {
        const struct dn_attachment *attachment = &content->attachments[i];
        feed(digest, attachment->name, (struct dn_text){attachment->bytes, attachment->size});
    }
    dn_sha256_end(digest, content->sha256);
}

static void digest_script(struct dn_content *content)
{
    struct dn_sha256 *digest = dn_sha256_begin();
    feed(digest, "script", dn_text_of(content->script));
    dn_sha256_end(digest, content->script_sha256);
}

static void digest_reference(struct dn_content *content)
{
    struct dn_sha256 *digest = dn_sha256_begin();
    feed(digest, "subject", dn_text_of(content->reference_subject));
    feed(digest, "text", dn_text_of(content->reference_text));
    feed(digest, "html", dn_text_of(content->reference_html));
    dn_sha256_end(digest, content->reference_sha256);
}

static void digest_content(const struct dn_content_source *source, struct dn_content *content)
{
    digest_notice(content);
    if (!source->without_script)
        digest_script(content);
    if (!source->without_reference)
        digest_reference(content);
}

static enum dn_status render(struct dn_shared *shared, const struct dn_content_source *source,
                             struct dn_content *content, struct dn_error *err)
{
    const struct dn_language *language = shared->filled.language;
    content->language = dn_strdup(language->tag);
    content->second_copy = dn_strdup(language->words.second_copy);
    content->title = source->config && source->config->message_center.template_file ? source->incident->title : "";
    dn_attachment_add_resources(source, content);
    dn_values_set(&shared->values, source, content->attachment_count > 0);
    dn_attachment_add_article_33(source, shared->values.at, &shared->article, content);
    enum dn_status status = render_parts(shared, source, content, err);
    if (status == DN_OK)
        digest_content(source, content);
    else
        dn_content_clear(content);
    return status;
}

enum dn_status dn_content_render(const struct dn_templates *templates, const struct dn_content_source *source,
                                 struct dn_content *content, const char **held, struct dn_error *err)
{
    struct dn_shares alone = {0};
    *content = (struct dn_content){0};
    *held = dn_content_held(source->tenant);
    if (*held)
        return DN_OK;
    struct dn_shared *shared = dn_shares_find(source->shares ? source->shares : &alone, templates, source);
    enum dn_status status = render(shared, source, content, err);
    dn_shares_clear(&alone);
    return status;
}

void dn_content_clear(struct dn_content *content)
{
    char *strings[] = {
        content->language, content->second_copy,       content->subject,        content->text,          content->html,
        content->script,   content->reference_subject, content->reference_text, content->reference_html};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (size_t i = 0; i < content->attachment_count; i++) {
        free(content->attachments[i].name);
        free(content->attachments[i].type);
        free(content->attachments[i].bytes);
    }
    free(content->attachments);
    *content = (struct dn_content){0};
}
