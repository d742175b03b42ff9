#include "notice/values.h"

#include <inttypes.h>

#include "notice/attachment.h"
#include "notice/defang.h"

#define EVIDENCE_CAP 256 /* bytes of text from evidence in a notice */

/* A value begins and ends: what is added to buf between the two calls. */
static struct dn_buf *begin(struct dn_values *v, enum dn_variable variable)
{
    v->spans[variable].from = v->buf.size;
    return &v->buf;
}

static void end(struct dn_values *v, enum dn_variable variable)
{
    v->spans[variable].size = v->buf.size - v->spans[variable].from;
}

static void put(struct dn_values *v, enum dn_variable variable, const char *text)
{
    dn_buf_adds(begin(v, variable), text ? text : "");
    end(v, variable);
}

static void put_flag(struct dn_values *v, enum dn_variable variable, bool flag)
{
    put(v, variable, flag ? "yes" : "");
}

static void put_number(struct dn_values *v, enum dn_variable variable, int64_t number, int64_t least)
{
    struct dn_buf *buf = begin(v, variable);
    if (number >= least)
        dn_buf_addf(buf, "%" PRId64, number);
    end(v, variable);
}

static void put_time(struct dn_values *v, enum dn_variable variable, struct dn_instant at)
{
    dn_words_add_time(v->words, at, begin(v, variable));
    end(v, variable);
}

static void put_stage(struct dn_values *v, enum dn_variable variable, enum dn_stage stage)
{
    put_time(v, variable, dn_incident_reached(v->source->incident, stage));
}

/* Text that people wrote into the record. */
static void put_free(struct dn_values *v, enum dn_variable variable, const char *text)
{
    dn_defang_add(dn_text_of(text), &v->own, begin(v, variable));
    end(v, variable);
}

static void defang_list(struct dn_values *v, struct dn_values_list *last)
{
    dn_buf_reset(&last->joined);
    dn_buf_reset(&last->safe);
    dn_buf_addt(&last->joined, dn_buf_text(&last->now));
    struct dn_text text = dn_buf_text(&last->joined);
    if (text.size > EVIDENCE_CAP) {
        text.size = EVIDENCE_CAP;
        while (text.size && ((unsigned char)text.at[text.size] & 0xC0) == 0x80)
            text.size--;
    }
    dn_defang_add(text, &v->own, &last->safe);
    if (text.size < last->joined.size)
        dn_buf_adds(&last->safe, " ...");
    last->is_made = true;
}

/* A list that comes from evidence, as a list of the language, capped and defanged. Most tenants have the same: it is
 * done again only when it differs from the last one. */
static void put_list(struct dn_values *v, enum dn_variable variable, const struct dn_strings *list,
                     struct dn_values_list *last)
{
    dn_buf_reset(&last->now);
    dn_words_add_list(v->words, list, &last->now);
    if (!last->is_made || !dn_text_equal(dn_buf_text(&last->now), dn_buf_text(&last->joined)))
        defang_list(v, last);
    dn_buf_addt(begin(v, variable), dn_buf_text(&last->safe));
    end(v, variable);
}

static void add_own(struct dn_values *v, const char *contact)
{
    if (contact && *contact)
        dn_strings_add_once(&v->own, dn_text_of(contact));
}

static void collect_own(struct dn_values *v)
{
    const struct dn_config *config = v->source->config;
    const struct dn_notice_record *notice = &v->source->incident->notice;
    const char *const contacts[] = {config->from_email, config->reply_email,   config->misuse_contact,
                                    config->callback,   notice->contact_email, notice->contact_phone};
    for (size_t i = 0; i < sizeof contacts / sizeof *contacts; i++)
        add_own(v, contacts[i]);
}

static void put_incident(struct dn_values *v)
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

static void put_parties(struct dn_values *v)
{
    const struct dn_config *config = v->source->config;
    put(v, DN_VARIABLE_provider, config->provider_name ? config->provider_name : v->words->provider);
    put(v, DN_VARIABLE_misuse_contact, config->misuse_contact);
    put(v, DN_VARIABLE_callback, config->callback);
    put(v, DN_VARIABLE_dpa_reference, config->dpa_reference);
}

static void put_effects(struct dn_values *v)
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

static void put_impact(struct dn_values *v)
{
    const struct dn_affected *tenant = v->source->tenant;
    struct dn_strings services = {0}, data_types = {0};
    dn_strings_split(&services, dn_text_of(tenant->services));
    dn_content_data_types(v->source->incident, tenant, &data_types);
    put_effects(v);
    put(v, DN_VARIABLE_certainty, v->words->certainty[tenant->certainty]);
    put_flag(v, DN_VARIABLE_confirmed, tenant->certainty == DN_CERTAINTY_CONFIRMED);
    put_flag(v, DN_VARIABLE_potential, tenant->certainty == DN_CERTAINTY_POTENTIAL);
    put_list(v, DN_VARIABLE_services, &services, &v->services);
    put_list(v, DN_VARIABLE_data_types, &data_types, &v->data_types);
    put_number(v, DN_VARIABLE_data_subjects, tenant->data_subjects, 0);
    put_number(v, DN_VARIABLE_resources, tenant->resources, 1);
    put_number(v, DN_VARIABLE_rows, tenant->rows, 1);
    put_number(v, DN_VARIABLE_events, tenant->events, 1);
    dn_strings_clear(&services);
    dn_strings_clear(&data_types);
}

static void put_times(struct dn_values *v)
{
    put_stage(v, DN_VARIABLE_event_started, DN_STAGE_EVENT_STARTED);
    put_stage(v, DN_VARIABLE_event_detected, DN_STAGE_EVENT_DETECTED);
    put_stage(v, DN_VARIABLE_incident_declared, DN_STAGE_INCIDENT_DECLARED);
    put_stage(v, DN_VARIABLE_breach_declared, DN_STAGE_BREACH_DECLARED);
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

static void put_words(struct dn_values *v)
{
    static const enum dn_variable variables[] = {DN_VARIABLE_summary, DN_VARIABLE_consequences, DN_VARIABLE_measures,
                                                 DN_VARIABLE_customer_actions};
    const struct dn_notice_record *notice = &v->source->incident->notice;
    for (int i = WORD_SUMMARY; i <= WORD_ACTIONS; i++)
        put_free(v, variables[i], find_word(notice, v->source->tenant->language, (enum word)i));
    put_time(v, DN_VARIABLE_next_update, notice->next_update_at);
}

static void put_contact(struct dn_values *v)
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

static void put_wording(struct dn_values *v)
{
    put(v, DN_VARIABLE_data_subject_categories, "");
    put(v, DN_VARIABLE_article_33, DN_ATTACHMENT_ARTICLE_33);
    put(v, DN_VARIABLE_no_admission, v->words->no_admission);
    put(v, DN_VARIABLE_not_yet_known, v->words->not_yet_known);
}

static void put_tenant(struct dn_values *v)
{
    const struct dn_affected *tenant = v->source->tenant;
    put(v, DN_VARIABLE_tenant_id, tenant->tenant_id);
    put(v, DN_VARIABLE_tenant_name, tenant->name);
    put_time(v, DN_VARIABLE_first_seen, tenant->first_seen);
    put_time(v, DN_VARIABLE_last_seen, tenant->last_seen);
    put_time(v, DN_VARIABLE_customer_identified, tenant->identified_at);
}

static void close_values(struct dn_values *v)
{
    for (size_t i = 0; i < DN_VARIABLE_COUNT; i++)
        v->at[i] = (struct dn_text){v->buf.at + v->spans[i].from, v->spans[i].size};
}

bool dn_values_is_fixed(enum dn_variable variable)
{
    static const bool own[DN_VARIABLE_COUNT] = {
        [DN_VARIABLE_tenant_id] = true,     [DN_VARIABLE_tenant_name] = true, [DN_VARIABLE_effects] = true,
        [DN_VARIABLE_certainty] = true,     [DN_VARIABLE_confirmed] = true,   [DN_VARIABLE_potential] = true,
        [DN_VARIABLE_services] = true,      [DN_VARIABLE_data_types] = true,  [DN_VARIABLE_data_subjects] = true,
        [DN_VARIABLE_resources] = true,     [DN_VARIABLE_rows] = true,        [DN_VARIABLE_events] = true,
        [DN_VARIABLE_first_seen] = true,    [DN_VARIABLE_last_seen] = true,   [DN_VARIABLE_customer_identified] = true,
        [DN_VARIABLE_resource_list] = true,
    };
    return !own[variable];
}

void dn_values_begin(struct dn_values *v, const struct dn_content_source *source, const struct dn_words *words)
{
    *v = (struct dn_values){.source = source, .words = words};
    collect_own(v);
    put_incident(v);
    put_parties(v);
    put_times(v);
    put_words(v);
    put_contact(v);
    put_wording(v);
    v->fixed_size = v->buf.size;
    close_values(v);
}

void dn_values_set(struct dn_values *v, const struct dn_content_source *source, bool has_list)
{
    v->source = source;
    v->buf.size = v->fixed_size;
    put_tenant(v);
    put_impact(v);
    put(v, DN_VARIABLE_resource_list, has_list ? DN_ATTACHMENT_RESOURCES : "");
    close_values(v);
}

static void clear_list(struct dn_values_list *list)
{
    dn_buf_clear(&list->now);
    dn_buf_clear(&list->joined);
    dn_buf_clear(&list->safe);
}

void dn_values_clear(struct dn_values *v)
{
    dn_strings_clear(&v->own);
    dn_buf_clear(&v->buf);
    clear_list(&v->services);
    clear_list(&v->data_types);
}
