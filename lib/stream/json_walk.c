/* One walk over a JSON document for several pointers, value by value. Most of it is strings that nobody asks for: they
 * are skipped 16 bytes at a time. */
#include "stream/json_reader.h"

/* Reads a member's name, or counts an element. */
DN_JSON_INLINED bool begin_member(struct dn_json_walk *w)
{
    struct dn_json_level *level = &w->levels[w->depth - 1];
    struct dn_text name;
    bool escaped;
    if (!level->map) {
        if (level->at.count > 0)
            dn_json_enter_element(w, level->at, level->element++);
        return true;
    }
    if (!json_string(w, false, &name, &escaped))
        return false;
    if (level->at.count > 0)
        dn_json_enter_member(w, level->at, json_text_of(w, name, escaped));
    json_skip_blanks(w);
    if (!json_take(w, ':'))
        return false;
    json_skip_blanks(w);
    return true;
}

static bool open_level(struct dn_json_walk *w, bool map)
{
    if (w->depth == DN_JSON_DEPTH)
        return false;
    w->levels[w->depth++] = (struct dn_json_level){.at = w->next, .map = map};
    w->next.count = 0;
    w->at++;
    return true;
}

/* Closes what ends behind a value; then, if anything is still open, begins the next member. */
DN_JSON_INLINED bool end_value(struct dn_json_walk *w)
{
    for (;;) {
        json_skip_blanks(w);
        if (w->depth == 0)
            return true;
        if (json_take(w, ',')) {
            json_skip_blanks(w);
            return begin_member(w);
        }
        if (!json_take(w, w->levels[w->depth - 1].map ? '}' : ']'))
            return false;
        w->depth--;
        w->next.count = 0;
    }
}

/* One value, or the opening of one together with its first member's name. */
static inline bool step(struct dn_json_walk *w)
{
    struct dn_text raw;
    bool escaped;
    if (w->at == w->end)
        return false;
    if (w->next.count > 0)
        json_tell(w, w->next, w->at);
    char c = *w->at;
    if (c != '{' && c != '[')
        return (c == '"' ? json_string(w, false, &raw, &escaped) : dn_json_literal(w)) && end_value(w);
    if (!open_level(w, c == '{'))
        return false;
    json_skip_blanks(w);
    if (!json_take(w, c == '{' ? '}' : ']'))
        return begin_member(w);
    w->depth--;
    return end_value(w);
}

bool dn_json_walk_portable(struct dn_json_walk *walk)
{
    bool fine;
    json_skip_blanks(walk);
    do
        fine = step(walk);
    while (fine && walk->depth > 0);
    return fine && walk->at == walk->end;
}
