/* Files: reading whole ones with a cap, and outputs that appear completely or not at all. */
#ifndef DN_BASE_FILE_H
#define DN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

/* Opens path for reading ("-": standard input, a duplicate of it); a directory is refused by name. *fd is the
 * caller's to close. DN_OK or DN_SYSTEM. */
enum dn_status dn_file_open(const char *path, int *fd, struct dn_error *err);

/* The name of an input in messages: "-" becomes "standard input". */
const char *dn_file_name(const char *path);

/* Reads all of path ("-": standard input) into *into (appended). Over cap bytes: DN_INVALID. */
enum dn_status dn_file_read(const char *path, size_t cap, struct dn_buf *into, struct dn_error *err);

/* Writes all bytes, again after EINTR and short writes. subject names the file in the error. DN_OK or DN_SYSTEM. */
enum dn_status dn_file_write(int fd, struct dn_text bytes, const char *subject, struct dn_error *err);

/* A new file without a name, under $TMPDIR, for what is too large for memory; -1: none, and why, with its path. */
int dn_file_temporary(struct dn_error *err);

/* An output that nobody sees before it is complete. For a path: a temporary file (0600) beside it, synced and renamed
 * into place by _commit, so the input may be the output. For standard output ("-" or NULL): kept in memory, over 1 MiB
 * in an unlinked file under $TMPDIR, and copied out by _commit. */
struct dn_output;

/* *output is the caller's until _commit or _discard. DN_OK or DN_SYSTEM. */
enum dn_status dn_output_open(const char *path, struct dn_output **output, struct dn_error *err);

/* True if an output at one path would take the place of one at the other, however they are spelt. NULL is no path. */
bool dn_output_same(const char *a, const char *b);

/* Appends bytes. A failure is kept and told by _commit, so writers need not check each call. */
void dn_output_write(struct dn_output *output, struct dn_text bytes);

/* Nothing can fail any more but the output itself, and what was written may be seen from here on: standard output is
 * written as it comes, not kept first. True if it is; a named file still appears as a whole. */
bool dn_output_flow(struct dn_output *output);

/* Makes _commit fail with this: what was to be written could not be had. The first failure stays. */
void dn_output_fail(struct dn_output *output, const struct dn_error *failure);

/* Has all that can fail before anything is seen behind it: the failure that was kept, and the bytes of a named file,
 * which are durable then. A path that cannot be renamed into (a device, a FIFO) has been written, and stays open for
 * _commit; standard output has not. Nothing is written after it. DN_OK, DN_SYSTEM or the status of the failure. */
enum dn_status dn_output_settle(struct dn_output *output, struct dn_error *err);

/* Settles several outputs (NULL: none) before the first of them is committed, and those that cannot be taken back when
 * all others are. The last one is that whose end a reader waits for before it opens the others: it alone may still be
 * open. The caller commits or discards them afterwards, each. As dn_output_settle. */
enum dn_status dn_outputs_settle(struct dn_output *const *outputs, size_t count, struct dn_error *err);

/* Makes it visible and frees it, also on failure (then nothing of a named file is left, and standard output may have
 * been cut). DN_OK or DN_SYSTEM. */
enum dn_status dn_output_commit(struct dn_output *output, struct dn_error *err);

/* Forgets it without a trace; NULL allowed. */
void dn_output_discard(struct dn_output *output);

#endif
