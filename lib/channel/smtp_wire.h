/* What goes over the wire for one notice: commands from checked values, and the message with its dots stuffed. */
#ifndef DN_CHANNEL_SMTP_WIRE_H
#define DN_CHANNEL_SMTP_WIRE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* What the relay's last EHLO offered. */
struct dn_smtp_offer {
    bool pipelining, dsn, auth;
    int64_t size; /* RFC 1870: bytes of the largest message; 0: not said */
};

/* Reads one line of an EHLO reply, a greeting or any other reply during the connect phase: "250-PIPELINING". A 220
 * (greeting, or STARTTLS accepted) forgets what was offered before. */
void dn_smtp_offer_line(struct dn_smtp_offer *offer, struct dn_text line);

/* May this address stand in a command? Printable ASCII of our own grammar (key/name.h), nothing else: what libcurl
 * would pass on. */
bool dn_smtp_address_fits(const char *address);

/* "bounces+DIGITS@domain": the return path of a key (its first 32 digits), within the 64 bytes of RFC 5321. */
void dn_smtp_return_path(const char *key, const char *domain, struct dn_buf *into);

/* Append the commands with their CRLF. dsn: with the parameters of RFC 3461. envid: a key, or NULL. */
void dn_smtp_add_mail(struct dn_buf *into, const char *return_path, const char *envid, bool dsn);
void dn_smtp_add_rcpt(struct dn_buf *into, const char *recipient, bool dsn);

#define DN_SMTP_LINE_MOST 998 /* bytes of a line without its end; RFC 5322 section 2.1.1 */

/* As dn_smtp_check_message, without the reason, and quickly. */
bool dn_smtp_is_clean(struct dn_text message);

/* Could these bytes be a message's: CRLF line ends only, no NUL, 7 bit, no line over 998, a CRLF at the end? DN_INVALID
 * says what is wrong. */
enum dn_status dn_smtp_check_message(struct dn_text message, struct dn_error *err);

/* Appends the message with every leading dot doubled, and the final dot (RFC 5321 section 4.5.2). */
void dn_smtp_add_message(struct dn_buf *into, struct dn_text message);

#endif
