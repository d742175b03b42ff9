/* The files under lib/data (profiles, regimes, holidays, templates), compiled into the binary: one file of a command is
 * all that an incident needs. They are installed for reading as well. */
#ifndef DN_DATA_DATA_H
#define DN_DATA_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* A node of a YAML file, as it was read when this was built; dn_yaml_read_data (stream/yaml.h) makes the tree of it.
 * Numbers, not pointers: nothing of it is touched at a start that does not need it. */
struct dn_data_node {
    uint32_t at;    /* a list's first element, a map's first key, among the nodes; a scalar's first byte in the texts */
    uint32_t count; /* of elements or pairs (the values lie behind the keys); of a scalar's bytes */
    uint16_t line, column;
    uint8_t kind; /* enum dn_yaml_kind */
    bool plain;
};

/* One file: its path below lib/data ("profiles/m365-audit.yaml") and its bytes (NUL-terminated behind size). */
struct dn_data_file {
    const char *path;
    const char *bytes;
    size_t size;
    const struct dn_data_node *nodes; /* of a YAML file; the document's own comes first; NULL: it is none */
    size_t node_count;
    const char *texts; /* each with a NUL behind it */
};

/* All files, sorted bytewise by path. */
extern const struct dn_data_file dn_data_files[];
extern const size_t dn_data_file_count;

/* The file of that path, or NULL. */
const struct dn_data_file *dn_data_find(const char *path);

#endif
