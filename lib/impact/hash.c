#include "impact/hash.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/load.h"

#define PIECE ((size_t)256) /* bytes that are hashed with words of their own */
#define WORDS (PIECE / 8)

static uint64_t secret[WORDS + 2];

/* Only where the machine has no source of chance: not a constant at least. */
static void weak_secret(void)
{
    uint64_t state = (uint64_t)time(NULL) * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)getpid();
    for (size_t i = 0; i < WORDS + 2; i++) {
        state += UINT64_C(0x9E3779B97F4A7C15);
        uint64_t z = (state ^ state >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        secret[i] = z ^ z >> 27;
    }
}

void dn_keyhash_begin(void)
{
    if (secret[0])
        return;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, secret, sizeof secret) : -1;
    if (fd >= 0)
        close(fd);
    if (got != (ssize_t)sizeof secret)
        weak_secret();
    secret[0] |= 1;
}

__extension__ typedef unsigned __int128 wide;

static inline uint64_t fold(wide product)
{
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* One piece of up to PIECE bytes. */
static inline uint64_t hash_piece(const char *at, size_t size)
{
    wide sum = 0;
    size_t i = 0;
    for (; i + 16 <= size; i += 16)
        sum += (wide)(dn_load8(at + i) + secret[i / 8]) * (dn_load8(at + i + 8) + secret[i / 8 + 1]);
    if (i < size) {
        size_t first = size - i < 8 ? size - i : 8;
        sum += (wide)(dn_load_some(at + i, first) + secret[i / 8]) *
               (dn_load_some(at + i + first, size - i - first) + secret[i / 8 + 1]);
    }
    return fold(sum);
}

uint64_t dn_keyhash(struct dn_text text, uint64_t seed)
{
    uint64_t hash = seed ^ text.size;
    size_t i = 0;
    do {
        size_t size = text.size - i < PIECE ? text.size - i : PIECE;
        hash = fold((wide)((size > 0 ? hash_piece(text.at + i, size) : 0) ^ hash ^ secret[WORDS]) *
                    (secret[WORDS + 1] | 1));
        i += size;
    } while (i < text.size);
    return hash;
}
