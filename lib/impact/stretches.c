/* Groups that did not fit into memory: brought together shard by shard, each of which goes out to a file again as a
 * stretch, in order; then all stretches are merged. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/settle.h"
#include "impact/telling.h"

#define PASS ((size_t)64 << 10) /* bytes of rows that are handed on at once */

/* Complete groups, in order, in a file. */
struct stretch {
    int64_t from, to;
};

struct stretches {
    struct dn_telling *telling;
    struct dn_spill file;
    struct stretch *at;
    size_t count, room;
    size_t groups; /* in all of them */
};

/* Takes the groups that are to be told; how many they are. */
static size_t gather(struct stretches *stretches, const struct dn_shard *shard, struct dn_order *order,
                     struct dn_ordered *entries)
{
    size_t count = 0;
    struct dn_shard_place place = {0, 0};
    struct dn_group *group;
    while ((group = dn_shard_next(shard, &place)) != NULL) {
        if (!dn_telling_takes(stretches->telling, group))
            continue;
        dn_order_see(order, group);
        entries[count++].group = group;
    }
    for (size_t i = 0; i < count; i++)
        entries[i] = dn_order_entry(order, entries[i].group);
    return count;
}

static void write_groups(struct stretches *stretches, const struct dn_shard *shard, const struct dn_ordered *entries,
                         size_t count)
{
    struct stretch stretch = {stretches->file.size, 0};
    for (size_t i = 0; i < count; i++)
        dn_stored_add(&stretches->file, shard, entries[i].group);
    stretch.to = stretches->file.size;
    stretches->at = dn_grow(stretches->at, stretches->count, &stretches->room, sizeof *stretches->at);
    stretches->at[stretches->count++] = stretch;
    stretches->groups += count;
}

static enum dn_status write_stretch(void *context, const struct dn_shard *shard, struct dn_error *err)
{
    struct stretches *stretches = context;
    struct dn_order order = {.ranks = stretches->telling->ranks};
    struct dn_ordered *entries = dn_realloc(NULL, dn_shard_count(shard), sizeof *entries);
    struct dn_ordered *spare = dn_realloc(NULL, dn_shard_count(shard), sizeof *spare);
    (void)err;
    size_t count = gather(stretches, shard, &order, entries);
    dn_order_sort(&order, entries, count, spare);
    write_groups(stretches, shard, entries, count);
    free(entries);
    free(spare);
    return DN_OK;
}

/* A stretch being read, and its next group. */
struct cursor {
    struct dn_spill_reader reader;
    struct dn_group *group;
    size_t room; /* for its key */
    uint32_t rank;
};

static void make_room(struct cursor *cursor, size_t key_size)
{
    if (cursor->group && cursor->room >= key_size)
        return;
    cursor->room = key_size + 128;
    cursor->group = dn_realloc(cursor->group, sizeof *cursor->group + cursor->room, 1);
}

/* False: the stretch has ended, or could not be read. */
static bool advance(const struct dn_telling *telling, struct cursor *cursor)
{
    struct dn_stored head;
    if (!dn_spill_take(&cursor->reader, &head, sizeof head))
        return false;
    make_room(cursor, head.key_size);
    *cursor->group = (struct dn_group){.key_size = head.key_size, .incident = head.incident, .figures = head.figures};
    cursor->rank = telling->ranks[head.incident];
    return dn_spill_take(&cursor->reader, cursor->group->key, head.key_size);
}

static bool before(const struct cursor *a, const struct cursor *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return dn_text_compare(dn_group_key(a->group), dn_group_key(b->group)) < 0;
}

/* Lets the cursor at the top of the heap sink to its place. */
static void sink(struct cursor **heap, size_t count)
{
    for (size_t i = 0, child; (child = 2 * i + 1) < count; i = child) {
        child += child + 1 < count && before(heap[child + 1], heap[child]);
        if (!before(heap[child], heap[i]))
            return;
        struct cursor *moved = heap[i];
        heap[i] = heap[child];
        heap[child] = moved;
    }
}

static void rise(struct cursor **heap, size_t at)
{
    for (size_t parent; at > 0 && before(heap[at], heap[parent = (at - 1) / 2]); at = parent) {
        struct cursor *moved = heap[at];
        heap[at] = heap[parent];
        heap[parent] = moved;
    }
}

/* The stretches being merged. */
struct merge {
    struct stretches *stretches;
    struct cursor *cursors;
    struct cursor **heap;
    size_t count;
    int64_t told;
    struct dn_buf place, rows;
    size_t waiting; /* rows */
};

static void begin_merge(struct merge *merge, struct stretches *stretches)
{
    size_t most = (size_t)stretches->telling->groups->limit / 2 / (stretches->count + 1);
    size_t least = most > 65536 ? 65536 : most < 4096 ? 4096 : most;
    *merge = (struct merge){.stretches = stretches,
                            .cursors = dn_alloc(stretches->count, sizeof *merge->cursors),
                            .heap = dn_alloc(stretches->count, sizeof *merge->heap)};
    for (size_t i = 0; i < stretches->count; i++) {
        struct cursor *cursor = &merge->cursors[i];
        dn_spill_read(&stretches->file, stretches->at[i].from, stretches->at[i].to, least, &cursor->reader);
        if (!advance(stretches->telling, cursor))
            continue;
        merge->heap[merge->count] = cursor;
        rise(merge->heap, merge->count++);
    }
}

static void pass(struct merge *merge)
{
    dn_telling_pass(merge->stretches->telling, &merge->rows, merge->waiting);
    dn_buf_reset(&merge->rows);
    merge->waiting = 0;
}

static void tell_first(struct merge *merge)
{
    const struct dn_telling *telling = merge->stretches->telling;
    merge->waiting++;
    merge->told++;
    if (telling->told->row)
        dn_telling_row(telling, 0, merge->heap[0]->group, merge->told, &merge->place, &merge->rows);
    if (merge->rows.size > PASS)
        pass(merge);
}

static enum dn_status end_merge(struct merge *merge, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < merge->stretches->count; i++) {
        const struct dn_error *failure = &merge->cursors[i].reader.failure;
        if (failure->status != DN_OK && status == DN_OK && err)
            *err = *failure;
        status = status == DN_OK ? failure->status : status;
        dn_spill_reader_clear(&merge->cursors[i].reader);
        free(merge->cursors[i].group);
    }
    dn_buf_clear(&merge->place);
    dn_buf_clear(&merge->rows);
    free(merge->cursors);
    free(merge->heap);
    return status;
}

static enum dn_status merge_all(struct stretches *stretches, struct dn_error *err)
{
    struct merge merge;
    begin_merge(&merge, stretches);
    while (merge.count > 0) {
        tell_first(&merge);
        if (!advance(stretches->telling, merge.heap[0]))
            merge.heap[0] = merge.heap[--merge.count];
        sink(merge.heap, merge.count);
    }
    pass(&merge);
    return end_merge(&merge, err);
}

/* All that is in memory follows what was spilled; then each shard comes together. */
static enum dn_status write_stretches(struct stretches *stretches, struct dn_error *err)
{
    struct dn_groups *groups = stretches->telling->groups;
    struct dn_settling how = {groups->pool, groups->limit, DN_GROUPS_BITS, dn_groups_compare_places,
                              groups,       write_stretch, stretches};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++) {
        status = dn_groups_spill(&groups->parts[i], err);
        dn_shard_clear(&groups->parts[i].shard);
    }
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++) {
        status = dn_settle(&how, &groups->parts[i].spill, err);
        dn_spill_clear(&groups->parts[i].spill);
    }
    return status == DN_OK ? dn_spill_settle(&stretches->file, err) : status;
}

enum dn_status dn_tell_stretches(struct dn_telling *telling, struct dn_error *err)
{
    struct stretches stretches = {.telling = telling};
    enum dn_status status = write_stretches(&stretches, err);
    if (status == DN_OK)
        status = dn_telling_begin(telling, stretches.groups, false, err);
    if (status == DN_OK)
        status = merge_all(&stretches, err);
    dn_spill_clear(&stretches.file);
    free(stretches.at);
    return status;
}
