/* A set of things of which only the 128-bit hash is kept (dn_keyhash_wide). */
#ifndef DN_TENANT_SEEN_H
#define DN_TENANT_SEEN_H

#include <stdbool.h>

#include "base/table.h"

/* Starts zeroed. */
struct dn_seen {
    struct dn_hash128 *at;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* Adds one; true if it was not there. */
bool dn_seen_add(struct dn_seen *seen, struct dn_hash128 hash);

/* Fetches what adding it will look at. */
static inline void dn_seen_prefetch(const struct dn_seen *seen, struct dn_hash128 hash)
{
    if (seen->room)
        dn_prefetch(&seen->at[(size_t)hash.half[0] & (seen->room - 1)]);
}

/* Is it there? */
bool dn_seen_has(const struct dn_seen *seen, struct dn_hash128 hash);

/* Frees what it owns and leaves it empty. */
void dn_seen_clear(struct dn_seen *seen);

#endif
