#include <string.h>

#include "base/text.h"

/* Decodes one character at `at` (size > 0). Returns its length, or 0 when the bytes are not valid UTF-8. RFC 3629. */
static size_t decode(const char *at, size_t size, uint32_t *character)
{
    const unsigned char *p = (const unsigned char *)at;
    if (p[0] < 0x80) {
        *character = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || size < length)
        return 0;
    uint32_t c = p[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    bool overlong = (length == 3 && c < 0x800) || (length == 4 && c < 0x10000);
    if (overlong || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        return 0;
    *character = c;
    return length;
}

/* How many bytes from at on are plain ASCII, eight at a time. */
static size_t ascii_run(const char *at, size_t size)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, 8);
        if (word & 0x8080808080808080u)
            break;
    }
    while (i < size && (unsigned char)at[i] < 0x80)
        i++;
    return i;
}

bool dn_text_utf8(struct dn_text text, size_t *bad)
{
    for (size_t i = 0; i < text.size;) {
        i += ascii_run(text.at + i, text.size - i);
        if (i == text.size)
            return true;
        uint32_t character;
        size_t length = decode(text.at + i, text.size - i, &character);
        if (length == 0) {
            if (bad)
                *bad = i;
            return false;
        }
        i += length;
    }
    return true;
}

static bool control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

/* Characters that move text about or break a line: bidi controls and Unicode's line ends. */
static bool steering(uint32_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static bool unseen(uint32_t c)
{
    return c == 0x00AD || (c >= 0x200B && c <= 0x200D) || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF ||
           (c >= 0xE0000 && c <= 0xE007F);
}

/* How many bytes from at on are visible ASCII or blanks. */
static size_t visible_run(const char *at, size_t size)
{
    size_t i = 0;
    while (i < size && at[i] >= ' ' && at[i] < 0x7f)
        i++;
    return i;
}

bool dn_text_hostile(struct dn_text text)
{
    for (size_t i = visible_run(text.at, text.size); i < text.size;) {
        uint32_t c;
        size_t length = decode(text.at + i, text.size - i, &c);
        if (length == 0 || control(c) || steering(c))
            return true;
        i += length;
        i += visible_run(text.at + i, text.size - i);
    }
    return false;
}

static void add_escape(struct dn_buf *buf, uint32_t c)
{
    if (c == '\n')
        dn_buf_adds(buf, "\\n");
    else if (c == '\r')
        dn_buf_adds(buf, "\\r");
    else if (c == '\t')
        dn_buf_adds(buf, "\\t");
    else if (c < 0x80)
        dn_buf_addf(buf, "\\x%02X", (unsigned)c);
    else
        dn_buf_addf(buf, "\\u{%04X}", (unsigned)c);
}

void dn_buf_add_visible(struct dn_buf *buf, struct dn_text text)
{
    for (size_t i = 0; i < text.size;) {
        uint32_t c;
        size_t run = visible_run(text.at + i, text.size - i);
        if (run) {
            dn_buf_add(buf, text.at + i, run);
            i += run;
            continue;
        }
        size_t length = decode(text.at + i, text.size - i, &c);
        if (length == 0) {
            dn_buf_addf(buf, "\\x%02X", (unsigned char)text.at[i]);
            i++;
            continue;
        }
        if (control(c) || steering(c) || unseen(c))
            add_escape(buf, c);
        else
            dn_buf_add(buf, text.at + i, length);
        i += length;
    }
}
