/* Inside lib/channel: the fields of a message/delivery-status part (RFC 3464 2.1), group by group. */
#ifndef DN_CHANNEL_BOUNCE_FIELDS_H
#define DN_CHANNEL_BOUNCE_FIELDS_H

#include <stddef.h>

#include "base/text.h"
#include "time/instant.h"

#define DN_BOUNCE_FIELDS 32 /* of a group; more are not looked at */

/* One group: fields up to an empty line. Views into the part's text. */
struct dn_bounce_group {
    struct dn_text names[DN_BOUNCE_FIELDS], values[DN_BOUNCE_FIELDS]; /* values as they stand, folds included */
    size_t count;
};

/* Takes the next group with a field in it off rest. False: there is none. */
bool dn_bounce_group_next(struct dn_text *rest, struct dn_bounce_group *group);

/* The value of the first field of that name (any case), without blanks around it; empty: there is none. */
struct dn_text dn_bounce_field(const struct dn_bounce_group *group, const char *name);

/* What follows the type in "rfc822; a@b.c"; all of it where no type stands. */
struct dn_text dn_bounce_behind_type(struct dn_text value);

/* Appends it as one visible line of at most cap bytes: folds and runs of blanks become one blank, what is not UTF-8 or
 * could move a cursor is written out, what is cut ends with "...". */
void dn_bounce_add_line(struct dn_buf *into, struct dn_text value, size_t cap);

/* A date of RFC 5322 with a zone; false: none, or one without a zone. */
bool dn_bounce_date(struct dn_text value, struct dn_instant *at);

#endif
