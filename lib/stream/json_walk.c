/* One walk over a JSON document for several pointers. Most of it is strings that nobody asks for: they are skipped 16
 * bytes at a time. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "stream/json.h"
#include "stream/unicode.h"

#define MOST_LEVELS 128
#define NONE UINT32_MAX

/* What is done for every name and value: a call of it would cost a sixth of the walk. */
#ifdef __GNUC__
#define INLINED static inline __attribute__((always_inline))
#else
#define INLINED static inline
#endif

/* A token of a pointer. */
struct dn_json_node {
    char *token;
    size_t size;
    int64_t element; /* the token as the number of a list's element; -1: it is none */
    bool every;      /* * */
    uint32_t outlet; /* NONE: only on the way to others */
    uint32_t child, next;
    uint64_t names; /* of the children: sets of name_bit */
};

/* Names of this length and beginning have this bit. */
static uint64_t name_bit(struct dn_text name)
{
    unsigned first = name.size > 0 ? (unsigned char)name.at[0] : 0;
    return (uint64_t)1 << ((name.size * 7 + first) & 63);
}

static uint32_t add_node(struct dn_json_picker *picker, const char *token)
{
    picker->nodes = dn_grow(picker->nodes, picker->count, &picker->room, sizeof *picker->nodes);
    struct dn_json_node *node = &picker->nodes[picker->count];
    struct dn_text text = dn_text_of(token);
    *node = (struct dn_json_node){dn_strdup(token), text.size, -1, strcmp(token, "*") == 0, NONE, NONE, NONE, 0};
    if (dn_text_number(text, &node->element) && text.at[0] == '0' && text.size > 1)
        node->element = -1;
    return (uint32_t)picker->count++;
}

/* The node's child of that token, added if it was not there. */
static uint32_t child_of(struct dn_json_picker *picker, uint32_t parent, const char *token)
{
    uint32_t child = picker->nodes[parent].child;
    while (child != NONE && strcmp(picker->nodes[child].token, token) != 0)
        child = picker->nodes[child].next;
    if (child != NONE)
        return child;
    child = add_node(picker, token);
    picker->nodes[child].next = picker->nodes[parent].child;
    picker->nodes[parent].child = child;
    picker->nodes[parent].names |= name_bit(dn_text_of(token));
    return child;
}

size_t dn_json_picker_add(struct dn_json_picker *picker, const struct dn_json_pointer *pointer)
{
    uint32_t node = picker->count == 0 ? add_node(picker, "") : 0;
    for (size_t i = 0; i < pointer->tokens.count; i++)
        node = child_of(picker, node, pointer->tokens.at[i]);
    if (picker->nodes[node].outlet == NONE)
        picker->nodes[node].outlet = (uint32_t)picker->outlets++;
    return picker->nodes[node].outlet;
}

void dn_json_picker_clear(struct dn_json_picker *picker)
{
    for (size_t i = 0; i < picker->count; i++)
        free(picker->nodes[i].token);
    free(picker->nodes);
    *picker = (struct dn_json_picker){0};
}

/* Some nodes, on the walk's stack of them: those that a value lies at. */
struct set {
    uint32_t first, count;
};

/* A list or map that is open. */
struct level {
    const char *start;
    struct set at;
    int64_t element; /* of a list, from 0 */
    bool map;
};

#define STACK_NODES 64 /* of small pickers, without asking for memory */

struct walk {
    const char *at, *end;
    const struct dn_json_node *nodes;
    uint32_t *stack;
    struct set next; /* of the value that comes */
    struct dn_buf *scratch;
    dn_json_found *found;
    void *context;
    size_t depth;
    struct level levels[MOST_LEVELS];
};

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline void skip_blanks(struct walk *w)
{
    while (w->at < w->end && is_blank(*w->at))
        w->at++;
}

static inline bool take(struct walk *w, char byte)
{
    if (w->at == w->end || *w->at != byte)
        return false;
    w->at++;
    return true;
}

static bool digits(struct walk *w)
{
    const char *start = w->at;
    while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
        w->at++;
    return w->at > start;
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

static bool word(struct walk *w, const char *text, size_t size)
{
    if ((size_t)(w->end - w->at) < size || memcmp(w->at, text, size) != 0)
        return false;
    w->at += size;
    return true;
}

/* The first quote, backslash or control character; end when there is none. */
static inline const char *find_special(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                    _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        unsigned mask = (unsigned)_mm_movemask_epi8(hits);
        if (mask)
            return at + __builtin_ctz(mask);
    }
#endif
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
        at++;
    return at;
}

static int hex_value(char h)
{
    return h >= '0' && h <= '9'   ? h - '0'
           : h >= 'A' && h <= 'F' ? h - 'A' + 10
           : h >= 'a' && h <= 'f' ? h - 'a' + 10
                                  : -1;
}

static inline bool is_escape(char c)
{
    return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
}

/* The size of the escape at a backslash; 0: it is none. */
static size_t escape_size(const char *at, const char *end)
{
    if (end - at < 2)
        return 0;
    if (at[1] != 'u')
        return is_escape(at[1]) ? 2 : 0;
    for (int i = 2; i < 6; i++)
        if (at + i >= end || hex_value(at[i]) < 0)
            return 0;
    return 6;
}

/* Reads a string: *raw is what stands between its quotes. */
INLINED bool string(struct walk *w, struct dn_text *raw, bool *escaped)
{
    if (!take(w, '"'))
        return false;
    const char *start = w->at, *at = start;
    *escaped = false;
    while ((at = find_special(at, w->end)) < w->end && *at == '\\') {
        size_t size = escape_size(at, w->end);
        if (size == 0)
            return false;
        *escaped = true;
        at += size;
    }
    if (at == w->end || *at != '"')
        return false;
    *raw = (struct dn_text){start, (size_t)(at - start)};
    w->at = at + 1;
    return true;
}

static uint32_t hex4(const char *at)
{
    return (uint32_t)(hex_value(at[0]) << 12 | hex_value(at[1]) << 8 | hex_value(at[2]) << 4 | hex_value(at[3]));
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

/* A string's text; its escapes are known to be right. */
static struct dn_text unescape(struct dn_text raw, struct dn_buf *into)
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
            at += 2;
        }
    }
    return dn_buf_text(into);
}

static inline struct dn_text text_of(const struct walk *w, struct dn_text raw, bool escaped)
{
    return escaped ? unescape(raw, w->scratch) : raw;
}

static void give(const struct walk *w, struct set at, struct dn_text value)
{
    for (uint32_t i = 0; i < at.count; i++) {
        uint32_t outlet = w->nodes[w->stack[at.first + i]].outlet;
        if (outlet != NONE)
            w->found(w->context, outlet, value);
    }
}

/* The set of the children of these nodes that have the name, on the stack behind them. */
static void enter_member(struct walk *w, struct set of, struct dn_text name)
{
    uint64_t bit = name_bit(name);
    w->next = (struct set){of.first + of.count, 0};
    for (uint32_t i = 0; i < of.count; i++) {
        const struct dn_json_node *node = &w->nodes[w->stack[of.first + i]];
        if (!(node->names & bit))
            continue;
        for (uint32_t child = node->child; child != NONE; child = w->nodes[child].next)
            if (w->nodes[child].size == name.size && memcmp(w->nodes[child].token, name.at, name.size) == 0)
                w->stack[w->next.first + w->next.count++] = child;
    }
}

static void enter_element(struct walk *w, struct set of, int64_t element)
{
    w->next = (struct set){of.first + of.count, 0};
    for (uint32_t i = 0; i < of.count; i++)
        for (uint32_t child = w->nodes[w->stack[of.first + i]].child; child != NONE; child = w->nodes[child].next)
            if (w->nodes[child].every || w->nodes[child].element == element)
                w->stack[w->next.first + w->next.count++] = child;
}

/* Reads a member's name, or counts an element. */
INLINED bool begin_member(struct walk *w)
{
    struct level *level = &w->levels[w->depth - 1];
    struct dn_text name;
    bool escaped;
    if (!level->map) {
        if (level->at.count > 0)
            enter_element(w, level->at, level->element++);
        return true;
    }
    if (!string(w, &name, &escaped))
        return false;
    if (level->at.count > 0)
        enter_member(w, level->at, text_of(w, name, escaped));
    skip_blanks(w);
    if (!take(w, ':'))
        return false;
    skip_blanks(w);
    return true;
}

static bool open_level(struct walk *w, bool map)
{
    if (w->depth == MOST_LEVELS)
        return false;
    w->levels[w->depth++] = (struct level){w->at++, w->next, 0, map};
    w->next.count = 0;
    return true;
}

static void close_level(struct walk *w)
{
    const struct level *level = &w->levels[--w->depth];
    if (level->at.count > 0)
        give(w, level->at, (struct dn_text){level->start, (size_t)(w->at - level->start)});
    w->next.count = 0;
}

/* Closes what ends behind a value; then, if anything is still open, begins the next member. */
INLINED bool end_value(struct walk *w)
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

static bool literal(struct walk *w)
{
    const char *start = w->at;
    if (word(w, "null", 4))
        give(w, w->next, (struct dn_text){"", 0});
    else if (word(w, "true", 4) || word(w, "false", 5) || number(w))
        give(w, w->next, (struct dn_text){start, (size_t)(w->at - start)});
    else
        return false;
    return true;
}

/* One value, or the opening of one together with its first member's name. */
static inline bool step(struct walk *w)
{
    struct dn_text raw;
    bool escaped;
    if (w->at == w->end)
        return false;
    char c = *w->at;
    if (c == '"') {
        if (!string(w, &raw, &escaped))
            return false;
        if (w->next.count > 0)
            give(w, w->next, text_of(w, raw, escaped));
        return end_value(w);
    }
    if (c != '{' && c != '[')
        return literal(w) && end_value(w);
    if (!open_level(w, c == '{'))
        return false;
    skip_blanks(w);
    if (take(w, c == '{' ? '}' : ']')) {
        close_level(w);
        return end_value(w);
    }
    return begin_member(w);
}

bool dn_json_walk(const struct dn_json_picker *picker, struct dn_text document, struct dn_buf *scratch,
                  dn_json_found *found, void *context)
{
    uint32_t small[STACK_NODES], *stack = picker->count <= STACK_NODES ? small : dn_alloc(picker->count, sizeof *stack);
    struct walk w;
    w.at = document.at;
    w.end = document.at + document.size;
    w.nodes = picker->nodes;
    w.stack = stack;
    w.next = (struct set){0, picker->count > 0};
    w.scratch = scratch;
    w.found = found;
    w.context = context;
    w.depth = 0;
    stack[0] = 0;
    skip_blanks(&w);
    bool fine;
    do
        fine = step(&w);
    while (fine && w.depth > 0);
    if (stack != small)
        free(stack);
    return fine && w.at == w.end;
}
