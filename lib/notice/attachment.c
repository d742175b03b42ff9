#include "notice/attachment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notice/defang.h"
#include "stream/csv_write.h"
#include "stream/yaml_write.h"

#define UNKNOWN "not yet known"

static void add_cells(const struct dn_text *cells, size_t count, struct dn_buf *csv)
{
    for (size_t i = 0; i < count; i++)
        dn_csv_add_sheet_field(csv, i == 0, cells[i]);
    dn_buf_addc(csv, '\n');
}

static void add_resource(const struct dn_resource *row, struct dn_buf *csv)
{
    char first[DN_INSTANT_TEXT], last[DN_INSTANT_TEXT], rows[24], events[24];
    dn_instant_format(row->first_seen, first);
    dn_instant_format(row->last_seen, last);
    snprintf(rows, sizeof rows, "%" PRId64, row->rows);
    snprintf(events, sizeof events, "%" PRId64, row->events);
    const struct dn_text cells[] = {dn_text_of(row->service),
                                    dn_text_of(row->resource),
                                    dn_text_of(dn_effect_words[row->effect]),
                                    dn_text_of(dn_certainty_words[row->certainty]),
                                    dn_text_of(first),
                                    dn_text_of(last),
                                    dn_text_of(rows),
                                    dn_text_of(events)};
    add_cells(cells, sizeof cells / sizeof *cells, csv);
}

static int compare_rows(const void *a, const void *b)
{
    const struct dn_resource *x = *(const struct dn_resource *const *)a, *y = *(const struct dn_resource *const *)b;
    int order = strcmp(x->service, y->service);
    if (!order)
        order = strcmp(x->resource, y->resource);
    if (!order)
        order = strcmp(dn_effect_words[x->effect], dn_effect_words[y->effect]);
    if (!order)
        order = strcmp(x->tenant, y->tenant);
    return order;
}

/* The tenant's own rows, in order; *count of them. The caller frees the list. */
static const struct dn_resource **own_rows(const struct dn_content_source *source, size_t *count)
{
    const struct dn_resource **own = dn_alloc(source->resource_count, sizeof *own);
    *count = 0;
    for (size_t i = 0; i < source->resource_count; i++) {
        const struct dn_resource *row = &source->resources[i];
        if (strcmp(row->tenant_id, source->tenant->tenant_id) == 0 &&
            strcmp(row->incident_id, source->tenant->incident_id) == 0)
            own[(*count)++] = row;
    }
    if (*count)
        qsort(own, *count, sizeof *own, compare_rows);
    return own;
}

bool dn_attachment_add_resources(const struct dn_content_source *source, struct dn_buf *csv)
{
    static const struct dn_text header[] = {{"service", 7},     {"resource", 8},  {"effect", 6}, {"certainty", 9},
                                            {"first_seen", 10}, {"last_seen", 9}, {"rows", 4},   {"events", 6}};
    size_t count = 0;
    const struct dn_resource **own = own_rows(source, &count);
    if (count)
        add_cells(header, sizeof header / sizeof *header, csv);
    for (size_t i = 0; i < count; i++)
        add_resource(own[i], csv);
    free(own);
    return count > 0;
}

static void put(struct dn_yaml_writer *w, const char *key, const char *value)
{
    dn_yaml_put(w, key, value && *value ? value : UNKNOWN);
}

static void put_value(struct dn_yaml_writer *w, const char *key, struct dn_text value)
{
    char *text = dn_strndup(value.at ? value.at : "", value.size);
    put(w, key, text);
    free(text);
}

static void put_time(struct dn_yaml_writer *w, const char *key, struct dn_instant at)
{
    char text[DN_INSTANT_TEXT];
    dn_instant_format(at, text);
    put(w, key, text);
}

/* The figures of the affected row; under least it is not known. */
static void put_figure(struct dn_yaml_writer *w, const char *key, int64_t number, int64_t least)
{
    if (number >= least)
        dn_yaml_put_number(w, key, number);
    else
        put(w, key, NULL);
}

/* Text of people or of evidence, one by one defanged. */
static void put_list(struct dn_yaml_writer *w, const char *key, const struct dn_strings *list)
{
    static const struct dn_strings nobody = {0};
    struct dn_strings safe = {0};
    for (size_t i = 0; i < list->count; i++) {
        struct dn_buf text = {0};
        dn_defang_add(dn_text_of(list->at[i]), &nobody, &text);
        dn_strings_add(&safe, dn_buf_text(&text));
        dn_buf_clear(&text);
    }
    if (safe.count)
        dn_yaml_put_list(w, key, &safe);
    else
        put(w, key, NULL);
    dn_strings_clear(&safe);
}

static void put_cell(struct dn_yaml_writer *w, const char *key, const char *cell)
{
    struct dn_strings list = {0};
    dn_strings_split(&list, dn_text_of(cell));
    put_list(w, key, &list);
    dn_strings_clear(&list);
}

static void put_data_types(struct dn_yaml_writer *w, const struct dn_content_source *source)
{
    struct dn_strings types = {0};
    dn_content_data_types(source->incident, source->tenant, &types);
    put_list(w, "categories_of_records", &types);
    dn_strings_clear(&types);
}

static void put_provider(struct dn_yaml_writer *w, const struct dn_content_source *source, const struct dn_text *values)
{
    bool is_processor = source->incident->provider_role == DN_ROLE_PROCESSOR;
    dn_yaml_open_map(w, "provider");
    put_value(w, "name", values[DN_VARIABLE_provider]);
    dn_yaml_put(w, "role", is_processor ? "processor" : "controller");
    dn_yaml_close(w);
}

static void put_customer(struct dn_yaml_writer *w, const struct dn_content_source *source)
{
    dn_yaml_open_map(w, "customer");
    dn_yaml_put(w, "tenant_id", source->tenant->tenant_id);
    put(w, "name", source->tenant->name);
    if (source->incident->provider_role == DN_ROLE_PROCESSOR)
        dn_yaml_put(w, "role", "controller");
    dn_yaml_close(w);
}

static void forget_nature(struct dn_article_33 *article)
{
    free(article->effects);
    free(article->services);
    article->effects = article->services = NULL;
    dn_buf_reset(&article->nature);
    dn_buf_reset(&article->records);
}

static bool is_nature_of(const struct dn_article_33 *article, const struct dn_affected *tenant)
{
    return article->effects && strcmp(article->effects, tenant->effects) == 0 &&
           strcmp(article->services, tenant->services) == 0 && article->certainty == tenant->certainty;
}

/* What tenants have in common that were hurt alike, before and behind the number of people. */
static void make_nature(const struct dn_content_source *source, const struct dn_text *values,
                        struct dn_article_33 *article)
{
    const struct dn_affected *tenant = source->tenant;
    struct dn_yaml_writer w = {.out = &article->nature};
    forget_nature(article);
    article->effects = dn_strdup(tenant->effects);
    article->services = dn_strdup(tenant->services);
    article->certainty = tenant->certainty;
    dn_yaml_document(&w, 0);
    dn_yaml_open_map(&w, "nature_of_the_breach");
    put_value(&w, "description", values[DN_VARIABLE_summary]);
    put_cell(&w, "effects", tenant->effects);
    dn_yaml_put(&w, "certainty", dn_certainty_words[tenant->certainty]);
    put_cell(&w, "services", tenant->services);
    put_value(&w, "categories_of_data_subjects", values[DN_VARIABLE_data_subject_categories]);
    w.out = &article->records;
    put_data_types(&w, source);
    put(&w, "approximate_number_of_records", NULL);
    article->inside = w;
}

/* Art. 33(3)(a). */
static void put_nature(struct dn_yaml_writer *w, const struct dn_content_source *source, const struct dn_text *values,
                       struct dn_article_33 *article)
{
    struct dn_buf *yaml = w->out;
    if (!is_nature_of(article, source->tenant))
        make_nature(source, values, article);
    *w = article->inside;
    w->out = yaml;
    dn_buf_addt(yaml, dn_buf_text(&article->nature));
    put_figure(w, "approximate_number_of_data_subjects", source->tenant->data_subjects, 0);
    dn_buf_addt(yaml, dn_buf_text(&article->records));
    put_figure(w, "affected_resources", source->tenant->resources, 1);
    put_figure(w, "recorded_operations", source->tenant->events, 1);
    dn_yaml_close(w);
}

static void put_times(struct dn_yaml_writer *w, const struct dn_content_source *source)
{
    const struct dn_incident *incident = source->incident;
    dn_yaml_open_map(w, "times");
    put_time(w, "event_started", dn_incident_reached(incident, DN_STAGE_EVENT_STARTED));
    put_time(w, "first_seen", source->tenant->first_seen);
    put_time(w, "last_seen", source->tenant->last_seen);
    put_time(w, "event_detected", dn_incident_reached(incident, DN_STAGE_EVENT_DETECTED));
    put_time(w, "incident_declared", dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED));
    put_time(w, "breach_declared", dn_incident_reached(incident, DN_STAGE_BREACH_DECLARED));
    put_time(w, "customer_identified", source->tenant->identified_at);
    dn_yaml_close(w);
}

/* Art. 33(3)(b). */
static void put_contact(struct dn_yaml_writer *w, const struct dn_notice_record *notice)
{
    dn_yaml_open_map(w, "contact_point");
    put(w, "name", notice->contact_name);
    put(w, "email", notice->contact_email);
    put(w, "phone", notice->contact_phone);
    dn_yaml_close(w);
}

/* Top-level keys one behind the other are one document, so what is the same for all is written once. */
static void make_article(const struct dn_content_source *source, const struct dn_text *values,
                         struct dn_article_33 *article)
{
    struct dn_yaml_writer head = {.out = &article->head}, tail = {.out = &article->tail};
    dn_yaml_document(&head, 0);
    dn_yaml_put(&head, "schema", "duenotice/article-33/1");
    dn_yaml_put(&head, "incident_id", source->incident->id);
    dn_yaml_put(&head, "notice", source->notice);
    dn_yaml_put_bool(&head, "drill", source->incident->drill);
    put_provider(&head, source, values);
    dn_yaml_document(&tail, 0);
    put_contact(&tail, &source->incident->notice);
    put_value(&tail, "likely_consequences", values[DN_VARIABLE_consequences]);    /* Art. 33(3)(c) */
    put_value(&tail, "measures_taken_or_proposed", values[DN_VARIABLE_measures]); /* Art. 33(3)(d) */
    put_value(&tail, "what_the_customer_can_do", values[DN_VARIABLE_customer_actions]);
    put_time(&tail, "next_update_at", source->incident->notice.next_update_at);
    put_value(&tail, "statement", values[DN_VARIABLE_no_admission]);
}

void dn_attachment_add_article_33(const struct dn_content_source *source, const struct dn_text *values,
                                  struct dn_article_33 *article, struct dn_buf *yaml)
{
    struct dn_yaml_writer w = {.out = yaml};
    if (!article->head.size)
        make_article(source, values, article);
    dn_buf_addt(yaml, dn_buf_text(&article->head));
    dn_yaml_document(&w, 0);
    put_customer(&w, source);
    put_nature(&w, source, values, article);
    put_times(&w, source);
    dn_buf_addt(yaml, dn_buf_text(&article->tail));
}

void dn_article_33_clear(struct dn_article_33 *article)
{
    dn_buf_clear(&article->head);
    dn_buf_clear(&article->tail);
    forget_nature(article);
    dn_buf_clear(&article->nature);
    dn_buf_clear(&article->records);
}
