/* Writes lib/data as C: embed FOLDER OUTPUT FILE..., files below the folder, sorted bytewise. Those in YAML are there a
 * second time as trees, so that no command reads at every start what is the same each time: the regimes alone took 3
 * ms. Run while the project is built, with the reader of YAML that the commands have: so it is no part of lib/data,
 * which lies below that reader. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "data/data.h"
#include "stream/yaml.h"

#define FILE_CAP ((size_t)1 << 20)

/* The nodes in the order in which they are written: each one's children lie side by side. */
struct tree {
    struct {
        const struct dn_yaml *node;
        size_t first; /* of its children, or of its text's bytes */
    } * at;
    size_t count, room;
    struct dn_buf texts;
};

static void add_nodes(struct tree *tree, const struct dn_yaml *nodes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tree->at = dn_grow(tree->at, tree->count, &tree->room, sizeof *tree->at);
        tree->at[tree->count++].node = &nodes[i];
    }
}

/* The children of a node behind all that is there; a map's keys before its values. */
static void add_children(struct tree *tree, size_t i)
{
    const struct dn_yaml *node = tree->at[i].node;
    tree->at[i].first = node->kind == DN_YAML_SCALAR ? tree->texts.size : tree->count;
    if (node->kind == DN_YAML_SCALAR)
        dn_buf_add(&tree->texts, node->text.at, node->text.size + 1);
    if (node->kind == DN_YAML_MAP)
        add_nodes(tree, node->keys, node->count);
    if (node->kind != DN_YAML_SCALAR)
        add_nodes(tree, node->at, node->count);
}

static void write_bytes(FILE *out, const char *name, size_t number, struct dn_text bytes)
{
    fprintf(out, "static const unsigned char %s_%zu[] = {", name, number);
    for (size_t i = 0; i < bytes.size; i++)
        fprintf(out, "%s%u,", i % 32 == 0 ? "\n" : "", (unsigned char)bytes.at[i]);
    fprintf(out, "0};\n");
}

static void write_tree(FILE *out, size_t number, const struct tree *tree)
{
    write_bytes(out, "texts", number, dn_buf_text(&tree->texts));
    fprintf(out, "static const struct dn_data_node nodes_%zu[] = {\n", number);
    for (size_t i = 0; i < tree->count; i++) {
        const struct dn_yaml *node = tree->at[i].node;
        fprintf(out, "{%zu,%zu,%lld,%lld,%d,%d},\n", tree->at[i].first,
                node->kind == DN_YAML_SCALAR ? node->text.size : node->count, (long long)node->line,
                (long long)node->column, (int)node->kind, (int)node->plain);
    }
    fprintf(out, "};\n");
}

/* Collects a document's nodes, the root first. */
static enum dn_status grow_tree(struct tree *tree, const struct dn_yaml *root, const char *path, struct dn_error *err)
{
    add_nodes(tree, root, 1);
    for (size_t i = 0; i < tree->count; i++) {
        const struct dn_yaml *node = tree->at[i].node;
        if (node->line > UINT16_MAX || node->column > UINT16_MAX)
            return dn_error_at(err, path, node->line, node->column, "places up to line and column %u can be kept",
                               (unsigned)UINT16_MAX);
        add_children(tree, i);
    }
    return DN_OK;
}

/* A file of YAML as a tree; *count: how many nodes it has. */
static enum dn_status write_yaml(FILE *out, size_t number, struct dn_text bytes, const char *path, size_t *count,
                                 struct dn_error *err)
{
    struct dn_yaml_file file = {0};
    struct tree tree = {.at = NULL};
    enum dn_status status = dn_yaml_read_bytes(bytes, path, &file, err);
    if (status == DN_OK && file.count != 1)
        status = dn_error_at(err, path, 0, 0, "one document is expected, not %zu", file.count);
    if (status == DN_OK)
        status = grow_tree(&tree, file.documents[0], path, err);
    if (status == DN_OK) {
        write_tree(out, number, &tree);
        *count = tree.count;
    }
    free(tree.at);
    dn_buf_clear(&tree.texts);
    dn_yaml_clear(&file);
    return status;
}

/* One file; its line of the table goes into `table`. */
static enum dn_status write_file(FILE *out, const char *folder, const char *path, size_t number, struct dn_buf *table,
                                 struct dn_error *err)
{
    struct dn_buf name = {0}, bytes = {0};
    size_t nodes = 0;
    bool yaml = dn_text_ends(dn_text_of(path), ".yaml");
    dn_buf_addf(&name, "%s/%s", folder, path);
    enum dn_status status = dn_file_read(name.at, FILE_CAP, &bytes, err);
    if (status == DN_OK) {
        write_bytes(out, "file", number, dn_buf_text(&bytes));
        dn_buf_addf(table, "{\"%s\",(const char *)file_%zu,%zu,", path, number, bytes.size);
    }
    if (status == DN_OK && yaml)
        status = write_yaml(out, number, dn_buf_text(&bytes), name.at, &nodes, err);
    if (yaml)
        dn_buf_addf(table, "nodes_%zu,%zu,(const char *)texts_%zu},\n", number, nodes, number);
    else
        dn_buf_adds(table, "0,0,0},\n");
    dn_buf_clear(&name);
    dn_buf_clear(&bytes);
    return status;
}

static enum dn_status write_all(FILE *out, const char *folder, char **paths, size_t count, struct dn_error *err)
{
    struct dn_buf table = {0};
    enum dn_status status = DN_OK;
    fprintf(out, "#include \"data/data.h\"\n");
    for (size_t i = 0; i < count && status == DN_OK; i++)
        status = write_file(out, folder, paths[i], i, &table, err);
    fprintf(out, "const struct dn_data_file dn_data_files[] = {\n%s{0,0,0,0,0,0}};\n", table.at ? table.at : "");
    fprintf(out, "const size_t dn_data_file_count = %zu;\n", count);
    dn_buf_clear(&table);
    return status;
}

int main(int argc, char **argv)
{
    struct dn_error err = {DN_OK, ""};
    FILE *out = argc > 2 ? fopen(argv[2], "w") : NULL;
    if (!out) {
        fprintf(stderr, "embed: no output\n");
        return 2;
    }
    enum dn_status status = write_all(out, argv[1], argv + 3, (size_t)argc - 3, &err);
    bool written = !ferror(out);
    written = fclose(out) == 0 && written;
    if (status == DN_OK && written)
        return 0;
    fprintf(stderr, "embed: %s\n", status == DN_OK ? "the output could not be written" : err.text);
    remove(argv[2]);
    return 2;
}
