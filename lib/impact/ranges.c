/* Groups in memory, told in order by several threads: a few of them, taken here and there, are the bounds of ranges of
 * about as many groups each; threads spread the groups over the ranges, then sort and render range by range. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "impact/telling.h"
#include "impact/turns.h"

#define RANGE ((size_t)2048) /* groups of a range: what is looked at of them stays in a core's cache */
#define MOST_RANGES ((size_t)4096)
#define SAMPLES ((size_t)16) /* groups looked at for each bound */

/* The groups of one shard. */
struct share {
    size_t from, count; /* among the entries */
    struct dn_group_order order;
    size_t *next; /* of each range: how many there are, then where the next one goes */
};

struct ranges {
    struct dn_telling *telling;
    struct dn_group_order order;
    struct share shares[DN_GROUPS_SHARDS];
    struct dn_ordered *entries, *sorted; /* by share, by range */
    uint16_t *range_of;                  /* each entry */
    struct dn_ordered *bounds;           /* the first of each range but the first */
    size_t *starts;                      /* of the ranges, and the end of the last one */
    size_t members, count, largest;      /* threads; ranges; groups of the largest one */
    struct dn_tickets tickets;
    struct dn_turns turns;
};

static void gather(struct ranges *ranges, size_t which)
{
    struct share *share = &ranges->shares[which];
    const struct dn_shard *shard = &ranges->telling->groups->parts[which].shard;
    share->order.ranks = ranges->order.ranks;
    struct dn_shard_place place = {0, 0};
    struct dn_group *group;
    while ((group = dn_shard_next(shard, &place)) != NULL) {
        if (!dn_telling_takes(ranges->telling, group))
            continue;
        dn_group_order_see(&share->order, group);
        ranges->entries[share->from + share->count++].group = group;
    }
}

/* The range in which an entry stands: how many bounds are not behind it. */
static size_t find_range(const struct ranges *ranges, const struct dn_ordered *entry)
{
    size_t low = 0, high = ranges->count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (dn_group_order_before(&ranges->order, entry, &ranges->bounds[middle]))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void find_ranges(struct ranges *ranges, size_t which)
{
    struct share *share = &ranges->shares[which];
    share->next = dn_alloc(ranges->count, sizeof *share->next);
    for (size_t i = share->from; i < share->from + share->count; i++) {
        ranges->entries[i] = dn_group_order_entry(&ranges->order, ranges->entries[i].group);
        size_t range = find_range(ranges, &ranges->entries[i]);
        ranges->range_of[i] = (uint16_t)range;
        share->next[range]++;
    }
}

static void spread(struct ranges *ranges, size_t which)
{
    const struct share *share = &ranges->shares[which];
    for (size_t i = share->from; i < share->from + share->count; i++)
        ranges->sorted[share->next[ranges->range_of[i]]++] = ranges->entries[i];
}

/* Does a step for every shard. */
struct step {
    struct ranges *ranges;
    void (*work)(struct ranges *ranges, size_t shard);
    struct dn_tickets tickets;
};

static void work_on_shards(void *context, size_t member)
{
    struct step *step = context;
    size_t shard;
    (void)member;
    while ((shard = dn_tickets_take(&step->tickets)) < DN_GROUPS_SHARDS)
        step->work(step->ranges, shard);
}

static void for_all_shards(struct ranges *ranges, void (*work)(struct ranges *ranges, size_t shard))
{
    struct step step = {.ranges = ranges, .work = work};
    dn_crew_run(ranges->members, work_on_shards, &step);
}

/* Makes places for the groups of all shards. */
static void begin_shares(struct ranges *ranges)
{
    size_t room = 0;
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++) {
        ranges->shares[i].from = room;
        room += dn_shard_count(&ranges->telling->groups->parts[i].shard);
    }
    ranges->entries = dn_realloc(NULL, room, sizeof *ranges->entries);
    ranges->range_of = dn_realloc(NULL, room, sizeof *ranges->range_of);
    ranges->members = room / RANGE < ranges->telling->threads ? room / RANGE + 1 : ranges->telling->threads;
}

/* Some groups of all shards, which hold what chance of the hash gave them. */
static size_t take_samples(const struct ranges *ranges, size_t groups, struct dn_ordered *samples)
{
    size_t wanted = ranges->count * SAMPLES, taken = 0;
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++) {
        const struct share *share = &ranges->shares[i];
        size_t some = share->count * wanted / groups;
        for (size_t k = 0; k < some; k++)
            samples[taken++] =
                dn_group_order_entry(&ranges->order, ranges->entries[share->from + k * share->count / some].group);
    }
    return taken;
}

static void find_bounds(struct ranges *ranges, size_t groups)
{
    size_t room = ranges->count * SAMPLES;
    struct dn_ordered *samples = dn_alloc(room, sizeof *samples), *spare = dn_alloc(room, sizeof *spare);
    size_t taken = take_samples(ranges, groups, samples);
    dn_group_order_sort(&ranges->order, samples, taken, spare);
    ranges->bounds = dn_alloc(ranges->count, sizeof *ranges->bounds);
    for (size_t i = 1; i < ranges->count; i++)
        ranges->bounds[i - 1] = samples[i * taken / ranges->count];
    free(samples);
    free(spare);
}

/* What is counted becomes places: range behind range, in each of them share behind share. */
static void place_ranges(struct ranges *ranges)
{
    size_t at = 0;
    ranges->starts = dn_alloc(ranges->count + 1, sizeof *ranges->starts);
    for (size_t range = 0; range < ranges->count; range++) {
        ranges->starts[range] = at;
        for (size_t i = 0; i < DN_GROUPS_SHARDS; i++) {
            size_t count = ranges->shares[i].next[range];
            ranges->shares[i].next[range] = at;
            at += count;
        }
        if (at - ranges->starts[range] > ranges->largest)
            ranges->largest = at - ranges->starts[range];
    }
    ranges->starts[ranges->count] = at;
}

static void spread_groups(struct ranges *ranges, size_t groups)
{
    ranges->count = groups / RANGE + 1 < MOST_RANGES ? groups / RANGE + 1 : MOST_RANGES;
    if (groups > 0)
        find_bounds(ranges, groups);
    for_all_shards(ranges, find_ranges);
    place_ranges(ranges);
    ranges->sorted = dn_realloc(NULL, groups, sizeof *ranges->sorted);
    for_all_shards(ranges, spread);
    free(ranges->entries);
    free(ranges->range_of);
    ranges->entries = NULL;
    ranges->range_of = NULL;
}

/* In their order groups lie anywhere in memory: asks for all of a range before any is looked at. */
static void expect_groups(const struct dn_ordered *run, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(run[i].group, 0, 2);
        __builtin_prefetch((const char *)run[i].group + 64, 0, 2);
        __builtin_prefetch((const char *)run[i].group + 128, 0, 2);
    }
}

static void render(struct ranges *ranges, size_t member, size_t range, struct dn_buf *place, struct dn_buf *rows)
{
    size_t from = ranges->starts[range], to = ranges->starts[range + 1];
    for (size_t i = from; i < to && ranges->telling->told->row; i++)
        dn_telling_row(ranges->telling, member, ranges->sorted[i].group, (int64_t)i + 1, place, rows);
}

static void tell_ranges(void *context, size_t member)
{
    struct ranges *ranges = context;
    struct dn_ordered *spare = dn_realloc(NULL, ranges->largest, sizeof *spare);
    struct dn_buf rows = {0}, place = {0};
    size_t range;
    while ((range = dn_tickets_take(&ranges->tickets)) < ranges->count) {
        struct dn_ordered *run = ranges->sorted + ranges->starts[range];
        size_t count = ranges->starts[range + 1] - ranges->starts[range];
        expect_groups(run, count);
        dn_group_order_sort(&ranges->order, run, count, spare);
        render(ranges, member, range, &place, &rows);
        dn_turns_wait(&ranges->turns, range);
        dn_telling_pass(ranges->telling, &rows, count);
        dn_turns_end(&ranges->turns);
        dn_buf_reset(&rows);
    }
    free(spare);
    dn_buf_clear(&rows);
    dn_buf_clear(&place);
}

static void clear(struct ranges *ranges)
{
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        free(ranges->shares[i].next);
    free(ranges->entries);
    free(ranges->sorted);
    free(ranges->range_of);
    free(ranges->bounds);
    free(ranges->starts);
    dn_turns_clear(&ranges->turns);
}

/* Looks at all groups; how many of them are to be told. */
static size_t gather_all(struct ranges *ranges)
{
    size_t groups = 0;
    begin_shares(ranges);
    for_all_shards(ranges, gather);
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++) {
        dn_group_order_join(&ranges->order, &ranges->shares[i].order);
        groups += ranges->shares[i].count;
    }
    return groups;
}

enum dn_status dn_tell_ranges(struct dn_telling *telling, struct dn_error *err)
{
    struct ranges ranges = {.telling = telling, .order = {.ranks = telling->ranks}};
    dn_turns_begin(&ranges.turns);
    size_t groups = gather_all(&ranges);
    enum dn_status status = dn_telling_begin(telling, groups, true, err);
    if (status == DN_OK) {
        spread_groups(&ranges, groups);
        dn_crew_run(ranges.members, tell_ranges, &ranges);
    }
    clear(&ranges);
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        dn_shard_empty(&telling->groups->parts[i].shard);
    return status;
}
