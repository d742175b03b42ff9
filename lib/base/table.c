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

static void round_once(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = ROTATE(v[1], 13) ^ v[0];
    v[3] = ROTATE(v[3], 16) ^ v[2];
    v[0] = ROTATE(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = ROTATE(v[1], 17) ^ v[2];
    v[3] = ROTATE(v[3], 21) ^ v[0];
    v[2] = ROTATE(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    round_once(v);
    v[0] ^= word;
}

static void begin(uint64_t v[4])
{
    if (secret[0] == 0)
        make_secret();
    v[0] = secret[0] ^ 0x736f6d6570736575u;
    v[1] = secret[1] ^ 0x646f72616e646f6du;
    v[2] = secret[0] ^ 0x6c7967656e657261u;
    v[3] = secret[1] ^ 0x7465646279746573u;
}

/* SipHash-1-3 (Aumasson and Bernstein): all of the key is taken in. */
static void absorb_key(uint64_t v[4], struct dn_text key)
{
    size_t i = 0;
    uint64_t word;
    for (; i + 8 <= key.size; i += 8) {
        memcpy(&word, key.at + i, 8);
        absorb(v, word);
    }
    word = 0;
    if (key.size > i)
        memcpy(&word, key.at + i, key.size - i);
    absorb(v, word | (uint64_t)key.size << 56);
}

static uint64_t squeeze(uint64_t v[4])
{
    for (int k = 0; k < 3; k++)
        round_once(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t dn_hash(struct dn_text key)
{
    uint64_t v[4];
    begin(v);
    absorb_key(v, key);
    v[2] ^= 0xFF;
    return squeeze(v);
}

struct dn_hash128 dn_hash_wide(struct dn_text key, uint64_t number)
{
    uint64_t v[4];
    struct dn_hash128 hash;
    begin(v);
    v[1] ^= 0xEE;
    absorb(v, number);
    absorb_key(v, key);
    v[2] ^= 0xEE;
    hash.half[0] = squeeze(v);
    v[1] ^= 0xDD;
    hash.half[1] = squeeze(v);
    return hash;
}

struct dn_text dn_table_key(const struct dn_table *table, size_t entry)
{
    size_t start = entry ? table->key_ends[entry - 1] : 0;
    return (struct dn_text){table->keys.at + start, table->key_ends[entry] - start};
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
    uint64_t hash = dn_hash(key);
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
