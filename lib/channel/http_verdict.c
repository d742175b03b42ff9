#include "channel/http_verdict.h"

#include "channel/smtp_verdict.h"

static struct dn_http_verdict judge_silence(const struct dn_http_facts *facts)
{
    if (facts->sent)
        return (struct dn_http_verdict){.state = DN_STATE_UNKNOWN};
    bool stop = dn_smtp_judge_connect(facts->failure, 0, facts->why);
    return (struct dn_http_verdict){.state = DN_STATE_DEFERRED, .relay = true, .stop = stop};
}

static bool about_us(int status)
{
    return status == 401 || status == 403 || status == 407;
}

static bool may_pass(int status)
{
    return status >= 500 || status == 408 || status == 425 || status == 429;
}

struct dn_http_verdict dn_http_judge(const struct dn_http_facts *facts)
{
    int status = facts->status;
    if (status < 200 || status > 599)
        return judge_silence(facts);
    if (status < 300 && facts->whole)
        return (struct dn_http_verdict){.state = DN_STATE_ACCEPTED};
    if (status < 300)
        return (struct dn_http_verdict){.state = DN_STATE_UNKNOWN};
    if (about_us(status))
        return (struct dn_http_verdict){.state = DN_STATE_DEFERRED, .relay = true, .stop = true};
    if (!may_pass(status))
        return (struct dn_http_verdict){.state = DN_STATE_REJECTED};
    bool busy = facts->wait || status == 429 || status == 503;
    return (struct dn_http_verdict){.state = DN_STATE_DEFERRED, .relay = busy};
}
