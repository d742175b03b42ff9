#include "channel/smtp_verdict.h"

#include <curl/curl.h>
#include <string.h>

const char *const dn_smtp_step_words[] = {"MAIL", "RCPT", "DATA", "message", "end of message", NULL};

static const struct dn_smtp_verdict go_on = {.state = DN_STATE_INTENT};
static const struct dn_smtp_verdict lost = {.state = DN_STATE_DEFERRED, .close = true};
static const struct dn_smtp_verdict unknown = {.state = DN_STATE_UNKNOWN, .close = true};

/* "Authentication required", "too weak", "encryption required" (RFC 4954 section 6): never about a recipient. */
static bool about_login(int code)
{
    return code == 530 || code == 534 || code == 535 || code == 538;
}

/* Refusals: the same at every step but MAIL, which names nobody but us. */
static struct dn_smtp_verdict refused(enum dn_smtp_step step, int code)
{
    bool late = step == DN_SMTP_BODY; /* the rest of the message would be taken for commands, or the other way round */
    if (code == 421)
        return (struct dn_smtp_verdict){.state = DN_STATE_DEFERRED, .relay = true, .close = true};
    if (about_login(code) || (code >= 500 && step == DN_SMTP_MAIL))
        return (struct dn_smtp_verdict){.state = DN_STATE_DEFERRED, .relay = true, .stop = true, .close = true};
    if (code == 454 || (code < 500 && step == DN_SMTP_MAIL))
        return (struct dn_smtp_verdict){.state = DN_STATE_DEFERRED, .relay = true, .close = late};
    return (struct dn_smtp_verdict){.state = code < 500 ? DN_STATE_DEFERRED : DN_STATE_REJECTED, .close = late};
}

struct dn_smtp_verdict dn_smtp_judge(enum dn_smtp_step step, int code)
{
    bool positive = code >= 200 && code < 300;
    if (code >= 400 && code < 600)
        return refused(step, code);
    switch (step) {
    case DN_SMTP_MAIL:
        return positive ? go_on : (struct dn_smtp_verdict){.state = DN_STATE_DEFERRED, .relay = true, .close = true};
    case DN_SMTP_RCPT:
        return positive ? go_on : lost;
    case DN_SMTP_DATA:
        return code == 354 ? go_on : lost;
    case DN_SMTP_BODY: /* a peer that says yes to a part of a message says what nobody can rely on */
        return positive ? unknown : lost;
    default:
        return positive ? (struct dn_smtp_verdict){.state = DN_STATE_ACCEPTED} : unknown;
    }
}

/* OpenSSL's own errors, not a connection that went away during the handshake. */
static bool about_tls(const char *why)
{
    return strstr(why, "SSL routines") && !strstr(why, "unexpected eof");
}

bool dn_smtp_judge_connect(int failure, int code, const char *why)
{
    if (code >= 400 && code < 500)
        return false;
    switch (failure) {
    case CURLE_LOGIN_DENIED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return true;
    case CURLE_SSL_CONNECT_ERROR:
        return about_tls(why);
    default:
        return code >= 500;
    }
}
