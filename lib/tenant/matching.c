#include "tenant/matching.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tenant/cell.h"
#include "tenant/contact.h"

/* Rows come in runs: what the row before had too is kept once. */
static struct dn_text keep(struct dn_matching *matching, struct dn_text text, struct dn_text before)
{
    return dn_text_equal(text, before) ? before : dn_arena_copy(&matching->arena, text);
}

static void keep_texts(struct dn_matching *matching, struct dn_impact *row)
{
    static const struct dn_impact none;
    const struct dn_impact *before = matching->count ? &matching->rows[matching->count - 1].impact : &none;
    row->incident_id = keep(matching, row->incident_id, before->incident_id);
    row->tenant = keep(matching, row->tenant, before->tenant);
    row->service = keep(matching, row->service, before->service);
    row->resource = keep(matching, row->resource, before->resource);
    row->evidence = dn_arena_copy(&matching->arena, row->evidence);
}

static void mailbox_key(struct dn_text incident_id, struct dn_text address, struct dn_buf *key)
{
    dn_buf_reset(key);
    dn_buf_addt(key, incident_id);
    dn_buf_addc(key, '\0');
    dn_mailbox_key(address, key);
}

static void keep_mailbox(struct dn_matching *matching, const struct dn_impact *row)
{
    if (row->resource.size == 0 || memchr(row->resource.at, '@', row->resource.size) == NULL)
        return;
    struct dn_buf key = {0};
    mailbox_key(row->incident_id, row->resource, &key);
    dn_table_add(&matching->mailboxes, dn_buf_text(&key), NULL);
    dn_buf_clear(&key);
}

static void tell_disagreement(const struct dn_matching *matching, const struct dn_impact *row, struct dn_notes *tell)
{
    const struct dn_match *match = &matching->match;
    struct dn_text id = dn_tenant_cell(&matching->matcher.directory->at[match->tenant], DN_TENANT_ID);
    struct dn_buf kinds = {0}, others = {0}, lower = {0};
    dn_kinds_add_to(&kinds, match->kinds);
    dn_kinds_add_to(&lower, match->other_kinds);
    dn_strings_join(&match->others, ';', &others);
    dn_notes_say(tell, "lower-rank", "resource '%.*s' goes to '%.*s' by %s; %s names '%s'", (int)row->resource.size,
                 row->resource.size ? row->resource.at : "", (int)id.size, id.at, kinds.at, lower.at, others.at);
    dn_buf_clear(&kinds);
    dn_buf_clear(&others);
    dn_buf_clear(&lower);
}

void dn_matching_add(struct dn_matching *matching, const struct dn_impact *row, struct dn_notes *tell)
{
    struct dn_match *match = &matching->match;
    struct dn_buf candidates = {0};
    dn_matcher_ask(&matching->matcher, row, match);
    dn_strings_join(&match->candidates, ';', &candidates);
    struct dn_matching_row made = {*row, match->reason, match->tenant, match->kinds, DN_TEXT("")};
    keep_texts(matching, &made.impact);
    made.candidates = dn_arena_copy(&matching->arena, dn_buf_text(&candidates));
    dn_buf_clear(&candidates);
    matching->rows = dn_grow(matching->rows, matching->count, &matching->room, sizeof *matching->rows);
    matching->rows[matching->count++] = made;
    keep_mailbox(matching, row);
    matching->disagreed += match->disagrees;
    if (tell && match->disagrees)
        tell_disagreement(matching, row, tell);
}

/* The tenant_id of a row; empty: it has none. */
static struct dn_text row_tenant(const struct dn_matching *matching, const struct dn_matching_row *row)
{
    if (row->tenant == SIZE_MAX)
        return DN_TEXT("");
    return dn_tenant_cell(&matching->matcher.directory->at[row->tenant], DN_TENANT_ID);
}

/* What a row is sorted by. */
struct placed {
    struct dn_text tenant_id;
    struct dn_matching_row row;
};

static int compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    const struct dn_impact *left = &x->row.impact, *right = &y->row.impact;
    const struct dn_text pairs[][2] = {
        {left->incident_id, right->incident_id},
        {x->tenant_id, y->tenant_id},
        {left->tenant, right->tenant},
        {left->service, right->service},
        {left->resource, right->resource},
        {dn_text_of(dn_effect_words[left->effect]), dn_text_of(dn_effect_words[right->effect])},
        {left->evidence, right->evidence},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int order = dn_text_compare(pairs[i][0], pairs[i][1]);
        if (order)
            return order;
    }
    return (left->rows > right->rows) - (left->rows < right->rows);
}

void dn_matching_sort(struct dn_matching *matching)
{
    struct placed *placed = dn_alloc(matching->count, sizeof *placed);
    for (size_t i = 0; i < matching->count; i++)
        placed[i] = (struct placed){row_tenant(matching, &matching->rows[i]), matching->rows[i]};
    qsort(placed, matching->count, sizeof *placed, compare);
    for (size_t i = 0; i < matching->count; i++)
        matching->rows[i] = placed[i].row;
    free(placed);
}

/* The rows from `from` on that are of the same incident and tenant (or unsettled) as the first: up to here. */
static size_t group_end(const struct dn_matching *matching, size_t from)
{
    const struct dn_matching_row *first = &matching->rows[from];
    size_t to = from + 1;
    while (to < matching->count && matching->rows[to].tenant == first->tenant &&
           dn_text_equal(matching->rows[to].impact.incident_id, first->impact.incident_id))
        to++;
    return to;
}

/* Both known and no overflow: the sum; else -1, not known. */
static int64_t sum(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || a > INT64_MAX - b ? -1 : a + b;
}

static char *take_sorted(struct dn_strings *words)
{
    struct dn_buf text = {0};
    dn_strings_sort(words);
    dn_strings_join(words, ';', &text);
    dn_strings_clear(words);
    return dn_buf_take(&text);
}

static int64_t distinct(const struct dn_matching_row *rows, size_t count)
{
    struct dn_text *names = dn_alloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = rows[i].impact.resource;
    size_t found = dn_texts_distinct(names, count);
    free(names);
    return (int64_t)found;
}

static void add_figures(const struct dn_matching_row *rows, size_t count, struct dn_affected *row)
{
    struct dn_strings effects = {0}, services = {0};
    row->first_seen = row->last_seen = DN_INSTANT_NONE;
    row->certainty = DN_CERTAINTY_POTENTIAL;
    for (size_t i = 0; i < count; i++) {
        const struct dn_impact *impact = &rows[i].impact;
        row->rows = sum(row->rows, impact->rows);
        row->events = sum(row->events, impact->events);
        row->data_subjects = sum(row->data_subjects, impact->data_subjects);
        row->first_seen = dn_instant_min(row->first_seen, impact->first_seen);
        row->last_seen = dn_instant_max(row->last_seen, impact->last_seen);
        if (impact->certainty > row->certainty)
            row->certainty = impact->certainty;
        dn_strings_add_once(&effects, dn_text_of(dn_effect_words[impact->effect]));
        bool again = i && dn_text_equal(impact->service, rows[i - 1].impact.service); /* rows come sorted */
        if (impact->service.size && !again)
            dn_strings_add_once(&services, impact->service);
    }
    row->resources = distinct(rows, count);
    row->effects = take_sorted(&effects);
    row->services = take_sorted(&services);
}

static char *copy_cell(const struct dn_tenant *tenant, enum dn_tenant_column column)
{
    struct dn_text cell = dn_tenant_cell(tenant, column);
    return dn_strndup(cell.size ? cell.at : "", cell.size);
}

static char *join(const struct dn_strings *list)
{
    struct dn_buf text = {0};
    dn_strings_join(list, ';', &text);
    return dn_buf_take(&text);
}

/* Is one of these addresses a mailbox that the intruder was in? */
static bool compromised(const struct dn_matching *matching, struct dn_text incident_id, const struct dn_strings *emails)
{
    struct dn_buf key = {0};
    bool found = false;
    for (size_t i = 0; i < emails->count && !found; i++) {
        mailbox_key(incident_id, dn_text_of(emails->at[i]), &key);
        found = dn_table_find(&matching->mailboxes, dn_buf_text(&key)) != SIZE_MAX;
    }
    dn_buf_clear(&key);
    return found;
}

static void add_contacts(const struct dn_matching *matching, const struct dn_tenant *tenant,
                         const struct dn_matching_when *when, struct dn_affected *row)
{
    struct dn_contacts contacts = {0};
    struct dn_buf gaps = {0};
    dn_contacts_of(tenant, when->now, when->stale_s, &contacts);
    struct dn_text incident_id = dn_text_of(row->incident_id);
    if (compromised(matching, incident_id, &contacts.admin_emails) ||
        compromised(matching, incident_id, &contacts.privacy_emails))
        contacts.gaps |= 1U << DN_GAP_CONTACT_COMPROMISED;
    dn_gaps_add_to(&gaps, contacts.gaps);
    row->message_center = dn_strdup(contacts.message_center);
    row->admin_emails = join(&contacts.admin_emails);
    row->privacy_email = join(&contacts.privacy_emails);
    row->admin_phones = join(&contacts.phones);
    row->contact_gaps = dn_buf_take(&gaps);
    dn_contacts_clear(&contacts);
}

static void add_tenant(const struct dn_matching *matching, const struct dn_matching_row *rows, size_t count,
                       const struct dn_matching_when *when, struct dn_affected *row)
{
    const struct dn_tenant *tenant = &matching->matcher.directory->at[rows->tenant];
    unsigned kinds = 0;
    struct dn_buf words = {0};
    for (size_t i = 0; i < count; i++)
        kinds |= rows[i].kinds;
    dn_kinds_add_to(&words, kinds);
    row->tenant_id = copy_cell(tenant, DN_TENANT_ID);
    row->name = copy_cell(tenant, DN_TENANT_NAME);
    row->country = copy_cell(tenant, DN_TENANT_COUNTRY);
    row->language = copy_cell(tenant, DN_TENANT_LANGUAGE);
    row->time_zone = copy_cell(tenant, DN_TENANT_TIME_ZONE);
    row->regimes = copy_cell(tenant, DN_TENANT_REGIMES);
    row->matched_by = dn_buf_take(&words);
    add_contacts(matching, tenant, when, row);
}

/* The three classes of what could not be settled. unresolved counts the rejected rows of evidence, the others impact
 * rows. */
struct unsettled {
    int64_t unmatched, ambiguous, unresolved;
};

static struct unsettled count_unsettled(const struct dn_matching_row *rows, size_t count)
{
    struct unsettled counts = {0};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].reason == DN_REASON_UNRESOLVED)
            counts.unresolved += rows[i].impact.rows > 0 ? rows[i].impact.rows : 1;
        else if (rows[i].reason >= DN_REASON_AMBIGUOUS_KEY)
            counts.ambiguous++;
        else if (rows[i].reason != DN_MATCHED)
            counts.unmatched++;
    }
    return counts;
}

static void add_unsettled(const struct dn_matching_row *rows, size_t count, struct dn_affected *row)
{
    struct unsettled counts = count_unsettled(rows, count);
    const struct {
        const char *word;
        int64_t count;
    } classes[] = {{"unmatched", counts.unmatched}, {"ambiguous", counts.ambiguous}, {"unresolved", counts.unresolved}};
    struct dn_buf words = {0};
    for (size_t i = 0; i < 3; i++)
        if (classes[i].count)
            dn_buf_addf(&words, "%s%s=%lld", words.size ? ";" : "", classes[i].word, (long long)classes[i].count);
    row->matched_by = dn_buf_take(&words);
    char **empty[] = {&row->tenant_id,     &row->name,         &row->country,        &row->language,
                      &row->time_zone,     &row->regimes,      &row->message_center, &row->admin_emails,
                      &row->privacy_email, &row->admin_phones, &row->contact_gaps};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        *empty[i] = dn_strdup("");
}

static void add_row(const struct dn_matching *matching, size_t from, size_t to, const struct dn_matching_when *when,
                    struct dn_affected_list *list)
{
    const struct dn_matching_row *rows = &matching->rows[from];
    list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
    struct dn_affected *row = &list->at[list->count++];
    *row = (struct dn_affected){.change = DN_CHANGE_ADDED, .identified_at = when->now};
    row->incident_id = dn_strndup(rows->impact.incident_id.at, rows->impact.incident_id.size);
    add_figures(rows, to - from, row);
    if (rows->tenant == SIZE_MAX)
        add_unsettled(rows, to - from, row);
    else
        add_tenant(matching, rows, to - from, when, row);
}

static void affected_key(const struct dn_affected *row, struct dn_buf *key)
{
    dn_buf_reset(key);
    dn_buf_adds(key, row->incident_id);
    dn_buf_addc(key, '\0');
    dn_tenant_key(dn_text_of(row->tenant_id), key);
}

/* `before` says that the tenant was affected already, and since when that is known. */
static void mark_kept(struct dn_affected *row, const struct dn_affected *before)
{
    if (before->change == DN_CHANGE_REMOVED)
        return;
    row->change = DN_CHANGE_KEPT;
    if (dn_instant_is(before->identified_at))
        row->identified_at = before->identified_at;
}

/* Marks what was there before, and moves over, as removed, what is no more. */
static void compare_previous(struct dn_affected_list *previous, struct dn_affected_list *list)
{
    struct dn_table now = {0};
    struct dn_buf key = {0};
    size_t made = list->count;
    for (size_t i = 0; i < made; i++) {
        affected_key(&list->at[i], &key);
        dn_table_add(&now, dn_buf_text(&key), NULL);
    }
    for (size_t i = 0; i < previous->count; i++) {
        struct dn_affected *before = &previous->at[i];
        affected_key(before, &key);
        size_t found = dn_table_find(&now, dn_buf_text(&key));
        if (found != SIZE_MAX) {
            mark_kept(&list->at[found], before);
        } else if (before->tenant_id[0]) {
            list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
            list->at[list->count] = *before;
            list->at[list->count++].change = DN_CHANGE_REMOVED;
            *before = (struct dn_affected){.incident_id = dn_strdup(""), .tenant_id = dn_strdup("")};
        }
    }
    dn_table_clear(&now);
    dn_buf_clear(&key);
}

void dn_matching_affected(const struct dn_matching *matching, const struct dn_matching_when *when,
                          struct dn_affected_list *list)
{
    for (size_t from = 0, to; from < matching->count; from = to) {
        to = group_end(matching, from);
        add_row(matching, from, to, when, list);
    }
    if (when->previous)
        compare_previous(when->previous, list);
    dn_affected_sort(list);
}

size_t dn_matching_tally(const struct dn_matching *matching, enum dn_match_reason reason)
{
    size_t count = 0;
    for (size_t i = 0; i < matching->count; i++)
        count += matching->rows[i].reason == reason;
    return count;
}

void dn_matching_clear(struct dn_matching *matching)
{
    dn_matcher_clear(&matching->matcher);
    dn_match_clear(&matching->match);
    dn_table_clear(&matching->mailboxes);
    dn_arena_clear(&matching->arena);
    free(matching->rows);
    *matching = (struct dn_matching){0};
}
