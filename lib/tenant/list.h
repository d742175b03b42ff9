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

/* The next value of a list cell, blanks around it off: as dn_text_next with ';', but eight bytes at a time and without
 * a call. False: it is empty. There is one while `rest` is not. */
static inline bool dn_list_next(struct dn_text *rest, struct dn_text *value)
{
    size_t size = 0;
    for (uint64_t word, hit = 0; size + 8 <= rest->size && hit == 0; size += hit ? 0 : 8) {
        memcpy(&word, rest->at + size, sizeof word);
        word ^= UINT64_C(0x0101010101010101) * ';';
        hit = (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
    }
    while (size < rest->size && rest->at[size] != ';')
        size++;
    *value = dn_trimmed((struct dn_text){rest->at, size});
    size += size < rest->size;
    *rest = (struct dn_text){rest->at + size, rest->size - size};
    return value->size > 0;
}

#endif
