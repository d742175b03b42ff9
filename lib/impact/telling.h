/* The end of a run, shared by what tells groups from memory (ranges.c) and from files (stretches.c,
 * merge.c). Inside lib/impact only. */
#ifndef DN_IMPACT_TELLING_H
#define DN_IMPACT_TELLING_H

#include "impact/grouped.h"
#include "impact/order.h"

struct dn_telling {
    struct dn_groups *groups;
    const struct dn_groups_told *told;
    size_t threads;
    uint32_t *ranks;   /* of the names as incidents */
    uint32_t *by_rank; /* the names in order */
    int64_t *counts;   /* record ids of each name as an incident; -1: none were counted */
};

/* Is it a group that goes out? One without a key is not: its record ids are added to the counts. For one thread at a
 * time for each incident. */
bool dn_telling_takes(struct dn_telling *telling, struct dn_group *group);

/* Tells the counts, and that so many groups follow. DN_OK, or what the one who is told returned. */
enum dn_status dn_telling_begin(const struct dn_telling *telling, size_t groups, bool sure, struct dn_error *err);

/* Has a group appended to rows by who is told, as row `number`. For any thread; place is room of its own. */
void dn_telling_row(const struct dn_telling *telling, size_t thread, const struct dn_group *group, int64_t number,
                    struct dn_buf *place, struct dn_buf *rows);

/* Hands rows on. */
void dn_telling_pass(const struct dn_telling *telling, const struct dn_buf *rows, size_t count);

/* Tells what is in memory, when nothing was spilled. DN_OK, or what the one who is told returned. */
enum dn_status dn_tell_ranges(struct dn_telling *telling, struct dn_error *err);

/* Spills what is in memory and tells what comes together. The same or DN_SYSTEM. */
enum dn_status dn_tell_stretches(struct dn_telling *telling, struct dn_error *err);

#endif
