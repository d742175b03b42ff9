#include "channel/moved.h"

#include <stdio.h>

#include "channel/reconcile.h"

/* The key that the address has as the tenant's other role. */
static void other_key(const struct dn_plan_row *row, const char *notice, char key[DN_SHA256_HEX])
{
    enum dn_channel other = row->channel == DN_CHANNEL_EMAIL_ADMIN ? DN_CHANNEL_EMAIL_PRIVACY : DN_CHANNEL_EMAIL_ADMIN;
    dn_ledger_key(dn_text_of(row->incident->id), dn_text_of(dn_notice_word(row->incident, notice)),
                  dn_text_of(row->tenant->tenant_id), other, dn_text_of(row->recipient), key);
}

/* Was it told, or may it have been? What an outbox holds contacts nobody. */
static bool was_told(const struct dn_moved *it, const struct dn_stand *last)
{
    switch (last->state) {
    case DN_STATE_ACCEPTED:
    case DN_STATE_DELIVERED:
        return it->to_outbox || !last->outbox;
    case DN_STATE_INTENT:
        return !last->outbox;
    case DN_STATE_UNKNOWN:
        return true;
    default:
        return false;
    }
}

static void send_again(const struct dn_plan_row *row, struct dn_text sent, struct dn_step *step,
                       struct dn_step_counts *counts)
{
    step->resend = true;
    if (dn_text_is(sent, row->content_sha256))
        return;
    step->todo = DN_TODO_NOTHING;
    counts->reworded++;
}

static bool other_stand(const struct dn_moved *it, const struct dn_plan_row *row, char key[DN_SHA256_HEX],
                        struct dn_stand *last)
{
    if (row->channel != DN_CHANNEL_EMAIL_ADMIN && row->channel != DN_CHANNEL_EMAIL_PRIVACY)
        return false;
    other_key(row, it->notice, key);
    return dn_ledger_stand(it->ledger, dn_text_of(key), last);
}

bool dn_moved_told(const struct dn_moved *it, const struct dn_plan_row *row)
{
    char key[DN_SHA256_HEX];
    struct dn_stand last;
    return other_stand(it, row, key, &last) && was_told(it, &last);
}

void dn_moved_step(const struct dn_moved *it, const struct dn_plan_row *row, struct dn_step *step,
                   struct dn_step_counts *counts)
{
    char key[DN_SHA256_HEX];
    struct dn_stand last;
    struct dn_text sent;
    if (step->todo != DN_TODO_SEND || step->resend || step->share != SIZE_MAX || !other_stand(it, row, key, &last))
        return;
    if (was_told(it, &last))
        step->todo = DN_TODO_TAKE;
    else if (last.state == DN_STATE_DEFERRED && dn_resends_has(it->resends, dn_text_of(key), &sent))
        send_again(row, sent, step, counts);
}

void dn_moved_reason(const struct dn_plan_row *row, const char *notice, char reason[DN_MOVED_REASON])
{
    char key[DN_SHA256_HEX];
    other_key(row, notice, key);
    snprintf(reason, DN_MOVED_REASON, "same-message:%s", key);
}

void dn_moved_take(const struct dn_plan_row *row, const char *notice, const struct dn_ledger *ledger,
                   struct dn_outcome *outcome)
{
    char key[DN_SHA256_HEX];
    struct dn_stand last = {.state = DN_STATE_UNKNOWN};
    other_key(row, notice, key);
    dn_ledger_stand(ledger, dn_text_of(key), &last);
    bool told = last.state == DN_STATE_ACCEPTED || last.state == DN_STATE_DELIVERED;
    outcome->state = told ? DN_STATE_ACCEPTED : DN_STATE_UNKNOWN;
    snprintf(outcome->code, sizeof outcome->code, "%s", told && last.outbox ? DN_CODE_OUTBOX : "");
}
