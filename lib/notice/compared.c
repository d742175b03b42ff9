#include "notice/compared.h"

#include <string.h>

#include "key/fold.h"
#include "notice/plain.h"

/* "[.]", "[@]", "[:]", "[7]": one byte in brackets. */
static bool bracketed(struct dn_text text)
{
    bool is_one = text.size > 2 && text.at[0] == '[' && text.at[2] == ']';
    return is_one && memchr(".@:0123456789", text.at[1], 13);
}

/* What a defanged piece at the beginning of text stood for: its size, or 0. */
static size_t refang(struct dn_text text, struct dn_text *meant)
{
    if (text.at[0] == 'h' && dn_text_starts(text, "hxxp")) {
        *meant = DN_TEXT("http");
        return 4;
    }
    if (text.at[0] != '[')
        return 0;
    if (dn_text_starts(text, "[://]")) {
        *meant = DN_TEXT("://");
        return 5;
    }
    *meant = (struct dn_text){text.at + 1, 1};
    return bracketed(text) ? 3 : 0;
}

static void add_refanged(struct dn_text text, struct dn_buf *out)
{
    size_t done = 0;
    for (size_t i = 0; i < text.size;) {
        struct dn_text meant;
        size_t size = refang((struct dn_text){text.at + i, text.size - i}, &meant);
        if (size) {
            dn_buf_add(out, text.at + done, i - done);
            dn_buf_addt(out, meant);
            done = i + size;
        }
        i += size ? size : 1;
    }
    if (done < text.size)
        dn_buf_add(out, text.at + done, text.size - done);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Nothing but ASCII in it, and nothing that may be defanged? */
static bool is_simple(struct dn_text text)
{
    unsigned char all = 0;
    for (size_t i = 0; i < text.size; i++)
        all |= (unsigned char)text.at[i];
    if (all >= 0x80 || memchr(text.size ? text.at : "", '[', text.size))
        return false;
    for (size_t i = 0; i + 1 < text.size; i++)
        if ((text.at[i] | 0x20) == 'x' && (text.at[i + 1] | 0x20) == 'x')
            return false;
    return true;
}

/* The form of simple text, in one pass over a copy. */
static void add_simple(struct dn_text text, struct dn_buf *out)
{
    size_t to = out->size, begin = to;
    dn_buf_addt(out, text);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (!is_blank(c))
            out->at[to++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        else if (to > begin && out->at[to - 1] != ' ')
            out->at[to++] = ' ';
    }
    out->size = to > begin && out->at[to - 1] == ' ' ? to - 1 : to;
    out->at[out->size] = '\0';
}

void dn_compared_add(struct dn_text text, struct dn_buf *out)
{
    if (is_simple(text)) {
        add_simple(text, out);
        return;
    }
    struct dn_buf folded = {0}, refanged = {0};
    dn_fold_add(text, &folded);
    add_refanged(dn_buf_text(&folded), &refanged);
    dn_plain_add_spaced(dn_buf_text(&refanged), out);
    dn_buf_clear(&folded);
    dn_buf_clear(&refanged);
}

/* The size of the character at an offset, and whether it belongs to a word. */
static size_t character(struct dn_text text, size_t at, bool *is_word)
{
    unsigned char c = (unsigned char)text.at[at];
    if (c < 0x80) {
        *is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_';
        return 1;
    }
    struct dn_text rest = {text.at + at, text.size - at};
    *is_word = dn_plain_is_word(dn_fold_next(&rest));
    return text.size - at - rest.size;
}

size_t dn_compared_word_end(struct dn_text text, size_t at)
{
    bool is_word = true;
    while (at < text.size) {
        size_t size = character(text, at, &is_word);
        if (!is_word)
            break;
        at += size;
    }
    return at;
}

size_t dn_compared_word_start(struct dn_text text, size_t at)
{
    bool is_word = false;
    while (at < text.size) {
        size_t size = character(text, at, &is_word);
        if (is_word)
            break;
        at += size;
    }
    return at;
}

size_t dn_compared_last_end(struct dn_text text)
{
    size_t last = 0;
    for (size_t at = dn_compared_word_start(text, 0); at < text.size; at = dn_compared_word_start(text, last))
        last = dn_compared_word_end(text, at);
    return last;
}
