/* A set of things of which only the 128-bit hash is kept (dn_hash_wide). */
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

/* Is it there? */
bool dn_seen_has(const struct dn_seen *seen, struct dn_hash128 hash);

/* Frees what it owns and leaves it empty. */
void dn_seen_clear(struct dn_seen *seen);

#endif
