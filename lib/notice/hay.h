/* What the isolation check searches: texts in their compared form, and the places in them where something that is
 * looked for may begin. Notices are nearly the same for all: a line that was seen before is not looked at again, its
 * form and places are remembered. */
#ifndef DN_NOTICE_HAY_H
#define DN_NOTICE_HAY_H

#include <stdint.h>

#include "base/text.h"
#include "notice/needles.h"

/* How a text is read: HTML is searched twice, as it is seen, and with its tags as text, for what stands in attributes
 * and between cells. */
enum dn_hay_kind { DN_HAY_PLAIN, DN_HAY_HTML, DN_HAY_CSV, DN_HAY_YAML };

struct dn_hay;

/* needles is borrowed. */
struct dn_hay *dn_hay_new(struct dn_needles *needles);
void dn_hay_free(struct dn_hay *hay); /* NULL allowed */

/* Empties it, but for what it remembers. */
void dn_hay_reset(struct dn_hay *hay);

/* Adds a text that touches none of the others. */
void dn_hay_add(struct dn_hay *hay, enum dn_hay_kind kind, struct dn_text text);

/* All needles in what was added, in the order of their numbers, each once; good until the next _reset. */
const struct dn_needle_hits *dn_hay_search(struct dn_hay *hay);

#endif
