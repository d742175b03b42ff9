/* The answer to a post, read from bytes that may be hostile: any length, any nonsense, and never more of it than we
 * want to keep. */
#ifndef DN_CHANNEL_HTTP_ANSWER_H
#define DN_CHANNEL_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define DN_HTTP_BODY ((size_t)64 << 10) /* bytes of a body that are looked at; more of it ends the connection */
#define DN_HTTP_HEAD ((size_t)64 << 10) /* of all heads of one answer, interim ones included */
#define DN_HTTP_VALUE 256               /* of a header's value that are kept */
#define DN_HTTP_ASKED_MOST_S 3600       /* no endpoint puts a notice off for longer than this by one header */

/* An answer while it comes in. Starts zeroed; body is the owner's to clear. */
struct dn_http_answer {
    int status; /* of the last head that began, 0: none */
    size_t head_size;
    char phrase[DN_HTTP_VALUE], location[DN_HTTP_VALUE], request_id[DN_HTTP_VALUE];
    char date[DN_HTTP_VALUE], retry_after[DN_HTTP_VALUE];
    struct dn_buf body;
};

/* Forgets the last answer, keeps the memory. */
void dn_http_answer_reset(struct dn_http_answer *answer);

/* Takes one line of a head, or bytes of the body. False: that is too much, hang up. */
bool dn_http_answer_head(struct dn_http_answer *answer, struct dn_text line);
bool dn_http_answer_body(struct dn_http_answer *answer, struct dn_text bytes);

/* The final status, 200 to 599; else 0. */
int dn_http_answer_status(const struct dn_http_answer *answer);

/* How many seconds the answer asks to wait, at most DN_HTTP_ASKED_MOST_S; -1: it does not, or not in a way that we
 * understand. RFC 9110 section 10.2.3: seconds, or a date, which is held against the answer's own Date, since clocks
 * differ, else against now_s (seconds since 1970). */
int64_t dn_http_answer_wait(const struct dn_http_answer *answer, int64_t now_s);

/* The endpoint's name of what it took ("id" of a JSON body, else Location, else a request id), safe and cut to fit size
 * bytes with the NUL; empty if there is none. Text that holds the secret (NULL: none) is not given out. */
void dn_http_answer_reference(const struct dn_http_answer *answer, const char *secret, char *text, size_t size);

/* Why it refused: the status line's phrase, and the message of a JSON error body (Graph's error.message, RFC 9457's
 * title and detail). Safe as above. */
void dn_http_answer_reason(const struct dn_http_answer *answer, const char *secret, char *text, size_t size);

#endif
