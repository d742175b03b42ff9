/* Single values, and who asked for them. */
#include "stream/json_reader.h"
#include "stream/unicode.h"

static bool digits(struct dn_json_walk *w)
{
    const char *start = w->at;
    while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
        w->at++;
    return w->at > start;
}

static bool number(struct dn_json_walk *w)
{
    json_take(w, '-');
    if (!json_take(w, '0') && !digits(w))
        return false;
    if (json_take(w, '.') && !digits(w))
        return false;
    if (!json_take(w, 'e') && !json_take(w, 'E'))
        return true;
    if (!json_take(w, '+'))
        json_take(w, '-');
    return digits(w);
}

static bool word(struct dn_json_walk *w, const char *text, size_t size)
{
    if ((size_t)(w->end - w->at) < size || memcmp(w->at, text, size) != 0)
        return false;
    w->at += size;
    return true;
}

bool dn_json_literal(struct dn_json_walk *walk)
{
    return word(walk, "null", 4) || word(walk, "true", 4) || word(walk, "false", 5) || number(walk);
}

static uint32_t hex4(const char *at)
{
    return (uint32_t)(json_hex_value(at[0]) << 12 | json_hex_value(at[1]) << 8 | json_hex_value(at[2]) << 4 |
                      json_hex_value(at[3]));
}

/* The character of a \u escape, moving *at behind it and its second half if it is a pair; a lone surrogate becomes
 * U+FFFD, and so does NUL, which no stream could hold. */
static uint32_t unicode_escape(const char **at, const char *end)
{
    uint32_t c = hex4(*at + 2);
    *at += 6;
    if (c < 0xd800 || c > 0xdfff)
        return c == 0 ? DN_UNICODE_REPLACEMENT : c;
    if (c >= 0xdc00 || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return DN_UNICODE_REPLACEMENT;
    uint32_t low = hex4(*at + 2);
    if (low < 0xdc00 || low > 0xdfff)
        return DN_UNICODE_REPLACEMENT;
    *at += 6;
    return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

struct dn_text dn_json_unescape(struct dn_text raw, bool doubled, struct dn_buf *into)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = raw.at, *end = raw.at + raw.size;
    char bytes[4];
    dn_buf_reset(into);
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        dn_buf_add(into, at, (size_t)((escape ? escape : end) - at));
        if (!escape)
            break;
        at = escape;
        if (at[1] == 'u') {
            dn_buf_add(into, bytes, dn_unicode_put(bytes, unicode_escape(&at, end)));
        } else {
            dn_buf_addc(into, to[strchr(from, at[1]) - from]);
            at += 2 + (doubled && at[1] == '"');
        }
    }
    return dn_buf_text(into);
}

/* Moves behind a list or map, which is known to be valid. */
static void skip_brackets(struct dn_json_walk *w)
{
    struct dn_text raw;
    bool escaped;
    size_t depth = 0;
    do {
        depth += *w->at == '{' || *w->at == '[';
        depth -= *w->at == '}' || *w->at == ']';
        if (*w->at != '"' || !json_string(w, w->doubled, &raw, &escaped))
            w->at++;
    } while (depth > 0 && w->at < w->end);
}

static struct dn_text undouble(struct dn_text text, struct dn_buf *into)
{
    dn_buf_reset(into);
    dn_buf_extend(into, dn_scan_unquote(text.at, text.size, dn_buf_reserve(into, text.size)));
    return dn_buf_text(into);
}

struct dn_text dn_json_read(const struct dn_json_document *document, const char *at, struct dn_buf *scratch)
{
    struct dn_json_walk walk;
    struct dn_text text = {"", 0};
    bool escaped = false;
    walk.at = at;
    walk.end = document->text.at + document->text.size;
    walk.doubled = document->doubled;
    walk.scratch = scratch;
    if (*at == '"')
        return json_string(&walk, walk.doubled, &text, &escaped) ? json_text_of(&walk, text, escaped) : text;
    if (*at == 'n')
        return text;
    if (*at == '{' || *at == '[')
        skip_brackets(&walk);
    else
        dn_json_literal(&walk);
    text = (struct dn_text){at, (size_t)(walk.at - at)};
    return walk.doubled && memchr(at, '"', text.size) ? undouble(text, scratch) : text;
}

/* As memcmp, without a call: names are a few words long. */
static inline bool same_bytes(const char *a, const char *b, size_t size)
{
    uint64_t one, other;
    for (; size >= sizeof one; a += sizeof one, b += sizeof one, size -= sizeof one) {
        memcpy(&one, a, sizeof one);
        memcpy(&other, b, sizeof other);
        if (one != other)
            return false;
    }
    while (size > 0 && a[size - 1] == b[size - 1])
        size--;
    return size == 0;
}

void dn_json_enter_member(struct dn_json_walk *walk, struct dn_json_set of, struct dn_text name)
{
    const struct dn_json_node *nodes = walk->nodes;
    struct dn_json_set next = {of.first + of.count, 0};
    size_t slot = json_slot(name);
    for (uint32_t i = 0; i < of.count; i++)
        for (uint32_t child = nodes[walk->stack[of.first + i]].slots[slot]; child != DN_JSON_NONE;
             child = nodes[child].same)
            if (nodes[child].size == name.size && same_bytes(nodes[child].token, name.at, name.size))
                walk->stack[next.first + next.count++] = child;
    walk->next = next;
}

void dn_json_enter_element(struct dn_json_walk *walk, struct dn_json_set of, int64_t element)
{
    const struct dn_json_node *nodes = walk->nodes;
    struct dn_json_set next = {of.first + of.count, 0};
    for (uint32_t i = 0; i < of.count; i++)
        for (uint32_t child = nodes[walk->stack[of.first + i]].child; child != DN_JSON_NONE; child = nodes[child].next)
            if (nodes[child].every || nodes[child].element == element)
                walk->stack[next.first + next.count++] = child;
    walk->next = next;
}
