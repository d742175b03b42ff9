#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct dn_text dn_text_of(const char *string)
{
    return string ? (struct dn_text){string, strlen(string)} : (struct dn_text){NULL, 0};
}

bool dn_text_equal(struct dn_text a, struct dn_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

bool dn_text_is(struct dn_text a, const char *string)
{
    return dn_text_equal(a, dn_text_of(string));
}

static unsigned char lower(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool dn_text_equal_nocase(struct dn_text a, struct dn_text b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

static size_t skip_blanks(struct dn_text text, size_t i)
{
    while (i < text.size && (text.at[i] == ' ' || text.at[i] == '\t'))
        i++;
    return i;
}

bool dn_text_same_name(struct dn_text a, struct dn_text b)
{
    size_t i = skip_blanks(a, 0), k = skip_blanks(b, 0);
    while (i < a.size && k < b.size && lower(a.at[i]) == lower(b.at[k])) {
        i = skip_blanks(a, i + 1);
        k = skip_blanks(b, k + 1);
    }
    return i == a.size && k == b.size;
}

int dn_text_compare(struct dn_text a, struct dn_text b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared ? memcmp(a.at, b.at, shared) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool dn_text_starts(struct dn_text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && (size == 0 || memcmp(text.at, prefix, size) == 0);
}

bool dn_text_ends(struct dn_text text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size && (size == 0 || memcmp(text.at + text.size - size, suffix, size) == 0);
}

static bool blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

struct dn_text dn_text_trim(struct dn_text text)
{
    if (text.size && (unsigned char)text.at[0] > ' ' && (unsigned char)text.at[text.size - 1] > ' ')
        return text;
    while (text.size && blank(text.at[0])) {
        text.at++;
        text.size--;
    }
    while (text.size && blank(text.at[text.size - 1]))
        text.size--;
    return text;
}

bool dn_text_next(struct dn_text *rest, char separator, struct dn_text *element)
{
    while (rest->size) {
        const char *end = memchr(rest->at, separator, rest->size);
        size_t size = end ? (size_t)(end - rest->at) : rest->size;
        *element = dn_text_trim((struct dn_text){rest->at, size});
        size_t taken = end ? size + 1 : size;
        rest->at += taken;
        rest->size -= taken;
        if (element->size)
            return true;
    }
    return false;
}

/* So few digits that no sum of theirs overflows. */
static bool few_digits(struct dn_text text, int64_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned char)text.at[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        number = number * 10 + digit;
    }
    *value = (int64_t)number;
    return true;
}

bool dn_text_number(struct dn_text text, int64_t *value)
{
    int64_t number = 0;
    if (text.size == 0)
        return false;
    if (text.size <= 18)
        return few_digits(text, value);
    for (size_t i = 0; i < text.size; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        int digit = text.at[i] - '0';
        if (number > (INT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

void dn_buf_clear(struct dn_buf *buf)
{
    free(buf->at);
    *buf = (struct dn_buf){0};
}

void dn_buf_reset(struct dn_buf *buf)
{
    buf->size = 0;
    if (buf->at)
        buf->at[0] = '\0';
}

/* Room for size more bytes and the NUL. */
static void reserve(struct dn_buf *buf, size_t size)
{
    size_t need = buf->size + size + 1;
    if (need <= buf->room)
        return;
    size_t room = buf->room ? buf->room : 64;
    while (room < need)
        room *= 2;
    buf->at = dn_realloc(buf->at, room, 1);
    buf->room = room;
}

char *dn_buf_reserve(struct dn_buf *buf, size_t size)
{
    reserve(buf, size);
    return buf->at + buf->size;
}

void dn_buf_extend(struct dn_buf *buf, size_t size)
{
    buf->size += size;
    buf->at[buf->size] = '\0';
}

void dn_buf_add(struct dn_buf *buf, const void *at, size_t size)
{
    reserve(buf, size);
    if (size)
        memcpy(buf->at + buf->size, at, size);
    buf->size += size;
    buf->at[buf->size] = '\0';
}

void dn_buf_adds(struct dn_buf *buf, const char *string)
{
    dn_buf_add(buf, string, strlen(string));
}

void dn_buf_addc(struct dn_buf *buf, char byte)
{
    if (buf->size + 2 > buf->room)
        reserve(buf, 1);
    buf->at[buf->size++] = byte;
    buf->at[buf->size] = '\0';
}

void dn_buf_addt(struct dn_buf *buf, struct dn_text text)
{
    dn_buf_add(buf, text.at, text.size);
}

#define LIKELY 63 /* bytes that are made room for before it is known how many are needed */

void dn_buf_addv(struct dn_buf *buf, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    reserve(buf, LIKELY); /* most fits, and is formatted once */
    int size = vsnprintf(buf->at + buf->size, buf->room - buf->size, format, arguments);
    if (size > 0 && (size_t)size >= buf->room - buf->size) {
        reserve(buf, (size_t)size);
        vsnprintf(buf->at + buf->size, (size_t)size + 1, format, again);
    }
    if (size > 0)
        buf->size += (size_t)size;
    buf->at[buf->size] = '\0';
    va_end(again);
}

void dn_buf_addf(struct dn_buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(buf, format, arguments);
    va_end(arguments);
}

struct dn_text dn_buf_text(const struct dn_buf *buf)
{
    return (struct dn_text){buf->at, buf->size};
}

char *dn_buf_take(struct dn_buf *buf)
{
    reserve(buf, 0);
    buf->at[buf->size] = '\0';
    char *taken = buf->at;
    *buf = (struct dn_buf){0};
    return taken;
}
