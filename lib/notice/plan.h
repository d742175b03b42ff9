/* The plan: every (tenant, channel, recipient) of a run with its requirement, text and key, before anything happens. */
#ifndef DN_NOTICE_PLAN_H
#define DN_NOTICE_PLAN_H

#include "base/note.h"
#include "ledger/ledger.h"
#include "notice/content.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

/* One row to be: state INTENT (to be sent; a phone row is one, too), SKIPPED or HELD with a reason. Strings owned. */
struct dn_plan_row {
    const struct dn_incident *incident;
    const struct dn_affected *tenant;
    const struct dn_content *content; /* NULL for HELD and SKIPPED */
    enum dn_channel channel;
    enum dn_required required;
    enum dn_state state;
    char *recipient; /* canonical address, tenant id for posts, phone number; "" when there is none */
    char *reason;    /* gap, hold reason, "same-message:KEY", or "" */
    bool reference_only;
    size_t same_as; /* the row whose message this one shares; SIZE_MAX: its own */
    char key[DN_SHA256_HEX];
    char content_sha256[DN_SHA256_HEX]; /* "" without content */
    struct dn_instant due_at;
    char *regime;
};

struct dn_plan {
    struct dn_plan_row *rows; /* in the order of sending: config.first, then incident, tenant, channel, recipient */
    size_t row_count, row_room;
    struct dn_content *contents;
    size_t content_count;
    char digest[DN_SHA256_HEX]; /* over the sorted lines "key content_sha256 required" */
};

struct dn_plan_source {
    const struct dn_incidents *incidents;
    const struct dn_config *config;
    const struct dn_templates *templates;
    const struct dn_affected_list *affected;
    const struct dn_resource_list *resources; /* NULL: no --resources */
    const char *notice;                       /* "initial" */
    struct dn_instant now;
};

/* Makes the plan: policy, gaps and fallbacks, distrust, holds and exemptions, rendering, isolation. DN_INVALID concerns
 * all and nothing may be sent. Counts of what needs a person go to notes. */
enum dn_status dn_plan_make(const struct dn_plan_source *source, struct dn_plan *plan, struct dn_notes *notes,
                            struct dn_error *err);
void dn_plan_clear(struct dn_plan *plan);

#endif
