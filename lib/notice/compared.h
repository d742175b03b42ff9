/* The compared form of a text, in which the isolation check looks for things: lower case, defanging undone, every run
 * of blanks and line breaks one blank, none at the ends. */
#ifndef DN_NOTICE_COMPARED_H
#define DN_NOTICE_COMPARED_H

#include "base/text.h"

/* Appends it. */
void dn_compared_add(struct dn_text text, struct dn_buf *out);

/* Where the word that begins at `at` ends; `at` itself where none does. */
size_t dn_compared_word_end(struct dn_text text, size_t at);

/* Where the next word at or behind `at` begins; the text's size where none does. */
size_t dn_compared_word_start(struct dn_text text, size_t at);

/* Where the last word ends; 0: there is none. */
size_t dn_compared_last_end(struct dn_text text);

#endif
