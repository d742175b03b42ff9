/* Text from incidents and evidence may carry an intruder's links, addresses and telephone numbers into our trusted
 * mail. Defanged, they can be read and told, but no mail program makes them something to click or to call. */
#ifndef DN_NOTICE_DEFANG_H
#define DN_NOTICE_DEFANG_H

#include "base/text.h"

/* Appends text with http as hxxp, "://" as "[://]" for other schemes, '@' as [@], the dots of hosts, addresses and file
 * names as [.], and every fourth digit of what may be a telephone number in brackets. Words that are equal to one of
 * `own` (the provider's own contacts; case ignored) stay as they are, with whatever punctuation is around them. */
void dn_defang_add(struct dn_text text, const struct dn_strings *own, struct dn_buf *out);

#endif
