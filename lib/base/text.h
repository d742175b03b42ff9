/* Text: views that own nothing, a growing buffer, lists of strings, and what makes hostile text safe to show. */
#ifndef DN_BASE_TEXT_H
#define DN_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A view of bytes that somebody else owns; not NUL-terminated. {NULL, 0} is empty, too. */
struct dn_text {
    const char *at;
    size_t size;
};

/* A string literal as a view. */
#define DN_TEXT(literal) ((struct dn_text){(literal), sizeof(literal) - 1})

/* A C string as a view (NULL: empty). */
struct dn_text dn_text_of(const char *string);

/* Same bytes? */
bool dn_text_equal(struct dn_text a, struct dn_text b);

/* Same bytes as this C string? */
bool dn_text_is(struct dn_text a, const char *string);

/* Same but for the case of ASCII letters? */
bool dn_text_equal_nocase(struct dn_text a, struct dn_text b);

/* Bytewise order as of memcmp, a shorter prefix first: <0, 0, >0. */
int dn_text_compare(struct dn_text a, struct dn_text b);

/* Does it begin, end with this C string? */
bool dn_text_starts(struct dn_text text, const char *prefix);
bool dn_text_ends(struct dn_text text, const char *suffix);

/* The view without blanks and tabs at both ends. */
struct dn_text dn_text_trim(struct dn_text text);

/* Is it one name, written in two ways? Case (of ASCII letters) and blanks anywhere make no difference. */
bool dn_text_same_name(struct dn_text a, struct dn_text b);

/* Takes the next element off a list cell ("a;b;c") into *element, blanks around it trimmed; empty elements are
 * skipped. False when there is none left. `rest` starts as the whole cell. */
bool dn_text_next(struct dn_text *rest, char separator, struct dn_text *element);

/* A decimal whole number without sign, blanks or overflow (max INT64_MAX). False leaves *value alone. */
bool dn_text_number(struct dn_text text, int64_t *value);

/* Is it valid UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF)? NUL bytes count as valid here.
 * *bad (NULL allowed) becomes the offset of the first byte that is not. */
bool dn_text_utf8(struct dn_text text, size_t *bad);

/* Has it a control character (C0, DEL, C1 as UTF-8), a bidi control or a line separator U+2028/2029? */
bool dn_text_hostile(struct dn_text text);

/* A growing buffer of bytes, always NUL-terminated once something was added. Starts zeroed. */
struct dn_buf {
    char *at;
    size_t size; /* bytes used, without the NUL */
    size_t room;
};

/* Frees what it owns and leaves it empty. */
void dn_buf_clear(struct dn_buf *buf);

/* Empties it but keeps the memory. */
void dn_buf_reset(struct dn_buf *buf);

/* Appends size bytes, a C string, one byte, a view, or printf output. */
void dn_buf_add(struct dn_buf *buf, const void *at, size_t size);
void dn_buf_adds(struct dn_buf *buf, const char *string);
void dn_buf_addc(struct dn_buf *buf, char byte);
void dn_buf_addt(struct dn_buf *buf, struct dn_text text);
void dn_buf_addf(struct dn_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void dn_buf_addv(struct dn_buf *buf, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/* Room for size more bytes behind those that are there; _extend says how many of them were written. */
char *dn_buf_reserve(struct dn_buf *buf, size_t size);
void dn_buf_extend(struct dn_buf *buf, size_t size);

/* The buffer's bytes as a view, good until it changes. */
struct dn_text dn_buf_text(const struct dn_buf *buf);

/* Gives the bytes away as a C string (never NULL) that the caller frees; the buffer is empty afterwards. */
char *dn_buf_take(struct dn_buf *buf);

/* Appends text with control, escape, bidi and zero-width characters and invalid bytes made visible: \n \r \t \xHH and
 * \u{202E}. What is left is one line that cannot move a terminal's cursor. */
void dn_buf_add_visible(struct dn_buf *buf, struct dn_text text);

/* A list of C strings that it owns. Starts zeroed. */
struct dn_strings {
    char **at;
    size_t count;
    size_t room;
};

/* Frees all strings and leaves the list empty. */
void dn_strings_clear(struct dn_strings *list);

/* Appends a copy. */
void dn_strings_add(struct dn_strings *list, struct dn_text text);

/* Appends a copy unless an equal one is there; true if it was added. */
bool dn_strings_add_once(struct dn_strings *list, struct dn_text text);

/* Is an equal string there? */
bool dn_strings_has(const struct dn_strings *list, struct dn_text text);

/* Sorts bytewise. */
void dn_strings_sort(struct dn_strings *list);

/* Appends the elements of a ';' list cell. */
void dn_strings_split(struct dn_strings *list, struct dn_text cell);

/* Appends the strings to buf, joined by separator. */
void dn_strings_join(const struct dn_strings *list, char separator, struct dn_buf *buf);

#endif
