/* The order of the groups of a matching: incident, tenant_id. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "base/pages.h"
#include "tenant/matching_group.h"

static int compare(const struct dn_matching_placed *x, const struct dn_matching_placed *y)
{
    if (x->incident != y->incident)
        return x->incident < y->incident ? -1 : 1;
    return (x->head > y->head) - (x->head < y->head);
}

/* A group of one incident, by all of its tenant_id. */
struct named {
    struct dn_text tenant_id;
    uint32_t group;
};

static int compare_named(const void *a, const void *b)
{
    return dn_text_compare(((const struct named *)a)->tenant_id, ((const struct named *)b)->tenant_id);
}

static void sort_alike(const struct dn_matching *matching, struct dn_matching_placed *placed, size_t count)
{
    struct named *named = dn_alloc(count, sizeof *named);
    for (size_t i = 0; i < count; i++)
        named[i] = (struct named){dn_matching_tenant_id(dn_matching_group(matching, placed[i].group)), placed[i].group};
    qsort(named, count, sizeof *named, compare_named);
    for (size_t i = 0; i < count; i++)
        placed[i].group = named[i].group;
    free(named);
}

uint32_t *dn_matching_rank_incidents(const struct dn_matching *matching)
{
    const struct dn_table *incidents = &matching->names->incidents;
    uint32_t *ranks = dn_alloc(incidents->count, sizeof *ranks);
    struct dn_strings sorted = {0};
    struct dn_table places = {0};
    for (size_t i = 0; i < incidents->count; i++)
        dn_strings_add(&sorted, dn_table_key(incidents, i));
    dn_strings_sort(&sorted);
    for (size_t i = 0; i < sorted.count; i++)
        dn_table_add(&places, dn_text_of(sorted.at[i]), NULL);
    for (size_t i = 0; i < incidents->count; i++)
        ranks[i] = (uint32_t)dn_table_find(&places, dn_table_key(incidents, i));
    dn_strings_clear(&sorted);
    dn_table_clear(&places);
    return ranks;
}

static uint64_t head_of(struct dn_text text)
{
    unsigned char bytes[8] = {0};
    uint64_t head = 0;
    memcpy(bytes, text.at, text.size < 8 ? text.size : 8);
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | bytes[i];
    return head;
}

#define DIGITS 12 /* bytes of what is sorted by, the last one first */

static unsigned digit_of(const struct dn_matching_placed *placed, size_t digit)
{
    return (unsigned)(digit < 8 ? placed->head >> 8 * digit : placed->incident >> 8 * (digit - 8)) & 0xFF;
}

/* By one digit after the other: no comparison whose outcome nobody can guess. Digits in which all are alike are left
 * out, so that few are looked at where ids are short or begin alike. */
static void sort_run(struct dn_matching_run *run)
{
    size_t starts[DIGITS][256] = {{0}};
    struct dn_matching_placed *from = run->at, *to = dn_pages_take(run->count, sizeof *to);
    for (size_t i = 0; i < run->count; i++)
        for (size_t digit = 0; digit < DIGITS; digit++)
            starts[digit][digit_of(&from[i], digit)]++;
    for (size_t digit = 0; digit < DIGITS && run->count; digit++) {
        if (starts[digit][digit_of(from, digit)] == run->count)
            continue;
        for (size_t value = 0, sum = 0, count; value < 256; value++, sum += count) {
            count = starts[digit][value];
            starts[digit][value] = sum;
        }
        for (size_t i = 0; i < run->count; i++)
            to[starts[digit][digit_of(&from[i], digit)]++] = from[i];
        struct dn_matching_placed *sorted = to;
        to = from;
        from = sorted;
    }
    run->at = from;
    free(to);
}

static void sort_member(void *context, size_t member)
{
    struct dn_matching *matching = context;
    sort_run(&matching->lanes[member].run);
}

/* Merges the second run into the first. */
static void merge(struct dn_matching_run *run, struct dn_matching_run *more)
{
    struct dn_matching_run merged = {.count = run->count + more->count};
    merged.at = dn_pages_take(merged.count, sizeof *merged.at);
    for (size_t i = 0, a = 0, b = 0; i < merged.count; i++) {
        bool first = b == more->count || (a < run->count && compare(&run->at[a], &more->at[b]) <= 0);
        merged.at[i] = first ? run->at[a++] : more->at[b++];
    }
    free(run->at);
    free(more->at);
    *more = (struct dn_matching_run){0};
    *run = merged;
}

void dn_matching_expect(struct dn_matching_run *run, size_t most)
{
    run->at = dn_pages_take(most, sizeof *run->at);
}

void dn_matching_place(struct dn_matching_run *run, uint32_t group, uint32_t incident_rank, struct dn_text tenant_id)
{
    run->at[run->count++] = (struct dn_matching_placed){incident_rank, group, head_of(tenant_id)};
}

#define AHEAD 16

/* The rows that are kept know the place of their group from now on. */
static void rank_rows(struct dn_matching *matching)
{
    for (size_t i = 0; i < matching->row_count; i++) {
        if (i + AHEAD < matching->row_count)
            dn_prefetch(&dn_matching_group(matching, matching->rows[i + AHEAD].group)->rank);
        matching->rows[i].group = dn_matching_group(matching, matching->rows[i].group)->rank;
    }
}

#define MANY 8192 /* groups that are worth a second thread */

void dn_matching_sort(struct dn_matching *matching)
{
    struct dn_matching_lane *lanes = matching->lanes;
    size_t members = matching->lane_count, count = matching->group_count;
    if (count < MANY)
        for (size_t i = 0; i < members; i++)
            sort_member(matching, i);
    else
        dn_crew_run(members, sort_member, matching);
    for (size_t step = 1; step < members; step *= 2)
        for (size_t i = 0; i + step < members; i += 2 * step)
            merge(&lanes[i].run, &lanes[i + step].run);
    struct dn_matching_placed *placed = lanes[0].run.at;
    for (size_t i = 0, to; i < count; i = to) {
        for (to = i + 1; to < count && compare(&placed[i], &placed[to]) == 0;)
            to++;
        if (to > i + 1)
            sort_alike(matching, placed + i, to - i);
    }
    matching->order = dn_pages_take(count, sizeof *matching->order);
    for (size_t i = 0; i < count; i++) {
        matching->order[i] = placed[i].group;
        if (matching->row_count)
            dn_matching_group(matching, placed[i].group)->rank = (uint32_t)i;
    }
    rank_rows(matching);
    free(placed);
    lanes[0].run = (struct dn_matching_run){0};
}
