/* Writing YAML: block style, two blanks a level, same bytes for the same calls, and read back as the same text by
 * dn_yaml_read and by any other reader (what a YAML 1.1 reader would take for a number, a boolean or null is quoted,
 * times are not). */
#ifndef DN_STREAM_YAML_WRITE_H
#define DN_STREAM_YAML_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Starts with its out buffer set by the caller and the rest zeroed. */
struct dn_yaml_writer {
    struct dn_buf *out;
    int depth;
    struct {
        bool list;
        bool first;
    } level[66];
};

/* A document, whose root is a map that is open: "---" in front of every one but the first (number 0). */
void dn_yaml_document(struct dn_yaml_writer *w, int number);

/* Inside a map: `key: value`, text; with line breaks it becomes a literal block where that is exact, else double
 * quotes. Bytes that are not UTF-8 become U+FFFD. */
void dn_yaml_put(struct dn_yaml_writer *w, const char *key, const char *value);

/* Inside a map: the same, left out when value is NULL or "". */
void dn_yaml_put_some(struct dn_yaml_writer *w, const char *key, const char *value);

/* Inside a map: `key: true`, `key: 42`, which other readers shall take for a boolean and a number. */
void dn_yaml_put_bool(struct dn_yaml_writer *w, const char *key, bool value);
void dn_yaml_put_number(struct dn_yaml_writer *w, const char *key, int64_t value);

/* Inside a map: `key: [a, b]` in flow style; left out when the list is empty. */
void dn_yaml_put_list(struct dn_yaml_writer *w, const char *key, const struct dn_strings *list);

/* Inside a map: opens `key:` as a map or a list; inside a list (key NULL): opens an element. */
void dn_yaml_open_map(struct dn_yaml_writer *w, const char *key);
void dn_yaml_open_list(struct dn_yaml_writer *w, const char *key);

/* Inside a list: a scalar element. */
void dn_yaml_item(struct dn_yaml_writer *w, const char *value);

/* Closes the innermost map or list; an empty one is written as {} or []. */
void dn_yaml_close(struct dn_yaml_writer *w);

#endif
