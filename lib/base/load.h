/* Bytes as numbers, for sums over texts; which number depends on the machine's order of bytes. */
#ifndef DN_BASE_LOAD_H
#define DN_BASE_LOAD_H

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

#endif
