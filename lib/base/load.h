/* Bytes as numbers, for sums over texts; which number depends on the machine's order of bytes. */
#ifndef DN_BASE_LOAD_H
#define DN_BASE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes, aligned or not. */
static inline uint64_t dn_load8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Up to eight bytes, without a loop: two pieces that may overlap, but the same bytes always give the same. */
static inline uint64_t dn_load_some(const char *at, size_t size)
{
    uint32_t low, high;
    if (size == 8)
        return dn_load8(at);
    if (size < 4)
        return size == 0 ? 0
                         : (uint64_t)(unsigned char)at[0] | (uint64_t)(unsigned char)at[size / 2] << 8 |
                               (uint64_t)(unsigned char)at[size - 1] << 16;
    memcpy(&low, at, 4);
    memcpy(&high, at + size - 4, 4);
    return low | (uint64_t)high << 32;
}

/* Are these the same bytes? Without a call for up to sixteen. */
static inline bool dn_load_same(const char *a, const char *b, size_t size)
{
    if (size > 16)
        return memcmp(a, b, size) == 0;
    if (size <= 8)
        return dn_load_some(a, size) == dn_load_some(b, size);
    return dn_load8(a) == dn_load8(b) && dn_load8(a + size - 8) == dn_load8(b + size - 8);
}

/* Copies a text, whose bytes do not overlap with those there, and returns where it ends: without a call for up to
 * sixteen. */
static inline char *dn_load_copy(char *to, const char *at, size_t size)
{
    uint64_t word;
    uint32_t half;
    if (size > 16) {
        memcpy(to, at, size);
    } else if (size >= 8) {
        word = dn_load8(at + size - 8);
        memcpy(to, at, 8);
        memcpy(to + size - 8, &word, 8);
    } else if (size >= 4) {
        memcpy(&half, at + size - 4, 4);
        memcpy(to, at, 4);
        memcpy(to + size - 4, &half, 4);
    } else {
        for (size_t i = 0; i < size; i++)
            to[i] = at[i];
    }
    return to + size;
}

#endif
