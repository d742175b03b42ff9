#include "channel/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "channel/calls.h"
#include "channel/http_endpoint.h"
#include "channel/message.h"
#include "channel/relay.h"

#define TURN_MS 1000 /* how long a turn waits when only one engine has work */
#define BOTH_MS 20   /* ... and when both have */

/* A notice of the batch in hand. */
struct pending {
    bool post, submitted;
    struct dn_buf bytes;
    char return_path[320];
    const struct dn_plan_row *row;
    struct dn_outcome *outcome;
};

struct network {
    struct dn_network_settings with;
    struct dn_composer *composer;
    struct dn_relay relay;
    struct dn_smtp *smtp;
    struct dn_http *http;
    struct dn_http_endpoint endpoint;
    struct dn_calls *calls;
    size_t calls_open;
    struct pending *pending;
    size_t count, room, decided;
    bool away, hopeless;
    char why[256];
    int64_t wait_ms;
};

static bool plan_has(const struct dn_plan *plan, bool post)
{
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct dn_plan_row *row = &plan->rows[i];
        bool mail = row->channel == DN_CHANNEL_EMAIL_ADMIN || row->channel == DN_CHANNEL_EMAIL_PRIVACY;
        if (row->state == DN_STATE_INTENT && (post ? row->channel == DN_CHANNEL_MESSAGE_CENTER : mail))
            return true;
    }
    return false;
}

/* The sentence that it may be a second copy, on top of the text and at the begin of the page's body. */
static void add_second_copy(const struct dn_content *content, struct dn_message *message, struct dn_buf *text,
                            struct dn_buf *html)
{
    const char *body = message->html ? strstr(message->html, "<body") : NULL;
    const char *end = body ? strchr(body, '>') : NULL;
    dn_buf_addf(text, "%s\n\n%s", content->second_copy, message->text);
    message->text = text->at;
    if (!end)
        return;
    dn_buf_add(html, message->html, (size_t)(end + 1 - message->html));
    dn_buf_addf(html, "\n<p><strong>%s</strong></p>%s", content->second_copy, end + 1);
    message->html = html->at;
}

static enum dn_status compose_mail(struct network *net, const struct dn_dispatch *dispatch, struct pending *pending,
                                   struct dn_error *err)
{
    struct dn_message message;
    struct dn_buf text = {0}, html = {0};
    dn_message_of(dispatch->row, dispatch->content, net->with.config, dispatch->intent_at, &message);
    if (dispatch->resend)
        add_second_copy(dispatch->content, &message, &text, &html);
    enum dn_status status = dn_message_compose(net->composer, &message, &pending->bytes, err);
    snprintf(pending->return_path, sizeof pending->return_path, "bounces+%.32s@%s", dispatch->row->key,
             net->with.config->message_id_domain);
    dn_buf_clear(&text);
    dn_buf_clear(&html);
    return status;
}

static enum dn_status network_keep(void *self, const struct dn_dispatch *dispatch, struct dn_error *err)
{
    struct network *net = self;
    const struct dn_config *config = net->with.config;
    size_t rank = 0;
    (void)err;
    while (rank < config->first.count && strcmp(config->first.at[rank], dispatch->row->tenant->tenant_id) != 0)
        rank++;
    dn_calls_add(net->calls, dispatch, rank < config->first.count ? rank : SIZE_MAX);
    return DN_OK;
}

static enum dn_status take_call(struct network *net, const struct dn_dispatch *dispatch, struct dn_outcome *outcome,
                                struct dn_error *err)
{
    outcome->state = DN_STATE_INTENT;
    strcpy(outcome->code, "sheet");
    strcpy(outcome->reference, "calls.csv");
    return network_keep(net, dispatch, err);
}

static void set_deferred(struct dn_outcome *outcome, const char *reason)
{
    outcome->state = DN_STATE_DEFERRED;
    snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
}

static enum dn_status network_take(void *self, const struct dn_dispatch *dispatch, struct dn_outcome *outcome,
                                   struct dn_error *err)
{
    struct network *net = self;
    if (dispatch->row->channel == DN_CHANNEL_PHONE)
        return take_call(net, dispatch, outcome, err);
    net->pending = dn_grow(net->pending, net->count, &net->room, sizeof *net->pending);
    struct pending *pending = &net->pending[net->count++];
    *pending = (struct pending){
        .post = dispatch->row->channel == DN_CHANNEL_MESSAGE_CENTER, .row = dispatch->row, .outcome = outcome};
    if (pending->post)
        return dn_http_endpoint_compose(&net->endpoint, dispatch, &pending->bytes, err);
    return compose_mail(net, dispatch, pending, err);
}

static enum dn_status submit(struct network *net, size_t number, struct dn_error *err)
{
    struct pending *pending = &net->pending[number];
    struct dn_text bytes = dn_buf_text(&pending->bytes);
    const struct dn_plan_row *row = pending->row;
    pending->submitted = true;
    if (pending->post) {
        const struct dn_http_letter letter = {number, row->key, bytes};
        return dn_http_submit(net->http, &letter, err);
    }
    const struct dn_smtp_letter letter = {number, pending->return_path, row->recipient, row->key, bytes};
    return dn_smtp_submit(net->smtp, &letter, err);
}

/* Hands over as much as the engines take. What one of them will never take is rejected, with its reason. */
static void submit_some(struct network *net)
{
    for (size_t i = 0; i < net->count; i++) {
        struct pending *pending = &net->pending[i];
        struct dn_error refused = {0};
        bool room = !pending->submitted && (pending->post ? dn_http_room(net->http) : dn_smtp_room(net->smtp)) > 0;
        if (!room || submit(net, i, &refused) == DN_OK)
            continue;
        pending->outcome->state = DN_STATE_REJECTED;
        snprintf(pending->outcome->reason, sizeof pending->outcome->reason, "%.150s", refused.text);
        net->decided++;
    }
}

static void take_results(struct network *net)
{
    struct dn_smtp_result result;
    while (net->smtp && dn_smtp_result(net->smtp, &result)) {
        *net->pending[result.number].outcome = result.outcome;
        net->decided++;
    }
    while (net->http && dn_http_result(net->http, &result)) {
        *net->pending[result.number].outcome = result.outcome;
        net->decided++;
    }
}

/* Every intent of the batch is durable already, so all that is ready may leave. */
static enum dn_status turn(struct network *net, struct dn_error *err)
{
    size_t mails = net->smtp ? dn_smtp_letters(net->smtp) : 0, posts = net->http ? dn_http_letters(net->http) : 0;
    int64_t wait = mails && posts ? BOTH_MS : TURN_MS;
    enum dn_status status = mails ? dn_smtp_turn(net->smtp, wait, err) : DN_OK;
    size_t number;
    if (status == DN_OK && posts)
        status = dn_http_turn(net->http, wait, err);
    while (mails && dn_smtp_ready(net->smtp, &number))
        continue;
    while (posts && dn_http_ready(net->http, &number))
        continue;
    if (mails)
        dn_smtp_release(net->smtp);
    if (posts)
        dn_http_release(net->http);
    return status;
}

/* A peer that is away is given no more: what it has not taken comes back, and the run ends with this batch. */
static void look_at(struct network *net, struct dn_smtp_relay relay, size_t in_flight, bool post)
{
    if (relay.state == DN_SMTP_RELAY_WELL || in_flight)
        return;
    net->away = true;
    net->hopeless |= relay.state == DN_SMTP_RELAY_STOPPED;
    net->wait_ms = relay.wait_ms > net->wait_ms ? relay.wait_ms : net->wait_ms;
    snprintf(net->why, sizeof net->why, "%s: %s", post ? "Message Center" : "mail relay", relay.reason);
    *net->with.stop = 1;
    if (post)
        dn_http_recall(net->http, relay.reason);
    else
        dn_smtp_recall(net->smtp, relay.reason);
    for (size_t i = 0; i < net->count; i++) {
        if (net->pending[i].submitted || net->pending[i].post != post)
            continue;
        net->pending[i].submitted = true;
        set_deferred(net->pending[i].outcome, relay.reason);
        net->decided++;
    }
}

static void look_at_peers(struct network *net)
{
    if (net->smtp)
        look_at(net, dn_smtp_relay(net->smtp), dn_smtp_in_flight(net->smtp), false);
    if (net->http)
        look_at(net, dn_http_relay(net->http), dn_http_in_flight(net->http), true);
}

static void forget_pending(struct network *net)
{
    for (size_t i = 0; i < net->count; i++)
        dn_buf_clear(&net->pending[i].bytes);
    net->count = net->decided = 0;
}

static enum dn_status network_flush(void *self, struct dn_error *err)
{
    struct network *net = self;
    enum dn_status status = DN_OK;
    while (net->decided < net->count && status == DN_OK) {
        submit_some(net);
        status = turn(net, err);
        take_results(net);
        look_at_peers(net);
        take_results(net);
    }
    forget_pending(net);
    return status;
}

static enum dn_status network_finish(void *self, struct dn_error *err)
{
    struct network *net = self;
    return dn_calls_write(net->calls, net->with.ledger, &net->calls_open, err);
}

static void network_close(void *self)
{
    struct network *net = self;
    if (!net)
        return;
    dn_smtp_close(net->smtp);
    dn_http_close(net->http);
    dn_relay_clear(&net->relay);
    dn_http_endpoint_clear(&net->endpoint);
    dn_calls_free(net->calls);
    dn_composer_free(net->composer);
    forget_pending(net);
    free(net->pending);
    free(net);
}

static enum dn_status open_mail(struct network *net, struct dn_error *err)
{
    enum dn_status status = dn_relay_read(net->with.config, &net->relay, err);
    return status == DN_OK ? dn_smtp_open(&net->relay.settings, &net->smtp, err) : status;
}

static enum dn_status open_posts(struct network *net, struct dn_error *err)
{
    enum dn_status status = dn_http_endpoint_read(net->with.config, &net->endpoint, err);
    return status == DN_OK ? dn_http_open(&net->endpoint.settings, &net->http, err) : status;
}

/* As many as leave at once. */
static size_t batch_of(const struct network *net)
{
    size_t mails = net->smtp ? (size_t)net->with.config->email.connections : 0;
    size_t posts = net->http ? (size_t)net->with.config->message_center.connections : 0;
    size_t most = mails > posts ? mails : posts;
    return most ? most : 1;
}

enum dn_status dn_network_open(const struct dn_network_settings *settings, struct dn_transport *transport,
                               struct dn_error *err)
{
    struct network *net = dn_alloc(1, sizeof *net);
    net->with = *settings;
    net->composer = dn_composer_open();
    enum dn_status status = dn_calls_open(settings->sheet, settings->now, &net->calls, err);
    if (status == DN_OK && plan_has(settings->plan, false))
        status = open_mail(net, err);
    if (status == DN_OK && plan_has(settings->plan, true))
        status = open_posts(net, err);
    if (status != DN_OK) {
        network_close(net);
        return status;
    }
    *transport = (struct dn_transport){.self = net,
                                       .code = "network",
                                       .batch = batch_of(net),
                                       .take = network_take,
                                       .keep = network_keep,
                                       .flush = network_flush,
                                       .finish = network_finish,
                                       .close = network_close};
    return DN_OK;
}

struct dn_network_report dn_network_report(const struct dn_transport *transport)
{
    const struct network *net = transport->self;
    return (struct dn_network_report){net->calls_open, net->away, net->hopeless, net->why, net->wait_ms};
}

void dn_network_again(struct dn_transport *transport)
{
    struct network *net = transport->self;
    net->away = false;
    net->wait_ms = 0;
    net->why[0] = '\0';
    *net->with.stop = 0;
}
