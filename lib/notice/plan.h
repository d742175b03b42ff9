/* The plan: every (tenant, channel, recipient) of a run with its requirement, text and key, before anything happens. */
#ifndef DN_NOTICE_PLAN_H
#define DN_NOTICE_PLAN_H

#include "base/note.h"
#include "ledger/ledger.h"
#include "notice/content.h"
#include "notice/shared.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

/* One row to be: state INTENT (to be sent; a phone row is one, too), SKIPPED or HELD with a reason. */
struct dn_plan_row {
    const struct dn_incident *incident;
    const struct dn_affected *tenant;
    size_t number; /* the tenant's, in the affected list */
    enum dn_channel channel;
    enum dn_required required;
    enum dn_state state;
    const char *recipient; /* canonical address, tenant id for posts, phone number; "" when there is none */
    const char *reason;    /* gap, hold reason, "same-message:KEY", or "" */
    bool reference_only;
    size_t same_as; /* the row whose message this one shares; SIZE_MAX: its own */
    char key[DN_SHA256_HEX];
    char content_sha256[DN_SHA256_HEX]; /* "" without content */
    struct dn_instant due_at;
    const char *regime; /* the incident's */
    const char
        *goes_to;     /* a rehearsal's: the address for which it leaves instead of its recipient; NULL: the recipient */
    const char *mark; /* in brackets before the subject: "rehearsal for a@b.example"; not in any digest; NULL: none */
};

/* By which channel a row leaves: as mail what a rehearsal sends elsewhere, and a copy; else its own. */
enum dn_channel dn_plan_row_by(const struct dn_plan_row *row);

/* For which address, tenant or number it leaves. Whatever hands a notice over asks this, never the recipient. */
const char *dn_plan_row_to(const struct dn_plan_row *row);

/* What a plan is made from; all borrowed, as long as there is the plan. */
struct dn_plan_source {
    const struct dn_incidents *incidents;
    const struct dn_config *config;
    const struct dn_templates *templates;
    const struct dn_affected_list *affected;
    const struct dn_resource_list *resources; /* NULL: no --resources */
    const char *notice;                       /* "initial" */
    struct dn_instant now;
    /* Called for each row that is to be sent, while its content is there: could it leave as it is? What it returns, if
     * not DN_OK, ends the making. NULL: nobody asks. */
    enum dn_status (*check)(void *context, const struct dn_plan_row *row, const struct dn_content *content,
                            struct dn_error *err);
    void *check_context;
};

/* It keeps no content, only digests: a million notices are gigabytes. Who needs one reads it (dn_plan_content). Rows,
 * too, are outside memory (base/shelf.h), in the order of sending: config.first, then incident, tenant, channel,
 * recipient. */
struct dn_plan {
    size_t row_count;
    struct dn_plan_store *store;
    struct dn_plan_row *rows;   /* of a plan made by hand: all of them, the maker's */
    bool keys_differ;           /* found so when the digest was made; else nobody has looked */
    char digest[DN_SHA256_HEX]; /* over the sorted lines "key content_sha256 required" */
    struct dn_plan_source source;
    const struct dn_content *given; /* of a plan made by hand: every row's content; NULL: rendered from source */
};

/* Makes the plan: policy, gaps and fallbacks, distrust, holds and exemptions, rendering, isolation. DN_INVALID concerns
 * all and nothing may be sent. Counts of what needs a person go to notes. */
enum dn_status dn_plan_make(const struct dn_plan_source *source, struct dn_plan *plan, struct dn_notes *notes,
                            struct dn_error *err);
void dn_plan_clear(struct dn_plan *plan);

/* The row with this index, good until DN_PLAN_ROWS - 1 others were asked for. */
#define DN_PLAN_ROWS 16
const struct dn_plan_row *dn_plan_at(const struct dn_plan *plan, size_t index);

/* The same for who does not look at its tenant, which may not be there: half the cost where all rows are gone through.
 */
const struct dn_plan_row *dn_plan_glance(const struct dn_plan *plan, size_t index);

/* Are these two rows of one tenant and incident? */
bool dn_plan_same_tenant(const struct dn_plan *plan, size_t a, size_t b);

/* Adds a copy of a row to a plan that is made out of another one. incident and tenant must be of its source, or the
 * other plan made by hand, whose tenants then stay borrowed. */
void dn_plan_add(struct dn_plan *plan, const struct dn_plan_row *row);

/* Is every row that was added there? DN_SYSTEM: they could not be kept. */
enum dn_status dn_plan_check(const struct dn_plan *plan, struct dn_error *err);

/* Reads contents, one tenant's at a time. Starts zeroed but for plan, and all where every part is wanted, whatever the
 * row sends. */
struct dn_plan_reader {
    const struct dn_plan *plan;
    bool all;
    bool has_content, has_script, has_reference;
    size_t number; /* of the tenant whose content it holds */
    struct dn_content content;
    struct dn_shares shares;
    struct dn_resource_reader resources;
};

/* The content of a row that is to be sent: rendered again, the same for all rows of its tenant, good until the next
 * call. Script and reference are "" where none of the rows that were asked for sends them. NULL and err: it is not what
 * was planned (its digest differs), and nothing else is sent. */
const struct dn_content *dn_plan_content(struct dn_plan_reader *reader, const struct dn_plan_row *row,
                                         struct dn_error *err);
void dn_plan_reader_clear(struct dn_plan_reader *reader);

#endif
