/* Letter case without a locale: the simple lower case of Latin, Greek, Cyrillic, Armenian and full-width letters. */
#ifndef DN_KEY_FOLD_H
#define DN_KEY_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* A character in lower case; itself if it has none. */
uint32_t dn_lower(uint32_t character);

/* Takes one character off the text (size > 0) and returns it in lower case. A byte that is not part of valid UTF-8
 * counts as one character, DN_FOLD_BYTE + its value. */
#define DN_FOLD_BYTE 0x110000u
uint32_t dn_fold_next(struct dn_text *text);

/* Appends the text in lower case; bytes that are not valid UTF-8 as they are. */
void dn_fold_add(struct dn_text text, struct dn_buf *into);

/* Same but for the case of letters? */
bool dn_fold_equal(struct dn_text a, struct dn_text b);

#endif
