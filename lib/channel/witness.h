/* What a run was given: its input files, held open while it reads them, so that the archive keeps the very bytes. */
#ifndef DN_CHANNEL_WITNESS_H
#define DN_CHANNEL_WITNESS_H

#include "base/error.h"
#include "base/text.h"
#include "channel/archive.h"

/* Starts zeroed. */
struct dn_witness {
    struct dn_witness_input *at;
    size_t count, room;
};

/* Call before path is read. A plain file is held open; standard input, and what else can be read only once, is copied
 * into a file without a name first, and has to be read as *read_from (appended; that is path itself for a plain file,
 * and "-" for standard input). word is kept by address: what this input is ("affected"). DN_SYSTEM: it cannot be
 * opened or copied. */
enum dn_status dn_witness_add(struct dn_witness *witness, const char *word, const char *path, struct dn_buf *read_from,
                              struct dn_error *err);

/* The same for every file in every folder of this one: the languages of a folder of templates. */
enum dn_status dn_witness_add_folders(struct dn_witness *witness, const char *word, const char *path,
                                      struct dn_error *err);

/* Keeps them all. DN_INVALID: a file is not what it was when it was added, so what was read is not what is there. */
enum dn_status dn_witness_keep(const struct dn_witness *witness, struct dn_archive *archive, struct dn_error *err);

/* Closes all and leaves it empty. */
void dn_witness_clear(struct dn_witness *witness);

#endif
