/* Bodies of mail in the encodings of RFC 2045, lines ended by CRLF. The bytes are GMime's: what is plain, and nearly
 * all is, takes a short way here to the same ones. */
#ifndef DN_CHANNEL_ENCODING_H
#define DN_CHANNEL_ENCODING_H

#include "base/text.h"
#include "channel/gmime_late.h"

/* Starts zeroed but for gmime. */
struct dn_encoder {
    const struct dn_gmime *gmime;
    struct dn_buf scratch;
    char pairs[4096][2]; /* two digits of base64 for twelve bits, made by the first use */
};

/* Append the text, the bytes. */
void dn_encode_quoted(struct dn_encoder *encoder, struct dn_text text, struct dn_buf *into);
void dn_encode_base64(struct dn_encoder *encoder, struct dn_text bytes, struct dn_buf *into);

void dn_encoder_clear(struct dn_encoder *encoder);

#endif
