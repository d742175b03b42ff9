/* Inside lib/deadline: how what tables say is kept. */
#ifndef DN_DEADLINE_SAID_ENTRY_H
#define DN_DEADLINE_SAID_ENTRY_H

#include <pthread.h>

#include "base/table.h"
#include "deadline/said.h"
#include "deadline/said_memory.h"
#include "deadline/said_pairs.h"
#include "deadline/said_time.h"

#define DN_SAID_CHUNK_BITS 12 /* entries of a chunk */
#define DN_SAID_CHUNK ((size_t)1 << DN_SAID_CHUNK_BITS)
#define DN_SAID_LINE_BITS 40    /* of a place: a source and a line */
#define DN_SAID_NONE UINT32_MAX /* no number */

/* Which time of an entry. */
enum dn_said_when { DN_SAID_DUE, DN_SAID_SATISFIED, DN_SAID_WHENS };

enum dn_said_trouble { DN_SAID_FINE, DN_SAID_NO_TIME, DN_SAID_REPEATED, DN_SAID_TIME, DN_SAID_NO_DUE };

/* Small, since there are millions, and each row looks at one of them: 16 bytes, four to a line of the cache. What has
 * no room here is in the chunk's dn_said_far. */
struct dn_said_kept {
    uint32_t tenant;                 /* number of the shard's text */
    uint32_t seconds[DN_SAID_WHENS]; /* since 1970, DN_SAID_NO_SECONDS or DN_SAID_FAR_SECONDS */
    uint32_t incident : 20;          /* number of the shard's text, or DN_SAID_FAR_INCIDENT */
    uint32_t word : 8;               /* of the state that said told first, or DN_SAID_FAR_WORD */
    uint32_t trouble : 3, unsure : 1;
};
#define DN_SAID_NO_SECONDS UINT32_MAX /* there is no time: later than any that is */
#define DN_SAID_FAR_SECONDS (UINT32_MAX - 1)
#define DN_SAID_FAR_INCIDENT (((uint32_t)1 << 20) - 1)
#define DN_SAID_FAR_WORD (((uint32_t)1 << 8) - 1)

/* Times before 1970 or from 2106 on, and what comes after a million incidents or 255 words. */
struct dn_said_far {
    struct dn_instant at[DN_SAID_WHENS];
    uint32_t incident, word;
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
    uint32_t *lines;                 /* of their first rows, behind a base */
    int32_t (*parts)[DN_SAID_WHENS]; /* of seconds, in ns; NULL: all are whole */
    struct dn_said_far *far;         /* NULL: none needs it */
    struct dn_said_starts *starts;   /* NULL: no table says any */
    char *extras;                    /* NULL: there are none */
};

/* The place from which lines are counted, of an entry and those behind it. */
struct dn_said_base {
    uint32_t from;
    uint64_t place;
};

struct dn_said_shard {
    struct dn_table incidents, tenants;
    struct dn_said_pairs pairs;
    struct dn_said_chunk *chunks;
    size_t chunk_count, chunk_room;
    size_t count;
    bool seconds; /* no entry has parts of them */
    struct dn_said_base *bases;
    size_t base_count, base_room;
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t turned;
    size_t turn; /* the block that may come now */
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
    struct dn_said_memory memory;
    pthread_mutex_t lock;  /* guards: */
    struct dn_table words; /* states and zones */
    struct dn_said_shard shards[DN_SAID_SHARDS];
};

/* The chunk of the entry with this number. */
static inline struct dn_said_chunk *dn_said_chunk_at(const struct dn_said_shard *shard, size_t number)
{
    return &shard->chunks[number >> DN_SAID_CHUNK_BITS];
}

/* The entry itself. */
static inline struct dn_said_kept *dn_said_kept_at(const struct dn_said_shard *shard, size_t number)
{
    return &dn_said_chunk_at(shard, number)->kept[number & (DN_SAID_CHUNK - 1)];
}

/* What only entries need that have no room for it; not for others. */
static inline struct dn_said_far *dn_said_far_at(const struct dn_said_shard *shard, size_t number)
{
    return &dn_said_chunk_at(shard, number)->far[number & (DN_SAID_CHUNK - 1)];
}

/* What it has beside, where tables have more to say (said->extra_size). */
static inline struct dn_said_extra *dn_said_extra_at(const struct dn_said *said, const struct dn_said_shard *shard,
                                                     size_t number)
{
    char *extras = dn_said_chunk_at(shard, number)->extras;
    return (struct dn_said_extra *)(void *)(extras + (number & (DN_SAID_CHUNK - 1)) * said->extra_size);
}

/* An entry's incident and word, wherever they are. */
static inline uint32_t dn_said_incident_of(const struct dn_said_shard *shard, size_t number)
{
    uint32_t incident = dn_said_kept_at(shard, number)->incident;
    return incident != DN_SAID_FAR_INCIDENT ? incident : dn_said_far_at(shard, number)->incident;
}

static inline uint32_t dn_said_word_of(const struct dn_said_shard *shard, size_t number)
{
    uint32_t word = dn_said_kept_at(shard, number)->word;
    return word != DN_SAID_FAR_WORD ? word : dn_said_far_at(shard, number)->word;
}

/* The source and line of the entry's first row: source << DN_SAID_LINE_BITS | line. */
uint64_t dn_said_place(const struct dn_said_shard *shard, size_t number);

/* A time as an entry has it; only far ones need a closer look. */
static inline uint32_t dn_said_seconds(struct dn_instant at)
{
    if (at.ns < 0)
        return DN_SAID_NO_SECONDS;
    return at.s >= 0 && at.s < DN_SAID_FAR_SECONDS ? (uint32_t)at.s : DN_SAID_FAR_SECONDS;
}

/* An entry's time. */
struct dn_instant dn_said_time(const struct dn_said_shard *shard, size_t number, enum dn_said_when when);
void dn_said_set_time(struct dn_said *said, struct dn_said_shard *shard, size_t number, enum dn_said_when when,
                      struct dn_instant at);
void dn_said_set_word(struct dn_said *said, struct dn_said_shard *shard, size_t number, uint32_t word);

/* The number of a tenant's id; DN_SAID_NONE: it is not there. */
uint32_t dn_said_tenant_find(const struct dn_said_shard *shard, uint64_t hash, struct dn_text id);

/* A tenant's entries lie in one shard, where its id is kept once. */
static inline uint32_t dn_said_shard_of(size_t tenant_size, uint64_t tenant_hash, uint64_t incident_hash)
{
    return (uint32_t)((tenant_size > 0 ? tenant_hash : incident_hash) % DN_SAID_SHARDS);
}

/* The hash of a pair, by the numbers of the shard's texts: keyed, since an attacker may know these. */
static inline uint32_t dn_said_pair_hash(const struct dn_said *said, uint32_t incident, uint32_t tenant)
{
    uint64_t product = (uint64_t)(uint32_t)(incident + said->keys[0]) * (uint32_t)(tenant + said->keys[1]);
    product = (product ^ product >> 32) * UINT64_C(0xFF51AFD7ED558CCD);
    return (uint32_t)(product >> 32);
}

/* The number of the entry of a pair; DN_SAID_NONE: there is none. */
uint32_t dn_said_seek(const struct dn_said_shard *shard, uint32_t hash, uint32_t incident, uint32_t tenant);

/* Does the entry have them? */
static inline bool dn_said_is_pair(const struct dn_said_shard *shard, uint32_t number, uint32_t incident,
                                   uint32_t tenant)
{
    return dn_said_kept_at(shard, number)->tenant == tenant && dn_said_incident_of(shard, number) == incident;
}

/* A new entry, which has its pair, its place and no times. */
uint32_t dn_said_add(struct dn_said *said, struct dn_said_shard *shard, uint32_t hash, uint32_t incident,
                     uint32_t tenant, int64_t line);

#endif
