/* Inside lib/deadline: what is counted while cases are judged, and the notes that it comes to. */
#ifndef DN_DEADLINE_TALLY_H
#define DN_DEADLINE_TALLY_H

#include "deadline/judge.h"

/* How many of one kind, and where the first is: the first row of a table, else the tenant that was judged first. */
struct dn_audit_tally_place {
    size_t count;
    bool in_table;
    size_t source;
    int64_t line;
    struct dn_buf tenant;
};

/* Starts zeroed. */
struct dn_audit_tally {
    size_t count, verdicts[DN_VERDICT_COUNT]; /* of rows */
    size_t outbox, slow, soon, future, promised;
    struct dn_audit_tally_place negative, unstarted, differs; /* told before the start, without one, with a due time
                                                     that is not the regime's */
};

/* Counts one. */
void dn_audit_tally_place_add(struct dn_audit_tally_place *place, const struct dn_case *it);
void dn_audit_tally_row(struct dn_audit_tally *tally, const struct dn_obligation *row);

/* Those that have a place, of a row of a clock. */
void dn_audit_tally_places(struct dn_audit_tally *tally, const struct dn_case *it, const struct dn_obligation *row);

/* Adds what other has counted, which is empty then. */
void dn_audit_tally_join(struct dn_audit_tally *tally, struct dn_audit_tally *other);

/* Says it: each kind once. */
void dn_audit_tally_notes(const struct dn_audit_tally *tally, const struct dn_audit *audit, struct dn_notes *notes);

void dn_audit_tally_clear(struct dn_audit_tally *tally);

#endif
