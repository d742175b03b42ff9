/* What a reader sees of encoded text: HTML without its tags and entities, CSV and YAML without their quotes. For the
 * isolation check, and to find the sentence that a notice must hold. */
#ifndef DN_NOTICE_PLAIN_H
#define DN_NOTICE_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Is this character part of a word: a letter of any script, a digit, '_'? Punctuation, blanks (no-break ones, too),
 * symbols and controls are not. */
bool dn_plain_is_word(uint32_t c);

/* Appends html with its tags removed (keep_tags: left as text, so that attributes are seen) and its entities decoded.
 */
void dn_plain_add_html(struct dn_text html, bool keep_tags, struct dn_buf *out);

/* Appends CSV with the quotes around cells removed and those inside undone; cells are separated by LF. */
void dn_plain_add_csv(struct dn_text csv, struct dn_buf *out);

/* Appends all keys and scalars of a YAML text, one a line. False: it is not YAML. */
bool dn_plain_add_yaml(struct dn_text yaml, struct dn_buf *out);

/* Appends text with every run of blanks and line breaks as one blank, none at the ends. */
void dn_plain_add_spaced(struct dn_text text, struct dn_buf *out);

#endif
