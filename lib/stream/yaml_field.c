/* What a map's keys hold, checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/yaml.h"
#include "time/instant.h"

/* As dn_text_is: the first byte tells most words apart. A scalar has a NUL behind it. */
static inline bool is_word(struct dn_text scalar, const char *word)
{
    return scalar.at[0] == word[0] && dn_text_is(scalar, word);
}

static const struct dn_yaml *find_any(const struct dn_yaml *node, const char *key)
{
    if (!node || node->kind != DN_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < node->count; i++)
        if (is_word(node->keys[i].text, key))
            return &node->at[i];
    return NULL;
}

const struct dn_yaml *dn_yaml_find(const struct dn_yaml *node, const char *key)
{
    const struct dn_yaml *found = find_any(node, key);
    return found && found->kind == DN_YAML_LIST && found->count == 0 ? NULL : found;
}

enum dn_status dn_yaml_error(const struct dn_yaml_file *file, const struct dn_yaml *node, struct dn_error *err,
                             const char *format, ...)
{
    char text[sizeof err->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return dn_error_at(err, file->name, node ? node->line : 0, node ? node->column : 0, "%s", text);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be put in, left out or changed to get from a to b (Levenshtein); over 40 letters: many. */
static size_t distance(struct dn_text a, const char *b)
{
    size_t row[41], size = strlen(b);
    if (a.size > 40 || size > 40)
        return 99;
    for (size_t j = 0; j <= size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 1; j <= size; j++) {
            size_t change = diagonal + (a.at[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(change, 1 + least(row[j], row[j - 1]));
        }
    }
    return row[size];
}

/* The word that was probably meant; NULL when none is close. */
static const char *closest(struct dn_text text, const char *const *words)
{
    const char *best = NULL;
    size_t best_distance = text.size > 4 ? 3 : 2; /* less than this */
    for (; *words; words++) {
        size_t d = distance(text, *words);
        if (d < best_distance) {
            best = *words;
            best_distance = d;
        }
    }
    return best;
}

enum dn_status dn_yaml_keys(const struct dn_yaml_file *file, const struct dn_yaml *node, const char *const *known,
                            struct dn_error *err)
{
    if (!node || node->kind != DN_YAML_MAP)
        return dn_yaml_error(file, node, err, "a map (keys with values) is needed here");
    for (size_t i = 0; i < node->count; i++) {
        const char *const *word = known;
        while (*word && !is_word(node->keys[i].text, *word))
            word++;
        if (*word)
            continue;
        const char *meant = closest(node->keys[i].text, known);
        return dn_yaml_error(file, &node->keys[i], err, "unknown key '%s'%s%s%s", node->keys[i].text.at,
                             meant ? "; is '" : "", meant ? meant : "", meant ? "' meant?" : "");
    }
    return DN_OK;
}

/* *node becomes the scalar under key, NULL if the key is not given. */
static enum dn_status scalar(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                             const struct dn_yaml **node, struct dn_error *err)
{
    *node = dn_yaml_find(map, key);
    if (!*node || (*node)->kind == DN_YAML_SCALAR)
        return DN_OK;
    return dn_yaml_error(file, *node, err, "'%s' must be one value, not a %s", key,
                         (*node)->kind == DN_YAML_LIST ? "list" : "map");
}

enum dn_status dn_yaml_string(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key, char **value,
                              struct dn_error *err)
{
    const struct dn_yaml *node = NULL;
    enum dn_status status = scalar(file, map, key, &node, err);
    if (status == DN_OK && node)
        *value = dn_strndup(node->text.at, node->text.size);
    return status;
}

static enum dn_status add_elements(const struct dn_yaml_file *file, const struct dn_yaml *node, const char *key,
                                   struct dn_strings *value, struct dn_error *err)
{
    for (size_t i = 0; i < node->count; i++) {
        const struct dn_yaml *element = &node->at[i];
        if (element->kind != DN_YAML_SCALAR)
            return dn_yaml_error(file, element, err, "'%s' must be a list of plain values", key);
        if (element->plain && element->text.size == 0)
            return dn_yaml_error(file, element, err, "an empty element in '%s'", key);
        dn_strings_add(value, element->text);
    }
    return DN_OK;
}

enum dn_status dn_yaml_strings(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                               struct dn_strings *value, struct dn_error *err)
{
    const struct dn_yaml *node = dn_yaml_find(map, key);
    if (!node)
        return DN_OK;
    if (node->kind == DN_YAML_LIST)
        return add_elements(file, node, key, value, err);
    if (node->kind == DN_YAML_MAP)
        return dn_yaml_error(file, node, err, "'%s' must be a list, not a map", key);
    if (!node->plain || node->text.size > 0) /* `key:` with nothing behind it is an empty list */
        dn_strings_add(value, node->text);
    return DN_OK;
}

enum dn_status dn_yaml_bool(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key, bool *value,
                            struct dn_error *err)
{
    const struct dn_yaml *node = NULL;
    enum dn_status status = scalar(file, map, key, &node, err);
    if (status != DN_OK || !node)
        return status;
    if (!dn_text_is(node->text, "true") && !dn_text_is(node->text, "false"))
        return dn_yaml_error(file, node, err, "'%s' must be true or false, not '%s'", key, node->text.at);
    *value = dn_text_is(node->text, "true");
    return DN_OK;
}

enum dn_status dn_yaml_number(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                              int64_t *value, struct dn_error *err)
{
    const struct dn_yaml *node = NULL;
    enum dn_status status = scalar(file, map, key, &node, err);
    if (status == DN_OK && node && !dn_text_number(node->text, value))
        return dn_yaml_error(file, node, err, "'%s' must be a whole number, not '%s'", key, node->text.at);
    return status;
}

static enum dn_status not_a_word(const struct dn_yaml_file *file, const struct dn_yaml *node, const char *key,
                                 const char *const *words, struct dn_error *err)
{
    struct dn_buf list = {0};
    for (const char *const *word = words; *word; word++)
        dn_buf_addf(&list, "%s%s", word == words ? "" : word[1] ? ", " : " or ", *word);
    dn_yaml_error(file, node, err, "'%s' must be %s, not '%.100s'", key, list.at ? list.at : "nothing", node->text.at);
    dn_buf_clear(&list);
    return DN_INVALID;
}

enum dn_status dn_yaml_one(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                           const char *const *words, int *value, struct dn_error *err)
{
    const struct dn_yaml *node = NULL;
    enum dn_status status = scalar(file, map, key, &node, err);
    if (status != DN_OK || !node)
        return status;
    for (int i = 0; words[i]; i++) {
        if (dn_text_is(node->text, words[i])) {
            *value = i;
            return DN_OK;
        }
    }
    return not_a_word(file, node, key, words, err);
}

enum dn_status dn_yaml_time(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                            struct dn_instant *value, struct dn_error *err)
{
    const struct dn_yaml *node = NULL;
    enum dn_status status = scalar(file, map, key, &node, err);
    if (status == DN_OK && node && !dn_instant_parse(node->text, value))
        return dn_yaml_error(file, node, err,
                             "'%s' must be a time with an offset such as 2026-06-15T18:00:00Z, not '%s'", key,
                             node->text.at);
    return status;
}
