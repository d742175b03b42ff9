/* Picking values out of a JSON text by RFC 6901 pointers without building a tree: evidence holds JSON inside cells. */
#ifndef DN_STREAM_JSON_H
#define DN_STREAM_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

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
};

/* Adds a pointer and returns its number; the same pointer again has the same one. */
size_t dn_json_picker_add(struct dn_json_picker *picker, const struct dn_json_pointer *pointer);
void dn_json_picker_clear(struct dn_json_picker *picker);

/* Called for every value found, for one pointer in the order of the document: a string's unescaped text; a number,
 * true, false as they stand; null and "" as empty; a list or map as its raw JSON text. value is a view into the
 * document, or, for a string with escapes, good during the call only. */
typedef void dn_json_found(void *context, size_t outlet, struct dn_text value);

/* Walks a document, which must be valid UTF-8, once. False: the text is not one whole, valid JSON document (RFC 8259;
 * depth over 128; lone surrogates and \u0000 are given as U+FFFD); then what was found before must not be used. scratch
 * is for unescaped strings, the caller's to clear. */
bool dn_json_walk(const struct dn_json_picker *picker, struct dn_text document, struct dn_buf *scratch,
                  dn_json_found *found, void *context);

/* Appends text as a JSON string with its quotes. */
void dn_json_add_string(struct dn_buf *buf, struct dn_text text);

#endif
