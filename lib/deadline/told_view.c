#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/told.h"

void dn_told_view_clear(struct dn_told_view *view)
{
    free(view->texts);
    free(view->anchors);
    memset(view, 0, sizeof *view);
}

size_t dn_told_count(const struct dn_told_list *list)
{
    return list->said != NULL ? dn_said_count(list->said) : list->count;
}

/* ---- tables */

/* A text as a string at `to`, which goes on behind it. */
static char *put_text(char **to, struct dn_text text)
{
    char *at = *to;
    if (text.size > 0)
        memcpy(at, text.at, text.size);
    at[text.size] = '\0';
    *to += text.size + 1;
    return at;
}

static void set_anchors(const struct dn_told_list *list, const struct dn_said_entry *entry, struct dn_told_view *view)
{
    size_t count = list->anchors.count;
    if (count > view->anchor_room) {
        view->anchors = dn_realloc(view->anchors, count, sizeof *view->anchors);
        view->anchor_room = count;
    }
    for (size_t i = 0; i < count; i++)
        view->anchors[i] = (struct dn_anchor){list->anchors.at[i], entry->anchors[i]};
    view->foreign.anchors = view->anchors;
    view->foreign.anchor_count = count;
}

static void set_texts(const struct dn_said_entry *entry, struct dn_told_view *view)
{
    size_t size = entry->incident_id.size + entry->tenant_id.size + entry->zone.size + entry->satisfied_by.size + 4;
    if (size > view->text_room) {
        view->text_room = 2 * size;
        view->texts = dn_realloc(view->texts, view->text_room, 1);
    }
    char *to = view->texts;
    view->incident_id = put_text(&to, entry->incident_id);
    view->told.tenant_id = put_text(&to, entry->tenant_id);
    view->foreign.zone = entry->zone.size > 0 ? put_text(&to, entry->zone) : NULL;
    view->foreign.satisfied_by = entry->satisfied_by.size > 0 ? put_text(&to, entry->satisfied_by) : NULL;
}

static const struct dn_told *said_at(const struct dn_told_list *list, uint32_t reference, struct dn_told_view *view)
{
    struct dn_said_entry entry;
    dn_said_at(list->said, reference, &entry);
    view->told = (struct dn_told){.foreign = &view->foreign};
    view->foreign = (struct dn_told_foreign){.started_at = entry.times.started_at,
                                             .due_at = entry.times.due_at,
                                             .satisfied_at = entry.times.satisfied_at,
                                             .trouble = entry.times.trouble,
                                             .unsure = entry.times.unsure,
                                             .source = entry.source,
                                             .line = entry.line};
    memcpy(view->foreign.under, entry.under, sizeof entry.under);
    set_texts(&entry, view);
    set_anchors(list, &entry, view);
    return &view->told;
}

/* ---- both */

const struct dn_told *dn_told_at(const struct dn_told_list *list, uint32_t reference, struct dn_told_view *view)
{
    if (list->said != NULL)
        return said_at(list, reference, view);
    view->incident_id = list->incidents[list->at[reference].incident].id;
    return &list->at[reference];
}

bool dn_told_find(const struct dn_told_list *list, struct dn_text incident_id, struct dn_text tenant_id,
                  uint32_t *reference)
{
    if (list->said != NULL) {
        *reference = dn_said_find(list->said, incident_id, tenant_id);
        return *reference != UINT32_MAX;
    }
    struct dn_buf pair = {0};
    dn_told_add_pair(&pair, incident_id, tenant_id);
    size_t entry = dn_table_find(&list->tenants, dn_buf_text(&pair));
    dn_buf_clear(&pair);
    *reference = (uint32_t)entry;
    return entry != SIZE_MAX;
}

/* An entry of a ledger, for sorting. */
struct key {
    const char *incident_id, *tenant_id;
    uint32_t reference;
};

static int compare(const void *a, const void *b)
{
    const struct key *left = a, *right = b;
    int order = strcmp(left->incident_id, right->incident_id);
    return order != 0 ? order : strcmp(left->tenant_id, right->tenant_id);
}

uint32_t *dn_told_sorted(const struct dn_told_list *list)
{
    if (list->said != NULL)
        return dn_said_sorted(list->said);
    struct key *keys = dn_alloc(list->count, sizeof *keys);
    uint32_t *sorted = dn_alloc(list->count, sizeof *sorted);
    for (size_t i = 0; i < list->count; i++)
        keys[i] = (struct key){list->incidents[list->at[i].incident].id, list->at[i].tenant_id, (uint32_t)i};
    if (list->count > 1)
        qsort(keys, list->count, sizeof *keys, compare);
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = keys[i].reference;
    free(keys);
    return sorted;
}
