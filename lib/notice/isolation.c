#include "notice/isolation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "key/fold.h"
#include "notice/plain.h"

#define RESOURCE_LEAST 8 /* characters */
#define ID_LEAST 3
#define NONE SIZE_MAX
#define BORDER "\x01" /* between texts that do not touch: neither a blank nor part of a word */

/* One id or resource that is looked for, in its compared form: what stands before its first word, its core from the
 * first word to the last one, what stands behind. */
struct needle {
    size_t head, core; /* sizes; the rest is the tail */
    size_t next;       /* another needle with the same core; NONE: the last one */
    bool is_common;    /* every notice may say it */
};

struct dn_isolation {
    const struct dn_affected_list *affected;
    const struct dn_resource_list *resources;
    struct dn_table needles; /* compared form -> index into at */
    struct needle *at;
    size_t room;
    struct dn_table cores; /* core -> index into first */
    size_t *first;         /* the first needle with that core */
    size_t first_room;
    struct dn_table prefixes; /* digests of all cores up to the end of one of their words */
    struct dn_table tenants;  /* tenant ids */
    struct dn_table owners;   /* (needle, tenant) */
    struct dn_strings odd;    /* needles without any letter or digit: found by plain search */
};

/* A text that is searched: its compared form, and which bytes belong to words. */
struct hay {
    struct dn_buf text;
    bool *is_word;
};

/* The needles found in a text. */
struct hits {
    size_t *at;
    size_t count, room;
};

/* "[.]", "[@]", "[:]", "[7]": one byte in brackets. */
static bool bracketed(struct dn_text text)
{
    bool is_one = text.size > 2 && text.at[0] == '[' && text.at[2] == ']';
    return is_one && memchr(".@:0123456789", text.at[1], 13);
}

/* What a defanged piece at the beginning of text stood for: its size, or 0. */
static size_t refang(struct dn_text text, struct dn_text *meant)
{
    if (text.at[0] == 'h' && dn_text_starts(text, "hxxp")) {
        *meant = DN_TEXT("http");
        return 4;
    }
    if (text.at[0] != '[')
        return 0;
    if (dn_text_starts(text, "[://]")) {
        *meant = DN_TEXT("://");
        return 5;
    }
    *meant = (struct dn_text){text.at + 1, 1};
    return bracketed(text) ? 3 : 0;
}

static void add_refanged(struct dn_text text, struct dn_buf *out)
{
    size_t done = 0;
    for (size_t i = 0; i < text.size;) {
        struct dn_text meant;
        size_t size = refang((struct dn_text){text.at + i, text.size - i}, &meant);
        if (size) {
            dn_buf_add(out, text.at + done, i - done);
            dn_buf_addt(out, meant);
            done = i + size;
        }
        i += size ? size : 1;
    }
    if (done < text.size)
        dn_buf_add(out, text.at + done, text.size - done);
}

/* Lower case: ASCII at once, what lies beyond it by the table of key/fold. */
static void add_folded(struct dn_text text, struct dn_buf *out)
{
    for (size_t at = 0; at < text.size;) {
        size_t from = at, start = out->size;
        while (at < text.size && (unsigned char)text.at[at] < 0x80)
            at++;
        dn_buf_add(out, text.at + from, at - from);
        for (size_t i = start; i < out->size; i++)
            if (out->at[i] >= 'A' && out->at[i] <= 'Z')
                out->at[i] |= 0x20;
        from = at;
        while (at < text.size && (unsigned char)text.at[at] >= 0x80)
            at++;
        dn_fold_add((struct dn_text){text.at + from, at - from}, out);
    }
}

void dn_isolation_normal(struct dn_text text, struct dn_buf *out)
{
    struct dn_buf folded = {0}, refanged = {0};
    add_folded(text, &folded);
    add_refanged(dn_buf_text(&folded), &refanged);
    dn_plain_add_spaced(dn_buf_text(&refanged), out);
    dn_buf_clear(&folded);
    dn_buf_clear(&refanged);
}

/* Takes over text, which is in its compared form. */
static struct hay hay_of(struct dn_buf text)
{
    struct hay hay = {text, dn_alloc(text.size + 1, sizeof *hay.is_word)};
    for (size_t from = 0; from < text.size;) {
        unsigned char c = (unsigned char)text.at[from];
        if (c < 0x80) {
            hay.is_word[from++] = dn_plain_is_word(c);
            continue;
        }
        struct dn_text rest = {text.at + from, text.size - from};
        bool is_word = dn_plain_is_word(dn_fold_next(&rest));
        for (size_t next = text.size - rest.size; from < next; from++)
            hay.is_word[from] = is_word;
    }
    return hay;
}

static void hay_clear(struct hay *hay)
{
    dn_buf_clear(&hay->text);
    free(hay->is_word);
}

static size_t word_end(const struct hay *hay, size_t at)
{
    while (at < hay->text.size && hay->is_word[at])
        at++;
    return at;
}

static size_t word_start(const struct hay *hay, size_t at)
{
    while (at < hay->text.size && !hay->is_word[at])
        at++;
    return at;
}

/* FNV-1a: a digest that grows with the text. Two texts with the same one only make a look-up more. */
static uint64_t digest_add(uint64_t digest, const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ (unsigned char)at[i]) * UINT64_C(1099511628211);
    return digest;
}

#define DIGEST_START UINT64_C(14695981039346656037)

static struct dn_text digest_key(const uint64_t *digest)
{
    return (struct dn_text){(const char *)digest, sizeof *digest};
}

/* Goes through the words from `start` on as long as a core may begin so; calls found for every core that ends at a
 * word's end. */
typedef void core_found(void *context, size_t core, size_t start);

static void walk(const struct dn_isolation *isolation, const struct hay *hay, size_t start, core_found *found,
                 void *context)
{
    uint64_t digest = DIGEST_START;
    size_t done = start;
    for (size_t at = start; at < hay->text.size; at = word_start(hay, done)) {
        size_t end = word_end(hay, at);
        digest = digest_add(digest, hay->text.at + done, end - done);
        done = end;
        if (dn_table_find(&isolation->prefixes, digest_key(&digest)) == NONE)
            return;
        size_t core = dn_table_find(&isolation->cores, (struct dn_text){hay->text.at + start, end - start});
        if (core != NONE)
            found(context, core, start);
    }
}

/* What search keeps while it walks. */
struct search {
    const struct dn_isolation *isolation;
    const struct hay *hay;
    struct hits *hits;
};

static void add_hit(struct hits *hits, size_t needle)
{
    hits->at = dn_grow(hits->at, hits->count, &hits->room, sizeof *hits->at);
    hits->at[hits->count++] = needle;
}

static int compare_sizes(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* In order, each once. */
static void settle(struct hits *hits)
{
    size_t kept = 0;
    if (hits->count)
        qsort(hits->at, hits->count, sizeof *hits->at, compare_sizes);
    for (size_t i = 0; i < hits->count; i++)
        if (!kept || hits->at[kept - 1] != hits->at[i])
            hits->at[kept++] = hits->at[i];
    hits->count = kept;
}

static bool has_hit(const struct hits *hits, size_t needle)
{
    return hits->count && bsearch(&needle, hits->at, hits->count, sizeof *hits->at, compare_sizes);
}

/* Do a needle's head and tail stand around its core, too? */
static bool fits_around(const struct search *s, size_t needle, size_t start)
{
    const struct needle *n = &s->isolation->at[needle];
    struct dn_text whole = dn_table_key(&s->isolation->needles, needle);
    if (n->head > start || whole.size - n->head > s->hay->text.size - start)
        return false;
    return memcmp(s->hay->text.at + start - n->head, whole.at, whole.size) == 0;
}

static void look_around(void *context, size_t core, size_t start)
{
    struct search *s = context;
    for (size_t i = s->isolation->first[core]; i != NONE; i = s->isolation->at[i].next)
        if (fits_around(s, i, start))
            add_hit(s->hits, i);
}

static void search(const struct dn_isolation *isolation, const struct hay *hay, struct hits *hits)
{
    struct search s = {isolation, hay, hits};
    for (size_t at = word_start(hay, 0); at < hay->text.size; at = word_start(hay, word_end(hay, at)))
        walk(isolation, hay, at, look_around, &s);
    for (size_t i = 0; i < isolation->odd.count && hay->text.at; i++)
        if (strstr(hay->text.at, isolation->odd.at[i]))
            add_hit(hits, dn_table_find(&isolation->needles, dn_text_of(isolation->odd.at[i])));
    settle(hits);
}

static void add_prefixes(struct dn_isolation *isolation, const struct hay *hay, size_t start, size_t end)
{
    uint64_t digest = DIGEST_START;
    size_t done = start;
    while (done < end) {
        size_t next = word_end(hay, word_start(hay, done));
        digest = digest_add(digest, hay->text.at + done, next - done);
        done = next;
        dn_table_add(&isolation->prefixes, digest_key(&digest), NULL);
    }
}

static void add_core(struct dn_isolation *isolation, size_t needle, const struct hay *hay)
{
    struct needle *n = &isolation->at[needle];
    bool is_new = false;
    size_t core = dn_table_add(&isolation->cores, (struct dn_text){hay->text.at + n->head, n->core}, &is_new);
    if (is_new) {
        isolation->first = dn_grow(isolation->first, core, &isolation->first_room, sizeof *isolation->first);
        isolation->first[core] = NONE;
        add_prefixes(isolation, hay, n->head, n->head + n->core);
    }
    n->next = isolation->first[core];
    isolation->first[core] = needle;
}

static void index_needle(struct dn_isolation *isolation, size_t needle, const struct hay *hay)
{
    isolation->at = dn_grow(isolation->at, needle, &isolation->room, sizeof *isolation->at);
    struct needle *n = &isolation->at[needle];
    *n = (struct needle){.next = NONE};
    size_t start = word_start(hay, 0), end = hay->text.size;
    while (end > start && !hay->is_word[end - 1])
        end--;
    n->head = start;
    n->core = end - start;
    if (n->core)
        add_core(isolation, needle, hay);
    else
        dn_strings_add(&isolation->odd, dn_buf_text(&hay->text));
}

static struct dn_text owner_key(const size_t pair[2])
{
    return (struct dn_text){(const char *)pair, 2 * sizeof pair[0]};
}

static void add_needle(struct dn_isolation *isolation, const char *text, const char *tenant_id)
{
    struct dn_buf normal = {0};
    dn_isolation_normal(dn_text_of(text), &normal);
    struct hay hay = hay_of(normal);
    if (hay.text.size) {
        bool is_new = false;
        size_t needle = dn_table_add(&isolation->needles, dn_buf_text(&hay.text), &is_new);
        if (is_new)
            index_needle(isolation, needle, &hay);
        size_t pair[2] = {needle, dn_table_add(&isolation->tenants, dn_text_of(tenant_id), NULL)};
        dn_table_add(&isolation->owners, owner_key(pair), NULL);
    }
    hay_clear(&hay);
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static bool id_counts(const char *id)
{
    bool is_number = strspn(id, "0123456789") == strlen(id);
    return characters(id) >= (is_number ? RESOURCE_LEAST : ID_LEAST);
}

struct dn_isolation *dn_isolation_new(const struct dn_affected_list *affected, const struct dn_resource_list *resources)
{
    struct dn_isolation *made = dn_alloc(1, sizeof *made);
    made->affected = affected;
    made->resources = resources;
    for (size_t i = 0; i < affected->count; i++)
        if (id_counts(affected->at[i].tenant_id))
            add_needle(made, affected->at[i].tenant_id, affected->at[i].tenant_id);
    for (size_t i = 0; resources && i < resources->count; i++)
        if (characters(resources->at[i].resource) >= RESOURCE_LEAST)
            add_needle(made, resources->at[i].resource, resources->at[i].tenant_id);
    return made;
}

void dn_isolation_free(struct dn_isolation *isolation)
{
    if (!isolation)
        return;
    dn_table_clear(&isolation->needles);
    dn_table_clear(&isolation->cores);
    dn_table_clear(&isolation->prefixes);
    dn_table_clear(&isolation->tenants);
    dn_table_clear(&isolation->owners);
    dn_strings_clear(&isolation->odd);
    free(isolation->at);
    free(isolation->first);
    free(isolation);
}

static void add_part(struct dn_buf *all, struct dn_text part)
{
    struct dn_buf normal = {0};
    dn_isolation_normal(part, &normal);
    dn_buf_addt(all, dn_buf_text(&normal));
    dn_buf_adds(all, BORDER);
    dn_buf_clear(&normal);
}

/* HTML twice: as it is seen, and with the tags as text, for what stands in attributes and between cells. */
static void add_html(struct dn_buf *all, const char *html)
{
    for (int keep_tags = 0; keep_tags < 2; keep_tags++) {
        struct dn_buf plain = {0};
        dn_plain_add_html(dn_text_of(html), keep_tags, &plain);
        add_part(all, dn_buf_text(&plain));
        dn_buf_clear(&plain);
    }
}

static void add_attachment(struct dn_buf *all, const struct dn_attachment *attachment)
{
    struct dn_text bytes = {attachment->bytes, attachment->size};
    struct dn_buf plain = {0};
    add_part(all, dn_text_of(attachment->name));
    if (strncmp(attachment->type, "text/csv", 8) == 0)
        dn_plain_add_csv(bytes, &plain);
    else if (!dn_plain_add_yaml(bytes, &plain))
        dn_buf_addt(&plain, bytes);
    add_part(all, dn_buf_text(&plain));
    dn_buf_clear(&plain);
}

/* All that a content says, in compared form. */
static struct hay hay_of_content(const struct dn_content *content)
{
    struct dn_buf all = {0};
    const char *const plain[] = {content->subject, content->text, content->script, content->reference_subject,
                                 content->reference_text};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        add_part(&all, dn_text_of(plain[i]));
    add_html(&all, content->html);
    add_html(&all, content->reference_html);
    for (size_t i = 0; i < content->attachment_count; i++)
        add_attachment(&all, &content->attachments[i]);
    return hay_of(all);
}

/* All that is the tenant's own, straight from the lists: not by the way on which its notice got it. */
static struct hay hay_of_tenant(const struct dn_isolation *isolation, const struct dn_affected *tenant)
{
    struct dn_buf all = {0};
    const char *const own[] = {tenant->tenant_id,    tenant->name,          tenant->services,
                               tenant->admin_emails, tenant->privacy_email, tenant->admin_phones};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        add_part(&all, dn_text_of(own[i]));
    size_t count = 0;
    const struct dn_resource *rows = NULL;
    if (isolation->resources)
        rows = dn_resources_of(isolation->resources, dn_text_of(tenant->incident_id), dn_text_of(tenant->tenant_id),
                               &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].tenant_id, tenant->tenant_id) != 0)
            continue;
        add_part(&all, dn_text_of(rows[i].resource));
        add_part(&all, dn_text_of(rows[i].service));
    }
    return hay_of(all);
}

static void hits_clear(struct hits *hits)
{
    free(hits->at);
    *hits = (struct hits){0};
}

void dn_isolation_allow(struct dn_isolation *isolation, const struct dn_content *sample)
{
    struct hay hay = hay_of_content(sample);
    struct hits hits = {0};
    search(isolation, &hay, &hits);
    for (size_t i = 0; i < hits.count; i++)
        isolation->at[hits.at[i]].is_common = true;
    hits_clear(&hits);
    hay_clear(&hay);
}

/* Keeps of the hits those that are neither common nor the tenant's by owner. */
static void drop_owned(const struct dn_isolation *isolation, const struct dn_affected *tenant, struct hits *hits)
{
    size_t kept = 0;
    size_t number = dn_table_find(&isolation->tenants, dn_text_of(tenant->tenant_id));
    for (size_t i = 0; i < hits->count; i++) {
        size_t pair[2] = {hits->at[i], number};
        bool is_own = number != NONE && dn_table_find(&isolation->owners, owner_key(pair)) != NONE;
        if (!is_own && !isolation->at[hits->at[i]].is_common)
            hits->at[kept++] = hits->at[i];
    }
    hits->count = kept;
}

/* Keeps of the hits those that do not stand inside something of the tenant's own. */
static void drop_inside_own(const struct dn_isolation *isolation, const struct dn_affected *tenant, struct hits *hits)
{
    struct hay hay = hay_of_tenant(isolation, tenant);
    struct hits own = {0};
    search(isolation, &hay, &own);
    size_t kept = 0;
    for (size_t i = 0; i < hits->count; i++)
        if (!has_hit(&own, hits->at[i]))
            hits->at[kept++] = hits->at[i];
    hits->count = kept;
    hits_clear(&own);
    hay_clear(&hay);
}

bool dn_isolation_check(const struct dn_isolation *isolation, const struct dn_affected *tenant,
                        const struct dn_content *content, struct dn_buf *what)
{
    struct hay hay = hay_of_content(content);
    struct hits hits = {0};
    search(isolation, &hay, &hits);
    drop_owned(isolation, tenant, &hits);
    if (hits.count)
        drop_inside_own(isolation, tenant, &hits);
    bool is_hit = hits.count > 0;
    if (is_hit && what)
        dn_buf_addt(what, dn_table_key(&isolation->needles, hits.at[0]));
    hits_clear(&hits);
    hay_clear(&hay);
    return is_hit;
}

void dn_isolation_find(const struct dn_isolation *isolation, struct dn_text text, struct dn_strings *found)
{
    struct dn_buf normal = {0};
    dn_isolation_normal(text, &normal);
    struct hay hay = hay_of(normal);
    struct hits hits = {0};
    search(isolation, &hay, &hits);
    for (size_t i = 0; i < hits.count; i++)
        dn_strings_add(found, dn_table_key(&isolation->needles, hits.at[i]));
    hits_clear(&hits);
    hay_clear(&hay);
}
