#include "channel/header.h"

#include <string.h>

#include "key/name.h"

#define LINE_GOOD 78  /* RFC 5322 2.1.1: should */
#define WORD_CHARS 56 /* between "=?utf-8?Q?" and "?=": 68 of the 75 that RFC 2047 allows, behind "Reply-To: " 78 */

static bool plain(struct dn_text value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c < 0x20 || c > 0x7e || (c == '=' && i + 1 < value.size && value.at[i + 1] == '?'))
            return false;
    }
    return true;
}

static void add_name(struct dn_buf *into, const char *name)
{
    dn_buf_adds(into, name);
    dn_buf_adds(into, ": ");
}

static enum dn_status check(const char *name, struct dn_text value, struct dn_error *err)
{
    if (!dn_text_hostile(value) && !memchr(value.size ? value.at : "", 0, value.size) && dn_text_utf8(value, NULL))
        return DN_OK;
    struct dn_buf seen = {0};
    dn_buf_add_visible(&seen, value);
    dn_error_set(err, DN_INVALID, "header text that no mail may carry in '%s': '%.200s'", name, seen.at);
    dn_buf_clear(&seen);
    return DN_INVALID;
}

/* What may stand for itself in an encoded word, also inside a phrase (RFC 2047 5, rule 3). */
static bool q_safe(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("!*+-/", c));
}

static size_t q_size(unsigned char c)
{
    return q_safe(c) || c == ' ' ? 1 : 3;
}

/* The bytes of the character at the front of valid UTF-8. */
static size_t character_size(struct dn_text text)
{
    size_t size = 1;
    while (size < text.size && ((unsigned char)text.at[size] & 0xc0) == 0x80)
        size++;
    return size;
}

/* How many bytes of text go into one encoded word: as many as fit, whole characters. */
static size_t word_size(struct dn_text text)
{
    size_t size = 0, chars = 0;
    while (size < text.size) {
        size_t next = character_size((struct dn_text){text.at + size, text.size - size}), width = 0;
        for (size_t i = 0; i < next; i++)
            width += q_size((unsigned char)text.at[size + i]);
        if (chars + width > WORD_CHARS)
            break;
        chars += width;
        size += next;
    }
    return size;
}

/* Q and not B: some readers join the words before they decode, and stop at the padding between them. */
static void add_word(struct dn_buf *into, struct dn_text text)
{
    dn_buf_adds(into, "=?utf-8?Q?");
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (q_safe(c))
            dn_buf_addc(into, text.at[i]);
        else if (c == ' ')
            dn_buf_addc(into, '_');
        else
            dn_buf_addf(into, "=%02X", c);
    }
    dn_buf_adds(into, "?=");
}

static void add_encoded(struct dn_buf *into, struct dn_text text)
{
    for (bool first = true; text.size; first = false) {
        size_t size = word_size(text);
        if (!first)
            dn_buf_adds(into, "\r\n ");
        add_word(into, (struct dn_text){text.at, size});
        text.at += size;
        text.size -= size;
    }
}

/* The room for the next piece of a folded line: up to, not including, a blank. */
static size_t piece_size(struct dn_text text)
{
    size_t size = 1;
    while (size < text.size && text.at[size] != ' ')
        size++;
    return size;
}

/* Can plain text be folded at its blanks so that no line is over 78 and none consists of blanks alone? */
static bool foldable(struct dn_text text, size_t used)
{
    if (text.size && (text.at[0] == ' ' || text.at[text.size - 1] == ' '))
        return false;
    while (text.size) {
        size_t size = piece_size(text);
        if (used + size > LINE_GOOD || (size == 1 && text.at[0] == ' '))
            return false;
        used = 0;
        text.at += size;
        text.size -= size;
    }
    return true;
}

static void add_folded(struct dn_buf *into, struct dn_text text, size_t used)
{
    while (text.size) {
        size_t size = piece_size(text);
        if (used + size > LINE_GOOD) {
            dn_buf_adds(into, "\r\n");
            used = 0;
        }
        dn_buf_add(into, text.at, size);
        used += size;
        text.at += size;
        text.size -= size;
    }
}

enum dn_status dn_header_add_text(struct dn_buf *into, const char *name, struct dn_text value, struct dn_error *err)
{
    enum dn_status status = check(name, value, err);
    if (status != DN_OK)
        return status;
    size_t used = strlen(name) + 2;
    add_name(into, name);
    if (plain(value) && foldable(value, used)) {
        add_folded(into, value, used);
    } else {
        add_encoded(into, value);
    }
    dn_buf_adds(into, "\r\n");
    return DN_OK;
}

static void add_quoted(struct dn_buf *into, struct dn_text text)
{
    dn_buf_addc(into, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            dn_buf_addc(into, '\\');
        dn_buf_addc(into, text.at[i]);
    }
    dn_buf_addc(into, '"');
}

static void add_display(struct dn_buf *into, struct dn_text display, const char *address, size_t used)
{
    size_t from = into->size;
    bool quoted = plain(display) && display.size <= 50;
    if (quoted)
        add_quoted(into, display);
    else
        add_encoded(into, display);
    size_t last = quoted ? used + into->size - from : LINE_GOOD;
    dn_buf_adds(into, last + strlen(address) + 3 > LINE_GOOD ? "\r\n " : " ");
}

enum dn_status dn_header_add_mailbox(struct dn_buf *into, const char *name, const char *display, const char *address,
                                     struct dn_error *err)
{
    struct dn_text shown = dn_text_of(display), written = dn_text_of(address);
    enum dn_status status = check(name, shown, err);
    if (status != DN_OK)
        return status;
    status = check(name, written, err);
    if (status != DN_OK)
        return status;
    if (!plain(written) || !dn_email_canonical(written, NULL))
        return dn_error_set(err, DN_INVALID, "'%s' in '%s' is no address that we write to", address ? address : "",
                            name);
    add_name(into, name);
    if (shown.size)
        add_display(into, shown, address, strlen(name) + 2);
    dn_buf_addc(into, '<');
    dn_buf_addt(into, written);
    dn_buf_adds(into, ">\r\n");
    return DN_OK;
}

enum dn_status dn_header_add_token(struct dn_buf *into, const char *name, struct dn_text value, struct dn_error *err)
{
    enum dn_status status = check(name, value, err);
    if (status != DN_OK)
        return status;
    if (!value.size || !plain(value) || value.size > 900)
        return dn_error_set(err, DN_INVALID, "'%s' cannot be written as a header field", name);
    add_name(into, name);
    dn_buf_addt(into, value);
    dn_buf_adds(into, "\r\n");
    return DN_OK;
}

void dn_header_add_date(struct dn_buf *into, struct dn_instant at)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct dn_civil c = dn_civil_of(at, 0);
    int weekday = dn_civil_weekday(dn_civil_days(c.year, c.month, c.day));
    dn_buf_addf(into, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[weekday], c.day, months[c.month - 1],
                c.year, c.hour, c.minute, c.second);
}
