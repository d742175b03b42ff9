#include "channel/http_endpoint.h"

#include <unistd.h>

#include "channel/post.h"
#include "channel/relay.h"
#include "channel/secret.h"

/* So many refused in a row mean that the endpoint takes nothing, not that no tenant exists. */
#define REFUSALS 25

static void fill(const struct dn_config *config, struct dn_http_endpoint *endpoint)
{
    const struct dn_endpoint *post = &config->message_center;
    endpoint->settings = (struct dn_http_settings){.url = post->url,
                                                   .ca_file = post->ca_file,
                                                   .token = endpoint->token.at,
                                                   .connections = (size_t)post->connections,
                                                   .first_wait_ms = config->retry.wait_s * 1000,
                                                   .longest_ms = config->retry.longest_s * 1000,
                                                   .refusals = REFUSALS,
                                                   .timeouts = dn_http_patience};
    dn_relay_rate(post->rate, &endpoint->settings.rate, &endpoint->settings.rate_ms);
}

/* The URL first: a token that would go over plain text is not even read. */
static enum dn_status check_url(const struct dn_endpoint *post, struct dn_error *err)
{
    struct dn_http_settings settings = {.url = post->url, .token = post->token_file ? "x" : NULL};
    return dn_http_check(&settings, err);
}

static enum dn_status read_endpoint(const struct dn_config *config, struct dn_http_endpoint *endpoint,
                                    struct dn_error *err)
{
    const struct dn_endpoint *post = &config->message_center;
    *endpoint = (struct dn_http_endpoint){0};
    if (!post->url)
        return dn_error_set(err, DN_INVALID, "channels.message-center has no url, and posts are to be sent");
    enum dn_status status = check_url(post, err);
    if (status == DN_OK && post->ca_file && access(post->ca_file, R_OK) != 0)
        status = dn_error_errno(err, post->ca_file);
    if (status == DN_OK && post->token_file)
        status = dn_secret_line(post->token_file, &endpoint->token, err);
    if (status == DN_OK && post->template_file)
        status = dn_http_template_read(post->template_file, &endpoint->template, err);
    fill(config, endpoint);
    return status == DN_OK ? dn_http_check(&endpoint->settings, err) : status;
}

enum dn_status dn_http_endpoint_read(const struct dn_config *config, struct dn_http_endpoint *endpoint,
                                     struct dn_error *err)
{
    enum dn_status status = read_endpoint(config, endpoint, err);
    return status == DN_OK ? DN_OK : dn_config_blame(config, &config->message_center, err);
}

enum dn_status dn_http_endpoint_check(const struct dn_config *config, struct dn_error *err)
{
    const struct dn_endpoint *post = &config->message_center;
    struct dn_http_template *template = NULL;
    enum dn_status status = post->template_file ? dn_http_template_read(post->template_file, &template, err) : DN_OK;
    dn_http_template_free(template);
    return status == DN_OK ? DN_OK : dn_config_blame(config, post, err);
}

enum dn_status dn_http_endpoint_compose(const struct dn_http_endpoint *endpoint, const struct dn_dispatch *dispatch,
                                        struct dn_buf *into, struct dn_error *err)
{
    if (endpoint->template)
        return dn_http_template_compose(endpoint->template, dispatch, into, err);
    return dn_post_compose(dispatch, into, err);
}

void dn_http_endpoint_clear(struct dn_http_endpoint *endpoint)
{
    dn_secret_clear(&endpoint->token);
    dn_http_template_free(endpoint->template);
    *endpoint = (struct dn_http_endpoint){0};
}
