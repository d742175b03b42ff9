/* Grouping: impact rows with one key become one, record ids that come again count once. Memory is bounded: what does
 * not fit goes to files in $TMPDIR and comes together at the end, with the same answer whatever the limit and however
 * many threads add. */
#ifndef DN_IMPACT_GROUP_H
#define DN_IMPACT_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "impact/impact.h"

struct dn_groups;

/* Groups within about memory_bytes. The caller frees it. */
struct dn_groups *dn_groups_new(size_t memory_bytes);
void dn_groups_free(struct dn_groups *groups);

/* Adds row to its group: rows are summed, the strongest certainty, the most data subjects, the first and last time and
 * the evidence of the earliest row kept (rows without a time come last; then by file, then by line). row->events counts
 * as it stands, and one more for every record_id that the group has not seen; an empty record_id is none. No text may
 * hold a NUL. DN_OK or DN_SYSTEM (a temporary file). */
enum dn_status dn_groups_add(struct dn_groups *groups, const struct dn_impact *row, struct dn_text record_id,
                             struct dn_error *err);

/* Counts record_id for the incident as a whole, beside all groups. DN_OK or DN_SYSTEM. */
enum dn_status dn_groups_count(struct dn_groups *groups, struct dn_text incident_id, struct dn_text record_id,
                               struct dn_error *err);

/* For a thread of its own: rows wait in the lane until some can be added at once. Free all lanes before the groups. */
struct dn_groups_lane;
struct dn_groups_lane *dn_groups_lane_new(struct dn_groups *groups);
void dn_groups_lane_free(struct dn_groups_lane *lane);

/* As dn_groups_add and dn_groups_count. With line >= 0 row->evidence is only the file's part of it, "evidence.csv:". */
enum dn_status dn_groups_lane_add(struct dn_groups_lane *lane, const struct dn_impact *row, int64_t line,
                                  struct dn_text record_id, struct dn_error *err);
enum dn_status dn_groups_lane_count(struct dn_groups_lane *lane, struct dn_text incident_id, struct dn_text record_id,
                                    struct dn_error *err);

/* Adds what waits. DN_OK or DN_SYSTEM. */
enum dn_status dn_groups_lane_flush(struct dn_groups_lane *lane, struct dn_error *err);

/* Who is told at the end; each may be NULL. Views are good during the call. */
struct dn_groups_told {
    void *context;
    /* distinct record ids of an incident that had any counted; sorted by incident_id, before all groups */
    void (*counted)(void *context, struct dn_text incident_id, int64_t record_ids);
    /* how many groups there are, before them; sure: nothing but `rows` can fail from here on. What is not DN_OK ends
     * the telling. */
    enum dn_status (*begin)(void *context, int64_t groups, bool sure, struct dn_error *err);
    /* a group, to be appended to `rows` as row `number` (from 1); by any thread, numbered from 0, for any group.
     * determined_at is not set. */
    void (*row)(void *context, size_t thread, const struct dn_impact *row, int64_t number, struct dn_buf *rows);
    /* rows as they were appended; all groups sorted bytewise by (incident_id, tenant, service, resource, effect). By
     * any thread, one at a time. */
    void (*rows)(void *context, struct dn_text rows, int64_t count);
};

/* Tells everything, with so many threads (0: one), and leaves the groups empty; lanes have been flushed. DN_OK,
 * DN_SYSTEM, or what begin returned. */
enum dn_status dn_groups_tell(struct dn_groups *groups, size_t threads, const struct dn_groups_told *told,
                              struct dn_error *err);

#endif
