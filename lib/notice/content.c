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

/* --- a content in the making --- */

#define FILES 2 /* attachments at most */
#define LARGE ((size_t)64 << 10)

/* A string of it, by its place. */
struct span {
    size_t from, size;
};

/* It is put together in one piece of memory: one thread makes it, another one may free it, and with tens of pieces both
 * wait for the allocator. */
struct draft {
    struct dn_buf *made; /* room for the list of attachments first, then the strings */
    struct span language, second_copy, title, parts[DN_PART_COUNT];
    struct {
        struct span name, type, bytes;
    } files[FILES];
    size_t file_count;
};

static void begin_draft(struct draft *draft, struct dn_buf *made)
{
    static const struct dn_attachment none[FILES];
    *draft = (struct draft){.made = made};
    dn_buf_reset(made);
    dn_buf_add(made, none, sizeof none);
}

/* What was added since then is a string. */
static struct span end_string(struct draft *draft, size_t from)
{
    struct span span = {from, draft->made->size - from};
    dn_buf_addc(draft->made, '\0');
    return span;
}

static struct span add_string(struct draft *draft, const char *string)
{
    size_t from = draft->made->size;
    dn_buf_adds(draft->made, string);
    return end_string(draft, from);
}

/* Its bytes were added since then. */
static void end_file(struct draft *draft, size_t from, const char *name, const char *type)
{
    size_t number = draft->file_count++;
    draft->files[number].bytes = end_string(draft, from);
    draft->files[number].name = add_string(draft, name);
    draft->files[number].type = add_string(draft, type);
}

static enum dn_status render_parts(struct dn_shared *shared, const struct dn_content_source *source,
                                   struct draft *draft, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (int i = 0; i < DN_PART_COUNT && status == DN_OK; i++) {
        size_t from = draft->made->size;
        if (is_wanted(source, (enum dn_part)i))
            status = dn_filled_render(&shared->filled, (enum dn_part)i, shared->values.at, draft->made, err);
        draft->parts[i] = end_string(draft, from);
    }
    return status;
}

/* What is large is not copied. */
static char *block_of(struct dn_buf *made)
{
    if (made->size > LARGE)
        return dn_buf_take(made);
    char *block = dn_realloc(NULL, made->size, 1);
    memcpy(block, made->at, made->size);
    return block;
}

static void end_draft(struct draft *draft, struct dn_content *content)
{
    char *block = block_of(draft->made);
    char **const parts[DN_PART_COUNT] = {
        [DN_PART_SUBJECT] = &content->subject,
        [DN_PART_TEXT] = &content->text,
        [DN_PART_HTML] = &content->html,
        [DN_PART_SCRIPT] = &content->script,
        [DN_PART_REFERENCE_SUBJECT] = &content->reference_subject,
        [DN_PART_REFERENCE_TEXT] = &content->reference_text,
        [DN_PART_REFERENCE_HTML] = &content->reference_html,
    };
    content->block = block;
    content->language = block + draft->language.from;
    content->second_copy = block + draft->second_copy.from;
    content->title = block + draft->title.from;
    for (int i = 0; i < DN_PART_COUNT; i++)
        *parts[i] = block + draft->parts[i].from;
    content->attachments = (void *)block;
    content->attachment_count = draft->file_count;
    for (size_t i = 0; i < draft->file_count; i++)
        content->attachments[i] = (struct dn_attachment){.name = block + draft->files[i].name.from,
                                                         .type = block + draft->files[i].type.from,
                                                         .bytes = block + draft->files[i].bytes.from,
                                                         .size = draft->files[i].bytes.size};
}

/* --- its digests --- */

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

static void add_files(struct dn_shared *shared, const struct dn_content_source *source, struct draft *draft)
{
    size_t from = draft->made->size;
    bool has_list = dn_attachment_add_resources(source, draft->made);
    if (has_list)
        end_file(draft, from, DN_ATTACHMENT_RESOURCES, DN_ATTACHMENT_RESOURCES_TYPE);
    dn_values_set(&shared->values, source, has_list);
    from = draft->made->size;
    dn_attachment_add_article_33(source, shared->values.at, &shared->article, draft->made);
    end_file(draft, from, DN_ATTACHMENT_ARTICLE_33, DN_ATTACHMENT_ARTICLE_33_TYPE);
}

/* The incident's title, if a post's template may say it: as all texts say it, defanged. */
static void add_title(struct dn_shared *shared, const struct dn_content_source *source, struct draft *draft)
{
    size_t from = draft->made->size;
    if (source->config && source->config->message_center.template_file)
        dn_buf_addt(draft->made, shared->values.at[DN_VARIABLE_incident_title]);
    draft->title = end_string(draft, from);
}

static enum dn_status render(struct dn_shared *shared, const struct dn_content_source *source,
                             struct dn_content *content, struct dn_error *err)
{
    const struct dn_language *language = shared->filled.language;
    struct draft draft;
    begin_draft(&draft, &shared->made);
    draft.language = add_string(&draft, language->tag);
    draft.second_copy = add_string(&draft, language->words.second_copy);
    add_files(shared, source, &draft);
    add_title(shared, source, &draft);
    enum dn_status status = render_parts(shared, source, &draft, err);
    if (status != DN_OK)
        return status;
    end_draft(&draft, content);
    digest_content(source, content);
    return DN_OK;
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

static void clear_strings(struct dn_content *content)
{
    char *strings[] = {content->language,       content->second_copy,   content->title,  content->subject,
                       content->text,           content->html,          content->script, content->reference_subject,
                       content->reference_text, content->reference_html};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    for (size_t i = 0; i < content->attachment_count; i++) {
        free(content->attachments[i].name);
        free(content->attachments[i].type);
        free(content->attachments[i].bytes);
    }
    free(content->attachments);
}

void dn_content_clear(struct dn_content *content)
{
    if (content->block)
        free(content->block);
    else
        clear_strings(content);
    *content = (struct dn_content){0};
}
