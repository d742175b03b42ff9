/* A table of groups and their record ids in memory. Groups of one run are spread over several by their hash, so that
 * threads seldom meet and each can be emptied alone. Inside lib/impact only. */
#ifndef DN_IMPACT_SHARD_H
#define DN_IMPACT_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "impact/store.h"
#include "incident/incident.h"
#include "time/instant.h"

/* Where the earliest row of a group stands. */
struct dn_row_place {
    int64_t line;  /* -1: the name says it all */
    uint32_t name; /* "file:" among the names of the run */
};

/* What is known of one group beside its key and record ids. There are very many, so nothing lies between the parts. */
struct dn_figures {
    int64_t rows, events; /* events: of rows without a record id; rows 0: only events are added */
    int64_t data_subjects;
    int64_t first_s, last_s; /* dn_figures_first, _last */
    int32_t first_ns, last_ns;
    int64_t line; /* of the earliest row, and its name: dn_row_place */
    uint32_t name;
    enum dn_certainty certainty;
};

/* The first and the last time of its rows, taken out and put in. */
static inline struct dn_instant dn_figures_first(const struct dn_figures *figures)
{
    return (struct dn_instant){figures->first_s, figures->first_ns};
}

static inline struct dn_instant dn_figures_last(const struct dn_figures *figures)
{
    return (struct dn_instant){figures->last_s, figures->last_ns};
}

static inline void dn_figures_span(struct dn_figures *figures, struct dn_instant first, struct dn_instant last)
{
    figures->first_s = first.s;
    figures->first_ns = first.ns;
    figures->last_s = last.s;
    figures->last_ns = last.ns;
}

/* In which order places come: <0, 0, >0. */
typedef int dn_row_place_compare(const void *context, struct dn_row_place a, struct dn_row_place b);

/* Adds `from` to `into`. Whatever the order of additions, the sum is the same. */
void dn_figures_add(struct dn_figures *into, const struct dn_figures *from, dn_row_place_compare *compare,
                    const void *context);

#define DN_SHARD_NONE UINT32_MAX

/* One group; its key is right behind, so that one wait for memory brings both. */
struct dn_group {
    uint32_t key_size;
    uint32_t incident;  /* among the names of the run */
    uint32_t record_id; /* the last one, DN_SHARD_NONE: none */
    uint32_t record_ids;
    struct dn_figures figures;
    char key[];
};

/* Its key, a view good as long as the group. */
static inline struct dn_text dn_group_key(const struct dn_group *group)
{
    return (struct dn_text){group->key, group->key_size};
}

/* A record id of a group, its bytes right behind. */
struct dn_record_id {
    uint32_t size, group;
    uint32_t next; /* of the same group */
    char at[];
};

/* A hash table from hashes to the numbers of records. */
struct dn_shard_slots {
    uint64_t *at; /* upper half: of the hash; lower: the record's number + 1, 0: free */
    size_t count; /* a power of two, or 0 */
    size_t used;
};

/* Begun by dn_shard_begin. */
struct dn_shard {
    struct dn_pool *pool;
    struct dn_shard_slots group_slots, id_slots;
    struct dn_store groups, ids;
};

/* An empty shard with memory from a pool, which is borrowed; NULL: from the system. */
struct dn_shard dn_shard_begin(struct dn_pool *pool);

/* Bytes of memory in use. */
size_t dn_shard_bytes(const struct dn_shard *shard);

/* The look-up of a hash in steps, so that many can wait for memory together: has the slot ready in the cache a little
 * later; the group that has probably this hash, or DN_SHARD_NONE, with itself and a key of that size ready a little
 * later. */
void dn_shard_expect_slot(const struct dn_shard *shard, uint64_t hash);
uint32_t dn_shard_expect_group(const struct dn_shard *shard, uint64_t hash, size_t key_size);

/* Is it this group's key? */
bool dn_shard_is(const struct dn_shard *shard, uint32_t group, uint32_t incident, struct dn_text key);

/* The number of the group, added with zero rows if it was not there. */
uint32_t dn_shard_group(struct dn_shard *shard, uint64_t hash, uint32_t incident, struct dn_text key);

/* Adds a record id to a group, once. group_hash is the group's. */
void dn_shard_record_id(struct dn_shard *shard, uint64_t group_hash, uint32_t group, struct dn_text record_id);

/* By number; good until the shard is emptied. */
static inline struct dn_group *dn_shard_at(const struct dn_shard *shard, uint32_t number)
{
    return dn_store_at(&shard->groups, number);
}

static inline const struct dn_record_id *dn_shard_id_at(const struct dn_shard *shard, uint32_t number)
{
    return dn_store_at(&shard->ids, number);
}

/* One group after the other; `place` starts zeroed. NULL: that was all. */
struct dn_shard_place {
    size_t block, at;
};
struct dn_group *dn_shard_next(const struct dn_shard *shard, struct dn_shard_place *place);

/* How many groups there are. */
static inline size_t dn_shard_count(const struct dn_shard *shard)
{
    return shard->group_slots.used;
}

/* Forgets all groups but keeps the slots; gives all memory back. */
void dn_shard_empty(struct dn_shard *shard);
void dn_shard_clear(struct dn_shard *shard);

#endif
