/* The policy: which channels a tenant is told through. */
#ifndef DN_NOTICE_POLICY_H
#define DN_NOTICE_POLICY_H

#include "notice/config.h"
#include "tenant/affected.h"

/* The first entry that matches, or NULL. Without a policy of its own the configuration has the embedded default:
 * message-center, email-admin and email-privacy, all of them. */
const struct dn_policy_entry *dn_policy_find(const struct dn_config *config, const struct dn_incident *incident,
                                             const struct dn_affected *tenant);

#endif
