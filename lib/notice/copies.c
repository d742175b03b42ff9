#include "notice/copies.h"

#include <string.h>

#include "base/alloc.h"

#define REASON "copy"

bool dn_copies_is(const struct dn_ledger_row *row)
{
    return row->channel == DN_CHANNEL_OTHER && row->required == DN_REQUIRED_NO && dn_text_is(row->reason, REASON);
}

/* Did the notice's own text leave by this row? */
static bool was_sent(const struct dn_plan_row *row, const struct dn_ledger *ledger)
{
    bool text = row->channel == DN_CHANNEL_MESSAGE_CENTER || row->channel == DN_CHANNEL_EMAIL_ADMIN ||
                row->channel == DN_CHANNEL_EMAIL_PRIVACY;
    if (!text || row->reference_only || row->state != DN_STATE_INTENT)
        return false;
    struct dn_stand last;
    return dn_ledger_stand(ledger, dn_text_of(row->key), &last) &&
           (last.state == DN_STATE_ACCEPTED || last.state == DN_STATE_DELIVERED || last.state == DN_STATE_BOUNCED);
}

static void add_row(struct dn_plan *into, const struct dn_plan_row *from, const char *address)
{
    struct dn_buf mark = {0};
    into->rows = dn_grow(into->rows, into->row_count, &into->row_room, sizeof *into->rows);
    struct dn_plan_row *row = &into->rows[into->row_count++];
    dn_buf_addf(&mark, "copy: %s", from->tenant->tenant_id);
    *row = *from;
    row->channel = DN_CHANNEL_OTHER;
    row->required = DN_REQUIRED_NO;
    row->recipient = dn_strdup(address);
    row->reason = dn_strdup(REASON);
    row->regime = ""; /* it serves no clock */
    row->due_at = DN_INSTANT_NONE;
    row->goes_to = NULL;
    row->mark = dn_buf_take(&mark);
    row->same_as = SIZE_MAX;
    dn_ledger_key(dn_text_of(row->incident->id), dn_text_of(into->source.notice), dn_text_of(row->tenant->tenant_id),
                  row->channel, dn_text_of(row->recipient), row->key);
}

void dn_copies_make(const struct dn_plan *plan, const struct dn_ledger *ledger, struct dn_plan *into)
{
    const struct dn_strings *addresses = &plan->source.config->copies;
    const struct dn_affected *copied = NULL;
    *into = (struct dn_plan){.source = plan->source, .given = plan->given};
    for (size_t i = 0; i < plan->row_count && addresses->count; i++) {
        const struct dn_plan_row *row = &plan->rows[i];
        if (row->tenant == copied || !was_sent(row, ledger))
            continue;
        copied = row->tenant;
        for (size_t k = 0; k < addresses->count; k++)
            add_row(into, row, addresses->at[k]);
    }
}
