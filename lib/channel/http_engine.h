/* Inside the engine of channel/http.h: what its files share. http.c is the loop and what callers see, http_post.c one
 * request, http_health.c when the endpoint may be asked and what its faults do. */
#ifndef DN_CHANNEL_HTTP_ENGINE_H
#define DN_CHANNEL_HTTP_ENGINE_H

#include "channel/curl_late.h"
#include "channel/curl_trust.h"
#include "channel/http.h"
#include "channel/http_answer.h"
#include "channel/http_verdict.h"
#include "channel/retry.h"
#include "channel/smtp_watch.h"

/* Where a post is; every one is in exactly one of these lists. */
enum dn_post_place {
    DN_POST_SPARE, /* none */
    DN_POST_QUEUE,
    DN_POST_READY,  /* may go; not given out yet */
    DN_POST_TOLD,   /* given out by _ready: its intent is, or will be, in the ledger */
    DN_POST_BOUND,  /* its intent is becoming durable, or is */
    DN_POST_FLYING, /* released */
    DN_POST_DONE,   /* its result waits to be taken */
    DN_POST_PLACES
};

struct dn_post {
    struct dn_http_letter letter;
    enum dn_post_place place;
    struct dn_post *before, *behind;
    struct dn_request *request; /* FLYING */
    bool intent;
    struct dn_smtp_result result; /* DONE */
};

struct dn_post_list {
    struct dn_post *first, *last;
    size_t count;
};

/* One request at a time, with the libcurl handle that makes it. */
struct dn_request {
    struct dn_http *engine;
    CURL *easy; /* NULL until it is needed */
    struct curl_slist *headers;
    char *key; /* in the header Idempotency-Key: bytes that change */
    struct dn_post *post;
    bool has_folder; /* for dn_trust_widen */
    struct dn_http_answer answer;
    char said[CURL_ERROR_SIZE];
};

struct dn_http {
    struct dn_http_settings settings;
    bool plain; /* http: */
    CURLM *multi;
    struct dn_trust trust;
    struct dn_watch *watch;
    struct dn_request *requests; /* settings.connections of them */
    struct dn_post *posts;       /* twice as many */
    size_t post_count;
    struct dn_post_list lists[DN_POST_PLACES];
    int64_t now_ms, timer_ms; /* timer_ms: when libcurl wants to be called */
    struct dn_dice dice;
    /* the endpoint */
    int64_t faults;      /* in a row */
    int64_t troubles;    /* answers in a row that say that something is wrong over there */
    int64_t refused;     /* rejected or unknown in a row */
    int64_t begin_at_ms; /* nothing goes before */
    int64_t next_us;     /* by the rate */
    bool probing;        /* one at a time, until one is answered */
    bool stopped;
    char code[32], reason[160]; /* of the last fault */
};

/* --- http.c --- */

/* Moves a post to the end of another list. */
void dn_post_move(struct dn_http *engine, struct dn_post *post, enum dn_post_place place);

/* Ends a post: its result is there to be taken. */
void dn_post_settle(struct dn_http *engine, struct dn_post *post, const struct dn_outcome *outcome, bool of_relay);

/* --- http_post.c --- */

/* Prepares libcurl for all posts of an engine. */
enum dn_status dn_http_prepare(struct dn_http *engine, struct dn_error *err);

/* Sends a post whose intent is durable. */
void dn_post_send(struct dn_http *engine, struct dn_post *post);

/* Ends the requests that libcurl is done with. */
void dn_http_harvest(struct dn_http *engine);

/* Ends a request as it stands. */
void dn_post_give_up(struct dn_http *engine, struct dn_post *post, const char *reason);

/* Frees what it owns and leaves it without a handle. */
void dn_request_clear(struct dn_request *request);

/* --- http_health.c --- */

/* May a post begin now? _begun: it was, the rate counts it. _due: when that can change by itself; INT64_MAX: never. */
bool dn_http_may_begin(const struct dn_http *engine);
void dn_http_begun(struct dn_http *engine);
int64_t dn_http_due(const struct dn_http *engine);

/* Draws the conclusions for the endpoint, and may put the blame on it (verdict->relay). asked_s: how long it asks to be
 * left alone, -1: it does not. */
void dn_http_learn(struct dn_http *engine, struct dn_http_verdict *verdict, const struct dn_outcome *outcome,
                   int64_t asked_s);

#endif
