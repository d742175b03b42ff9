#include "tenant/matching.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tenant/cell.h"
#include "tenant/contact.h"
#include "tenant/matching_group.h"

struct dn_hash128 dn_matching_mailbox(struct dn_text address, size_t incident, struct dn_buf *scratch)
{
    dn_buf_reset(scratch);
    dn_mailbox_key(address, scratch);
    return dn_hash_wide(dn_buf_text(scratch), incident);
}

static void keep_mailbox(struct dn_matching *matching, const struct dn_impact *row, size_t incident)
{
    if (row->resource.size && memchr(row->resource.at, '@', row->resource.size) != NULL)
        dn_seen_add(&matching->mailboxes, dn_matching_mailbox(row->resource, incident, &matching->scratch));
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

/* The number of the row's incident; rows come in runs of one. */
static size_t incident_of(struct dn_matching *matching, struct dn_text id)
{
    struct dn_table *incidents = &matching->incidents;
    if (incidents->count && dn_text_equal(dn_table_key(incidents, matching->last_incident), id))
        return matching->last_incident;
    bool added;
    size_t incident = dn_table_add(incidents, id, &added);
    if (added) {
        matching->unsettled =
            dn_grow(matching->unsettled, incident, &matching->unsettled_room, sizeof *matching->unsettled);
        matching->unsettled[incident] = (struct dn_unsettled){0};
    }
    return matching->last_incident = incident;
}

static uint64_t head_of(struct dn_text text)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < text.size ? (unsigned char)text.at[i] : 0);
    return head;
}

static struct dn_matching_group *add_group(struct dn_matching *matching, const struct dn_matching_asked *asked)
{
    size_t group = matching->group_count++;
    matching->groups = dn_grow(matching->groups, group, &matching->group_room, sizeof *matching->groups);
    matching->groups[group] = (struct dn_matching_group){.incident = asked->incident,
                                                         .tenant = asked->tenant,
                                                         .first_ns = DN_INSTANT_NONE.ns,
                                                         .last_ns = DN_INSTANT_NONE.ns,
                                                         .services = DN_NO_NODE,
                                                         .certainty = DN_CERTAINTY_POTENTIAL};
    matching->groups[group].head = head_of(dn_matching_tenant_id(matching, &matching->groups[group]));
    dn_index_add(&matching->group_index, asked->hash, group < DN_INDEX_NONE ? (uint32_t)group : DN_INDEX_NONE);
    return &matching->groups[group];
}

static uint64_t group_hash(uint32_t incident, uint32_t tenant)
{
    uint64_t hash = ((uint64_t)incident << 32 | tenant) * 0x9E3779B97F4A7C15u;
    return hash ^ hash << 32; /* the upper half is what an index looks at */
}

/* The group of an answer; NULL: there is none yet. */
static struct dn_matching_group *find_group(const struct dn_matching *matching, const struct dn_matching_asked *asked)
{
    size_t place = dn_index_seek(&matching->group_index, asked->hash);
    uint32_t found;
    while ((found = dn_index_next(&matching->group_index, asked->hash, &place)) != DN_INDEX_NONE)
        if (matching->groups[found].tenant == asked->tenant && matching->groups[found].incident == asked->incident)
            return &matching->groups[found];
    return NULL;
}

/* Fetches what find_group will look at. */
static void fetch_group(const struct dn_matching *matching, const struct dn_matching_asked *asked)
{
    size_t place = dn_index_seek(&matching->group_index, asked->hash);
    uint32_t found = dn_index_next(&matching->group_index, asked->hash, &place);
    if (found == DN_INDEX_NONE)
        return;
    dn_prefetch(&matching->groups[found]);
    dn_prefetch((const char *)&matching->groups[found] + 64);
}

/* Both known and no overflow: the sum; else -1, not known. */
static int64_t sum(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || a > INT64_MAX - b ? -1 : a + b;
}

static void add_service(struct dn_matching *matching, struct dn_matching_group *group, struct dn_text name)
{
    if (name.size == 0)
        return;
    if (group->services != DN_NO_NODE &&
        dn_text_equal(dn_table_key(&matching->services, matching->nodes[group->services].service), name))
        return;
    uint32_t service = (uint32_t)dn_table_add(&matching->services, name, NULL);
    for (uint32_t node = group->services; node != DN_NO_NODE; node = matching->nodes[node].before)
        if (matching->nodes[node].service == service)
            return;
    matching->nodes = dn_grow(matching->nodes, matching->node_count, &matching->node_room, sizeof *matching->nodes);
    matching->nodes[matching->node_count] = (struct dn_matching_node){service, group->services};
    group->services = (uint32_t)matching->node_count++;
}

static void add_resource(struct dn_matching *matching, struct dn_matching_group *group, struct dn_text resource)
{
    if (resource.size == 0)
        return;
    struct dn_hash128 hash = dn_hash_wide(resource, (uint64_t)(group - matching->groups));
    if (group->resources == 0)
        group->first_resource = hash;
    else if (memcmp(&group->first_resource, &hash, sizeof hash) == 0 || !dn_seen_add(&matching->resources, hash))
        return;
    group->resources++;
}

static void add_figures(struct dn_matching *matching, struct dn_matching_group *group,
                        const struct dn_matching_asked *asked)
{
    const struct dn_impact *impact = &asked->row;
    group->rows = sum(group->rows, impact->rows);
    group->events = sum(group->events, impact->events);
    group->data_subjects = sum(group->data_subjects, impact->data_subjects);
    struct dn_instant first = dn_instant_min(dn_matching_first(group), impact->first_seen),
                      last = dn_instant_max(dn_matching_last(group), impact->last_seen);
    group->first_s = first.s;
    group->first_ns = first.ns;
    group->last_s = last.s;
    group->last_ns = last.ns;
    if (impact->certainty > group->certainty)
        group->certainty = (uint8_t)impact->certainty;
    group->effects |= (uint16_t)(1U << impact->effect);
    group->kinds |= (uint8_t)asked->kinds;
    add_service(matching, group, impact->service);
    add_resource(matching, group, impact->resource);
}

static void count_reason(struct dn_matching *matching, const struct dn_matching_asked *asked)
{
    const struct dn_impact *row = &asked->row;
    enum dn_match_reason reason = asked->reason;
    struct dn_unsettled *unsettled = &matching->unsettled[asked->incident];
    matching->count++;
    matching->reasons[reason]++;
    matching->disagreed += asked->disagrees;
    matching->without_resource += reason == DN_MATCHED && row->resource.size == 0;
    if (reason == DN_REASON_UNRESOLVED)
        unsettled->unresolved += row->rows > 0 ? row->rows : 1;
    else if (reason >= DN_REASON_AMBIGUOUS_KEY)
        unsettled->ambiguous++;
    else if (reason != DN_MATCHED)
        unsettled->unmatched++;
}

/* Have all rows so far come in the order in which impact rows are written? Then no group need be sorted. */
static void look_at_order(struct dn_matching *matching, const struct dn_impact *row)
{
    const struct dn_text texts[] = {
        row->incident_id, row->tenant, row->service, row->resource, dn_text_of(dn_effect_words[row->effect]),
        row->evidence};
    struct dn_buf *last = &matching->last_key;
    const char *at = last->at;
    int order = 0;
    if (matching->row_count && !matching->in_order)
        return;
    for (size_t i = 0; i < 6 && matching->row_count && order == 0; i++) {
        struct dn_text before = dn_text_of(at);
        order = dn_text_compare(before, texts[i]);
        at = before.at + before.size + 1;
    }
    matching->in_order = matching->row_count == 0 || order < 0;
    dn_buf_reset(last);
    for (size_t i = 0; i < 6; i++) {
        dn_buf_addt(last, texts[i]);
        dn_buf_addc(last, '\0');
    }
}

static void keep_row(struct dn_matching *matching, const struct dn_matching_asked *asked, size_t group)
{
    const struct dn_impact *row = &asked->row;
    struct dn_buf *bytes = &matching->scratch;
    struct dn_matching_kept kept;
    look_at_order(matching, row);
    memset(&kept, 0, sizeof kept);
    kept.impact = *row;
    kept.candidates = asked->candidates.size;
    kept.kinds = asked->kinds;
    const struct dn_text texts[] = {row->incident_id, row->tenant,   row->service,
                                    row->resource,    row->evidence, dn_buf_text(&asked->candidates)};
    dn_buf_reset(bytes);
    dn_buf_add(bytes, &kept, sizeof kept);
    for (size_t i = 0; i < 6; i++)
        dn_buf_addt(bytes, texts[i]);
    matching->rows = dn_grow(matching->rows, matching->row_count, &matching->row_room, sizeof *matching->rows);
    matching->rows[matching->row_count++] = (struct dn_matching_row){
        dn_spool_put(&matching->spool, dn_buf_text(bytes)), (uint32_t)bytes->size, (uint32_t)group, asked->reason};
}

/* Copies the row: its views are good until the next one is read. */
static void copy_row(const struct dn_impact *row, struct dn_matching_asked *asked)
{
    struct dn_text *texts[] = {&asked->row.incident_id, &asked->row.tenant, &asked->row.service, &asked->row.resource,
                               &asked->row.evidence};
    size_t at = 0;
    asked->row = *row;
    dn_buf_reset(&asked->texts);
    for (size_t i = 0; i < 5; i++)
        dn_buf_addt(&asked->texts, *texts[i]);
    for (size_t i = 0; i < 5; at += texts[i++]->size)
        texts[i]->at = asked->texts.at + at;
}

static void answer(struct dn_matching *matching, struct dn_matching_asked *asked)
{
    struct dn_match *match = &matching->match;
    dn_question_answer(&matching->matcher, &asked->row, &asked->question, match);
    asked->reason = match->reason;
    asked->disagrees = match->disagrees;
    asked->tenant = match->tenant == SIZE_MAX ? DN_NO_TENANT : (uint32_t)match->tenant;
    asked->kinds = match->kinds;
    asked->incident = (uint32_t)incident_of(matching, asked->row.incident_id);
    asked->hash = group_hash(asked->incident, asked->tenant);
    dn_index_prefetch(&matching->group_index, asked->hash);
    dn_buf_reset(&asked->candidates);
    if (matching->keep_others)
        dn_strings_join(&match->candidates, ';', &asked->candidates);
    if (matching->tell && match->disagrees)
        tell_disagreement(matching, &asked->row, matching->tell);
}

static void take(struct dn_matching *matching, const struct dn_matching_asked *asked)
{
    struct dn_matching_group *group = find_group(matching, asked);
    if (group == NULL)
        group = add_group(matching, asked);
    add_figures(matching, group, asked);
    count_reason(matching, asked);
    keep_mailbox(matching, &asked->row, asked->incident);
    if (asked->reason == DN_MATCHED ? matching->keep_matched : matching->keep_others)
        keep_row(matching, asked, (size_t)(group - matching->groups));
}

#define AT_ONCE 32

/* Takes rows in steps, each of which fetches what the next one looks at. */
static void take_rows(struct dn_matching *matching, struct dn_matching_asked *asked, size_t count)
{
    const struct dn_matcher *matcher = &matching->matcher;
    for (size_t i = 0; i < count; i++)
        dn_question_seek(matcher, &asked[i].question);
    for (size_t i = 0; i < count; i++)
        answer(matching, &asked[i]);
    for (size_t i = 0; i < count; i++)
        fetch_group(matching, &asked[i]);
    for (size_t i = 0; i < count; i++)
        take(matching, &asked[i]);
}

static void take_batch(void *context, size_t place)
{
    struct dn_matching *matching = context;
    struct dn_matching_batch *batch = &matching->batches[place];
    for (size_t i = 0; i < batch->count; i += AT_ONCE)
        take_rows(matching, batch->at + i, batch->count - i < AT_ONCE ? batch->count - i : AT_ONCE);
    batch->count = 0;
}

void dn_matching_settle(struct dn_matching *matching)
{
    if (matching->batch == NULL)
        return;
    if (matching->relay)
        dn_relay_wait(matching->relay);
    take_batch(matching, (size_t)(matching->batch - matching->batches));
}

/* The batch is full; the first one is taken at once: a short stream needs no thread. */
static void pass_on(struct dn_matching *matching)
{
    if (matching->relay) {
        dn_relay_give(matching->relay);
    } else {
        take_batch(matching, 0);
        matching->relay = dn_relay_begin(DN_MATCHING_BATCHES, take_batch, matching);
    }
    matching->batch = &matching->batches[dn_relay_place(matching->relay)];
}

void dn_matching_add(struct dn_matching *matching, const struct dn_impact *row)
{
    if (matching->batch == NULL)
        matching->batch = matching->batches = dn_alloc(DN_MATCHING_BATCHES, sizeof *matching->batches);
    struct dn_matching_asked *asked = &matching->batch->at[matching->batch->count++];
    copy_row(row, asked);
    dn_question_set(&matching->matcher, &asked->row, &asked->question);
    if (matching->batch->count == DN_MATCHING_BATCH)
        pass_on(matching);
}

struct dn_text dn_matching_tenant_id(const struct dn_matching *matching, const struct dn_matching_group *group)
{
    if (group->tenant == DN_NO_TENANT)
        return DN_TEXT("");
    return dn_tenant_cell(&matching->matcher.directory->at[group->tenant], DN_TENANT_ID);
}

/* What a group is sorted by first; the few that are alike in it are looked at again. */
struct placed {
    uint32_t incident; /* its rank */
    uint32_t group;
    uint64_t head;
};

static int compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->incident != y->incident)
        return x->incident < y->incident ? -1 : 1;
    return (x->head > y->head) - (x->head < y->head);
}

/* A group of one incident, by all of its tenant_id. */
struct named {
    struct dn_text tenant_id;
    uint32_t group;
};

static int compare_named(const void *a, const void *b)
{
    return dn_text_compare(((const struct named *)a)->tenant_id, ((const struct named *)b)->tenant_id);
}

static void sort_alike(const struct dn_matching *matching, struct placed *placed, size_t count)
{
    struct named *named = dn_alloc(count, sizeof *named);
    for (size_t i = 0; i < count; i++)
        named[i] = (struct named){dn_matching_tenant_id(matching, &matching->groups[placed[i].group]), placed[i].group};
    qsort(named, count, sizeof *named, compare_named);
    for (size_t i = 0; i < count; i++)
        placed[i].group = named[i].group;
    free(named);
}

/* The rank of each incident among them, bytewise. */
static uint32_t *rank_incidents(const struct dn_table *incidents)
{
    uint32_t *ranks = dn_alloc(incidents->count, sizeof *ranks);
    struct dn_strings sorted = {0};
    struct dn_table places = {0};
    for (size_t i = 0; i < incidents->count; i++)
        dn_strings_add(&sorted, dn_table_key(incidents, i));
    dn_strings_sort(&sorted);
    for (size_t i = 0; i < sorted.count; i++)
        dn_table_add(&places, dn_text_of(sorted.at[i]), NULL);
    for (size_t i = 0; i < incidents->count; i++)
        ranks[i] = (uint32_t)dn_table_find(&places, dn_table_key(incidents, i));
    dn_strings_clear(&sorted);
    dn_table_clear(&places);
    return ranks;
}

static void clear_batches(struct dn_matching *matching)
{
    dn_relay_end(matching->relay);
    for (size_t i = 0; matching->batches && i < DN_MATCHING_BATCHES * DN_MATCHING_BATCH; i++) {
        struct dn_matching_asked *asked = &matching->batches[i / DN_MATCHING_BATCH].at[i % DN_MATCHING_BATCH];
        dn_buf_clear(&asked->texts);
        dn_buf_clear(&asked->candidates);
        dn_question_clear(&asked->question);
    }
    free(matching->batches);
    matching->relay = NULL;
    matching->batch = matching->batches = NULL;
}

void dn_matching_sort(struct dn_matching *matching)
{
    clear_batches(matching);
    dn_directory_forget_keys(matching->matcher.directory);
    dn_index_clear(&matching->group_index);
    dn_seen_clear(&matching->resources);
    uint32_t *ranks = rank_incidents(&matching->incidents);
    struct placed *placed = dn_alloc(matching->group_count, sizeof *placed);
    for (size_t i = 0; i < matching->group_count; i++) {
        const struct dn_matching_group *group = &matching->groups[i];
        placed[i] = (struct placed){ranks[group->incident], (uint32_t)i, group->head};
    }
    if (matching->group_count)
        qsort(placed, matching->group_count, sizeof *placed, compare);
    for (size_t i = 0, to; i < matching->group_count; i = to) {
        for (to = i + 1; to < matching->group_count && compare(&placed[i], &placed[to]) == 0;)
            to++;
        if (to > i + 1)
            sort_alike(matching, placed + i, to - i);
    }
    matching->order = dn_alloc(matching->group_count, sizeof *matching->order);
    for (size_t i = 0; i < matching->group_count; i++)
        matching->order[i] = placed[i].group;
    free(placed);
    free(ranks);
}

void dn_matching_clear(struct dn_matching *matching)
{
    dn_matcher_clear(&matching->matcher);
    dn_match_clear(&matching->match);
    dn_table_clear(&matching->incidents);
    dn_table_clear(&matching->services);
    dn_index_clear(&matching->group_index);
    dn_seen_clear(&matching->resources);
    dn_seen_clear(&matching->mailboxes);
    dn_spool_clear(&matching->spool);
    dn_buf_clear(&matching->scratch);
    dn_buf_clear(&matching->last_key);
    clear_batches(matching);
    free(matching->unsettled);
    free(matching->groups);
    free(matching->order);
    free(matching->nodes);
    free(matching->rows);
    *matching = (struct dn_matching){0};
}
