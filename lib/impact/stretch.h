/* Stretches: complete groups of one shard, in order, in a file. The same bounds cut all of them into ranges. Shared by
 * who writes them (stretches.c) and who merges them (merge.c). Inside lib/impact only. */
#ifndef DN_IMPACT_STRETCH_H
#define DN_IMPACT_STRETCH_H

#include "impact/telling.h"

struct dn_stretch {
    const struct dn_spill *file;
    struct dn_stretch_mark {
        int64_t at;     /* in the file */
        int64_t groups; /* of the stretch that stand before it */
    } * marks;          /* where each range begins, and where the last one ends */
};

struct dn_stretches {
    struct dn_telling *telling;
    struct dn_group **bounds; /* the first group of each range but the first */
    size_t ranges;            /* 0: no group was seen */
    pthread_mutex_t lock;     /* of the list, while it is made */
    struct dn_stretch *at;
    size_t count, room;
};

/* Tells the groups of all stretches. DN_OK or DN_SYSTEM. */
enum dn_status dn_merge_stretches(const struct dn_stretches *stretches, struct dn_error *err);

#endif
