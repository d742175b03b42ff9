/* Secrets out of files that only their owner can read. Never from arguments or the environment, never printed; whoever
 * holds one wipes it. From the first one on this process leaves no core and, on Linux, opens its /proc to root alone.
 */
#ifndef DN_CHANNEL_SECRET_H
#define DN_CHANNEL_SECRET_H

#include "base/error.h"
#include "base/text.h"

/* Reads a whole file of secrets (64 KiB at most), appended. It must be a regular file (no link, no pipe) that belongs
 * to us or to root and that neither its group nor others can read or write: else DN_INVALID, and the message says how
 * to mend it. DN_SYSTEM: it cannot be read. */
enum dn_status dn_secret_read(const char *path, struct dn_buf *into, struct dn_error *err);

/* Reads a file whose one line is the secret, without its line end. Empty, a second line, a NUL or another control
 * character: DN_INVALID. */
enum dn_status dn_secret_line(const char *path, struct dn_buf *into, struct dn_error *err);

/* Finds a login in netrc text: the first `machine HOST` entry (or `default`) whose login is user (NULL or empty: any),
 * appended to *login and *password. Words may stand in double quotes; macdef ends the reading. False: there is none. */
bool dn_netrc_find(struct dn_text netrc, struct dn_text host, const char *user, struct dn_buf *login,
                   struct dn_buf *password);

/* Overwrites the bytes, then frees them. */
void dn_secret_clear(struct dn_buf *secret);

#endif
