/* Posts to one HTTPS endpoint over many connections: an engine that is driven like the one for mail (channel/smtp.h),
 * and that gives out the same results. libcurl does connections, TLS and HTTP/1.1; it is kept from following redirects,
 * from using proxies, and from posting again by itself.
 *
 * The order is the mail engine's but for one step: _submit letters; _turn; take every _ready and write its intent;
 * begin to make all of them durable and _hold; when they are, _release (only now a request leaves); take every _result
 * and write its outcome. In between others may be told: what is told behind _hold waits for the next one. A letter that
 * is never released is never sent. Every letter that was submitted comes back exactly once as a result.
 *
 * What the endpoint does to everybody (it is away, it wants no more for a while, it knows our token no longer) is no
 * tenant's fault: such a letter comes back as DEFERRED of the relay, the others stay in the queue, the endpoint is left
 * alone for a while, and what does not mend by itself stops the engine. The first post, and the first one behind a
 * pause, goes alone. The caller ignores SIGPIPE. */
#ifndef DN_CHANNEL_HTTP_H
#define DN_CHANNEL_HTTP_H

#include "channel/smtp.h"

/* How long to wait, in milliseconds. */
struct dn_http_timeouts {
    int64_t connect_ms; /* name, TCP and TLS together */
    int64_t silence_ms; /* nothing comes and nothing goes, for whole seconds */
    int64_t post_ms;    /* one post as a whole, however slowly its answer drips */
};
extern const struct dn_http_timeouts dn_http_patience;

/* What an engine is opened with; strings are borrowed until _close. */
struct dn_http_settings {
    const char *url;     /* https://...; http:// for this machine alone, and never with a token */
    const char *ca_file; /* NULL: the system's */
    const char *token;   /* a bearer token (RFC 6750), NULL: none */
    size_t connections;
    int64_t rate, rate_ms;             /* at most rate posts in rate_ms, evenly spread; rate 0: no limit */
    int64_t first_wait_ms, longest_ms; /* how long an endpoint that failed is left alone (channel/retry.h) */
    int64_t refusals;                  /* so many rejected or unknown in a row stop the engine; 0: never */
    struct dn_http_timeouts timeouts;
};

/* One post. Everything is borrowed until its result is taken. */
struct dn_http_letter {
    size_t number;       /* the caller's */
    const char *key;     /* 64 hexadecimal digits: Idempotency-Key */
    int64_t again;       /* not 0: "-" and this number behind the key, so that it is not taken for the first copy */
    struct dn_text body; /* JSON */
};

struct dn_http;

/* May these settings be used? DN_INVALID: a URL that is no plain https:// one (or http:// to this machine), a token
 * over plain text, anything that would break a header. Contacts nobody. */
enum dn_status dn_http_check(const struct dn_http_settings *settings, struct dn_error *err);

/* Checks, and makes an engine, the caller's. No connection is opened before the first letter. Removes SSLKEYLOGFILE
 * from the environment. DN_INVALID as above; DN_SYSTEM: libcurl or the system refuses. */
enum dn_status dn_http_open(const struct dn_http_settings *settings, struct dn_http **engine, struct dn_error *err);

/* All that follow do what their namesakes in channel/smtp.h say. For a post, "ready" is: a connection's place is free
 * and the rate allows it. */
size_t dn_http_room(const struct dn_http *engine);

/* DN_INVALID: no room, a key that is none, an empty body; then it was not taken. */
enum dn_status dn_http_submit(struct dn_http *engine, const struct dn_http_letter *letter, struct dn_error *err);
enum dn_status dn_http_turn(struct dn_http *engine, int64_t timeout_ms, struct dn_error *err);
int dn_http_descriptor(const struct dn_http *engine);
int dn_http_wait(const struct dn_http *engine, int64_t timeout_ms);
bool dn_http_ready(struct dn_http *engine, size_t *number);

/* How many _ready would give out now. */
size_t dn_http_waiting(const struct dn_http *engine);

/* What _ready gave out until now is what _release lets go. */
void dn_http_hold(struct dn_http *engine);
void dn_http_release(struct dn_http *engine);

/* Also before all that is ready was taken. The outcome's code is the answer's status ("202"), its reference the id that
 * the endpoint gave (the body's "id", else Location, else its request id). */
bool dn_http_result(struct dn_http *engine, struct dn_smtp_result *result);
size_t dn_http_letters(const struct dn_http *engine);
size_t dn_http_in_flight(const struct dn_http *engine);

/* wait_ms honours Retry-After, up to an hour. */
struct dn_smtp_relay dn_http_relay(const struct dn_http *engine);
void dn_http_recall(struct dn_http *engine, const char *reason);

/* UNKNOWN where a byte of the request was sent and no final status has come. */
void dn_http_abandon(struct dn_http *engine, const char *reason);
void dn_http_close(struct dn_http *engine);

#endif
