#include "impact/store.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

_Static_assert(DN_STORE_BLOCK == DN_POOL_LEAST, "a block is a piece of the pool");

/* The first blocks are small: most shards of a small run hold little. */
static size_t room_for(const struct dn_store *store, size_t size)
{
    size_t room = store->count == 0 ? DN_STORE_BLOCK / 16 : store->count == 1 ? DN_STORE_BLOCK / 4 : DN_STORE_BLOCK;
    return size > room ? size : room;
}

static struct dn_store_block *add_block(struct dn_store *store, size_t size)
{
    size_t room = room_for(store, size);
    bool pooled = store->pool && room == DN_STORE_BLOCK;
    store->blocks = dn_grow(store->blocks, store->count, &store->blocks_room, sizeof *store->blocks);
    struct dn_store_block *block = &store->blocks[store->count++];
    *block = (struct dn_store_block){pooled ? dn_pool_take(store->pool, room) : dn_realloc(NULL, room, 1), 0, room};
    store->bytes += room;
    return block;
}

uint32_t dn_store_add(struct dn_store *store, size_t size)
{
    struct dn_store_block *block = store->count > 0 ? &store->blocks[store->count - 1] : NULL;
    size_t taken = dn_store_size(size);
    if (!block || block->room - block->used < taken)
        block = add_block(store, taken);
    uint32_t number = (uint32_t)((store->count - 1) << DN_STORE_BITS | block->used / DN_STORE_UNIT);
    block->used += taken;
    return number;
}

void dn_store_empty(struct dn_store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        struct dn_store_block *block = &store->blocks[i];
        if (store->pool && block->room == DN_STORE_BLOCK)
            dn_pool_give(store->pool, block->at, block->room);
        else
            free(block->at);
    }
    store->count = 0;
    store->bytes = 0;
}

void dn_store_clear(struct dn_store *store)
{
    dn_store_empty(store);
    free(store->blocks);
    *store = (struct dn_store){.pool = store->pool};
}
