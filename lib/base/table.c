#include "base/table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

/* The process's secret. Output is never in table order, so it does not show. */
static uint64_t secret[2];

static void make_secret(void)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, secret, sizeof secret) : -1;
    if (fd >= 0)
        close(fd);
    if (got != (ssize_t)sizeof secret) { /* no device: at least not a constant */
        secret[0] = (uint64_t)time(NULL) * 0x9E3779B97F4A7C15u;
        secret[1] = (uint64_t)getpid() * 0xC2B2AE3D27D4EB4Fu;
    }
    secret[0] |= 1;
}

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

struct sip {
    uint64_t a, b, c, d;
};

static inline struct sip round_once(struct sip v)
{
    v.a += v.b;
    v.c += v.d;
    v.b = ROTATE(v.b, 13) ^ v.a;
    v.d = ROTATE(v.d, 16) ^ v.c;
    v.a = ROTATE(v.a, 32);
    v.c += v.b;
    v.a += v.d;
    v.b = ROTATE(v.b, 17) ^ v.c;
    v.d = ROTATE(v.d, 21) ^ v.a;
    v.c = ROTATE(v.c, 32);
    return v;
}

static inline struct sip absorb(struct sip v, uint64_t word)
{
    v.d ^= word;
    v = round_once(v);
    v.a ^= word;
    return v;
}

static inline struct sip begin(void)
{
    if (secret[0] == 0)
        make_secret();
    return (struct sip){secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du,
                        secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
}

/* Eight bytes, lowest first on any machine. */
static inline uint64_t low_first(const char *bytes)
{
    const unsigned char *at = (const unsigned char *)bytes;
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

/* The bytes behind the last whole word; of a long key without a branch on how many there are. */
static inline uint64_t tail(struct dn_text key)
{
    uint64_t word = 0;
    size_t rest = key.size % 8;
    if (rest && key.size > 8)
        return low_first(key.at + key.size - 8) >> (64 - 8 * rest);
    if (rest)
        memcpy(&word, key.at + (key.size - rest), rest);
    return word;
}

/* SipHash-1-3 (Aumasson and Bernstein): all of the key is taken in. Always inline: as a call it would pass the state
 * through memory. */
__attribute__((always_inline)) static inline struct sip absorb_key(struct sip v, struct dn_text key)
{
    uint64_t word;
    for (size_t i = 0; i + 8 <= key.size; i += 8) {
        memcpy(&word, key.at + i, 8);
        v = absorb(v, word);
    }
    return absorb(v, tail(key) | (uint64_t)key.size << 56);
}

static inline struct sip squeeze(struct sip v)
{
    return round_once(round_once(round_once(v)));
}

uint64_t dn_hash(struct dn_text key)
{
    struct sip v = absorb_key(begin(), key);
    v.c ^= 0xFF;
    v = squeeze(v);
    return v.a ^ v.b ^ v.c ^ v.d;
}

struct dn_hash128 dn_hash_wide(struct dn_text key, uint64_t number)
{
    struct dn_hash128 hash;
    struct sip v = begin();
    v.b ^= 0xEE;
    v = absorb_key(absorb(v, number), key);
    v.c ^= 0xEE;
    v = squeeze(v);
    hash.half[0] = v.a ^ v.b ^ v.c ^ v.d;
    v.b ^= 0xDD;
    v = squeeze(v);
    hash.half[1] = v.a ^ v.b ^ v.c ^ v.d;
    return hash;
}

/* The entry of the key; SIZE_MAX: none. */
static size_t find(const struct dn_table *table, uint64_t hash, struct dn_text key)
{
    size_t place = dn_index_seek(&table->index, hash);
    uint32_t entry;
    while ((entry = dn_index_next(&table->index, hash, &place)) != DN_INDEX_NONE)
        if (dn_text_equal(dn_table_key(table, entry), key))
            return entry;
    return SIZE_MAX;
}

size_t dn_table_find(const struct dn_table *table, struct dn_text key)
{
    return table->count ? find(table, dn_hash(key), key) : SIZE_MAX;
}

size_t dn_table_add(struct dn_table *table, struct dn_text key, bool *added)
{
    return dn_table_add_hashed(table, dn_hash(key), key, added);
}

size_t dn_table_add_hashed(struct dn_table *table, uint64_t hash, struct dn_text key, bool *added)
{
    size_t entry = find(table, hash, key);
    if (added)
        *added = entry == SIZE_MAX;
    if (entry != SIZE_MAX)
        return entry;
    dn_buf_addt(&table->keys, key);
    table->key_ends = dn_grow(table->key_ends, table->count, &table->key_room, sizeof *table->key_ends);
    table->key_ends[table->count] = table->keys.size;
    dn_index_add(&table->index, hash, table->count < DN_INDEX_NONE ? (uint32_t)table->count : DN_INDEX_NONE);
    table->slot_count = table->index.room;
    return table->count++;
}

void dn_table_clear(struct dn_table *table)
{
    dn_index_clear(&table->index);
    free(table->key_ends);
    dn_buf_clear(&table->keys);
    *table = (struct dn_table){0};
}
