/* The inputs of a run: no file may come twice, by whatever name, and no output may be one of them. */
#ifndef DN_EVIDENCE_INPUTS_H
#define DN_EVIDENCE_INPUTS_H

#include <stddef.h>

#include "base/error.h"

struct dn_input; /* one file's identity */

/* Starts zeroed. */
struct dn_inputs {
    struct dn_input *at;
    size_t count, room;
};

/* Adds path ("-": standard input); one that is there already (same device and inode) is DN_INVALID. A path that cannot
 * be looked at is DN_SYSTEM. */
enum dn_status dn_inputs_add(struct dn_inputs *inputs, const char *path, struct dn_error *err);

/* DN_INVALID if the output at path would replace one of the inputs; what is not there yet is fine. */
enum dn_status dn_inputs_spare(const struct dn_inputs *inputs, const char *path, struct dn_error *err);

/* Frees what it owns and leaves it empty. */
void dn_inputs_clear(struct dn_inputs *inputs);

#endif
