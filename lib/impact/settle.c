#include "impact/settle.h"

#include <string.h>

#include "impact/columns.h"
#include "impact/hash.h"

#define FAN_BITS 5
#define FAN ((size_t)1 << FAN_BITS)
#define MOST_BITS 40 /* of the hash; what agrees in so many is one group, or as good as */
#define READ_ROOM ((size_t)64 << 10)

static void put_head(struct dn_spill *spill, const struct dn_stored *stored, struct dn_text key)
{
    dn_spill_add(spill, stored, sizeof *stored);
    dn_spill_add(spill, key.at, key.size);
}

static void put_record_id(struct dn_spill *spill, struct dn_text record_id)
{
    uint32_t size = (uint32_t)record_id.size;
    dn_spill_add(spill, &size, sizeof size);
    dn_spill_add(spill, record_id.at, record_id.size);
}

void dn_stored_add(struct dn_spill *spill, const struct dn_shard *shard, const struct dn_group *group)
{
    struct dn_stored stored;
    memset(&stored, 0, sizeof stored);
    stored.key_size = group->key_size;
    stored.incident = group->incident;
    stored.record_ids = group->record_ids;
    stored.figures = group->figures;
    put_head(spill, &stored, dn_group_key(group));
    for (uint32_t i = group->record_id; i != DN_SHARD_NONE; i = dn_shard_id_at(shard, i)->next)
        put_record_id(spill, (struct dn_text){dn_shard_id_at(shard, i)->at, dn_shard_id_at(shard, i)->size});
}

void dn_stored_add_all(struct dn_spill *spill, const struct dn_shard *shard)
{
    struct dn_shard_place place = {0, 0};
    const struct dn_group *group;
    while ((group = dn_shard_next(shard, &place)) != NULL)
        dn_stored_add(spill, shard, group);
}

/* One spill being read. */
struct reading {
    struct dn_spill_reader reader;
    struct dn_stored head;
    struct dn_buf key;
    uint64_t hash;
};

static bool next_head(struct reading *in)
{
    dn_buf_reset(&in->key);
    if (!dn_spill_take(&in->reader, &in->head, sizeof in->head))
        return false;
    const char *key = dn_spill_view(&in->reader, in->head.key_size);
    if (!key)
        return false;
    dn_buf_add(&in->key, key, in->head.key_size);
    in->hash = dn_columns_hash_key(dn_buf_text(&in->key), in->head.incident);
    return true;
}

static bool next_record_id(struct reading *in, struct dn_text *record_id)
{
    uint32_t size;
    if (!dn_spill_take(&in->reader, &size, sizeof size))
        return false;
    *record_id = (struct dn_text){dn_spill_view(&in->reader, size), size};
    return record_id->at != NULL;
}

static void begin_reading(struct reading *in, const struct dn_spill *spill)
{
    *in = (struct reading){.key = {0}};
    dn_spill_read(spill, 0, spill->size, READ_ROOM, &in->reader);
}

static enum dn_status end_reading(struct reading *in, struct dn_error *err)
{
    enum dn_status status = in->reader.failure.status;
    if (status != DN_OK && err)
        *err = in->reader.failure;
    dn_spill_reader_clear(&in->reader);
    dn_buf_clear(&in->key);
    return status;
}

/* Adds up what is read, all of it or as long as it is within so many bytes. */
static void load(const struct dn_settling *how, struct reading *in, struct dn_shard *shard, size_t most)
{
    struct dn_text record_id;
    while (dn_shard_bytes(shard) <= most && next_head(in)) {
        uint32_t number = dn_shard_group(shard, in->hash, in->head.incident, dn_buf_text(&in->key));
        dn_figures_add(&dn_shard_at(shard, number)->figures, &in->head.figures, how->compare, how->places);
        for (uint32_t i = 0; i < in->head.record_ids && next_record_id(in, &record_id); i++)
            dn_shard_record_id(shard, in->hash, number, record_id);
    }
}

static bool has_more(const struct reading *in)
{
    return in->reader.failure.status == DN_OK &&
           (in->reader.at < in->reader.end || in->reader.next < in->reader.filled);
}

/* The figures and the record ids of a spill, each spread by its hash. */
struct parts {
    struct dn_spill figures[FAN], ids[FAN];
};

static size_t part_of(uint64_t hash, unsigned bits)
{
    return (size_t)(hash >> (64 - FAN_BITS - bits)) & (FAN - 1);
}

/* Sorts record ids of one group by their hash; each is given the group's key. */
static void spread_record_ids(struct reading *in, struct dn_spill *ids, unsigned bits)
{
    struct dn_stored alone;
    struct dn_text record_id;
    memset(&alone, 0, sizeof alone);
    alone.key_size = in->head.key_size;
    alone.incident = in->head.incident;
    alone.record_ids = 1;
    for (uint32_t i = 0; i < in->head.record_ids && next_record_id(in, &record_id); i++) {
        struct dn_spill *part = &ids[part_of(dn_keyhash(record_id, in->hash), bits)];
        put_head(part, &alone, dn_buf_text(&in->key));
        put_record_id(part, record_id);
    }
}

static enum dn_status settle_parts(struct dn_spill *parts, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < FAN && status == DN_OK; i++)
        status = dn_spill_settle(&parts[i], err);
    return status;
}

static void clear_parts(struct dn_spill *parts)
{
    for (size_t i = 0; i < FAN; i++)
        dn_spill_clear(&parts[i]);
}

/* Counts the record ids of a spill that holds nothing else; what they count to is added to the figures. */
static enum dn_status count_record_ids(const struct dn_settling *how, const struct dn_spill *spill, unsigned id_bits,
                                       struct dn_spill *figures, struct dn_error *err)
{
    struct dn_shard shard = dn_shard_begin(how->pool);
    struct dn_spill ids[FAN] = {{0}};
    struct reading in;
    enum dn_status status = DN_OK;
    if (spill->size > how->limit && id_bits < MOST_BITS) {
        begin_reading(&in, spill);
        while (next_head(&in))
            spread_record_ids(&in, ids, id_bits);
        status = end_reading(&in, err);
        if (status == DN_OK)
            status = settle_parts(ids, err);
        for (size_t i = 0; i < FAN && status == DN_OK; i++)
            status = count_record_ids(how, &ids[i], id_bits + FAN_BITS, figures, err);
        clear_parts(ids);
        return status;
    }
    begin_reading(&in, spill);
    load(how, &in, &shard, SIZE_MAX);
    status = end_reading(&in, err);
    struct dn_shard_place place = {0, 0};
    struct dn_group *group;
    while ((group = dn_shard_next(&shard, &place)) != NULL) {
        uint64_t hash = dn_columns_hash_key(dn_group_key(group), group->incident);
        group->figures.events += group->record_ids;
        group->record_ids = 0;
        group->record_id = DN_SHARD_NONE;
        dn_stored_add(&figures[part_of(hash, how->bits)], &shard, group);
    }
    dn_shard_clear(&shard);
    return status;
}

static void spread(const struct dn_settling *how, struct reading *in, struct parts *parts)
{
    while (next_head(in)) {
        struct dn_stored figures = in->head;
        figures.record_ids = 0;
        put_head(&parts->figures[part_of(in->hash, how->bits)], &figures, dn_buf_text(&in->key));
        spread_record_ids(in, parts->ids, 0);
    }
}

/* Spreads what was added up already, and what is still to be read. */
static enum dn_status spread_all(const struct dn_settling *how, struct reading *in, struct dn_shard *shard,
                                 struct parts *parts, struct dn_error *err)
{
    struct dn_spill begun = {0};
    struct reading again;
    dn_stored_add_all(&begun, shard);
    dn_shard_clear(shard);
    enum dn_status status = dn_spill_settle(&begun, err);
    if (status == DN_OK) {
        begin_reading(&again, &begun);
        spread(how, &again, parts);
        status = end_reading(&again, err);
    }
    dn_spill_clear(&begun);
    if (status == DN_OK)
        spread(how, in, parts);
    return status;
}

static enum dn_status settle_parts_of(const struct dn_settling *how, struct parts *parts, struct dn_error *err)
{
    struct dn_settling deeper = *how;
    deeper.bits += FAN_BITS;
    enum dn_status status = settle_parts(parts->ids, err);
    for (size_t i = 0; i < FAN && status == DN_OK; i++) {
        status = count_record_ids(how, &parts->ids[i], FAN_BITS, parts->figures, err);
        dn_spill_clear(&parts->ids[i]);
    }
    if (status == DN_OK)
        status = settle_parts(parts->figures, err);
    for (size_t i = 0; i < FAN && status == DN_OK; i++) {
        status = dn_settle(&deeper, &parts->figures[i], err);
        dn_spill_clear(&parts->figures[i]);
    }
    return status;
}

/* Groups that come again and again take less memory than their spill: it is tried first. */
static enum dn_status settle_large(const struct dn_settling *how, struct reading *in, struct dn_shard *shard,
                                   struct dn_error *err)
{
    struct parts parts = {{{0}}, {{0}}};
    enum dn_status status = spread_all(how, in, shard, &parts, err);
    enum dn_status read = end_reading(in, status == DN_OK ? err : NULL);
    status = status == DN_OK ? read : status;
    if (status == DN_OK)
        status = settle_parts_of(how, &parts, err);
    clear_parts(parts.ids);
    clear_parts(parts.figures);
    return status;
}

enum dn_status dn_settle(const struct dn_settling *how, const struct dn_spill *spill, struct dn_error *err)
{
    struct dn_shard shard = dn_shard_begin(how->pool);
    struct reading in;
    bool fits = spill->size <= how->limit || how->bits >= MOST_BITS;
    begin_reading(&in, spill);
    load(how, &in, &shard, fits ? SIZE_MAX : (size_t)how->limit);
    if (has_more(&in))
        return settle_large(how, &in, &shard, err);
    enum dn_status status = end_reading(&in, err);
    if (status == DN_OK && dn_shard_count(&shard) > 0)
        status = how->settled(how->context, &shard, err);
    dn_shard_clear(&shard);
    return status;
}
