/* The files under lib/data (profiles, regimes, holidays, templates), compiled into the binary: one file of a command is
 * all that an incident needs. They are installed for reading as well. */
#ifndef DN_DATA_DATA_H
#define DN_DATA_DATA_H

#include <stddef.h>

#include "base/text.h"

/* One file: its path below lib/data ("profiles/m365-audit.yaml") and its bytes (NUL-terminated behind size). */
struct dn_data_file {
    const char *path;
    const char *bytes;
    size_t size;
};

/* All files, sorted bytewise by path. */
extern const struct dn_data_file dn_data_files[];
extern const size_t dn_data_file_count;

/* The file of that path, or NULL. */
const struct dn_data_file *dn_data_find(const char *path);

#endif
