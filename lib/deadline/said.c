#include "deadline/said.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/said_entry.h"
#include "deadline/said_parts.h"

#define MOST_ENTRIES ((size_t)UINT32_MAX / DN_SAID_SHARDS)
#define FIRST_BITS 4
#define LARGE ((size_t)64 << 10) /* bytes of an index that is not one of few entries */

struct dn_said *dn_said_new(const struct dn_said_kind *kind)
{
    struct dn_said *said = dn_alloc(1, sizeof *said);
    bool more = kind->has_zone || kind->policies || kind->anchor_count > 0;
    said->kind = *kind;
    said->extra_size = more ? sizeof(struct dn_said_extra) + kind->anchor_count * sizeof(struct dn_instant) : 0;
    for (unsigned char i = 0; i < DN_SAID_KEYS; i++) /* it also makes the secret, before there are threads */
        said->keys[i] = (uint32_t)dn_hash((struct dn_text){(const char *)&i, 1});
    dn_said_memory_begin(&said->memory);
    pthread_mutex_init(&said->lock, NULL);
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        pthread_mutex_init(&said->shards[i].lock, NULL);
        pthread_cond_init(&said->shards[i].turned, NULL);
        said->shards[i].seconds = true;
    }
    return said;
}

static void clear_shard(struct dn_said_shard *shard)
{
    dn_table_clear(&shard->incidents);
    dn_table_clear(&shard->tenants);
    free(shard->chunks);
    free(shard->bases);
    pthread_mutex_destroy(&shard->lock);
    pthread_cond_destroy(&shard->turned);
}

void dn_said_free(struct dn_said *said)
{
    if (said == NULL)
        return;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        clear_shard(&said->shards[i]);
    dn_table_clear(&said->words);
    dn_said_memory_end(&said->memory);
    pthread_mutex_destroy(&said->lock);
    free(said);
}

/* ---- chunks */

static void add_starts(struct dn_said *said, struct dn_said_chunk *chunk, bool first)
{
    chunk->starts = dn_said_memory_take(&said->memory, sizeof *chunk->starts, first);
    for (size_t i = 0; i < DN_SAID_CHUNK; i++)
        chunk->starts->ticks[i] = DN_TICKS_NONE;
    memset(chunk->starts->rest, 0, sizeof chunk->starts->rest);
}

void dn_said_begin(struct dn_said *said, size_t source, bool has_started, bool has_due)
{
    said->source = (uint64_t)source << DN_SAID_LINE_BITS;
    said->has_due = has_due;
    said->has_more = has_started || said->kind.has_zone || said->kind.anchor_count > 0;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        said->shards[i].turn = 0;
        for (size_t c = 0; c < said->shards[i].chunk_count && has_started && !said->has_starts; c++)
            add_starts(said, &said->shards[i].chunks[c], c == 0);
    }
    said->has_starts |= has_started;
}

bool dn_said_has_more(const struct dn_said *said)
{
    return said->has_more;
}

static void add_chunk(struct dn_said *said, struct dn_said_shard *shard)
{
    size_t count = shard->chunk_count;
    if (shard->count >= MOST_ENTRIES)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* memory would have been spent long before */
    shard->chunks = dn_grow(shard->chunks, count, &shard->chunk_room, sizeof *shard->chunks);
    struct dn_said_chunk *chunk = &shard->chunks[shard->chunk_count++];
    *chunk = (struct dn_said_chunk){0};
    chunk->kept = dn_said_memory_take(&said->memory, DN_SAID_CHUNK * sizeof *chunk->kept, count == 0);
    chunk->lines = dn_said_memory_take(&said->memory, DN_SAID_CHUNK * sizeof *chunk->lines, count == 0);
    if (said->has_starts)
        add_starts(said, chunk, count == 0);
    if (said->extra_size > 0)
        chunk->extras = dn_said_memory_take(&said->memory, DN_SAID_CHUNK * said->extra_size, count == 0);
}

/* ---- what few entries need */

static struct dn_said_far *need_far(struct dn_said *said, struct dn_said_shard *shard, size_t number)
{
    struct dn_said_chunk *chunk = dn_said_chunk_at(shard, number);
    bool first = number < DN_SAID_CHUNK;
    if (chunk->far == NULL)
        chunk->far = dn_said_memory_take(&said->memory, DN_SAID_CHUNK * sizeof *chunk->far, first);
    return dn_said_far_at(shard, number);
}

static void set_part(struct dn_said *said, struct dn_said_shard *shard, size_t number, enum dn_said_when when,
                     int32_t ns)
{
    struct dn_said_chunk *chunk = dn_said_chunk_at(shard, number);
    size_t size = DN_SAID_CHUNK * sizeof *chunk->parts;
    if (chunk->parts == NULL && ns == 0)
        return;
    if (chunk->parts == NULL)
        chunk->parts = memset(dn_said_memory_take(&said->memory, size, number < DN_SAID_CHUNK), 0, size);
    shard->seconds = false;
    chunk->parts[number % DN_SAID_CHUNK][when] = ns;
}

void dn_said_set_time(struct dn_said *said, struct dn_said_shard *shard, size_t number, enum dn_said_when when,
                      struct dn_instant at)
{
    uint32_t seconds = dn_said_seconds(at);
    dn_said_kept_at(shard, number)->seconds[when] = seconds;
    if (seconds == DN_SAID_FAR_SECONDS)
        need_far(said, shard, number)->at[when] = at;
    else if (seconds != DN_SAID_NO_SECONDS)
        set_part(said, shard, number, when, at.ns);
}

struct dn_instant dn_said_time(const struct dn_said_shard *shard, size_t number, enum dn_said_when when)
{
    const struct dn_said_chunk *chunk = dn_said_chunk_at(shard, number);
    uint32_t seconds = chunk->kept[number % DN_SAID_CHUNK].seconds[when];
    if (seconds == DN_SAID_NO_SECONDS)
        return DN_INSTANT_NONE;
    if (seconds == DN_SAID_FAR_SECONDS)
        return dn_said_far_at(shard, number)->at[when];
    return (struct dn_instant){seconds, chunk->parts != NULL ? chunk->parts[number % DN_SAID_CHUNK][when] : 0};
}

void dn_said_set_word(struct dn_said *said, struct dn_said_shard *shard, size_t number, uint32_t word)
{
    bool far = word >= DN_SAID_FAR_WORD;
    dn_said_kept_at(shard, number)->word = (far ? DN_SAID_FAR_WORD : word) & DN_SAID_FAR_WORD;
    if (far)
        need_far(said, shard, number)->word = word;
}

static void set_incident(struct dn_said *said, struct dn_said_shard *shard, size_t number, uint32_t incident)
{
    bool far = incident >= DN_SAID_FAR_INCIDENT;
    dn_said_kept_at(shard, number)->incident = (far ? DN_SAID_FAR_INCIDENT : incident) & DN_SAID_FAR_INCIDENT;
    if (far)
        need_far(said, shard, number)->incident = incident;
}

/* Places of a shard's entries hardly ever step back, and mostly go on by little. */
static void set_place(struct dn_said_shard *shard, size_t number, uint64_t place)
{
    size_t count = shard->base_count;
    if (count == 0 || place - shard->bases[count - 1].place > UINT32_MAX) {
        shard->bases = dn_grow(shard->bases, count, &shard->base_room, sizeof *shard->bases);
        shard->bases[shard->base_count++] = (struct dn_said_base){(uint32_t)number, place};
    }
    uint64_t base = shard->bases[shard->base_count - 1].place;
    dn_said_chunk_at(shard, number)->lines[number % DN_SAID_CHUNK] = (uint32_t)(place - base);
}

/* ---- entries by their pair */

/* Twice as many places. The old ones' memory serves for entries. */
static void grow_pairs(struct dn_said *said, struct dn_said_shard *shard)
{
    struct dn_said_pairs old = shard->pairs, *pairs = &shard->pairs;
    pairs->bits = old.bits > 0 ? old.bits + 1 : FIRST_BITS;
    size_t size = dn_said_pairs_room(pairs) * sizeof *pairs->at;
    pairs->at = memset(dn_said_memory_take(&said->memory, size, size < LARGE), 0, size);
    for (size_t i = 0; i < shard->count; i++) {
        uint32_t incident = dn_said_incident_of(shard, i), tenant = dn_said_kept_at(shard, i)->tenant;
        dn_said_pairs_put(pairs, dn_said_pair_hash(said, incident, tenant), (uint32_t)i);
    }
    if (old.bits > 0)
        dn_said_memory_give(&said->memory, old.at, dn_said_pairs_room(&old) * sizeof *old.at);
}

uint32_t dn_said_seek(const struct dn_said_shard *shard, uint32_t hash, uint32_t incident, uint32_t tenant)
{
    const struct dn_said_pairs *pairs = &shard->pairs;
    size_t place = pairs->bits > 0 ? dn_said_pairs_seek(pairs, hash) : 0;
    uint32_t number;
    while (pairs->bits > 0 && (number = dn_said_pairs_next(pairs, hash, &place)) != DN_INDEX_NONE)
        if (dn_said_is_pair(shard, number, incident, tenant))
            return number;
    return DN_SAID_NONE;
}

uint32_t dn_said_add(struct dn_said *said, struct dn_said_shard *shard, uint32_t hash, uint32_t incident,
                     uint32_t tenant, int64_t line)
{
    size_t number = shard->count;
    if (number == shard->chunk_count * DN_SAID_CHUNK)
        add_chunk(said, shard);
    if (dn_said_pairs_full(&shard->pairs, number + 1))
        grow_pairs(said, shard);
    *dn_said_kept_at(shard, number) =
        (struct dn_said_kept){.tenant = tenant, .seconds = {DN_SAID_NO_SECONDS, DN_SAID_NO_SECONDS}};
    set_incident(said, shard, number, incident);
    set_place(shard, number, said->source | (uint64_t)line);
    dn_said_pairs_put(&shard->pairs, hash, (uint32_t)number);
    shard->count++;
    return (uint32_t)number;
}

/* ---- ids and words */

uint32_t dn_said_tenant_find(const struct dn_said_shard *shard, uint64_t hash, struct dn_text id)
{
    size_t place = dn_index_seek(&shard->tenants.index, hash);
    uint32_t number;
    while ((number = dn_index_next(&shard->tenants.index, hash, &place)) != DN_INDEX_NONE)
        if (dn_said_equal(dn_table_key(&shard->tenants, number), id))
            return number;
    return DN_SAID_NONE;
}

uint32_t dn_said_word(struct dn_said *said, struct dn_text word)
{
    if (word.size == 0)
        return 0;
    pthread_mutex_lock(&said->lock);
    uint32_t number = (uint32_t)dn_table_add(&said->words, word, NULL) + 1;
    pthread_mutex_unlock(&said->lock);
    return number;
}
