#include "deadline/said.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/pages.h"
#include "deadline/said_entry.h"
#include "deadline/said_parts.h"

#define MOST_ENTRIES ((size_t)UINT32_MAX / DN_SAID_SHARDS)
#define LINE ((size_t)64) /* of the cache */
#define PIECE ((size_t)16 << 20)

struct dn_said *dn_said_new(const struct dn_said_kind *kind)
{
    struct dn_said *said = dn_alloc(1, sizeof *said);
    bool more = kind->has_zone || kind->policies || kind->anchor_count > 0;
    said->kind = *kind;
    said->extra_size = more ? sizeof(struct dn_said_extra) + kind->anchor_count * sizeof(struct dn_instant) : 0;
    for (unsigned char i = 0; i < DN_SAID_KEYS; i++) /* it also makes the secret, before there are threads */
        said->keys[i] = (uint32_t)dn_hash((struct dn_text){(const char *)&i, 1});
    pthread_mutex_init(&said->lock, NULL);
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        pthread_mutex_init(&said->shards[i].lock, NULL);
        pthread_cond_init(&said->shards[i].turned, NULL);
    }
    return said;
}

static void clear_memory(struct dn_said_memory *memory)
{
    for (size_t i = 0; i < memory->count; i++)
        free(memory->pieces[i]);
    free(memory->pieces);
}

static void clear_shard(struct dn_said_shard *shard)
{
    dn_table_clear(&shard->incidents);
    dn_table_clear(&shard->tenants);
    dn_index_clear(&shard->pairs);
    free(shard->chunks);
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
    clear_memory(&said->memory);
    pthread_mutex_destroy(&said->lock);
    free(said);
}

/* ---- chunks */

static char *add_piece(struct dn_said_memory *memory, size_t size)
{
    memory->pieces = dn_grow(memory->pieces, memory->count, &memory->room, sizeof *memory->pieces);
    char *at = memory->pieces[memory->count++] = dn_pages_take(size + LINE, 1);
    return at + (LINE - (uintptr_t)at % LINE) % LINE;
}

/* size bytes, not zeroed, from where a line of the cache begins. alone: a piece of their own, since there may never be
 * more: huge pages would be too large then. */
static void *take(struct dn_said_memory *memory, size_t size, bool alone)
{
    size = (size + LINE - 1) / LINE * LINE;
    if (alone || size > PIECE)
        return add_piece(memory, size);
    if (size > memory->left) {
        memory->free = add_piece(memory, PIECE);
        memory->left = PIECE;
    }
    char *at = memory->free;
    memory->free += size;
    memory->left -= size;
    return at;
}

static void add_starts(struct dn_said *said, struct dn_said_chunk *chunk)
{
    chunk->starts = take(&said->memory, sizeof *chunk->starts, false);
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
            add_starts(said, &said->shards[i].chunks[c]);
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
    pthread_mutex_lock(&said->lock);
    chunk->kept = take(&said->memory, DN_SAID_CHUNK * sizeof *chunk->kept, count == 0);
    chunk->places = take(&said->memory, DN_SAID_CHUNK * sizeof *chunk->places, count == 0);
    if (said->has_starts)
        add_starts(said, chunk);
    if (said->extra_size > 0)
        chunk->extras = take(&said->memory, DN_SAID_CHUNK * said->extra_size, count == 0);
    pthread_mutex_unlock(&said->lock);
}

/* ---- ids and words */

uint32_t dn_said_word(struct dn_said *said, struct dn_text word)
{
    if (word.size == 0)
        return 0;
    pthread_mutex_lock(&said->lock);
    uint32_t number = (uint32_t)dn_table_add(&said->words, word, NULL) + 1;
    pthread_mutex_unlock(&said->lock);
    return number;
}

bool dn_said_is_pair(const struct dn_said_shard *shard, uint32_t number, uint32_t incident, struct dn_text tenant_id)
{
    const struct dn_said_kept *kept = dn_said_kept_at(shard, number);
    return kept->incident == incident && dn_said_equal(dn_table_key(&shard->tenants, kept->tenant), tenant_id);
}

uint32_t dn_said_seek(const struct dn_said_shard *shard, uint64_t hash, uint32_t incident, struct dn_text tenant_id)
{
    size_t place = dn_index_seek(&shard->pairs, hash);
    uint32_t number;
    while ((number = dn_index_next(&shard->pairs, hash, &place)) != DN_INDEX_NONE)
        if (dn_said_is_pair(shard, number, incident, tenant_id))
            return number;
    return DN_SAID_NONE;
}

/* As dn_table_add_hashed, but for an id that is mostly there, and short. */
static uint32_t tenant_of(struct dn_said_shard *shard, uint64_t hash, struct dn_text id)
{
    size_t place = dn_index_seek(&shard->tenants.index, hash);
    uint32_t number;
    while ((number = dn_index_next(&shard->tenants.index, hash, &place)) != DN_INDEX_NONE)
        if (dn_said_equal(dn_table_key(&shard->tenants, number), id))
            return number;
    return (uint32_t)dn_table_add_hashed(&shard->tenants, hash, id, NULL);
}

uint32_t dn_said_add(struct dn_said *said, struct dn_said_shard *shard, const struct dn_said_row *row,
                     uint32_t incident)
{
    size_t number = shard->count;
    struct dn_text tenant_id = {row->tenant_id, row->tenant_size};
    if (number == shard->chunk_count * DN_SAID_CHUNK)
        add_chunk(said, shard);
    *dn_said_kept_at(shard, number) =
        (struct dn_said_kept){.incident = incident,
                              .tenant = tenant_of(shard, dn_said_tenant_part(row), tenant_id),
                              .due = DN_TICKS_NONE,
                              .satisfied = DN_TICKS_NONE};
    shard->chunks[number >> DN_SAID_CHUNK_BITS].places[number % DN_SAID_CHUNK] = said->source | (uint64_t)row->line;
    dn_index_add(&shard->pairs, row->hash, (uint32_t)number);
    shard->count++;
    return (uint32_t)number;
}
