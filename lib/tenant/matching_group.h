/* Inside a matching: what is kept of the rows that were taken (matching_group.c), what is told of their tenants
 * (matching_look.c) and their order (matching_order.c).
 *
 * Each thread has a lane: it asks for its rows' tenants and puts the answers on trays, one for each shard of the
 * groups. A full tray is taken into its shard under the shard's lock, so a group is added up by one thread at a time
 * and stands in memory once. All that is added up is the same in any order: sums, least and greatest, sets. */
#ifndef DN_TENANT_MATCHING_GROUP_H
#define DN_TENANT_MATCHING_GROUP_H

#include <pthread.h>

#include "base/crew.h"
#include "tenant/matching.h"
#include "tenant/seen.h"
#include "tenant/spool.h"

#define DN_NO_TENANT UINT32_MAX
#define DN_NO_NODE UINT32_MAX
#define DN_NO_SERVICE UINT32_MAX
#define DN_NO_ROW UINT32_MAX
#define DN_NO_GROUP UINT32_MAX
#define DN_ONE_SERVICE ((uint32_t)1 << 31) /* a group's `services` is the only one's number; numbers are smaller */

/* The figures of one (incident, tenant), or of what is not settled of an incident. Sums are -1: not known. */
struct dn_matching_group {
    uint32_t incident, tenant; /* DN_NO_TENANT: what is not settled */
    int64_t rows, events, data_subjects;
    int64_t first_s, last_s; /* of two instants, packed */
    int32_t first_ns, last_ns;
    union {
        uint64_t first_resource;             /* half of its hash; the others are in the shard's `resources` */
        const struct dn_matching_told *told; /* of the tenant, once all rows were taken */
    } of;
    uint32_t resources; /* distinct ones */
    uint32_t services;  /* the last one's node; of a single one its number | DN_ONE_SERVICE */
    uint32_t rank;      /* its place in the order; before that another group of the tenant */
    uint16_t effects;   /* bit 1 << effect, and: */
    uint8_t kinds, certainty;
};
#define DN_GROUP_COMPROMISED (1U << 15) /* a contact of the tenant is an affected mailbox of the incident */

/* What the affected rows of a tenant say of it, behind one another: its id; then as CSV with commas in front of each
 * cell those from name to regimes, and those from message_center to admin_phones. */
struct dn_matching_told {
    uint32_t id, named, contacts; /* sizes */
    uint16_t gaps;                /* all but contact-compromised */
    bool plain;                   /* it is known that the id needs no quotes */
    char text[];
};

/* A group and what it is sorted by first: incident, and the first bytes of the tenant_id as a number that sorts so. The
 * few that are alike in it are looked at again. */
struct dn_matching_placed {
    uint32_t incident; /* its rank */
    uint32_t group;
    uint64_t head;
};

/* Starts zeroed. */
struct dn_matching_run {
    struct dn_matching_placed *at;
    size_t count;
};

static inline struct dn_instant dn_matching_first(const struct dn_matching_group *group)
{
    return (struct dn_instant){group->first_s, group->first_ns};
}

static inline struct dn_instant dn_matching_last(const struct dn_matching_group *group)
{
    return (struct dn_instant){group->last_s, group->last_ns};
}

/* A service of a group. */
struct dn_matching_node {
    uint32_t service, before;
};

/* A group is known by its shard and its place there. */
#define DN_MATCHING_SHARDS ((size_t)32)
#define DN_SHARD_SHIFT 27
#define DN_GROUPS_PER_CHUNK ((size_t)128)

struct dn_matching_shard {
    pthread_mutex_t lock;
    struct dn_matching_group **chunks;
    size_t chunk_count, chunk_room, count;
    struct dn_index index; /* of those that the matching's `first` does not have */
    struct dn_matching_node *nodes;
    size_t node_count, node_room;
    struct dn_seen resources; /* further ones of a group */
    char apart[DN_APART];
};

/* What all lanes share, under one lock: names with their numbers. */
struct dn_matching_names {
    pthread_mutex_t lock;
    struct dn_table incidents, services;
    struct dn_arena groups;
};

/* A row whose tenant is known, on its way to its group. */
struct dn_matching_answer {
    uint64_t hash; /* of its group */
    uint32_t incident, tenant, service, row;
    int64_t rows, events, data_subjects;
    struct dn_instant first, last;
    struct dn_hash128 resource;
    bool has_resource;
    uint8_t kinds, certainty, effect;
};

/* A tray is taken when it is half full, unless another thread is at the shard; when it is full, it must be. */
#define DN_MATCHING_TRAY 64

struct dn_matching_tray {
    struct dn_matching_answer at[DN_MATCHING_TRAY];
};

/* Names a lane has met, so that it need not ask for their numbers again. Starts zeroed. */
struct dn_matching_met {
    struct dn_table names;
    uint32_t *numbers;
    size_t room, last;
};

struct dn_matching_lane {
    struct dn_matching *matching;
    struct dn_matcher matcher;
    struct dn_match match; /* of the last row */
    struct dn_question questions[DN_MATCHING_AT_ONCE];
    struct dn_matching_tray *trays; /* by shard */
    /* How many are on each: together, as the trays are too much for the nearest cache. */
    unsigned char tray_counts[DN_MATCHING_SHARDS];
    struct dn_matching_met incidents, services;
    struct dn_unsettled *unsettled; /* by number of the incident among those met */
    size_t unsettled_room;
    struct dn_seen mailboxes; /* affected ones, by dn_matching_mailbox */
    struct dn_matching_row *rows;
    size_t row_count, row_room;
    struct dn_spool spool;
    struct dn_arena told; /* when all rows were taken */
    struct dn_matching_run run;
    struct dn_buf scratch;
    size_t count, reasons[DN_REASON_AMBIGUOUS_OWNERSHIP + 1], disagreed, without_resource;
    char apart[DN_APART];
};

struct dn_matching_row {
    uint64_t at;    /* in the lane's spool */
    uint32_t size;  /* bytes */
    uint32_t group; /* once the groups are in order, its place among them */
    uint8_t lane, reason;
};

/* As a row is put into the spool, its texts behind it. */
struct dn_matching_kept {
    struct dn_impact impact; /* its texts have only sizes */
    uint64_t place;
    size_t candidates; /* size */
    unsigned kinds;
};

static inline struct dn_matching_group *dn_matching_group(const struct dn_matching *matching, uint32_t group)
{
    const struct dn_matching_shard *shard = &matching->shards[group >> DN_SHARD_SHIFT];
    size_t place = group & (((uint32_t)1 << DN_SHARD_SHIFT) - 1);
    return &shard->chunks[place / DN_GROUPS_PER_CHUNK][place % DN_GROUPS_PER_CHUNK];
}

/* Fetches all of a group, which may be spread over three lines of the cache. */
static inline void dn_matching_fetch(const struct dn_matching_group *group)
{
    dn_prefetch(group);
    dn_prefetch((const char *)group + 64);
    dn_prefetch((const char *)(group + 1) - 1);
}

/* The i-th group in the order of the outputs. */
static inline const struct dn_matching_group *dn_matching_at(const struct dn_matching *matching, size_t i)
{
    return dn_matching_group(matching, matching->order[i]);
}

/* The tenant_id of a group, once it is told; empty: it has none. */
static inline struct dn_text dn_matching_tenant_id(const struct dn_matching_group *group)
{
    if (group->tenant == DN_NO_TENANT)
        return DN_TEXT("");
    return (struct dn_text){group->of.told->text, group->of.told->id};
}

/* Is this address an affected mailbox of the incident? */
bool dn_matching_has_mailbox(const struct dn_matching *matching, struct dn_text address, struct dn_text incident_id,
                             struct dn_buf *scratch);

/* Puts an answer on the tray of its shard, and takes the tray if it is full; takes all trays. */
void dn_matching_put(struct dn_matching_lane *lane, const struct dn_matching_answer *answer);
void dn_matching_put_all(struct dn_matching_lane *lane);

/* Looks at the tenants of all groups once more, and puts what is told of them into the lanes' `told`, the groups into
 * their runs. As dn_directory_visit. */
enum dn_status dn_matching_look(struct dn_matching *matching, const struct dn_matching_when *when,
                                struct dn_error *err);

/* The ranks of the incidents, bytewise, by number: the caller's to free. */
uint32_t *dn_matching_rank_incidents(const struct dn_matching *matching);

/* Makes room in a run for up to so many groups; what they do not use costs no memory. */
void dn_matching_expect(struct dn_matching_run *run, size_t most);

/* Puts a group into a run that has room. */
void dn_matching_place(struct dn_matching_run *run, uint32_t group, uint32_t incident_rank, struct dn_text tenant_id);

/* Numbers the groups of all runs, which are empty then, in the order of the outputs. */
void dn_matching_sort(struct dn_matching *matching);

#endif
