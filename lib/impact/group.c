#include "impact/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/grouped.h"
#include "impact/hash.h"
#include "impact/settle.h"

#define WAITING ((size_t)48)           /* rows of a lane for one shard, added at once */
#define LEAST_LIMIT ((int64_t)4 << 10) /* of a spill that is brought together in memory, however little there is */

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
    struct bucket buckets[DN_GROUPS_SHARDS];
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
    groups->pool = dn_pool_new();
    groups->shard_bytes = memory_bytes / DN_GROUPS_SHARDS;
    if (groups->shard_bytes > DN_STORE_MOST_BYTES)
        groups->shard_bytes = DN_STORE_MOST_BYTES;
    groups->limit = (int64_t)(memory_bytes / 2) > LEAST_LIMIT ? (int64_t)(memory_bytes / 2) : LEAST_LIMIT;
    pthread_mutex_init(&groups->names_lock, NULL);
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++) {
        pthread_mutex_init(&groups->parts[i].lock, NULL);
        groups->parts[i].shard = dn_shard_begin(groups->pool);
    }
    order_effects(groups->order);
    groups->lane = dn_groups_lane_new(groups);
    return groups;
}

void dn_groups_free(struct dn_groups *groups)
{
    if (!groups)
        return;
    dn_groups_lane_free(groups->lane);
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++) {
        dn_shard_clear(&groups->parts[i].shard);
        dn_spill_clear(&groups->parts[i].spill);
        pthread_mutex_destroy(&groups->parts[i].lock);
    }
    dn_pool_free(groups->pool);
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
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
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

void dn_groups_add_place(const struct dn_groups *groups, struct dn_place place, struct dn_buf *text)
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

int dn_groups_compare_places(const void *context, struct dn_place a, struct dn_place b)
{
    struct dn_groups *groups;
    struct dn_buf left = {0}, right = {0};
    if (a.name == b.name && a.line >= 0 && b.line >= 0)
        return (a.line > b.line) - (a.line < b.line);
    memcpy(&groups, &context, sizeof groups);
    pthread_mutex_lock(&groups->names_lock); /* the names may move while another thread adds one */
    dn_groups_add_place(groups, a, &left);
    dn_groups_add_place(groups, b, &right);
    pthread_mutex_unlock(&groups->names_lock);
    int order = compare_texts(dn_buf_text(&left), dn_buf_text(&right));
    dn_buf_clear(&left);
    dn_buf_clear(&right);
    return order;
}

enum dn_status dn_groups_spill(struct dn_groups_part *part, struct dn_error *err)
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
    dn_figures_add(&dn_shard_at(shard, number)->figures, &row->figures, dn_groups_compare_places, groups);
    if (row->id_size > 0)
        dn_shard_record_id(shard, row->hash, number, (struct dn_text){key.at + key.size, row->id_size});
}

static void add_rows(struct dn_groups *groups, struct dn_shard *shard, struct bucket *bucket)
{
    for (size_t i = 0; i < bucket->count; i++)
        dn_shard_expect_slot(shard, bucket->rows[i].hash);
    for (size_t i = 0; i < bucket->count; i++)
        bucket->rows[i].group = dn_shard_expect_group(shard, bucket->rows[i].hash, bucket->rows[i].key_size);
    for (size_t i = 0; i < bucket->count; i++)
        add_row(groups, shard, &bucket->rows[i], bucket->bytes.at);
}

/* Adds what waits for a shard. Looking up in a large table is waiting for memory: all rows wait together. */
static enum dn_status add_waiting(struct dn_groups *groups, struct dn_groups_part *part, struct bucket *bucket,
                                  struct dn_error *err)
{
    enum dn_status status = DN_OK;
    pthread_mutex_lock(&part->lock);
    add_rows(groups, &part->shard, bucket);
    if (dn_shard_bytes(&part->shard) > groups->shard_bytes)
        status = dn_groups_spill(part, err);
    pthread_mutex_unlock(&part->lock);
    bucket->count = 0;
    dn_buf_reset(&bucket->bytes);
    return status;
}

/* Lets the row with the key in the lane wait for its shard. */
static enum dn_status wait_for(struct dn_groups_lane *lane, uint64_t shard_hash, const struct waiting *row,
                               struct dn_text record_id, struct dn_error *err)
{
    size_t which = (size_t)(shard_hash >> (64 - DN_GROUPS_BITS));
    struct bucket *bucket = &lane->buckets[which];
    struct waiting *waiting = &bucket->rows[bucket->count++];
    *waiting = *row;
    waiting->key_at = bucket->bytes.size;
    waiting->key_size = lane->key.size;
    waiting->id_size = record_id.size;
    char *to = dn_buf_reserve(&bucket->bytes, lane->key.size + record_id.size);
    if (lane->key.size > 0)
        memcpy(to, lane->key.at, lane->key.size);
    if (record_id.size > 0)
        memcpy(to + lane->key.size, record_id.at, record_id.size);
    dn_buf_extend(&bucket->bytes, lane->key.size + record_id.size);
    return bucket->count < WAITING ? DN_OK : add_waiting(lane->groups, &lane->groups->parts[which], bucket, err);
}

enum dn_status dn_groups_lane_flush(struct dn_groups_lane *lane, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < DN_GROUPS_SHARDS && status == DN_OK; i++)
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
