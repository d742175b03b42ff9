/* Memory for what many shards hold, in pieces that are powers of two, cut out of huge pages: what is looked up here and
 * there in it costs few look-ups of addresses, and what one shard gives back serves another. For any thread. Inside
 * lib/impact only. */
#ifndef DN_IMPACT_POOL_H
#define DN_IMPACT_POOL_H

#include <stddef.h>

struct dn_pool;

/* Sizes of pieces. */
#define DN_POOL_LEAST ((size_t)64 << 10)
#define DN_POOL_MOST ((size_t)2 << 20)

/* An empty one; the caller frees it. */
struct dn_pool *dn_pool_new(void);

/* All pieces go with it; NULL allowed. */
void dn_pool_free(struct dn_pool *pool);

/* A piece, not zeroed; size: DN_POOL_LEAST, or twice as much again and again up to DN_POOL_MOST. Never NULL. */
void *dn_pool_take(struct dn_pool *pool, size_t size);

/* Gives a piece of that size back. */
void dn_pool_give(struct dn_pool *pool, void *at, size_t size);

#endif
