#include "channel/bounce_fields.h"

#include <gmime/gmime.h>
#include <string.h>

/* Takes a line without its end off rest. */
static bool next_line(struct dn_text *rest, struct dn_text *line)
{
    if (!rest->size)
        return false;
    const char *end = memchr(rest->at, '\n', rest->size);
    size_t size = end ? (size_t)(end - rest->at) : rest->size;
    *line = (struct dn_text){rest->at, size};
    rest->at += end ? size + 1 : size;
    rest->size -= end ? size + 1 : size;
    if (line->size && line->at[line->size - 1] == '\r')
        line->size--;
    return true;
}

static bool is_blank(struct dn_text line)
{
    return dn_text_trim(line).size == 0;
}

static void add_field(struct dn_bounce_group *group, struct dn_text line)
{
    const char *colon = line.size ? memchr(line.at, ':', line.size) : NULL;
    if (!colon || group->count == DN_BOUNCE_FIELDS)
        return;
    size_t size = (size_t)(colon - line.at);
    group->names[group->count] = dn_text_trim((struct dn_text){line.at, size});
    group->values[group->count++] = (struct dn_text){colon + 1, line.size - size - 1};
}

/* A folded line belongs to the value before it: the value's view grows over the line end. */
static void take_line(struct dn_bounce_group *group, struct dn_text line, bool *open)
{
    if (line.at[0] != ' ' && line.at[0] != '\t') {
        size_t before = group->count;
        add_field(group, line);
        *open = group->count > before;
    } else if (*open) {
        struct dn_text *value = &group->values[group->count - 1];
        value->size = (size_t)(line.at + line.size - value->at);
    }
}

bool dn_bounce_group_next(struct dn_text *rest, struct dn_bounce_group *group)
{
    struct dn_text line;
    bool open = false;
    group->count = 0;
    while (next_line(rest, &line)) {
        if (!is_blank(line))
            take_line(group, line, &open);
        else if (group->count)
            return true;
    }
    return group->count > 0;
}

struct dn_text dn_bounce_field(const struct dn_bounce_group *group, const char *name)
{
    for (size_t i = 0; i < group->count; i++)
        if (dn_text_equal_nocase(group->names[i], dn_text_of(name)))
            return dn_text_trim(group->values[i]);
    return (struct dn_text){NULL, 0};
}

struct dn_text dn_bounce_behind_type(struct dn_text value)
{
    const char *semicolon = value.size ? memchr(value.at, ';', value.size) : NULL;
    if (!semicolon)
        return value;
    size_t size = (size_t)(semicolon - value.at) + 1;
    return dn_text_trim((struct dn_text){value.at + size, value.size - size});
}

/* Folds and runs of blanks become one blank; only as much as could be shown. */
static void add_unfolded(struct dn_buf *into, struct dn_text value, size_t most)
{
    bool blank = true;
    for (size_t i = 0; i < value.size && into->size < most; i++) {
        char c = value.at[i];
        bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!space)
            dn_buf_addc(into, c);
        else if (!blank)
            dn_buf_addc(into, ' ');
        blank = space;
    }
}

/* The most bytes up to cap that do not end inside a character. */
static size_t cut(struct dn_text text, size_t cap)
{
    while (cap > 0 && ((unsigned char)text.at[cap] & 0xc0) == 0x80)
        cap--;
    return cap;
}

void dn_bounce_add_line(struct dn_buf *into, struct dn_text value, size_t cap)
{
    struct dn_buf flat = {0}, seen = {0};
    add_unfolded(&flat, value, cap * 2);
    dn_buf_add_visible(&seen, dn_text_trim(dn_buf_text(&flat)));
    struct dn_text text = dn_buf_text(&seen);
    if (text.size > cap) {
        dn_buf_add(into, text.at, cut(text, cap - 3));
        dn_buf_adds(into, "...");
    } else {
        dn_buf_addt(into, text);
    }
    dn_buf_clear(&flat);
    dn_buf_clear(&seen);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_offset(const char *word)
{
    return (word[0] == '+' || word[0] == '-') && is_digit(word[1]) && is_digit(word[2]) && is_digit(word[3]) &&
           is_digit(word[4]) && !word[5];
}

/* Is one of its words a zone? What GMime takes for UTC because nothing stands there is not known. */
static bool has_zone(const char *text)
{
    static const char *const zones[] = {"GMT", "UT",  "UTC", "Z",   "EST", "EDT", "CST",
                                        "CDT", "MST", "MDT", "PST", "PDT", NULL};
    bool found = false;
    char **words = g_strsplit_set(text, " \t\r\n()", 64);
    for (size_t i = 0; words[i] && !found; i++) {
        found = is_offset(words[i]);
        for (size_t z = 0; zones[z] && !found; z++)
            found = strcmp(words[i], zones[z]) == 0;
    }
    g_strfreev(words);
    return found;
}

bool dn_bounce_date(struct dn_text value, struct dn_instant *at)
{
    if (!value.size || value.size > 200 || memchr(value.at, '\0', value.size))
        return false;
    char *text = g_strndup(value.at, value.size);
    GDateTime *date = has_zone(text) ? g_mime_utils_header_decode_date(text) : NULL;
    g_free(text);
    if (!date)
        return false;
    struct dn_instant found = {g_date_time_to_unix(date), 0};
    g_date_time_unref(date);
    if (!dn_instant_in_range(found))
        return false;
    *at = found;
    return true;
}
