#include "stream/json.h"

#include <string.h>

#include "stream/unicode.h"

#define MOST_LEVELS 128

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

/* A list or map that is open. */
struct level {
    bool map;
    bool on_path;   /* its members may lie on the pointer's path */
    size_t element; /* of a list, from 0 */
};

struct walk {
    const char *at, *end;
    const struct dn_strings *tokens;
    dn_json_found *found;
    void *context;
    struct level levels[MOST_LEVELS];
    size_t depth;
    bool next_on_path;  /* does the value that comes lie on the path? Its depth says how far along */
    const char *wanted; /* start of the list or map that was asked for and is open; NULL: none */
    size_t wanted_depth;
    struct dn_buf text;
};

static void skip_blanks(struct walk *w)
{
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\t' || *w->at == '\n' || *w->at == '\r'))
        w->at++;
}

static bool digit(const struct walk *w)
{
    return w->at < w->end && *w->at >= '0' && *w->at <= '9';
}

static bool digits(struct walk *w)
{
    if (!digit(w))
        return false;
    while (digit(w))
        w->at++;
    return true;
}

static bool take(struct walk *w, char byte)
{
    if (w->at == w->end || *w->at != byte)
        return false;
    w->at++;
    return true;
}

static bool number(struct walk *w)
{
    take(w, '-');
    if (!take(w, '0') && !digits(w))
        return false;
    if (take(w, '.') && !digits(w))
        return false;
    if (!take(w, 'e') && !take(w, 'E'))
        return true;
    if (!take(w, '+'))
        take(w, '-');
    return digits(w);
}

static bool word(struct walk *w, const char *text)
{
    size_t size = strlen(text);
    if ((size_t)(w->end - w->at) < size || memcmp(w->at, text, size) != 0)
        return false;
    w->at += size;
    return true;
}

static bool hex4(struct walk *w, uint32_t *c)
{
    *c = 0;
    for (int i = 0; i < 4; i++, w->at++) {
        if (w->at == w->end)
            return false;
        char h = *w->at;
        int value = h >= '0' && h <= '9'   ? h - '0'
                    : h >= 'a' && h <= 'f' ? h - 'a' + 10
                    : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                           : -1;
        if (value < 0)
            return false;
        *c = *c << 4 | (uint32_t)value;
    }
    return true;
}

/* What stands behind \u, with its second half if it is a pair; a lone surrogate becomes U+FFFD, and so does NUL, which
 * no stream could hold. */
static bool unicode_escape(struct walk *w, uint32_t *c)
{
    if (!hex4(w, c))
        return false;
    if (*c == 0)
        *c = DN_UNICODE_REPLACEMENT;
    if (*c < 0xd800 || *c > 0xdfff)
        return true;
    const char *before = w->at;
    uint32_t low = 0;
    if (*c < 0xdc00 && word(w, "\\u")) {
        if (!hex4(w, &low))
            return false;
        if (low >= 0xdc00 && low <= 0xdfff) {
            *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
            return true;
        }
        w->at = before;
    }
    *c = DN_UNICODE_REPLACEMENT;
    return true;
}

static bool escape(struct walk *w)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char bytes[4];
    uint32_t c = 0;
    if (w->at == w->end)
        return false;
    char letter = *w->at++;
    const char *known = letter ? strchr(from, letter) : NULL;
    if (known) {
        dn_buf_addc(&w->text, to[known - from]);
        return true;
    }
    if (letter != 'u' || !unicode_escape(w, &c))
        return false;
    dn_buf_add(&w->text, bytes, dn_unicode_put(bytes, c));
    return true;
}

/* Reads a string; *value is a view into the document, or into w->text if it has escapes. */
static bool string(struct walk *w, struct dn_text *value)
{
    if (!take(w, '"'))
        return false;
    const char *start = w->at;
    bool escaped = false;
    while (w->at < w->end && *w->at != '"') {
        if ((unsigned char)*w->at < 0x20)
            return false;
        if (*w->at != '\\') {
            w->at++;
            continue;
        }
        if (!escaped)
            dn_buf_reset(&w->text);
        escaped = true;
        dn_buf_add(&w->text, start, (size_t)(w->at - start));
        w->at++;
        if (!escape(w))
            return false;
        start = w->at;
    }
    *value = (struct dn_text){start, (size_t)(w->at - start)};
    if (escaped) {
        dn_buf_addt(&w->text, *value);
        *value = dn_buf_text(&w->text);
    }
    return take(w, '"');
}

static void give(const struct walk *w, struct dn_text value)
{
    if (w->next_on_path && w->depth == w->tokens->count)
        w->found(w->context, value);
}

static bool open_level(struct walk *w, bool map)
{
    if (w->depth == MOST_LEVELS)
        return false;
    if (w->next_on_path && w->depth == w->tokens->count) {
        w->wanted = w->at;
        w->wanted_depth = w->depth;
    }
    w->at++;
    w->levels[w->depth] = (struct level){map, w->next_on_path && w->depth < w->tokens->count, 0};
    w->depth++;
    return true;
}

static void close_level(struct walk *w)
{
    w->depth--;
    if (w->wanted && w->depth == w->wanted_depth) {
        w->found(w->context, (struct dn_text){w->wanted, (size_t)(w->at - w->wanted)});
        w->wanted = NULL;
    }
}

static bool is_element(const char *token, size_t element)
{
    if (strcmp(token, "*") == 0)
        return true;
    struct dn_text text = dn_text_of(token);
    int64_t number = 0;
    return dn_text_number(text, &number) && (text.at[0] != '0' || text.size == 1) && (size_t)number == element;
}

/* Reads a member's name, or counts an element, and says whether its value lies on the path. */
static bool begin_member(struct walk *w)
{
    struct level *level = &w->levels[w->depth - 1];
    const char *token = level->on_path ? w->tokens->at[w->depth - 1] : NULL;
    if (!level->map) {
        w->next_on_path = token && is_element(token, level->element++);
        return true;
    }
    struct dn_text name;
    if (!string(w, &name))
        return false;
    w->next_on_path = token && dn_text_is(name, token);
    skip_blanks(w);
    if (!take(w, ':'))
        return false;
    skip_blanks(w);
    return true;
}

/* Closes what ends behind a value; then, if anything is still open, begins the next member. */
static bool end_value(struct walk *w)
{
    for (;;) {
        skip_blanks(w);
        if (w->depth == 0)
            return true;
        if (take(w, ',')) {
            skip_blanks(w);
            return begin_member(w);
        }
        if (!take(w, w->levels[w->depth - 1].map ? '}' : ']'))
            return false;
        close_level(w);
    }
}

static bool scalar(struct walk *w)
{
    struct dn_text value;
    const char *start = w->at;
    if (*w->at == '"') {
        if (!string(w, &value))
            return false;
        give(w, value);
        return true;
    }
    if (word(w, "null")) {
        give(w, (struct dn_text){"", 0});
        return true;
    }
    if (!word(w, "true") && !word(w, "false") && !number(w))
        return false;
    give(w, (struct dn_text){start, (size_t)(w->at - start)});
    return true;
}

/* One value, or the opening of one together with its first member's name. */
static bool step(struct walk *w)
{
    if (w->at == w->end)
        return false;
    bool map = *w->at == '{';
    if (!map && *w->at != '[')
        return scalar(w) && end_value(w);
    if (!open_level(w, map))
        return false;
    skip_blanks(w);
    if (take(w, map ? '}' : ']')) {
        close_level(w);
        return end_value(w);
    }
    return begin_member(w);
}

bool dn_json_pick(struct dn_text document, const struct dn_json_pointer *pointer, dn_json_found *found, void *context)
{
    struct walk w;
    if (document.size == 0 || !dn_text_utf8(document, NULL))
        return false;
    w.at = document.at;
    w.end = document.at + document.size;
    w.tokens = &pointer->tokens;
    w.found = found;
    w.context = context;
    w.depth = 0;
    w.next_on_path = true;
    w.wanted = NULL;
    w.text = (struct dn_buf){0};
    skip_blanks(&w);
    bool fine;
    do
        fine = step(&w);
    while (fine && w.depth > 0);
    bool whole = fine && w.at == w.end;
    dn_buf_clear(&w.text);
    return whole;
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
