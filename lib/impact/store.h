/* Records of any size in blocks of memory that never move, each found by a number of 32 bits. Inside lib/impact only.
 */
#ifndef DN_IMPACT_STORE_H
#define DN_IMPACT_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "impact/pool.h"

#define DN_STORE_UNIT ((size_t)8)                                     /* bytes that records are rounded up to */
#define DN_STORE_BITS 13                                              /* of a number: where in its block */
#define DN_STORE_BLOCK (((size_t)1 << DN_STORE_BITS) * DN_STORE_UNIT) /* bytes of most blocks */
#define DN_STORE_MOST_BYTES                                                                                            \
    (((size_t)1 << (31 - DN_STORE_BITS)) * DN_STORE_BLOCK) /* whose records surely have numbers */

/* Starts zeroed, but for the pool. */
struct dn_store {
    struct dn_pool *pool; /* borrowed; NULL: memory is the system's */
    struct dn_store_block {
        char *at;
        size_t used, room;
    } * blocks;
    size_t count, blocks_room;
    size_t bytes; /* of all blocks */
};

/* The bytes that a record of this size takes. */
static inline size_t dn_store_size(size_t size)
{
    return (size + DN_STORE_UNIT - 1) / DN_STORE_UNIT * DN_STORE_UNIT;
}

/* Makes room for one more record; its number. */
uint32_t dn_store_add(struct dn_store *store, size_t size);

/* The record, aligned for any of our structures, until the store is emptied. */
static inline void *dn_store_at(const struct dn_store *store, uint32_t number)
{
    size_t unit = number & (((uint32_t)1 << DN_STORE_BITS) - 1);
    return store->blocks[number >> DN_STORE_BITS].at + unit * DN_STORE_UNIT;
}

/* Forgets all records and gives the memory back. */
void dn_store_empty(struct dn_store *store);

/* The same, and the list of blocks. */
void dn_store_clear(struct dn_store *store);

#endif
