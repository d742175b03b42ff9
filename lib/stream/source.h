/* The bytes of a text file as UTF-8: a BOM is taken off, UTF-16 with a BOM is converted, what is no text is named. */
#ifndef DN_STREAM_SOURCE_H
#define DN_STREAM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define DN_SOURCE_ROOM ((size_t)64) /* the least room that a read needs */

struct dn_source;

/* Opens path ("-": standard input). *source is the caller's to close. DN_OK or DN_SYSTEM. */
enum dn_status dn_source_open(const char *path, struct dn_source **source, struct dn_error *err);

/* Reads up to room bytes (room >= DN_SOURCE_ROOM) to at. DN_OK with *got > 0; DN_END; DN_INVALID: compressed, a
 * spreadsheet, UTF-32 or UTF-16 without a BOM, an unpaired surrogate, an odd byte at the end; DN_SYSTEM. An error comes
 * only after all that was before it. */
enum dn_status dn_source_read(struct dn_source *source, char *at, size_t room, size_t *got, struct dn_error *err);

/* Is the rest a regular file's bytes as they stand? Then *fd and *at say where they go on and *size where the file ends
 * now, and they may be read at any place and by any thread, but not by dn_source_read as well. */
bool dn_source_direct(const struct dn_source *source, int *fd, off_t *at, off_t *size);

/* Closes and frees it; NULL allowed. */
void dn_source_close(struct dn_source *source);

#endif
