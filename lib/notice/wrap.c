#include "notice/wrap.h"

#include <string.h>

/* Characters of UTF-8 text, close enough to columns for the languages of notices. */
static size_t columns(struct dn_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
    return count;
}

/* Bytes of a line's indent with its list mark: "  - ", "12. "; what follows is wrapped under what comes behind it. */
static size_t indent_of(struct dn_text line)
{
    size_t at = 0, digits = 0;
    while (at < line.size && line.at[at] == ' ')
        at++;
    while (at + digits < line.size && digits < 3 && line.at[at + digits] >= '0' && line.at[at + digits] <= '9')
        digits++;
    size_t mark = at + digits;
    bool is_bullet = !digits && mark + 1 < line.size && strchr("-*", line.at[mark]) && line.at[mark + 1] == ' ';
    bool is_number = digits && mark + 1 < line.size && line.at[mark] == '.' && line.at[mark + 1] == ' ';
    return is_bullet || is_number ? mark + 2 : at;
}

static struct dn_text take_word(struct dn_text *rest)
{
    size_t start = 0;
    while (start < rest->size && rest->at[start] == ' ')
        start++;
    size_t end = start;
    while (end < rest->size && rest->at[end] != ' ')
        end++;
    struct dn_text word = {rest->at + start, end - start};
    *rest = (struct dn_text){rest->at + end, rest->size - end};
    return word;
}

static void wrap_line(struct dn_text line, size_t width, struct dn_buf *out)
{
    size_t indent = indent_of(line), used = indent;
    dn_buf_add(out, line.at, indent);
    struct dn_text rest = {line.at + indent, line.size - indent};
    bool is_first = true;
    for (struct dn_text word = take_word(&rest); word.size; word = take_word(&rest)) {
        size_t needed = columns(word);
        if (!is_first && used + 1 + needed > width) {
            dn_buf_addf(out, "\n%*s", (int)indent, "");
            used = indent;
            is_first = true;
        }
        if (!is_first)
            dn_buf_addc(out, ' ');
        dn_buf_addt(out, word);
        used += needed + !is_first;
        is_first = false;
    }
}

static struct dn_text without_end_blanks(struct dn_text line)
{
    while (line.size && line.at[line.size - 1] == ' ')
        line.size--;
    return line;
}

void dn_wrap_add_lines(struct dn_text lines, size_t width, struct dn_buf *out)
{
    for (size_t at = 0; at < lines.size;) {
        const char *end = memchr(lines.at + at, '\n', lines.size - at);
        struct dn_text line = {lines.at + at, end ? (size_t)(end - lines.at) - at : lines.size - at};
        if (columns(line) <= width)
            dn_buf_addt(out, line);
        else
            wrap_line(without_end_blanks(line), width, out);
        dn_buf_add(out, "\n", end ? 1 : 0);
        at += line.size + 1;
    }
}

void dn_wrap_add(struct dn_text text, size_t width, struct dn_buf *out)
{
    size_t blank_lines = 0, at = 0;
    bool is_begun = false;
    while (at < text.size) {
        const char *end = memchr(text.at + at, '\n', text.size - at);
        size_t size = end ? (size_t)(end - text.at) - at : text.size - at;
        struct dn_text line = without_end_blanks((struct dn_text){text.at + at, size});
        at += size + 1;
        if (!line.size) {
            blank_lines++;
            continue;
        }
        if (blank_lines && is_begun)
            dn_buf_addc(out, '\n');
        blank_lines = 0;
        is_begun = true;
        if (line.size <= width || columns(line) <= width)
            dn_buf_addt(out, line);
        else
            wrap_line(line, width, out);
        dn_buf_addc(out, '\n');
    }
}
