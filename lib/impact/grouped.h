/* What groups are made of: shared by those who add to them (group.c) and who tells them (telling.c). Inside lib/impact
 * only. */
#ifndef DN_IMPACT_GROUPED_H
#define DN_IMPACT_GROUPED_H

#include <pthread.h>

#include "base/table.h"
#include "impact/group.h"
#include "impact/shard.h"
#include "impact/spill.h"

#define DN_GROUPS_BITS 5
#define DN_GROUPS_SHARDS ((size_t)1 << DN_GROUPS_BITS)

/* A shard, and what of it went to a file. */
struct dn_groups_part {
    pthread_mutex_t lock;
    struct dn_shard shard;
    struct dn_spill spill;
};

struct dn_groups {
    struct dn_pool *pool;
    size_t shard_bytes; /* that a shard may take */
    int64_t limit;      /* bytes of a spill that are brought together in memory */
    struct dn_groups_part parts[DN_GROUPS_SHARDS];
    pthread_mutex_t names_lock;
    struct dn_table names;       /* of incidents, and "file:" */
    unsigned char order[8];      /* of the effects by their words */
    struct dn_groups_lane *lane; /* of those who have none of their own */
};

/* The number of a name of an incident or of a file. */
uint32_t dn_groups_name(struct dn_groups *groups, struct dn_text text);

/* Appends a place as it is written: "file:line". */
void dn_groups_add_place(const struct dn_groups *groups, struct dn_row_place place, struct dn_buf *text);

/* The order of places; groups is a struct dn_groups. */
int dn_groups_compare_places(const void *groups, struct dn_row_place a, struct dn_row_place b);

/* Empties a shard into its file. DN_OK or DN_SYSTEM. */
enum dn_status dn_groups_spill(struct dn_groups_part *part, struct dn_error *err);

#endif
