#include "base/sha256.h"

#include <nettle/sha2.h>
#include <stdlib.h>

#include "base/alloc.h"

struct dn_sha256 {
    struct sha256_ctx context;
};

struct dn_sha256 *dn_sha256_begin(void)
{
    struct dn_sha256 *digest = dn_alloc(1, sizeof *digest);
    sha256_init(&digest->context);
    return digest;
}

static void feed(struct sha256_ctx *context, struct dn_text bytes)
{
    if (bytes.size)
        sha256_update(context, bytes.size, (const uint8_t *)bytes.at);
}

/* Also begins anew. */
static void finish(struct sha256_ctx *context, char hex[DN_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(context, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[DN_SHA256_HEX - 1] = '\0';
}

void dn_sha256_feed(struct dn_sha256 *digest, struct dn_text bytes)
{
    feed(&digest->context, bytes);
}

void dn_sha256_next(struct dn_sha256 *digest, char hex[DN_SHA256_HEX])
{
    finish(&digest->context, hex);
}

void dn_sha256_free(struct dn_sha256 *digest)
{
    free(digest);
}

void dn_sha256_end(struct dn_sha256 *digest, char hex[DN_SHA256_HEX])
{
    finish(&digest->context, hex);
    free(digest);
}

void dn_sha256_hex(struct dn_text bytes, char hex[DN_SHA256_HEX])
{
    struct sha256_ctx context;
    sha256_init(&context);
    feed(&context, bytes);
    finish(&context, hex);
}
