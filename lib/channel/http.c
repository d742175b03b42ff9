#include "channel/http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/sha256.h"
#include "channel/http_engine.h"
#include "key/name.h"

#define EVENTS 64
#define ROUNDS 4 /* of one turn */
#define TOKEN_CAP 16384

const struct dn_http_timeouts dn_http_patience = {.connect_ms = 30000, .silence_ms = 120000, .post_ms = 300000};

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- lists --- */

static void unlink_post(struct dn_post_list *list, struct dn_post *post)
{
    *(post->before ? &post->before->behind : &list->first) = post->behind;
    *(post->behind ? &post->behind->before : &list->last) = post->before;
    list->count--;
}

static void append_post(struct dn_post_list *list, struct dn_post *post)
{
    post->before = list->last;
    post->behind = NULL;
    *(list->last ? &list->last->behind : &list->first) = post;
    list->last = post;
    list->count++;
}

void dn_post_move(struct dn_http *engine, struct dn_post *post, enum dn_post_place place)
{
    unlink_post(&engine->lists[post->place], post);
    append_post(&engine->lists[place], post);
    post->place = place;
}

void dn_post_settle(struct dn_http *engine, struct dn_post *post, const struct dn_outcome *outcome, bool of_relay)
{
    post->result = (struct dn_smtp_result){
        .number = post->letter.number, .outcome = *outcome, .of_relay = of_relay, .intent = post->intent};
    dn_post_move(engine, post, DN_POST_DONE);
}

/* --- opening --- */

/* Bytes that can stand in a header or a URL: visible ASCII. */
static bool visible(const char *text)
{
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7f)
            return false;
    return true;
}

static bool this_machine(struct dn_text host)
{
    char text[64];
    struct in_addr v4;
    struct in6_addr v6;
    if (host.size >= sizeof text)
        return false;
    memcpy(text, host.at, host.size);
    text[host.size] = '\0';
    if (dn_text_equal_nocase(host, DN_TEXT("localhost")))
        return true;
    if (inet_pton(AF_INET, text, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static enum dn_status check_url(const char *url, bool token, struct dn_error *err)
{
    struct dn_text text = dn_text_of(url), host = dn_url_host(text);
    bool plain = dn_text_starts(text, "http://");
    if (!visible(url) || !host.size || (!plain && !dn_text_starts(text, "https://")))
        return dn_error_set(err, DN_INVALID, "'%s' is no https:// URL to post to", url);
    size_t authority = strcspn(strstr(url, "://") + 3, "/?#");
    if (memchr(strstr(url, "://") + 3, '@', authority))
        return dn_error_set(err, DN_INVALID, "a URL to post to holds no name and no password");
    if (plain && token)
        return dn_error_set(err, DN_INVALID, "'%s': a token is sent only over https://", url);
    if (plain && !this_machine(host))
        return dn_error_set(err, DN_INVALID, "'%s': notices leave this machine only over https://", url);
    return DN_OK;
}

enum dn_status dn_http_check(const struct dn_http_settings *settings, struct dn_error *err)
{
    const char *token = settings->token;
    if (token && (!*token || !visible(token) || strlen(token) > TOKEN_CAP))
        return dn_error_set(err, DN_INVALID, "the token is none that a header can carry");
    return check_url(settings->url ? settings->url : "", token != NULL, err);
}

static void make_lists(struct dn_http *engine)
{
    engine->requests = dn_alloc(engine->settings.connections, sizeof *engine->requests);
    engine->post_count = 2 * engine->settings.connections;
    engine->posts = dn_alloc(engine->post_count, sizeof *engine->posts);
    for (size_t i = 0; i < engine->settings.connections; i++)
        engine->requests[i].engine = engine;
    for (size_t i = 0; i < engine->post_count; i++)
        append_post(&engine->lists[DN_POST_SPARE], &engine->posts[i]);
}

enum dn_status dn_http_open(const struct dn_http_settings *settings, struct dn_http **engine, struct dn_error *err)
{
    *engine = NULL;
    enum dn_status status = dn_http_check(settings, err);
    if (status != DN_OK)
        return status;
    struct dn_http *it = dn_alloc(1, sizeof *it);
    it->settings = *settings;
    it->settings.connections = settings->connections ? settings->connections : 1;
    it->plain = !strncmp(settings->url, "http:", 5);
    it->probing = true;
    it->timer_ms = INT64_MAX;
    it->now_ms = clock_ms();
    dn_dice_shake(&it->dice);
    make_lists(it);
    status = dn_watch_open(&it->watch, err);
    if (status == DN_OK)
        status = dn_http_prepare(it, err);
    if (status == DN_OK)
        *engine = it;
    else
        dn_http_close(it);
    return status;
}

/* --- the loop --- */

size_t dn_http_room(const struct dn_http *engine)
{
    size_t room = engine->lists[DN_POST_SPARE].count, queued = engine->lists[DN_POST_QUEUE].count;
    size_t ahead = dn_retry_ahead(engine->settings.rate, engine->settings.rate_ms);
    size_t wanted = queued < ahead ? ahead - queued : 0;
    return wanted < room ? wanted : room;
}

static bool is_key(const char *key)
{
    return key && strlen(key) == DN_SHA256_HEX - 1 && strspn(key, "0123456789abcdef") == DN_SHA256_HEX - 1;
}

enum dn_status dn_http_submit(struct dn_http *engine, const struct dn_http_letter *letter, struct dn_error *err)
{
    struct dn_post *post = engine->lists[DN_POST_SPARE].first;
    if (!is_key(letter->key))
        return dn_error_set(err, DN_INVALID, "a post's key is 64 hexadecimal digits");
    if (!letter->body.size)
        return dn_error_set(err, DN_INVALID, "a post without a body");
    if (!post)
        return dn_error_set(err, DN_INVALID, "the engine has no room for another post");
    post->letter = *letter;
    post->intent = false;
    dn_post_move(engine, post, DN_POST_QUEUE);
    return DN_OK;
}

static void work(struct dn_http *engine)
{
    struct dn_post_list *queue = &engine->lists[DN_POST_QUEUE];
    while (queue->first && dn_http_may_begin(engine)) {
        dn_http_begun(engine);
        dn_post_move(engine, queue->first, DN_POST_READY);
    }
    if (engine->stopped)
        dn_http_recall(engine, engine->reason);
}

int dn_http_wait(const struct dn_http *engine, int64_t timeout_ms)
{
    const struct dn_post_list *lists = engine->lists;
    bool told = lists[DN_POST_READY].count || lists[DN_POST_TOLD].count || lists[DN_POST_DONE].count;
    if (told || (timeout_ms < 0 && !dn_http_letters(engine)))
        return 0;
    int64_t due = dn_http_due(engine);
    due = engine->timer_ms < due ? engine->timer_ms : due;
    int64_t wait = due == INT64_MAX ? INT64_MAX : due > engine->now_ms ? due - engine->now_ms : 0;
    if (timeout_ms >= 0 && timeout_ms < wait)
        wait = timeout_ms;
    return wait == INT64_MAX ? -1 : wait > 1000000000 ? 1000000000 : (int)wait;
}

static enum dn_status drive(struct dn_http *engine, int fd, unsigned ready, struct dn_error *err)
{
    int running = 0;
    int mask = (ready & DN_WATCH_READ ? CURL_CSELECT_IN : 0) | (ready & DN_WATCH_WRITE ? CURL_CSELECT_OUT : 0);
    if (fd < 0)
        engine->timer_ms = INT64_MAX;
    if (curl_multi_socket_action(engine->multi, fd < 0 ? CURL_SOCKET_TIMEOUT : fd, mask, &running) != CURLM_OK)
        return dn_error_set(err, DN_SYSTEM, "libcurl cannot go on");
    return DN_OK;
}

/* Waits, and does what is to be done; *more: something was, and more may come at once. */
static enum dn_status round_of(struct dn_http *engine, int wait_ms, bool *more, struct dn_error *err)
{
    struct dn_watch_event events[EVENTS];
    enum dn_status status = DN_OK;
    int count = dn_watch_wait(engine->watch, wait_ms, events, EVENTS);
    if (count < 0)
        return dn_error_errno(err, "waiting for the endpoint");
    engine->now_ms = clock_ms();
    bool is_time = engine->now_ms >= engine->timer_ms;
    for (int i = 0; i < count && status == DN_OK; i++)
        status = drive(engine, events[i].fd, events[i].ready, err);
    if (status == DN_OK && engine->now_ms >= engine->timer_ms)
        status = drive(engine, -1, 0, err);
    dn_http_harvest(engine);
    *more = (count > 0 || is_time) && engine->lists[DN_POST_FLYING].count;
    return status;
}

/* Answers that come while others are looked at are taken, too: one sync then serves more posts. */
enum dn_status dn_http_turn(struct dn_http *engine, int64_t timeout_ms, struct dn_error *err)
{
    bool more = true;
    engine->now_ms = clock_ms();
    work(engine);
    enum dn_status status = round_of(engine, dn_http_wait(engine, timeout_ms), &more, err);
    for (int i = 1; i < ROUNDS && more && status == DN_OK; i++)
        status = round_of(engine, 0, &more, err);
    work(engine);
    return status;
}

int dn_http_descriptor(const struct dn_http *engine)
{
    return dn_watch_descriptor(engine->watch);
}

bool dn_http_ready(struct dn_http *engine, size_t *number)
{
    struct dn_post *post = engine->lists[DN_POST_READY].first;
    if (!post)
        return false;
    post->intent = true;
    dn_post_move(engine, post, DN_POST_TOLD);
    *number = post->letter.number;
    return true;
}

size_t dn_http_waiting(const struct dn_http *engine)
{
    return engine->lists[DN_POST_READY].count;
}

void dn_http_hold(struct dn_http *engine)
{
    while (engine->lists[DN_POST_TOLD].first)
        dn_post_move(engine, engine->lists[DN_POST_TOLD].first, DN_POST_BOUND);
}

void dn_http_release(struct dn_http *engine)
{
    struct dn_post *post;
    engine->now_ms = clock_ms();
    while ((post = engine->lists[DN_POST_BOUND].first))
        dn_post_send(engine, post);
}

bool dn_http_result(struct dn_http *engine, struct dn_smtp_result *result)
{
    struct dn_post *post = engine->lists[DN_POST_DONE].first;
    if (!post)
        return false;
    *result = post->result;
    dn_post_move(engine, post, DN_POST_SPARE);
    return true;
}

size_t dn_http_letters(const struct dn_http *engine)
{
    return engine->post_count - engine->lists[DN_POST_SPARE].count;
}

size_t dn_http_in_flight(const struct dn_http *engine)
{
    return engine->lists[DN_POST_FLYING].count;
}

struct dn_smtp_relay dn_http_relay(const struct dn_http *engine)
{
    struct dn_smtp_relay relay = {.reason = engine->reason};
    if (engine->stopped) {
        relay.state = DN_SMTP_RELAY_STOPPED;
    } else if (engine->faults && engine->begin_at_ms > engine->now_ms) {
        relay.state = DN_SMTP_RELAY_WAITING;
        relay.wait_ms = engine->begin_at_ms - engine->now_ms;
        relay.stalled = !engine->lists[DN_POST_TOLD].count && !engine->lists[DN_POST_BOUND].count &&
                        !engine->lists[DN_POST_FLYING].count;
    }
    return relay;
}

/* --- ending --- */

void dn_http_recall(struct dn_http *engine, const char *reason)
{
    static const enum dn_post_place places[] = {DN_POST_BOUND, DN_POST_TOLD, DN_POST_READY, DN_POST_QUEUE};
    struct dn_outcome outcome = {.state = DN_STATE_DEFERRED};
    snprintf(outcome.code, sizeof outcome.code, "%s", engine->code);
    snprintf(outcome.reason, sizeof outcome.reason, "%s", reason);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        while (engine->lists[places[i]].first)
            dn_post_settle(engine, engine->lists[places[i]].first, &outcome, true);
}

void dn_http_abandon(struct dn_http *engine, const char *reason)
{
    char kept[160];
    snprintf(kept, sizeof kept, "%s", reason);
    dn_http_harvest(engine);
    while (engine->lists[DN_POST_FLYING].first)
        dn_post_give_up(engine, engine->lists[DN_POST_FLYING].first, kept);
    dn_http_recall(engine, kept);
}

void dn_http_close(struct dn_http *engine)
{
    if (!engine)
        return;
    if (engine->multi)
        dn_http_abandon(engine, "the run ended");
    for (size_t i = 0; i < engine->settings.connections; i++)
        dn_request_clear(&engine->requests[i]);
    curl_multi_cleanup(engine->multi);
    dn_watch_close(engine->watch);
    free(engine->requests);
    free(engine->posts);
    free(engine);
}
