#include "impact/group.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "impact/hash.h"
#include "impact/settle.h"

#define SHARD_BITS 5
#define SHARDS ((size_t)1 << SHARD_BITS)
#define WAITING ((size_t)48)           /* rows of a lane for one shard, added at once */
#define LEAST_LIMIT ((int64_t)4 << 10) /* of a spill that is brought together in memory, however little there is */

/* A shard, and what of it went to a file. */
struct part {
    pthread_mutex_t lock;
    struct dn_shard shard;
    struct dn_spill spill;
};

struct dn_groups {
    size_t shard_bytes; /* that a shard may take */
    int64_t limit;
    struct part parts[SHARDS];
    pthread_mutex_t names_lock;
    struct dn_table names;  /* of incidents, and "file:" */
    unsigned char order[8]; /* of the effects by their words */
    struct dn_groups_lane *lane;
};

/* A row that waits; its key and record id are among the bytes. */
struct waiting {
    uint64_t hash;
    size_t key_at, key_size, id_size; /* the id behind the key */
    uint32_t incident;
    uint32_t group; /* that it is probably of */
    struct dn_figures figures;
};

struct bucket {
    struct waiting rows[WAITING];
    size_t count;
    struct dn_buf bytes;
};

/* A name that was looked up last. */
struct memo {
    struct dn_buf text;
    uint32_t name;
};

struct dn_groups_lane {
    struct dn_groups *groups;
    struct bucket buckets[SHARDS];
    struct dn_buf key;
    struct memo incident, file;
};

static void order_effects(unsigned char *order)
{
    for (int i = 0; dn_effect_words[i]; i++)
        for (int j = 0; dn_effect_words[j]; j++)
            order[i] += strcmp(dn_effect_words[j], dn_effect_words[i]) < 0;
}

struct dn_groups *dn_groups_new(size_t memory_bytes)
{
    struct dn_groups *groups = dn_alloc(1, sizeof *groups);
    dn_keyhash_begin();
    groups->shard_bytes = memory_bytes / SHARDS;
    groups->limit = (int64_t)(memory_bytes / 2) > LEAST_LIMIT ? (int64_t)(memory_bytes / 2) : LEAST_LIMIT;
    pthread_mutex_init(&groups->names_lock, NULL);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&groups->parts[i].lock, NULL);
    order_effects(groups->order);
    groups->lane = dn_groups_lane_new(groups);
    return groups;
}

void dn_groups_free(struct dn_groups *groups)
{
    if (!groups)
        return;
    dn_groups_lane_free(groups->lane);
    for (size_t i = 0; i < SHARDS; i++) {
        dn_shard_clear(&groups->parts[i].shard);
        dn_spill_clear(&groups->parts[i].spill);
        pthread_mutex_destroy(&groups->parts[i].lock);
    }
    pthread_mutex_destroy(&groups->names_lock);
    dn_table_clear(&groups->names);
    free(groups);
}

struct dn_groups_lane *dn_groups_lane_new(struct dn_groups *groups)
{
    struct dn_groups_lane *lane = dn_alloc(1, sizeof *lane);
    lane->groups = groups;
    return lane;
}

void dn_groups_lane_free(struct dn_groups_lane *lane)
{
    if (!lane)
        return;
    for (size_t i = 0; i < SHARDS; i++)
        dn_buf_clear(&lane->buckets[i].bytes);
    dn_buf_clear(&lane->key);
    dn_buf_clear(&lane->incident.text);
    dn_buf_clear(&lane->file.text);
    free(lane);
}

/* The number of a name. Mostly it is the same as the time before. */
static uint32_t name_of(struct dn_groups *groups, struct memo *memo, struct dn_text text)
{
    if (memo->text.at && dn_text_equal(dn_buf_text(&memo->text), text))
        return memo->name;
    pthread_mutex_lock(&groups->names_lock);
    memo->name = (uint32_t)dn_table_add(&groups->names, text, NULL);
    pthread_mutex_unlock(&groups->names_lock);
    dn_buf_reset(&memo->text);
    dn_buf_adds(&memo->text, "");
    dn_buf_addt(&memo->text, text);
    return memo->name;
}

static void add_place(const struct dn_groups *groups, struct dn_place place, struct dn_buf *text)
{
    dn_buf_addt(text, dn_table_key(&groups->names, place.name));
    char digits[20];
    size_t at = sizeof digits;
    for (int64_t line = place.line; line > 0; line /= 10)
        digits[--at] = (char)('0' + line % 10);
    dn_buf_adds(text, place.line == 0 ? "0" : "");
    dn_buf_add(text, digits + at, sizeof digits - at);
}

static size_t colon_of(struct dn_text text)
{
    while (text.size > 0 && text.at[text.size - 1] != ':')
        text.size--;
    return text.size;
}

/* "file:line" in order of file, then of line as a number. */
static int compare_texts(struct dn_text a, struct dn_text b)
{
    size_t a_colon = colon_of(a), b_colon = colon_of(b);
    int64_t a_line = 0, b_line = 0;
    int order = dn_text_compare((struct dn_text){a.at, a_colon}, (struct dn_text){b.at, b_colon});
    if (order != 0 || !dn_text_number((struct dn_text){a.at + a_colon, a.size - a_colon}, &a_line) ||
        !dn_text_number((struct dn_text){b.at + b_colon, b.size - b_colon}, &b_line))
        return order != 0 ? order : dn_text_compare(a, b);
    return (a_line > b_line) - (a_line < b_line);
}

static int compare_places(const void *context, struct dn_place a, struct dn_place b)
{
    struct dn_groups *groups;
    struct dn_buf left = {0}, right = {0};
    if (a.name == b.name && a.line >= 0 && b.line >= 0)
        return (a.line > b.line) - (a.line < b.line);
    memcpy(&groups, &context, sizeof groups);
    pthread_mutex_lock(&groups->names_lock); /* the names may move while another thread adds one */
    add_place(groups, a, &left);
    add_place(groups, b, &right);
    pthread_mutex_unlock(&groups->names_lock);
    int order = compare_texts(dn_buf_text(&left), dn_buf_text(&right));
    dn_buf_clear(&left);
    dn_buf_clear(&right);
    return order;
}

static enum dn_status spill_part(struct part *part, struct dn_error *err)
{
    dn_stored_add_all(&part->spill, &part->shard);
    dn_shard_empty(&part->shard);
    return dn_spill_settle(&part->spill, err);
}

static void add_row(const struct dn_groups *groups, struct dn_shard *shard, const struct waiting *row,
                    const char *bytes)
{
    struct dn_text key = {bytes + row->key_at, row->key_size};
    uint32_t number = row->group;
    if (number == DN_SHARD_NONE || !dn_shard_is(shard, number, row->incident, key))
        number = dn_shard_group(shard, row->hash, row->incident, key);
    dn_figures_add(&dn_shard_at(shard, number)->figures, &row->figures, compare_places, groups);
    if (row->id_size > 0)
        dn_shard_record_id(shard, row->hash, number, (struct dn_text){key.at + key.size, row->id_size});
}

static void add_rows(struct dn_groups *groups, struct dn_shard *shard, struct bucket *bucket)
{
    for (size_t i = 0; i < bucket->count; i++)
        dn_shard_expect_slot(shard, bucket->rows[i].hash);
    for (size_t i = 0; i < bucket->count; i++)
        bucket->rows[i].group = dn_shard_expect_group(shard, bucket->rows[i].hash);
    for (size_t i = 0; i < bucket->count; i++)
        dn_shard_expect_key(shard, bucket->rows[i].group);
    for (size_t i = 0; i < bucket->count; i++)
        add_row(groups, shard, &bucket->rows[i], bucket->bytes.at);
}

/* Adds what waits for a shard. Looking up in a large table is waiting for memory: all rows wait together. */
static enum dn_status add_waiting(struct dn_groups *groups, struct part *part, struct bucket *bucket,
                                  struct dn_error *err)
{
    enum dn_status status = DN_OK;
    pthread_mutex_lock(&part->lock);
    add_rows(groups, &part->shard, bucket);
    if (part->shard.bytes > groups->shard_bytes)
        status = spill_part(part, err);
    pthread_mutex_unlock(&part->lock);
    bucket->count = 0;
    dn_buf_reset(&bucket->bytes);
    return status;
}

/* Lets the row with the key in the lane wait for its shard. */
static enum dn_status wait_for(struct dn_groups_lane *lane, uint64_t shard_hash, const struct waiting *row,
                               struct dn_text record_id, struct dn_error *err)
{
    size_t which = (size_t)(shard_hash >> (64 - SHARD_BITS));
    struct bucket *bucket = &lane->buckets[which];
    struct waiting *waiting = &bucket->rows[bucket->count++];
    *waiting = *row;
    waiting->key_at = bucket->bytes.size;
    waiting->key_size = lane->key.size;
    waiting->id_size = record_id.size;
    dn_buf_adds(&bucket->bytes, "");
    dn_buf_addt(&bucket->bytes, dn_buf_text(&lane->key));
    dn_buf_addt(&bucket->bytes, record_id);
    return bucket->count < WAITING ? DN_OK : add_waiting(lane->groups, &lane->groups->parts[which], bucket, err);
}

enum dn_status dn_groups_lane_flush(struct dn_groups_lane *lane, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < SHARDS && status == DN_OK; i++)
        if (lane->buckets[i].count > 0)
            status = add_waiting(lane->groups, &lane->groups->parts[i], &lane->buckets[i], err);
    return status;
}

static char *put_column(char *to, struct dn_text text)
{
    if (text.size > 0)
        memcpy(to, text.at, text.size);
    to[text.size] = '\0';
    return to + text.size + 1;
}

/* Columns of a key end with a NUL, which no text holds and which sorts before everything: bytewise order of keys is
 * order by columns. */
static void put_key(struct dn_buf *key, const struct dn_impact *row, unsigned char effect)
{
    size_t size = row->tenant.size + row->service.size + row->resource.size + 4;
    if (key->room <= size) {
        key->room = 2 * size + 64;
        key->at = dn_realloc(key->at, key->room, 1);
    }
    char *to = put_column(key->at, row->tenant);
    to = put_column(to, row->service);
    to = put_column(to, row->resource);
    to[0] = (char)effect;
    to[1] = '\0';
    key->size = size;
}

enum dn_status dn_groups_lane_add(struct dn_groups_lane *lane, const struct dn_impact *row, int64_t line,
                                  struct dn_text record_id, struct dn_error *err)
{
    struct waiting waiting;
    waiting.incident = name_of(lane->groups, &lane->incident, row->incident_id);
    waiting.figures = (struct dn_figures){.rows = row->rows,
                                          .events = row->events,
                                          .data_subjects = row->data_subjects,
                                          .certainty = row->certainty,
                                          .line = line,
                                          .name = name_of(lane->groups, &lane->file, row->evidence)};
    dn_figures_span(&waiting.figures, row->first_seen, row->last_seen);
    put_key(&lane->key, row, lane->groups->order[row->effect]);
    waiting.hash = dn_shard_hash(waiting.incident, dn_buf_text(&lane->key));
    return wait_for(lane, waiting.hash, &waiting, record_id, err);
}

/* All record ids of an incident are those of a group without a key, a part of it in every shard. */
enum dn_status dn_groups_lane_count(struct dn_groups_lane *lane, struct dn_text incident_id, struct dn_text record_id,
                                    struct dn_error *err)
{
    struct waiting waiting = {.incident = name_of(lane->groups, &lane->incident, incident_id)};
    dn_buf_reset(&lane->key);
    waiting.hash = dn_shard_hash(waiting.incident, dn_buf_text(&lane->key));
    return wait_for(lane, dn_keyhash(record_id, waiting.hash), &waiting, record_id, err);
}

/* Takes the line off "file:line"; -1: it must stay as it is. */
static int64_t take_line(struct dn_text *evidence)
{
    size_t colon = colon_of(*evidence);
    struct dn_text digits = {evidence->at + colon, evidence->size - colon};
    int64_t line = -1;
    if (colon == 0 || !dn_text_number(digits, &line) || (digits.size > 1 && digits.at[0] == '0'))
        return -1;
    evidence->size = colon;
    return line;
}

enum dn_status dn_groups_add(struct dn_groups *groups, const struct dn_impact *row, struct dn_text record_id,
                             struct dn_error *err)
{
    struct dn_impact placed = *row;
    int64_t line = take_line(&placed.evidence);
    return dn_groups_lane_add(groups->lane, &placed, line, record_id, err);
}

enum dn_status dn_groups_count(struct dn_groups *groups, struct dn_text incident_id, struct dn_text record_id,
                               struct dn_error *err)
{
    return dn_groups_lane_count(groups->lane, incident_id, record_id, err);
}

/* A group in the order in which it goes out. */
struct sorted {
    uint64_t prefix; /* the rank of the incident, and of the key what follows behind what all keys have in common */
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
    bool several;         /* groups of more than one incident */
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

static int compare_sorted(const void *a, const void *b)
{
    const struct sorted *left = a, *right = b;
    if (left->prefix != right->prefix)
        return left->prefix < right->prefix ? -1 : 1;
    return dn_text_compare((struct dn_text){left->group->key, left->group->key_size},
                           (struct dn_text){right->group->key, right->group->key_size});
}

/* How many bytes the beginnings of all keys have in common. */
static size_t common_size(const struct telling *telling)
{
    const struct dn_group *first = telling->count > 0 ? telling->sorted[0].group : NULL;
    size_t common = first ? first->key_size : 0;
    for (size_t i = 1; i < telling->count && common > 0; i++) {
        const struct dn_group *group = telling->sorted[i].group;
        size_t most = group->key_size < common ? group->key_size : common, same = 0;
        if (most == common && memcmp(group->key, first->key, common) == 0)
            continue;
        while (same < most && group->key[same] == first->key[same])
            same++;
        common = same;
    }
    return common;
}

/* The next bytes of the key as a number; with several incidents their ranks come before them. */
static uint64_t prefix_of(const struct telling *telling, const struct dn_group *group, size_t common)
{
    uint64_t prefix = telling->several ? telling->ranks[group->incident] : 0;
    for (size_t k = 0; k < (telling->several ? 4 : 8); k++)
        prefix = prefix << 8 | (common + k < group->key_size ? (unsigned char)group->key[common + k] : 0);
    return prefix;
}

static void sort_groups(struct telling *telling)
{
    size_t common = common_size(telling);
    for (size_t i = 0; i < telling->count; i++)
        telling->several = telling->several || telling->sorted[i].group->incident != telling->sorted[0].group->incident;
    for (size_t i = 0; i < telling->count; i++)
        telling->sorted[i].prefix = prefix_of(telling, telling->sorted[i].group, common);
    qsort(telling->sorted, telling->count, sizeof *telling->sorted, compare_sorted);
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
    add_place(telling->groups, (struct dn_place){figures->line, figures->name}, &telling->evidence);
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

static void tell_sorted(struct telling *telling)
{
    tell_begin(telling, telling->count);
    for (size_t i = 0; i < telling->count; i++) {
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
    struct dn_settling how = {groups->limit, SHARD_BITS, compare_places, groups, write_stretch, telling};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < SHARDS && status == DN_OK; i++) {
        status = spill_part(&groups->parts[i], err);
        dn_shard_clear(&groups->parts[i].shard);
    }
    for (size_t i = 0; i < SHARDS && status == DN_OK; i++) {
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
    for (size_t i = 0; i < SHARDS; i++)
        telling->room += telling->groups->parts[i].shard.group_count;
    telling->sorted = dn_alloc(telling->room, sizeof *telling->sorted);
    for (size_t i = 0; i < SHARDS; i++)
        gather(telling, &telling->groups->parts[i].shard);
    sort_groups(telling);
    tell_counts(telling);
    tell_sorted(telling);
    for (size_t i = 0; i < SHARDS; i++)
        dn_shard_empty(&telling->groups->parts[i].shard);
}

static bool has_spilled(const struct dn_groups *groups)
{
    for (size_t i = 0; i < SHARDS; i++)
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
