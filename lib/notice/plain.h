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

/* Appends YAML as lib/stream/yaml_write.h writes it with what stands in quotes unescaped; marks of the syntax stay. */
void dn_plain_add_yaml(struct dn_text yaml, struct dn_buf *out);

/* The end of the line that begins at `from`, or of the literal block that it begins: what has to be read at once. */
size_t dn_plain_yaml_end(struct dn_text yaml, size_t from);

/* Appends text with every run of blanks and line breaks as one blank, none at the ends. */
void dn_plain_add_spaced(struct dn_text text, struct dn_buf *out);

#endif
