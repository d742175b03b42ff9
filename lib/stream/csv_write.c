#include "stream/csv_write.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH UINT64_C(0x0101010101010101)
#define HIGH UINT64_C(0x8080808080808080)

/* Not zero if one of the eight bytes is this one. */
static inline uint64_t has_byte(uint64_t word, char byte)
{
    uint64_t other = word ^ EACH * (unsigned char)byte;
    return (other - EACH) & ~other & HIGH;
}

static inline bool is_special(char c)
{
    return c == ',' || c == '"' || c == '\r' || c == '\n';
}

static bool needs_quotes(struct dn_text value)
{
    size_t i = 0;
    for (; i + 8 <= value.size; i += 8) {
        uint64_t word;
        memcpy(&word, value.at + i, 8);
        if (has_byte(word, ',') | has_byte(word, '"') | has_byte(word, '\r') | has_byte(word, '\n'))
            return true;
    }
    while (i < value.size && !is_special(value.at[i]))
        i++;
    return i < value.size;
}

static void add_doubled(struct dn_buf *line, struct dn_text value)
{
    while (value.size > 0) {
        const char *quote = memchr(value.at, '"', value.size);
        size_t size = quote ? (size_t)(quote - value.at) + 1 : value.size;
        dn_buf_add(line, value.at, size);
        if (quote)
            dn_buf_addc(line, '"');
        value.at += size;
        value.size -= size;
    }
}

void dn_csv_add_field(struct dn_buf *line, bool first, struct dn_text value)
{
    if (!first)
        dn_buf_addc(line, ',');
    if (!needs_quotes(value)) {
        dn_buf_addt(line, value);
        return;
    }
    dn_buf_addc(line, '"');
    add_doubled(line, value);
    dn_buf_addc(line, '"');
}

char *dn_csv_put(char *to, struct dn_text value)
{
    if (!needs_quotes(value)) {
        if (value.size)
            memcpy(to, value.at, value.size);
        return to + value.size;
    }
    *to++ = '"';
    for (size_t i = 0; i < value.size; i++) {
        *to++ = value.at[i];
        if (value.at[i] == '"')
            *to++ = '"';
    }
    *to++ = '"';
    return to;
}

void dn_csv_add_record(struct dn_buf *line, const struct dn_text *cells, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dn_csv_add_field(line, i == 0, cells[i]);
    if (count == 1 && cells[0].size == 0)
        dn_buf_adds(line, "\"\""); /* else it would be a blank line, which readers skip */
    dn_buf_addc(line, '\n');
}

/* Does a spreadsheet take a cell that starts so for a formula? */
static bool triggers(struct dn_text value)
{
    static const char *const starts[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (dn_text_starts(value, starts[i]))
            return true;
    return false;
}

void dn_csv_add_sheet_field(struct dn_buf *line, bool first, struct dn_text value)
{
    dn_buf_adds(line, first ? "\"" : ",\"");
    if (triggers(value))
        dn_buf_addc(line, '\'');
    add_doubled(line, value);
    dn_buf_addc(line, '"');
}
