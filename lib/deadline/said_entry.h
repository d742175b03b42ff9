/* Inside lib/deadline: how what tables say is kept. */
#ifndef DN_DEADLINE_SAID_ENTRY_H
#define DN_DEADLINE_SAID_ENTRY_H

#include <pthread.h>

#include "base/table.h"
#include "deadline/said.h"
#include "deadline/said_time.h"

#define DN_SAID_CHUNK_BITS 12 /* entries of a chunk */
#define DN_SAID_CHUNK ((size_t)1 << DN_SAID_CHUNK_BITS)
#define DN_SAID_LINE_BITS 40 /* of a place: a source and a line */
#define DN_SAID_NONE UINT32_MAX

enum dn_said_trouble { DN_SAID_FINE, DN_SAID_NO_TIME, DN_SAID_REPEATED, DN_SAID_TIME, DN_SAID_NO_DUE };

/* Small, since there are millions, and each row looks at one of them: 32 bytes, two to a line of the cache. */
struct dn_said_kept {
    uint32_t incident, tenant; /* numbers of the shard's texts */
    int64_t due, satisfied;    /* ticks */
    uint32_t word;             /* of the state that said told first */
    uint8_t due_rest, satisfied_rest;
    uint8_t trouble : 7, unsure : 1;
};

/* What only some tables say. */
struct dn_said_extra {
    uint32_t zone;
    struct dn_instant under[DN_POLICY_COUNT];
    struct dn_instant anchors[];
};

/* When clocks started, if a table says so. */
struct dn_said_starts {
    int64_t ticks[DN_SAID_CHUNK];
    uint8_t rest[DN_SAID_CHUNK];
};

/* So many entries, and what is not looked at for each row. */
struct dn_said_chunk {
    struct dn_said_kept *kept;
    uint64_t *places;              /* of their first rows */
    struct dn_said_starts *starts; /* NULL: no table says any */
    char *extras;                  /* NULL: there are none */
};

struct dn_said_shard {
    struct dn_table incidents, tenants;
    struct dn_index pairs;
    struct dn_said_chunk *chunks;
    size_t chunk_count, chunk_room;
    size_t count;
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t turned;
    size_t turn; /* the block that may come now */
};

/* Memory for chunks, taken in pieces so large that huge pages can be behind most of it. */
struct dn_said_memory {
    void **pieces;
    size_t count, room;
    char *free; /* the rest of the last large one, where a line of the cache begins */
    size_t left;
};

/* Ids of this size have a hash of their own. */
#define DN_SAID_SHORT_LEAST 8
#define DN_SAID_SHORT_MOST 48
#define DN_SAID_KEYS (DN_SAID_SHORT_MOST / 4 + 2)

struct dn_said {
    struct dn_said_kind kind;
    size_t extra_size;           /* 0: there are none */
    uint32_t keys[DN_SAID_KEYS]; /* of the hash of short ids */
    uint64_t source;
    bool has_due, has_more; /* the table has */
    bool has_starts;        /* a table had */
    pthread_mutex_t lock;   /* guards: */
    struct dn_said_memory memory;
    struct dn_table words; /* states and zones */
    struct dn_said_shard shards[DN_SAID_SHARDS];
};

static inline struct dn_said_kept *dn_said_kept_at(const struct dn_said_shard *shard, size_t number)
{
    return &shard->chunks[number >> DN_SAID_CHUNK_BITS].kept[number & (DN_SAID_CHUNK - 1)];
}

static inline struct dn_said_extra *dn_said_extra_at(const struct dn_said *said, const struct dn_said_shard *shard,
                                                     size_t number)
{
    char *extras = shard->chunks[number >> DN_SAID_CHUNK_BITS].extras;
    return (struct dn_said_extra *)(void *)(extras + (number & (DN_SAID_CHUNK - 1)) * said->extra_size);
}

/* A tenant's entries lie in one shard, where its id is kept once. */
static inline uint32_t dn_said_shard_of(size_t tenant_size, uint64_t tenant_hash, uint64_t incident_hash)
{
    return (uint32_t)((tenant_size > 0 ? tenant_hash : incident_hash) % DN_SAID_SHARDS);
}

/* What each incident adds to the hash of a tenant, to be the one of their pair. */
static inline uint64_t dn_said_incident_part(uint64_t incident_hash)
{
    return incident_hash * UINT64_C(0x9E3779B97F4A7C15);
}

/* And the hash of a row's tenant again. */
static inline uint64_t dn_said_tenant_part(const struct dn_said_row *row)
{
    return row->hash - dn_said_incident_part(row->incident->hash);
}

/* The number of the entry of a pair, whose incident has that number in the shard; DN_SAID_NONE: there is none. */
uint32_t dn_said_seek(const struct dn_said_shard *shard, uint64_t hash, uint32_t incident, struct dn_text tenant_id);

/* Does the entry have them? */
bool dn_said_is_pair(const struct dn_said_shard *shard, uint32_t number, uint32_t incident, struct dn_text tenant_id);

/* A new entry, which has its pair and no times. */
uint32_t dn_said_add(struct dn_said *said, struct dn_said_shard *shard, const struct dn_said_row *row,
                     uint32_t incident);

#endif
