/* Mail to one relay over many connections: an engine that a single loop drives. libcurl connects (TCP, TLS or STARTTLS
 * with chain and name verified, EHLO, AUTH), the dialogue behind that is ours. One recipient per message.
 *
 * The order that keeps the promise of the ledger: _submit letters; _turn; take every _result and write its outcome;
 * take _ready ones and write their intents; unless _gather, begin to make all of that durable and _hold; when it is,
 * _release (only now a body leaves). In between others may be told: what is told behind _hold waits for the next one. A
 * letter that is never released is never sent. Every letter that was submitted comes back exactly once as a result.
 *
 * A fault of the relay is nobody's address: the letter stays in the queue, the relay is left alone for a while (_relay
 * says until when), and what does not mend by itself stops the engine. The caller ignores SIGPIPE. */
#ifndef DN_CHANNEL_SMTP_H
#define DN_CHANNEL_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "channel/transport.h"

enum dn_smtp_tls { DN_SMTP_TLS_REQUIRED, DN_SMTP_TLS_OPPORTUNISTIC, DN_SMTP_TLS_NONE };

/* How long to wait, in milliseconds. dn_smtp_patience has what RFC 5321 section 4.5.3.2 asks for: a short wait behind
 * the dot makes duplicates. */
struct dn_smtp_timeouts {
    int64_t connect_ms; /* TCP, TLS, greeting, EHLO, AUTH together */
    int64_t command_ms; /* each reply to MAIL and RCPT */
    int64_t data_ms;    /* the reply to DATA */
    int64_t block_ms;   /* each piece of the message */
    int64_t dot_ms;     /* the reply to the final dot */
    int64_t quit_ms;    /* the reply to QUIT */
    int64_t idle_ms;    /* then a connection that nobody needs says QUIT */
};
extern const struct dn_smtp_timeouts dn_smtp_patience;

/* What an engine is opened with; strings are borrowed until _close. */
struct dn_smtp_settings {
    const char *url;  /* smtp://host[:port] or smtps://host[:port] */
    const char *ehlo; /* our name; a path in the URL goes before it */
    enum dn_smtp_tls tls;
    const char *ca_file;         /* NULL: the system's */
    const char *user, *password; /* NULL: no AUTH; else the relay must offer it */
    size_t connections;
    int64_t messages_per_connection;   /* 0: no limit */
    int64_t rate, rate_ms;             /* at most rate messages in rate_ms, evenly spread; rate 0: no limit */
    int64_t first_wait_ms, longest_ms; /* how long a relay that failed is left alone (channel/retry.h) */
    int64_t refusals;                  /* so many rejected in a row stop the engine; 0: never */
    struct dn_smtp_timeouts timeouts;
};

/* One message to one recipient. Everything is borrowed until its result is taken, but the message of what _ready gave
 * out only until the _release behind it. */
struct dn_smtp_letter {
    size_t number; /* the caller's */
    const char *return_path, *recipient;
    const char *envid;      /* the key: ENVID where the relay offers DSN; NULL: none */
    struct dn_text message; /* CRLF, dots not stuffed */
    bool is_clean;          /* dn_smtp_is_clean has said so of it (channel/smtp_wire.h): it is not looked at again */
};

/* What became of one letter. outcome: ACCEPTED, DEFERRED, REJECTED or UNKNOWN, its code ("550 5.1.1"), a reason, and
 * for ACCEPTED the relay's own name of the message as reference. of_relay: DEFERRED since the relay, not the letter, is
 * at fault: that try counts for nothing. intent: it had been told as ready, so that its intent is in the ledger; else
 * nothing of its message has left. */
struct dn_smtp_result {
    size_t number;
    struct dn_outcome outcome;
    bool of_relay, intent;
};

/* How the relay does. */
enum dn_smtp_relay_state {
    DN_SMTP_RELAY_WELL,
    DN_SMTP_RELAY_WAITING, /* after a fault; tried again by itself in wait_ms */
    DN_SMTP_RELAY_STOPPED  /* somebody must change something; nothing more will be begun */
};
struct dn_smtp_relay {
    enum dn_smtp_relay_state state;
    int64_t wait_ms;
    bool stalled;       /* WAITING, and nothing moves before it is over */
    const char *reason; /* of the last fault, "" before any; good until the next turn */
};

struct dn_smtp;

/* *engine is the caller's. No connection is opened before the first letter. Removes SSLKEYLOGFILE from the environment.
 * DN_INVALID: an EHLO name that is none; DN_SYSTEM: libcurl or the system refuses. */
enum dn_status dn_smtp_open(const struct dn_smtp_settings *settings, struct dn_smtp **engine, struct dn_error *err);

/* How many letters it would take now: about two a connection, so that what is composed ahead stays small; with a rate,
 * no more than leave within two seconds. */
size_t dn_smtp_room(const struct dn_smtp *engine);

/* Takes a letter; there must be room. DN_INVALID: its addresses or its bytes are none that may leave; then it was not
 * taken. */
enum dn_status dn_smtp_submit(struct dn_smtp *engine, const struct dn_smtp_letter *letter, struct dn_error *err);

/* Works until something is ready or decided, or timeout_ms have passed (-1: no limit), or a signal came. Does not wait
 * while something is untaken, or nothing is under way, and not long while something is unreleased. DN_OK or DN_SYSTEM
 * (it cannot wait). */
enum dn_status dn_smtp_turn(struct dn_smtp *engine, int64_t timeout_ms, struct dn_error *err);

/* For a caller with other things to wait for: what to wait for until it can be read (-1: this system has none), and how
 * long at most; then _turn with timeout 0. */
int dn_smtp_descriptor(const struct dn_smtp *engine);
int dn_smtp_wait(const struct dn_smtp *engine, int64_t timeout_ms);

/* Takes the next letter whose message would leave now. False: none. _waiting: how many there are. */
bool dn_smtp_ready(struct dn_smtp *engine, size_t *number);
size_t dn_smtp_waiting(const struct dn_smtp *engine);

/* Is it better to turn once more before the intents are made durable? True on a slow disk while others are about to be
 * ready, never for longer than the last commit took: one sync then serves all. */
bool dn_smtp_gather(const struct dn_smtp *engine);

/* What _ready gave out until now is what _release lets go: it sends the messages of these letters. Only behind durable
 * intents. */
void dn_smtp_hold(struct dn_smtp *engine);
void dn_smtp_release(struct dn_smtp *engine);

/* Takes the next result; also before all that is ready was taken. False: none. */
bool dn_smtp_result(struct dn_smtp *engine, struct dn_smtp_result *result);

/* How many letters are in it (submitted, result not taken), and of these how many were released. */
size_t dn_smtp_letters(const struct dn_smtp *engine);
size_t dn_smtp_in_flight(const struct dn_smtp *engine);

struct dn_smtp_relay dn_smtp_relay(const struct dn_smtp *engine);

/* Gives back, as DEFERRED of the relay, every letter that was not released; what was goes on to its outcome. A run that
 * does not wait, or that drains after a signal, ends with this and then turns until no letter is left. */
void dn_smtp_recall(struct dn_smtp *engine, const char *reason);

/* Gives up what is in flight: UNKNOWN where all of it was handed over. */
void dn_smtp_abandon(struct dn_smtp *engine, const char *reason);

/* Says QUIT where nothing is in flight, waits a little for the answers, frees all. NULL allowed. */
void dn_smtp_close(struct dn_smtp *engine);

#endif
