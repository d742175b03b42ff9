/* Posts in another system's words: a JSON document whose strings hold {{name}} placeholders (duenotice-notify(5)). It
 * is read as JSON, filled in as text and written as JSON, so no value can break out of its string. */
#ifndef DN_CHANNEL_HTTP_TEMPLATE_H
#define DN_CHANNEL_HTTP_TEMPLATE_H

#include "base/error.h"
#include "base/text.h"
#include "channel/transport.h"

struct dn_http_template;

/* The NULL-ended names that there are. */
extern const char *const dn_http_template_names[];

/* Reads and checks one; *made is the caller's. DN_INVALID with the place: no JSON object, an unknown variable, a
 * placeholder that does not end, one in a key or outside strings; neither {{text}} nor {{html}}, in which the sentence
 * stands that this is no admission of fault. DN_SYSTEM: it cannot be read. */
enum dn_status dn_http_template_read(const char *path, struct dn_http_template **made, struct dn_error *err);

/* The same from bytes; name is for messages. */
enum dn_status dn_http_template_parse(struct dn_text bytes, const char *name, struct dn_http_template **made,
                                      struct dn_error *err);

/* Appends the document of a notice, and a LF: keys in the template's order, the same bytes for the same values. Text
 * that is not UTF-8: DN_INVALID. */
enum dn_status dn_http_template_compose(const struct dn_http_template *made, const struct dn_dispatch *dispatch,
                                        struct dn_buf *into, struct dn_error *err);

void dn_http_template_free(struct dn_http_template *made); /* NULL allowed */

#endif
