/* The scan of JSON for x86-64 with AVX-512: see scan_avx512.c. */
#include "stream/json_scan.h"

#define DN_MACHINE                                                                                                     \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,avx2,pclmul,bmi,bmi2,popcnt")))
#include "stream/scan_x86.h"

#ifdef DN_KERNEL
typedef __m512i json_bytes;

DN_KERNEL json_bytes json_load(const char *at)
{
    return _mm512_loadu_si512(at);
}

/* Fewer than a block, with letters behind. */
DN_KERNEL json_bytes json_load_some(const char *at, size_t size)
{
    return _mm512_mask_loadu_epi8(_mm512_set1_epi8('x'), ((uint64_t)1 << size) - 1, at);
}

DN_KERNEL json_bytes json_least(json_bytes a, json_bytes b)
{
    return _mm512_min_epu8(a, b);
}

DN_KERNEL uint64_t json_equal(json_bytes bytes, char byte)
{
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte));
}

DN_KERNEL uint64_t json_below(json_bytes bytes, char byte)
{
    return _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(byte));
}

DN_KERNEL uint64_t json_digits(json_bytes bytes)
{
    return json_below(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), 10);
}

DN_KERNEL json_bytes json_bit5_set(json_bytes bytes)
{
    return _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
}

DN_KERNEL uint64_t json_bit5(json_bytes bytes)
{
    return _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20));
}

static const unsigned char json_count[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                             16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                             32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                             48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

DN_KERNEL void json_put_tokens(char *to, json_bytes bytes, uint64_t kept)
{
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi8(kept, bytes));
}

DN_KERNEL void json_put_sixteen(uint32_t *to, __m128i places, uint32_t base)
{
    _mm512_storeu_si512(to, _mm512_add_epi32(_mm512_cvtepu8_epi32(places), _mm512_set1_epi32((int)base)));
}

/* Sixteen at a time; what is too much is written over. */
DN_KERNEL void json_put_places(uint32_t *to, uint64_t kept, uint32_t base)
{
    __m512i places = _mm512_maskz_compress_epi8(kept, _mm512_loadu_si512(json_count));
    json_put_sixteen(to, _mm512_castsi512_si128(places), base);
    json_put_sixteen(to + 16, _mm512_extracti32x4_epi32(places, 1), base);
    if (__builtin_popcountll(kept) <= 32)
        return;
    json_put_sixteen(to + 32, _mm512_extracti32x4_epi32(places, 2), base);
    json_put_sixteen(to + 48, _mm512_extracti32x4_epi32(places, 3), base);
}

DN_KERNEL void json_put_32(uint16_t *to, __m256i places, unsigned base)
{
    _mm512_storeu_si512(to, _mm512_add_epi16(_mm512_cvtepu8_epi16(places), _mm512_set1_epi16((short)base)));
}

DN_KERNEL size_t json_put_marks(uint16_t *to, unsigned base, uint64_t bits)
{
    __m512i places = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(json_count));
    json_put_32(to, _mm512_castsi512_si256(places), base);
    json_put_32(to + 32, _mm512_extracti64x4_epi64(places, 1), base);
    return (size_t)__builtin_popcountll(bits);
}

#include "stream/json_kernel.h"

const struct dn_json_machine *dn_json_avx512(void)
{
    return dn_scan_avx512() ? &json_machine : NULL;
}
#else
const struct dn_json_machine *dn_json_avx512(void)
{
    return NULL;
}
#endif
