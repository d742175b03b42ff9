/* Code points in UTF-8, for the readers and writers of this folder. */
#ifndef DN_STREAM_UNICODE_H
#define DN_STREAM_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define DN_UNICODE_REPLACEMENT 0xfffdu

/* Takes the next code point off *rest; a byte that is not UTF-8 counts as U+FFFD. False when there is none left. */
bool dn_unicode_next(struct dn_text *rest, uint32_t *c);

/* Writes a code point (no surrogate, up to U+10FFFF) as UTF-8 to at; returns its size, 1 to 4. */
size_t dn_unicode_put(char *at, uint32_t c);

/* C0 (also TAB, CR, LF), DEL, C1, line separators, bidi controls, BOM, U+FFFE and U+FFFF: to be escaped in what we
 * write. */
bool dn_unicode_escape(uint32_t c);

#endif
