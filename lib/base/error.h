/* Errors are values with a place: declared by the caller, nothing to free, nothing printed here. */
#ifndef DN_BASE_ERROR_H
#define DN_BASE_ERROR_H

#include <stdarg.h>
#include <stdint.h>

/* What a library function came to. A command maps INVALID and SYSTEM to exit status 2 and BUSY to 75. */
enum dn_status {
    DN_OK = 0,
    DN_END,     /* nothing more to read; not an error */
    DN_INVALID, /* the input or the request is wrong */
    DN_SYSTEM,  /* a file could not be opened, read or written */
    DN_BUSY     /* somebody else holds it; the same call may succeed later */
};

/* One failure: its status and one line of text, already with its place in front ("file:line:column: what is wrong")
 * and with control, escape and bidi characters made visible. A zeroed one is "no error". */
struct dn_error {
    enum dn_status status;
    char text[2048];
};

/* Sets err (NULL allowed) to a message without a place; printf format. Returns status, so callers can `return` it. */
enum dn_status dn_error_set(struct dn_error *err, enum dn_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets err (NULL allowed) to "file:line:column: message". line and column count from 1; one that is 0 is left out, a
 * column only follows a line. For CSV: the physical line on which the record starts, and the field's number.
 * Always returns DN_INVALID. */
enum dn_status dn_error_at(struct dn_error *err, const char *file, int64_t line, int64_t column, const char *format,
                           ...) __attribute__((format(printf, 5, 6)));

/* Sets err (NULL allowed) to "SUBJECT: STRERROR(errno)" for the errno of now. Always returns DN_SYSTEM. */
enum dn_status dn_error_errno(struct dn_error *err, const char *subject);

#endif
