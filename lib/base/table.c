#include "base/table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

struct dn_table_slot {
    uint64_t hash;
    size_t entry; /* + 1; 0: free */
};

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

/* SipHash-1-3 (Aumasson and Bernstein). */
static uint64_t hash_of(struct dn_text key)
{
    uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du, secret[0] ^ 0x6c7967656e657261u,
                     secret[1] ^ 0x7465646279746573u};
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
    v[2] ^= 0xFF;
    for (int k = 0; k < 3; k++)
        round_once(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct dn_text dn_table_key(const struct dn_table *table, size_t entry)
{
    size_t start = entry ? table->key_ends[entry - 1] : 0;
    return (struct dn_text){table->keys.at + start, table->key_ends[entry] - start};
}

/* The slot that holds key, or the free one where it belongs. */
static struct dn_table_slot *slot_of(const struct dn_table *table, uint64_t hash, struct dn_text key)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct dn_table_slot *slot = &table->slots[i];
        if (slot->entry == 0)
            return slot;
        if (slot->hash == hash && dn_text_equal(dn_table_key(table, slot->entry - 1), key))
            return slot;
    }
}

static void grow(struct dn_table *table)
{
    size_t old_count = table->slot_count;
    struct dn_table_slot *old = table->slots;
    table->slot_count = old_count ? old_count * 2 : 16;
    table->slots = dn_alloc(table->slot_count, sizeof *table->slots);
    size_t mask = table->slot_count - 1;
    for (size_t k = 0; k < old_count; k++) {
        if (old[k].entry == 0)
            continue;
        size_t i = old[k].hash & mask;
        while (table->slots[i].entry)
            i = (i + 1) & mask;
        table->slots[i] = old[k];
    }
    free(old);
}

size_t dn_table_find(const struct dn_table *table, struct dn_text key)
{
    if (table->count == 0)
        return SIZE_MAX;
    size_t entry = slot_of(table, hash_of(key), key)->entry;
    return entry ? entry - 1 : SIZE_MAX;
}

size_t dn_table_add(struct dn_table *table, struct dn_text key, bool *added)
{
    if (secret[0] == 0)
        make_secret();
    if (table->count * 4 >= table->slot_count * 3)
        grow(table);
    uint64_t hash = hash_of(key);
    struct dn_table_slot *slot = slot_of(table, hash, key);
    if (added)
        *added = slot->entry == 0;
    if (slot->entry)
        return slot->entry - 1;
    dn_buf_addt(&table->keys, key);
    table->key_ends = dn_grow(table->key_ends, table->count, &table->key_room, sizeof *table->key_ends);
    table->key_ends[table->count] = table->keys.size;
    *slot = (struct dn_table_slot){hash, table->count + 1};
    return table->count++;
}

void dn_table_clear(struct dn_table *table)
{
    free(table->slots);
    free(table->key_ends);
    dn_buf_clear(&table->keys);
    *table = (struct dn_table){0};
}
