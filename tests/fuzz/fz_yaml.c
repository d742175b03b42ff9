/* Any text: what is read, written and read again is the same (tests/fuzz/run). */
#include <stdlib.h>
#include <string.h>

#include "stream/yaml.h"
#include "stream/yaml_write.h"

static void write_node(struct dn_yaml_writer *w, const char *key, const struct dn_yaml *node)
{
    if (node->kind == DN_YAML_SCALAR) {
        dn_yaml_put(w, key, node->text.at);
        return;
    }
    if (node->kind == DN_YAML_MAP)
        dn_yaml_open_map(w, key);
    else
        dn_yaml_open_list(w, key);
    for (size_t i = 0; i < node->count; i++)
        write_node(w, node->kind == DN_YAML_MAP ? node->keys[i].text.at : NULL, &node->at[i]);
    dn_yaml_close(w);
}

static bool same(const struct dn_yaml *a, const struct dn_yaml *b)
{
    bool fine = a->kind == b->kind && a->count == b->count && dn_text_equal(a->text, b->text);
    for (size_t i = 0; fine && i < a->count; i++)
        fine = same(&a->at[i], &b->at[i]) && (a->kind != DN_YAML_MAP || same(&a->keys[i], &b->keys[i]));
    return fine;
}

static void round_trip(const struct dn_yaml *node)
{
    struct dn_buf out = {0};
    struct dn_yaml_writer w = {.out = &out};
    struct dn_yaml_file file;
    struct dn_error err = {0};
    dn_yaml_document(&w, 0);
    write_node(&w, "k", node);
    enum dn_status status = dn_yaml_read_bytes(dn_buf_text(&out), "again", &file, &err);
    if (status == DN_OK ? !same(dn_yaml_find(file.documents[0], "k") ? &file.documents[0]->at[0] : node, node)
                        : !strstr(err.text, "nested over") && !strstr(err.text, "simple key"))
        abort();
    dn_yaml_clear(&file);
    dn_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dn_yaml_file file;
    struct dn_error err = {0};
    if (dn_yaml_read_bytes((struct dn_text){(const char *)data, size}, "f", &file, &err) != DN_OK && !err.text[0])
        abort();
    for (size_t i = 0; err.status == DN_OK && i < file.count; i++)
        round_trip(file.documents[i]);
    dn_yaml_clear(&file);
    return 0;
}
