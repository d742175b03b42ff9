#include "notice/copies.h"

#include <string.h>

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
    struct dn_plan_row row = *from;
    dn_buf_addf(&mark, "copy: %s", from->tenant->tenant_id);
    row.channel = DN_CHANNEL_OTHER;
    row.required = DN_REQUIRED_NO;
    row.recipient = address;
    row.reason = REASON;
    row.regime = ""; /* it serves no clock */
    row.due_at = DN_INSTANT_NONE;
    row.goes_to = NULL;
    row.mark = mark.at;
    row.same_as = SIZE_MAX;
    dn_ledger_key(dn_text_of(row.incident->id), dn_text_of(into->source.notice), dn_text_of(row.tenant->tenant_id),
                  row.channel, dn_text_of(row.recipient), row.key);
    dn_plan_add(into, &row);
    dn_buf_clear(&mark);
}

enum dn_status dn_copies_make(const struct dn_plan *plan, const struct dn_ledger *ledger, struct dn_plan *into,
                              struct dn_error *err)
{
    const struct dn_strings *addresses = &plan->source.config->copies;
    size_t copied = SIZE_MAX;
    *into = (struct dn_plan){.source = plan->source, .given = plan->given};
    for (size_t i = 0; i < plan->row_count && addresses->count; i++) {
        const struct dn_plan_row *row = dn_plan_at(plan, i);
        if (!was_sent(row, ledger) || (copied != SIZE_MAX && dn_plan_same_tenant(plan, copied, i)))
            continue;
        copied = i;
        for (size_t k = 0; k < addresses->count; k++)
            add_row(into, row, addresses->at[k]);
    }
    return dn_plan_check(into, err);
}
