#include "channel/encoding.h"

#include <stdint.h>
#include <string.h>

#define PLAIN_MOST 75  /* bytes of a line that stay whole; longer ones are broken softly behind so many */
#define LINE_BYTES 57  /* of what is encoded, in a line of base64 */
#define LINE_DIGITS 76 /* that they become */
#define ONES UINT64_C(0x0101010101010101)
#define HIGHS (ONES << 7)

/* GMime's encoders write LF; mail has CRLF. */
static void add_lines(struct dn_text lines, struct dn_buf *into)
{
    const char *at = lines.at, *end = at + lines.size, *lf;
    for (; at < end && (lf = memchr(at, '\n', (size_t)(end - at))) != NULL; at = lf + 1) {
        dn_buf_add(into, at, (size_t)(lf - at));
        dn_buf_add(into, "\r\n", 2);
    }
    dn_buf_add(into, at, (size_t)(end - at));
}

typedef size_t encode(GMimeEncoding *state, const char *in, size_t size, char *out);

static void add_by(struct dn_encoder *encoder, encode *by, GMimeEncoding *state, struct dn_text text,
                   struct dn_buf *into)
{
    dn_buf_reset(&encoder->scratch);
    char *out = dn_buf_reserve(&encoder->scratch, encoder->gmime->mime_encoding_outlen(state, text.size));
    size_t size = by(state, text.size ? text.at : "", text.size, out);
    add_lines((struct dn_text){out, size}, into);
}

/* The high bit of each byte that is no blank and no visible ASCII, or '='. A byte may be said to be one that stands
 * behind one that is. */
static uint64_t special(uint64_t word)
{
    uint64_t equals = word ^ ONES * '=', delete = word ^ ONES * 0x7f;
    return (word | (word - ONES * ' ') | ((equals - ONES) & ~equals) | ((delete - ONES) & ~delete)) & HIGHS;
}

/* Is the line, without its end, its own encoded form, but for soft breaks? */
static bool is_plain(const char *at, size_t size)
{
    uint64_t word, seen = 0;
    size_t i = 0;
    if (size && at[size - 1] == ' ')
        return false;
    for (; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, at + i, sizeof word);
        seen |= special(word);
    }
    word = ONES * ' ';
    memcpy(&word, at + i, size - i);
    return !(seen | special(word));
}

static void add_plain(struct dn_text lines, struct dn_buf *into)
{
    while (lines.size) {
        const char *lf = memchr(lines.at, '\n', lines.size);
        size_t size = (size_t)(lf - lines.at), most = size > PLAIN_MOST ? PLAIN_MOST : size;
        dn_buf_add(into, lines.at, most);
        dn_buf_adds(into, most < size ? "=\r\n" : "\r\n");
        most += most == size;
        lines.at += most;
        lines.size -= most;
    }
}

/* The size of the lines at the front that are whole and all plain, or, where the first one is not, all not. */
static size_t run_of(struct dn_text text, bool *plain)
{
    size_t size = 0;
    for (const char *lf; size < text.size; size = (size_t)(lf - text.at) + 1) {
        lf = memchr(text.at + size, '\n', text.size - size);
        if (!lf)
            break;
        bool is = is_plain(text.at + size, (size_t)(lf - text.at) - size);
        if (size && is != *plain)
            break;
        *plain = is;
    }
    return size;
}

/* At the beginning of a line the encoder is as it was at the first one. What has no line break at its end is its own
 * business. */
void dn_encode_quoted(struct dn_encoder *encoder, struct dn_text text, struct dn_buf *into)
{
    const struct dn_gmime *gmime = encoder->gmime;
    GMimeEncoding state;
    bool plain = false;
    gmime->mime_encoding_init_encode(&state, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    for (size_t size; (size = run_of(text, &plain)) > 0; text.at += size, text.size -= size) {
        if (plain)
            add_plain((struct dn_text){text.at, size}, into);
        else
            add_by(encoder, gmime->mime_encoding_step, &state, (struct dn_text){text.at, size}, into);
    }
    add_by(encoder, gmime->mime_encoding_flush, &state, text, into);
}

static void make_pairs(struct dn_encoder *encoder)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < sizeof encoder->pairs / sizeof *encoder->pairs; i++) {
        encoder->pairs[i][0] = digits[i / 64];
        encoder->pairs[i][1] = digits[i % 64];
    }
}

static void put_line(const struct dn_encoder *encoder, const unsigned char *at, char *out)
{
    for (size_t i = 0; i < LINE_BYTES; i += 3, out += 4) {
        uint32_t bits = (uint32_t)at[i] << 16 | (uint32_t)at[i + 1] << 8 | at[i + 2];
        memcpy(out, encoder->pairs[bits >> 12], 2);
        memcpy(out + 2, encoder->pairs[bits & 4095], 2);
    }
    memcpy(out, "\r\n", 2);
}

/* Whole lines but the last one; how it ends is GMime's business. */
void dn_encode_base64(struct dn_encoder *encoder, struct dn_text bytes, struct dn_buf *into)
{
    GMimeEncoding state;
    if (!encoder->pairs[0][0])
        make_pairs(encoder);
    for (; bytes.size > LINE_BYTES; bytes.at += LINE_BYTES, bytes.size -= LINE_BYTES) {
        put_line(encoder, (const unsigned char *)bytes.at, dn_buf_reserve(into, LINE_DIGITS + 2));
        dn_buf_extend(into, LINE_DIGITS + 2);
    }
    encoder->gmime->mime_encoding_init_encode(&state, GMIME_CONTENT_ENCODING_BASE64);
    add_by(encoder, encoder->gmime->mime_encoding_flush, &state, bytes, into);
}

void dn_encoder_clear(struct dn_encoder *encoder)
{
    dn_buf_clear(&encoder->scratch);
}
