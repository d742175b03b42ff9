#include "base/sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "base/alloc.h"

struct dn_sha256 {
    EVP_MD_CTX *context;
};

/* Fetched once: looking the algorithm up costs more than digesting a ledger row. libcrypto fails here only without
 * memory. */
static const EVP_MD *algorithm(void)
{
    static EVP_MD *fetched;
    if (!fetched)
        fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!fetched)
        abort();
    return fetched;
}

struct dn_sha256 *dn_sha256_begin(void)
{
    struct dn_sha256 *digest = dn_alloc(1, sizeof *digest);
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || EVP_DigestInit_ex(digest->context, algorithm(), NULL) != 1)
        abort();
    return digest;
}

void dn_sha256_feed(struct dn_sha256 *digest, struct dn_text bytes)
{
    if (bytes.size && EVP_DigestUpdate(digest->context, bytes.at, bytes.size) != 1)
        abort();
}

void dn_sha256_next(struct dn_sha256 *digest, char hex[DN_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[32];
    if (EVP_DigestFinal_ex(digest->context, bytes, NULL) != 1 ||
        EVP_DigestInit_ex(digest->context, algorithm(), NULL) != 1)
        abort();
    for (size_t i = 0; i < sizeof bytes; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[64] = '\0';
}

void dn_sha256_free(struct dn_sha256 *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void dn_sha256_end(struct dn_sha256 *digest, char hex[DN_SHA256_HEX])
{
    dn_sha256_next(digest, hex);
    dn_sha256_free(digest);
}

void dn_sha256_hex(struct dn_text bytes, char hex[DN_SHA256_HEX])
{
    struct dn_sha256 *digest = dn_sha256_begin();
    dn_sha256_feed(digest, bytes);
    dn_sha256_end(digest, hex);
}
