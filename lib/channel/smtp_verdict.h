/* What a reply, or its absence, means for a notice and for the relay (DESIGN, Outcome of one SMTP transaction). Pure,
 * and tested in full: this table decides whether somebody is told twice, or not at all. */
#ifndef DN_CHANNEL_SMTP_VERDICT_H
#define DN_CHANNEL_SMTP_VERDICT_H

#include <stdbool.h>

#include "ledger/ledger.h"

/* How far a transaction had come. BODY: a part of the message was handed to the kernel, but not its last byte: no peer
 * can have accepted it. DOT: all of it was. */
enum dn_smtp_step { DN_SMTP_MAIL, DN_SMTP_RCPT, DN_SMTP_DATA, DN_SMTP_BODY, DN_SMTP_DOT };

/* NULL-ended words for reasons: "MAIL", "RCPT", "DATA", "message", "end of message". */
extern const char *const dn_smtp_step_words[];

struct dn_smtp_verdict {
    enum dn_state state; /* INTENT: go on; else what became of this attempt */
    bool relay;          /* the relay's fault, nobody's address: all wait, and the notice is not to blame */
    bool stop;           /* ... and it will not mend by itself: the run must end */
    bool close;          /* the connection is of no use any more */
};

/* code: the reply's, or 0: none came (lost, timed out, broken). */
struct dn_smtp_verdict dn_smtp_judge(enum dn_smtp_step step, int code);

/* A connection that did not come about. failure: libcurl's CURLcode; code: the last reply's, 0: none; why: libcurl's
 * words. True: trying again cannot help before somebody changes something (credentials, certificate, no STARTTLS). */
bool dn_smtp_judge_connect(int failure, int code, const char *why);

#endif
