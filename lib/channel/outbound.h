/* The network: mail through one relay, posts to one endpoint, each a way of its own (channel/way.h), and the call
 * sheet. */
#ifndef DN_CHANNEL_OUTBOUND_H
#define DN_CHANNEL_OUTBOUND_H

#include "base/error.h"
#include "channel/way.h"
#include "ledger/ledger.h"
#include "notice/config.h"
#include "notice/plan.h"

/* What a network is opened with; borrowed until close. */
struct dn_outbound_settings {
    const struct dn_config *config;
    const struct dn_plan *plan; /* says which ways are wanted */
    const struct dn_ledger *ledger;
    const char *sheet; /* of calls */
    struct dn_instant now;
    struct dn_sight sight; /* of all that leaves */
};

struct dn_outbound;

/* Reads secrets and makes the ways that the plan needs; no connection is opened before the first notice. DN_INVALID: a
 * channel of the plan without a url, a secret that others can read, a password without TLS. */
enum dn_status dn_outbound_open(const struct dn_outbound_settings *settings, struct dn_outbound **outbound,
                                struct dn_error *err);

/* Mail, posts, calls: how a row of the plan leaves. */
enum dn_leaving { DN_BY_MAIL, DN_BY_POST, DN_BY_PHONE };
#define DN_WAYS 2
enum dn_leaving dn_leaving_of(const struct dn_plan_row *row);

/* Mail and posts; self NULL where the plan needs none. */
void dn_outbound_ways(struct dn_outbound *outbound, struct dn_way ways[DN_WAYS]);

/* Puts a call on the sheet; writes the sheet. */
void dn_outbound_call(struct dn_outbound *outbound, const struct dn_dispatch *dispatch);
enum dn_status dn_outbound_write_sheet(struct dn_outbound *outbound, struct dn_error *err);

/* How many calls were on the sheet when it was written last. */
size_t dn_outbound_calls(const struct dn_outbound *outbound);

/* Gives up what is under way, says QUIT, frees all. NULL allowed. */
void dn_outbound_close(struct dn_outbound *outbound);

#endif
