/* Delivery reports (RFC 3464) that came back by mail: whose they are, and what became of the notice. Everything in them
 * is a stranger's text. */
#ifndef DN_CHANNEL_BOUNCE_H
#define DN_CHANNEL_BOUNCE_H

#include "base/error.h"
#include "base/note.h"
#include "base/table.h"
#include "base/text.h"
#include "ledger/ledger.h"

#define DN_BOUNCE_PREFIX 32                      /* digits of a key in a return path and in a Message-ID */
#define DN_BOUNCE_TEXT_CAP 240                   /* bytes of a recipient, a reason, a reference */
#define DN_BOUNCE_MESSAGE_CAP ((size_t)64 << 20) /* bytes of a message; a longer one is named and not read */

/* The keys of a ledger, so that 32 digits become a key again. Starts zeroed. */
struct dn_bounce_keys {
    bool known;             /* a ledger was read: only its keys are any */
    struct dn_table heads;  /* the first digits */
    struct dn_strings keys; /* by entry of heads; "" where two keys begin alike */
};

/* Reads the keys of a ledger, without its lock. */
enum dn_status dn_bounce_keys_read(const char *ledger, struct dn_bounce_keys *keys, struct dn_error *err);
void dn_bounce_keys_clear(struct dn_bounce_keys *keys);

/* What one report says of one recipient. Strings are owned, one visible line each, within DN_BOUNCE_TEXT_CAP. */
struct dn_bounce {
    char key[DN_SHA256_HEX]; /* "": cannot be told */
    enum dn_state state;     /* BOUNCED, DEFERRED or DELIVERED */
    char code[16];           /* "5.1.1" */
    char *recipient, *reason, *reference;
    struct dn_instant happened_at;
};

/* Messages that need a person, and where the first of them is. */
struct dn_bounce_tally {
    size_t count;
    char first[192];
};

/* What was read. Starts zeroed. */
struct dn_bounces {
    struct dn_bounce *at;
    size_t count, room;
    size_t messages, reports;
    size_t half;                      /* untied, though the first digits of a key are there: a ledger is asked for */
    struct dn_bounce_tally unread;    /* reports of which not all could be understood */
    struct dn_bounce_tally too_long;  /* over the cap */
    struct dn_bounce_tally no_report; /* came back to the return path of a notice, and are no report */
};

/* Adds what a message says. where: its name, for notes. */
void dn_bounce_take(struct dn_text message, const char *where, const struct dn_bounce_keys *keys,
                    struct dn_bounces *bounces);

/* Adds what the messages of a Maildir, an mbox or a file with one message ("-": standard input) say. DN_INVALID: a
 * folder that is no Maildir, a file that is no mail; DN_SYSTEM; DN_BUSY: the Maildir changed while it was read. */
enum dn_status dn_bounces_read(const char *path, const struct dn_bounce_keys *keys, struct dn_bounces *bounces,
                               struct dn_error *err);

/* "key,recipient,state,code,happened_at,reason,reference" and the rows, ordered bytewise. */
void dn_bounces_write(const struct dn_bounces *bounces, struct dn_buf *into);

/* Says what needs a person, and what was read. */
void dn_bounces_note(const struct dn_bounces *bounces, struct dn_notes *notes);

void dn_bounces_clear(struct dn_bounces *bounces);

#endif
