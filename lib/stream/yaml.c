#include "stream/yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/table.h"
#include "data/data.h"
#include "stream/unicode.h"

#define MOST_BYTES ((size_t)16 << 20)
#define MOST_LEVELS 64
#define CHUNK ((size_t)16 << 10)

/* Memory of one file's nodes and texts, freed at once. */
struct dn_yaml_arena {
    struct dn_yaml_arena *next;
    size_t used, room;
    max_align_t bytes[];
};

static void *arena_take(struct dn_yaml_arena **arena, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (!*arena || (*arena)->room - (*arena)->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        struct dn_yaml_arena *chunk = dn_alloc(1, sizeof *chunk + room);
        *chunk = (struct dn_yaml_arena){*arena, 0, room};
        *arena = chunk;
    }
    void *at = (char *)(*arena)->bytes + (*arena)->used;
    (*arena)->used += size;
    return at;
}

static const void *arena_copy(struct dn_yaml_arena **arena, const void *from, size_t size)
{
    void *at = arena_take(arena, size);
    if (size > 0)
        memcpy(at, from, size);
    return at;
}

void dn_yaml_clear(struct dn_yaml_file *file)
{
    while (file->arena) {
        struct dn_yaml_arena *next = file->arena->next;
        free(file->arena);
        file->arena = next;
    }
    free(file->documents);
    free(file->name);
    *file = (struct dn_yaml_file){0};
}

/* A list or map whose end has not come yet. */
struct level {
    struct dn_yaml node;
    struct dn_yaml *keys, *values;
    size_t key_count, key_room, value_count, value_room;
    struct dn_table seen; /* keys */
};

struct builder {
    struct dn_yaml_file *file;
    size_t document_room;
    yaml_parser_t parser;
    struct level levels[MOST_LEVELS];
    size_t depth;
};

static enum dn_status refuse(const struct builder *b, const yaml_mark_t *mark, struct dn_error *err, const char *what)
{
    return dn_error_at(err, b->file->name, (int64_t)mark->line + 1, (int64_t)mark->column + 1, "%s", what);
}

static enum dn_status add_document(struct builder *b, const struct dn_yaml *node)
{
    struct dn_yaml_file *file = b->file;
    file->documents = dn_grow(file->documents, file->count, &b->document_room, sizeof *file->documents);
    file->documents[file->count++] = arena_copy(&file->arena, node, sizeof *node);
    return DN_OK;
}

static enum dn_status add_key(struct builder *b, struct level *level, const struct dn_yaml *key, struct dn_error *err)
{
    bool added = false;
    size_t first = dn_table_add(&level->seen, key->text, &added);
    if (!added)
        return dn_error_at(err, b->file->name, key->line, key->column,
                           "key '%s' stands twice in one map, first on line %lld", key->text.at,
                           (long long)level->keys[first].line);
    level->keys = dn_grow(level->keys, level->key_count, &level->key_room, sizeof *level->keys);
    level->keys[level->key_count++] = *key;
    return DN_OK;
}

static bool key_expected(const struct builder *b)
{
    const struct level *level = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;
    return level && level->node.kind == DN_YAML_MAP && level->key_count == level->value_count;
}

/* Puts a whole node where it belongs: a document, a key, a value or an element. */
static enum dn_status add_node(struct builder *b, const struct dn_yaml *node, struct dn_error *err)
{
    if (b->depth == 0)
        return add_document(b, node);
    struct level *level = &b->levels[b->depth - 1];
    if (key_expected(b))
        return add_key(b, level, node, err);
    level->values = dn_grow(level->values, level->value_count, &level->value_room, sizeof *level->values);
    level->values[level->value_count++] = *node;
    return DN_OK;
}

static void clear_level(struct level *level)
{
    free(level->keys);
    free(level->values);
    dn_table_clear(&level->seen);
    *level = (struct level){0};
}

static enum dn_status open_level(struct builder *b, enum dn_yaml_kind kind, const yaml_mark_t *mark,
                                 struct dn_error *err)
{
    if (key_expected(b))
        return refuse(b, mark, err, "a key must be text, not a list or a map");
    if (b->depth == MOST_LEVELS)
        return refuse(b, mark, err, "nested over 64 levels deep");
    struct level *level = &b->levels[b->depth++];
    level->node = (struct dn_yaml){.kind = kind, .line = (int64_t)mark->line + 1, .column = (int64_t)mark->column + 1};
    return DN_OK;
}

static enum dn_status close_level(struct builder *b, struct dn_error *err)
{
    struct level *level = &b->levels[--b->depth];
    struct dn_yaml node = level->node;
    struct dn_yaml_arena **arena = &b->file->arena;
    node.count = level->value_count;
    node.at = arena_copy(arena, level->values, level->value_count * sizeof *level->values);
    node.keys = arena_copy(arena, level->keys, level->key_count * sizeof *level->keys);
    clear_level(level);
    return add_node(b, &node, err);
}

static enum dn_status add_scalar(struct builder *b, const yaml_event_t *event, struct dn_error *err)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    if (event->data.scalar.tag) /* also "!" alone */
        return refuse(b, &event->start_mark, err, "a tag: tags are not accepted, every value is text");
    if (memchr(value, 0, size))
        return refuse(b, &event->start_mark, err, "a NUL character");
    struct dn_yaml node = {.kind = DN_YAML_SCALAR,
                           .plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
                           .line = (int64_t)event->start_mark.line + 1,
                           .column = (int64_t)event->start_mark.column + 1};
    node.text = (struct dn_text){arena_copy(&b->file->arena, value, size + 1), size}; /* libyaml ends it with a NUL */
    return add_node(b, &node, err);
}

static bool has_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor;
    default:
        return false;
    }
}

static enum dn_status add_event(struct builder *b, const yaml_event_t *event, struct dn_error *err)
{
    const yaml_mark_t *mark = &event->start_mark;
    if (event->type == YAML_ALIAS_EVENT || has_anchor(event))
        return refuse(b, mark, err, "an anchor or alias: they are not accepted, write the value out");
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
            return refuse(b, mark, err, "a %TAG directive: tags are not accepted");
        return DN_OK;
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event, err);
    case YAML_SEQUENCE_START_EVENT:
        if (event->data.sequence_start.tag)
            return refuse(b, mark, err, "a tag: tags are not accepted");
        return open_level(b, DN_YAML_LIST, mark, err);
    case YAML_MAPPING_START_EVENT:
        if (event->data.mapping_start.tag)
            return refuse(b, mark, err, "a tag: tags are not accepted");
        return open_level(b, DN_YAML_MAP, mark, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_level(b, err);
    default:
        return DN_OK;
    }
}

static enum dn_status parser_error(const struct builder *b, struct dn_error *err)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return dn_error_set(err, DN_SYSTEM, "%s: out of memory", b->file->name);
    const char *problem = p->problem ? p->problem : "not YAML";
    if (!p->context)
        return refuse(b, &p->problem_mark, err, problem);
    return dn_error_at(err, b->file->name, (int64_t)p->problem_mark.line + 1, (int64_t)p->problem_mark.column + 1,
                       "%s, %s", problem, p->context);
}

static enum dn_status build(struct builder *b, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    bool ended = false;
    while (status == DN_OK && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event))
            return parser_error(b, err);
        ended = event.type == YAML_STREAM_END_EVENT;
        status = add_event(b, &event, err);
        yaml_event_delete(&event);
    }
    return status;
}

static enum dn_status build_all(struct dn_text input, struct dn_yaml_file *file, struct dn_error *err)
{
    struct builder *b = dn_alloc(1, sizeof *b);
    b->file = file;
    enum dn_status status = DN_SYSTEM;
    if (yaml_parser_initialize(&b->parser)) {
        yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&b->parser, (const unsigned char *)(input.at ? input.at : ""), input.size);
        status = build(b, err);
        yaml_parser_delete(&b->parser);
    } else {
        dn_error_set(err, DN_SYSTEM, "%s: out of memory", file->name);
    }
    while (b->depth > 0)
        clear_level(&b->levels[--b->depth]);
    free(b);
    return status;
}

/* Is it a character that YAML has no place for raw, or that YAML 1.1 takes for a line break and 1.2 does not? */
static bool forbidden(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
           c == 0xfeff || c == 0xfffe || c == 0xffff;
}

/* Passes what nearly all of a file is made of: printable ASCII. How many. */
static int64_t pass_plain(struct dn_text *rest, const char *end)
{
    const char *from = rest->at, *at = from;
    while (at < end && *at >= ' ' && *at <= '~')
        at++;
    *rest = (struct dn_text){at, rest->size - (size_t)(at - from)};
    return at - from;
}

static enum dn_status check_characters(struct dn_text input, const char *name, struct dn_error *err)
{
    size_t bad = 0;
    const char *end = input.at + (dn_text_utf8(input, &bad) ? input.size : bad);
    int64_t line = 1, column = 1;
    struct dn_text rest = input;
    uint32_t c = 0, before = 0;
    for (; rest.at < end; before = c) {
        int64_t plain = pass_plain(&rest, end);
        column += plain;
        before = plain ? ' ' : before;
        if (rest.at == end || !dn_unicode_next(&rest, &c))
            break;
        if (forbidden(c))
            return dn_error_at(err, name, line, column,
                               "the character U+%04X, which may only stand escaped in double quotes", (unsigned)c);
        column++;
        if (c == '\r' || (c == '\n' && before != '\r'))
            line++;
        if (c == '\r' || c == '\n')
            column = 1;
    }
    return rest.size == 0 ? DN_OK : dn_error_at(err, name, line, column, "invalid UTF-8");
}

static enum dn_status check_bytes(struct dn_text *input, const char *name, struct dn_error *err)
{
    if (input->size > MOST_BYTES)
        return dn_error_at(err, name, 0, 0, "over %zu MiB", MOST_BYTES >> 20);
    if (dn_text_starts(*input, "\xff\xfe") || dn_text_starts(*input, "\xfe\xff"))
        return dn_error_at(err, name, 1, 1, "UTF-16: convert it with iconv -f UTF-16 -t UTF-8");
    if (dn_text_starts(*input, "\xef\xbb\xbf"))
        *input = (struct dn_text){input->at + 3, input->size - 3};
    return input->size > 0 ? check_characters(*input, name, err) : DN_OK;
}

enum dn_status dn_yaml_read_bytes(struct dn_text bytes, const char *name, struct dn_yaml_file *file,
                                  struct dn_error *err)
{
    *file = (struct dn_yaml_file){.name = dn_strdup(name)};
    enum dn_status status = check_bytes(&bytes, name, err);
    return status == DN_OK ? build_all(bytes, file, err) : status;
}

/* A node as a file's arena has it: its children are among `nodes`, its text in the program itself. */
static struct dn_yaml grow_node(const struct dn_data_file *data, const struct dn_data_node *from,
                                const struct dn_yaml *nodes)
{
    struct dn_yaml node = {
        .kind = (enum dn_yaml_kind)from->kind, .plain = from->plain, .line = from->line, .column = from->column};
    if (node.kind == DN_YAML_SCALAR) {
        node.text = (struct dn_text){data->texts + from->at, from->count};
        return node;
    }
    node.count = from->count;
    node.at = nodes + from->at;
    if (node.kind == DN_YAML_MAP) {
        node.keys = node.at;
        node.at += node.count;
    }
    return node;
}

void dn_yaml_read_data(const struct dn_data_file *data, struct dn_yaml_file *file)
{
    *file = (struct dn_yaml_file){.name = dn_strdup(data->path)};
    struct dn_yaml *nodes = arena_take(&file->arena, data->node_count * sizeof *nodes);
    for (size_t i = 0; i < data->node_count; i++)
        nodes[i] = grow_node(data, &data->nodes[i], nodes);
    file->documents = dn_alloc(1, sizeof *file->documents);
    file->documents[file->count++] = nodes;
}

enum dn_status dn_yaml_read(const char *path, struct dn_yaml_file *file, struct dn_error *err)
{
    struct dn_buf bytes = {0};
    *file = (struct dn_yaml_file){0};
    enum dn_status status = dn_file_read(path, MOST_BYTES, &bytes, err);
    if (status == DN_OK)
        status = dn_yaml_read_bytes(dn_buf_text(&bytes), dn_file_name(path), file, err);
    dn_buf_clear(&bytes);
    return status;
}
