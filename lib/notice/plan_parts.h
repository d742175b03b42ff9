/* Inside lib/notice: what the making of a plan and the reading of its contents share. */
#ifndef DN_NOTICE_PLAN_PARTS_H
#define DN_NOTICE_PLAN_PARTS_H

#include "notice/plan.h"

/* What a tenant's notice is made from, good until the reader's next use. notice: as in the ledger. */
struct dn_content_source dn_plan_content_source(const struct dn_plan_source *source,
                                                struct dn_resource_reader *resources,
                                                const struct dn_incident *incident, const struct dn_affected *tenant,
                                                const char *notice);

/* The ledger's word: "drill-initial". The caller frees it. */
char *dn_plan_notice_word(const struct dn_incident *incident, const char *notice);

/* What only some rows send. */
bool dn_plan_wants_script(const struct dn_plan_row *row);
bool dn_plan_wants_reference(const struct dn_plan_row *row);

/* The digest of what a row sends of its tenant's content. */
const char *dn_plan_digest_of(const struct dn_plan_row *row, const struct dn_content *content);

/* A plan that is complete, to be read by another thread, too: rows of its own out of the same store. It goes, with
 * dn_plan_clear, before that does. */
void dn_plan_view(const struct dn_plan *plan, struct dn_plan *view);

/* Sets plan->digest from its rows. */
enum dn_status dn_plan_set_digest(struct dn_plan *plan, struct dn_error *err);

#endif
