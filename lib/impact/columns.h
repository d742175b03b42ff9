/* The key of a group: columns one behind the other, each ended by a NUL, which no text holds and which sorts before
 * everything, so that the bytewise order of keys is the order by columns. Inside lib/impact only. */
#ifndef DN_IMPACT_COLUMNS_H
#define DN_IMPACT_COLUMNS_H

#include <stdint.h>

#include "base/text.h"

struct dn_columns {
    const struct dn_text *tenant, *service, *resource; /* not copied: they were stored just now, word by word */
    unsigned char effect;                              /* in the order of the effects' words */
};

/* Room for the columns of a key. */
struct dn_columns_room {
    struct dn_text tenant, service, resource;
};

/* How many bytes the key has. */
static inline size_t dn_columns_size(const struct dn_columns *columns)
{
    return columns->tenant->size + columns->service->size + columns->resource->size + 5;
}

/* Writes the key; where it ends. */
char *dn_columns_put(const struct dn_columns *columns, char *to);

/* The columns of a key, views into it that stand in `room`. */
struct dn_columns dn_columns_of(struct dn_text key, struct dn_columns_room *room);

/* The hash by which a group is known. */
uint64_t dn_columns_hash(const struct dn_columns *columns, uint32_t incident);

/* The same of the key; an empty one has a hash, too. */
uint64_t dn_columns_hash_key(struct dn_text key, uint32_t incident);

#endif
