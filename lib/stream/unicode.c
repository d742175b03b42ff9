#include "stream/unicode.h"

static bool continues(struct dn_text text, size_t count)
{
    if (text.size <= count)
        return false;
    for (size_t i = 1; i <= count; i++)
        if (((unsigned char)text.at[i] & 0xc0) != 0x80)
            return false;
    return true;
}

/* How many bytes follow a lead byte, the bits that it holds, and the least code point of that length. */
static const struct {
    unsigned char lead, mask, follow;
    uint32_t least;
} forms[] = {{0x00, 0x80, 0, 0}, {0xc0, 0xe0, 1, 0x80}, {0xe0, 0xf0, 2, 0x800}, {0xf0, 0xf8, 3, 0x10000}};

bool dn_unicode_next(struct dn_text *rest, uint32_t *c)
{
    if (rest->size == 0)
        return false;
    unsigned char lead = (unsigned char)rest->at[0];
    size_t size = 1;
    *c = DN_UNICODE_REPLACEMENT;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if ((lead & forms[f].mask) != forms[f].lead || !continues(*rest, forms[f].follow))
            continue;
        uint32_t value = lead & (uint32_t)~forms[f].mask & 0xff;
        for (size_t i = 1; i <= forms[f].follow; i++)
            value = value << 6 | ((unsigned char)rest->at[i] & 0x3f);
        if (value < forms[f].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
            break;
        *c = value;
        size = forms[f].follow + 1u;
    }
    rest->at += size;
    rest->size -= size;
    return true;
}

size_t dn_unicode_put(char *at, uint32_t c)
{
    size_t follow = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    for (size_t i = follow; i > 0; i--, c >>= 6)
        at[i] = (char)(0x80 | (c & 0x3f));
    at[0] = (char)(forms[follow].lead | c);
    return follow + 1;
}

bool dn_unicode_escape(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}
