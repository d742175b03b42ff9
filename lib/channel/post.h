/* One notice as a Message Center post: a JSON document with the fields of Microsoft Graph's serviceUpdateMessage, keys
 * sorted, the same bytes for the same values. */
#ifndef DN_CHANNEL_POST_H
#define DN_CHANNEL_POST_H

#include "base/error.h"
#include "base/text.h"
#include "notice/plan.h"

/* Appends the document and a LF. at: the intent's time (startDateTime, lastModifiedDateTime). Text that is not UTF-8:
 * DN_INVALID. */
enum dn_status dn_post_compose(const struct dn_plan_row *row, const char *notice, struct dn_instant at,
                               struct dn_buf *into, struct dn_error *err);

#endif
