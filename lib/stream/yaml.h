/* Reading YAML through libyaml's events into a tree that remembers places. Every scalar is text. Duplicate keys,
 * aliases, anchors, tags, keys that are not plain text, NUL, NEL and U+2028/2029, over 64 levels, over 16 MiB: errors
 * with a place. */
#ifndef DN_STREAM_YAML_H
#define DN_STREAM_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum dn_yaml_kind { DN_YAML_SCALAR, DN_YAML_LIST, DN_YAML_MAP };

/* A node; owned by its document. */
struct dn_yaml {
    enum dn_yaml_kind kind;
    bool plain;                 /* a scalar without quotes */
    struct dn_text text;        /* SCALAR: its value, NUL-terminated behind size */
    const struct dn_yaml *at;   /* LIST: elements; MAP: values */
    const struct dn_yaml *keys; /* MAP: scalars, in the order of the file */
    size_t count;
    int64_t line, column; /* from 1 */
};

/* The documents of one file. */
struct dn_yaml_file {
    char *name; /* for messages */
    const struct dn_yaml **documents;
    size_t count;
    struct dn_yaml_arena *arena;
};

/* Reads path ("-": standard input), or bytes under a name. An empty file has no document (count 0). The caller clears
 * *file, also after an error. */
enum dn_status dn_yaml_read(const char *path, struct dn_yaml_file *file, struct dn_error *err);
enum dn_status dn_yaml_read_bytes(struct dn_text bytes, const char *name, struct dn_yaml_file *file,
                                  struct dn_error *err);

/* The same of an embedded file in YAML, which was read when this was built: no error is possible. */
struct dn_data_file;
void dn_yaml_read_data(const struct dn_data_file *data, struct dn_yaml_file *file);

void dn_yaml_clear(struct dn_yaml_file *file);

/* The value under key in a map; NULL: none, or an empty list (which is a key not given), or node is not a map. */
const struct dn_yaml *dn_yaml_find(const struct dn_yaml *node, const char *key);

/* An error at a node's place. Returns DN_INVALID. */
enum dn_status dn_yaml_error(const struct dn_yaml_file *file, const struct dn_yaml *node, struct dn_error *err,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Checks that node is a map whose keys are all in the NULL-ended list; names the first unknown one and, if close, the
 * one meant. */
enum dn_status dn_yaml_keys(const struct dn_yaml_file *file, const struct dn_yaml *node, const char *const *known,
                            struct dn_error *err);

/* What a key holds, checked. A missing key leaves *value as it is and is DN_OK; a wrong kind of node is DN_INVALID.
 * Strings are copies that the caller frees; _strings accepts a list of scalars or one scalar; _bool true/false alone;
 * _one of the NULL-ended words gives its index; _time an RFC 3339 time with offset. */
enum dn_status dn_yaml_string(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key, char **value,
                              struct dn_error *err);
enum dn_status dn_yaml_strings(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                               struct dn_strings *value, struct dn_error *err);
enum dn_status dn_yaml_bool(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key, bool *value,
                            struct dn_error *err);
enum dn_status dn_yaml_number(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                              int64_t *value, struct dn_error *err);
enum dn_status dn_yaml_one(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                           const char *const *words, int *value, struct dn_error *err);
struct dn_instant;
enum dn_status dn_yaml_time(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                            struct dn_instant *value, struct dn_error *err);

#endif
