/* Inside lib/deadline: from the hash of a pair to the numbers of entries that may have it. Four bytes a place, since
 * there are millions: the number, and as many bits of the hash beside it as are left. Where one stands says the rest.
 */
#ifndef DN_DEADLINE_SAID_PAIRS_H
#define DN_DEADLINE_SAID_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/index.h"

/* Starts zeroed. */
struct dn_said_pairs {
    uint32_t *at;  /* the number + 1 in the lower bits, 0: free; above them the lower bits of the hash */
    unsigned bits; /* 2^bits places; 0: none yet */
};

/* How many places there are. */
static inline size_t dn_said_pairs_room(const struct dn_said_pairs *pairs)
{
    return pairs->bits > 0 ? (size_t)1 << pairs->bits : 0;
}

/* Are so many entries as much as it can take? */
static inline bool dn_said_pairs_full(const struct dn_said_pairs *pairs, size_t count)
{
    return count * 4 >= dn_said_pairs_room(pairs) * 3;
}

/* Where the numbers of a hash begin. Not to be asked while it has no places. */
static inline size_t dn_said_pairs_seek(const struct dn_said_pairs *pairs, uint32_t hash)
{
    return hash >> (32 - pairs->bits);
}

/* The next number that may have the hash, *place going behind it; DN_INDEX_NONE: no more. */
static inline uint32_t dn_said_pairs_next(const struct dn_said_pairs *pairs, uint32_t hash, size_t *place)
{
    const uint32_t mask = ((uint32_t)1 << pairs->bits) - 1;
    const uint32_t rest = hash << pairs->bits;
    for (size_t i = *place;;) {
        uint32_t found = pairs->at[i];
        i = (i + 1) & mask;
        if (found == 0)
            return DN_INDEX_NONE;
        if (((found ^ rest) & ~mask) == 0) {
            *place = i;
            return (found & mask) - 1;
        }
    }
}

/* Puts a number under a hash: there is room for it, and it is smaller than the number of places less one. */
static inline void dn_said_pairs_put(struct dn_said_pairs *pairs, uint32_t hash, uint32_t number)
{
    const uint32_t mask = ((uint32_t)1 << pairs->bits) - 1;
    size_t i = dn_said_pairs_seek(pairs, hash);
    while (pairs->at[i] != 0)
        i = (i + 1) & mask;
    pairs->at[i] = (hash << pairs->bits) | (number + 1);
}

#endif
