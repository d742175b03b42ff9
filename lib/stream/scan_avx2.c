/* The scan for x86-64 with AVX2 and carry-less multiplication. */
#include "stream/scan.h"

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

/* Below 14 as signed bytes: so are all bytes from 0x80 on. */
DN_KERNEL uint64_t low_mask(const char *at)
{
    __m256i most = _mm256_set1_epi8(14);
    return both(_mm256_cmpgt_epi8(most, load(at)), _mm256_cmpgt_epi8(most, load(at + 32)));
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

dn_scan_run_function *dn_scan_avx2(void)
{
    bool can = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi") &&
               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    return can ? run : NULL;
}
#else
dn_scan_run_function *dn_scan_avx2(void)
{
    return NULL;
}
#endif
