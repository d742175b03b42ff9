#include "impact/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "impact/run.h"

#define FAN ((size_t)16) /* so many runs of one level become one of the next: open files stay few */
#define LEVELS ((size_t)12)
#define SLOT_BYTES ((size_t)16) /* of a table's slot, for the estimate */

/* Keys begin with one of these, so that counts come before all groups. */
enum kind { KIND_COUNT = 1, KIND_GROUP = 2 };

struct dn_groups {
    size_t memory_bytes;
    struct dn_table keys;       /* of groups */
    struct dn_figures *figures; /* beside it; evidence is owned */
    size_t room;
    size_t evidence_bytes;
    struct dn_table record_ids; /* number of the group, then the id */
    struct dn_buf scratch;
    struct dn_run *runs[LEVELS][FAN];
    size_t run_counts[LEVELS];
    bool spilled;
};

struct dn_groups *dn_groups_new(size_t memory_bytes)
{
    struct dn_groups *groups = dn_alloc(1, sizeof *groups);
    groups->memory_bytes = memory_bytes;
    return groups;
}

static void free_evidence(struct dn_figures *figures)
{
    char *owned;
    memcpy(&owned, &figures->evidence.at, sizeof owned);
    free(owned);
    figures->evidence = (struct dn_text){NULL, 0};
}

static void empty_memory(struct dn_groups *groups)
{
    for (size_t i = 0; i < groups->keys.count; i++)
        free_evidence(&groups->figures[i]);
    free(groups->figures);
    groups->figures = NULL;
    groups->room = 0;
    groups->evidence_bytes = 0;
    dn_table_clear(&groups->keys);
    dn_table_clear(&groups->record_ids);
}

void dn_groups_free(struct dn_groups *groups)
{
    if (!groups)
        return;
    empty_memory(groups);
    for (size_t level = 0; level < LEVELS; level++)
        for (size_t i = 0; i < groups->run_counts[level]; i++)
            dn_run_free(groups->runs[level][i]);
    dn_buf_clear(&groups->scratch);
    free(groups);
}

/* What the tables hold now, and what sorting them will take. */
static size_t memory_used(const struct dn_groups *groups)
{
    const struct dn_table *keys = &groups->keys, *ids = &groups->record_ids;
    size_t slots = (keys->slot_count + ids->slot_count) * SLOT_BYTES;
    size_t texts = keys->keys.room + ids->keys.room + (keys->key_room + ids->key_room) * sizeof(size_t);
    size_t sorting = (keys->count + ids->count) * (sizeof(struct dn_text) + 2 * sizeof(size_t));
    return slots + texts + sorting + groups->room * sizeof *groups->figures + groups->evidence_bytes;
}

/* A key or record id in the order in which it goes out. */
struct sorted {
    struct dn_text text;
    size_t rank; /* of a record id: the place of its group; of a group: 0 */
    size_t entry;
};

static int compare_sorted(const void *a, const void *b)
{
    const struct sorted *left = a, *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return dn_text_compare(left->text, right->text);
}

static struct sorted *sort_keys(const struct dn_groups *groups)
{
    struct sorted *sorted = dn_alloc(groups->keys.count, sizeof *sorted);
    for (size_t i = 0; i < groups->keys.count; i++)
        sorted[i] = (struct sorted){dn_table_key(&groups->keys, i), 0, i};
    qsort(sorted, groups->keys.count, sizeof *sorted, compare_sorted);
    return sorted;
}

static struct sorted *sort_record_ids(const struct dn_groups *groups, const struct sorted *keys)
{
    size_t *ranks = dn_alloc(groups->keys.count, sizeof *ranks);
    struct sorted *sorted = dn_alloc(groups->record_ids.count, sizeof *sorted);
    for (size_t i = 0; i < groups->keys.count; i++)
        ranks[keys[i].entry] = i;
    for (size_t i = 0; i < groups->record_ids.count; i++) {
        struct dn_text key = dn_table_key(&groups->record_ids, i);
        size_t group;
        memcpy(&group, key.at, sizeof group);
        sorted[i] = (struct sorted){{key.at + sizeof group, key.size - sizeof group}, ranks[group], i};
    }
    qsort(sorted, groups->record_ids.count, sizeof *sorted, compare_sorted);
    free(ranks);
    return sorted;
}

/* Hands on what is in memory in order, and empties it. */
static enum dn_status drain(struct dn_groups *groups, const struct dn_run_sink *sink, struct dn_error *err)
{
    struct sorted *keys = sort_keys(groups), *ids = sort_record_ids(groups, keys);
    enum dn_status status = DN_OK;
    size_t next = 0;
    for (size_t i = 0; i < groups->keys.count && status == DN_OK; i++) {
        status = sink->group(sink->context, keys[i].text, &groups->figures[keys[i].entry], err);
        for (; status == DN_OK && next < groups->record_ids.count && ids[next].rank == i; next++)
            status = sink->record_id(sink->context, ids[next].text, err);
        if (status == DN_OK)
            status = sink->end(sink->context, err);
    }
    free(keys);
    free(ids);
    empty_memory(groups);
    return status;
}

/* Adds a run; when a level is full, its runs become one of the next. */
static enum dn_status add_run(struct dn_groups *groups, size_t level, struct dn_run *run, struct dn_error *err)
{
    groups->runs[level][groups->run_counts[level]++] = run;
    if (groups->run_counts[level] < FAN || level + 1 == LEVELS)
        return DN_OK;
    struct dn_run *merged = NULL;
    enum dn_status status = dn_run_new(&merged, err);
    if (status == DN_OK) {
        struct dn_run_sink sink = dn_run_sink(merged);
        status = dn_runs_merge(groups->runs[level], FAN, &sink, err);
    }
    if (status != DN_OK) {
        dn_run_free(merged);
        return status;
    }
    for (size_t i = 0; i < FAN; i++)
        dn_run_free(groups->runs[level][i]);
    groups->run_counts[level] = 0;
    return add_run(groups, level + 1, merged, err);
}

static enum dn_status spill(struct dn_groups *groups, struct dn_error *err)
{
    struct dn_run *run = NULL;
    enum dn_status status = dn_run_new(&run, err);
    if (status != DN_OK)
        return status;
    struct dn_run_sink sink = dn_run_sink(run);
    status = drain(groups, &sink, err);
    groups->spilled = true;
    if (status == DN_OK)
        return add_run(groups, 0, run, err);
    dn_run_free(run);
    return status;
}

/* Adds figures to the group of the key in scratch. */
static size_t add_figures(struct dn_groups *groups, const struct dn_figures *figures)
{
    bool added = false;
    size_t group = dn_table_add(&groups->keys, dn_buf_text(&groups->scratch), &added);
    if (added) {
        groups->figures = dn_grow(groups->figures, group, &groups->room, sizeof *groups->figures);
        groups->figures[group] = (struct dn_figures){0};
    }
    struct dn_figures *into = &groups->figures[group];
    struct dn_text before = into->evidence;
    if (dn_figures_add(into, figures)) {
        struct dn_figures old = {.evidence = before};
        free_evidence(&old);
        groups->evidence_bytes += figures->evidence.size - before.size;
        into->evidence.at = dn_strndup(figures->evidence.at ? figures->evidence.at : "", figures->evidence.size);
    }
    return group;
}

static enum dn_status add(struct dn_groups *groups, const struct dn_figures *figures, struct dn_text record_id,
                          struct dn_error *err)
{
    size_t group = add_figures(groups, figures);
    if (record_id.size > 0) {
        dn_buf_reset(&groups->scratch);
        dn_buf_add(&groups->scratch, &group, sizeof group);
        dn_buf_addt(&groups->scratch, record_id);
        dn_table_add(&groups->record_ids, dn_buf_text(&groups->scratch), NULL);
    }
    return memory_used(groups) > groups->memory_bytes ? spill(groups, err) : DN_OK;
}

/* Columns of a key end with a NUL, which no text holds and which sorts before everything: bytewise order of keys is
 * order by columns. */
static void add_column(struct dn_buf *key, struct dn_text text)
{
    dn_buf_addt(key, text);
    dn_buf_addc(key, '\0');
}

enum dn_status dn_groups_add(struct dn_groups *groups, const struct dn_impact *row, struct dn_text record_id,
                             struct dn_error *err)
{
    struct dn_figures figures = {row->rows,       row->events,    row->data_subjects, row->certainty,
                                 row->first_seen, row->last_seen, row->evidence};
    dn_buf_reset(&groups->scratch);
    dn_buf_addc(&groups->scratch, KIND_GROUP);
    add_column(&groups->scratch, row->incident_id);
    add_column(&groups->scratch, row->tenant);
    add_column(&groups->scratch, row->service);
    add_column(&groups->scratch, row->resource);
    add_column(&groups->scratch, dn_text_of(dn_effect_words[row->effect]));
    return add(groups, &figures, record_id, err);
}

enum dn_status dn_groups_count(struct dn_groups *groups, struct dn_text incident_id, struct dn_text record_id,
                               struct dn_error *err)
{
    struct dn_figures figures = {.rows = 1, .first = DN_INSTANT_NONE, .last = DN_INSTANT_NONE};
    dn_buf_reset(&groups->scratch);
    dn_buf_addc(&groups->scratch, KIND_COUNT);
    add_column(&groups->scratch, incident_id);
    return add(groups, &figures, record_id, err);
}

/* The last sink: it counts the ids of a group and tells it. */
struct telling {
    const struct dn_groups_told *told;
    struct dn_buf key, evidence;
    struct dn_figures figures;
    int64_t record_ids;
};

static enum dn_status begin_group(void *context, struct dn_text key, const struct dn_figures *figures,
                                  struct dn_error *err)
{
    struct telling *telling = context;
    (void)err;
    dn_buf_reset(&telling->key);
    dn_buf_addt(&telling->key, key);
    dn_buf_reset(&telling->evidence);
    dn_buf_addt(&telling->evidence, figures->evidence);
    telling->figures = *figures;
    telling->record_ids = 0;
    return DN_OK;
}

static enum dn_status count_record_id(void *context, struct dn_text record_id, struct dn_error *err)
{
    (void)record_id;
    (void)err;
    ((struct telling *)context)->record_ids++;
    return DN_OK;
}

/* Takes a column off a key. */
static struct dn_text take_column(struct dn_text *key)
{
    const char *end = memchr(key->at, '\0', key->size);
    struct dn_text column = {key->at, (size_t)(end - key->at)};
    *key = (struct dn_text){end + 1, key->size - column.size - 1};
    return column;
}

static void tell_group(const struct telling *telling, struct dn_text key)
{
    const struct dn_figures *figures = &telling->figures;
    struct dn_impact row = {.incident_id = take_column(&key)};
    row.tenant = take_column(&key);
    row.service = take_column(&key);
    row.resource = take_column(&key);
    row.effect = (enum dn_effect)dn_word_find(dn_effect_words, take_column(&key));
    row.certainty = figures->certainty;
    row.rows = figures->rows;
    row.events = figures->events + telling->record_ids;
    row.data_subjects = figures->data_subjects;
    row.first_seen = figures->first;
    row.last_seen = figures->last;
    row.evidence = dn_buf_text(&telling->evidence);
    row.determined_at = DN_INSTANT_NONE;
    telling->told->group(telling->told->context, &row);
}

static enum dn_status end_group(void *context, struct dn_error *err)
{
    struct telling *telling = context;
    struct dn_text key = {telling->key.at + 1, telling->key.size - 1};
    (void)err;
    if (telling->key.at[0] == KIND_GROUP && telling->told->group)
        tell_group(telling, key);
    if (telling->key.at[0] == KIND_COUNT && telling->told->counted)
        telling->told->counted(telling->told->context, take_column(&key), telling->record_ids);
    return DN_OK;
}

/* All runs of all levels, merged at once: at most FAN - 1 a level. */
static enum dn_status merge_all(struct dn_groups *groups, const struct dn_run_sink *sink, struct dn_error *err)
{
    struct dn_run *runs[LEVELS * FAN];
    size_t count = 0;
    for (size_t level = 0; level < LEVELS; level++)
        for (size_t i = 0; i < groups->run_counts[level]; i++)
            runs[count++] = groups->runs[level][i];
    enum dn_status status = dn_runs_merge(runs, count, sink, err);
    for (size_t i = 0; i < count; i++)
        dn_run_free(runs[i]);
    memset(groups->run_counts, 0, sizeof groups->run_counts);
    groups->spilled = false;
    return status;
}

enum dn_status dn_groups_tell(struct dn_groups *groups, const struct dn_groups_told *told, struct dn_error *err)
{
    struct telling telling = {.told = told};
    struct dn_run_sink sink = {&telling, begin_group, count_record_id, end_group};
    enum dn_status status = DN_OK;
    if (!groups->spilled)
        status = drain(groups, &sink, err);
    else if (groups->keys.count > 0)
        status = spill(groups, err);
    if (status == DN_OK && groups->spilled)
        status = merge_all(groups, &sink, err);
    dn_buf_clear(&telling.key);
    dn_buf_clear(&telling.evidence);
    return status;
}
