/* A hash index over keys that somebody else holds: from a hash to the numbers that were put under it. It knows no keys,
 * so who asks must look whether a number's key is the right one. Eight bytes a place, one cache line a question. */
#ifndef DN_BASE_INDEX_H
#define DN_BASE_INDEX_H

#include <stddef.h>
#include <stdint.h>

/* Starts zeroed. A place has the upper half of the hash and the number + 1 (0: free); places stand in the order of
 * their hashes, so growing is one walk. */
struct dn_index {
    uint64_t *at;
    size_t room; /* a power of two, or 0 */
    size_t count;
    unsigned shift; /* of the upper half of a hash to its place */
};

#define DN_INDEX_NONE UINT32_MAX /* numbers are smaller than this */

/* Puts a number under a hash, beside those that are there. */
void dn_index_add(struct dn_index *index, uint64_t hash, uint32_t number);

/* Where the numbers under a hash begin. */
static inline size_t dn_index_seek(const struct dn_index *index, uint64_t hash)
{
    return index->room ? (size_t)(hash >> 32) >> index->shift : 0;
}

/* The next number that may be under the hash, *place (from dn_index_seek) going behind it; DN_INDEX_NONE: no more. */
static inline uint32_t dn_index_next(const struct dn_index *index, uint64_t hash, size_t *place)
{
    for (size_t i = *place; index->room && (uint32_t)index->at[i] != 0;) {
        uint64_t found = index->at[i];
        i = (i + 1) & (index->room - 1);
        if (found >> 32 == hash >> 32) {
            *place = i;
            return (uint32_t)found - 1;
        }
    }
    return DN_INDEX_NONE;
}

/* Replaces the number that dn_index_next has just given. */
static inline void dn_index_replace(struct dn_index *index, size_t place, uint32_t number)
{
    uint64_t *at = &index->at[(place - 1) & (index->room - 1)];
    *at = (*at >> 32) << 32 | (number + 1);
}

/* Fetches into the cache what lies there: a hint, and nothing where the compiler knows none. A function that does
 * nothing else looks to GCC as if it did nothing at all, and its calls are left out: hence the empty instruction. */
static inline void dn_prefetch(const void *at)
{
#ifdef __GNUC__
    __builtin_prefetch(at);
    __asm__ volatile("");
#else
    (void)at;
#endif
}

/* Fetches what a question after this hash will look at. */
static inline void dn_index_prefetch(const struct dn_index *index, uint64_t hash)
{
    if (index->room)
        dn_prefetch(&index->at[dn_index_seek(index, hash)]);
}

/* Frees what it owns and leaves it empty. */
void dn_index_clear(struct dn_index *index);

#endif
