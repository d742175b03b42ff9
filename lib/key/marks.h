/* Which bytes of a short text are what names are made of, a bit for each: so a name is judged by a few masks of all its
 * bytes at once, and no branch is taken on one of them. */
#ifndef DN_KEY_MARKS_H
#define DN_KEY_MARKS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.h"

#define DN_MARKS_MOST ((size_t)64) /* bytes of the text */

/* Bit i is the byte i. */
struct dn_marks {
    uint64_t words; /* letters in lower case */
    uint64_t digits, hyphens, dots, ats;
};

/* The bits of a text of that size, and the last one of them. */
static inline uint64_t dn_marks_all(size_t size)
{
    return size < 64 ? ((uint64_t)1 << size) - 1 : UINT64_MAX;
}

static inline uint64_t dn_marks_last(size_t size)
{
    return (uint64_t)1 << (size - 1);
}

/* Those behind the highest of these bits; all if there is none. */
static inline uint64_t dn_marks_behind(uint64_t bits)
{
    while (bits & (bits - 1))
        bits &= bits - 1;
    return bits ? ~(bits | (bits - 1)) : UINT64_MAX;
}

/* dn_marks_of, byte by byte: for other machines, and to hold the quick one against. */
static inline struct dn_marks dn_marks_slowly(struct dn_text text)
{
    struct dn_marks marks = {0, 0, 0, 0, 0};
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.at[i];
        marks.words |= (uint64_t)(c >= 'a' && c <= 'z') << i;
        marks.digits |= (uint64_t)(c >= '0' && c <= '9') << i;
        marks.hyphens |= (uint64_t)(c == '-') << i;
        marks.dots |= (uint64_t)(c == '.') << i;
        marks.ats |= (uint64_t)(c == '@') << i;
    }
    return marks;
}

#ifdef __SSE2__

/* A bit for each of sixteen bytes that was found, where they begin at `from`; of those that are this byte; of those in
 * a range. */
static inline uint64_t dn_marks_bits(__m128i found, size_t from)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(found) << from;
}

static inline uint64_t dn_marks_equal(__m128i bytes, char byte, size_t from)
{
    return dn_marks_bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte)), from);
}

static inline uint64_t dn_marks_range(__m128i bytes, char least, char most, size_t from)
{
    __m128i above = _mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(least - 1)));
    __m128i below = _mm_cmpgt_epi8(_mm_set1_epi8((char)(most + 1)), bytes);
    return dn_marks_bits(_mm_and_si128(above, below), from);
}

/* Adds those of the sixteen bytes from one on; the same byte may be looked at twice. */
static inline void dn_marks_add(struct dn_marks *marks, const char *at, size_t from)
{
    __m128i bytes = _mm_loadu_si128((const void *)(at + from));
    marks->words |= dn_marks_range(bytes, 'a', 'z', from);
    marks->digits |= dn_marks_range(bytes, '0', '9', from);
    marks->hyphens |= dn_marks_equal(bytes, '-', from);
    marks->dots |= dn_marks_equal(bytes, '.', from);
    marks->ats |= dn_marks_equal(bytes, '@', from);
}

/* The marks of a text of up to DN_MARKS_MOST bytes. */
static inline struct dn_marks dn_marks_of(struct dn_text text)
{
    struct dn_marks marks = {0, 0, 0, 0, 0};
    char few[16] = {0};
    if (text.size < sizeof few) {
        if (text.size >= 8) {
            memcpy(few, text.at, 8);
            memcpy(few + text.size - 8, text.at + text.size - 8, 8);
        } else {
            for (size_t i = 0; i < text.size; i++)
                few[i] = text.at[i];
        }
        dn_marks_add(&marks, few, 0);
        return marks;
    }
    for (size_t from = 0; from + 16 <= text.size; from += 16)
        dn_marks_add(&marks, text.at, from);
    if (text.size % 16)
        dn_marks_add(&marks, text.at, text.size - 16);
    return marks;
}

#else

/* The marks of a text of up to DN_MARKS_MOST bytes. */
static inline struct dn_marks dn_marks_of(struct dn_text text)
{
    return dn_marks_slowly(text);
}

#endif

#endif
