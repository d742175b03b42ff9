/* A table of groups and their record ids in memory. Groups of one run are spread over several by their hash, so that
 * threads seldom meet and each can be emptied alone. Inside lib/impact only. */
#ifndef DN_IMPACT_SHARD_H
#define DN_IMPACT_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "incident/incident.h"
#include "time/instant.h"

/* Where the earliest row of a group stands. */
struct dn_place {
    int64_t line;  /* -1: the name says it all */
    uint32_t name; /* "file:" among the names of the run */
};

/* What is known of one group beside its key and record ids. There are very many, so nothing lies between the parts. */
struct dn_figures {
    int64_t rows, events; /* events: of rows without a record id; rows 0: only events are added */
    int64_t data_subjects;
    int64_t first_s, last_s; /* dn_figures_first, _last */
    int32_t first_ns, last_ns;
    int64_t line; /* of the earliest row, and its name: dn_place */
    uint32_t name;
    enum dn_certainty certainty;
};

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
typedef int dn_place_compare(const void *context, struct dn_place a, struct dn_place b);

/* Adds `from` to `into`. Whatever the order of additions, the sum is the same. */
void dn_figures_add(struct dn_figures *into, const struct dn_figures *from, dn_place_compare *compare,
                    const void *context);

#define DN_SHARD_NONE UINT32_MAX

/* One group; the key is in the shard's memory. */
struct dn_group {
    const char *key;
    uint32_t key_size;
    uint32_t incident;  /* among the names of the run */
    uint32_t record_id; /* the last one, DN_SHARD_NONE: none */
    uint32_t record_ids;
    struct dn_figures figures;
};

struct dn_record_id {
    const char *at;
    uint32_t size, group;
    uint32_t next; /* of the same group */
};

struct dn_shard_block;

/* A hash table from hashes to the numbers of entries. */
struct dn_shard_slots {
    uint64_t *at; /* upper half: of the hash; lower: the entry's number + 1, 0: free */
    size_t count; /* a power of two, or 0 */
};

/* Starts zeroed. */
struct dn_shard {
    struct dn_shard_slots group_slots, id_slots;
    struct dn_group **groups; /* in blocks that never move */
    struct dn_record_id **ids;
    size_t group_count, id_count, group_blocks, id_blocks, group_room, id_room;
    struct dn_shard_block *texts, *spare; /* keys and ids; blocks that are empty */
    size_t bytes;                         /* of memory that is in use */
};

/* The hash by which a group is known. */
uint64_t dn_shard_hash(uint32_t incident, struct dn_text key);

/* The look-up of a hash in steps, so that many can wait for memory together: has the slot ready in the cache a little
 * later; the group that has probably this hash, or DN_SHARD_NONE, with itself ready a little later; its key. */
void dn_shard_expect_slot(const struct dn_shard *shard, uint64_t hash);
uint32_t dn_shard_expect_group(const struct dn_shard *shard, uint64_t hash);
void dn_shard_expect_key(const struct dn_shard *shard, uint32_t group);

/* Is it this group's key? */
bool dn_shard_is(const struct dn_shard *shard, uint32_t group, uint32_t incident, struct dn_text key);

/* The number of the group, added with zero rows if it was not there. */
uint32_t dn_shard_group(struct dn_shard *shard, uint64_t hash, uint32_t incident, struct dn_text key);

/* Adds a record id to a group, once. group_hash is the group's. */
void dn_shard_record_id(struct dn_shard *shard, uint64_t group_hash, uint32_t group, struct dn_text record_id);

/* By number; good until the shard is emptied. */
struct dn_group *dn_shard_at(const struct dn_shard *shard, size_t number);
const struct dn_record_id *dn_shard_id_at(const struct dn_shard *shard, size_t number);

/* Forgets all groups but keeps the memory; gives the memory back. */
void dn_shard_empty(struct dn_shard *shard);
void dn_shard_clear(struct dn_shard *shard);

#endif
