#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/sha256.h"
#include "channel/http_engine.h"
#include "channel/secret.h"
#include "channel/smtp_link.h"
#include "channel/smtp_reply.h"

#define KEY_SIZE ((size_t)DN_SHA256_HEX - 1)
#define AGAIN_SIZE ((size_t)21) /* "-" and a number */

/* Many servers hang up on a connection that is idle for five seconds. One that hangs up while we post leaves a notice
 * of which nobody knows; a new connection costs little. */
#define IDLE_S 4L

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *of_socket)
{
    struct dn_http *engine = context;
    (void)easy;
    (void)of_socket;
    unsigned want = (what & CURL_POLL_IN ? DN_WATCH_READ : 0) | (what & CURL_POLL_OUT ? DN_WATCH_WRITE : 0);
    if (what == CURL_POLL_REMOVE)
        dn_watch_remove(engine->watch, fd);
    else
        dn_watch_set(engine->watch, fd, want, (size_t)fd);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct dn_http *engine = context;
    (void)multi;
    engine->timer_ms = timeout_ms < 0 ? INT64_MAX : engine->now_ms + timeout_ms;
    return 0;
}

enum dn_status dn_http_prepare(struct dn_http *engine, struct dn_error *err)
{
    enum dn_status status = dn_link_global(err);
    if (status != DN_OK)
        return status;
    long most = (long)engine->settings.connections;
    engine->multi = curl_multi_init();
    engine->trust.ca_file = engine->settings.ca_file;
    if (engine->multi && curl_multi_setopt(engine->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
        curl_multi_setopt(engine->multi, CURLMOPT_SOCKETDATA, engine) == CURLM_OK &&
        curl_multi_setopt(engine->multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
        curl_multi_setopt(engine->multi, CURLMOPT_TIMERDATA, engine) == CURLM_OK &&
        curl_multi_setopt(engine->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
        curl_multi_setopt(engine->multi, CURLMOPT_MAXCONNECTS, most) == CURLM_OK)
        return DN_OK;
    return dn_error_set(err, DN_SYSTEM, "libcurl cannot be used");
}

/* --- what libcurl asks while a request runs --- */

/* How much of the request libcurl has handed over: of its head and of its body. */
static void look_what_left(const struct dn_request *request, curl_off_t *head, curl_off_t *body)
{
    long size = 0;
    *body = 0;
    curl_easy_getinfo(request->easy, CURLINFO_REQUEST_SIZE, &size);
    curl_easy_getinfo(request->easy, CURLINFO_SIZE_UPLOAD_T, body);
    *head = size;
}

/* Asked before each request, on a connection that is there. libcurl posts again by itself when a connection that it
 * used again dies before an answer: not if a byte of it has left. */
static int may_post(void *context, char *to, char *from, int to_port, int from_port)
{
    const struct dn_request *request = context;
    curl_off_t head, body;
    (void)to, (void)from, (void)to_port, (void)from_port;
    look_what_left(request, &head, &body);
    return head > 0 || body > 0 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static size_t take_head(char *at, size_t size, size_t count, void *context)
{
    struct dn_request *request = context;
    return dn_http_answer_head(&request->answer, (struct dn_text){at, size * count}) ? size * count : 0;
}

static size_t take_body(char *at, size_t size, size_t count, void *context)
{
    struct dn_request *request = context;
    return dn_http_answer_body(&request->answer, (struct dn_text){at, size * count}) ? size * count : 0;
}

static bool loops_back(const struct curl_sockaddr *to)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, &to->addr, sizeof v4);
    if (to->family == AF_INET)
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    if (to->family != AF_INET6 || to->addrlen > sizeof v6)
        return false;
    memcpy(&v6, &to->addr, to->addrlen);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

/* Plain text stays on this machine, whatever its names resolve to. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
    const struct dn_http *engine = context;
    (void)purpose;
    if (engine->plain && !loops_back(to))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype, to->protocol);
}

/* --- a handle for many requests --- */

static bool add_header(struct dn_request *request, const char *line)
{
    struct curl_slist *list = curl_slist_append(request->headers, line);
    if (list)
        request->headers = list;
    return list != NULL;
}

static bool add_token(struct dn_request *request, const char *token)
{
    struct dn_buf line = {0};
    if (!token)
        return true;
    dn_buf_addf(&line, "Authorization: Bearer %s", token);
    bool added = add_header(request, line.at);
    dn_secret_clear(&line);
    return added;
}

/* "Expect:" takes 100-continue out. The key's place is filled in for each post. */
static bool make_headers(struct dn_request *request)
{
    char line[32 + KEY_SIZE + AGAIN_SIZE];
    int before = snprintf(line, sizeof line, "Idempotency-Key: \"");
    memset(line + before, '0', KEY_SIZE + AGAIN_SIZE);
    memcpy(line + (size_t)before + KEY_SIZE + AGAIN_SIZE, "\"", 2);
    if (!add_header(request, line))
        return false;
    request->key = request->headers->data + before;
    return add_header(request, "Content-Type: application/json") && add_header(request, "Accept: application/json") &&
           add_header(request, "Expect:") && add_token(request, request->engine->settings.token);
}

static bool set_security(struct dn_request *request)
{
    const struct dn_http *engine = request->engine;
    CURL *easy = request->easy;
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, engine->plain ? "http" : "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           dn_trust_set(&engine->trust, easy, &request->has_folder);
}

static bool set_patience(CURL *easy, const struct dn_http_timeouts *timeouts)
{
    return curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeouts->connect_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeouts->post_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)((timeouts->silence_ms + 999) / 1000)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_S) == CURLE_OK;
}

/* libcurl takes and frees its buffers with each request: small ones do not make malloc give pages back and ask for them
 * again. A notice and its answer are a few KiB. */
static bool set_buffers(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L) == CURLE_OK;
}

static bool set_callbacks(struct dn_request *request)
{
    return curl_easy_setopt(request->easy, CURLOPT_PREREQFUNCTION, may_post) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_PREREQDATA, request) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_HEADERFUNCTION, take_head) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_HEADERDATA, request) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, request) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_OPENSOCKETDATA, request->engine) == CURLE_OK;
}

static bool set_request(struct dn_request *request)
{
    return curl_easy_setopt(request->easy, CURLOPT_URL, request->engine->settings.url) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_USERAGENT, "duenotice/" DN_VERSION) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_ERRORBUFFER, request->said) == CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_PRIVATE, request) == CURLE_OK;
}

/* All or nothing: a handle that lacks one of these options must not send. */
static bool make_handle(struct dn_request *request)
{
    if (request->easy)
        return true;
    request->easy = curl_easy_init();
    if (request->easy && make_headers(request) && set_request(request) && set_callbacks(request) &&
        set_security(request) && set_buffers(request->easy) &&
        set_patience(request->easy, &request->engine->settings.timeouts))
        return true;
    dn_request_clear(request);
    return false;
}

/* --- one request --- */

static struct dn_request *free_request(struct dn_http *engine)
{
    for (size_t i = 0; i < engine->settings.connections; i++)
        if (!engine->requests[i].post)
            return &engine->requests[i];
    return NULL;
}

static void set_key(struct dn_request *request, const struct dn_http_letter *letter)
{
    memcpy(request->key, letter->key, KEY_SIZE);
    if (letter->again)
        snprintf(request->key + KEY_SIZE, AGAIN_SIZE + 2, "-%" PRId64 "\"", letter->again);
    else
        memcpy(request->key + KEY_SIZE, "\"", 2);
}

static bool start(struct dn_request *request, struct dn_post *post)
{
    if (!make_handle(request))
        return false;
    set_key(request, &post->letter);
    dn_http_answer_reset(&request->answer);
    request->said[0] = '\0';
    request->post = post;
    return curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->letter.body.size) ==
               CURLE_OK &&
           curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS, post->letter.body.at) == CURLE_OK &&
           curl_multi_add_handle(request->engine->multi, request->easy) == CURLM_OK;
}

void dn_post_send(struct dn_http *engine, struct dn_post *post)
{
    static const struct dn_outcome refused = {.state = DN_STATE_DEFERRED, .reason = "libcurl takes no request"};
    struct dn_request *request = free_request(engine);
    if (request && start(request, post)) {
        post->request = request;
        dn_post_move(engine, post, DN_POST_FLYING);
        return;
    }
    struct dn_http_verdict verdict = {.state = DN_STATE_DEFERRED, .relay = true};
    if (request)
        request->post = NULL;
    dn_http_learn(engine, &verdict, &refused, -1);
    dn_post_settle(engine, post, &refused, true);
}

/* may_post alone aborts. */
static const char *why_of(const struct dn_request *request, CURLcode failure)
{
    if (failure == CURLE_ABORTED_BY_CALLBACK)
        return "the connection was lost before any of it came";
    return request->said[0] ? request->said : curl_easy_strerror(failure);
}

static void look_at(const struct dn_request *request, CURLcode failure, struct dn_http_facts *facts)
{
    curl_off_t head, body;
    look_what_left(request, &head, &body);
    *facts = (struct dn_http_facts){.status = dn_http_answer_status(&request->answer),
                                    .sent = head > 0 || body > 0,
                                    .whole = body >= (curl_off_t)request->post->letter.body.size,
                                    .failure = (int)failure,
                                    .why = why_of(request, failure)};
}

static void explain(const struct dn_http_facts *facts, struct dn_outcome *outcome)
{
    char said[120];
    dn_smtp_safe(dn_text_of(facts->why), said, sizeof said);
    if (facts->sent)
        snprintf(outcome->reason, sizeof outcome->reason, "no answer to what was sent: %s", said);
    else
        snprintf(outcome->reason, sizeof outcome->reason, "connect: %s", said);
}

static void describe(const struct dn_request *request, const struct dn_http_facts *facts, struct dn_outcome *outcome)
{
    const char *secret = request->engine->settings.token;
    if (facts->status)
        snprintf(outcome->code, sizeof outcome->code, "%d", facts->status);
    if (outcome->state == DN_STATE_ACCEPTED)
        dn_http_answer_reference(&request->answer, secret, outcome->reference, sizeof outcome->reference);
    else if (facts->status >= 300)
        dn_http_answer_reason(&request->answer, secret, outcome->reason, sizeof outcome->reason);
    else if (facts->status)
        snprintf(outcome->reason, sizeof outcome->reason, "accepted before all of it was sent");
    else
        explain(facts, outcome);
}

/* Takes the request off libcurl; what is known about it goes into the result. */
static void finish(struct dn_http *engine, struct dn_request *request, CURLcode failure, const char *given_up)
{
    struct dn_post *post = request->post;
    struct dn_outcome outcome = {0};
    struct dn_http_facts facts;
    look_at(request, failure, &facts);
    int64_t asked_s = dn_http_answer_wait(&request->answer, (int64_t)time(NULL));
    facts.wait = asked_s >= 0;
    facts.why = given_up ? given_up : facts.why;
    struct dn_http_verdict verdict = dn_http_judge(&facts);
    outcome.state = verdict.state;
    describe(request, &facts, &outcome);
    if (!given_up)
        dn_http_learn(engine, &verdict, &outcome, asked_s);
    curl_multi_remove_handle(engine->multi, request->easy);
    request->post = NULL;
    post->request = NULL;
    dn_post_settle(engine, post, &outcome, verdict.relay);
}

/* Posts once more if there are more authorities to hold the endpoint's certificate against. */
static bool try_wider(struct dn_http *engine, struct dn_request *request, CURLcode failure)
{
    if (failure != CURLE_PEER_FAILED_VERIFICATION ||
        !dn_trust_widen(&engine->trust, request->easy, &request->has_folder))
        return false;
    curl_multi_remove_handle(engine->multi, request->easy);
    dn_http_answer_reset(&request->answer);
    return curl_multi_add_handle(engine->multi, request->easy) == CURLM_OK;
}

void dn_http_harvest(struct dn_http *engine)
{
    CURLMsg *message;
    int left = 0;
    while ((message = curl_multi_info_read(engine->multi, &left))) {
        char *request = NULL;
        CURLcode failure = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
        if (!try_wider(engine, (struct dn_request *)(void *)request, failure))
            finish(engine, (struct dn_request *)(void *)request, failure, NULL);
    }
}

void dn_post_give_up(struct dn_http *engine, struct dn_post *post, const char *reason)
{
    finish(engine, post->request, CURLE_ABORTED_BY_CALLBACK, reason);
}

static void wipe(struct curl_slist *headers)
{
    for (struct curl_slist *at = headers; at; at = at->next)
        for (volatile char *byte = at->data; *byte; byte++)
            *byte = ' ';
    curl_slist_free_all(headers);
}

void dn_request_clear(struct dn_request *request)
{
    curl_easy_cleanup(request->easy);
    wipe(request->headers);
    dn_buf_clear(&request->answer.body);
    request->easy = NULL;
    request->headers = NULL;
}
