/* What the kernels of the scan for x86-64 share: parity by carry-less multiplication, and UTF-8. */
#ifndef DN_STREAM_SCAN_X86_H
#define DN_STREAM_SCAN_X86_H

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#ifndef DN_MACHINE
#define DN_MACHINE __attribute__((target("avx2,pclmul,bmi,bmi2,popcnt")))
#endif
#define DN_KERNEL DN_MACHINE static inline __attribute__((always_inline))
#define DN_KERNEL_APART DN_MACHINE static __attribute__((noinline))

DN_KERNEL uint64_t prefix_xor(uint64_t bits)
{
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

DN_KERNEL __m256i load(const char *at)
{
    return _mm256_loadu_si256((const void *)at);
}

/* Validating UTF-8 by three table look-ups, one each for the high and the low half of a byte and the high half of the
 * next: J. Keiser, D. Lemire, "Validating UTF-8 in less than one instruction per byte", 2021. A bit is one way to be
 * wrong; it stays only if all three agree. */
enum {
    TOO_SHORT = 1,       /* a lead byte or ASCII behind a lead byte */
    TOO_LONG = 2,        /* a continuation behind ASCII */
    OVERLONG_3 = 4,      /* E0 80..9F */
    TOO_LARGE = 8,       /* above F4 8F */
    SURROGATE = 16,      /* ED A0..BF */
    OVERLONG_2 = 32,     /* C0, C1 */
    TOO_LARGE_1000 = 64, /* F5..FF 80..8F; and F0 80..8F, overlong */
    TWO_CONTS = 128,     /* two continuations: fine as bytes 2 and 3 or 3 and 4 alone */
    CARRY = TOO_SHORT | TOO_LONG | TWO_CONTS
};

DN_KERNEL __m256i table(__m128i entries, __m256i index)
{
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(entries), index);
}

DN_KERNEL __m256i high_half(__m256i bytes)
{
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

/* Not zero where the byte at this place and the one before do not go together. */
DN_KERNEL __m256i pair_errors(__m256i now, __m256i before)
{
    __m128i first_high =
        _mm_setr_epi8(TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, (char)TWO_CONTS,
                      (char)TWO_CONTS, (char)TWO_CONTS, (char)TWO_CONTS, TOO_SHORT | OVERLONG_2, TOO_SHORT,
                      TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000);
    const char large = (char)(CARRY | TOO_LARGE | TOO_LARGE_1000);
    __m128i first_low =
        _mm_setr_epi8((char)(CARRY | OVERLONG_3 | OVERLONG_2 | TOO_LARGE_1000), (char)(CARRY | OVERLONG_2), (char)CARRY,
                      (char)CARRY, (char)(CARRY | TOO_LARGE), large, large, large, large, large, large, large, large,
                      (char)(large | SURROGATE), large, large);
    const char low_cont = (char)(TOO_LONG | OVERLONG_2 | TWO_CONTS);
    __m128i second_high =
        _mm_setr_epi8(TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
                      (char)(low_cont | OVERLONG_3 | TOO_LARGE_1000), (char)(low_cont | OVERLONG_3 | TOO_LARGE),
                      (char)(low_cont | SURROGATE | TOO_LARGE), (char)(low_cont | SURROGATE | TOO_LARGE), TOO_SHORT,
                      TOO_SHORT, TOO_SHORT, TOO_SHORT);
    __m256i wrong = _mm256_and_si256(table(first_high, high_half(before)),
                                     table(first_low, _mm256_and_si256(before, _mm256_set1_epi8(15))));
    return _mm256_and_si256(wrong, table(second_high, high_half(now)));
}

DN_KERNEL __m256i errors_at(const char *at)
{
    __m256i now = load(at), pair = pair_errors(now, load(at - 1));
    /* bytes 3 and 4 of a character must be continuations, and no others may follow one */
    __m256i third = _mm256_subs_epu8(load(at - 2), _mm256_set1_epi8((char)(0xe0 - 0x80)));
    __m256i fourth = _mm256_subs_epu8(load(at - 3), _mm256_set1_epi8((char)(0xf0 - 0x80)));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
    return _mm256_xor_si256(must, pair);
}

DN_KERNEL bool utf8_broken(const char *at)
{
    __m256i errors = _mm256_or_si256(errors_at(at), errors_at(at + 32));
    return !_mm256_testz_si256(errors, errors);
}

#endif
#endif
