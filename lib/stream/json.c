#include "stream/json.h"

#include <string.h>

#include "stream/unicode.h"

bool dn_json_pointer_set(struct dn_json_pointer *pointer, struct dn_text text)
{
    *pointer = (struct dn_json_pointer){{0}};
    struct dn_buf token = {0};
    bool fine = text.size == 0 || text.at[0] == '/';
    for (size_t i = 0; fine && i < text.size;) {
        dn_buf_reset(&token);
        for (i++; fine && i < text.size && text.at[i] != '/'; i++) {
            bool escape = text.at[i] == '~';
            i += escape;
            fine = !escape || (i < text.size && (text.at[i] == '0' || text.at[i] == '1'));
            if (fine)
                dn_buf_addc(&token, !escape ? text.at[i] : text.at[i] == '0' ? '~' : '/');
        }
        dn_strings_add(&pointer->tokens, dn_buf_text(&token));
    }
    dn_buf_clear(&token);
    if (!fine)
        dn_json_pointer_clear(pointer);
    return fine;
}

void dn_json_pointer_clear(struct dn_json_pointer *pointer)
{
    dn_strings_clear(&pointer->tokens);
}

void dn_json_add_string(struct dn_buf *buf, struct dn_text text)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    uint32_t c = 0;
    char bytes[4];
    dn_buf_addc(buf, '"');
    while (dn_unicode_next(&text, &c)) {
        if (c == '"' || c == '\\')
            dn_buf_addf(buf, "\\%c", (int)c);
        else if (c < sizeof letters && letters[c])
            dn_buf_addf(buf, "\\%c", letters[c]);
        else if (c < 0x20 || c == 0x7f || (c >= 0x80 && dn_unicode_escape(c)))
            dn_buf_addf(buf, "\\u%04x", (unsigned)c);
        else
            dn_buf_add(buf, bytes, dn_unicode_put(bytes, c));
    }
    dn_buf_addc(buf, '"');
}
