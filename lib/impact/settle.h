/* Groups as records in spills, and bringing those of one spill together whatever its size. Inside lib/impact only. */
#ifndef DN_IMPACT_SETTLE_H
#define DN_IMPACT_SETTLE_H

#include "base/error.h"
#include "impact/shard.h"
#include "impact/spill.h"

/* A group as it stands in a spill: this, its key, and each record id behind its size (uint32_t). */
struct dn_stored {
    uint32_t key_size, incident, record_ids, unused;
    struct dn_figures figures;
};

/* Appends a group with its record ids, or all groups of the shard. */
void dn_stored_add(struct dn_spill *spill, const struct dn_shard *shard, const struct dn_group *group);
void dn_stored_add_all(struct dn_spill *spill, const struct dn_shard *shard);

/* Who takes groups that are complete: all of one shard, which is emptied afterwards. */
typedef enum dn_status dn_settled(void *context, const struct dn_shard *shard, struct dn_error *err);

struct dn_settling {
    struct dn_pool *pool; /* of the shards */
    int64_t limit;        /* bytes that may come into memory at once */
    unsigned bits;        /* of the hash, from the top, that all groups of the spill share */
    dn_row_place_compare *compare;
    const void *places;
    dn_settled *settled;
    void *context;
};

/* Adds up the groups of a spill, which is settled, and hands them on, each once, in as many shards as it takes. DN_OK,
 * DN_SYSTEM, or what settled returned. */
enum dn_status dn_settle(const struct dn_settling *settling, const struct dn_spill *spill, struct dn_error *err);

#endif
