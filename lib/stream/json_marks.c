/* A walk over a JSON list or map by the marks that json_scan.h finds: what is valid is told there, here only the names
 * and values are looked at that a pointer may ask for. */
#include "stream/json_reader.h"

void dn_json_scan_begin(struct dn_json_scan *scan, const char *end, unsigned limit)
{
    *scan = (struct dn_json_scan){.end = end, .limit = limit, .value = 1, .wanted = ~(uint64_t)0};
}

/* Blanks and control characters, about which others speak, and what is a token of its own. */
static bool ends_word(char c)
{
    return (unsigned char)c <= ' ' || c == ',' || c == '}' || c == ']' || c == '"' || c == ':' || c == '{' || c == '[';
}

bool dn_json_word_fits(const char *at, const char *end)
{
    struct dn_json_walk walk;
    walk.at = at;
    walk.end = end;
    return dn_json_literal(&walk) && (walk.at == end || ends_word(*walk.at));
}

/* Looks at what stands behind each backslash of the stretch. */
static bool escapes_fit(const struct dn_json_stretch *stretch, const char *end)
{
    const char *bytes = stretch->document + stretch->at;
    for (size_t block = 0; block * DN_SCAN_BLOCK < stretch->size; block++)
        for (uint64_t left = stretch->escapes[block]; left; left &= left - 1) {
            const char *at = bytes + block * DN_SCAN_BLOCK + (unsigned)__builtin_ctzll(left);
            if (json_escape_size(at - 1, end) == 0)
                return false;
        }
    return true;
}

/* May there be an escape in so many bytes of the document from that place on? */
static inline bool may_escape(const struct dn_json_stretch *stretch, size_t from, size_t size)
{
    if (from < stretch->at || size >= DN_SCAN_BLOCK)
        return true;
    size_t block = (from - stretch->at) / DN_SCAN_BLOCK, bit = from % DN_SCAN_BLOCK;
    return stretch->escapes[block] >> bit || (bit + size >= DN_SCAN_BLOCK && stretch->escapes[block + 1]);
}

/* The value behind a colon, a bracket or a comma is the next one; of a list or map there is a mark. */
static void tell_next(struct dn_json_walk *w, const char *behind)
{
    w->at = behind;
    json_skip_blanks(w);
    json_tell(w, w->next, w->at);
    if (w->at < w->end && *w->at != '{' && *w->at != '[')
        w->next.count = 0;
}

/* The value of a name that is asked for comes behind this quote. */
static void enter_member(struct dn_json_walk *w, struct dn_text name, const char *quote)
{
    dn_json_enter_member(w, w->levels[w->depth - 1].at, name);
    if (w->next.count == 0)
        return;
    w->at = quote + 1 + w->doubled;
    json_skip_blanks(w);
    tell_next(w, w->at + (w->at < w->end)); /* behind the colon */
}

/* A name ends. Most are not asked for, which is all that need be known of them. */
static inline void end_name(struct dn_json_walk *w, const struct dn_json_stretch *stretch, size_t from, size_t to)
{
    size_t start = from + 1 + w->doubled;
    struct dn_text name = {stretch->document + start, to - start};
    uint64_t names = w->levels[w->depth - 1].names;
    w->next.count = 0;
    if (names == 0)
        return;
    if (may_escape(stretch, start, name.size) && memchr(name.at, '\\', name.size))
        enter_member(w, json_text_of(w, name, true), stretch->document + to);
    else if (names >> json_slot(name) & 1)
        enter_member(w, name, stretch->document + to);
}

/* A list goes on behind this bracket or comma. */
static void next_element(struct dn_json_walk *w, const char *at)
{
    struct dn_json_level *level = &w->levels[w->depth - 1];
    w->next.count = 0;
    if (level->at.count == 0)
        return;
    w->at = at + 1;
    json_skip_blanks(w);
    if (w->at == w->end || *w->at == ']')
        return;
    dn_json_enter_element(w, level->at, level->element++);
    tell_next(w, w->at);
}

static void open_level(struct dn_json_walk *w)
{
    struct dn_json_level *level = &w->levels[w->depth++];
    *level = (struct dn_json_level){.at = w->next};
    for (uint32_t i = 0; i < w->next.count; i++)
        level->names |= w->nodes[w->stack[w->next.first + i]].names;
    w->next.count = 0;
}

static inline void take_mark(struct dn_json_walk *w, const struct dn_json_stretch *stretch, size_t mark)
{
    const char *at = stretch->document + stretch->places[mark + 1];
    switch (stretch->tokens[mark]) {
    case '"':
        end_name(w, stretch, stretch->places[mark], stretch->places[mark + 1]);
        return;
    case ',':
        next_element(w, at);
        return;
    case '{':
    case '[':
        open_level(w);
        if (*at == '[')
            next_element(w, at);
        return;
    default:
        w->depth--;
        w->next.count = 0;
    }
}

/* What was scanned so far is how a document may begin, so that its marks need no second look. */
static bool take_stretch(struct dn_json_walk *w, const struct dn_json_machine *machine, struct dn_json_scan *scan,
                         struct dn_json_stretch *stretch)
{
    (w->doubled ? machine->fold_doubled : machine->fold)(scan, stretch);
    if (scan->bad || !escapes_fit(stretch, w->end))
        return false;
    machine->judge(scan, stretch);
    for (size_t i = 0; i < stretch->mark_count && !scan->bad; i++)
        take_mark(w, stretch, stretch->marks[i]);
    return !scan->bad;
}

bool dn_json_walk_marked(struct dn_json_walk *walk, const struct dn_json_machine *machine, unsigned limit)
{
    struct dn_json_scan scan;
    struct dn_json_stretch stretch;
    size_t size = (size_t)(walk->end - walk->at);
    dn_json_scan_begin(&scan, walk->end, limit);
    stretch.document = walk->at;
    stretch.count = stretch.judged = 0;
    stretch.last = false;
    json_tell(walk, walk->next, walk->at);
    for (stretch.at = 0; !stretch.last; stretch.at += DN_JSON_STRETCH) {
        stretch.last = size - stretch.at <= DN_JSON_STRETCH;
        stretch.size = stretch.last ? size - stretch.at : DN_JSON_STRETCH;
        if (!take_stretch(walk, machine, &scan, &stretch))
            return false;
    }
    return scan.over;
}
