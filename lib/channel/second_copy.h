/* What is sent again although it may have arrived says so on top, in the notice's language. It is in no digest. */
#ifndef DN_CHANNEL_SECOND_COPY_H
#define DN_CHANNEL_SECOND_COPY_H

#include "base/text.h"
#include "channel/message.h"
#include "notice/content.h"

/* Appends a plain text body with the sentence before it. */
void dn_second_copy_add_text(const struct dn_content *content, const char *text, struct dn_buf *out);

/* Appends an HTML body with the sentence as the first thing that is seen: behind <body>, or before what has none. */
void dn_second_copy_add_html(const struct dn_content *content, const char *html, struct dn_buf *out);

/* The same for both bodies of a message, which are then in text and html: kept by the caller until it is composed. */
void dn_second_copy_mark(const struct dn_content *content, struct dn_message *message, struct dn_buf *text,
                         struct dn_buf *html);

#endif
