#include "evidence/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"

struct dn_input {
    dev_t device;
    ino_t inode;
    char *name;
};

static const struct dn_input *find(const struct dn_inputs *inputs, const struct stat *status)
{
    for (size_t i = 0; i < inputs->count; i++)
        if (inputs->at[i].device == status->st_dev && inputs->at[i].inode == status->st_ino)
            return &inputs->at[i];
    return NULL;
}

enum dn_status dn_inputs_add(struct dn_inputs *inputs, const char *path, struct dn_error *err)
{
    struct stat status;
    const char *name = dn_file_name(path);
    if ((strcmp(path, "-") == 0 ? fstat(0, &status) : stat(path, &status)) != 0)
        return dn_error_errno(err, name);
    const struct dn_input *same = find(inputs, &status);
    if (same && strcmp(same->name, name) == 0)
        return dn_error_set(err, DN_INVALID, "%s is given twice: its rows would count twice", name);
    if (same)
        return dn_error_set(err, DN_INVALID, "%s and %s are the same file: its rows would count twice", same->name,
                            name);
    inputs->at = dn_grow(inputs->at, inputs->count, &inputs->room, sizeof *inputs->at);
    inputs->at[inputs->count++] = (struct dn_input){status.st_dev, status.st_ino, dn_strdup(name)};
    return DN_OK;
}

enum dn_status dn_inputs_spare(const struct dn_inputs *inputs, const char *path, struct dn_error *err)
{
    struct stat status;
    if (!path || stat(path, &status) != 0)
        return DN_OK;
    const struct dn_input *same = S_ISREG(status.st_mode) ? find(inputs, &status) : NULL;
    if (!same)
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "%s is an input of this run (%s) and would be overwritten", path, same->name);
}

void dn_inputs_clear(struct dn_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->at[i].name);
    free(inputs->at);
    *inputs = (struct dn_inputs){0};
}
