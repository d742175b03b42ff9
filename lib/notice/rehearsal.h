/* A rehearsal: the notices of a plan on their way to one address of ours instead of to their recipients. It has keys of
 * its own (notice "rehearsal-..."), so it satisfies nothing and keeps nothing from being sent. */
#ifndef DN_NOTICE_REHEARSAL_H
#define DN_NOTICE_REHEARSAL_H

#include "notice/plan.h"

struct dn_rehearsal {
    struct dn_buf address;            /* where all of it goes; canonical; empty: no rehearsal */
    int64_t limit;                    /* so many notices, in the plan's order; 0: all */
    const struct dn_strings *tenants; /* of these alone, borrowed; empty: of all */
};

/* Reads what was asked for (NULL: not given): an address as everywhere else, a limit of 1 or more; these two and the
 * tenants only with an address. DN_INVALID: and what is wrong. The caller clears address. */
enum dn_status dn_rehearsal_read(const char *address, const char *limit, const struct dn_strings *tenants,
                                 struct dn_rehearsal *rehearsal, struct dn_error *err);

/* Makes the plan of a rehearsal from a real one: a row for each that is to be sent (a second role that shares a message
 * goes with the first and counts for nothing), required of nobody, its recipient the intended one. Posts and calls
 * become mail, too, so that nobody else is contacted and nothing is left unread. The digest stays that of the whole
 * real plan, which is what people approve. *into is the caller's to clear, and good as long as plan. DN_INVALID: a
 * tenant that the plan does not have. */
enum dn_status dn_rehearsal_make(const struct dn_plan *plan, const struct dn_rehearsal *rehearsal, struct dn_plan *into,
                                 struct dn_error *err);

/* The ledger's word for a rehearsal of a notice ("rehearsal-initial"; that of a drill is the same); NULL: there is no
 * such notice. */
const char *dn_rehearsal_word(const char *notice);

#endif
