/* The network: a transport that mails through one relay (channel/smtp.h), posts to one endpoint (channel/http.h), and
 * writes the call sheet. A batch is as many notices as there are connections, so that a run that is killed leaves no
 * more than those unknown. */
#ifndef DN_CHANNEL_NETWORK_H
#define DN_CHANNEL_NETWORK_H

#include <signal.h>

#include "base/error.h"
#include "channel/transport.h"
#include "ledger/ledger.h"
#include "notice/config.h"
#include "notice/plan.h"

/* What a network is opened with; borrowed until close. */
struct dn_network_settings {
    const struct dn_config *config;
    const struct dn_plan *plan; /* says which channels are wanted */
    const struct dn_ledger *ledger;
    const char *sheet; /* of calls */
    struct dn_instant now;
    volatile sig_atomic_t *stop; /* set when the relay or the endpoint is away: no further batch is begun */
};

/* Reads secrets and makes the engines that the plan needs; no connection is opened before the first notice. DN_INVALID:
 * a channel of the plan without a url, a secret that others can read, a password without TLS. */
enum dn_status dn_network_open(const struct dn_network_settings *settings, struct dn_transport *transport,
                               struct dn_error *err);

/* How it went: open calls on the sheet (after finish); was a peer away, so that the run ended early, and why ("" when
 * not)? hopeless: it will not mend by itself. */
struct dn_network_report {
    size_t calls;
    bool away, hopeless;
    const char *why;
    int64_t wait_ms; /* what the peer asked for, or what is sensible */
};
struct dn_network_report dn_network_report(const struct dn_transport *transport);

/* Begin again after a wait. */
void dn_network_again(struct dn_transport *transport);

#endif
