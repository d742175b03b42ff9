/* The order in which groups go out: by their incidents' names, then bytewise by their keys. Keys lie anywhere in memory
 * and begin alike, so a few bytes of each, those behind what all have in common, stand beside the pointer to it and
 * mostly decide. Inside lib/impact only. */
#ifndef DN_IMPACT_ORDER_H
#define DN_IMPACT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "impact/shard.h"

/* What is known of all groups that are to be in order. Starts with ranks, else zeroed. */
struct dn_group_order {
    const uint32_t *ranks;        /* of incidents by the numbers of their names */
    const struct dn_group *first; /* one of the groups; NULL: none was seen */
    size_t common;                /* bytes that all keys begin with */
    bool several;                 /* incidents */
};

/* Has the order know of one more group; of all that another one knows. */
void dn_group_order_see(struct dn_group_order *order, const struct dn_group *group);
void dn_group_order_join(struct dn_group_order *order, const struct dn_group_order *other);

/* A group to be sorted. */
struct dn_ordered {
    uint64_t prefix;
    const struct dn_group *group;
};

/* With its prefix, when the order knows of all. */
struct dn_ordered dn_group_order_entry(const struct dn_group_order *order, const struct dn_group *group);

/* Does a come before b? The same of groups, without an order that knows of them. */
bool dn_group_order_group_before(const uint32_t *ranks, const struct dn_group *a, const struct dn_group *b);
bool dn_group_order_before(const struct dn_group_order *order, const struct dn_ordered *a, const struct dn_ordered *b);

/* Sorts entries, no two of them with the same incident and key. spare is room for as many more. */
void dn_group_order_sort(const struct dn_group_order *order, struct dn_ordered *entries, size_t count,
                         struct dn_ordered *spare);

#endif
