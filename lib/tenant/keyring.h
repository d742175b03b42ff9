/* Very many keys and the numbers (of tenants) that have them: 21 bytes a key, one line of the cache a question.
 *
 * Of a key 96 bits of its 128-bit hash (dn_keyhash_wide) are kept and nothing else: among 4
 * million keys and as many questions, one that is taken for another is expected once in 10^15 runs.
 *
 * Threads gather keys, each on a shelf of its own; then the ring is made of all shelves, and never changes again. Keys
 * are spread over shards by the first bits of the hash, and in a shard over lines of the cache by the next ones: those
 * for which a line has no room stand at the begin of the next. Several numbers under one key are kept, each once,
 * lowest first. */
#ifndef DN_TENANT_KEYRING_H
#define DN_TENANT_KEYRING_H

#include "base/table.h"
#include "tenant/arena.h"
#include "tenant/keys.h"

#define DN_KEYRING_SHARDS ((size_t)128)

/* A key: its hash, and the one number that has it, or where in its shard's `shared` those begin; or a free place. */
struct dn_key_mark {
    uint64_t high;
    uint32_t low, number;
};

/* What one thread has gathered. Starts zeroed. */
struct dn_key_shelf {
    struct dn_arena arena;
    struct dn_key_row {
        struct dn_key_mark **chunks;
        size_t chunk_count, chunk_room, count;
    } rows[DN_KEYRING_SHARDS];
};

/* Puts a number under a key. Numbers below 2^31. */
void dn_key_shelf_put(struct dn_key_shelf *shelf, struct dn_hash128 key, uint32_t number);

/* Starts zeroed. */
struct dn_keyring {
    struct dn_key_shard {
        struct dn_key_mark **chunks;
        uint32_t lines;   /* that keys are spread over */
        uint32_t *shared; /* how many numbers, and these; and so on */
        size_t shared_count, shared_room;
    } shards[DN_KEYRING_SHARDS];
    struct dn_arena *arenas;
    size_t arena_count;
};

/* What becomes of some numbers of a shelf: they are counted from `to` on instead of `from`; UINT32_MAX: they are left
 * out. The first run begins at 0, each goes to where the next one begins, and behind the last one is one at UINT32_MAX.
 */
struct dn_key_run {
    uint32_t from, to;
};

/* What becomes of a number. *run is that of the number before, at first any: numbers mostly come in their order. */
static inline uint32_t dn_key_renumber(const struct dn_key_run **run, uint32_t number)
{
    while (number < (*run)->from)
        (*run)--;
    while (number >= (*run)[1].from)
        (*run)++;
    return (*run)->to == UINT32_MAX ? UINT32_MAX : (*run)->to + (number - (*run)->from);
}

/* Makes the ring of the shelves, which are empty then, by so many threads. runs: by shelf; a mark whose number is left
 * out is, too. */
void dn_keyring_make(struct dn_keyring *ring, struct dn_key_shelf *shelves, size_t count, size_t threads,
                     struct dn_key_run *const *runs);

/* The numbers that have the key (numbers is overwritten, its cap is kept to). False: there is no such key. */
bool dn_keyring_find(const struct dn_keyring *ring, struct dn_hash128 key, struct dn_numbers *numbers);

/* Fetches what finding it will look at. */
void dn_keyring_prefetch(const struct dn_keyring *ring, struct dn_hash128 key);

/* Of all keys that several numbers have: the lowest second one, and the first one of that key. False: each key has one
 * number. */
bool dn_keyring_twice(const struct dn_keyring *ring, uint32_t *first, uint32_t *second);

/* Frees what it owns and leaves it empty. */
void dn_key_shelf_clear(struct dn_key_shelf *shelf);
void dn_keyring_clear(struct dn_keyring *ring);

/* The same, but its memory goes on to these arenas, in turn. */
void dn_keyring_hand_on(struct dn_keyring *ring, struct dn_arena *const *to, size_t count);

#endif
