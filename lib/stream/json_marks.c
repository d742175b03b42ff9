/* A walk over a JSON list or map by the marks that json_scan.h finds: what is valid is told there, here only the names
 * and values are looked at that a pointer may ask for. */
#include "stream/json_reader.h"

void dn_json_scan_begin(struct dn_json_scan *scan, const char *end, unsigned limit)
{
    *scan = (struct dn_json_scan){.end = end, .limit = limit, .value = 1, .wanted = ~(uint64_t)0};
}

bool dn_json_word_fits(const char *at, const char *end)
{
    struct dn_json_walk walk;
    walk.at = at;
    walk.end = end;
    return dn_json_literal(&walk) && (walk.at == end || (unsigned char)*walk.at <= ' ' || strchr("\",:[]{}", *walk.at));
}

/* Looks at what stands behind each backslash of the stretch. */
static bool escapes_fit(const struct dn_json_stretch *stretch, const char *end)
{
    const char *bytes = stretch->document + stretch->at;
    for (uint64_t blocks = stretch->escaping; blocks; blocks &= blocks - 1) {
        unsigned block = (unsigned)__builtin_ctzll(blocks);
        for (uint64_t left = stretch->escapes[block]; left; left &= left - 1) {
            const char *at = bytes + block * DN_SCAN_BLOCK + (unsigned)__builtin_ctzll(left);
            if (at >= end || json_escape_size(at - 1, end) == 0)
                return false;
        }
    }
    return true;
}

/* May there be an escape in the document from that place on? */
static bool may_escape(const struct dn_json_stretch *stretch, size_t from, size_t size)
{
    if (from < stretch->at || size >= DN_SCAN_BLOCK)
        return true;
    size_t block = (from - stretch->at) / DN_SCAN_BLOCK, bit = from % DN_SCAN_BLOCK;
    return stretch->escaping >> block & 3 &&
           (stretch->escapes[block] >> bit || (bit + size >= DN_SCAN_BLOCK && stretch->escapes[block + 1]));
}

/* The value behind a colon, a bracket or a comma is the next one; of a list or map there is a mark. */
static void tell_next(struct dn_json_walk *w, const char *behind)
{
    w->at = behind;
    json_skip_blanks(w);
    dn_json_tell(w, w->next, w->at);
    if (w->at < w->end && *w->at != '{' && *w->at != '[')
        w->next.count = 0;
}

/* A name ends at this quote, with a colon behind it. */
static void end_name(struct dn_json_walk *w, const struct dn_json_stretch *stretch, size_t from, size_t to)
{
    struct dn_json_set of = w->levels[w->depth - 1].at;
    size_t start = from + 1 + w->doubled;
    struct dn_text name = {stretch->document + start, to - start};
    w->next.count = 0;
    if (of.count == 0)
        return;
    bool escaped = stretch->escaping && may_escape(stretch, start, name.size) && memchr(name.at, '\\', name.size);
    dn_json_enter_member(w, of, json_text_of(w, name, escaped));
    if (w->next.count == 0)
        return;
    w->at = stretch->document + to + 1 + w->doubled;
    json_skip_blanks(w);
    tell_next(w, w->at + (w->at < w->end));
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

static void take_mark(struct dn_json_walk *w, const struct dn_json_stretch *stretch, size_t mark)
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
        w->levels[w->depth++] = (struct dn_json_level){w->next, 0, *at == '{'};
        w->next.count = 0;
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
    dn_json_tell(walk, walk->next, walk->at);
    for (stretch.at = 0; !stretch.last; stretch.at += DN_JSON_STRETCH) {
        stretch.last = size - stretch.at <= DN_JSON_STRETCH;
        stretch.size = stretch.last ? size - stretch.at : DN_JSON_STRETCH;
        if (!take_stretch(walk, machine, &scan, &stretch))
            return false;
    }
    return scan.over;
}
