#include "impact/telling.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "impact/columns.h"

struct named {
    struct dn_text text;
    uint32_t name;
};

static int compare_named(const void *a, const void *b)
{
    return dn_text_compare(((const struct named *)a)->text, ((const struct named *)b)->text);
}

static void rank_names(struct dn_telling *telling)
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

bool dn_telling_takes(struct dn_telling *telling, struct dn_group *group)
{
    group->figures.events += group->record_ids;
    group->record_ids = 0;
    group->record_id = DN_SHARD_NONE;
    if (group->key_size > 0)
        return true;
    pthread_mutex_lock(&telling->groups->names_lock);
    int64_t *count = &telling->counts[group->incident];
    *count = group->figures.events + (*count < 0 ? 0 : *count);
    pthread_mutex_unlock(&telling->groups->names_lock);
    return false;
}

enum dn_status dn_telling_begin(const struct dn_telling *telling, size_t groups, bool sure, struct dn_error *err)
{
    const struct dn_groups_told *told = telling->told;
    for (size_t i = 0; told->counted && i < telling->groups->names.count; i++) {
        uint32_t name = telling->by_rank[i];
        if (telling->counts[name] >= 0)
            told->counted(told->context, dn_table_key(&telling->groups->names, name), telling->counts[name]);
    }
    return told->begin ? told->begin(told->context, (int64_t)groups, sure, err) : DN_OK;
}

static enum dn_effect effect_of(const struct dn_groups *groups, unsigned char order)
{
    int effect = 0;
    while (groups->order[effect] != order)
        effect++;
    return (enum dn_effect)effect;
}

void dn_telling_row(const struct dn_telling *telling, size_t thread, const struct dn_group *group, int64_t number,
                    struct dn_buf *place, struct dn_buf *rows)
{
    const struct dn_groups *groups = telling->groups;
    const struct dn_figures *figures = &group->figures;
    struct dn_columns_room room;
    struct dn_columns columns = dn_columns_of(dn_group_key(group), &room);
    struct dn_impact row = {.incident_id = dn_table_key(&groups->names, group->incident),
                            .tenant = room.tenant,
                            .service = room.service,
                            .resource = room.resource,
                            .effect = effect_of(groups, columns.effect),
                            .certainty = figures->certainty,
                            .rows = figures->rows,
                            .events = figures->events,
                            .data_subjects = figures->data_subjects,
                            .first_seen = dn_figures_first(figures),
                            .last_seen = dn_figures_last(figures),
                            .determined_at = DN_INSTANT_NONE};
    dn_buf_reset(place);
    dn_groups_add_place(groups, (struct dn_row_place){figures->line, figures->name}, place);
    row.evidence = dn_buf_text(place);
    telling->told->row(telling->told->context, thread, &row, number, rows);
}

void dn_telling_pass(const struct dn_telling *telling, const struct dn_buf *rows, size_t count)
{
    if (telling->told->rows && count > 0)
        telling->told->rows(telling->told->context, dn_buf_text(rows), (int64_t)count);
}

static bool has_spilled(const struct dn_groups *groups)
{
    for (size_t i = 0; i < DN_GROUPS_SHARDS; i++)
        if (groups->parts[i].spill.size > 0)
            return true;
    return false;
}

enum dn_status dn_groups_tell(struct dn_groups *groups, size_t threads, const struct dn_groups_told *told,
                              struct dn_error *err)
{
    struct dn_telling telling = {.groups = groups, .told = told, .threads = threads > 0 ? threads : 1};
    enum dn_status status = dn_groups_lane_flush(groups->lane, err);
    if (status != DN_OK)
        return status;
    rank_names(&telling);
    status = has_spilled(groups) ? dn_tell_stretches(&telling, err) : dn_tell_ranges(&telling, err);
    free(telling.ranks);
    free(telling.by_rank);
    free(telling.counts);
    return status;
}
