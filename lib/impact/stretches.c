/* Groups that did not fit into memory: shard by shard they come together and go out to a file again as a stretch, in
 * order, by several threads. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "impact/settle.h"
#include "impact/stretch.h"

#define MOST_RANGES ((size_t)512)
#define PER_RANGE ((size_t)32)         /* groups of the first stretch */
#define LEAST_LIMIT ((int64_t)4 << 10) /* bytes of a spill that come together in memory, however little there is */

/* A thread's share of the work. */
struct writer {
    struct dn_stretches *stretches;
    struct dn_spill file;
    enum dn_status status;
    struct dn_error failure;
};

struct work {
    struct dn_stretches stretches;
    struct writer *writers;
    struct dn_tickets tickets; /* of shards */
    atomic_bool failed;
};

/* Takes the groups that are to be told, in order; how many they are. */
static size_t take_groups(struct dn_telling *telling, const struct dn_shard *shard, struct dn_ordered *entries)
{
    struct dn_group_order order = {.ranks = telling->ranks};
    struct dn_shard_place place = {0, 0};
    struct dn_group *group;
    size_t count = 0;
    while ((group = dn_shard_next(shard, &place)) != NULL) {
        if (!dn_telling_takes(telling, group))
            continue;
        dn_group_order_see(&order, group);
        entries[count++].group = group;
    }
    for (size_t i = 0; i < count; i++)
        entries[i] = dn_group_order_entry(&order, entries[i].group);
    struct dn_ordered *spare = dn_realloc(NULL, count, sizeof *spare);
    dn_group_order_sort(&order, entries, count, spare);
    free(spare);
    return count;
}

static struct dn_group *copy_group(const struct dn_group *group)
{
    size_t size = sizeof *group + group->key_size;
    return memcpy(dn_realloc(NULL, size, 1), group, size);
}

/* The groups of the first stretch are as any others: chance put them there. */
static void set_bounds(struct dn_stretches *stretches, const struct dn_ordered *entries, size_t count)
{
    size_t ranges = count / PER_RANGE + 1;
    stretches->ranges = ranges < MOST_RANGES ? ranges : MOST_RANGES;
    stretches->bounds = dn_alloc(stretches->ranges, sizeof *stretches->bounds);
    for (size_t i = 1; i < stretches->ranges; i++)
        stretches->bounds[i - 1] = copy_group(entries[i * count / stretches->ranges].group);
}

static void write_groups(struct writer *writer, const struct dn_shard *shard, const struct dn_ordered *entries,
                         size_t count, struct dn_stretch_mark *marks)
{
    const struct dn_stretches *stretches = writer->stretches;
    const uint32_t *ranks = stretches->telling->ranks;
    size_t range = 0;
    marks[0] = (struct dn_stretch_mark){writer->file.size, 0};
    for (size_t i = 0; i < count; i++) {
        while (range + 1 < stretches->ranges &&
               !dn_group_order_group_before(ranks, entries[i].group, stretches->bounds[range]))
            marks[++range] = (struct dn_stretch_mark){writer->file.size, (int64_t)i};
        dn_stored_add(&writer->file, shard, entries[i].group);
    }
    while (range < stretches->ranges)
        marks[++range] = (struct dn_stretch_mark){writer->file.size, (int64_t)count};
}

static void add_stretch(struct writer *writer, const struct dn_shard *shard, const struct dn_ordered *entries,
                        size_t count)
{
    struct dn_stretches *stretches = writer->stretches;
    if (!stretches->bounds)
        set_bounds(stretches, entries, count);
    struct dn_stretch stretch = {&writer->file, dn_alloc(stretches->ranges + 1, sizeof *stretch.marks)};
    write_groups(writer, shard, entries, count, stretch.marks);
    pthread_mutex_lock(&stretches->lock);
    stretches->at = dn_grow(stretches->at, stretches->count, &stretches->room, sizeof *stretches->at);
    stretches->at[stretches->count++] = stretch;
    pthread_mutex_unlock(&stretches->lock);
}

static enum dn_status write_stretch(void *context, const struct dn_shard *shard, struct dn_error *err)
{
    struct writer *writer = context;
    struct dn_ordered *entries = dn_realloc(NULL, dn_shard_count(shard), sizeof *entries);
    size_t count = take_groups(writer->stretches->telling, shard, entries);
    (void)err;
    if (count > 0)
        add_stretch(writer, shard, entries, count);
    free(entries);
    return DN_OK;
}

static void settle_shard(struct writer *writer, size_t shard)
{
    struct dn_telling *telling = writer->stretches->telling;
    struct dn_groups *groups = telling->groups;
    int64_t limit = groups->limit / (int64_t)telling->threads;
    struct dn_settling how = {groups->pool,   limit > LEAST_LIMIT ? limit : LEAST_LIMIT,
                              DN_GROUPS_BITS, dn_groups_compare_places,
                              groups,         write_stretch,
                              writer};
    writer->status = dn_settle(&how, &groups->parts[shard].spill, &writer->failure);
    dn_spill_clear(&groups->parts[shard].spill);
}

/* Sends what is in memory after what was spilled: as much as there can be has to be free. */
static void spill_shards(void *context, size_t member)
{
    struct work *work = context;
    struct writer *writer = &work->writers[member];
    struct dn_groups *groups = work->stretches.telling->groups;
    size_t shard;
    while (!work->failed && (shard = dn_tickets_take(&work->tickets)) < DN_GROUPS_SHARDS) {
        writer->status = dn_groups_spill(&groups->parts[shard], &writer->failure);
        dn_shard_clear(&groups->parts[shard].shard);
        if (writer->status != DN_OK)
            work->failed = true;
    }
}

static void settle_shards(void *context, size_t member)
{
    struct work *work = context;
    struct writer *writer = &work->writers[member];
    size_t shard;
    while (!work->failed && (shard = dn_tickets_take(&work->tickets)) < DN_GROUPS_SHARDS) {
        settle_shard(writer, shard);
        if (writer->status != DN_OK)
            work->failed = true;
    }
    if (!work->failed && dn_spill_settle(&writer->file, &writer->failure) != DN_OK) {
        writer->status = writer->failure.status;
        work->failed = true;
    }
}

/* The first stretch is written by one thread alone, as it has the bounds of all others. */
static void settle_first(struct work *work)
{
    struct writer *writer = &work->writers[0];
    while (!work->failed && !work->stretches.bounds && work->tickets.next < DN_GROUPS_SHARDS) {
        settle_shard(writer, dn_tickets_take(&work->tickets));
        work->failed = writer->status != DN_OK;
    }
}

static enum dn_status failure_of(const struct work *work, struct dn_error *err)
{
    for (size_t i = 0; i < work->stretches.telling->threads; i++)
        if (work->writers[i].status != DN_OK) {
            if (err)
                *err = work->writers[i].failure;
            return work->writers[i].status;
        }
    return DN_OK;
}

static enum dn_status write_stretches(struct work *work, struct dn_error *err)
{
    size_t threads = work->stretches.telling->threads;
    dn_crew_run(threads, spill_shards, work);
    work->tickets = (struct dn_tickets){0};
    settle_first(work);
    dn_crew_run(threads, settle_shards, work);
    return failure_of(work, err);
}

static size_t count_groups(const struct dn_stretches *stretches)
{
    int64_t groups = 0;
    for (size_t i = 0; i < stretches->count; i++)
        groups += stretches->at[i].marks[stretches->ranges].groups;
    return (size_t)groups;
}

static void begin_work(struct work *work, struct dn_telling *telling)
{
    *work =
        (struct work){.stretches = {.telling = telling}, .writers = dn_alloc(telling->threads, sizeof *work->writers)};
    pthread_mutex_init(&work->stretches.lock, NULL);
    for (size_t i = 0; i < telling->threads; i++)
        work->writers[i].stretches = &work->stretches;
}

static void end_work(struct work *work)
{
    struct dn_stretches *stretches = &work->stretches;
    for (size_t i = 0; i < stretches->count; i++)
        free(stretches->at[i].marks);
    for (size_t i = 1; i < stretches->ranges; i++)
        free(stretches->bounds[i - 1]);
    for (size_t i = 0; i < stretches->telling->threads; i++)
        dn_spill_clear(&work->writers[i].file);
    free(stretches->at);
    free(stretches->bounds);
    free(work->writers);
    pthread_mutex_destroy(&stretches->lock);
}

enum dn_status dn_tell_stretches(struct dn_telling *telling, struct dn_error *err)
{
    struct work work;
    begin_work(&work, telling);
    enum dn_status status = write_stretches(&work, err);
    if (status == DN_OK)
        status = dn_telling_begin(telling, count_groups(&work.stretches), false, err);
    if (status == DN_OK)
        status = dn_merge_stretches(&work.stretches, err);
    end_work(&work);
    return status;
}
