/* The groups of a matching: answers are added up. */
#include "tenant/matching_group.h"

#include <stdlib.h>

#include "base/alloc.h"

static struct dn_matching_group *group_at(const struct dn_matching_shard *shard, size_t place)
{
    return &shard->chunks[place / DN_GROUPS_PER_CHUNK][place % DN_GROUPS_PER_CHUNK];
}

/* Nearly always all rows are of one incident: where the groups of the one that is met first are is known by the number
 * of the tenant, the others' are found by hash. NULL: this answer's group is. */
static uint32_t *first_of(const struct dn_matching *matching, const struct dn_matching_answer *answer)
{
    return answer->incident == 0 && answer->tenant != DN_NO_TENANT ? &matching->first[answer->tenant] : NULL;
}

/* The place of a new group in its shard. */
static uint32_t add_group(struct dn_matching *matching, size_t number, const struct dn_matching_answer *answer)
{
    struct dn_matching_shard *shard = &matching->shards[number];
    size_t place = shard->count++;
    uint32_t *first = first_of(matching, answer);
    if (place == (size_t)1 << DN_SHARD_SHIFT)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* memory would have been spent long before */
    if (place == shard->chunk_count * DN_GROUPS_PER_CHUNK) {
        shard->chunks = dn_grow(shard->chunks, shard->chunk_count, &shard->chunk_room, sizeof *shard->chunks);
        pthread_mutex_lock(&matching->names->lock);
        shard->chunks[shard->chunk_count++] =
            (void *)dn_arena_take(&matching->names->groups, DN_GROUPS_PER_CHUNK * sizeof **shard->chunks);
        pthread_mutex_unlock(&matching->names->lock);
    }
    *group_at(shard, place) = (struct dn_matching_group){.incident = answer->incident,
                                                         .tenant = answer->tenant,
                                                         .first_ns = DN_INSTANT_NONE.ns,
                                                         .last_ns = DN_INSTANT_NONE.ns,
                                                         .services = DN_NO_NODE,
                                                         .rank = DN_NO_GROUP,
                                                         .certainty = DN_CERTAINTY_POTENTIAL};
    if (first)
        *first = (uint32_t)(number << DN_SHARD_SHIFT | place);
    else
        dn_index_add(&shard->index, answer->hash, (uint32_t)place);
    return (uint32_t)place;
}

#define PLACE (((uint32_t)1 << DN_SHARD_SHIFT) - 1) /* of a group's number, what is not the shard's */

/* The place of the answer's group in its shard; DN_NO_GROUP: there is none yet. */
static uint32_t find_group(const struct dn_matching *matching, const struct dn_matching_shard *shard,
                           const struct dn_matching_answer *answer)
{
    const uint32_t *first = first_of(matching, answer);
    if (first)
        return *first == DN_NO_GROUP ? DN_NO_GROUP : *first & PLACE;
    size_t place = dn_index_seek(&shard->index, answer->hash);
    uint32_t found;
    while ((found = dn_index_next(&shard->index, answer->hash, &place)) != DN_INDEX_NONE) {
        const struct dn_matching_group *group = group_at(shard, found);
        if (group->tenant == answer->tenant && group->incident == answer->incident)
            return found;
    }
    return DN_NO_GROUP;
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
        group->of.first_resource = answer->resource.half[0];
    else if (group->of.first_resource == answer->resource.half[0] || !dn_seen_add(&shard->resources, answer->resource))
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
    struct dn_matching *matching = lane->matching;
    struct dn_matching_shard *shard = &matching->shards[number];
    uint32_t place = find_group(matching, shard, answer);
    if (place == DN_NO_GROUP)
        place = add_group(matching, number, answer);
    add_figures(shard, group_at(shard, place), answer);
    if (answer->row != DN_NO_ROW)
        lane->rows[answer->row].group = (uint32_t)(number << DN_SHARD_SHIFT | place);
}

/* Fetches where the answer's group is. */
static void fetch_first(const struct dn_matching *matching, const struct dn_matching_shard *shard,
                        const struct dn_matching_answer *answer)
{
    const uint32_t *first = first_of(matching, answer);
    if (first)
        dn_prefetch(first);
    else
        dn_index_prefetch(&shard->index, answer->hash);
}

/* Fetches the answer's group, if where it is was fetched. */
static void fetch_group(const struct dn_matching *matching, const struct dn_matching_shard *shard,
                        const struct dn_matching_answer *answer)
{
    const uint32_t *first = first_of(matching, answer);
    size_t place = first ? 0 : dn_index_seek(&shard->index, answer->hash);
    uint32_t found = first ? *first : dn_index_next(&shard->index, answer->hash, &place);
    if (found == DN_NO_GROUP)
        return;
    dn_matching_fetch(group_at(shard, found & PLACE));
    if (answer->has_resource)
        dn_seen_prefetch(&shard->resources, answer->resource);
}

/* In steps, each of which fetches what the next one looks at; the shard is locked. */
static void take_tray(struct dn_matching_lane *lane, size_t number)
{
    const struct dn_matching *matching = lane->matching;
    const struct dn_matching_shard *shard = &matching->shards[number];
    const struct dn_matching_tray *tray = &lane->trays[number];
    size_t count = lane->tray_counts[number];
    for (size_t i = 0; i < count; i++)
        fetch_first(matching, shard, &tray->at[i]);
    for (size_t i = 0; i < count; i++)
        fetch_group(matching, shard, &tray->at[i]);
    for (size_t i = 0; i < count; i++)
        take_answer(lane, number, &tray->at[i]);
    lane->tray_counts[number] = 0;
}

void dn_matching_put(struct dn_matching_lane *lane, const struct dn_matching_answer *answer)
{
    size_t number = (size_t)(answer->hash % DN_MATCHING_SHARDS);
    struct dn_matching_shard *shard = &lane->matching->shards[number];
    lane->trays[number].at[lane->tray_counts[number]++] = *answer;
    if (lane->tray_counts[number] < DN_MATCHING_TRAY / 2)
        return;
    if (lane->tray_counts[number] == DN_MATCHING_TRAY)
        pthread_mutex_lock(&shard->lock);
    else if (pthread_mutex_trylock(&shard->lock) != 0)
        return;
    take_tray(lane, number);
    pthread_mutex_unlock(&shard->lock);
}

void dn_matching_put_all(struct dn_matching_lane *lane)
{
    for (size_t i = 0; i < DN_MATCHING_SHARDS; i++)
        take_tray(lane, i);
}
