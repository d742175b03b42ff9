#include "data/data.h"

#include <string.h>

const struct dn_data_file *dn_data_find(const char *path)
{
    for (size_t i = 0; i < dn_data_file_count; i++)
        if (strcmp(dn_data_files[i].path, path) == 0)
            return &dn_data_files[i];
    return NULL;
}
