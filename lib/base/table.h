/* A hash table from bytes to a number, keyed by SipHash-1-3 with a random secret: keys are an attacker's text.
 * Entries are numbered from 0 in the order in which they came and never leave, so a caller keeps its own array beside.
 */
#ifndef DN_BASE_TABLE_H
#define DN_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Starts zeroed. Keys are copied. */
struct dn_table {
    struct dn_table_slot *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t count;      /* entries */
    struct dn_buf keys;
    size_t *key_ends;
    size_t key_room;
};

/* The entry number of key, or SIZE_MAX when there is none. */
size_t dn_table_find(const struct dn_table *table, struct dn_text key);

/* The entry number of key, added if it was not there; *added (NULL allowed) tells. */
size_t dn_table_add(struct dn_table *table, struct dn_text key, bool *added);

/* The key of an entry: a view good until the next _add. */
struct dn_text dn_table_key(const struct dn_table *table, size_t entry);

/* Frees what it owns and leaves it empty. */
void dn_table_clear(struct dn_table *table);

#endif
