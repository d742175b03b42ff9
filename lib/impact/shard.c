#include "impact/shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/hash.h"

#define TEXTS ((size_t)32 << 10) /* of one block */
#define PER_BLOCK ((size_t)256)  /* entries */

struct dn_shard_block {
    struct dn_shard_block *next;
    size_t room, used;
    char bytes[];
};

/* <0, 0, >0; no time comes last. */
static inline int compare_times(int64_t a_s, int32_t a_ns, int64_t b_s, int32_t b_ns)
{
    if (a_ns < 0 || b_ns < 0)
        return (b_ns >= 0) - (a_ns >= 0);
    return a_s != b_s ? (a_s > b_s) - (a_s < b_s) : (a_ns > b_ns) - (a_ns < b_ns);
}

/* Does a's earliest row come before b's? */
static inline bool earlier(const struct dn_figures *a, const struct dn_figures *b, dn_place_compare *compare,
                           const void *context)
{
    int order = compare_times(a->first_s, a->first_ns, b->first_s, b->first_ns);
    if (order != 0)
        return order < 0;
    return compare(context, (struct dn_place){a->line, a->name}, (struct dn_place){b->line, b->name}) < 0;
}

static inline void add_rows(struct dn_figures *into, const struct dn_figures *from, dn_place_compare *compare,
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

void dn_figures_add(struct dn_figures *into, const struct dn_figures *from, dn_place_compare *compare,
                    const void *context)
{
    int64_t events = into->events + from->events;
    if (from->rows > 0 && into->rows == 0)
        *into = *from;
    else if (from->rows > 0)
        add_rows(into, from, compare, context);
    into->events = events;
}

uint64_t dn_shard_hash(uint32_t incident, struct dn_text key)
{
    return dn_keyhash(key, (uint64_t)incident << 32);
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

/* Room for one more of `used` entries. */
static void grow_slots(struct dn_shard *shard, struct dn_shard_slots *slots, size_t used)
{
    if (slots->count > 0 && used * 3 < slots->count * 2)
        return;
    struct dn_shard_slots old = *slots;
    slots->count = old.count > 0 ? old.count * 2 : 64;
    slots->at = dn_alloc(slots->count, sizeof *slots->at);
    for (size_t i = 0; i < old.count; i++)
        if (old.at[i])
            put_slot(slots, old.at[i]);
    free(old.at);
    shard->bytes += (slots->count - old.count) * sizeof *slots->at;
}

static struct dn_shard_block *add_block(struct dn_shard *shard, size_t room)
{
    struct dn_shard_block *block = room == TEXTS ? shard->spare : NULL;
    if (block)
        shard->spare = block->next;
    else
        block = dn_realloc(NULL, 1, sizeof *block + room);
    *block = (struct dn_shard_block){shard->texts, room, 0};
    shard->texts = block;
    shard->bytes += sizeof *block + room;
    return block;
}

static const char *keep_text(struct dn_shard *shard, struct dn_text text)
{
    struct dn_shard_block *block = shard->texts;
    if (!block || block->room - block->used < text.size)
        block = add_block(shard, text.size > TEXTS ? text.size : TEXTS);
    char *copy = block->bytes + block->used;
    memcpy(copy, text.at, text.size);
    block->used += text.size;
    return copy;
}

struct dn_group *dn_shard_at(const struct dn_shard *shard, size_t number)
{
    return &shard->groups[number / PER_BLOCK][number % PER_BLOCK];
}

const struct dn_record_id *dn_shard_id_at(const struct dn_shard *shard, size_t number)
{
    return &shard->ids[number / PER_BLOCK][number % PER_BLOCK];
}

void dn_shard_expect_slot(const struct dn_shard *shard, uint64_t hash)
{
    if (shard->group_slots.count > 0)
        __builtin_prefetch(&shard->group_slots.at[first_slot(&shard->group_slots, hash)]);
}

uint32_t dn_shard_expect_group(const struct dn_shard *shard, uint64_t hash)
{
    const struct dn_shard_slots *slots = &shard->group_slots;
    size_t i = slots->count ? first_slot(slots, hash) : 0;
    if (slots->count == 0)
        return DN_SHARD_NONE;
    while (slots->at[i] && !same_hash(slots->at[i], hash))
        i = (i + 1) & (slots->count - 1);
    if (!slots->at[i])
        return DN_SHARD_NONE;
    const struct dn_group *group = dn_shard_at(shard, entry_of(slots->at[i]));
    __builtin_prefetch(group);
    __builtin_prefetch((const char *)group + 64);
    return entry_of(slots->at[i]);
}

void dn_shard_expect_key(const struct dn_shard *shard, uint32_t number)
{
    if (number == DN_SHARD_NONE)
        return;
    const struct dn_group *group = dn_shard_at(shard, number);
    __builtin_prefetch(group->key);
    __builtin_prefetch(group->key + group->key_size - (group->key_size > 0));
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

static struct dn_group *new_group(struct dn_shard *shard)
{
    if (shard->group_count == shard->group_blocks * PER_BLOCK) {
        shard->groups = dn_grow(shard->groups, shard->group_blocks, &shard->group_room, sizeof *shard->groups);
        shard->groups[shard->group_blocks++] = dn_realloc(NULL, PER_BLOCK, sizeof **shard->groups);
    }
    shard->bytes += sizeof **shard->groups;
    return dn_shard_at(shard, shard->group_count++);
}

uint32_t dn_shard_group(struct dn_shard *shard, uint64_t hash, uint32_t incident, struct dn_text key)
{
    uint32_t found = find_group(shard, hash, incident, key);
    if (found != DN_SHARD_NONE)
        return found;
    grow_slots(shard, &shard->group_slots, shard->group_count);
    uint32_t number = (uint32_t)shard->group_count;
    *new_group(shard) = (struct dn_group){
        .key = keep_text(shard, key), .key_size = (uint32_t)key.size, .incident = incident, .record_id = DN_SHARD_NONE};
    put_slot(&shard->group_slots, (hash << 32) | (number + 1));
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

static struct dn_record_id *new_record_id(struct dn_shard *shard)
{
    if (shard->id_count == shard->id_blocks * PER_BLOCK) {
        shard->ids = dn_grow(shard->ids, shard->id_blocks, &shard->id_room, sizeof *shard->ids);
        shard->ids[shard->id_blocks++] = dn_realloc(NULL, PER_BLOCK, sizeof **shard->ids);
    }
    shard->bytes += sizeof **shard->ids;
    size_t number = shard->id_count++;
    return &shard->ids[number / PER_BLOCK][number % PER_BLOCK];
}

void dn_shard_record_id(struct dn_shard *shard, uint64_t group_hash, uint32_t group, struct dn_text record_id)
{
    uint64_t hash = dn_keyhash(record_id, group_hash);
    if (has_record_id(shard, hash, group, record_id))
        return;
    grow_slots(shard, &shard->id_slots, shard->id_count);
    struct dn_group *of = dn_shard_at(shard, group);
    uint32_t number = (uint32_t)shard->id_count;
    struct dn_record_id *id = new_record_id(shard);
    *id = (struct dn_record_id){keep_text(shard, record_id), (uint32_t)record_id.size, group, of->record_id};
    of->record_id = number;
    of->record_ids++;
    put_slot(&shard->id_slots, (hash << 32) | (number + 1));
}

void dn_shard_empty(struct dn_shard *shard)
{
    struct dn_shard_block *next;
    for (struct dn_shard_block *block = shard->texts; block; block = next) {
        next = block->next;
        shard->bytes -= sizeof *block + block->room;
        if (block->room != TEXTS) {
            free(block);
            continue;
        }
        block->next = shard->spare;
        shard->spare = block;
    }
    shard->texts = NULL;
    shard->bytes -= shard->group_count * sizeof **shard->groups + shard->id_count * sizeof **shard->ids;
    shard->group_count = shard->id_count = 0;
    if (shard->group_slots.count > 0)
        memset(shard->group_slots.at, 0, shard->group_slots.count * sizeof *shard->group_slots.at);
    if (shard->id_slots.count > 0)
        memset(shard->id_slots.at, 0, shard->id_slots.count * sizeof *shard->id_slots.at);
}

static void free_blocks(struct dn_shard_block *block)
{
    while (block) {
        struct dn_shard_block *next = block->next;
        free(block);
        block = next;
    }
}

void dn_shard_clear(struct dn_shard *shard)
{
    free_blocks(shard->texts);
    free_blocks(shard->spare);
    for (size_t i = 0; i < shard->group_blocks; i++)
        free(shard->groups[i]);
    for (size_t i = 0; i < shard->id_blocks; i++)
        free(shard->ids[i]);
    free(shard->groups);
    free(shard->ids);
    free(shard->group_slots.at);
    free(shard->id_slots.at);
    *shard = (struct dn_shard){0};
}
