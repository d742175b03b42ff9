#include "notice/content.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/fold.h"
#include "key/name.h"
#include "notice/attachment.h"
#include "notice/defang.h"
#include "notice/language.h"

#define ADDRESS_MAX_BYTES 254 /* RFC 3696 erratum 1690: what fits into a path */

#define EVIDENCE_CAP 256 /* bytes of text from evidence in a notice */

/* The values of one notice while they are put together. */
struct values {
    const struct dn_content_source *source;
    const struct dn_words *words;
    struct dn_strings own; /* the provider's own contacts: never defanged */
    struct dn_buf buf;     /* all values, one behind the other */
    struct {
        size_t from, size;
    } spans[DN_VARIABLE_COUNT];
    struct dn_text at[DN_VARIABLE_COUNT]; /* views into buf, set by close_values */
};

/* A value begins and ends: what is added to buf between the two calls. */
static struct dn_buf *begin(struct values *v, enum dn_variable variable)
{
    v->spans[variable].from = v->buf.size;
    return &v->buf;
}

static void end(struct values *v, enum dn_variable variable)
{
    v->spans[variable].size = v->buf.size - v->spans[variable].from;
}

static void put(struct values *v, enum dn_variable variable, const char *text)
{
    dn_buf_adds(begin(v, variable), text ? text : "");
    end(v, variable);
}

static void put_flag(struct values *v, enum dn_variable variable, bool flag)
{
    put(v, variable, flag ? "yes" : "");
}

static void put_number(struct values *v, enum dn_variable variable, int64_t number, int64_t least)
{
    struct dn_buf *buf = begin(v, variable);
    if (number >= least)
        dn_buf_addf(buf, "%" PRId64, number);
    end(v, variable);
}

static void put_time(struct values *v, enum dn_variable variable, struct dn_instant at)
{
    dn_words_add_time(v->words, at, begin(v, variable));
    end(v, variable);
}

static void put_stage(struct values *v, enum dn_variable variable, enum dn_stage stage)
{
    put_time(v, variable, dn_incident_reached(v->source->incident, stage));
}

/* Text that people wrote into the record. */
static void put_free(struct values *v, enum dn_variable variable, const char *text)
{
    dn_defang_add(dn_text_of(text), &v->own, begin(v, variable));
    end(v, variable);
}

/* A ';' list cell that comes from evidence, as a list of the language, capped and defanged. */
static void put_list(struct values *v, enum dn_variable variable, const struct dn_strings *list)
{
    struct dn_buf joined = {0};
    dn_words_add_list(v->words, list, &joined);
    struct dn_text text = dn_buf_text(&joined);
    if (text.size > EVIDENCE_CAP) {
        text.size = EVIDENCE_CAP;
        while (text.size && ((unsigned char)text.at[text.size] & 0xC0) == 0x80)
            text.size--;
    }
    dn_defang_add(text, &v->own, begin(v, variable));
    if (text.size < joined.size)
        dn_buf_adds(&v->buf, " ...");
    end(v, variable);
    dn_buf_clear(&joined);
}

static void add_own(struct values *v, const char *contact)
{
    if (contact && *contact)
        dn_strings_add_once(&v->own, dn_text_of(contact));
}

static void collect_own(struct values *v)
{
    const struct dn_config *config = v->source->config;
    const struct dn_notice_record *notice = &v->source->incident->notice;
    const char *const contacts[] = {config->from_email, config->reply_email,   config->misuse_contact,
                                    config->callback,   notice->contact_email, notice->contact_phone};
    for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++)
        add_own(v, contacts[i]);
}

static void put_incident(struct values *v)
{
    const struct dn_incident *incident = v->source->incident;
    put(v, DN_VARIABLE_incident_id, incident->id);
    put_free(v, DN_VARIABLE_incident_title, incident->title);
    put(v, DN_VARIABLE_notice, v->source->notice);
    put(v, DN_VARIABLE_drill, incident->drill ? v->words->drill : "");
    put_flag(v, DN_VARIABLE_security, incident->kind == DN_KIND_SECURITY);
    put_flag(v, DN_VARIABLE_privacy, incident->kind == DN_KIND_PRIVACY);
    put_flag(v, DN_VARIABLE_processor, incident->provider_role == DN_ROLE_PROCESSOR);
    put_flag(v, DN_VARIABLE_controller, incident->provider_role == DN_ROLE_CONTROLLER);
}

static void put_parties(struct values *v)
{
    const struct dn_config *config = v->source->config;
    put(v, DN_VARIABLE_tenant_id, v->source->tenant->tenant_id);
    put(v, DN_VARIABLE_tenant_name, v->source->tenant->name);
    put(v, DN_VARIABLE_provider, config->provider_name ? config->provider_name : v->words->provider);
    put(v, DN_VARIABLE_misuse_contact, config->misuse_contact);
    put(v, DN_VARIABLE_callback, config->callback);
    put(v, DN_VARIABLE_dpa_reference, config->dpa_reference);
}

static void put_effects(struct values *v)
{
    struct dn_strings words = {0};
    struct dn_text rest = dn_text_of(v->source->tenant->effects), word;
    while (dn_text_next(&rest, ';', &word)) {
        int effect = dn_word_find(dn_effect_words, word);
        if (effect >= 0 && effect < DN_EFFECT_UNCLASSIFIED)
            dn_strings_add_once(&words, dn_text_of(v->words->effects[effect]));
    }
    dn_words_add_list(v->words, &words, begin(v, DN_VARIABLE_effects));
    end(v, DN_VARIABLE_effects);
    dn_strings_clear(&words);
}

static void put_impact(struct values *v)
{
    const struct dn_affected *tenant = v->source->tenant;
    struct dn_strings services = {0}, data_types = {0};
    dn_strings_split(&services, dn_text_of(tenant->services));
    dn_content_data_types(v->source->incident, tenant, &data_types);
    put_effects(v);
    put(v, DN_VARIABLE_certainty, v->words->certainty[tenant->certainty]);
    put_flag(v, DN_VARIABLE_confirmed, tenant->certainty == DN_CERTAINTY_CONFIRMED);
    put_flag(v, DN_VARIABLE_potential, tenant->certainty == DN_CERTAINTY_POTENTIAL);
    put_list(v, DN_VARIABLE_services, &services);
    put_list(v, DN_VARIABLE_data_types, &data_types);
    put(v, DN_VARIABLE_data_subject_categories, "");
    put_number(v, DN_VARIABLE_data_subjects, tenant->data_subjects, 0);
    put_number(v, DN_VARIABLE_resources, tenant->resources, 1);
    put_number(v, DN_VARIABLE_rows, tenant->rows, 1);
    put_number(v, DN_VARIABLE_events, tenant->events, 1);
    dn_strings_clear(&services);
    dn_strings_clear(&data_types);
}

static void put_times(struct values *v)
{
    const struct dn_affected *tenant = v->source->tenant;
    put_stage(v, DN_VARIABLE_event_started, DN_STAGE_EVENT_STARTED);
    put_time(v, DN_VARIABLE_first_seen, tenant->first_seen);
    put_time(v, DN_VARIABLE_last_seen, tenant->last_seen);
    put_stage(v, DN_VARIABLE_event_detected, DN_STAGE_EVENT_DETECTED);
    put_stage(v, DN_VARIABLE_incident_declared, DN_STAGE_INCIDENT_DECLARED);
    put_stage(v, DN_VARIABLE_breach_declared, DN_STAGE_BREACH_DECLARED);
    put_time(v, DN_VARIABLE_customer_identified, tenant->identified_at);
}

enum word { WORD_SUMMARY, WORD_CONSEQUENCES, WORD_MEASURES, WORD_ACTIONS };

static const char *word_of(const struct dn_notice_words *words, enum word word)
{
    const char *const all[] = {words->summary, words->consequences, words->measures, words->customer_actions};
    return all[word] && *all[word] ? all[word] : NULL;
}

/* The record's words in the language that fits the tenant's best, else its main ones: part by part. */
static const char *find_word(const struct dn_notice_record *notice, const char *tag, enum word word)
{
    const char *found = NULL;
    size_t best = 0;
    for (size_t i = 0; i < notice->word_count; i++) {
        const struct dn_notice_words *words = &notice->words[i];
        bool is_main = !words->language || !*words->language;
        size_t fit = is_main ? 0 : dn_language_fit(words->language, tag);
        if (!word_of(words, word) || (!is_main && fit <= best) || (is_main && found))
            continue;
        found = word_of(words, word);
        best = fit;
    }
    return found;
}

static void put_words(struct values *v)
{
    static const enum dn_variable variables[] = {DN_VARIABLE_summary, DN_VARIABLE_consequences, DN_VARIABLE_measures,
                                                 DN_VARIABLE_customer_actions};
    const struct dn_notice_record *notice = &v->source->incident->notice;
    for (int i = WORD_SUMMARY; i <= WORD_ACTIONS; i++)
        put_free(v, variables[i], find_word(notice, v->source->tenant->language, (enum word)i));
    put_time(v, DN_VARIABLE_next_update, notice->next_update_at);
}

static void put_contact(struct values *v)
{
    const struct dn_notice_record *notice = &v->source->incident->notice;
    const char *const parts[] = {notice->contact_name, notice->contact_email, notice->contact_phone};
    put(v, DN_VARIABLE_contact_name, parts[0]);
    put(v, DN_VARIABLE_contact_email, parts[1]);
    put(v, DN_VARIABLE_contact_phone, parts[2]);
    struct dn_buf *buf = begin(v, DN_VARIABLE_contact);
    size_t from = buf->size;
    for (size_t i = 0; i < 3; i++)
        if (parts[i] && *parts[i])
            dn_buf_addf(buf, "%s%s", buf->size > from ? ", " : "", parts[i]);
    end(v, DN_VARIABLE_contact);
}

static void put_fixed(struct values *v, const struct dn_content *content)
{
    bool has_list = content->attachment_count > 0;
    put(v, DN_VARIABLE_resource_list, has_list ? DN_ATTACHMENT_RESOURCES : "");
    put(v, DN_VARIABLE_article_33, DN_ATTACHMENT_ARTICLE_33);
    put(v, DN_VARIABLE_no_admission, v->words->no_admission);
    put(v, DN_VARIABLE_not_yet_known, v->words->not_yet_known);
}

static void close_values(struct values *v)
{
    for (size_t i = 0; i < DN_VARIABLE_COUNT; i++)
        v->at[i] = (struct dn_text){v->buf.at + v->spans[i].from, v->spans[i].size};
}

static void clear_values(struct values *v)
{
    dn_strings_clear(&v->own);
    dn_buf_clear(&v->buf);
}

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

static enum dn_status render_parts(const struct dn_language *language, const struct dn_text *values,
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
        status = dn_language_render(language, (enum dn_part)i, values, &out, err);
        *parts[i] = dn_buf_take(&out);
    }
    return status;
}

/* Feeds a named part with its size, so that no two contents feed the same bytes. */
static void feed(struct dn_sha256 *digest, const char *name, struct dn_text bytes)
{
    struct dn_buf head = {0};
    dn_buf_addf(&head, "%s %zu\n", name, bytes.size);
    dn_sha256_feed(digest, dn_buf_text(&head));
    dn_sha256_feed(digest, bytes);
    dn_buf_clear(&head);
}

static void digest_content(struct dn_content *content)
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
    digest = dn_sha256_begin();
    feed(digest, "script", dn_text_of(content->script));
    dn_sha256_end(digest, content->script_sha256);
    digest = dn_sha256_begin();
    feed(digest, "subject", dn_text_of(content->reference_subject));
    feed(digest, "text", dn_text_of(content->reference_text));
    feed(digest, "html", dn_text_of(content->reference_html));
    dn_sha256_end(digest, content->reference_sha256);
}

static void fill(struct values *v, const struct dn_content *content)
{
    collect_own(v);
    put_incident(v);
    put_parties(v);
    put_impact(v);
    put_times(v);
    put_words(v);
    put_contact(v);
    put_fixed(v, content);
    close_values(v);
}

enum dn_status dn_content_render(const struct dn_templates *templates, const struct dn_content_source *source,
                                 struct dn_content *content, const char **held, struct dn_error *err)
{
    *content = (struct dn_content){0};
    *held = dn_content_held(source->tenant);
    if (*held)
        return DN_OK;
    const struct dn_language *language = dn_templates_find(templates, source->tenant->language, NULL);
    content->language = dn_strdup(language->tag);
    content->second_copy = dn_strdup(language->words.second_copy);
    dn_attachment_add_resources(source, content);
    struct values v = {.source = source, .words = &language->words};
    fill(&v, content);
    dn_attachment_add_article_33(source, v.at, content);
    enum dn_status status = render_parts(language, v.at, content, err);
    if (status == DN_OK)
        digest_content(content);
    else
        dn_content_clear(content);
    clear_values(&v);
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
