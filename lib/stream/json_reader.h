/* Inside the JSON reader. There are two ways through a document, which find the same: json_walk.c goes from value to
 * value on every machine; json_marks.c has the machine look at 64 bytes at a time for what is wrong, and then goes only
 * to the names that stand where a pointer may ask. What they share is here. */
#ifndef DN_STREAM_JSON_READER_H
#define DN_STREAM_JSON_READER_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "stream/json.h"
#include "stream/json_scan.h"

#define DN_JSON_NONE UINT32_MAX
#define DN_JSON_SLOTS 64
#define DN_JSON_STACK 64 /* nodes of small pickers, without asking for memory */

/* What is done for every name and value: a call of it would cost a sixth of the walk. */
#ifdef __GNUC__
#define DN_JSON_INLINED static inline __attribute__((always_inline))
#else
#define DN_JSON_INLINED static inline
#endif

/* A token of a pointer. */
struct dn_json_node {
    char *token;
    size_t size;
    int64_t element;                     /* the token as the number of a list's element; -1: it is none */
    bool every;                          /* * */
    uint32_t outlet;                     /* DN_JSON_NONE: only on the way to others */
    uint32_t child, next;                /* children, in any order */
    uint64_t names;                      /* bit n: some child has the slot n */
    uint32_t slots[DN_JSON_SLOTS], same; /* children by json_slot of their tokens */
};

/* Where a name of this length and beginning is looked for. */
static inline size_t json_slot(struct dn_text name)
{
    unsigned first = name.size > 0 ? (unsigned char)name.at[0] : 0;
    return (name.size * 7 + first) % DN_JSON_SLOTS;
}

/* Some nodes, on the walk's stack of them: those that a value lies at. */
struct dn_json_set {
    uint32_t first, count;
};

/* A list or map that is open. */
struct dn_json_level {
    struct dn_json_set at;
    uint64_t names;  /* json_marks.c: of the members that a pointer asks for, bits by json_slot */
    int64_t element; /* of a list, from 0 */
    bool map;
};

struct dn_json_walk {
    const char *at, *end;
    const struct dn_json_node *nodes;
    uint32_t *stack;
    struct dn_json_set next; /* of the value that comes */
    struct dn_buf *scratch;
    dn_json_found *found;
    void *context;
    bool doubled; /* each quote stands twice */
    size_t depth;
    struct dn_json_level levels[DN_JSON_DEPTH];
};

/* Goes through the document value by value; its quotes stand once. As dn_json_walk. */
bool dn_json_walk_portable(struct dn_json_walk *walk);

/* Goes by the marks of a scan through a document that begins with a bracket. limit: as in struct dn_json_scan. */
bool dn_json_walk_marked(struct dn_json_walk *walk, const struct dn_json_machine *machine, unsigned limit);

/* A string's text, out of what is between its quotes; its escapes are known to be right. */
struct dn_text dn_json_unescape(struct dn_text raw, bool doubled, struct dn_buf *into);

/* Moves behind a number, true, false or null; nothing is said of what stands there. */
bool dn_json_literal(struct dn_json_walk *walk);

/* The next value is that of this member, or element, of a value at these nodes: finds the set of their children, on the
 * stack behind them. */
void dn_json_enter_member(struct dn_json_walk *walk, struct dn_json_set of, struct dn_text name);
void dn_json_enter_element(struct dn_json_walk *walk, struct dn_json_set of, int64_t element);

static inline bool json_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline void json_skip_blanks(struct dn_json_walk *w)
{
    while (w->at < w->end && json_is_blank(*w->at))
        w->at++;
}

static inline bool json_take(struct dn_json_walk *w, char byte)
{
    if (w->at == w->end || *w->at != byte)
        return false;
    w->at++;
    return true;
}

/* The first quote, backslash or control character; end when there is none. */
static inline const char *json_find_special(const char *at, const char *end)
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

static inline int json_hex_value(char h)
{
    return h >= '0' && h <= '9'   ? h - '0'
           : h >= 'A' && h <= 'F' ? h - 'A' + 10
           : h >= 'a' && h <= 'f' ? h - 'a' + 10
                                  : -1;
}

/* The size of the escape at a backslash, what is behind it on the text's last byte at the latest; 0: it is none. */
static inline size_t json_escape_size(const char *at, const char *end)
{
    char c = end - at < 2 ? 0 : at[1];
    if (c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't')
        return 2;
    if (c != 'u')
        return 0;
    for (int i = 2; i < 6; i++)
        if (at + i >= end || json_hex_value(at[i]) < 0)
            return 0;
    return 6;
}

/* Reads a string: *raw is what stands between its quotes. */
DN_JSON_INLINED bool json_string(struct dn_json_walk *w, bool doubled, struct dn_text *raw, bool *escaped)
{
    const char *start = w->at + 1 + doubled, *at = start;
    *escaped = false;
    if (w->end - w->at <= doubled || *w->at != '"')
        return false;
    while ((at = json_find_special(at, w->end)) < w->end && *at == '\\') {
        size_t size = json_escape_size(at, w->end);
        if (size == 0)
            return false;
        *escaped = true;
        at += size + (doubled && at[1] == '"');
    }
    if (w->end - at <= doubled || *at != '"')
        return false;
    *raw = (struct dn_text){start, (size_t)(at - start)};
    w->at = at + 1 + doubled;
    return true;
}

/* Tells whoever asked for a value at these nodes where it is. */
static inline void json_tell(const struct dn_json_walk *w, struct dn_json_set at, const char *value)
{
    for (uint32_t i = 0; i < at.count; i++) {
        uint32_t outlet = w->nodes[w->stack[at.first + i]].outlet;
        if (outlet != DN_JSON_NONE)
            w->found(w->context, outlet, value);
    }
}

static inline struct dn_text json_text_of(const struct dn_json_walk *w, struct dn_text raw, bool escaped)
{
    return escaped ? dn_json_unescape(raw, w->doubled, w->scratch) : raw;
}

#endif
