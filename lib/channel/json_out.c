#include "channel/json_out.h"

#include <nettle/base64.h>
#include <stdio.h>

static void break_line(struct dn_json_out *out)
{
    static const char blanks[] = "                ";
    size_t size = 2 * (size_t)out->depth;
    dn_buf_addc(out->into, '\n');
    dn_buf_add(out->into, blanks, size < sizeof blanks ? size : sizeof blanks - 1);
}

/* What stands before a value: a comma behind the last one, a line of its own, its key. Keys are ours, and plain. */
static void begin(struct dn_json_out *out, const char *name)
{
    if (out->filled)
        dn_buf_addc(out->into, ',');
    if (out->depth)
        break_line(out);
    out->filled = true;
    if (!name)
        return;
    dn_buf_addc(out->into, '"');
    dn_buf_adds(out->into, name);
    dn_buf_add(out->into, "\": ", 3);
}

void dn_json_out_open(struct dn_json_out *out, const char *name, char bracket)
{
    begin(out, name);
    dn_buf_addc(out->into, bracket);
    out->depth++;
    out->filled = false;
}

void dn_json_out_close(struct dn_json_out *out, char bracket)
{
    out->depth--;
    if (out->filled)
        break_line(out);
    dn_buf_addc(out->into, bracket);
    out->filled = true;
}

static bool is_escaped(char byte)
{
    return (unsigned char)byte < 0x20 || byte == '"' || byte == '\\';
}

static void add_escape(struct dn_buf *into, char byte)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char text[8] = {'\\', byte};
    size_t at = (unsigned char)byte;
    if (at < sizeof letters && letters[at])
        text[1] = letters[at];
    else if (at < 0x20)
        snprintf(text, sizeof text, "\\u%04X", (unsigned)at);
    dn_buf_adds(into, text);
}

void dn_json_out_text(struct dn_json_out *out, const char *name, struct dn_text text)
{
    begin(out, name);
    dn_buf_addc(out->into, '"');
    out->bad = out->bad || !dn_text_utf8(text, NULL);
    for (size_t at = 0, from = 0; at < text.size; from = ++at) {
        while (at < text.size && !is_escaped(text.at[at]))
            at++;
        dn_buf_add(out->into, text.at + from, at - from);
        if (at < text.size)
            add_escape(out->into, text.at[at]);
    }
    dn_buf_addc(out->into, '"');
}

void dn_json_out_string(struct dn_json_out *out, const char *name, const char *text)
{
    dn_json_out_text(out, name, dn_text_of(text));
}

void dn_json_out_plain(struct dn_json_out *out, const char *name, const char *value)
{
    begin(out, name);
    dn_buf_adds(out->into, value);
}

void dn_json_out_base64(struct dn_json_out *out, const char *name, struct dn_text bytes)
{
    size_t size = BASE64_ENCODE_RAW_LENGTH(bytes.size);
    begin(out, name);
    dn_buf_addc(out->into, '"');
    if (bytes.size)
        base64_encode_raw(dn_buf_reserve(out->into, size), bytes.size, (const uint8_t *)bytes.at);
    dn_buf_extend(out->into, size);
    dn_buf_addc(out->into, '"');
}
