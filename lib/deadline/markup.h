/* Inside lib/deadline: text inside HTML, SVG and XML. What comes from an input never becomes markup, moves no other
 * text about, and can be seen. */
#ifndef DN_DEADLINE_MARKUP_H
#define DN_DEADLINE_MARKUP_H

#include "base/text.h"
#include "time/instant.h"

/* Appends text: control, bidi and zero-width characters and invalid bytes made visible (dn_buf_add_visible), what XML
 * cannot hold as well, & < > " ' escaped. Good in an element and in an attribute with quotes. */
void dn_markup_add(struct dn_buf *out, struct dn_text text);

/* The same from a C string (NULL: nothing). */
void dn_markup_adds(struct dn_buf *out, const char *text);

/* The same, at most that many characters, then an ellipsis. */
void dn_markup_add_short(struct dn_buf *out, const char *text, size_t most);

/* For words that may be of a script that runs from right to left: the same inside <bdi>. */
void dn_markup_add_name(struct dn_buf *out, const char *text);

/* "12,345". */
void dn_markup_add_count(struct dn_buf *out, size_t count);

/* "1 tenant", "2 tenants". */
void dn_markup_add_things(struct dn_buf *out, size_t count, const char *thing);

/* "2 d 20 h 5 min", without a sign; exact, "0 s" for none. */
void dn_markup_add_span(struct dn_buf *out, int64_t seconds);

/* "2026-06-16 07:05" or, where it has seconds, "2026-06-16 07:05:09", in UTC; nothing for no time. */
void dn_markup_add_clock(struct dn_buf *out, struct dn_instant at);

/* The same with " UTC" in a time element. */
void dn_markup_add_time(struct dn_buf *out, struct dn_instant at);

/* Where part lies on the way to whole, in hundredths of a percent, as "12.34%"; whole must not be 0. */
void dn_markup_add_percent(struct dn_buf *out, int64_t part, int64_t whole);

#endif
