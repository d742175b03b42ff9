/* A hash table from bytes to a number, keyed by SipHash-1-3 with a random secret: keys are an attacker's text.
 * Entries are numbered from 0 in the order in which they came and never leave, so a caller keeps its own array beside.
 */
#ifndef DN_BASE_TABLE_H
#define DN_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/index.h"
#include "base/text.h"

/* Starts zeroed. Keys are copied. */
struct dn_table {
    struct dn_index index;
    size_t slot_count; /* places of the index */
    size_t count;      /* entries */
    struct dn_buf keys;
    size_t *key_ends;
    size_t key_room;
};

/* The entry number of key, or SIZE_MAX when there is none. */
size_t dn_table_find(const struct dn_table *table, struct dn_text key);

/* The entry number of key, added if it was not there; *added (NULL allowed) tells. */
size_t dn_table_add(struct dn_table *table, struct dn_text key, bool *added);

/* The same of a key whose dn_hash is known. */
size_t dn_table_add_hashed(struct dn_table *table, uint64_t hash, struct dn_text key, bool *added);

/* The key of an entry: a view good until the next _add. */
static inline struct dn_text dn_table_key(const struct dn_table *table, size_t entry)
{
    size_t start = entry ? table->key_ends[entry - 1] : 0;
    return (struct dn_text){table->keys.at + start, table->key_ends[entry] - start};
}

/* The hash of a key, for an index over keys that are held elsewhere: SipHash-1-3 with the process's secret, which the
 * first call makes. Threads may call it once it was called. */
uint64_t dn_hash(struct dn_text key);

/* 128 bits of it, of the key and a number: wide enough that no two are ever the same, so the key need not be kept. */
struct dn_hash128 {
    uint64_t half[2];
};
struct dn_hash128 dn_hash_wide(struct dn_text key, uint64_t number);

/* Frees what it owns and leaves it empty. */
void dn_table_clear(struct dn_table *table);

#endif
