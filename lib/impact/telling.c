/* The end of grouping: groups in order, from memory or from what was spilled. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/grouped.h"
#include "impact/settle.h"

#define PREFIX ((size_t)8) /* bytes of a key that are compared as a number */
#define FEW ((size_t)8)    /* groups that are sorted by their whole keys */
#define LEVELS 64          /* of runs within runs, before that is done with any number */

/* A group in the order in which it goes out. */
struct sorted {
    uint64_t prefix; /* the rank of its incident, or what follows in its key behind what a run of keys has in common */
    const struct dn_group *group;
};

/* Complete groups, in order, in a file. */
struct stretch {
    int64_t from, to;
};

/* The end of a run. */
struct telling {
    struct dn_groups *groups;
    const struct dn_groups_told *told;
    uint32_t *ranks;   /* of the names as incidents */
    uint32_t *by_rank; /* the names in order */
    int64_t *counts;   /* record ids of each name as an incident; -1: none were counted */
    struct sorted *sorted;
    size_t count, room;
    struct dn_spill file; /* of stretches */
    struct stretch *stretches;
    size_t stretch_count, stretch_room, stretched; /* stretched: groups in all of them */
    struct dn_buf evidence;
};

struct named {
    struct dn_text text;
    uint32_t name;
};

static int compare_named(const void *a, const void *b)
{
    return dn_text_compare(((const struct named *)a)->text, ((const struct named *)b)->text);
}

static void rank_names(struct telling *telling)
{
    const struct dn_table *names = &telling->groups->names;
    struct named *sorted = dn_alloc(names->count, sizeof *sorted);
    telling->ranks = dn_alloc(names->count, sizeof *telling->ranks);
    telling->by_rank = dn_alloc(names->count, sizeof *telling->by_rank);
    telling->counts = dn_alloc(names->count, sizeof *telling->counts);
    for (size_t i = 0; i < names->count; i++) {
        sorted[i] = (struct named){dn_table_key(names, i), (uint32_t)i};
        telling->counts[i] = -1;
    }
    qsort(sorted, names->count, sizeof *sorted, compare_named);
    for (size_t i = 0; i < names->count; i++) {
        telling->by_rank[i] = sorted[i].name;
        telling->ranks[sorted[i].name] = (uint32_t)i;
    }
    free(sorted);
}

static int compare_keys(const void *a, const void *b)
{
    const struct dn_group *left = ((const struct sorted *)a)->group, *right = ((const struct sorted *)b)->group;
    return dn_text_compare((struct dn_text){left->key, left->key_size}, (struct dn_text){right->key, right->key_size});
}

static int compare_prefixes(const void *a, const void *b)
{
    uint64_t left = ((const struct sorted *)a)->prefix, right = ((const struct sorted *)b)->prefix;
    return (left > right) - (left < right);
}

/* How many bytes the beginnings of a run's keys have in common, when it is known of so many that they have. */
static size_t common_size(const struct sorted *run, size_t count, size_t known)
{
    const struct dn_group *first = run[0].group;
    size_t common = first->key_size;
    for (size_t i = 1; i < count && common > known; i++) {
        const struct dn_group *group = run[i].group;
        size_t most = group->key_size < common ? group->key_size : common, same = known;
        if (most == common && memcmp(group->key + known, first->key + known, common - known) == 0)
            continue;
        while (same < most && group->key[same] == first->key[same])
            same++;
        common = same;
    }
    return common;
}

/* The next bytes of the key as a number. */
static uint64_t prefix_of(const struct dn_group *group, size_t common)
{
    uint64_t prefix = 0;
    for (size_t k = 0; k < PREFIX; k++)
        prefix = prefix << 8 | (common + k < group->key_size ? (unsigned char)group->key[common + k] : 0);
    return prefix;
}

static void sort_keys(struct sorted *run, size_t count, size_t known, int levels);

/* Sorts a run by its prefixes, then what has the same one by the rest of the keys; of these so much is the same. */
static void sort_prefixes(struct sorted *run, size_t count, size_t known, int levels)
{
    size_t to = 0;
    qsort(run, count, sizeof *run, compare_prefixes);
    for (size_t from = 0; from < count; from = to) {
        for (to = from + 1; to < count && run[to].prefix == run[from].prefix;)
            to++;
        if (to - from > 1)
            sort_keys(run + from, to - from, known, levels);
    }
}

/* Sorts a run of different keys that begin with `known` bytes in common. Keys lie anywhere in memory and begin alike:
 * each is looked at a few times, not at every comparison. */
static void sort_keys(struct sorted *run, size_t count, size_t known, int levels)
{
    if (count <= FEW || levels == 0) {
        qsort(run, count, sizeof *run, compare_keys);
        return;
    }
    size_t common = common_size(run, count, known);
    for (size_t i = 0; i < count; i++)
        run[i].prefix = prefix_of(run[i].group, common);
    sort_prefixes(run, count, common + PREFIX, levels - 1);
}

static void sort_groups(struct telling *telling)
{
    struct sorted *sorted = telling->sorted;
    bool several = false;
    for (size_t i = 0; i < telling->count; i++) {
        sorted[i].prefix = telling->ranks[sorted[i].group->incident];
        several = several || sorted[i].prefix != sorted[0].prefix;
    }
    if (several)
        sort_prefixes(sorted, telling->count, 0, LEVELS);
    else if (telling->count > 1)
        sort_keys(sorted, telling->count, 0, LEVELS);
}

/* Takes the complete groups of a shard: counts are added up, the others wait to be sorted. */
static void gather(struct telling *telling, const struct dn_shard *shard)
{
    for (size_t i = 0; i < shard->group_count; i++) {
        struct dn_group *group = dn_shard_at(shard, i);
        group->figures.events += group->record_ids;
        group->record_ids = 0;
        if (group->key_size == 0) {
            int64_t before = telling->counts[group->incident];
            telling->counts[group->incident] = group->figures.events + (before < 0 ? 0 : before);
            continue;
        }
        if (telling->count == telling->room)
            telling->sorted = dn_grow(telling->sorted, telling->count, &telling->room, sizeof *telling->sorted);
        telling->sorted[telling->count++] = (struct sorted){0, group};
    }
}

/* Takes a column off a key. */
static struct dn_text take_column(struct dn_text *key)
{
    const char *end = memchr(key->at, '\0', key->size);
    struct dn_text column = {key->at, (size_t)(end - key->at)};
    *key = (struct dn_text){end + 1, key->size - column.size - 1};
    return column;
}

static enum dn_effect effect_of(const struct dn_groups *groups, char order)
{
    int effect = 0;
    while (groups->order[effect] != (unsigned char)order)
        effect++;
    return (enum dn_effect)effect;
}

static void tell_group(struct telling *telling, uint32_t incident, struct dn_text key, const struct dn_figures *figures)
{
    struct dn_impact row = {.incident_id = dn_table_key(&telling->groups->names, incident)};
    if (!telling->told->group)
        return;
    row.tenant = take_column(&key);
    row.service = take_column(&key);
    row.resource = take_column(&key);
    row.effect = effect_of(telling->groups, key.at[0]);
    row.certainty = figures->certainty;
    row.rows = figures->rows;
    row.events = figures->events;
    row.data_subjects = figures->data_subjects;
    row.first_seen = dn_figures_first(figures);
    row.last_seen = dn_figures_last(figures);
    dn_buf_reset(&telling->evidence);
    dn_groups_add_place(telling->groups, (struct dn_place){figures->line, figures->name}, &telling->evidence);
    row.evidence = dn_buf_text(&telling->evidence);
    row.determined_at = DN_INSTANT_NONE;
    telling->told->group(telling->told->context, &row);
}

static void tell_counts(const struct telling *telling)
{
    for (size_t i = 0; telling->told->counted && i < telling->groups->names.count; i++) {
        uint32_t name = telling->by_rank[i];
        if (telling->counts[name] >= 0)
            telling->told->counted(telling->told->context, dn_table_key(&telling->groups->names, name),
                                   telling->counts[name]);
    }
}

static void tell_begin(const struct telling *telling, size_t groups)
{
    if (telling->told->begin)
        telling->told->begin(telling->told->context, (int64_t)groups);
}

#define AHEAD ((size_t)8) /* groups whose memory is asked for before it is needed */

/* In their order groups lie anywhere: has one ready in the cache a little later, and the key of an earlier one. */
static inline void expect_group(const struct telling *telling, size_t i)
{
    if (i + 2 * AHEAD < telling->count) {
        const struct dn_group *group = telling->sorted[i + 2 * AHEAD].group;
        __builtin_prefetch(group);
        __builtin_prefetch((const char *)group + 64);
    }
    if (i + AHEAD < telling->count) {
        const char *key = telling->sorted[i + AHEAD].group->key;
        __builtin_prefetch(key);
        __builtin_prefetch(key + 64);
    }
}

static void tell_sorted(struct telling *telling)
{
    tell_begin(telling, telling->count);
    for (size_t i = 0; i < telling->count; i++) {
        expect_group(telling, i);
        const struct dn_group *group = telling->sorted[i].group;
        tell_group(telling, group->incident, (struct dn_text){group->key, group->key_size}, &group->figures);
    }
}

/* What was spilled comes back shard by shard; each goes out again as a stretch, in order. */
static enum dn_status write_stretch(void *context, const struct dn_shard *shard, struct dn_error *err)
{
    struct telling *telling = context;
    struct stretch stretch = {telling->file.size, 0};
    (void)err;
    telling->count = 0;
    gather(telling, shard);
    sort_groups(telling);
    for (size_t i = 0; i < telling->count; i++) {
        struct dn_group alone = *telling->sorted[i].group;
        alone.record_id = DN_SHARD_NONE;
        dn_stored_add(&telling->file, shard, &alone);
    }
    stretch.to = telling->file.size;
    telling->stretches =
        dn_grow(telling->stretches, telling->stretch_count, &telling->stretch_room, sizeof *telling->stretches);
    telling->stretches[telling->stretch_count++] = stretch;
    telling->stretched += telling->count;
    return DN_OK;
}

/* A stretch being read, and its next group. */
struct cursor {
    struct dn_spill_reader reader;
    struct dn_stored head;
    struct dn_buf key;
    uint32_t rank;
};

/* False: the stretch has ended, or could not be read. */
static bool advance(struct telling *telling, struct cursor *cursor)
{
    dn_buf_reset(&cursor->key);
    if (!dn_spill_take(&cursor->reader, &cursor->head, sizeof cursor->head))
        return false;
    const char *key = dn_spill_view(&cursor->reader, cursor->head.key_size);
    if (!key)
        return false;
    dn_buf_add(&cursor->key, key, cursor->head.key_size);
    cursor->rank = telling->ranks[cursor->head.incident];
    return true;
}

static bool before(const struct cursor *a, const struct cursor *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return dn_text_compare(dn_buf_text(&a->key), dn_buf_text(&b->key)) < 0;
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

static enum dn_status merge_stretches(struct telling *telling, struct cursor *cursors, struct cursor **heap,
                                      struct dn_error *err)
{
    size_t count = 0, most = (size_t)telling->groups->limit / 2 / (telling->stretch_count + 1);
    size_t least = most > 65536 ? 65536 : most < 4096 ? 4096 : most;
    for (size_t i = 0; i < telling->stretch_count; i++) {
        const struct stretch *stretch = &telling->stretches[i];
        dn_spill_read(&telling->file, stretch->from, stretch->to, least, &cursors[i].reader);
        if (!advance(telling, &cursors[i]))
            continue;
        heap[count] = &cursors[i];
        rise(heap, count++);
    }
    while (count > 0) {
        struct cursor *top = heap[0];
        tell_group(telling, top->head.incident, dn_buf_text(&top->key), &top->head.figures);
        if (!advance(telling, top))
            heap[0] = heap[--count];
        sink(heap, count);
    }
    for (size_t i = 0; i < telling->stretch_count; i++)
        if (cursors[i].reader.failure.status != DN_OK) {
            if (err)
                *err = cursors[i].reader.failure;
            return cursors[i].reader.failure.status;
        }
    return DN_OK;
}

static enum dn_status tell_stretches(struct telling *telling, struct dn_error *err)
{
    struct cursor *cursors = dn_alloc(telling->stretch_count, sizeof *cursors);
    struct cursor **heap = dn_alloc(telling->stretch_count, sizeof *heap);
    enum dn_status status = merge_stretches(telling, cursors, heap, err);
    for (size_t i = 0; i < telling->stretch_count; i++) {
        dn_spill_reader_clear(&cursors[i].reader);
        dn_buf_clear(&cursors[i].key);
    }
    free(cursors);
    free(heap);
    return status;
}

/* Sends all that is in memory after what was spilled, then brings it together shard by shard. */
static enum dn_status tell_spilled(struct telling *telling, struct dn_error *err)
{
    struct dn_groups *groups = telling->groups;
    struct dn_settling how = {groups->limit, DN_GROUPS_BITS, dn_groups_compare_places, groups, write_stretch, telling};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++) {
        status = dn_groups_spill(&groups->parts[i], err);
        dn_shard_clear(&groups->parts[i].shard);
    }
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++) {
        status = dn_settle(&how, &groups->parts[i].spill, err);
        dn_spill_clear(&groups->parts[i].spill);
    }
    free(telling->sorted);
    telling->sorted = NULL;
    if (status == DN_OK)
        status = dn_spill_settle(&telling->file, err);
    if (status != DN_OK)
        return status;
    tell_counts(telling);
    tell_begin(telling, telling->stretched);
    return tell_stretches(telling, err);
}

static void tell_from_memory(struct telling *telling)
{
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        telling->room += telling->groups->parts[i].shard.group_count;
    telling->sorted = dn_alloc(telling->room, sizeof *telling->sorted);
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        gather(telling, &telling->groups->parts[i].shard);
    sort_groups(telling);
    tell_counts(telling);
    tell_sorted(telling);
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        dn_shard_empty(&telling->groups->parts[i].shard);
}

static bool has_spilled(const struct dn_groups *groups)
{
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        if (groups->parts[i].spill.size > 0)
            return true;
    return false;
}

enum dn_status dn_groups_tell(struct dn_groups *groups, const struct dn_groups_told *told, struct dn_error *err)
{
    struct telling telling = {.groups = groups, .told = told};
    enum dn_status status = dn_groups_lane_flush(groups->lane, err);
    if (status != DN_OK)
        return status;
    rank_names(&telling);
    if (has_spilled(groups))
        status = tell_spilled(&telling, err);
    else
        tell_from_memory(&telling);
    free(telling.ranks);
    free(telling.by_rank);
    free(telling.counts);
    free(telling.sorted);
    free(telling.stretches);
    dn_spill_clear(&telling.file);
    dn_buf_clear(&telling.evidence);
    return status;
}
