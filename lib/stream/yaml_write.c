#include "stream/yaml_write.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "stream/unicode.h"
#include "time/instant.h"

#define MOST_DEPTH 65

/* Words that some reader takes for a boolean, a null, a merge or a default, whatever their case. */
static const char *const taken_words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "="};

static bool taken_word(struct dn_text value)
{
    if (value.size > 5)
        return false;
    for (size_t i = 0; i < sizeof taken_words / sizeof *taken_words; i++)
        if (dn_text_equal_nocase(value, dn_text_of(taken_words[i])))
            return true;
    return false;
}

/* Written as our own times are, upper-case T and Z. */
static bool is_time(struct dn_text value)
{
    struct dn_instant at;
    return dn_instant_parse(value, &at) && !memchr(value.at, 't', value.size) && !memchr(value.at, 'z', value.size);
}

/* Could it start a plain scalar that every reader takes for text? Digits, signs and dots start numbers. */
static bool starts_plain(char first)
{
    return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '/' || first == '_' ||
           first == '(' || (first & 0x80) != 0;
}

static bool after_colon(uint32_t c)
{
    return c == '/' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Visible ASCII that neither ends a plain scalar, in block or flow style, nor is better escaped. */
static bool ascii_plain(unsigned char c)
{
    static const char ending[128] = {[','] = 1,  ['['] = 1,  [']'] = 1, ['{'] = 1, ['}'] = 1, ['"'] = 1,
                                     ['\''] = 1, ['\\'] = 1, ['`'] = 1, ['?'] = 1, [127] = 1};
    return c >= ' ' && !ending[c];
}

static bool holds_plain(struct dn_text value)
{
    uint32_t c = 0, before = 0;
    while (value.size) {
        bool is_ascii = !(value.at[0] & 0x80);
        if (is_ascii) {
            c = (unsigned char)*value.at++;
            value.size--;
        } else {
            dn_unicode_next(&value, &c);
        }
        if ((is_ascii ? !ascii_plain((unsigned char)c) : dn_unicode_escape(c) || c == DN_UNICODE_REPLACEMENT) ||
            (c == '#' && before == ' ') || (before == ':' && !after_colon(c)))
            return false;
        before = c;
    }
    return before != ' ' && before != ':';
}

static bool plain(struct dn_text value)
{
    if (value.size == 0 || taken_word(value))
        return false;
    return is_time(value) || (starts_plain(value.at[0]) && holds_plain(value));
}

static void add_escaped(struct dn_buf *out, uint32_t c)
{
    static const char *const names[] = {['\t'] = "\\t", ['\n'] = "\\n", ['\r'] = "\\r"};
    if (c == '"' || c == '\\')
        dn_buf_addf(out, "\\%c", (int)c);
    else if (c <= '\r' && names[c])
        dn_buf_adds(out, names[c]);
    else if (c < 0x100)
        dn_buf_addf(out, "\\x%02X", (unsigned)c);
    else
        dn_buf_addf(out, "\\u%04X", (unsigned)c);
}

static void add_quoted(struct dn_buf *out, struct dn_text value)
{
    uint32_t c = 0;
    char bytes[4];
    dn_buf_addc(out, '"');
    while (dn_unicode_next(&value, &c)) {
        if (dn_unicode_escape(c) || c == '"' || c == '\\')
            add_escaped(out, c);
        else
            dn_buf_add(out, bytes, dn_unicode_put(bytes, c));
    }
    dn_buf_addc(out, '"');
}

static void add_scalar(struct dn_buf *out, struct dn_text value)
{
    if (plain(value))
        dn_buf_addt(out, value);
    else
        add_quoted(out, value);
}

/* Can it be a literal block that every reader takes for exactly this text? It must begin with a visible character, no
 * line may end in a blank, and nothing may need an escape. */
static bool literal(struct dn_text value)
{
    uint32_t c = 0, before = '\n';
    if (value.size == 0 || !memchr(value.at, '\n', value.size) || strchr(" \t\n", value.at[0]))
        return false;
    while (dn_unicode_next(&value, &c)) {
        bool blank_before = before == ' ' || before == '\t';
        if ((c == '\n' && blank_before) || c == DN_UNICODE_REPLACEMENT ||
            (c != '\n' && c != '\t' && dn_unicode_escape(c)))
            return false;
        before = c;
    }
    return before != ' ' && before != '\t';
}

static void add_indent(struct dn_yaml_writer *w, int depth)
{
    for (int i = 0; i < depth; i++)
        dn_buf_adds(w->out, "  ");
}

static void add_literal(struct dn_yaml_writer *w, struct dn_text value)
{
    dn_buf_adds(w->out, dn_text_ends(value, "\n\n") ? "|+\n" : dn_text_ends(value, "\n") ? "|\n" : "|-\n");
    while (value.size > 0) {
        const char *lf = memchr(value.at, '\n', value.size);
        size_t size = lf ? (size_t)(lf - value.at) : value.size;
        if (size > 0)
            add_indent(w, w->depth + 1);
        dn_buf_add(w->out, value.at, size);
        dn_buf_addc(w->out, '\n');
        size_t step = lf ? size + 1 : size;
        value = (struct dn_text){value.at + step, value.size - step};
    }
}

/* Writes what stands in front of a child of the open level: the indent, its dash or its key. */
static void begin_child(struct dn_yaml_writer *w, const char *key)
{
    bool first = w->level[w->depth].first, list = w->level[w->depth].list;
    bool in_line = w->depth > 0 && first && w->level[w->depth - 1].list; /* "- key: value" */
    if (w->depth > 0 && first)
        dn_buf_addc(w->out, in_line ? ' ' : '\n');
    if (!in_line)
        add_indent(w, w->depth);
    w->level[w->depth].first = false;
    if (list) {
        dn_buf_addc(w->out, '-');
        return;
    }
    add_scalar(w->out, dn_text_of(key));
    dn_buf_addc(w->out, ':');
}

static void put_value(struct dn_yaml_writer *w, struct dn_text value)
{
    dn_buf_addc(w->out, ' ');
    if (literal(value)) {
        add_literal(w, value);
        return;
    }
    add_scalar(w->out, value);
    dn_buf_addc(w->out, '\n');
}

static void open_level(struct dn_yaml_writer *w, const char *key, bool list)
{
    assert(w->depth < MOST_DEPTH);
    begin_child(w, key);
    w->depth++;
    w->level[w->depth].list = list;
    w->level[w->depth].first = true;
}

void dn_yaml_document(struct dn_yaml_writer *w, int number)
{
    if (number > 0)
        dn_buf_adds(w->out, "---\n");
    w->depth = 0;
    w->level[0].list = false;
    w->level[0].first = true;
}

void dn_yaml_put(struct dn_yaml_writer *w, const char *key, const char *value)
{
    begin_child(w, key);
    put_value(w, dn_text_of(value));
}

void dn_yaml_put_some(struct dn_yaml_writer *w, const char *key, const char *value)
{
    if (value && *value)
        dn_yaml_put(w, key, value);
}

void dn_yaml_put_bool(struct dn_yaml_writer *w, const char *key, bool value)
{
    begin_child(w, key);
    dn_buf_adds(w->out, value ? " true\n" : " false\n");
}

void dn_yaml_put_number(struct dn_yaml_writer *w, const char *key, int64_t value)
{
    begin_child(w, key);
    dn_buf_addf(w->out, " %" PRId64 "\n", value);
}

void dn_yaml_put_list(struct dn_yaml_writer *w, const char *key, const struct dn_strings *list)
{
    if (list->count == 0)
        return;
    begin_child(w, key);
    for (size_t i = 0; i < list->count; i++) {
        dn_buf_adds(w->out, i == 0 ? " [" : ", ");
        add_scalar(w->out, dn_text_of(list->at[i]));
    }
    dn_buf_adds(w->out, "]\n");
}

void dn_yaml_open_map(struct dn_yaml_writer *w, const char *key)
{
    open_level(w, key, false);
}

void dn_yaml_open_list(struct dn_yaml_writer *w, const char *key)
{
    open_level(w, key, true);
}

void dn_yaml_item(struct dn_yaml_writer *w, const char *value)
{
    dn_yaml_put(w, NULL, value);
}

void dn_yaml_close(struct dn_yaml_writer *w)
{
    assert(w->depth > 0);
    if (w->level[w->depth].first)
        dn_buf_adds(w->out, w->level[w->depth].list ? " []\n" : " {}\n");
    w->depth--;
}
