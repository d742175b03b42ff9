/* What a text looks like, byte for byte: a fixed one here, one of a few there. Asked of all its bytes at once. */
#ifndef DN_EVIDENCE_FORM_H
#define DN_EVIDENCE_FORM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define DN_FORM_SIZE 32

/* A text fits if each of its bytes, exclusive or with what is expected, is no more than `most`: '0' and 9 stand for any
 * digit, a byte and 0 for itself, 255 for any byte. */
struct dn_form {
    unsigned char expected[DN_FORM_SIZE], most[DN_FORM_SIZE];
};

static inline bool dn_form_fits_portable(const struct dn_form *form, const char *text)
{
    unsigned wrong = 0;
    for (int i = 0; i < DN_FORM_SIZE; i++)
        wrong |= ((unsigned char)text[i] ^ form->expected[i]) > form->most[i];
    return !wrong;
}

/* Only a text that begins so fits, followed by `behind`. at.size < DN_FORM_SIZE. */
static inline void dn_form_of(struct dn_form *form, const char *at, size_t size, char behind)
{
    memset(form->expected, 0, sizeof form->expected);
    memset(form->most, 255, sizeof form->most);
    memset(form->most, 0, size + 1);
    memcpy(form->expected, at, size);
    form->expected[size] = (unsigned char)behind;
}

/* Does the text, of which DN_FORM_SIZE bytes can be read, fit? */
static inline bool dn_form_fits(const struct dn_form *form, const char *text)
{
#ifdef __SSE2__
    __m128i same[2];
    for (int i = 0; i < 2; i++) {
        __m128i other = _mm_xor_si128(_mm_loadu_si128((const void *)(text + 16 * i)),
                                      _mm_loadu_si128((const void *)(form->expected + 16 * i)));
        __m128i most = _mm_loadu_si128((const void *)(form->most + 16 * i));
        same[i] = _mm_cmpeq_epi8(_mm_max_epu8(other, most), most);
    }
    return _mm_movemask_epi8(_mm_and_si128(same[0], same[1])) == 0xffff;
#else
    return dn_form_fits_portable(form, text);
#endif
}

#endif
