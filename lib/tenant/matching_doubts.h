/* Inside a matching: what a person has to know of the tenants that are matched, beside their gaps. */
#ifndef DN_TENANT_MATCHING_DOUBTS_H
#define DN_TENANT_MATCHING_DOUBTS_H

#include "tenant/contact.h"
#include "tenant/directory.h"

#define DN_DOUBTS_FEW 10 /* addresses named one by one */

/* Starts zeroed. */
struct dn_matching_doubts {
    size_t invalid; /* addresses that are none, and words for the first of them, in the order of the directory */
    struct dn_matching_doubt {
        size_t tenant;
        char *words;
    } few[DN_DOUBTS_FEW];
    size_t few_count;
    size_t unseen; /* tenants of which the export could not see these contact columns */
    struct dn_strings unseen_columns;
    size_t unreadable; /* cells, and the first of them */
    struct dn_matching_doubt first;
};

/* Adds those about a tenant, whose cells and contacts these are. A thread's tenants come in their order. */
void dn_matching_doubt(struct dn_matching_doubts *doubts, const struct dn_directory *directory, size_t number,
                       int64_t line, const struct dn_text cells[DN_TENANT_COLUMNS], const struct dn_contacts *contacts);

/* Adds those of another thread, which are empty then. */
void dn_matching_doubts_join(struct dn_matching_doubts *doubts, struct dn_matching_doubts *more);

/* Tells them. */
void dn_matching_doubts_notes(const struct dn_matching_doubts *doubts, struct dn_notes *notes);

void dn_matching_doubts_clear(struct dn_matching_doubts *doubts);

#endif
