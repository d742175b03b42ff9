#include "notice/isolation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "notice/compared.h"
#include "notice/hay.h"
#include "notice/needles.h"

struct dn_isolation {
    struct dn_resource_reader resources; /* list NULL: there are none */
    struct dn_needles *needles;
    struct dn_hay *hay, *own;    /* a notice, and what is its tenant's */
    struct dn_table common;      /* needles that every notice may say */
    struct dn_strings incidents; /* ids of the affected rows', each once */
};

/* A list is sorted by incident. */
static void collect_incidents(const struct dn_affected_list *affected, struct dn_strings *incidents)
{
    struct dn_affected_reader reader = {.list = affected};
    for (size_t i = 0; i < affected->count; i++) {
        struct dn_text id = dn_text_of(dn_affected_at(&reader, i)->incident_id);
        if (!incidents->count || !dn_text_is(id, incidents->at[incidents->count - 1]))
            dn_strings_add_once(incidents, id);
    }
    dn_affected_reader_clear(&reader);
}

enum dn_status dn_isolation_open(const struct dn_affected_list *affected, const struct dn_resource_list *resources,
                                 struct dn_isolation **isolation, struct dn_error *err)
{
    struct dn_isolation *made = dn_alloc(1, sizeof *made);
    enum dn_status status = dn_needles_open(affected, resources, &made->needles, err);
    made->resources.list = resources;
    made->hay = dn_hay_new(made->needles);
    made->own = dn_hay_new(made->needles);
    collect_incidents(affected, &made->incidents);
    *isolation = status == DN_OK ? made : NULL;
    if (status != DN_OK)
        dn_isolation_free(made);
    return status;
}

void dn_isolation_free(struct dn_isolation *isolation)
{
    if (!isolation)
        return;
    dn_hay_free(isolation->hay);
    dn_hay_free(isolation->own);
    dn_needles_free(isolation->needles);
    dn_resource_reader_clear(&isolation->resources);
    dn_table_clear(&isolation->common);
    dn_strings_clear(&isolation->incidents);
    free(isolation);
}

static void add_attachment(struct dn_hay *hay, const struct dn_attachment *attachment)
{
    bool is_csv = strncmp(attachment->type, "text/csv", 8) == 0;
    dn_hay_add(hay, DN_HAY_PLAIN, dn_text_of(attachment->name));
    dn_hay_add(hay, is_csv ? DN_HAY_CSV : DN_HAY_YAML, (struct dn_text){attachment->bytes, attachment->size});
}

/* All that a content says. */
static const struct dn_needle_hits *search_content(struct dn_isolation *isolation, const struct dn_content *content)
{
    const char *const plain[] = {content->subject,           content->title,         content->text, content->script,
                                 content->reference_subject, content->reference_text};
    dn_hay_reset(isolation->hay);
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (plain[i])
            dn_hay_add(isolation->hay, DN_HAY_PLAIN, dn_text_of(plain[i]));
    dn_hay_add(isolation->hay, DN_HAY_HTML, dn_text_of(content->html));
    dn_hay_add(isolation->hay, DN_HAY_HTML, dn_text_of(content->reference_html));
    for (size_t i = 0; i < content->attachment_count; i++)
        add_attachment(isolation->hay, &content->attachments[i]);
    return dn_hay_search(isolation->hay);
}

static struct dn_text number_key(const uint32_t *number)
{
    return (struct dn_text){(const char *)number, sizeof *number};
}

void dn_isolation_allow(struct dn_isolation *isolation, const struct dn_content *sample)
{
    const struct dn_needle_hits *hits = search_content(isolation, sample);
    for (size_t i = 0; i < hits->count; i++)
        dn_table_add(&isolation->common, number_key(&hits->at[i]), NULL);
}

/* A tenant's rows of one incident. */
static const struct dn_resource *rows_of(struct dn_isolation *isolation, const char *incident_id,
                                         const struct dn_affected *tenant, size_t *count)
{
    *count = 0;
    if (!isolation->resources.list)
        return NULL;
    return dn_resources_of(&isolation->resources, dn_text_of(incident_id), dn_text_of(tenant->tenant_id), count);
}

/* All that is the tenant's own, straight from the lists: not by the way on which its notice got it. */
static const struct dn_needle_hits *search_own(struct dn_isolation *isolation, const struct dn_affected *tenant)
{
    const char *const own[] = {tenant->tenant_id,    tenant->name,          tenant->services,
                               tenant->admin_emails, tenant->privacy_email, tenant->admin_phones};
    dn_hay_reset(isolation->own);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        dn_hay_add(isolation->own, DN_HAY_PLAIN, dn_text_of(own[i]));
    size_t count = 0;
    const struct dn_resource *rows = rows_of(isolation, tenant->incident_id, tenant, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].tenant_id, tenant->tenant_id) != 0)
            continue;
        dn_hay_add(isolation->own, DN_HAY_PLAIN, dn_text_of(rows[i].resource));
        dn_hay_add(isolation->own, DN_HAY_PLAIN, dn_text_of(rows[i].service));
    }
    return dn_hay_search(isolation->own);
}

static void add_form(struct dn_table *forms, const char *text)
{
    struct dn_buf form = {0};
    dn_compared_add(dn_text_of(text), &form);
    dn_table_add(forms, dn_buf_text(&form), NULL);
    dn_buf_clear(&form);
}

/* Everything of the tenant's that is looked for, of whatever incident: others may have the same. */
static void collect_forms(struct dn_isolation *isolation, const struct dn_affected *tenant, struct dn_table *forms)
{
    if (dn_needles_counts_id(tenant->tenant_id))
        add_form(forms, tenant->tenant_id);
    for (size_t i = 0; i < isolation->incidents.count; i++) {
        size_t count;
        const struct dn_resource *rows = rows_of(isolation, isolation->incidents.at[i], tenant, &count);
        for (size_t k = 0; k < count; k++)
            if (dn_needles_counts_resource(rows[k].resource))
                add_form(forms, rows[k].resource);
    }
}

/* What is left of the hits is written to the front of `left`. */
typedef bool is_kept(const struct dn_isolation *isolation, uint32_t needle, const void *context);

static void keep(const struct dn_isolation *isolation, struct dn_needle_hits *left, is_kept *kept, const void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < left->count; i++)
        if (kept(isolation, left->at[i], context))
            left->at[count++] = left->at[i];
    left->count = count;
}

static bool is_foreign_row(const struct dn_isolation *isolation, uint32_t needle, const void *tenant_id)
{
    return strcmp(dn_needles_tenant(isolation->needles, needle), tenant_id) != 0 &&
           dn_table_find(&isolation->common, number_key(&needle)) == SIZE_MAX;
}

static bool is_foreign_text(const struct dn_isolation *isolation, uint32_t needle, const void *forms)
{
    struct dn_buf form = {0};
    dn_needles_add_text(isolation->needles, needle, &form);
    bool is_own = dn_table_find(forms, dn_buf_text(&form)) != SIZE_MAX;
    dn_buf_clear(&form);
    return !is_own;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Does it not stand inside something of the tenant's own? */
static bool is_outside_own(const struct dn_isolation *isolation, uint32_t needle, const void *context)
{
    const struct dn_needle_hits *own = context;
    (void)isolation;
    return !own->count || !bsearch(&needle, own->at, own->count, sizeof *own->at, compare_numbers);
}

static void drop_own(struct dn_isolation *isolation, const struct dn_affected *tenant, struct dn_needle_hits *left)
{
    struct dn_table forms = {0};
    keep(isolation, left, is_foreign_row, tenant->tenant_id);
    if (!left->count)
        return;
    collect_forms(isolation, tenant, &forms);
    keep(isolation, left, is_foreign_text, &forms);
    dn_table_clear(&forms);
    if (left->count)
        keep(isolation, left, is_outside_own, search_own(isolation, tenant));
}

bool dn_isolation_check(struct dn_isolation *isolation, const struct dn_affected *tenant,
                        const struct dn_content *content, struct dn_buf *what)
{
    const struct dn_needle_hits *hits = search_content(isolation, content);
    struct dn_needle_hits left = {.count = hits->count, .room = hits->count};
    if (!hits->count)
        return false;
    left.at = dn_alloc(hits->count, sizeof *left.at);
    memcpy(left.at, hits->at, hits->count * sizeof *left.at);
    drop_own(isolation, tenant, &left);
    bool is_hit = left.count > 0;
    if (is_hit && what)
        dn_needles_add_text(isolation->needles, left.at[0], what);
    free(left.at);
    return is_hit;
}

void dn_isolation_find(struct dn_isolation *isolation, struct dn_text text, struct dn_strings *found)
{
    dn_hay_reset(isolation->hay);
    dn_hay_add(isolation->hay, DN_HAY_PLAIN, text);
    const struct dn_needle_hits *hits = dn_hay_search(isolation->hay);
    for (size_t i = 0; i < hits->count; i++) {
        struct dn_buf form = {0};
        dn_needles_add_text(isolation->needles, hits->at[i], &form);
        dn_strings_add(found, dn_buf_text(&form));
        dn_buf_clear(&form);
    }
}
