/* The Message Center as configured: from channels.message-center of the configuration to what the engine of
 * channel/http.h is opened with, its secret read and checked, and to the documents that it is sent. */
#ifndef DN_CHANNEL_HTTP_ENDPOINT_H
#define DN_CHANNEL_HTTP_ENDPOINT_H

#include "channel/http.h"
#include "channel/http_template.h"
#include "notice/config.h"

/* Starts zeroed. settings points into the configuration and into the rest. */
struct dn_http_endpoint {
    struct dn_http_settings settings;
    struct dn_buf token;
    struct dn_http_template *template; /* NULL: Graph's serviceUpdateMessage (channel/post.h) */
};

/* Reads the token and the template and fills in the settings. DN_INVALID, before anybody is contacted: no url, one that
 * dn_http_check refuses, a token that others can read, a wrong template. DN_SYSTEM: a file cannot be read. The
 * configuration must outlive the endpoint, which the caller clears, also after an error. */
enum dn_status dn_http_endpoint_read(const struct dn_config *config, struct dn_http_endpoint *endpoint,
                                     struct dn_error *err);

/* What can be said of it when a plan is only shown: no secret is read. Is its template, if there is one, right? Errors
 * as of dn_http_template_read, with the place in the configuration. */
enum dn_status dn_http_endpoint_check(const struct dn_config *config, struct dn_error *err);

/* Appends the document to post, as dn_post_compose or the template has it. */
enum dn_status dn_http_endpoint_compose(const struct dn_http_endpoint *endpoint, const struct dn_dispatch *dispatch,
                                        struct dn_buf *into, struct dn_error *err);

/* Wipes the token. */
void dn_http_endpoint_clear(struct dn_http_endpoint *endpoint);

#endif
