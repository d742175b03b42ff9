/* A run of tenant-match: impact rows in, each with its answer; affected rows, resources and unmatched rows out. What is
 * kept grows with the tenants that are matched; rows are kept only if they are asked for. */
#ifndef DN_TENANT_MATCHING_H
#define DN_TENANT_MATCHING_H

#include "base/file.h"
#include "tenant/affected.h"
#include "tenant/match.h"
#include "tenant/resources.h"

struct dn_matching_shard; /* the figures of some (incident, tenant) */
struct dn_matching_lane;  /* what one thread takes */
struct dn_matching_row;   /* where a row is kept */
struct dn_matching_doubts;

/* What a row of an incident is that could not be settled. unresolved counts the rejected rows of evidence, the others
 * impact rows. */
struct dn_unsettled {
    int64_t unmatched, ambiguous, unresolved;
};

/* Zeroed but for directory and ownership (may be NULL), keep_*, tell and threads. With keep_others or tell the
 * directory must hold tenant ids. */
struct dn_matching {
    struct dn_directory *directory;
    struct dn_ownership *ownership;
    bool keep_matched, keep_others; /* rows for _write_resources, for _write_unmatched */
    struct dn_notes *tell; /* NULL: none; disagreements of ranks are said there, and one thread takes all rows */
    size_t threads;        /* 0: one for each core; the answer is the same */

    struct dn_matching_lane *lanes;
    size_t lane_count;
    struct dn_matching_shard *shards;
    struct dn_matching_names *names; /* of incidents and services */
    uint32_t *first;                 /* by tenant: a group of it (DN_NO_GROUP: none), until all are looked at */
    uint32_t *order;                 /* of the groups: incident, tenant_id */
    size_t group_count;
    struct dn_matching_row *rows;
    size_t row_count;

    /* when all is settled: */
    struct dn_matching_doubts *doubts;                 /* about the tenants */
    struct dn_unsettled *unsettled;                    /* by incident */
    size_t count;                                      /* rows taken */
    size_t reasons[DN_REASON_AMBIGUOUS_OWNERSHIP + 1]; /* of them, by reason */
    size_t disagreed;                                  /* rows of which a lower rank names somebody else */
    size_t without_resource;                           /* rows that are matched all the same */
};

/* Makes the lanes, one for each thread. Before the first row. */
void dn_matching_begin(struct dn_matching *matching);

/* Takes some rows, in the lane of a thread; by their places in the streams rows that are alike
 * are ordered. Lanes may take rows at the same time. */
#define DN_MATCHING_AT_ONCE 64
void dn_matching_take(struct dn_matching_lane *lane, const struct dn_impact *rows, const uint64_t *places,
                      size_t count);
struct dn_matching_lane *dn_matching_lane(const struct dn_matching *matching, size_t number);

/* What affected rows are made with. */
struct dn_matching_when {
    struct dn_instant now;
    int64_t stale_s;                   /* contacts validated longer ago are stale */
    struct dn_affected_list *previous; /* NULL: none; is sorted */
};

/* Adds all up, looks at the tenants that are matched, and puts all in the order of all three outputs: incident,
 * tenant_id. Once, after the last row; the directory forgets its keys. As dn_directory_visit. */
enum dn_status dn_matching_settle(struct dn_matching *matching, const struct dn_matching_when *when,
                                  struct dn_error *err);

/* What a person has to know of the affected rows. Starts zeroed. */
struct dn_matching_summary {
    size_t count;      /* all rows */
    size_t changes[3]; /* with a tenant, by change */
    size_t gaps[16];   /* by gap, of those that are not removed */
};

/* Writes the affected rows. Figures: `resources` as dn_resources_distinct, sums of rows, events and data_subjects,
 * which are not known if one of them is not. A tenant of `previous` that is matched no more is repeated as removed; an
 * unsettled row of it is not. */
void dn_matching_write_affected(const struct dn_matching *matching, const struct dn_matching_when *when,
                                struct dn_output *output, struct dn_matching_summary *summary);

/* Write the other two streams; rows in the order of the impact's own key. */
void dn_matching_write_resources(struct dn_matching *matching, struct dn_output *output);
void dn_matching_write_unmatched(struct dn_matching *matching, struct dn_output *output);

/* Tells what a person has to know: unmatched, ambiguous, unresolved, nobody, removed, disagreements, gaps. where names
 * the file of the unmatched rows; NULL: there is none. */
void dn_matching_notes(const struct dn_matching *matching, const struct dn_matching_when *when,
                       const struct dn_matching_summary *summary, const char *where, struct dn_notes *notes);

/* Says where every impact row went: read = matched + not matched (by reason) + unresolved. */
void dn_matching_account(const struct dn_matching *matching, struct dn_notes *notes);

/* Frees what it owns; directory and ownership stay the caller's. */
void dn_matching_clear(struct dn_matching *matching);

#endif
