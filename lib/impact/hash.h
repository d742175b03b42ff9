/* A hash of text that nobody outside the process can foresee: what evidence holds may be an attacker's. Multiplies
 * pairs of words, each with a random word added (NH, Black and others 1999), which is almost universal and costs less
 * than a tenth of SipHash on the keys of groups. Inside lib/impact only. */
#ifndef DN_IMPACT_HASH_H
#define DN_IMPACT_HASH_H

#include <stdint.h>

#include "base/text.h"

/* Draws the secret; once, before any thread hashes. */
void dn_keyhash_begin(void);

/* The same text and seed have the same hash within the process. */
uint64_t dn_keyhash(struct dn_text text, uint64_t seed);

#endif
