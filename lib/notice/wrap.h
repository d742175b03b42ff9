/* Plain text made fit for people: lines wrapped at blanks, no blanks at their ends, at most one blank line in a row. */
#ifndef DN_NOTICE_WRAP_H
#define DN_NOTICE_WRAP_H

#include "base/text.h"

#define DN_WRAP_WIDTH 76

/* Appends text with every line longer than width characters broken at blanks; the rest of a line goes on under its
 * first word (behind "- " or "1. ", too). A word that is longer stays whole: addresses and names are never broken. Ends
 * with exactly one LF unless nothing was there. */
void dn_wrap_add(struct dn_text text, size_t width, struct dn_buf *out);

/* Breaks the long lines and nothing else, for lines that are wrapped with others later: wrapped twice is wrapped once.
 */
void dn_wrap_add_lines(struct dn_text lines, size_t width, struct dn_buf *out);

#endif
