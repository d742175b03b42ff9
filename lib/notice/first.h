/* The tenants that the configuration names to be told first (`first`), as they stand in an affected list. */
#ifndef DN_NOTICE_FIRST_H
#define DN_NOTICE_FIRST_H

#include "tenant/affected.h"

/* Starts zeroed. */
struct dn_first {
    size_t count;
    size_t *ranked; /* numbers in the list, in the order of being told: as they are named, then the list's order */
    size_t *sorted; /* the same numbers, ascending */
};

void dn_first_find(const struct dn_affected_list *affected, const struct dn_strings *names, struct dn_first *first);
void dn_first_clear(struct dn_first *first);

/* The place of a tenant among these names, in whatever spelling; SIZE_MAX: it is none of them. */
size_t dn_first_rank(const struct dn_strings *names, const char *tenant_id);

#endif
