/* Inside lib/notice: through which channels a tenant is told, as rows of its draft: the policy's, held against the ways
 * by which the tenant can be reached. */
#ifndef DN_NOTICE_PLAN_CHANNELS_H
#define DN_NOTICE_PLAN_CHANNELS_H

#include "notice/plan_counts.h"
#include "notice/plan_draft.h"
#include "notice/reach.h"

/* Adds a row for every usable contact of the channels that the entry lists, and one with its gap for each channel that
 * has none; where none of them is usable, the first fallback of the configuration that is. Contacts in the intruder's
 * hands get a reference only, and then the telephone is required and comes first. Nobody can be reached: the first
 * listed channel says so. */
void dn_plan_channels_add(const struct dn_config *config, const struct dn_policy_entry *entry,
                          const struct dn_reach *reach, struct dn_draft *draft, struct dn_plan_counts *counts);

#endif
