/* One notice as a Message Center post: a JSON document with the fields of Microsoft Graph's serviceUpdateMessage, keys
 * sorted, the same bytes for the same values. */
#ifndef DN_CHANNEL_POST_H
#define DN_CHANNEL_POST_H

#include "base/error.h"
#include "base/text.h"
#include "channel/transport.h"

/* Appends the document and a LF; its times (startDateTime, lastModifiedDateTime) are the intent's. Text that is not
 * UTF-8: DN_INVALID. */
enum dn_status dn_post_compose(const struct dn_dispatch *dispatch, struct dn_buf *into, struct dn_error *err);

#endif
