/* The values of list cells, of which a directory has millions. */
#ifndef DN_TENANT_LIST_H
#define DN_TENANT_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* As dn_text_trim; mostly there is nothing to take off. */
static inline struct dn_text dn_trimmed(struct dn_text text)
{
    bool blanks = text.size && ((unsigned char)text.at[0] <= ' ' || (unsigned char)text.at[text.size - 1] <= ' ');
    return blanks ? dn_text_trim(text) : text;
}

/* Which of eight bytes is the first ';'; 8: none. */
static inline size_t dn_list_eight(const char *at)
{
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t word, ones = UINT64_C(0x0101010101010101);
    memcpy(&word, at, sizeof word);
    word ^= ones * ';';
    word = (word - ones) & ~word & ones << 7; /* of the bytes that are zero now, the first one for sure */
    return word ? (size_t)__builtin_ctzll(word) / 8 : 8;
#else
    size_t i = 0;
    while (i < 8 && at[i] != ';')
        i++;
    return i;
#endif
}

/* Where the first ';' of a text is; its size: there is none. The last eight bytes may overlap those before, in which
 * there was none. */
static inline size_t dn_list_end(struct dn_text text)
{
    size_t i = 0, hit;
    for (; i + 8 <= text.size; i += 8)
        if ((hit = dn_list_eight(text.at + i)) < 8)
            return i + hit;
    if (text.size >= 8)
        return text.size - 8 + dn_list_eight(text.at + text.size - 8);
    while (i < text.size && text.at[i] != ';')
        i++;
    return i;
}

/* The next value of a list cell, blanks around it off: as dn_text_next with ';', but eight bytes at a time and without
 * a call. False: it is empty. There is one while `rest` is not. */
static inline bool dn_list_next(struct dn_text *rest, struct dn_text *value)
{
    size_t size = dn_list_end(*rest);
    *value = dn_trimmed((struct dn_text){rest->at, size});
    size += size < rest->size;
    *rest = (struct dn_text){rest->at + size, rest->size - size};
    return value->size > 0;
}

#endif
