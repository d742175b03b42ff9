/* The archive (duenotice-archive(5)): every byte that leaves, and every input of the run, as files named by their
 * SHA-256, and a manifest of each run that sha256sum -c checks. What is kept is durable before it leaves: an archive
 * that is written afterwards lacks what a crash took. */
#ifndef DN_CHANNEL_ARCHIVE_H
#define DN_CHANNEL_ARCHIVE_H

#include "base/error.h"
#include "base/text.h"

struct dn_archive;

/* Makes the folders that are not there (0700), locks the archive (DN_BUSY: another run writes into it), takes over what
 * a killed run left, begins the next manifest. DN_SYSTEM: a folder or a file cannot be made. *archive is the caller's
 * to close. */
enum dn_status dn_archive_open(const char *path, struct dn_archive **archive, struct dn_error *err);

/* Adds a line of words to the manifest ("# ..."); hostile characters are made visible. */
void dn_archive_say(struct dn_archive *archive, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keeps bytes that are about to leave; words are for the manifest's line above theirs. Nothing is durable before _sync.
 * The same bytes twice are one file. DN_SYSTEM: they must not leave. */
enum dn_status dn_archive_keep(struct dn_archive *archive, struct dn_text bytes, const char *words,
                               struct dn_error *err);

/* Keeps bytes, or all that can be read from fd (its offset is not used; name: for messages), as an input. */
enum dn_status dn_archive_input(struct dn_archive *archive, struct dn_text bytes, const char *words,
                                struct dn_error *err);
enum dn_status dn_archive_input_file(struct dn_archive *archive, int fd, const char *name, const char *words,
                                     struct dn_error *err);

/* Makes all that was kept durable: one sync for a group. Costs nothing when there is nothing. It has its names when
 * many have come together, and at the end. DN_SYSTEM: nothing of it may leave. */
enum dn_status dn_archive_sync(struct dn_archive *archive, struct dn_error *err);

/* Syncs, and gives all that was kept and the manifest their names: the run is over. Nothing is kept after it. */
enum dn_status dn_archive_end(struct dn_archive *archive, struct dn_error *err);

/* Frees it; a manifest that was not ended stays under its other name. NULL allowed. */
void dn_archive_close(struct dn_archive *archive);

#endif
