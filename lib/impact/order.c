#include "impact/order.h"

#include <string.h>

#define PREFIX ((size_t)8) /* bytes of a key that are compared as a number */
#define FEW ((size_t)8)    /* groups that are sorted by their whole keys */
#define LEVELS 64          /* of runs within runs, before that is done with any number */

/* How many bytes two keys begin with alike, when it is known of so many that they do; at most `most`. */
static size_t common_size(struct dn_text a, struct dn_text b, size_t known, size_t most)
{
    size_t size = a.size < b.size ? a.size : b.size;
    size = size < most ? size : most;
    size_t same = known < size ? known : size;
    if (memcmp(a.at + same, b.at + same, size - same) == 0)
        return size;
    while (same < size && a.at[same] == b.at[same])
        same++;
    return same;
}

void dn_group_order_see(struct dn_group_order *order, const struct dn_group *group)
{
    if (!order->first) {
        order->first = group;
        order->common = group->key_size;
        return;
    }
    order->common = common_size(dn_group_key(order->first), dn_group_key(group), 0, order->common);
    order->several = order->several || order->first->incident != group->incident;
}

void dn_group_order_join(struct dn_group_order *order, const struct dn_group_order *other)
{
    if (!other->first)
        return;
    dn_group_order_see(order, other->first);
    if (other->common < order->common)
        order->common = other->common;
    order->several = order->several || other->several;
}

/* The next bytes of the key as a number. */
static uint64_t prefix_of(const struct dn_group *group, size_t common)
{
    uint64_t prefix = 0;
    const char *at = group->key + common;
    size_t left = group->key_size > common ? group->key_size - common : 0;
    for (size_t k = 0; k < PREFIX; k++)
        prefix = prefix << 8 | (k < left ? (unsigned char)at[k] : 0);
    return prefix;
}

/* Of several incidents half of the prefix is the incident's rank. */
struct dn_ordered dn_group_order_entry(const struct dn_group_order *order, const struct dn_group *group)
{
    uint64_t prefix = prefix_of(group, order->common);
    if (order->several)
        prefix = (uint64_t)order->ranks[group->incident] << 32 | prefix >> 32;
    return (struct dn_ordered){prefix, group};
}

/* How many bytes keys with the same prefix have in common at least, as long as both go on. */
static size_t known_size(const struct dn_group_order *order)
{
    return order->common + (order->several ? PREFIX / 2 : PREFIX);
}

static inline bool key_before(const struct dn_group *a, const struct dn_group *b, size_t known)
{
    size_t size = a->key_size < b->key_size ? a->key_size : b->key_size;
    size_t same = known < size ? known : size;
    int order = memcmp(a->key + same, b->key + same, size - same);
    return order != 0 ? order < 0 : a->key_size < b->key_size;
}

bool dn_group_order_group_before(const uint32_t *ranks, const struct dn_group *a, const struct dn_group *b)
{
    return a->incident != b->incident ? ranks[a->incident] < ranks[b->incident] : key_before(a, b, 0);
}

bool dn_group_order_before(const struct dn_group_order *order, const struct dn_ordered *a, const struct dn_ordered *b)
{
    return a->prefix != b->prefix ? a->prefix < b->prefix : key_before(a->group, b->group, known_size(order));
}

/* How entries of a run are compared: by their prefixes; those of the same one, if that is asked, by their keys, which
 * have `known` bytes in common. */
struct rule {
    bool keys;
    size_t known;
};

static inline bool before(const struct rule *rule, const struct dn_ordered *a, const struct dn_ordered *b)
{
    if (a->prefix != b->prefix || !rule->keys)
        return a->prefix < b->prefix;
    return key_before(a->group, b->group, rule->known);
}

static void insert_each(const struct rule *rule, struct dn_ordered *run, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct dn_ordered moved = run[i];
        size_t to = i;
        for (; to > 0 && before(rule, &moved, &run[to - 1]); to--)
            run[to] = run[to - 1];
        run[to] = moved;
    }
}

/* By merging halves. (The C library's sort calls a function for every comparison: three times as long.) */
static void merge_sort(const struct rule *rule, struct dn_ordered *run, size_t count, struct dn_ordered *spare)
{
    if (count <= FEW) {
        insert_each(rule, run, count);
        return;
    }
    size_t half = count / 2, a = 0, b = half, to = 0;
    merge_sort(rule, run, half, spare);
    merge_sort(rule, run + half, count - half, spare);
    memcpy(spare, run, half * sizeof *run);
    while (a < half && b < count)
        run[to++] = before(rule, &run[b], &spare[a]) ? run[b++] : spare[a++];
    memcpy(run + to, spare + a, (half - a) * sizeof *run);
}

static size_t common_of_run(const struct dn_ordered *run, size_t count, size_t known)
{
    size_t common = run[0].group->key_size;
    for (size_t i = 1; i < count && common > known; i++)
        common = common_size(dn_group_key(run[0].group), dn_group_key(run[i].group), known, common);
    return common;
}

static void sort_ties(struct dn_ordered *run, size_t count, size_t known, struct dn_ordered *spare, int levels);

/* Sorts a run by its prefixes, then what has the same one by the rest of the keys. */
static void sort_run(struct dn_ordered *run, size_t count, size_t known, struct dn_ordered *spare, int levels)
{
    size_t to = 0;
    merge_sort(&(struct rule){false, known}, run, count, spare);
    for (size_t from = 0; from < count; from = to) {
        for (to = from + 1; to < count && run[to].prefix == run[from].prefix;)
            to++;
        if (to - from > 1)
            sort_ties(run + from, to - from, known, spare, levels);
    }
}

/* Sorts entries of the same prefix: their next one is that behind what their keys have in common. Each key is looked at
 * a few times, not at every comparison. */
static void sort_ties(struct dn_ordered *run, size_t count, size_t known, struct dn_ordered *spare, int levels)
{
    if (count <= FEW || levels == 0) {
        merge_sort(&(struct rule){true, known}, run, count, spare);
        return;
    }
    size_t common = common_of_run(run, count, known);
    for (size_t i = 0; i < count; i++)
        run[i].prefix = prefix_of(run[i].group, common);
    sort_run(run, count, common + PREFIX, spare, levels - 1);
}

void dn_group_order_sort(const struct dn_group_order *order, struct dn_ordered *entries, size_t count,
                         struct dn_ordered *spare)
{
    sort_run(entries, count, known_size(order), spare, LEVELS);
}
