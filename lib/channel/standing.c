#include "channel/standing.h"

/* Has the run that the step is of come to it? */
static bool is_decided(const struct dn_step *step, const struct dn_stand *last)
{
    return last->state != DN_STATE_INTENT && (step->todo == DN_TODO_NOTHING || last->attempt >= step->attempt);
}

static void add_row(struct dn_standing *it, const struct dn_plan_row *row, const struct dn_step *step,
                    const struct dn_stand *last)
{
    bool decided = last && is_decided(step, last);
    enum dn_state state = last ? last->state : DN_STATE_INTENT;
    bool deferred = last && state == DN_STATE_DEFERRED;
    it->accepted += decided && (state == DN_STATE_ACCEPTED || state == DN_STATE_DELIVERED);
    it->rejected += decided && (state == DN_STATE_REJECTED || state == DN_STATE_BOUNCED);
    it->unknown += decided && state == DN_STATE_UNKNOWN;
    it->deferred += deferred;
    it->untried += !decided && !deferred;
    it->first_due = dn_instant_min(it->first_due, row->due_at);
    if (!decided || deferred)
        it->open_due = dn_instant_min(it->open_due, row->due_at);
}

struct dn_standing dn_standing_of(const struct dn_plan *plan, const struct dn_steps *steps,
                                  const struct dn_ledger *ledger)
{
    static const struct dn_step begun = {.todo = DN_TODO_SEND};
    struct dn_standing it = {.first_due = DN_INSTANT_NONE, .open_due = DN_INSTANT_NONE};
    for (size_t i = 0; i < plan->row_count; i++) {
        const struct dn_plan_row *row = dn_plan_glance(plan, i);
        const struct dn_step step = steps ? dn_steps_at(steps, i) : begun;
        struct dn_stand last;
        if (row->state != DN_STATE_INTENT || dn_plan_row_by(row) == DN_CHANNEL_PHONE)
            continue;
        bool known = dn_ledger_stand(ledger, dn_text_of(row->key), &last);
        if (known || step.todo != DN_TODO_NOTHING)
            add_row(&it, row, &step, known ? &last : NULL);
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

/* "12 s", and at which pace. */
static void note_sent(const struct dn_sent *sent, const struct dn_standing *it, struct dn_notes *notes)
{
    struct dn_buf text = {0};
    size_t done = sent->messages + sent->posts;
    dn_buf_addf(&text, "%zu %s and %zu %s accepted in this run", sent->messages,
                plural(sent->messages, "message", "messages"), sent->posts, plural(sent->posts, "post", "posts"));
    if (done && sent->ms >= 1000)
        dn_buf_addf(&text, ", %.1f a second", (double)done * 1000.0 / (double)sent->ms);
    dn_notes_say(notes, "sent",
                 "%s; deferred %zu, rejected %zu, unknown %zu; %zu of the plan's notices accepted by now", text.at,
                 sent->tally.deferred, sent->tally.rejected, sent->tally.unknown, it->accepted);
    dn_buf_clear(&text);
}

/* Against the earliest due time. */
static void note_time(struct dn_instant now, const struct dn_standing *it, struct dn_notes *notes)
{
    bool open = it->deferred + it->untried > 0;
    struct dn_instant due = open ? it->open_due : it->first_due;
    if (!dn_instant_is(due))
        return;
    char at[DN_INSTANT_TEXT];
    struct dn_buf span = {0};
    int64_t left = dn_instant_seconds(now, due);
    dn_instant_format(due, at);
    dn_course_span(left >= 0 ? left : -left, &span);
    dn_notes_say(notes, "time", "%s %s %s the earliest due time%s, %s", open ? "not finished," : "finished", span.at,
                 left >= 0 ? "before" : "after", open ? " of what is left" : "", at);
    dn_buf_clear(&span);
}

static void note_open(const struct dn_sent *sent, const struct dn_standing *it, struct dn_notes *notes)
{
    size_t open = it->deferred + it->untried;
    char at[DN_INSTANT_TEXT];
    if (!open)
        return;
    if (!dn_instant_is(sent->next_try)) {
        dn_notes_attention(notes, "deferred", "%zu notices are not sent yet: %srun the same again", open,
                           sent->hopeless ? "mend what keeps them, then " : "");
        return;
    }
    dn_instant_format((struct dn_instant){sent->next_try.s, 0}, at);
    dn_notes_attention(notes, "deferred", "%zu notices are not sent yet: run the same again, not before %s", open, at);
}

static void note_trouble(const struct dn_sent *sent, const struct dn_standing *it, struct dn_notes *notes)
{
    size_t known = sent->steps.counts.unknown, undelivered = sent->steps.counts.undelivered;
    if (it->rejected > undelivered)
        dn_notes_attention(notes, "rejected", "%zu notices were rejected", it->rejected - undelivered);
    if (it->unknown > known)
        dn_notes_attention(notes, "unknown", "%zu notices may or may not have been taken: a person must decide",
                           it->unknown - known);
    if (sent->late)
        dn_notes_attention(notes, "late", "%zu tenants %s told too late: there was not time enough", sent->late,
                           plural(sent->late, "is", "are"));
    if (sent->away)
        dn_notes_attention(notes, sent->hopeless ? "relay" : "away", "%s", sent->why);
}

void dn_account_network(const struct dn_network_account *account, struct dn_notes *notes)
{
    const struct dn_sent *sent = account->sent;
    struct dn_standing it = dn_standing_of(account->sending->plan, &sent->steps, account->sending->ledger);
    note_sent(sent, &it, notes);
    note_time(account->now, &it, notes);
    note_open(sent, &it, notes);
    note_trouble(sent, &it, notes);
    note_calls(notes, account->calls, account->sheet, "");
    if (sent->stopped)
        note_left(notes, it.untried);
    dn_steps_note(&sent->steps, notes);
}

void dn_account_outbox(const struct dn_outbox_account *account, struct dn_notes *notes)
{
    const struct dn_delivery_counts *counts = account->counts;
    dn_notes_say(notes, "outbox", "%zu %s, %zu %s and %zu %s written to %s; %zu settled earlier", counts->messages,
                 plural(counts->messages, "message", "messages"), counts->posts, plural(counts->posts, "post", "posts"),
                 counts->calls, plural(counts->calls, "call", "calls"), account->folder,
                 account->steps->counts.settled + counts->found);
    if (!account->ledger)
        dn_notes_say(notes, "outbox",
                     "without -l the ledger's rows are on standard output alone: an outbox is no record");
    if (account->not_sent)
        dn_notes_say(notes, "outbox", "no copies and no seal are mailed: an outbox contacts nobody");
    if (counts->unknown)
        dn_notes_attention(notes, "unknown",
                           "%zu notices may or may not have been taken from a run over the network: a person must "
                           "decide",
                           counts->unknown);
    note_calls(notes, account->calls, account->folder, "/calls.csv");
    note_left(notes, counts->left);
    dn_steps_note(account->steps, notes);
}
