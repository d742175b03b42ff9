#include "tenant/seen.h"

#include <stdlib.h>

#include "base/pages.h"

static bool same(struct dn_hash128 a, struct dn_hash128 b)
{
    return a.half[0] == b.half[0] && a.half[1] == b.half[1];
}

/* Both halves zero: a free place. A hash that is so counts as its neighbour. */
static bool is_free(struct dn_hash128 hash)
{
    return hash.half[0] == 0 && hash.half[1] == 0;
}

static struct dn_hash128 *place_of(const struct dn_seen *seen, struct dn_hash128 hash)
{
    size_t mask = seen->room - 1, i = (size_t)hash.half[0] & mask;
    while (!is_free(seen->at[i]) && !same(seen->at[i], hash))
        i = (i + 1) & mask;
    return &seen->at[i];
}

static void grow(struct dn_seen *seen)
{
    struct dn_seen old = *seen;
    seen->room = old.room ? old.room * 2 : 64;
    seen->at = dn_pages_alloc(seen->room * sizeof *seen->at);
    for (size_t i = 0; i < old.room; i++)
        if (!is_free(old.at[i]))
            *place_of(seen, old.at[i]) = old.at[i];
    free(old.at);
}

bool dn_seen_add(struct dn_seen *seen, struct dn_hash128 hash)
{
    hash.half[1] |= is_free(hash);
    if (seen->count * 4 >= seen->room * 3)
        grow(seen);
    struct dn_hash128 *place = place_of(seen, hash);
    if (!is_free(*place))
        return false;
    *place = hash;
    seen->count++;
    return true;
}

bool dn_seen_has(const struct dn_seen *seen, struct dn_hash128 hash)
{
    hash.half[1] |= is_free(hash);
    return seen->count && !is_free(*place_of(seen, hash));
}

void dn_seen_clear(struct dn_seen *seen)
{
    free(seen->at);
    *seen = (struct dn_seen){0};
}
