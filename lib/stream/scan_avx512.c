/* The scan for x86-64 with AVX-512 that can compress bytes (VBMI2): a mask is one instruction, a block's field ends are
 * a few. */
#include "stream/scan.h"
#include "stream/scan_found.h"

#define DN_MACHINE                                                                                                     \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,pclmul,bmi,bmi2,popcnt")))
#include "stream/scan_x86.h"

#ifdef DN_KERNEL
DN_KERNEL uint64_t equal_mask(const char *at, char byte)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(at), _mm512_set1_epi8(byte));
}

DN_KERNEL uint64_t high_mask(const char *at)
{
    return _mm512_movepi8_mask(_mm512_loadu_si512(at));
}

/* What is looked for, each in all bytes of a register. */
struct dn_needles {
    __m512i delimiter, lf, quote, plain;
};

/* The byte in all places. Compilers would make constants anew for each block, through the port that compares, too. */
DN_KERNEL __m512i sixty_four(char byte)
{
    __m512i bytes = _mm512_set1_epi8(byte);
    __asm__("" : "+v"(bytes));
    return bytes;
}

DN_KERNEL struct dn_needles needles_of(char delimiter)
{
    return (struct dn_needles){sixty_four(delimiter), sixty_four('\n'), sixty_four('"'), sixty_four(14)};
}

/* Bytes from 0x80 on are below 14 as signed ones. */
DN_KERNEL struct dn_scan_found find(const char *at, const struct dn_needles *needles)
{
    __m512i block = _mm512_loadu_si512(at);
    uint64_t lf = _mm512_cmpeq_epi8_mask(block, needles->lf);
    uint64_t ends = _mm512_cmpeq_epi8_mask(block, needles->delimiter) | lf;
    uint64_t low = _mm512_cmplt_epi8_mask(block, needles->plain);
    __asm__("" : "+r"(low)); /* else it waits for `ends` and is masked by them */
    return (struct dn_scan_found){ends, lf, _mm512_cmpeq_epi8_mask(block, needles->quote), low & ~ends};
}

DN_KERNEL void put_sixteen(uint32_t *to, __m128i places, __m512i base)
{
    _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_cvtepu8_epi32(places), base));
}

/* Sixteen at a time; what is too much is written over. */
DN_KERNEL void put_ends(uint32_t *to, uint64_t bits, uint32_t at)
{
    static const unsigned char count[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                            16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                            32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                            48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    __m512i base = _mm512_set1_epi32((int)at), places = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(count));
    put_sixteen(to, _mm512_castsi512_si128(places), base);
    if (__builtin_popcountll(bits) <= 16)
        return;
    put_sixteen(to + 16, _mm512_extracti32x4_epi32(places, 1), base);
    put_sixteen(to + 32, _mm512_extracti32x4_epi32(places, 2), base);
    put_sixteen(to + 48, _mm512_extracti32x4_epi32(places, 3), base);
}

#include "stream/scan_kernel.h"

DN_MACHINE static void run(struct dn_scan *scan, const char *bytes, size_t from, size_t to)
{
    scan_blocks(scan, bytes, from, to);
}

/* The bytes of a block without the second quote of each two. Returns how many they are. */
DN_KERNEL size_t put_kept(char *to, __m512i block, uint64_t valid, uint64_t *inside)
{
    uint64_t quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('"')) & valid;
    uint64_t parity = prefix_xor(quotes) ^ *inside, kept = valid & ~(quotes & ~parity);
    unsigned count = (unsigned)__builtin_popcountll(kept);
    *inside = (uint64_t)0 - (parity >> 63);
    if (count > 0)
        _mm512_mask_storeu_epi8(to, ~(uint64_t)0 >> (64 - count), _mm512_maskz_compress_epi8(kept, block));
    return count;
}

DN_MACHINE static size_t unquote(const char *from, size_t size, char *to)
{
    char *begin = to;
    uint64_t inside = 0;
    for (; size >= DN_SCAN_BLOCK; size -= DN_SCAN_BLOCK, from += DN_SCAN_BLOCK)
        to += put_kept(to, _mm512_loadu_si512(from), ~(uint64_t)0, &inside);
    uint64_t valid = ((uint64_t)1 << size) - 1;
    to += put_kept(to, _mm512_maskz_loadu_epi8(valid, from), valid, &inside);
    return (size_t)(to - begin);
}

const struct dn_scan_machine *dn_scan_avx512(void)
{
    static const struct dn_scan_machine machine = {run, unquote};
    bool can = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vbmi2") && dn_scan_avx2();
    return can ? &machine : NULL;
}
#else
const struct dn_scan_machine *dn_scan_avx512(void)
{
    return NULL;
}
#endif
