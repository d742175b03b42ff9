/* Stretches become one: each thread merges them range by range, with little of any in memory. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "impact/settle.h"
#include "impact/stretch.h"
#include "impact/turns.h"

#define HELD ((size_t)512 << 10) /* bytes of rows that wait for their turn at most */
#define LEAST ((size_t)4 << 10)  /* bytes that are read at once */
#define MOST ((size_t)64 << 10)

/* A range of a stretch being read, and its next group. */
struct cursor {
    struct dn_spill_reader reader;
    struct dn_group *group;
    size_t room; /* for its key */
};

/* What the threads share. */
struct merging {
    const struct dn_stretches *stretches;
    struct dn_tickets tickets; /* of ranges */
    struct dn_turns turns;
    struct dn_error failure; /* the first one, in order of ranges */
};

/* A thread's. */
struct merge {
    struct merging *merging;
    size_t thread, range;
    struct cursor *cursors;
    struct cursor **heap;
    size_t count;   /* on the heap */
    int64_t number; /* of the next row */
    struct dn_buf place, rows;
    int64_t waiting; /* rows */
    bool its_turn;
};

static void make_room(struct cursor *cursor, size_t key_size)
{
    if (cursor->group && cursor->room >= key_size)
        return;
    cursor->room = key_size + 128;
    cursor->group = dn_realloc(cursor->group, sizeof *cursor->group + cursor->room, 1);
}

/* False: the range has ended, or could not be read. */
static bool advance(struct cursor *cursor)
{
    struct dn_stored head;
    if (!dn_spill_take(&cursor->reader, &head, sizeof head))
        return false;
    make_room(cursor, head.key_size);
    *cursor->group = (struct dn_group){.key_size = head.key_size, .incident = head.incident, .figures = head.figures};
    return dn_spill_take(&cursor->reader, cursor->group->key, head.key_size);
}

static bool before(const struct merge *merge, size_t a, size_t b)
{
    return dn_group_order_group_before(merge->merging->stretches->telling->ranks, merge->heap[a]->group,
                                       merge->heap[b]->group);
}

static void swap(struct merge *merge, size_t a, size_t b)
{
    struct cursor *moved = merge->heap[a];
    merge->heap[a] = merge->heap[b];
    merge->heap[b] = moved;
}

/* Lets the cursor at the top of the heap sink to its place. */
static void sink(struct merge *merge)
{
    for (size_t i = 0, child; (child = 2 * i + 1) < merge->count; i = child) {
        child += child + 1 < merge->count && before(merge, child + 1, child);
        if (!before(merge, child, i))
            return;
        swap(merge, i, child);
    }
}

static void rise(struct merge *merge, size_t at)
{
    for (size_t parent; at > 0 && before(merge, at, parent = (at - 1) / 2); at = parent)
        swap(merge, at, parent);
}

/* Bytes of a stretch that a thread reads at once. */
static size_t read_size(const struct merge *merge, const struct dn_stretch_mark *marks)
{
    const struct dn_stretches *stretches = merge->merging->stretches;
    const struct dn_telling *telling = stretches->telling;
    size_t most = (size_t)telling->groups->limit / 2 / telling->threads / (stretches->count + 1);
    size_t all = (size_t)(marks[1].at - marks[0].at);
    most = most > MOST ? MOST : most < LEAST ? LEAST : most;
    return all < most ? all : most;
}

static void begin_range(struct merge *merge, size_t range)
{
    const struct dn_stretches *stretches = merge->merging->stretches;
    merge->range = range;
    merge->count = 0;
    merge->number = 1;
    merge->its_turn = false;
    for (size_t i = 0; i < stretches->count; i++) {
        const struct dn_stretch_mark *marks = &stretches->at[i].marks[range];
        struct cursor *cursor = &merge->cursors[i];
        merge->number += marks[0].groups;
        dn_spill_read(stretches->at[i].file, marks[0].at, marks[1].at, read_size(merge, marks), &cursor->reader);
        if (!advance(cursor))
            continue;
        merge->heap[merge->count] = cursor;
        rise(merge, merge->count++);
    }
}

static void pass(struct merge *merge)
{
    if (!merge->its_turn)
        dn_turns_wait(&merge->merging->turns, merge->range);
    merge->its_turn = true;
    if (merge->merging->failure.status == DN_OK)
        dn_telling_pass(merge->merging->stretches->telling, &merge->rows, (size_t)merge->waiting);
    dn_buf_reset(&merge->rows);
    merge->waiting = 0;
}

static void tell_first(struct merge *merge)
{
    const struct dn_telling *telling = merge->merging->stretches->telling;
    if (telling->told->row)
        dn_telling_row(telling, merge->thread, merge->heap[0]->group, merge->number, &merge->place, &merge->rows);
    merge->number++;
    merge->waiting++;
    if (merge->rows.size > HELD)
        pass(merge);
}

/* A range that could not be read as a whole has its end like any other. */
static void end_range(struct merge *merge)
{
    struct merging *merging = merge->merging;
    pass(merge);
    for (size_t i = 0; i < merging->stretches->count; i++) {
        if (merging->failure.status == DN_OK)
            merging->failure = merge->cursors[i].reader.failure;
        dn_spill_reader_clear(&merge->cursors[i].reader);
    }
    dn_turns_end(&merging->turns);
}

static void merge_ranges(void *context, size_t member)
{
    struct merging *merging = context;
    size_t count = merging->stretches->count, range;
    struct merge merge = {.merging = merging,
                          .thread = member,
                          .cursors = dn_alloc(count, sizeof *merge.cursors),
                          .heap = dn_alloc(count, sizeof *merge.heap)};
    while ((range = dn_tickets_take(&merging->tickets)) < merging->stretches->ranges) {
        for (begin_range(&merge, range); merge.count > 0; sink(&merge)) {
            tell_first(&merge);
            if (!advance(merge.heap[0]))
                merge.heap[0] = merge.heap[--merge.count];
        }
        end_range(&merge);
    }
    for (size_t i = 0; i < count; i++)
        free(merge.cursors[i].group);
    free(merge.cursors);
    free(merge.heap);
    dn_buf_clear(&merge.place);
    dn_buf_clear(&merge.rows);
}

enum dn_status dn_merge_stretches(const struct dn_stretches *stretches, struct dn_error *err)
{
    struct merging merging = {.stretches = stretches};
    size_t threads = stretches->telling->threads;
    dn_turns_begin(&merging.turns);
    dn_crew_run(threads < stretches->ranges ? threads : stretches->ranges + (stretches->ranges == 0), merge_ranges,
                &merging);
    dn_turns_clear(&merging.turns);
    if (merging.failure.status != DN_OK && err)
        *err = merging.failure;
    return merging.failure.status;
}
