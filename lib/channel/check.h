/* What is looked at before anybody is told anything: whatever could keep a message, a post or a ledger row of the plan
 * from being written. */
#ifndef DN_CHANNEL_CHECK_H
#define DN_CHANNEL_CHECK_H

#include "base/error.h"
#include "base/text.h"
#include "notice/config.h"
#include "notice/plan.h"

/* What rows are checked with while the plan is made; config is borrowed. */
struct dn_check {
    const struct dn_config *config;
    struct dn_instant now; /* stands for the time of the intent */
    struct dn_buf scratch;
};

/* Could this notice be composed? A dn_plan_source's check, context being a dn_check. DN_INVALID: no, and why. */
enum dn_status dn_check_notice(void *context, const struct dn_plan_row *row, const struct dn_content *content,
                               struct dn_error *err);
void dn_check_clear(struct dn_check *check);

/* Can the ledger hold every row of it, and no key twice? DN_INVALID: no, and why. */
enum dn_status dn_check_plan(const struct dn_plan *plan, struct dn_error *err);

#endif
