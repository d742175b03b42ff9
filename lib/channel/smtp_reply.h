/* Replies of a mail server (RFC 5321 section 4.2), read from bytes that may be hostile: any split, any length, any
 * nonsense. */
#ifndef DN_CHANNEL_SMTP_REPLY_H
#define DN_CHANNEL_SMTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define DN_SMTP_LINE 2048 /* bytes of one reply line; RFC 5321 has 512, more than this is no mail server */
#define DN_SMTP_LINES 128 /* lines of one reply */
#define DN_SMTP_SAID 512  /* bytes of a reply that are kept */

/* A whole reply: its code, and what was said behind it, as it came, the lines joined by blanks and cut. */
struct dn_smtp_reply {
    int code; /* 100 to 599 */
    size_t size;
    char said[DN_SMTP_SAID];
};

enum dn_smtp_read { DN_SMTP_MORE, DN_SMTP_REPLY, DN_SMTP_BROKEN };

/* A reply while it comes in. Starts zeroed. */
struct dn_smtp_reader {
    struct dn_smtp_reply reply;
    int lines; /* of the reply so far */
    size_t size;
    char line[DN_SMTP_LINE];
};

/* Takes bytes off the front of *bytes until a reply is whole: DN_SMTP_REPLY, *reply is good until the next call.
 * DN_SMTP_MORE: all bytes were taken. DN_SMTP_BROKEN: this is no reply, the connection is of no use any more. */
enum dn_smtp_read dn_smtp_reader_next(struct dn_smtp_reader *reader, struct dn_text *bytes,
                                      const struct dn_smtp_reply **reply);

/* Has something of a reply come that is not whole? */
bool dn_smtp_reader_partial(const struct dn_smtp_reader *reader);

/* "550 5.1.1": the code, and the enhanced status (RFC 3463) if there is one. Room for 20 bytes. */
#define DN_SMTP_CODE 20
void dn_smtp_reply_code(const struct dn_smtp_reply *reply, char code[DN_SMTP_CODE]);

/* What was said behind code and enhanced status, as text that is safe in a ledger and on a terminal, cut to fit size
 * bytes with the NUL. prefix stands in front of it. */
void dn_smtp_reply_text(const struct dn_smtp_reply *reply, const char *prefix, char *text, size_t size);

/* The server's own name of a message that it has taken ("queued as X", "id=X"), or else all that it said; safe and cut
 * as above. */
void dn_smtp_reply_reference(const struct dn_smtp_reply *reply, char *text, size_t size);

/* Bytes as safe text, cut to fit size bytes with the NUL, never in the middle of a character. */
void dn_smtp_safe(struct dn_text bytes, char *text, size_t size);

#endif
