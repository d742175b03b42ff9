/* Inside lib/deadline: what records, ledgers and tables say about a clock, against what its regime gives. */
#ifndef DN_DEADLINE_COMPARE_H
#define DN_DEADLINE_COMPARE_H

#include "deadline/judge.h"

/* Notes "[two-anchors]", "[declared-differs]" and "[due-differs]" of every incident's record and ledger. */
void dn_compare_clocks(const struct dn_audit *audit, struct dn_notes *notes);

/* A foreign row's due_at, which judges it, against what --regime gives. */
bool dn_compare_row(const struct dn_case *it);

#endif
