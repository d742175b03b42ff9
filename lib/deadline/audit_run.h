/* Inside lib/deadline: one thread's part of an audit, and how what tables say is shared out to several. */
#ifndef DN_DEADLINE_AUDIT_RUN_H
#define DN_DEADLINE_AUDIT_RUN_H

#include "deadline/audit.h"
#include "deadline/judge.h"
#include "deadline/tally.h"

/* What is judged by one thread, one case after the other. */
struct dn_audit_run {
    const struct dn_audit *audit;
    struct dn_obligations *rows; /* that were judged and not given away */
    struct dn_summary *summary;  /* counts them instead; NULL: nobody does */
    struct dn_audit_tally tally;
    struct dn_told_view view;
    struct dn_case it; /* the one in hand */
};

/* Begins with nothing judged; all is borrowed. dn_audit_run_clear leaves rows and summary to their owner. */
void dn_audit_run_begin(struct dn_audit_run *run, const struct dn_audit *audit, struct dn_obligations *rows,
                        struct dn_summary *summary);
void dn_audit_run_clear(struct dn_audit_run *run);

/* Judges the tenant of that reference, which has rows in a ledger or a table. */
void dn_audit_run_told(struct dn_audit_run *run, uint32_t reference);

/* Judges all that tables say, in any order and by several threads: for a run with a summary, since nobody sees the
 * order of rows that are only counted, and without records, regime and list of the affected. */
void dn_audit_run_shards(struct dn_audit_run *run);

#endif
