/* The one spelling of resources, tenants and record ids (dn_resource_canonical), found quickly: most are written that
 * way already, and the rest comes again and again. Inside lib/impact only. */
#ifndef DN_IMPACT_SPELLING_H
#define DN_IMPACT_SPELLING_H

#include "base/text.h"

struct dn_spelling_entry;

/* Starts zeroed. */
struct dn_spelling {
    struct dn_spelling_entry *entries; /* NULL: none was needed yet */
};

/* The spelling of a text without blanks around it: the text itself, or good until the next call. */
struct dn_text dn_spell(struct dn_spelling *spelling, struct dn_text text);

/* Frees what it owns and leaves it empty. */
void dn_spelling_clear(struct dn_spelling *spelling);

#endif
