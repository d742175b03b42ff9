/* The order of the groups of a matching: incident, tenant_id. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
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

/* Sorts by one digit after the other: no comparison whose outcome nobody can guess. Digits in which all are alike are
 * left out, so that few are looked at where ids are short or begin alike. Returns where they are then: `from` or `to`.
 */
static struct dn_matching_placed *sort_placed(struct dn_matching_placed *from, struct dn_matching_placed *to,
                                              size_t count)
{
    size_t starts[DIGITS][256] = {{0}};
    for (size_t i = 0; i < count; i++)
        for (size_t digit = 0; digit < DIGITS; digit++)
            starts[digit][digit_of(&from[i], digit)]++;
    for (size_t digit = 0; digit < DIGITS && count; digit++) {
        if (starts[digit][digit_of(from, digit)] == count)
            continue;
        for (size_t value = 0, sum = 0, those; value < 256; value++, sum += those) {
            those = starts[digit][value];
            starts[digit][value] = sum;
        }
        for (size_t i = 0; i < count; i++)
            to[starts[digit][digit_of(&from[i], digit)]++] = from[i];
        struct dn_matching_placed *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

/* Threads that each sort a part of all groups: those from one pivot to the next. */
struct ordering {
    struct dn_matching *matching;
    size_t members;
    struct part {
        struct dn_matching_placed least; /* the first part has all that is less than the second's */
        struct dn_matching_placed *at;
        size_t from, count; /* its place in the order */
    } * parts;
};

static bool is_in(const struct ordering *ordering, size_t part, const struct dn_matching_placed *placed)
{
    const struct part *parts = ordering->parts;
    return (part == 0 || compare(placed, &parts[part].least) >= 0) &&
           (part + 1 == ordering->members || compare(placed, &parts[part + 1].least) < 0);
}

static void count_part(void *context, size_t member)
{
    const struct ordering *ordering = context;
    const struct dn_matching *matching = ordering->matching;
    size_t count = 0;
    for (size_t lane = 0; lane < matching->lane_count; lane++) {
        const struct dn_matching_run *run = &matching->lanes[lane].run;
        for (size_t i = 0; i < run->count; i++)
            count += is_in(ordering, member, &run->at[i]);
    }
    ordering->parts[member].count = count;
}

static void gather_part(void *context, size_t member)
{
    const struct ordering *ordering = context;
    const struct dn_matching *matching = ordering->matching;
    struct part *part = &ordering->parts[member];
    size_t count = 0;
    part->at = dn_realloc(NULL, part->count, sizeof *part->at);
    for (size_t lane = 0; lane < matching->lane_count; lane++) {
        const struct dn_matching_run *run = &matching->lanes[lane].run;
        for (size_t i = 0; i < run->count; i++)
            if (is_in(ordering, member, &run->at[i]))
                part->at[count++] = run->at[i];
    }
}

/* Numbers a part's groups, which are sorted. */
static void number_part(struct dn_matching *matching, const struct part *part, struct dn_matching_placed *placed)
{
    for (size_t i = 0, to; i < part->count; i = to) {
        for (to = i + 1; to < part->count && compare(&placed[i], &placed[to]) == 0;)
            to++;
        if (to > i + 1)
            sort_alike(matching, placed + i, to - i);
    }
    for (size_t i = 0; i < part->count; i++) {
        matching->order[part->from + i] = placed[i].group;
        if (matching->row_count)
            dn_matching_group(matching, placed[i].group)->rank = (uint32_t)(part->from + i);
    }
}

/* The runs are not needed any more: a member's own has room for all groups. */
static void sort_part(void *context, size_t member)
{
    const struct ordering *ordering = context;
    struct part *part = &ordering->parts[member];
    struct dn_matching_run *run = &ordering->matching->lanes[member].run;
    number_part(ordering->matching, part, sort_placed(part->at, run->at, part->count));
    free(part->at);
}

static int compare_pivots(const void *a, const void *b)
{
    return compare(a, b);
}

#define SAMPLES 64 /* of each run */

/* Parts of about one size. */
static void choose_pivots(struct ordering *ordering)
{
    const struct dn_matching *matching = ordering->matching;
    struct dn_matching_placed *samples = dn_alloc(SAMPLES * matching->lane_count, sizeof *samples);
    size_t count = 0;
    for (size_t lane = 0; lane < matching->lane_count; lane++) {
        const struct dn_matching_run *run = &matching->lanes[lane].run;
        for (size_t i = 0; i < SAMPLES && run->count; i++)
            samples[count++] = run->at[run->count / SAMPLES * i];
    }
    if (count)
        qsort(samples, count, sizeof *samples, compare_pivots);
    for (size_t i = 1; i < ordering->members; i++)
        ordering->parts[i].least = samples[count / ordering->members * i];
    free(samples);
}

void dn_matching_expect(struct dn_matching_run *run, size_t most)
{
    run->at = dn_realloc(NULL, most, sizeof *run->at);
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
    size_t members = matching->group_count < MANY ? 1 : matching->lane_count;
    struct ordering ordering = {
        .matching = matching, .members = members, .parts = dn_alloc(members, sizeof *ordering.parts)};
    matching->order = dn_realloc(NULL, matching->group_count, sizeof *matching->order);
    choose_pivots(&ordering);
    dn_crew_run(members, count_part, &ordering);
    for (size_t i = 1; i < members; i++)
        ordering.parts[i].from = ordering.parts[i - 1].from + ordering.parts[i - 1].count;
    dn_crew_run(members, gather_part, &ordering);
    dn_crew_run(members, sort_part, &ordering);
    rank_rows(matching);
    for (size_t i = 0; i < matching->lane_count; i++) {
        free(matching->lanes[i].run.at);
        matching->lanes[i].run = (struct dn_matching_run){0};
    }
    free(ordering.parts);
}
