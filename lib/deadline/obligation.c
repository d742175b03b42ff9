#include "deadline/obligation.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const char *const dn_verdict_words[] = {"met",     "late",   "excused", "pending", "held",  "overdue",
                                        "missing", "exempt", "void",    "unknown", "stray", NULL};

const char *const dn_policy_words[] = {"accepted", "delivered", "reached", NULL};

bool dn_verdict_needs_person(enum dn_verdict verdict)
{
    return verdict != DN_VERDICT_MET && verdict != DN_VERDICT_EXCUSED && verdict != DN_VERDICT_EXEMPT &&
           verdict != DN_VERDICT_VOID;
}

bool dn_obligation_elapsed(const struct dn_obligation *obligation, int64_t *seconds)
{
    if (!dn_instant_is(obligation->started_at) || !dn_instant_is(obligation->satisfied_at))
        return false;
    *seconds = dn_instant_seconds(obligation->started_at, obligation->satisfied_at);
    return true;
}

bool dn_obligation_margin(const struct dn_obligation *obligation, int64_t *seconds)
{
    bool idle = obligation->status == DN_VERDICT_VOID || obligation->status == DN_VERDICT_EXEMPT ||
                obligation->status == DN_VERDICT_STRAY;
    if (idle || !dn_instant_is(obligation->due_at))
        return false;
    bool told = dn_instant_is(obligation->satisfied_at);
    *seconds = dn_instant_seconds(told ? obligation->satisfied_at : obligation->now, obligation->due_at);
    return true;
}

struct dn_obligation *dn_obligations_add(struct dn_obligations *list)
{
    list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
    struct dn_obligation *it = &list->at[list->count++];
    *it = (struct dn_obligation){.started_at = DN_INSTANT_NONE,
                                 .due_at = DN_INSTANT_NONE,
                                 .latest_due_at = DN_INSTANT_NONE,
                                 .satisfied_at = DN_INSTANT_NONE,
                                 .now = DN_INSTANT_NONE};
    return it;
}

static int compare(const void *a, const void *b)
{
    const struct dn_obligation *left = a, *right = b;
    int order = strcmp(left->incident_id, right->incident_id);
    if (order == 0)
        order = strcmp(left->tenant_id, right->tenant_id);
    return order != 0 ? order : strcmp(left->regime, right->regime);
}

void dn_obligations_sort(struct dn_obligations *list)
{
    if (list->count > 1)
        qsort(list->at, list->count, sizeof *list->at, compare);
}

const char *dn_obligations_text(struct dn_obligations *list, const char *text)
{
    size_t size = text != NULL ? strlen(text) : 0;
    return size > 0 ? dn_arena_copy(&list->texts, (struct dn_text){text, size + 1}).at : "";
}

const char *dn_obligations_borrow(struct dn_obligations *list, const char *text)
{
    return list->passing && text != NULL ? text : dn_obligations_text(list, text);
}

void dn_obligations_reset(struct dn_obligations *list)
{
    list->count = 0;
    if (list->texts.count > 0)
        dn_arena_reset(&list->texts);
}

void dn_obligations_clear(struct dn_obligations *list)
{
    free(list->at);
    dn_arena_clear(&list->texts);
    memset(list, 0, sizeof *list);
}
