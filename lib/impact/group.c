#include "impact/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/grouped.h"
#include "impact/hash.h"
#include "impact/settle.h"

#define LEAST_LIMIT ((int64_t)4 << 10) /* of a spill that is brought together in memory, however little there is, */
#define MOST_LIMIT ((int64_t)(DN_STORE_MOST_BYTES / 4)) /* or much: short record ids take up to four times as much */

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
    groups->shard_bytes = (memory_bytes - memory_bytes / 16) / DN_GROUPS_SHARDS; /* the rest is for what waits */
    if (groups->shard_bytes > DN_STORE_MOST_BYTES)
        groups->shard_bytes = DN_STORE_MOST_BYTES;
    groups->limit = (int64_t)(memory_bytes / 2) > LEAST_LIMIT ? (int64_t)(memory_bytes / 2) : LEAST_LIMIT;
    if (groups->limit > MOST_LIMIT)
        groups->limit = MOST_LIMIT;
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

uint32_t dn_groups_name(struct dn_groups *groups, struct dn_text text)
{
    pthread_mutex_lock(&groups->names_lock);
    size_t name = dn_table_add(&groups->names, text, NULL);
    pthread_mutex_unlock(&groups->names_lock);
    return (uint32_t)name;
}

void dn_groups_add_place(const struct dn_groups *groups, struct dn_row_place place, struct dn_buf *text)
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

int dn_groups_compare_places(const void *context, struct dn_row_place a, struct dn_row_place b)
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
