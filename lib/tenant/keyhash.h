/* 128 bits of a hash of text that nobody outside the process can foresee, for keys that are not kept: what a directory
 * or evidence holds may be an attacker's. Multiplies pairs of words, each with a random word added (NH, Black and
 * others 1999), twice with other random words: for each pair of keys, chosen without knowing these, a chance of about
 * 2^-128 to be taken for one another, at a quarter of what SipHash costs on a GUID. */
#ifndef DN_TENANT_KEYHASH_H
#define DN_TENANT_KEYHASH_H

#include "base/table.h"

/* Draws the random words; once, before any thread hashes. */
void dn_keyhash_wide_begin(void);

/* The same key and number have the same hash within the process. */
struct dn_hash128 dn_keyhash_wide(struct dn_text key, uint64_t number);

/* The same of a key that always has 16 bytes. */
struct dn_hash128 dn_keyhash_16(const void *key, uint64_t number);

/* 64 bits of the same kind (a chance of about 2^-64), for half as much. */
uint64_t dn_keyhash_once(struct dn_text text);

/* The same of an id, blanks around it taken off: the spellings of one GUID (dn_guid_valid) have one hash, in fewer
 * steps than any of them would take; another text has that of its bytes. */
struct dn_hash128 dn_keyhash_id(struct dn_text id, uint64_t number);

#endif
