/* What one run of notify-send keeps: its inputs from before they are read, what leaves, and the manifest. Without a
 * folder every function here does nothing. */
#ifndef DN_CHANNEL_KEEPING_H
#define DN_CHANNEL_KEEPING_H

#include "channel/manifest.h"
#include "channel/way.h"

/* Starts zeroed but for folder. */
struct dn_keeping {
    const char *folder; /* of the archive; NULL: nothing is kept */
    struct dn_witness witness;
    struct dn_strings paths; /* from which inputs are read */
    struct dn_archive *archive;
};

/* Before an input is read (NULL: not given): it is held for the archive, and may have to be read from another path,
 * which is then good until _clear. As dn_witness_add. */
enum dn_status dn_keeping_input(struct dn_keeping *keeping, const char *word, const char **path, struct dn_error *err);

/* The same for the folders of a folder; path NULL: not given. */
enum dn_status dn_keeping_folders(struct dn_keeping *keeping, const char *word, const char *path, struct dn_error *err);

/* Opens the archive and begins the manifest: behind all that may refuse, before anything that may leave. */
enum dn_status dn_keeping_begin(struct dn_keeping *keeping, const struct dn_manifest_run *run, struct dn_error *err);

/* Who looks at what leaves. */
struct dn_sight dn_keeping_sight(const struct dn_keeping *keeping);

/* Ends the manifest, whatever the run came to: that is status, unless it is DN_OK and this fails. After DN_SYSTEM the
 * manifest stays in part. */
enum dn_status dn_keeping_end(struct dn_keeping *keeping, const struct dn_ledger *ledger, struct dn_instant at,
                              enum dn_status status, struct dn_error *err);

void dn_keeping_clear(struct dn_keeping *keeping);

#endif
