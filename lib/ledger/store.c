#include "ledger/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BLOCK ((size_t)64 << 10)

struct dn_ledger_block {
    struct dn_ledger_block *next;
    size_t used, room;
    char bytes[];
};

char *dn_ledger_store(struct dn_ledger *ledger, struct dn_text bytes)
{
    struct dn_ledger_block *block = ledger->blocks;
    if (block == NULL || block->room - block->used < bytes.size) {
        size_t room = bytes.size > BLOCK ? bytes.size : BLOCK;
        block = dn_alloc(1, sizeof *block + room);
        block->room = room;
        block->next = ledger->blocks;
        ledger->blocks = block;
    }
    char *at = block->bytes + block->used;
    if (bytes.size > 0)
        memcpy(at, bytes.at, bytes.size);
    block->used += bytes.size;
    return at;
}

static void index_row(struct dn_ledger *ledger, struct dn_text key)
{
    bool added;
    size_t entry = dn_table_add(&ledger->keys, key, &added);
    if (added)
        ledger->last = dn_grow(ledger->last, entry, &ledger->last_room, sizeof *ledger->last);
    ledger->last[entry] = ledger->count;
}

void dn_ledger_keep(struct dn_ledger *ledger, const struct dn_ledger_row *row)
{
    if (ledger->count == ledger->chunk_count * DN_LEDGER_CHUNK) {
        ledger->chunks = dn_grow(ledger->chunks, ledger->chunk_count, &ledger->chunk_room, sizeof *ledger->chunks);
        ledger->chunks[ledger->chunk_count++] = dn_alloc(DN_LEDGER_CHUNK, sizeof **ledger->chunks);
    }
    index_row(ledger, row->key);
    ledger->chunks[ledger->count / DN_LEDGER_CHUNK][ledger->count % DN_LEDGER_CHUNK] = *row;
    ledger->count++;
}

void dn_ledger_settle(struct dn_ledger *ledger, int64_t size)
{
    dn_buf_reset(&ledger->pending);
    ledger->committed_size = size;
    ledger->committed_count = ledger->count;
    memcpy(ledger->committed_chain, ledger->chain.value, DN_SHA256_HEX);
}

size_t dn_ledger_count(const struct dn_ledger *ledger)
{
    return ledger->count;
}

const struct dn_ledger_row *dn_ledger_at(const struct dn_ledger *ledger, size_t index)
{
    return &ledger->chunks[index / DN_LEDGER_CHUNK][index % DN_LEDGER_CHUNK];
}

const struct dn_ledger_row *dn_ledger_last(const struct dn_ledger *ledger, struct dn_text key)
{
    size_t entry = dn_table_find(&ledger->keys, key);
    return entry == SIZE_MAX ? NULL : dn_ledger_at(ledger, ledger->last[entry]);
}

void dn_ledger_head(const struct dn_ledger *ledger, struct dn_buf *head)
{
    dn_buf_addf(head, "%zu %s", ledger->committed_count, ledger->committed_chain);
}
