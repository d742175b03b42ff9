#include "notice/plain.h"

#include <stdlib.h>
#include <string.h>

bool dn_plain_is_word(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } marks[] = {{0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},
                 {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2000, 0x2BFF}, {0x3000, 0x3004},
                 {0x3008, 0x3020}, {0x3030, 0x3030}, {0xFE10, 0xFE6F}, {0xFEFF, 0xFEFF},
                 {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}};
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_';
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (c >= marks[i].first && c <= marks[i].last)
            return false;
    return true;
}

/* Appends a code point as UTF-8. */
static void add_code(unsigned long code, struct dn_buf *out)
{
    if (code < 0x80) {
        dn_buf_addc(out, (char)code);
    } else if (code < 0x800) {
        dn_buf_addc(out, (char)(0xC0 | (code >> 6)));
        dn_buf_addc(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
        dn_buf_addc(out, (char)(0xE0 | (code >> 12)));
        dn_buf_addc(out, (char)(0x80 | ((code >> 6) & 0x3F)));
        dn_buf_addc(out, (char)(0x80 | (code & 0x3F)));
    } else if (code < 0x110000) {
        dn_buf_addc(out, (char)(0xF0 | (code >> 18)));
        dn_buf_addc(out, (char)(0x80 | ((code >> 12) & 0x3F)));
        dn_buf_addc(out, (char)(0x80 | ((code >> 6) & 0x3F)));
        dn_buf_addc(out, (char)(0x80 | (code & 0x3F)));
    }
}

/* "&#38;" or "&#x26;": the size of it, or 0. */
static size_t add_numbered(struct dn_text at, struct dn_buf *out)
{
    char digits[12] = "";
    size_t size = 0;
    while (size < sizeof digits - 1 && 2 + size < at.size && at.at[2 + size] != ';') {
        digits[size] = at.at[2 + size];
        size++;
    }
    if (!size || 2 + size >= at.size || at.at[2 + size] != ';')
        return 0;
    bool is_hex = digits[0] == 'x' || digits[0] == 'X';
    char *end = NULL;
    unsigned long code = strtoul(digits + is_hex, &end, is_hex ? 16 : 10);
    if (*end || end == digits + is_hex || !code)
        return 0;
    add_code(code, out);
    return size + 3;
}

/* An entity at the beginning of `at` ('&'): its size, or 0. */
static size_t add_entity(struct dn_text at, struct dn_buf *out)
{
    static const struct {
        const char *entity, *text;
    } known[] = {{"&amp;", "&"},   {"&lt;", "<"},     {"&gt;", ">"},       {"&quot;", "\""},  {"&apos;", "'"},
                 {"&nbsp;", " "},  {"&shy;", ""},     {"&commat;", "@"},   {"&period;", "."}, {"&sol;", "/"},
                 {"&colon;", ":"}, {"&lowbar;", "_"}, {"&hyphen;", "-"},   {"&ndash;", "-"},  {"&mdash;", "-"},
                 {"&zwnj;", ""},   {"&zwj;", ""},     {"&NewLine;", "\n"}, {"&Tab;", "\t"},   {"&num;", "#"},
                 {"&bsol;", "\\"}, {"&equals;", "="}, {"&plus;", "+"},     {"&percnt;", "%"}};
    if (at.size > 2 && at.at[1] == '#')
        return add_numbered(at, out);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (dn_text_starts(at, known[i].entity)) {
            dn_buf_adds(out, known[i].text);
            return strlen(known[i].entity);
        }
    return 0;
}

static size_t next_mark(struct dn_text html, size_t from)
{
    while (from < html.size && html.at[from] != '<' && html.at[from] != '&')
        from++;
    return from;
}

void dn_plain_add_html(struct dn_text html, bool keep_tags, struct dn_buf *out)
{
    size_t done = 0;
    for (size_t i = next_mark(html, 0); i < html.size;) {
        struct dn_buf meant = {0};
        size_t size = 0;
        if (html.at[i] == '<' && !keep_tags) {
            const char *end = memchr(html.at + i, '>', html.size - i);
            size = end ? (size_t)(end - html.at) - i + 1 : 0;
        } else if (html.at[i] == '&') {
            size = add_entity((struct dn_text){html.at + i, html.size - i}, &meant);
        }
        if (size) {
            dn_buf_add(out, html.at + done, i - done);
            dn_buf_addt(out, dn_buf_text(&meant));
            done = i + size;
        }
        dn_buf_clear(&meant);
        i = next_mark(html, i + (size ? size : 1));
    }
    if (done < html.size)
        dn_buf_add(out, html.at + done, html.size - done);
}

void dn_plain_add_csv(struct dn_text csv, struct dn_buf *out)
{
    bool is_quoted = false;
    for (size_t i = 0; i < csv.size; i++) {
        char c = csv.at[i];
        if (c == '"' && is_quoted && i + 1 < csv.size && csv.at[i + 1] == '"')
            dn_buf_addc(out, csv.at[i++]);
        else if (c == '"')
            is_quoted = !is_quoted;
        else
            dn_buf_addc(out, c == ',' && !is_quoted ? '\n' : c);
    }
}

/* Does a line of YAML end with the head of a literal block ("key: |", "- |-")? */
static bool begins_block(struct dn_text line)
{
    while (line.size && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r'))
        line.size--;
    if (line.size && (line.at[line.size - 1] == '-' || line.at[line.size - 1] == '+'))
        line.size--;
    return line.size > 2 && line.at[line.size - 1] == '|' && line.at[line.size - 2] == ' ' &&
           (line.at[line.size - 3] == ':' || line.at[line.size - 3] == '-');
}

static struct dn_text line_at(struct dn_text text, size_t from)
{
    const char *end = memchr(text.at + from, '\n', text.size - from);
    return (struct dn_text){text.at + from, end ? (size_t)(end - text.at) + 1 - from : text.size - from};
}

static size_t indent_of(struct dn_text line)
{
    size_t at = 0;
    while (at < line.size && line.at[at] == ' ')
        at++;
    return at;
}

/* Behind the lines of a block whose head is at `from`: those that are indented deeper, and empty ones. */
static size_t block_end(struct dn_text text, size_t from)
{
    struct dn_text head = line_at(text, from);
    size_t end = from + head.size;
    while (end < text.size) {
        struct dn_text line = line_at(text, end);
        if (*line.at != '\n' && indent_of(line) <= indent_of(head))
            break;
        end += line.size;
    }
    return end;
}

size_t dn_plain_yaml_end(struct dn_text yaml, size_t from)
{
    struct dn_text line = line_at(yaml, from);
    return begins_block(line) ? block_end(yaml, from) : from + line.size;
}

/* "\xE9", "\u202E": the size of it, or 0. */
static size_t add_code_escape(struct dn_text at, struct dn_buf *out)
{
    size_t digits = at.at[1] == 'x' ? 2 : at.at[1] == 'u' ? 4 : 0;
    char hex[5] = "", *end = NULL;
    if (!digits || at.size < 2 + digits)
        return 0;
    memcpy(hex, at.at + 2, digits);
    unsigned long code = strtoul(hex, &end, 16);
    if (end != hex + digits)
        return 0;
    add_code(code, out);
    return 2 + digits;
}

/* An escape at the beginning of `at`: its size. */
static size_t add_escape(struct dn_text at, struct dn_buf *out)
{
    size_t size = at.size > 1 ? add_code_escape(at, out) : 0;
    if (size)
        return size;
    if (at.size > 1 && strchr("tnr", at.at[1]))
        dn_buf_addc(out, ' ');
    else
        dn_buf_add(out, at.at + 1, at.size > 1);
    return at.size > 1 ? 2 : 1;
}

/* One line outside a block: what stands in double quotes is unescaped. */
static void add_yaml_line(struct dn_text line, struct dn_buf *out)
{
    bool is_quoted = false;
    for (size_t i = 0; i < line.size;) {
        char c = line.at[i];
        if (is_quoted && c == '\\') {
            i += add_escape((struct dn_text){line.at + i, line.size - i}, out);
            continue;
        }
        is_quoted = is_quoted != (c == '"');
        if (c != '"')
            dn_buf_addc(out, c);
        i++;
    }
}

void dn_plain_add_yaml(struct dn_text yaml, struct dn_buf *out)
{
    for (size_t at = 0, end; at < yaml.size; at = end) {
        struct dn_text line = line_at(yaml, at);
        end = dn_plain_yaml_end(yaml, at);
        if (memchr(line.at, '"', line.size))
            add_yaml_line(line, out);
        else
            dn_buf_addt(out, line);
        dn_buf_add(out, yaml.at + at + line.size, end - at - line.size);
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void dn_plain_add_spaced(struct dn_text text, struct dn_buf *out)
{
    bool is_begun = false;
    for (size_t at = 0; at < text.size;) {
        while (at < text.size && is_blank(text.at[at]))
            at++;
        size_t from = at;
        while (at < text.size && !is_blank(text.at[at]))
            at++;
        if (at > from && is_begun)
            dn_buf_addc(out, ' ');
        dn_buf_add(out, text.at + from, at - from);
        is_begun = true;
    }
}
