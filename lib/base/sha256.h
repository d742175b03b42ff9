/* SHA-256 (FIPS 180-4) through nettle, which a command has at hand at once (libcrypto takes longer to start than most
 * runs of a command to end), and its usual spelling: 64 lower-case hexadecimal digits. */
#ifndef DN_BASE_SHA256_H
#define DN_BASE_SHA256_H

#include "base/text.h"

#define DN_SHA256_HEX 65 /* 64 digits and a NUL */

struct dn_sha256; /* a running digest */

/* A new running digest; dn_sha256_end frees it. */
struct dn_sha256 *dn_sha256_begin(void);

/* Feeds bytes. */
void dn_sha256_feed(struct dn_sha256 *digest, struct dn_text bytes);

/* Writes the digest's hex and frees the running digest. */
void dn_sha256_end(struct dn_sha256 *digest, char hex[DN_SHA256_HEX]);

/* Writes the digest's hex and begins anew: cheaper than a new one for each of many. */
void dn_sha256_next(struct dn_sha256 *digest, char hex[DN_SHA256_HEX]);

/* Frees a running digest; NULL allowed. */
void dn_sha256_free(struct dn_sha256 *digest);

/* The digest of one run of bytes. */
void dn_sha256_hex(struct dn_text bytes, char hex[DN_SHA256_HEX]);

#endif
