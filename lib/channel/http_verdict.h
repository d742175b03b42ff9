/* What the answer to a post, or its absence, means for a notice and for the endpoint. Pure, and tested in full: this
 * table decides whether somebody is told twice, or not at all. */
#ifndef DN_CHANNEL_HTTP_VERDICT_H
#define DN_CHANNEL_HTTP_VERDICT_H

#include <stdbool.h>

#include "ledger/ledger.h"

/* What is known about one request when it is over. */
struct dn_http_facts {
    int status;      /* of the final answer (200 to 599); else 0, an interim one (1xx) is none */
    bool sent;       /* a byte of the request, its head included, was handed over */
    bool whole;      /* all of its body was */
    bool wait;       /* the answer asks to wait (Retry-After) */
    int failure;     /* libcurl's CURLcode */
    const char *why; /* libcurl's words */
};

struct dn_http_verdict {
    enum dn_state state;
    bool relay; /* the endpoint's doing, no tenant's: that try counts for nothing, and the endpoint is left alone */
    bool stop;  /* ... and it will not mend by itself: the run must end */
};

/* 2xx ACCEPTED, unless a part of the body was never sent: UNKNOWN. 401, 403, 407: the endpoint refuses us, stop. 429,
 * 503 and whatever asks to wait: DEFERRED of the endpoint. 408, 425, other 5xx: DEFERRED. Other 4xx, and 3xx, since no
 * redirect is followed: REJECTED. No final status: UNKNOWN if anything was sent (an endpoint need not read all that it
 * acts on), else DEFERRED of the endpoint; stop where TLS says that the peer is not the one we mean. */
struct dn_http_verdict dn_http_judge(const struct dn_http_facts *facts);

#endif
