/* Inside lib/key: the labels of a name. */
#ifndef DN_KEY_LABEL_H
#define DN_KEY_LABEL_H

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define DN_DOMAIN_MAX 253 /* bytes of a name without its last dot (RFC 1035) */

/* Takes the next label off the text; the last one leaves nothing and sets *last. */
static inline struct dn_text dn_label_take(struct dn_text *text, bool *last)
{
    const char *dot = text->size > 0 ? memchr(text->at, '.', text->size) : NULL;
    struct dn_text label = {text->at, dot ? (size_t)(dot - text->at) : text->size};
    *last = dot == NULL;
    size_t taken = label.size + (dot != NULL);
    *text = (struct dn_text){text->at + taken, text->size - taken};
    return label;
}

/* Does a label have hyphens in its third and fourth place? Only A-labels may, and IDNA must have made them. */
static inline bool dn_label_reserved(struct dn_text text)
{
    bool last = text.size == 0 || !memchr(text.at, '-', text.size); /* mostly there is no hyphen at all */
    while (!last) {
        struct dn_text label = dn_label_take(&text, &last);
        if (label.size >= 4 && label.at[2] == '-' && label.at[3] == '-')
            return true;
    }
    return false;
}

#endif
