/* One notice as mail: RFC 5322 and MIME, 7 bit, CRLF, the same bytes for the same values. One recipient, no Bcc, no
 * display name of the recipient; a text and an HTML part (quoted-printable, UTF-8) and the attachments (base64, so
 * their bytes arrive as they are). */
#ifndef DN_CHANNEL_MESSAGE_H
#define DN_CHANNEL_MESSAGE_H

#include "base/error.h"
#include "base/text.h"
#include "notice/plan.h"

/* What a message is made from; borrowed. reply_email NULL: no Reply-To. html NULL: text alone. */
struct dn_message {
    const char *from_name, *from_email, *reply_name, *reply_email;
    const char *to;
    const char *mark; /* in brackets before the subject; NULL: none */
    const char *subject, *text, *html, *language;
    const struct dn_attachment *attachments;
    size_t attachment_count;
    const char *key;       /* 64 hexadecimal digits: Message-ID and boundaries come from it */
    const char *id_domain; /* right part of the Message-ID */
    struct dn_instant date;
};

/* The message of a planned row and its content. What the configuration leaves open becomes "notices@localhost.invalid"
 * and "localhost.invalid": only an outbox is written without a configuration, and such a message cannot leave by
 * accident. What a rehearsal makes of a call is its script as text.
 */
void dn_message_of(const struct dn_plan_row *row, const struct dn_content *content, const struct dn_config *config,
                   struct dn_instant date, struct dn_message *message);

/* Holds GMime; one a run. The first message loads it, or whoever must know before anything happens that messages can be
 * composed (_ready; DN_SYSTEM: GMime is not there). */
struct dn_composer;
struct dn_composer *dn_composer_open(void);
enum dn_status dn_composer_ready(struct dn_composer *composer, struct dn_error *err);
void dn_composer_free(struct dn_composer *composer); /* NULL allowed */

/* Could it be composed? Looks at every value that could keep it from being: header text, addresses, bodies that are not
 * UTF-8. scratch is reset and then holds the header fields. Costs a tenth of composing. DN_INVALID: no, and why. */
enum dn_status dn_message_check(const struct dn_message *message, struct dn_buf *scratch, struct dn_error *err);

/* Appends the whole message. DN_INVALID: a value that mail cannot carry, or a result that dn_message_gate refuses; then
 * nothing is appended. DN_SYSTEM: GMime is not there. */
enum dn_status dn_message_compose(struct dn_composer *composer, const struct dn_message *message, struct dn_buf *into,
                                  struct dn_error *err);

/* The last look at bytes that will leave: only CRLF line ends, no NUL, 7 bit, no line over 998, and exactly the header
 * fields of the NULL-ended list, each once, in this order. DN_INVALID names what is wrong. */
enum dn_status dn_message_gate(struct dn_text bytes, const char *const *fields, struct dn_error *err);

#endif
