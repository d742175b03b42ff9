#include "channel/standing.h"

static void add_row(struct dn_standing *it, const struct dn_plan_row *row, const struct dn_stand *last)
{
    it->accepted += last && (last->state == DN_STATE_ACCEPTED || last->state == DN_STATE_DELIVERED);
    it->deferred += last && last->state == DN_STATE_DEFERRED;
    it->rejected += last && (last->state == DN_STATE_REJECTED || last->state == DN_STATE_BOUNCED);
    it->unknown += last && last->state == DN_STATE_UNKNOWN;
    it->untried += !last;
    if (!last || last->state == DN_STATE_DEFERRED)
        it->last_due = dn_instant_max(it->last_due, row->due_at);
}

struct dn_standing dn_standing_of(const struct dn_plan *plan, const struct dn_ledger *ledger)
{
    struct dn_standing it = {.last_due = DN_INSTANT_NONE};
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct dn_plan_row *row = &plan->rows[i];
        struct dn_stand last;
        if (row->state == DN_STATE_INTENT && dn_plan_row_by(row) != DN_CHANNEL_PHONE)
            add_row(&it, row, dn_ledger_stand(ledger, dn_text_of(row->key), &last) ? &last : NULL);
    }
    return it;
}

static const char *plural(size_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static void note_calls(struct dn_notes *notes, size_t calls, const char *sheet, const char *name)
{
    if (calls)
        dn_notes_attention(notes, "call", "%zu %s to make: %s%s", calls, plural(calls, "call", "calls"), sheet, name);
}

static void note_left(struct dn_notes *notes, size_t left)
{
    if (left)
        dn_notes_attention(notes, "stopped", "%zu rows of the plan were not begun: run the same again", left);
}

void dn_account_network(const struct dn_account *account, struct dn_network_report report, const char *sheet,
                        struct dn_notes *notes)
{
    struct dn_standing it = dn_standing_of(account->plan, account->ledger);
    size_t known = account->steps->counts.unknown;
    dn_notes_say(notes, "sent",
                 "%zu messages and %zu posts handed over by this run; %zu of the plan's notices accepted",
                 account->counts.messages, account->counts.posts, it.accepted);
    if (it.deferred + it.untried)
        dn_notes_attention(notes, "deferred", "%zu notices are not sent yet: run the same again",
                           it.deferred + it.untried);
    if (it.rejected)
        dn_notes_attention(notes, "rejected", "%zu notices were rejected", it.rejected);
    if (it.unknown > known)
        dn_notes_attention(notes, "unknown", "%zu notices may or may not have been taken: a person must decide",
                           it.unknown - known);
    if (report.away)
        dn_notes_attention(notes, report.hopeless ? "relay" : "away", "%s", report.why);
    note_calls(notes, report.calls, sheet, "");
    if (account->signalled)
        note_left(notes, account->counts.left);
    dn_steps_note(account->steps, notes);
}

void dn_account_outbox(const struct dn_account *account, const struct dn_outbox_account *outbox, struct dn_notes *notes)
{
    const struct dn_delivery_counts *counts = &account->counts;
    dn_notes_say(notes, "outbox", "%zu %s, %zu %s and %zu %s written to %s; %zu settled earlier", counts->messages,
                 plural(counts->messages, "message", "messages"), counts->posts, plural(counts->posts, "post", "posts"),
                 counts->calls, plural(counts->calls, "call", "calls"), outbox->folder,
                 account->steps->counts.settled + counts->found);
    if (!outbox->ledger)
        dn_notes_say(notes, "outbox",
                     "without -l the ledger's rows are on standard output alone: an outbox is no record");
    if (outbox->not_sent)
        dn_notes_say(notes, "outbox", "no copies and no seal are mailed: an outbox contacts nobody");
    note_calls(notes, outbox->calls, outbox->folder, "/calls.csv");
    note_left(notes, counts->left);
    dn_steps_note(account->steps, notes);
}
