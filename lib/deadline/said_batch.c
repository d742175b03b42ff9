#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/said_entry.h"

#define FIRST_ROWS 64

/* Eight bytes as two numbers, keyed and multiplied. */
static inline uint64_t product(const char *at, const uint32_t *keys)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return (uint64_t)((uint32_t)word + keys[0]) * ((uint32_t)(word >> 32) + keys[1]);
}

/* NH (Black et al., UMAC): who does not know the keys makes two short ids meet with a chance of 2^-32, and it costs
 * about half of SipHash. Behind it the sum is spread over all bits. */
static inline uint64_t tenant_hash_of(const struct dn_said *said, struct dn_text id)
{
    if (id.size < DN_SAID_SHORT_LEAST || id.size > DN_SAID_SHORT_MOST)
        return dn_hash(id);
    const uint32_t *keys = said->keys;
    uint64_t sum = (uint64_t)(uint32_t)(id.size + keys[DN_SAID_KEYS - 2]) * keys[DN_SAID_KEYS - 1];
    for (size_t i = 0; i + 8 < id.size; i += 8, keys += 2)
        sum += product(id.at + i, keys);
    sum += product(id.at + id.size - 8, keys); /* the last ones, also if some were taken before */
    sum = (sum ^ sum >> 32) * UINT64_C(0xFF51AFD7ED558CCD);
    sum = (sum ^ sum >> 32) * UINT64_C(0xC4CEB9FE1A85EC53);
    return sum ^ sum >> 32;
}

uint64_t dn_said_tenant_hash(const struct dn_said *said, struct dn_text id)
{
    return tenant_hash_of(said, id);
}

static void grow(const struct dn_said *said, struct dn_said_rows *rows)
{
    rows->room = rows->room > 0 ? 2 * rows->room : FIRST_ROWS;
    rows->at = dn_realloc(rows->at, rows->room, sizeof *rows->at);
    if (said->has_more)
        rows->more = dn_realloc(rows->more, rows->room, sizeof *rows->more);
}

struct dn_said_row *dn_said_batch_add(const struct dn_said *said, struct dn_said_batch *batch,
                                      struct dn_said_incident *incident, struct dn_text tenant_id,
                                      struct dn_said_more **more)
{
    uint64_t tenant_hash = tenant_hash_of(said, tenant_id);
    struct dn_said_rows *rows = &batch->shards[dn_said_shard_of(tenant_id.size, tenant_hash, incident->hash)];
    if (rows->count == rows->room)
        grow(said, rows);
    struct dn_said_row *row = &rows->at[rows->count];
    *more = said->has_more ? &rows->more[rows->count] : NULL;
    rows->count++;
    row->hash = tenant_hash;
    row->incident = incident;
    row->tenant_id = tenant_id.at;
    row->tenant_size = (uint32_t)tenant_id.size;
    return row;
}

struct dn_instant *dn_said_batch_anchors(struct dn_said_batch *batch, size_t count, size_t *first)
{
    *first = batch->anchor_count;
    batch->anchor_count += count;
    if (batch->anchor_count > batch->anchor_room) {
        batch->anchor_room = 2 * batch->anchor_count;
        batch->anchors = dn_realloc(batch->anchors, batch->anchor_room, sizeof *batch->anchors);
    }
    return batch->anchors + *first;
}

void dn_said_batch_clear(struct dn_said_batch *batch)
{
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        free(batch->shards[i].at);
        free(batch->shards[i].more);
    }
    free(batch->anchors);
    *batch = (struct dn_said_batch){0};
}
