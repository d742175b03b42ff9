/* By which ways a tenant can be reached: its usable contacts, those that may be in the intruder's hands, and for each
 * channel that has none the gap. */
#ifndef DN_NOTICE_REACH_H
#define DN_NOTICE_REACH_H

#include "base/text.h"
#include "ledger/ledger.h"
#include "notice/roll.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

#define DN_REACH_CHANNELS 4 /* message-center, email-admin, email-privacy, phone */

/* What every tenant's contacts are held against. Starts zeroed. */
struct dn_suspects {
    bool has_resources;
    struct dn_roll mailboxes; /* affected mailboxes of anybody, as dn_mailbox_key has them */
};

/* Collects the affected mailboxes; resources NULL: none were given. DN_SYSTEM: what is too large for memory could not
 * be kept. */
enum dn_status dn_suspects_set(struct dn_suspects *suspects, const struct dn_resource_list *resources,
                               struct dn_error *err);
void dn_suspects_clear(struct dn_suspects *suspects);

/* One channel. Addresses are canonical, each once whatever its case, sorted. */
struct dn_reach_channel {
    struct dn_strings usable, distrusted;
    const char *gap; /* why there is nothing usable: a word of contact_gaps, "no-message-center" or "distrusted"; NULL:
                        there is */
};

struct dn_reach {
    struct dn_reach_channel at[DN_REACH_CHANNELS]; /* by enum dn_channel */
};

/* A message-center's recipient is the tenant id; phone has the first number that looks like one, since one call is one
 * task. Distrusted are: addresses and domains that the record names, affected mailboxes, and, where the gap
 * contact-compromised is there but none of these tells which (always without resources), all the tenant's mail
 * addresses. */
void dn_reach_of(const struct dn_affected *tenant, const struct dn_incident *incident,
                 const struct dn_suspects *suspects, struct dn_reach *reach);
void dn_reach_clear(struct dn_reach *reach);

/* Are these two addresses one mailbox? Letter case makes no difference. */
bool dn_mailbox_same(const char *a, const char *b);

/* Are these two ids one tenant's? Of GUIDs, letter case and braces make no difference. */
bool dn_tenant_same(const char *a, const char *b);

#endif
