#include "notice/plan_draft.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notice/reach.h"

void dn_draft_begin(struct dn_draft *draft, const struct dn_incident *incident, const struct dn_affected *tenant,
                    size_t number)
{
    draft->incident = incident;
    draft->tenant = tenant;
    draft->number = number;
    draft->count = 0;
    dn_arena_reset(&draft->texts);
}

static const char *own(struct dn_draft *draft, const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(dn_arena_take(&draft->texts, size), text, size);
}

struct dn_plan_row *dn_draft_add(struct dn_draft *draft, enum dn_channel channel, enum dn_required required,
                                 const char *recipient)
{
    const struct dn_incident *incident = draft->incident;
    draft->rows = dn_grow(draft->rows, draft->count, &draft->room, sizeof *draft->rows);
    struct dn_plan_row *row = &draft->rows[draft->count++];
    *row = (struct dn_plan_row){.incident = incident,
                                .tenant = draft->tenant,
                                .number = draft->number,
                                .channel = channel,
                                .required = required,
                                .state = DN_STATE_INTENT,
                                .recipient = own(draft, recipient),
                                .reason = "",
                                .same_as = SIZE_MAX,
                                .due_at = incident->clock_due_at,
                                .regime = incident->clock_regime ? incident->clock_regime : ""};
    return row;
}

void dn_draft_set(struct dn_draft *draft, struct dn_plan_row *row, enum dn_state state, const char *reason)
{
    row->state = state;
    row->reason = own(draft, reason);
}

void dn_draft_skip(struct dn_draft *draft, enum dn_channel channel, const char *gap)
{
    dn_draft_set(draft, dn_draft_add(draft, channel, DN_REQUIRED_NO, ""), DN_STATE_SKIPPED, gap);
}

struct dn_plan_row *dn_draft_find(const struct dn_draft *draft, enum dn_channel channel)
{
    for (size_t i = 0; i < draft->count; i++)
        if (draft->rows[i].channel == channel)
            return &draft->rows[i];
    return NULL;
}

bool dn_draft_sends(const struct dn_draft *draft, bool (*wants)(const struct dn_plan_row *row))
{
    for (size_t i = 0; i < draft->count; i++)
        if (draft->rows[i].state == DN_STATE_INTENT && (!wants || wants(&draft->rows[i])))
            return true;
    return false;
}

size_t dn_draft_hold(struct dn_draft *draft, const char *reason)
{
    bool has_intent = dn_draft_sends(draft, NULL);
    size_t held = 0;
    for (size_t i = 0; i < draft->count; i++) {
        struct dn_plan_row *row = &draft->rows[i];
        bool is_last = row->state == DN_STATE_SKIPPED && row->required == DN_REQUIRED_ALL;
        if (row->state != DN_STATE_INTENT && (has_intent || !is_last))
            continue;
        dn_draft_set(draft, row, DN_STATE_HELD, reason);
        held++;
    }
    return held;
}

void dn_draft_set_keys(struct dn_draft *draft, const char *notice)
{
    for (size_t i = 0; i < draft->count; i++) {
        struct dn_plan_row *row = &draft->rows[i];
        dn_ledger_key(dn_text_of(draft->incident->id), dn_text_of(notice), dn_text_of(draft->tenant->tenant_id),
                      row->channel, dn_text_of(row->recipient), row->key);
    }
}

static bool is_mail_to_send(const struct dn_plan_row *row)
{
    return row->state == DN_STATE_INTENT &&
           (row->channel == DN_CHANNEL_EMAIL_ADMIN || row->channel == DN_CHANNEL_EMAIL_PRIVACY);
}

/* The row before this one whose message it can share; SIZE_MAX: none. */
static size_t shared_by(const struct dn_draft *draft, size_t index)
{
    const struct dn_plan_row *rows = draft->rows;
    for (size_t k = 0; k < index && is_mail_to_send(&rows[index]); k++)
        if (is_mail_to_send(&rows[k]) && rows[k].same_as == SIZE_MAX &&
            dn_mailbox_same(rows[index].recipient, rows[k].recipient))
            return k;
    return SIZE_MAX;
}

void dn_draft_share(struct dn_draft *draft)
{
    struct dn_buf reason = {0};
    for (size_t i = 0; i < draft->count; i++) {
        struct dn_plan_row *row = &draft->rows[i];
        row->same_as = shared_by(draft, i);
        if (row->same_as == SIZE_MAX)
            continue;
        dn_buf_reset(&reason);
        dn_buf_addf(&reason, "same-message:%s", draft->rows[row->same_as].key);
        dn_draft_set(draft, row, DN_STATE_INTENT, reason.at);
    }
    dn_buf_clear(&reason);
}

void dn_draft_keep(const struct dn_draft *draft, struct dn_plan *plan)
{
    size_t first = plan->row_count;
    for (size_t i = 0; i < draft->count; i++) {
        struct dn_plan_row row = draft->rows[i];
        if (row.same_as != SIZE_MAX)
            row.same_as += first;
        dn_plan_add(plan, &row);
    }
}

void dn_draft_clear(struct dn_draft *draft)
{
    dn_arena_clear(&draft->texts);
    free(draft->rows);
    *draft = (struct dn_draft){0};
}
