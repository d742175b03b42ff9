/* The scan of JSON for x86-64 with AVX2: see scan_avx2.c. */
#include "stream/json_scan.h"

#include <string.h>

#include "stream/scan_x86.h"

#ifdef DN_KERNEL
typedef struct {
    __m256i low, high;
} json_bytes;

DN_KERNEL json_bytes json_load(const char *at)
{
    return (json_bytes){load(at), load(at + 32)};
}

/* Fewer than a block, with letters behind. */
DN_KERNEL json_bytes json_load_some(const char *at, size_t size)
{
    char block[DN_SCAN_BLOCK];
    memset(block, 'x', sizeof block);
    memcpy(block, at, size);
    return json_load(block);
}

DN_KERNEL json_bytes json_least(json_bytes a, json_bytes b)
{
    return (json_bytes){_mm256_min_epu8(a.low, b.low), _mm256_min_epu8(a.high, b.high)};
}

DN_KERNEL uint64_t json_both(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

DN_KERNEL uint64_t json_equal(json_bytes bytes, char byte)
{
    __m256i same = _mm256_set1_epi8(byte);
    return json_both(_mm256_cmpeq_epi8(bytes.low, same), _mm256_cmpeq_epi8(bytes.high, same));
}

DN_KERNEL uint64_t json_below(json_bytes bytes, char byte)
{
    __m256i most = _mm256_set1_epi8((char)(byte - 1));
    return json_both(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes.low, most), bytes.low),
                     _mm256_cmpeq_epi8(_mm256_min_epu8(bytes.high, most), bytes.high));
}

DN_KERNEL uint64_t json_digits(json_bytes bytes)
{
    __m256i zero = _mm256_set1_epi8('0');
    return json_below((json_bytes){_mm256_sub_epi8(bytes.low, zero), _mm256_sub_epi8(bytes.high, zero)}, 10);
}

DN_KERNEL json_bytes json_bit5_set(json_bytes bytes)
{
    __m256i bit = _mm256_set1_epi8(0x20);
    return (json_bytes){_mm256_or_si256(bytes.low, bit), _mm256_or_si256(bytes.high, bit)};
}

DN_KERNEL uint64_t json_bit5(json_bytes bytes)
{
    return json_both(_mm256_slli_epi16(bytes.low, 2), _mm256_slli_epi16(bytes.high, 2));
}

/* Four at a time, then more if there are; what is too much is written over. */
DN_KERNEL void json_put_places(uint32_t *to, uint64_t kept, uint32_t base)
{
    for (int left = __builtin_popcountll(kept); left > 0; left -= 4, to += 4)
        for (int i = 0; i < 4; i++) {
            to[i] = base + (uint32_t)_tzcnt_u64(kept);
            kept = _blsr_u64(kept);
        }
}

DN_KERNEL size_t json_put_marks(uint16_t *to, unsigned base, uint64_t bits)
{
    int count = __builtin_popcountll(bits);
    for (int left = count; left > 0; left -= 4, to += 4)
        for (int i = 0; i < 4; i++) {
            to[i] = (uint16_t)(base + (unsigned)_tzcnt_u64(bits));
            bits = _blsr_u64(bits);
        }
    return (size_t)count;
}

DN_KERNEL void json_put_tokens(char *to, json_bytes bytes, uint64_t kept)
{
    char block[DN_SCAN_BLOCK + 1]; /* the last one for bit 64, which means none */
    _mm256_storeu_si256((void *)block, bytes.low);
    _mm256_storeu_si256((void *)(block + 32), bytes.high);
    block[DN_SCAN_BLOCK] = 0;
    for (int left = __builtin_popcountll(kept); left > 0; left -= 4, to += 4)
        for (int i = 0; i < 4; i++) {
            to[i] = block[_tzcnt_u64(kept)];
            kept = _blsr_u64(kept);
        }
}

#include "stream/json_kernel.h"

const struct dn_json_machine *dn_json_avx2(void)
{
    return dn_scan_avx2() ? &json_machine : NULL;
}
#else
const struct dn_json_machine *dn_json_avx2(void)
{
    return NULL;
}
#endif
