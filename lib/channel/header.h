/* Header fields of mail (RFC 5322, RFC 2047): one spelling, ASCII, folded with CRLF, and only from text without control
 * characters. GMime is not asked here: it picks iso-8859-1 where it can, and folds differently from release to release.
 */
#ifndef DN_CHANNEL_HEADER_H
#define DN_CHANNEL_HEADER_H

#include "base/error.h"
#include "base/text.h"
#include "time/instant.h"

/* Appends "Name: value CRLF" for unstructured text: as it is when it is short, plain ASCII, else as UTF-8 encoded words
 * of at most 75 characters that never cut a character in two. Control characters, invalid UTF-8: DN_INVALID. */
enum dn_status dn_header_add_text(struct dn_buf *into, const char *name, struct dn_text value, struct dn_error *err);

/* Appends "Name: "display" <address> CRLF" (display NULL or empty: only "<address>"). An address outside our envelope
 * grammar or a display with control characters: DN_INVALID. */
enum dn_status dn_header_add_mailbox(struct dn_buf *into, const char *name, const char *display, const char *address,
                                     struct dn_error *err);

/* Appends "Name: value CRLF" for a value that is made here: printable ASCII under 900 bytes, else DN_INVALID. */
enum dn_status dn_header_add_token(struct dn_buf *into, const char *name, struct dn_text value, struct dn_error *err);

/* Appends the Date field, in UTC ("+0000"). */
void dn_header_add_date(struct dn_buf *into, struct dn_instant at);

#endif
