/* Rows of one thread, waiting to be added. Looking up in a large table is waiting for memory: many rows wait together,
 * and those of one shard are added under one lock. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/columns.h"
#include "impact/grouped.h"
#include "impact/hash.h"

#define BYTES ((size_t)256 << 10) /* of the rows that wait, if they are not long ones */
#define WAITING ((size_t)96)      /* rows of one shard that wait at most: twice as many as wait there mostly */
#define UNIT ((size_t)8)          /* bytes that a row is rounded up to */

/* A row that waits. */
struct waiting {
    uint64_t hash;
    uint32_t key_size, id_size;
    uint32_t incident;
    uint32_t group; /* that it is probably of */
    struct dn_figures figures;
    char bytes[]; /* its key, then its record id */
};

/* A name that was looked up last. */
struct memo {
    struct dn_buf text;
    uint32_t name;
};

struct dn_groups_lane {
    struct dn_groups *groups;
    char *rows; /* one behind the other, in the order in which they came */
    size_t used, room;
    uint32_t counts[DN_GROUPS_SHARDS];      /* of rows for each shard, */
    uint32_t at[DN_GROUPS_SHARDS][WAITING]; /* and where they are, in UNITs */
    struct memo incident, file;
};

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
    free(lane->rows);
    dn_buf_clear(&lane->incident.text);
    dn_buf_clear(&lane->file.text);
    free(lane);
}

/* The number of a name. Mostly it is the same as the time before. */
static uint32_t name_of(struct dn_groups *groups, struct memo *memo, struct dn_text text)
{
    if (memo->text.at && dn_text_equal(dn_buf_text(&memo->text), text))
        return memo->name;
    memo->name = dn_groups_name(groups, text);
    dn_buf_reset(&memo->text);
    dn_buf_adds(&memo->text, "");
    dn_buf_addt(&memo->text, text);
    return memo->name;
}

static struct waiting *row_at(const struct dn_groups_lane *lane, uint32_t at)
{
    return (void *)(lane->rows + at * UNIT);
}

static void add_row(const struct dn_groups *groups, struct dn_shard *shard, const struct waiting *row)
{
    struct dn_text key = {row->bytes, row->key_size};
    uint32_t number = row->group;
    if (number == DN_SHARD_NONE || !dn_shard_is(shard, number, row->incident, key))
        number = dn_shard_group(shard, row->hash, row->incident, key);
    dn_figures_add(&dn_shard_at(shard, number)->figures, &row->figures, dn_groups_compare_places, groups);
    if (row->id_size > 0)
        dn_shard_record_id(shard, row->hash, number, (struct dn_text){row->bytes + row->key_size, row->id_size});
}

static void add_rows(struct dn_groups_lane *lane, struct dn_shard *shard, const uint32_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dn_shard_expect_slot(shard, row_at(lane, at[i])->hash);
    for (size_t i = 0; i < count; i++) {
        struct waiting *row = row_at(lane, at[i]);
        row->group = dn_shard_expect_group(shard, row->hash, row->key_size);
    }
    for (size_t i = 0; i < count; i++)
        add_row(lane->groups, shard, row_at(lane, at[i]));
}

/* Adds the rows of a shard that is locked. */
static enum dn_status add_to(struct dn_groups_lane *lane, size_t which, struct dn_error *err)
{
    struct dn_groups_part *part = &lane->groups->parts[which];
    enum dn_status status = DN_OK;
    add_rows(lane, &part->shard, lane->at[which], lane->counts[which]);
    if (dn_shard_bytes(&part->shard) > lane->groups->shard_bytes)
        status = dn_groups_spill(part, err);
    pthread_mutex_unlock(&part->lock);
    lane->counts[which] = 0;
    return status;
}

/* Shards that another thread is at come last. */
enum dn_status dn_groups_lane_flush(struct dn_groups_lane *lane, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++)
        if (lane->counts[i] > 0 && pthread_mutex_trylock(&lane->groups->parts[i].lock) == 0)
            status = add_to(lane, i, err);
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++)
        if (lane->counts[i] > 0) {
            pthread_mutex_lock(&lane->groups->parts[i].lock);
            status = add_to(lane, i, err);
        }
    memset(lane->counts, 0, sizeof lane->counts); /* what a failure leaves is lost with the run */
    lane->used = 0;
    return status;
}

/* Room for one more row for a shard; a row that is longer than all room makes more. */
static enum dn_status make_room(struct dn_groups_lane *lane, size_t which, size_t size, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (lane->counts[which] == WAITING || (lane->used > 0 && lane->used + size > lane->room))
        status = dn_groups_lane_flush(lane, err);
    if (lane->used + size <= lane->room)
        return status;
    lane->room = size > BYTES ? size : BYTES;
    lane->rows = dn_realloc(lane->rows, lane->room, 1);
    return status;
}

/* Has the lines of the row after the next one ready to be written: their last use was so many rows ago that they have
 * left the nearest cache, and stores that wait for their lines hold up everything else. */
static inline void expect_writes(const char *at)
{
    __builtin_prefetch(at + 64, 1);
    __builtin_prefetch(at + 128, 1);
    __builtin_prefetch(at + 192, 1);
}

/* The next row, for the shard that the hash says, with nothing in it but sizes. NULL: *status says why. */
static struct waiting *next_row(struct dn_groups_lane *lane, uint64_t shard_hash, size_t key_size, size_t id_size,
                                enum dn_status *status, struct dn_error *err)
{
    size_t which = (size_t)(shard_hash >> (64 - DN_GROUPS_BITS));
    size_t size = (sizeof(struct waiting) + key_size + id_size + UNIT - 1) / UNIT * UNIT;
    *status = make_room(lane, which, size, err);
    if (*status != DN_OK)
        return NULL;
    struct waiting *row = (void *)(lane->rows + lane->used);
    row->key_size = (uint32_t)key_size;
    row->id_size = (uint32_t)id_size;
    lane->at[which][lane->counts[which]++] = (uint32_t)(lane->used / UNIT);
    lane->used += size;
    expect_writes(lane->rows + lane->used);
    return row;
}

static void put_record_id(char *to, struct dn_text record_id)
{
    if (record_id.size > 0)
        memcpy(to, record_id.at, record_id.size);
}

enum dn_status dn_groups_lane_add(struct dn_groups_lane *lane, const struct dn_impact *impact, int64_t line,
                                  struct dn_text record_id, struct dn_error *err)
{
    struct dn_columns columns = {&impact->tenant, &impact->service, &impact->resource,
                                 lane->groups->order[impact->effect]};
    uint32_t incident = name_of(lane->groups, &lane->incident, impact->incident_id);
    uint64_t hash = dn_columns_hash(&columns, incident);
    enum dn_status status;
    struct waiting *row = next_row(lane, hash, dn_columns_size(&columns), record_id.size, &status, err);
    if (!row)
        return status;
    row->hash = hash;
    row->incident = incident;
    row->figures = (struct dn_figures){.rows = impact->rows,
                                       .events = impact->events,
                                       .data_subjects = impact->data_subjects,
                                       .certainty = impact->certainty,
                                       .line = line,
                                       .name = name_of(lane->groups, &lane->file, impact->evidence)};
    dn_figures_span(&row->figures, impact->first_seen, impact->last_seen);
    put_record_id(dn_columns_put(&columns, row->bytes), record_id);
    return DN_OK;
}

/* All record ids of an incident are those of a group without a key, a part of it in every shard. */
enum dn_status dn_groups_lane_count(struct dn_groups_lane *lane, struct dn_text incident_id, struct dn_text record_id,
                                    struct dn_error *err)
{
    uint32_t incident = name_of(lane->groups, &lane->incident, incident_id);
    uint64_t hash = dn_columns_hash_key((struct dn_text){"", 0}, incident);
    enum dn_status status;
    struct waiting *row = next_row(lane, dn_keyhash(record_id, hash), 0, record_id.size, &status, err);
    if (!row)
        return status;
    row->hash = hash;
    row->incident = incident;
    row->figures = (struct dn_figures){.rows = 0};
    put_record_id(row->bytes, record_id);
    return DN_OK;
}
