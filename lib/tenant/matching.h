/* A run of tenant-match: impact rows in, each with its answer; affected rows, resources and unmatched rows out. */
#ifndef DN_TENANT_MATCHING_H
#define DN_TENANT_MATCHING_H

#include "base/file.h"
#include "tenant/affected.h"
#include "tenant/match.h"
#include "tenant/resources.h"

/* One impact row and its answer; texts are in the arena. */
struct dn_matching_row {
    struct dn_impact impact;
    enum dn_match_reason reason;
    size_t tenant; /* SIZE_MAX: none */
    unsigned kinds;
    struct dn_text candidates; /* ';' */
};

/* Zeroed but for directory and ownership (may be NULL) of the matcher. */
struct dn_matching {
    struct dn_matcher matcher;
    struct dn_match match; /* of the last row */
    struct dn_matching_row *rows;
    size_t count, room;
    size_t disagreed;          /* rows of which a lower rank names somebody else */
    struct dn_table mailboxes; /* affected ones, by incident and dn_mailbox_key */
    struct dn_arena arena;
};

/* Takes one row; with tell (NULL allowed) a disagreement of ranks is said there. */
void dn_matching_add(struct dn_matching *matching, const struct dn_impact *row, struct dn_notes *tell);

/* Puts the rows in the order of all three outputs: incident, tenant_id, then the impact's own key. Once, after the
 * last. */
void dn_matching_sort(struct dn_matching *matching);

/* What affected rows are made with. */
struct dn_matching_when {
    struct dn_instant now;
    int64_t stale_s;                   /* contacts validated longer ago are stale */
    struct dn_affected_list *previous; /* NULL: none; rows of tenants that are matched no more move out of it */
};

/* Makes the affected rows, sorted. Figures: `resources` as dn_resources_distinct, sums of rows, events and
 * data_subjects, which are not known if one of them is not. An unsettled row of `previous` is not repeated. */
void dn_matching_affected(const struct dn_matching *matching, const struct dn_matching_when *when,
                          struct dn_affected_list *list);

/* Tells what a person has to know: unmatched, ambiguous, unresolved, nobody, removed, disagreements, gaps. where names
 * the file of the unmatched rows; NULL: there is none. */
void dn_matching_notes(const struct dn_matching *matching, const struct dn_matching_when *when,
                       const struct dn_affected_list *list, const char *where, struct dn_notes *notes);

/* Says where every impact row went: read = matched + not matched (by reason) + unresolved. */
void dn_matching_account(const struct dn_matching *matching, struct dn_notes *notes);

/* Writes the three streams. */
void dn_matching_write_resources(const struct dn_matching *matching, struct dn_output *output);
void dn_matching_write_unmatched(const struct dn_matching *matching, struct dn_output *output);
void dn_affected_write(const struct dn_affected_list *list, struct dn_output *output);

/* How many rows have this reason. */
size_t dn_matching_tally(const struct dn_matching *matching, enum dn_match_reason reason);

/* Frees what it owns; directory and ownership stay the caller's. */
void dn_matching_clear(struct dn_matching *matching);

#endif
