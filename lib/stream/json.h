/* Picking values out of a JSON text by RFC 6901 pointers without building a tree: evidence holds JSON inside cells. */
#ifndef DN_STREAM_JSON_H
#define DN_STREAM_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "stream/scan.h"

/* A compiled pointer: tokens unescaped; a token "*" stands for every element of a list. */
struct dn_json_pointer {
    struct dn_strings tokens;
};

/* Compiles "/a/b~1c/0" (leading slash; "" is the whole document). False: not a pointer. */
bool dn_json_pointer_set(struct dn_json_pointer *pointer, struct dn_text text);
void dn_json_pointer_clear(struct dn_json_pointer *pointer);

/* Several pointers at once: one walk over a document finds what each of them asks for. Starts zeroed; once all are
 * added, threads may share it. */
struct dn_json_picker {
    struct dn_json_node *nodes; /* the pointers' tokens as a tree; [0] is the document */
    size_t count, room;
    size_t outlets; /* different pointers */
    unsigned depth; /* tokens of the longest */
};

/* Adds a pointer and returns its number; the same pointer again has the same one. */
size_t dn_json_picker_add(struct dn_json_picker *picker, const struct dn_json_pointer *pointer);
void dn_json_picker_clear(struct dn_json_picker *picker);

/* A document: valid UTF-8. */
struct dn_json_document {
    struct dn_text text;
    bool doubled; /* each of its quotes stands twice, as in the quoted field of a CSV record */
};

/* Called for every value found, for one pointer in the order of the document: where it begins. */
typedef void dn_json_found(void *context, size_t outlet, const char *at);

/* Walks a document once. False: the text is not one whole, valid JSON document (RFC 8259; depth over 128); then what
 * was found before must not be used. Where quotes are doubled, *document may become the same document with single ones,
 * in scratch; values stand in what it is afterwards. scratch is the caller's to clear. */
bool dn_json_walk(const struct dn_json_picker *picker, struct dn_json_document *document, struct dn_buf *scratch,
                  dn_json_found *found, void *context);

/* The same by a given kernel, for tests and measuring. dn_json_has: can this machine run it? */
bool dn_json_walk_by(enum dn_scan_kernel kernel, const struct dn_json_picker *picker, struct dn_json_document *document,
                     struct dn_buf *scratch, dn_json_found *found, void *context);
bool dn_json_has(enum dn_scan_kernel kernel);

/* A value that was found: a string's unescaped text (lone surrogates and \u0000 as U+FFFD); a number, true, false as
 * they stand; null and "" as empty; a list or map as its raw JSON text. A view into the document, or into scratch where
 * there are escapes or quotes in it. */
struct dn_text dn_json_read(const struct dn_json_document *document, const char *at, struct dn_buf *scratch);

/* Appends text as a JSON string with its quotes. */
void dn_json_add_string(struct dn_buf *buf, struct dn_text text);

#endif
