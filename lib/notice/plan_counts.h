/* Inside lib/notice: what needs a person or is worth saying, counted while a plan is made. */
#ifndef DN_NOTICE_PLAN_COUNTS_H
#define DN_NOTICE_PLAN_COUNTS_H

#include "base/note.h"
#include "base/text.h"

/* Starts zeroed. */
struct dn_plan_counts {
    size_t unsettled, unreachable, exempt, skipped, other_language;
    size_t distrusted, distrusted_without_phone;
    size_t held_rows, held_tenants;
    struct dn_strings reasons; /* of held tenants, each once, and how many have it */
    size_t *reason_counts, reason_room;
};

/* So many more tenants are held for this reason. */
void dn_plan_counts_reason(struct dn_plan_counts *counts, const char *reason, size_t times);

/* Adds what another one counted. */
void dn_plan_counts_add(const struct dn_plan_counts *from, struct dn_plan_counts *into);

/* Notes them; nothing is said of what did not occur. */
void dn_plan_counts_note(const struct dn_plan_counts *counts, struct dn_notes *notes);

void dn_plan_counts_clear(struct dn_plan_counts *counts);

#endif
