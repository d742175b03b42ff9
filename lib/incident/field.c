/* Reading, writing and freeing by table (parts.h). */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "incident/parts.h"

#define KEYS_MAX 32

static void *member(const struct dn_field *field, void *part)
{
    return (char *)part + field->offset;
}

static const void *member_of(const struct dn_field *field, const void *part)
{
    return (const char *)part + field->offset;
}

static char *string_of(const struct dn_field *field, const void *part)
{
    char *string;
    memcpy(&string, member_of(field, part), sizeof string);
    return string;
}

static void set_string(const struct dn_field *field, void *part, char *string)
{
    memcpy(member(field, part), &string, sizeof string);
}

/* Enums are ints here: every compiler that we build with says so at this line. */
_Static_assert(sizeof(enum dn_effect) == sizeof(int) && sizeof(enum dn_stage) == sizeof(int), "enums have int's size");

static int word_of(const struct dn_field *field, const void *part)
{
    int word;
    memcpy(&word, member_of(field, part), sizeof word);
    return word;
}

static void set_word(const struct dn_field *field, void *part, int word)
{
    memcpy(member(field, part), &word, sizeof word);
}

bool dn_key_given(const struct dn_yaml *map, const char *key)
{
    for (size_t i = 0; map->kind == DN_YAML_MAP && i < map->count; i++)
        if (dn_text_is(map->keys[i].text, key))
            return true;
    return false;
}

/* A control character other than line feed and tab? Bidi marks are part of some languages' text. */
static bool has_control(struct dn_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        unsigned char next = i + 1 < text.size ? (unsigned char)text.at[i + 1] : 0;
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0))
            return true;
    }
    return false;
}

/* A value that an output line or a mail header may carry, or a whole text. */
static enum dn_status check_text(const struct dn_record_reading *r, const struct dn_yaml *node,
                                 const struct dn_field *field)
{
    if (field->kind == DN_FIELD_TEXT ? has_control(node->text) : dn_text_hostile(node->text)) {
        return dn_yaml_error(r->file, node, r->err, "%s has a control character, a line break or a bidi control%s",
                             field->key, field->kind == DN_FIELD_TEXT ? " (line feeds and tabs are fine)" : "");
    }
    return DN_OK;
}

static enum dn_status read_string(const struct dn_record_reading *r, const struct dn_yaml *map,
                                  const struct dn_field *field, void *part)
{
    char *string = NULL;
    int word = 0;
    const struct dn_yaml *node = dn_yaml_find(map, field->key);
    enum dn_status status = dn_yaml_string(r->file, map, field->key, &string, r->err);
    if (status == DN_OK && string != NULL)
        status = check_text(r, node, field);
    if (status == DN_OK && string != NULL && field->words != NULL)
        status = dn_yaml_one(r->file, map, field->key, field->words, &word, r->err);
    if (status != DN_OK || (string != NULL && string[0] == '\0')) {
        free(string);
        string = NULL;
    }
    set_string(field, part, string);
    return status;
}

static bool empty_plain(const struct dn_yaml *node)
{
    return node->kind == DN_YAML_SCALAR && node->plain && node->text.size == 0;
}

static enum dn_status check_list(const struct dn_record_reading *r, const struct dn_yaml *node,
                                 const struct dn_field *field)
{
    size_t count = node->kind == DN_YAML_LIST ? node->count : 1;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < count && status == DN_OK; i++) {
        const struct dn_yaml *element = node->kind == DN_YAML_LIST ? &node->at[i] : node;
        if (element->text.size == 0)
            return dn_yaml_error(r->file, element, r->err, "an empty value in %s", field->key);
        status = check_text(r, element, field);
    }
    return status;
}

static enum dn_status read_strings(const struct dn_record_reading *r, const struct dn_yaml *map,
                                   const struct dn_field *field, void *part)
{
    const struct dn_yaml *node = dn_yaml_find(map, field->key);
    if (node == NULL || empty_plain(node))
        return DN_OK;
    enum dn_status status = dn_yaml_strings(r->file, map, field->key, member(field, part), r->err);
    return status == DN_OK ? check_list(r, node, field) : status;
}

static enum dn_status read_word(const struct dn_record_reading *r, const struct dn_yaml *map,
                                const struct dn_field *field, void *part)
{
    int word = field->initial;
    enum dn_status status = dn_yaml_one(r->file, map, field->key, field->words, &word, r->err);
    if (field->kind == DN_FIELD_FLAG) {
        bool *flag = member(field, part);
        *flag = word != 0;
    } else {
        set_word(field, part, word);
    }
    return status;
}

static enum dn_status read_field(const struct dn_record_reading *r, const struct dn_yaml *map,
                                 const struct dn_field *field, void *part)
{
    switch (field->kind) {
    case DN_FIELD_LINE:
    case DN_FIELD_TEXT:
        return read_string(r, map, field, part);
    case DN_FIELD_TIME:
        return dn_yaml_time(r->file, map, field->key, member(field, part), r->err);
    case DN_FIELD_WORD:
    case DN_FIELD_FLAG:
        return read_word(r, map, field, part);
    case DN_FIELD_BOOL:
        return dn_yaml_bool(r->file, map, field->key, member(field, part), r->err);
    case DN_FIELD_LIST:
        break;
    }
    return read_strings(r, map, field, part);
}

/* What is not a zero when it is not given: times and words. So that a part that fails half way can be looked at. */
static void set_initial(const struct dn_field *fields, void *part)
{
    const struct dn_instant none = DN_INSTANT_NONE;
    for (const struct dn_field *field = fields; field->key != NULL; field++)
        if (field->kind == DN_FIELD_TIME)
            memcpy(member(field, part), &none, sizeof none);
        else if (field->kind == DN_FIELD_WORD)
            set_word(field, part, field->initial);
}

static enum dn_status missing(const struct dn_record_reading *r, const struct dn_yaml *node,
                              const struct dn_field *field)
{
    struct dn_buf words = {0};
    for (size_t i = 0; field->words != NULL && field->words[i] != NULL; i++) {
        dn_buf_adds(&words, i == 0 ? ": one of " : ", ");
        dn_buf_adds(&words, field->words[i]);
    }
    enum dn_status status =
        dn_yaml_error(r->file, node, r->err, "%s is missing%s", field->key, words.size > 0 ? words.at : "");
    dn_buf_clear(&words);
    return status;
}

enum dn_status dn_fields_take(const struct dn_record_reading *r, const struct dn_yaml *node,
                              const struct dn_field *fields, void *part)
{
    enum dn_status status = DN_OK;
    set_initial(fields, part);
    for (const struct dn_field *field = fields; field->key != NULL && status == DN_OK; field++) {
        const struct dn_yaml *value = dn_yaml_find(node, field->key);
        if (field->required && (value == NULL || empty_plain(value)))
            return missing(r, node, field);
        status = read_field(r, node, field, part);
    }
    return status;
}

static enum dn_status check_keys(const struct dn_record_reading *r, const struct dn_yaml *node,
                                 const struct dn_field *fields, const char *const *also)
{
    const char *keys[KEYS_MAX] = {NULL};
    size_t count = 0;
    for (; fields->key != NULL && count + 1 < KEYS_MAX; fields++)
        keys[count++] = fields->key;
    for (; also != NULL && *also != NULL && count + 1 < KEYS_MAX; also++)
        keys[count++] = *also;
    return dn_yaml_keys(r->file, node, keys, r->err);
}

enum dn_status dn_fields_read(const struct dn_record_reading *r, const struct dn_yaml *node,
                              const struct dn_field *fields, const char *const *also, void *part)
{
    set_initial(fields, part);
    enum dn_status status = check_keys(r, node, fields, also);
    return status == DN_OK ? dn_fields_take(r, node, fields, part) : status;
}

static void write_time(struct dn_yaml_writer *w, const struct dn_field *field, const void *part)
{
    char text[DN_INSTANT_TEXT];
    struct dn_instant at;
    memcpy(&at, member_of(field, part), sizeof at);
    dn_instant_format(at, text);
    dn_yaml_put_some(w, field->key, text);
}

static void write_word(struct dn_yaml_writer *w, const struct dn_field *field, const void *part)
{
    const bool *flag = member_of(field, part);
    int word = field->kind == DN_FIELD_WORD ? word_of(field, part) : *flag;
    if (!field->quiet || word != field->initial)
        dn_yaml_put(w, field->key, field->words[word]);
}

static void write_field(struct dn_yaml_writer *w, const struct dn_field *field, const void *part)
{
    const bool *flag = member_of(field, part);
    switch (field->kind) {
    case DN_FIELD_LINE:
    case DN_FIELD_TEXT:
        dn_yaml_put_some(w, field->key, string_of(field, part));
        break;
    case DN_FIELD_TIME:
        write_time(w, field, part);
        break;
    case DN_FIELD_WORD:
    case DN_FIELD_FLAG:
        write_word(w, field, part);
        break;
    case DN_FIELD_BOOL:
        dn_yaml_put_bool(w, field->key, *flag);
        break;
    case DN_FIELD_LIST:
        dn_yaml_put_list(w, field->key, member_of(field, part));
        break;
    }
}

void dn_fields_write(struct dn_yaml_writer *w, const struct dn_field *fields, const void *part)
{
    for (const struct dn_field *field = fields; field->key != NULL; field++)
        write_field(w, field, part);
}

void dn_fields_clear(const struct dn_field *fields, void *part)
{
    for (const struct dn_field *field = fields; field->key != NULL; field++) {
        if (field->kind == DN_FIELD_LINE || field->kind == DN_FIELD_TEXT) {
            free(string_of(field, part));
            set_string(field, part, NULL);
        } else if (field->kind == DN_FIELD_LIST) {
            dn_strings_clear(member(field, part));
        }
    }
}

void *dn_list_read(const struct dn_record_reading *r, const struct dn_yaml *map, const char *key, size_t size,
                   dn_part_read *read, size_t *count, enum dn_status *status)
{
    const struct dn_yaml *list = dn_yaml_find(map, key);
    *count = 0;
    if (list == NULL || empty_plain(list))
        return NULL;
    if (list->kind != DN_YAML_LIST) {
        *status = dn_yaml_error(r->file, list, r->err, "%s is a list: each entry behind a '-'", key);
        return NULL;
    }
    char *parts = dn_alloc(list->count, size);
    while (*count < list->count && *status == DN_OK) {
        *status = read(r, &list->at[*count], parts + *count * size);
        *count += 1;
    }
    return parts;
}
