/* Inside the engine of channel/smtp.h: what its files share. smtp.c is the loop and what callers see, smtp_line.c the
 * dialogue on one connection, smtp_ask.c what is said there, smtp_relay.c when the relay may be asked and what its
 * faults do. */
#ifndef DN_CHANNEL_SMTP_ENGINE_H
#define DN_CHANNEL_SMTP_ENGINE_H

#include "channel/retry.h"
#include "channel/smtp.h"
#include "channel/smtp_link.h"
#include "channel/smtp_reply.h"
#include "channel/smtp_verdict.h"
#include "channel/smtp_watch.h"

#define DN_NO_SLOT SIZE_MAX

enum dn_line_step {
    DN_LINE_CLOSED,
    DN_LINE_OPENING,
    DN_LINE_IDLE,
    DN_LINE_ENVELOPE, /* commands are out, replies to come */
    DN_LINE_READY,    /* 354 is here; the body waits for _release */
    DN_LINE_BODY,     /* a part of it may be out */
    DN_LINE_DOT,      /* all of it is out */
    DN_LINE_VOID,     /* a lone dot is out, since DATA was taken without a recipient (RFC 2920 section 3.1) */
    DN_LINE_QUIT
};

enum dn_line_command { DN_COMMAND_RSET, DN_COMMAND_MAIL, DN_COMMAND_RCPT, DN_COMMAND_DATA };

/* One connection, or the place of one. */
struct dn_line {
    struct dn_link *link;
    enum dn_line_step step;
    size_t slot; /* the letter in hand, or DN_NO_SLOT */
    size_t next; /* the letter whose envelope is out behind the dot of the one in hand, or DN_NO_SLOT */
    struct dn_buf out;
    size_t sent, dot; /* of out; where the message ends in it */
    enum dn_line_command asked[4];
    unsigned asked_count, answered;
    bool refused; /* the letter's fate is settled, the rest of the replies is still read */
    bool ahead;   /* the envelope went out behind a dot */
    bool dirty;   /* a transaction is open at the other end: RSET goes first */
    int64_t letters, deadline_ms;
    struct dn_smtp_reader reader;
};

/* One letter in hand. */
struct dn_slot {
    struct dn_smtp_letter letter;
    size_t line;      /* that it is on, once its envelope is out */
    unsigned returns; /* how often a fault of the relay has put it back */
    bool told;        /* given out by _ready: its intent is, or will be, in the ledger */
    bool released;
};

/* A ring of slot numbers. */
struct dn_ring {
    size_t *at;
    size_t room, first, count;
};

struct dn_smtp {
    struct dn_smtp_settings settings;
    char *url;
    struct dn_watch *watch;
    struct dn_links *links;
    struct dn_line *lines; /* settings.connections of them */
    struct dn_slot *slots;
    size_t slot_count;
    struct dn_ring spare, queue, ready, told,
        bound;                      /* of slots; told: given out by _ready; bound: held, not released */
    struct dn_smtp_result *results; /* a ring as long as slots */
    size_t result_first, result_count, in_flight;
    size_t surplus;      /* letters of the queue beyond what connections that are free could take */
    struct dn_buf other; /* room for a message, given to the line that sends one; in between that line's own */
    int64_t now_ms;
    int64_t turned_us, told_us,
        held_us; /* end of the last turn; the first _ready since _release; what a commit takes */
    struct dn_dice dice;
    /* the relay */
    int64_t faults;        /* in a row */
    int64_t connect_at_ms; /* no new connection before */
    int64_t begin_at_ms;   /* no new transaction before */
    int64_t next_us;       /* by the rate */
    int64_t refused;       /* rejected in a row */
    bool probing, stopped;
    bool one_by_one;            /* it has lost an envelope behind a dot: it gets no more of them */
    char code[32], reason[160]; /* of the last fault */
};

/* --- smtp.c --- */

void dn_ring_add(struct dn_ring *ring, size_t slot);
void dn_ring_add_front(struct dn_ring *ring, size_t slot);
bool dn_ring_take(struct dn_ring *ring, size_t *slot);

/* Ends a letter: its result is there to be taken. */
void dn_smtp_settle(struct dn_smtp *engine, size_t slot, enum dn_state state, bool of_relay, const char *code,
                    const char *reason, const char *reference);

/* Puts a letter of which nothing has left back to the front; after the third time it comes back as DEFERRED. */
void dn_smtp_put_back(struct dn_smtp *engine, size_t slot);

/* --- smtp_relay.c --- */

/* May a connection be opened, a letter begun, now? _begun: it was, the rate counts it. */
bool dn_smtp_may_connect(const struct dn_smtp *engine);
bool dn_smtp_may_begin(const struct dn_smtp *engine);
void dn_smtp_begun(struct dn_smtp *engine);

/* When may_connect or may_begin can change by itself; INT64_MAX: never. */
int64_t dn_smtp_due(const struct dn_smtp *engine);

/* How many letters of the queue wait for a connection to be free; takes one of so many as engine->surplus says. */
size_t dn_smtp_count_surplus(const struct dn_smtp *engine);
bool dn_smtp_take_surplus(struct dn_smtp *engine, size_t *slot);

/* A fault of the relay. all: running connections begin nothing either. stop: the engine ends. */
void dn_smtp_fault(struct dn_smtp *engine, bool all, bool stop, const char *code, const char *reason);

/* A letter was accepted, was rejected. */
void dn_smtp_did_well(struct dn_smtp *engine);
void dn_smtp_did_refuse(struct dn_smtp *engine);

/* --- smtp_line.c --- */

/* Opens a connection in this place. */
void dn_line_open(struct dn_smtp *engine, struct dn_line *line);

/* Begins a letter on an idle line. */
void dn_line_begin(struct dn_smtp *engine, struct dn_line *line, size_t slot);

/* Sends the message of a line that is READY, and behind it the envelope of a letter that has to wait for a connection:
 * RFC 2920 section 3.1 has both in one group, and no round trip is waited for. */
void dn_line_release(struct dn_smtp *engine, struct dn_line *line);

/* The descriptor is ready for that, or (fd -1) a time has come. */
void dn_line_event(struct dn_smtp *engine, struct dn_line *line, int fd, unsigned ready);
void dn_line_expire(struct dn_smtp *engine, struct dn_line *line);

/* When _expire must be called. An idle line that nobody needs says QUIT then. */
int64_t dn_line_due(const struct dn_line *line);

/* Says QUIT on an idle line. Closes it without a word; the letters that it has are the caller's concern. */
void dn_line_quit(struct dn_smtp *engine, struct dn_line *line);
void dn_line_close(struct dn_line *line);

/* The letter in hand is done with, in one way or the other. A fault of the relay before anything left puts it back. */
void dn_line_part(struct dn_smtp *engine, struct dn_line *line, struct dn_smtp_verdict verdict, const char *code,
                  const char *reason, const char *reference);

/* The letter whose envelope went out ahead goes back to the front of the queue: it was no fault of its own. */
void dn_line_give_back(struct dn_smtp *engine, struct dn_line *line);

/* Sends what stands in out. */
void dn_line_say(struct dn_smtp *engine, struct dn_line *line);

/* --- smtp_ask.c --- */

/* The next command where the relay takes no group of them; a lone dot; how long is waited for the reply to come. */
void dn_line_ask_next(struct dn_smtp *engine, struct dn_line *line, enum dn_line_command command);
void dn_line_lone_dot(struct dn_smtp *engine, struct dn_line *line);
void dn_line_set_patience(struct dn_smtp *engine, struct dn_line *line);

/* Takes the room for a message in place of the line's own, or gives it back. */
void dn_line_swap_out(struct dn_smtp *engine, struct dn_line *line);

#endif
