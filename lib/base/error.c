#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Copies what fits, cut at a character's border, with a NUL behind. */
static void set_text(struct dn_error *err, struct dn_text text)
{
    size_t size = text.size < sizeof err->text ? text.size : sizeof err->text - 1;
    while (size < text.size && size > 0 && ((unsigned char)text.at[size] & 0xC0) == 0x80)
        size--;
    memcpy(err->text, text.at, size);
    err->text[size] = '\0';
}

static enum dn_status set_visible(struct dn_error *err, enum dn_status status, struct dn_buf *message)
{
    struct dn_buf visible = {0};
    dn_buf_adds(&visible, "");
    dn_buf_add_visible(&visible, dn_buf_text(message));
    err->status = status;
    set_text(err, dn_buf_text(&visible));
    dn_buf_clear(&visible);
    dn_buf_clear(message);
    return status;
}

enum dn_status dn_error_set(struct dn_error *err, enum dn_status status, const char *format, ...)
{
    if (!err)
        return status;
    struct dn_buf message = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&message, format, arguments);
    va_end(arguments);
    return set_visible(err, status, &message);
}

enum dn_status dn_error_at(struct dn_error *err, const char *file, int64_t line, int64_t column, const char *format,
                           ...)
{
    if (!err)
        return DN_INVALID;
    struct dn_buf message = {0};
    dn_buf_adds(&message, file);
    if (line > 0)
        dn_buf_addf(&message, ":%lld", (long long)line);
    if (line > 0 && column > 0)
        dn_buf_addf(&message, ":%lld", (long long)column);
    dn_buf_adds(&message, ": ");
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&message, format, arguments);
    va_end(arguments);
    return set_visible(err, DN_INVALID, &message);
}

enum dn_status dn_error_errno(struct dn_error *err, const char *subject)
{
    int number = errno;
    char text[256];
    if (strerror_r(number, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", number);
    return dn_error_set(err, DN_SYSTEM, "%s: %s", subject, text);
}
