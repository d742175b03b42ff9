/* The scan for x86-64 with AVX2 and carry-less multiplication. */
#include "stream/scan.h"
#include "stream/scan_found.h"

#include "stream/scan_x86.h"

#ifdef DN_MACHINE
DN_KERNEL uint64_t both(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

DN_KERNEL uint64_t equal_mask(const char *at, char byte)
{
    __m256i same = _mm256_set1_epi8(byte);
    return both(_mm256_cmpeq_epi8(load(at), same), _mm256_cmpeq_epi8(load(at + 32), same));
}

DN_KERNEL uint64_t high_mask(const char *at)
{
    return both(load(at), load(at + 32));
}

/* What is looked for, each in all bytes of a register. */
struct dn_needles {
    __m256i delimiter, lf, quote, plain;
};

/* The byte in all places. Compilers would make constants anew for each block. */
DN_KERNEL __m256i thirty_two(char byte)
{
    __m256i bytes = _mm256_set1_epi8(byte);
    __asm__("" : "+x"(bytes));
    return bytes;
}

DN_KERNEL struct dn_needles needles_of(char delimiter)
{
    return (struct dn_needles){thirty_two(delimiter), thirty_two('\n'), thirty_two('"'), thirty_two(14)};
}

/* Bytes from 0x80 on are below 14 as signed ones. */
DN_KERNEL struct dn_scan_found find(const char *at, const struct dn_needles *needles)
{
    __m256i low = load(at), high = load(at + 32);
    uint64_t lf = both(_mm256_cmpeq_epi8(low, needles->lf), _mm256_cmpeq_epi8(high, needles->lf));
    uint64_t delimiters = both(_mm256_cmpeq_epi8(low, needles->delimiter), _mm256_cmpeq_epi8(high, needles->delimiter));
    uint64_t quotes = both(_mm256_cmpeq_epi8(low, needles->quote), _mm256_cmpeq_epi8(high, needles->quote));
    uint64_t rare = both(_mm256_cmpgt_epi8(needles->plain, low), _mm256_cmpgt_epi8(needles->plain, high));
    return (struct dn_scan_found){delimiters | lf, lf, quotes, rare & ~(delimiters | lf)};
}

/* Four at a time, then more if there are: most blocks of real files have less. What is too much is written over. */
DN_KERNEL void put_ends(uint32_t *to, uint64_t bits, uint32_t at)
{
    int left = __builtin_popcountll(bits);
    do {
        for (int i = 0; i < 4; i++) {
            to[i] = at + (uint32_t)_tzcnt_u64(bits);
            bits = _blsr_u64(bits);
        }
        to += 4;
        left -= 4;
    } while (left > 0);
}

#include "stream/scan_kernel.h"

DN_MACHINE static void run(struct dn_scan *scan, const char *bytes, size_t from, size_t to)
{
    scan_blocks(scan, bytes, from, to);
}

DN_KERNEL void copy_block(char *to, const char *from)
{
    _mm256_storeu_si256((void *)to, load(from));
    _mm256_storeu_si256((void *)(to + 32), load(from + 32));
}

/* Copies a block without the second quote of each two; the bytes of one more block behind it and behind `to` may be
 * read and written over. Returns where the next goes. */
DN_KERNEL char *put_kept(char *to, const char *from, uint64_t second)
{
    size_t done = 0;
    for (; second; second = _blsr_u64(second)) {
        size_t place = (size_t)_tzcnt_u64(second);
        copy_block(to, from + done);
        to += place - done;
        done = place + 1;
    }
    copy_block(to, from + done);
    return to + DN_SCAN_BLOCK - done;
}

/* The last bytes, fewer than two blocks. */
DN_MACHINE static size_t unquote_rest(const char *from, size_t size, uint64_t inside, char *to)
{
    char text[4 * DN_SCAN_BLOCK] = {0}, kept[4 * DN_SCAN_BLOCK], *end = kept;
    memcpy(text, from, size);
    size_t second_count = 0;
    for (size_t at = 0; at < size; at += DN_SCAN_BLOCK) {
        uint64_t quotes = equal_mask(text + at, '"'), parity = prefix_xor(quotes) ^ inside;
        end = put_kept(end, text + at, quotes & ~parity);
        inside = (uint64_t)0 - (parity >> 63);
        second_count += (size_t)__builtin_popcountll(quotes & ~parity);
    }
    memcpy(to, kept, size - second_count);
    return size - second_count;
}

DN_MACHINE static size_t unquote(const char *from, size_t size, char *to)
{
    char *begin = to;
    uint64_t inside = 0; /* between the first and the second of two quotes, at the end of a block */
    for (; size >= 2 * DN_SCAN_BLOCK; size -= DN_SCAN_BLOCK, from += DN_SCAN_BLOCK) {
        uint64_t quotes = equal_mask(from, '"'), parity = prefix_xor(quotes) ^ inside;
        to = put_kept(to, from, quotes & ~parity);
        inside = (uint64_t)0 - (parity >> 63);
    }
    return (size_t)(to - begin) + unquote_rest(from, size, inside, to);
}

const struct dn_scan_machine *dn_scan_avx2(void)
{
    static const struct dn_scan_machine machine = {run, unquote};
    bool can = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    return can ? &machine : NULL;
}
#else
const struct dn_scan_machine *dn_scan_avx2(void)
{
    return NULL;
}
#endif
