/* Inside the archive: bytes that must be durable now, one behind the other in one file, so that a group of notices
 * costs one fdatasync. They become files of their own later, many with one sync; after a crash of the machine they are
 * read back from here. */
#ifndef DN_CHANNEL_ARCHIVE_JOURNAL_H
#define DN_CHANNEL_ARCHIVE_JOURNAL_H

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"

struct dn_archive_journal {
    int fd; /* -1: not open */
    char *path;
    struct dn_buf pending; /* not written yet */
    size_t count;          /* notices in pending */
};

/* Opens or creates tmp/journal below root; path is the archive's, for messages. */
enum dn_status dn_archive_journal_open(int root, const char *path, struct dn_archive_journal *journal,
                                       struct dn_error *err);

/* Adds bytes that are to become a file of this name; nothing is written yet. */
void dn_archive_journal_add(struct dn_archive_journal *journal, const char *name, struct dn_text bytes);

/* Writes what was added, and syncs. DN_SYSTEM: it is not durable. */
enum dn_status dn_archive_journal_sync(struct dn_archive_journal *journal, struct dn_error *err);

/* Empties it, also of what was added: all of it is durable elsewhere. */
enum dn_status dn_archive_journal_empty(struct dn_archive_journal *journal, struct dn_error *err);

/* Calls found for each name and its bytes, up to the first that is torn. What found returns, if not DN_OK, ends it. */
enum dn_status dn_archive_journal_read(const struct dn_archive_journal *journal,
                                       enum dn_status (*found)(void *context, const char *name, struct dn_text bytes,
                                                               struct dn_error *err),
                                       void *context, struct dn_error *err);

void dn_archive_journal_close(struct dn_archive_journal *journal);

#endif
