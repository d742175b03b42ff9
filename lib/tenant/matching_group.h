/* Inside a matching: what is kept of the rows that were taken. */
#ifndef DN_TENANT_MATCHING_GROUP_H
#define DN_TENANT_MATCHING_GROUP_H

#include "tenant/matching.h"

#define DN_NO_TENANT UINT32_MAX
#define DN_NO_NODE UINT32_MAX

/* Sums are -1: not known. */
struct dn_matching_group {
    uint32_t incident, tenant; /* DN_NO_TENANT: what is not settled */
    uint64_t head;             /* the first bytes of the tenant_id, as a number that sorts so */
    int64_t rows, events, data_subjects;
    int64_t first_s, last_s; /* of two instants, packed */
    int32_t first_ns, last_ns;
    struct dn_hash128 first_resource; /* the others are in `resources` */
    uint32_t resources;               /* distinct ones */
    uint32_t services;                /* the last one's node */
    uint16_t effects;                 /* bit 1 << effect */
    uint8_t kinds, certainty;
};

static inline struct dn_instant dn_matching_first(const struct dn_matching_group *group)
{
    return (struct dn_instant){group->first_s, group->first_ns};
}

static inline struct dn_instant dn_matching_last(const struct dn_matching_group *group)
{
    return (struct dn_instant){group->last_s, group->last_ns};
}

#define DN_MATCHING_BATCH 256
#define DN_MATCHING_BATCHES 3

/* One row of a batch: what it is and asks, then what is known of its answer. */
struct dn_matching_asked {
    struct dn_impact row; /* its texts are in `texts` */
    struct dn_buf texts;
    struct dn_question question;
    enum dn_match_reason reason;
    bool disagrees;
    uint32_t tenant, incident;
    unsigned kinds;
    struct dn_buf candidates; /* ';' */
    uint64_t hash;            /* of its group */
};

struct dn_matching_batch {
    struct dn_matching_asked at[DN_MATCHING_BATCH];
    size_t count;
};

struct dn_matching_node {
    uint32_t service, before;
};

struct dn_matching_row {
    uint64_t at; /* in the spool */
    uint32_t size, group;
    enum dn_match_reason reason;
};

/* As a row is put into the spool, its texts behind it. */
struct dn_matching_kept {
    struct dn_impact impact; /* its texts have only sizes */
    size_t candidates;       /* size */
    unsigned kinds;
};

/* The tenant_id of a group; empty: it has none. */
struct dn_text dn_matching_tenant_id(const struct dn_matching *matching, const struct dn_matching_group *group);

/* The key of a mailbox in matching->mailboxes. */
struct dn_hash128 dn_matching_mailbox(struct dn_text address, size_t incident, struct dn_buf *scratch);

#endif
