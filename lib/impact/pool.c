#include "impact/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/pages.h"

#define CLASSES 6 /* from DN_POOL_LEAST to DN_POOL_MOST */

/* A piece that nobody has. */
struct piece {
    struct piece *next;
};

struct dn_pool {
    pthread_mutex_t lock;
    struct piece *pieces[CLASSES]; /* by size */
    void **slabs;
    size_t slab_count, slab_room;
};

struct dn_pool *dn_pool_new(void)
{
    struct dn_pool *pool = dn_alloc(1, sizeof *pool);
    pthread_mutex_init(&pool->lock, NULL);
    return pool;
}

void dn_pool_free(struct dn_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->slab_count; i++)
        free(pool->slabs[i]);
    free(pool->slabs);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static int level_of(size_t size)
{
    int level = 0;
    while (DN_POOL_LEAST << level < size)
        level++;
    return level;
}

static void put(struct dn_pool *pool, void *at, int level)
{
    struct piece *piece = at;
    piece->next = pool->pieces[level];
    pool->pieces[level] = piece;
}

static void *add_slab(struct dn_pool *pool)
{
    pool->slabs = dn_grow(pool->slabs, pool->slab_count, &pool->slab_room, sizeof *pool->slabs);
    void *slab = dn_pages_slab(DN_POOL_MOST);
    pool->slabs[pool->slab_count++] = slab;
    return slab;
}

/* The smallest piece that is large enough, and its upper halves given back until it is as small as is asked. */
static void *cut(struct dn_pool *pool, int wanted)
{
    int level = wanted;
    while (level < CLASSES && !pool->pieces[level])
        level++;
    struct piece *piece = level < CLASSES ? pool->pieces[level] : add_slab(pool);
    if (level < CLASSES)
        pool->pieces[level] = piece->next;
    else
        level--;
    while (level-- > wanted)
        put(pool, (char *)piece + (DN_POOL_LEAST << level), level);
    return piece;
}

void *dn_pool_take(struct dn_pool *pool, size_t size)
{
    pthread_mutex_lock(&pool->lock);
    void *at = cut(pool, level_of(size));
    pthread_mutex_unlock(&pool->lock);
    return at;
}

void dn_pool_give(struct dn_pool *pool, void *at, size_t size)
{
    pthread_mutex_lock(&pool->lock);
    put(pool, at, level_of(size));
    pthread_mutex_unlock(&pool->lock);
}
