/* What is sent again although it may have arrived says so on top, in the notice's language. It is in no digest. */
#ifndef DN_CHANNEL_SECOND_COPY_H
#define DN_CHANNEL_SECOND_COPY_H

#include "base/text.h"
#include "notice/content.h"

/* Appends a plain text body with the sentence before it. */
void dn_second_copy_add_text(const struct dn_content *content, const char *text, struct dn_buf *out);

/* Appends an HTML body with the sentence as the first thing that is seen: behind <body>, or before what has none. */
void dn_second_copy_add_html(const struct dn_content *content, const char *html, struct dn_buf *out);

#endif
