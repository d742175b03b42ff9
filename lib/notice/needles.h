/* What the isolation check looks for: ids and resources, found as whole tokens. No text is kept: a roll (notice/roll.h)
 * from the hash of a needle's core (from its first word to its last one) to the row that it comes from. Of all needles
 * together some 12 MB are in memory at most, however many there are. */
#ifndef DN_NOTICE_NEEDLES_H
#define DN_NOTICE_NEEDLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

struct dn_needles;

/* Numbers of the needles that were found; the caller frees at. */
struct dn_needle_hits {
    uint32_t *at;
    size_t count, room;
};

/* Indexes the ids of the affected tenants and the resources (NULL: none); both lists are borrowed. DN_SYSTEM: what is
 * too large for memory could not be kept. One thread at a time may use it. */
enum dn_status dn_needles_open(const struct dn_affected_list *affected, const struct dn_resource_list *resources,
                               struct dn_needles **needles, struct dn_error *err);
void dn_needles_free(struct dn_needles *needles); /* NULL allowed */

/* May a needle's core begin with the word that begins at start? False for nearly all words that begin none. text is in
 * its compared form. */
bool dn_needles_may_begin(const struct dn_needles *needles, struct dn_text text, size_t start);

/* Adds the needles whose core begins at start. True: there may be more with other text around it or behind its end. */
bool dn_needles_find(const struct dn_needles *needles, struct dn_text text, size_t start, struct dn_needle_hits *hits);

/* Adds those that have no word in them. */
void dn_needles_find_odd(struct dn_needles *needles, struct dn_text text, struct dn_needle_hits *hits);

/* Appends a needle's compared form. */
void dn_needles_add_text(struct dn_needles *needles, uint32_t needle, struct dn_buf *out);

/* The tenant whose it is, good until the next call of any of these functions; others may have the same text. */
const char *dn_needles_tenant(struct dn_needles *needles, uint32_t needle);

/* Is this looked for at all? Ids of one or two characters, numbers of fewer than 8 digits and resources of fewer than 8
 * characters are not. */
bool dn_needles_counts_id(const char *id);
bool dn_needles_counts_resource(const char *resource);

#endif
