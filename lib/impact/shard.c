#include "impact/shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/hash.h"

#define FEW_SLOTS ((size_t)64)
#define LINE ((size_t)64) /* bytes of the cache's lines */

/* <0, 0, >0; no time comes last. */
static inline int compare_times(int64_t a_s, int32_t a_ns, int64_t b_s, int32_t b_ns)
{
    if (a_ns < 0 || b_ns < 0)
        return (b_ns >= 0) - (a_ns >= 0);
    return a_s != b_s ? (a_s > b_s) - (a_s < b_s) : (a_ns > b_ns) - (a_ns < b_ns);
}

/* Does a's earliest row come before b's? */
static inline bool earlier(const struct dn_figures *a, const struct dn_figures *b, dn_row_place_compare *compare,
                           const void *context)
{
    int order = compare_times(a->first_s, a->first_ns, b->first_s, b->first_ns);
    if (order != 0)
        return order < 0;
    return compare(context, (struct dn_row_place){a->line, a->name}, (struct dn_row_place){b->line, b->name}) < 0;
}

static inline void add_rows(struct dn_figures *into, const struct dn_figures *from, dn_row_place_compare *compare,
                            const void *context)
{
    if (earlier(from, into, compare, context)) {
        into->first_s = from->first_s;
        into->first_ns = from->first_ns;
        into->line = from->line;
        into->name = from->name;
    }
    if (from->last_ns >= 0 &&
        (into->last_ns < 0 || compare_times(from->last_s, from->last_ns, into->last_s, into->last_ns) > 0)) {
        into->last_s = from->last_s;
        into->last_ns = from->last_ns;
    }
    into->rows += from->rows;
    if (from->data_subjects > into->data_subjects)
        into->data_subjects = from->data_subjects;
    if (from->certainty > into->certainty)
        into->certainty = from->certainty;
}

void dn_figures_add(struct dn_figures *into, const struct dn_figures *from, dn_row_place_compare *compare,
                    const void *context)
{
    int64_t events = into->events + from->events;
    if (from->rows > 0 && into->rows == 0)
        *into = *from;
    else if (from->rows > 0)
        add_rows(into, from, compare, context);
    into->events = events;
}

/* Where the look-up of a hash begins, and what its slot must begin with. */
static inline size_t first_slot(const struct dn_shard_slots *slots, uint64_t hash)
{
    return (uint32_t)hash & (slots->count - 1);
}

static inline bool same_hash(uint64_t slot, uint64_t hash)
{
    return (uint32_t)(slot >> 32) == (uint32_t)hash;
}

static inline uint32_t entry_of(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

static void put_slot(struct dn_shard_slots *slots, uint64_t slot)
{
    size_t i = (slot >> 32) & (slots->count - 1);
    while (slots->at[i])
        i = (i + 1) & (slots->count - 1);
    slots->at[i] = slot;
}

/* Many slots are pieces of the pool. */
static bool is_pooled(const struct dn_shard *shard, size_t bytes)
{
    return shard->pool && bytes >= DN_POOL_LEAST && bytes <= DN_POOL_MOST;
}

static uint64_t *take_slots(struct dn_shard *shard, size_t count)
{
    size_t bytes = count * sizeof(uint64_t);
    if (!is_pooled(shard, bytes))
        return dn_alloc(count, sizeof(uint64_t));
    return memset(dn_pool_take(shard->pool, bytes), 0, bytes);
}

static void give_slots(struct dn_shard *shard, struct dn_shard_slots *slots)
{
    if (is_pooled(shard, slots->count * sizeof *slots->at))
        dn_pool_give(shard->pool, slots->at, slots->count * sizeof *slots->at);
    else
        free(slots->at);
}

/* Room for one more. */
static void grow_slots(struct dn_shard *shard, struct dn_shard_slots *slots)
{
    if (slots->count > 0 && slots->used * 3 < slots->count * 2)
        return;
    struct dn_shard_slots old = *slots;
    slots->count = old.count > 0 ? old.count * 2 : FEW_SLOTS;
    slots->at = take_slots(shard, slots->count);
    for (size_t i = 0; i < old.count; i++)
        if (old.at[i])
            put_slot(slots, old.at[i]);
    give_slots(shard, &old);
}

/* Adds a record that was not there. */
static void add_slot(struct dn_shard *shard, struct dn_shard_slots *slots, uint64_t hash, uint32_t number)
{
    grow_slots(shard, slots);
    put_slot(slots, (hash << 32) | (number + 1));
    slots->used++;
}

struct dn_shard dn_shard_begin(struct dn_pool *pool)
{
    return (struct dn_shard){.pool = pool, .groups = {.pool = pool}, .ids = {.pool = pool}};
}

size_t dn_shard_bytes(const struct dn_shard *shard)
{
    return shard->groups.bytes + shard->ids.bytes +
           (shard->group_slots.count + shard->id_slots.count) * sizeof(uint64_t);
}

void dn_shard_expect_slot(const struct dn_shard *shard, uint64_t hash)
{
    if (shard->group_slots.count > 0)
        __builtin_prefetch(&shard->group_slots.at[first_slot(&shard->group_slots, hash)]);
}

uint32_t dn_shard_expect_group(const struct dn_shard *shard, uint64_t hash, size_t key_size)
{
    const struct dn_shard_slots *slots = &shard->group_slots;
    size_t i = slots->count ? first_slot(slots, hash) : 0;
    if (slots->count == 0)
        return DN_SHARD_NONE;
    while (slots->at[i] && !same_hash(slots->at[i], hash))
        i = (i + 1) & (slots->count - 1);
    if (!slots->at[i])
        return DN_SHARD_NONE;
    const char *from = dn_store_at(&shard->groups, entry_of(slots->at[i]));
    const char *to = from + sizeof(struct dn_group) + (key_size < 4 * LINE ? key_size : 4 * LINE);
    for (; from < to; from += LINE)
        __builtin_prefetch(from);
    __builtin_prefetch(to - 1);
    return entry_of(slots->at[i]);
}

bool dn_shard_is(const struct dn_shard *shard, uint32_t number, uint32_t incident, struct dn_text key)
{
    const struct dn_group *group = dn_shard_at(shard, number);
    return group->key_size == key.size && group->incident == incident && memcmp(group->key, key.at, key.size) == 0;
}

static uint32_t find_group(const struct dn_shard *shard, uint64_t hash, uint32_t incident, struct dn_text key)
{
    const struct dn_shard_slots *slots = &shard->group_slots;
    for (size_t i = slots->count ? first_slot(slots, hash) : 0; slots->count && slots->at[i];
         i = (i + 1) & (slots->count - 1))
        if (same_hash(slots->at[i], hash) && dn_shard_is(shard, entry_of(slots->at[i]), incident, key))
            return entry_of(slots->at[i]);
    return DN_SHARD_NONE;
}

uint32_t dn_shard_group(struct dn_shard *shard, uint64_t hash, uint32_t incident, struct dn_text key)
{
    uint32_t number = find_group(shard, hash, incident, key);
    if (number != DN_SHARD_NONE)
        return number;
    number = dn_store_add(&shard->groups, sizeof(struct dn_group) + key.size);
    struct dn_group *group = dn_shard_at(shard, number);
    *group = (struct dn_group){.key_size = (uint32_t)key.size, .incident = incident, .record_id = DN_SHARD_NONE};
    memcpy(group->key, key.at, key.size);
    add_slot(shard, &shard->group_slots, hash, number);
    return number;
}

static bool has_record_id(const struct dn_shard *shard, uint64_t hash, uint32_t group, struct dn_text record_id)
{
    const struct dn_shard_slots *slots = &shard->id_slots;
    for (size_t i = slots->count ? first_slot(slots, hash) : 0; slots->count && slots->at[i];
         i = (i + 1) & (slots->count - 1)) {
        if (!same_hash(slots->at[i], hash))
            continue;
        const struct dn_record_id *id = dn_shard_id_at(shard, entry_of(slots->at[i]));
        if (id->group == group && id->size == record_id.size && memcmp(id->at, record_id.at, record_id.size) == 0)
            return true;
    }
    return false;
}

void dn_shard_record_id(struct dn_shard *shard, uint64_t group_hash, uint32_t group, struct dn_text record_id)
{
    uint64_t hash = dn_keyhash(record_id, group_hash);
    if (has_record_id(shard, hash, group, record_id))
        return;
    struct dn_group *of = dn_shard_at(shard, group);
    uint32_t number = dn_store_add(&shard->ids, sizeof(struct dn_record_id) + record_id.size);
    struct dn_record_id *id = dn_store_at(&shard->ids, number);
    *id = (struct dn_record_id){.size = (uint32_t)record_id.size, .group = group, .next = of->record_id};
    memcpy(id->at, record_id.at, record_id.size);
    of->record_id = number;
    of->record_ids++;
    add_slot(shard, &shard->id_slots, hash, number);
}

struct dn_group *dn_shard_next(const struct dn_shard *shard, struct dn_shard_place *place)
{
    const struct dn_store *groups = &shard->groups;
    while (place->block < groups->count && place->at >= groups->blocks[place->block].used)
        *place = (struct dn_shard_place){place->block + 1, 0};
    if (place->block == groups->count)
        return NULL;
    struct dn_group *group = (void *)(groups->blocks[place->block].at + place->at);
    place->at += dn_store_size(sizeof *group + group->key_size);
    return group;
}

static void empty_slots(struct dn_shard_slots *slots)
{
    slots->used = 0;
    if (slots->count > 0)
        memset(slots->at, 0, slots->count * sizeof *slots->at);
}

void dn_shard_empty(struct dn_shard *shard)
{
    dn_store_empty(&shard->groups);
    dn_store_empty(&shard->ids);
    empty_slots(&shard->group_slots);
    empty_slots(&shard->id_slots);
}

void dn_shard_clear(struct dn_shard *shard)
{
    dn_store_clear(&shard->groups);
    dn_store_clear(&shard->ids);
    give_slots(shard, &shard->group_slots);
    give_slots(shard, &shard->id_slots);
    *shard = dn_shard_begin(shard->pool);
}
