/* The groups of a matching: answers are added up. */
#include "tenant/matching_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

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
        dn_matching_fetch(group_at(shard, found));
        dn_seen_prefetch(&shard->resources, tray->at[i].resource);
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
