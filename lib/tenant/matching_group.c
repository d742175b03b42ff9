/* The groups of a matching: answers are added up, and in the end the groups are put in order. */
#include "tenant/matching_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "base/pages.h"

static struct dn_matching_group *add_group(struct dn_matching *matching, struct dn_matching_shard *shard,
                                           const struct dn_matching_answer *answer)
{
    size_t place = shard->count++;
    if (place == (size_t)1 << DN_SHARD_SHIFT)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* memory would have been spent long before */
    if (place == shard->chunk_count * DN_GROUPS_PER_CHUNK) {
        shard->chunks = dn_grow(shard->chunks, shard->chunk_count, &shard->chunk_room, sizeof *shard->chunks);
        pthread_mutex_lock(&matching->names->lock);
        shard->chunks[shard->chunk_count++] =
            (void *)dn_arena_take(&matching->names->groups, DN_GROUPS_PER_CHUNK * sizeof **shard->chunks);
        pthread_mutex_unlock(&matching->names->lock);
    }
    struct dn_matching_group *group = &shard->chunks[place / DN_GROUPS_PER_CHUNK][place % DN_GROUPS_PER_CHUNK];
    *group = (struct dn_matching_group){.incident = answer->incident,
                                        .tenant = answer->tenant,
                                        .first_ns = DN_INSTANT_NONE.ns,
                                        .last_ns = DN_INSTANT_NONE.ns,
                                        .services = DN_NO_NODE,
                                        .certainty = DN_CERTAINTY_POTENTIAL};
    dn_index_add(&shard->index, answer->hash, (uint32_t)place);
    return group;
}

static struct dn_matching_group *group_at(const struct dn_matching_shard *shard, size_t place)
{
    return &shard->chunks[place / DN_GROUPS_PER_CHUNK][place % DN_GROUPS_PER_CHUNK];
}

/* The place of the answer's group in its shard; DN_INDEX_NONE: there is none yet. */
static uint32_t find_group(const struct dn_matching_shard *shard, const struct dn_matching_answer *answer)
{
    size_t place = dn_index_seek(&shard->index, answer->hash);
    uint32_t found;
    while ((found = dn_index_next(&shard->index, answer->hash, &place)) != DN_INDEX_NONE) {
        const struct dn_matching_group *group = group_at(shard, found);
        if (group->tenant == answer->tenant && group->incident == answer->incident)
            break;
    }
    return found;
}

/* Both known and no overflow: the sum; else -1, not known. */
static int64_t sum(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || a > INT64_MAX - b ? -1 : a + b;
}

static uint32_t add_node(struct dn_matching_shard *shard, uint32_t service, uint32_t before)
{
    if (shard->node_count >= DN_ONE_SERVICE - 1)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* memory would have been spent long before */
    shard->nodes = dn_grow(shard->nodes, shard->node_count, &shard->node_room, sizeof *shard->nodes);
    shard->nodes[shard->node_count] = (struct dn_matching_node){service, before};
    return (uint32_t)shard->node_count++;
}

/* Nearly every group has one service: it needs no node. */
static void add_service(struct dn_matching_shard *shard, struct dn_matching_group *group, uint32_t service)
{
    if (service == DN_NO_SERVICE || group->services == (service | DN_ONE_SERVICE))
        return;
    if (service >= DN_ONE_SERVICE - 1)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* memory would have been spent long before */
    if (group->services == DN_NO_NODE) {
        group->services = service | DN_ONE_SERVICE;
        return;
    }
    if (group->services & DN_ONE_SERVICE)
        group->services = add_node(shard, group->services & ~DN_ONE_SERVICE, DN_NO_NODE);
    for (uint32_t node = group->services; node != DN_NO_NODE; node = shard->nodes[node].before)
        if (shard->nodes[node].service == service)
            return;
    group->services = add_node(shard, service, group->services);
}

static void add_resource(struct dn_matching_shard *shard, struct dn_matching_group *group,
                         const struct dn_matching_answer *answer)
{
    if (!answer->has_resource)
        return;
    if (group->resources == 0)
        group->of.first_resource = answer->resource;
    else if (memcmp(&group->of.first_resource, &answer->resource, sizeof answer->resource) == 0 ||
             !dn_seen_add(&shard->resources, answer->resource))
        return;
    group->resources++;
}

static void add_figures(struct dn_matching_shard *shard, struct dn_matching_group *group,
                        const struct dn_matching_answer *answer)
{
    group->rows = sum(group->rows, answer->rows);
    group->events = sum(group->events, answer->events);
    group->data_subjects = sum(group->data_subjects, answer->data_subjects);
    struct dn_instant first = dn_instant_min(dn_matching_first(group), answer->first),
                      last = dn_instant_max(dn_matching_last(group), answer->last);
    group->first_s = first.s;
    group->first_ns = first.ns;
    group->last_s = last.s;
    group->last_ns = last.ns;
    if (answer->certainty > group->certainty)
        group->certainty = answer->certainty;
    group->effects |= (uint16_t)(1U << answer->effect);
    group->kinds |= answer->kinds;
    add_service(shard, group, answer->service);
    add_resource(shard, group, answer);
}

static void take_answer(struct dn_matching_lane *lane, size_t number, const struct dn_matching_answer *answer)
{
    struct dn_matching_shard *shard = &lane->matching->shards[number];
    uint32_t place = find_group(shard, answer);
    struct dn_matching_group *group =
        place == DN_INDEX_NONE ? add_group(lane->matching, shard, answer) : group_at(shard, place);
    add_figures(shard, group, answer);
    if (answer->row != DN_NO_ROW)
        lane->rows[answer->row].group =
            (uint32_t)(number << DN_SHARD_SHIFT | (place == DN_INDEX_NONE ? shard->count - 1 : place));
}

/* In steps, each of which fetches what the next one looks at. */
static void take_tray(struct dn_matching_lane *lane, size_t number)
{
    struct dn_matching_shard *shard = &lane->matching->shards[number];
    struct dn_matching_tray *tray = &lane->trays[number];
    pthread_mutex_lock(&shard->lock);
    for (size_t i = 0; i < tray->count; i++)
        dn_index_prefetch(&shard->index, tray->at[i].hash);
    for (size_t i = 0; i < tray->count; i++) {
        size_t place = dn_index_seek(&shard->index, tray->at[i].hash);
        uint32_t found = dn_index_next(&shard->index, tray->at[i].hash, &place);
        if (found == DN_INDEX_NONE)
            continue;
        dn_prefetch(group_at(shard, found));
        dn_prefetch((const char *)group_at(shard, found) + 64);
    }
    for (size_t i = 0; i < tray->count; i++)
        take_answer(lane, number, &tray->at[i]);
    pthread_mutex_unlock(&shard->lock);
    tray->count = 0;
}

void dn_matching_put(struct dn_matching_lane *lane, const struct dn_matching_answer *answer)
{
    size_t shard = (size_t)(answer->hash % DN_MATCHING_SHARDS);
    struct dn_matching_tray *tray = &lane->trays[shard];
    tray->at[tray->count++] = *answer;
    if (tray->count == DN_MATCHING_TRAY)
        take_tray(lane, shard);
}

void dn_matching_put_all(struct dn_matching_lane *lane)
{
    for (size_t i = 0; i < DN_MATCHING_SHARDS; i++)
        if (lane->trays[i].count)
            take_tray(lane, i);
}

/* ---- their order */

struct dn_text dn_matching_tenant_id(const struct dn_matching_group *group)
{
    if (group->tenant == DN_NO_TENANT)
        return DN_TEXT("");
    return dn_tenant_cell(&group->of.cells, DN_TENANT_ID);
}

/* What a group is sorted by first: incident, and the first bytes of the tenant_id as a number that sorts so. The few
 * that are alike in it are looked at again. */
struct placed {
    uint32_t incident; /* its rank */
    uint32_t group;
    uint64_t head;
};

static int compare(const struct placed *x, const struct placed *y)
{
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
        named[i] = (struct named){dn_matching_tenant_id(dn_matching_group(matching, placed[i].group)), placed[i].group};
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

static uint64_t head_of(struct dn_text text)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < text.size ? (unsigned char)text.at[i] : 0);
    return head;
}

#define AHEAD 16
#define MANY 8192 /* groups that are worth a second thread */

/* Fetches what the groups a little further on will need. */
static void look_ahead(const struct dn_matching *matching, const struct dn_matching_shard *shard, size_t place)
{
    const struct dn_tenant *tenants = matching->directory->at;
    if (place + 2 * AHEAD < shard->count && group_at(shard, place + 2 * AHEAD)->tenant != DN_NO_TENANT)
        dn_prefetch(&tenants[group_at(shard, place + 2 * AHEAD)->tenant]);
    if (place + AHEAD < shard->count && group_at(shard, place + AHEAD)->tenant != DN_NO_TENANT)
        dn_prefetch(tenants[group_at(shard, place + AHEAD)->tenant].at);
}

struct run {
    struct placed *at;
    size_t count;
};

#define DIGITS 12 /* bytes of what is sorted by, the last one first */

static unsigned digit_of(const struct placed *placed, size_t digit)
{
    return (unsigned)(digit < 8 ? placed->head >> 8 * digit : placed->incident >> 8 * (digit - 8)) & 0xFF;
}

/* By one digit after the other: no comparison whose outcome nobody can guess. Digits in which all are alike are left
 * out, so that few are looked at where ids are short or begin alike. */
static void sort_run(struct run *run)
{
    size_t starts[DIGITS][256] = {{0}};
    struct placed *from = run->at, *to = dn_pages_take(run->count, sizeof *to);
    for (size_t i = 0; i < run->count; i++)
        for (size_t digit = 0; digit < DIGITS; digit++)
            starts[digit][digit_of(&from[i], digit)]++;
    for (size_t digit = 0; digit < DIGITS && run->count; digit++) {
        if (starts[digit][digit_of(from, digit)] == run->count)
            continue;
        for (size_t value = 0, sum = 0, count; value < 256; value++, sum += count) {
            count = starts[digit][value];
            starts[digit][value] = sum;
        }
        for (size_t i = 0; i < run->count; i++)
            to[starts[digit][digit_of(&from[i], digit)]++] = from[i];
        struct placed *sorted = to;
        to = from;
        from = sorted;
    }
    run->at = from;
    free(to);
}

/* Groups being put in order: each member of a crew takes the groups of some shards, then the runs are merged. */
struct sorting {
    struct dn_matching *matching;
    const uint32_t *ranks;
    size_t members;
    struct run *runs; /* by member */
};

static size_t first_shard(const struct sorting *sorting, size_t member)
{
    return DN_MATCHING_SHARDS * member / sorting->members;
}

static void sort_some(void *context, size_t member)
{
    struct sorting *sorting = context;
    struct dn_matching *matching = sorting->matching;
    struct run *run = &sorting->runs[member];
    size_t from = first_shard(sorting, member), to = first_shard(sorting, member + 1);
    for (size_t i = from; i < to; i++)
        run->count += matching->shards[i].count;
    run->at = dn_pages_take(run->count, sizeof *run->at);
    struct placed *next = run->at;
    for (size_t i = from; i < to; i++) {
        const struct dn_matching_shard *shard = &matching->shards[i];
        for (size_t k = 0; k < shard->count; k++) {
            look_ahead(matching, shard, k);
            struct dn_matching_group *group = group_at(shard, k);
            if (group->tenant != DN_NO_TENANT)
                group->of.cells = matching->directory->at[group->tenant];
            *next++ = (struct placed){sorting->ranks[group->incident], (uint32_t)(i << DN_SHARD_SHIFT | k),
                                      head_of(dn_matching_tenant_id(group))};
        }
    }
    sort_run(run);
}

/* Merges the second run into the first. */
static void merge(struct run *run, struct run *more)
{
    struct run merged = {dn_pages_take(run->count + more->count, sizeof *merged.at), run->count + more->count};
    for (size_t i = 0, a = 0, b = 0; i < merged.count; i++) {
        bool first = b == more->count || (a < run->count && compare(&run->at[a], &more->at[b]) <= 0);
        merged.at[i] = first ? run->at[a++] : more->at[b++];
    }
    free(run->at);
    free(more->at);
    *more = (struct run){0};
    *run = merged;
}

static struct placed *place_groups(struct dn_matching *matching)
{
    uint32_t *ranks = rank_incidents(&matching->names->incidents);
    struct sorting sorting = {.matching = matching, .ranks = ranks, .members = matching->lane_count};
    sorting.members = sorting.members < DN_MATCHING_SHARDS ? sorting.members : DN_MATCHING_SHARDS;
    if (matching->group_count < MANY)
        sorting.members = 1;
    sorting.runs = dn_alloc(sorting.members, sizeof *sorting.runs);
    dn_crew_run(sorting.members, sort_some, &sorting);
    for (size_t step = 1; step < sorting.members; step *= 2)
        for (size_t i = 0; i + step < sorting.members; i += 2 * step)
            merge(&sorting.runs[i], &sorting.runs[i + step]);
    struct placed *placed = sorting.runs[0].at;
    free(sorting.runs);
    free(ranks);
    return placed;
}

void dn_matching_sort(struct dn_matching *matching)
{
    for (size_t i = 0; i < DN_MATCHING_SHARDS; i++)
        matching->group_count += matching->shards[i].count;
    struct placed *placed = place_groups(matching);
    size_t count = matching->group_count;
    for (size_t i = 0, to; i < count; i = to) {
        for (to = i + 1; to < count && compare(&placed[i], &placed[to]) == 0;)
            to++;
        if (to > i + 1)
            sort_alike(matching, placed + i, to - i);
    }
    matching->order = dn_pages_take(count, sizeof *matching->order);
    for (size_t i = 0; i < count; i++) {
        matching->order[i] = placed[i].group;
        if (matching->row_count)
            dn_matching_group(matching, placed[i].group)->rank = (uint32_t)i;
    }
    free(placed);
}
