#include "channel/reconcile.h"

#include <string.h>

#include "channel/moved.h"
#include "ledger/record.h"
#include "ledger/record_facts.h"
#include "tenant/seen.h"

const char *dn_notice_word(const struct dn_incident *incident, const char *notice)
{
    static const struct {
        const char *plain, *drill;
    } words[] = {{"initial", "drill-initial"}};
    for (size_t i = 0; incident->drill && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].plain, notice) == 0)
            return words[i].drill;
    return notice;
}

/* Does a revision name this time of the declaration as one that was corrected? */
static bool corrected(const struct dn_incident *incident, struct dn_instant declared_at)
{
    char time[DN_INSTANT_TEXT];
    dn_instant_format(declared_at, time);
    for (size_t i = 0; i < incident->revision_count; i++) {
        const char *change = incident->revisions[i].change;
        if (change && strstr(change, time) && strstr(change, dn_stage_words[DN_STAGE_INCIDENT_DECLARED]))
            return true;
    }
    return false;
}

static bool agrees(const struct dn_incident *incident, struct dn_instant in_ledger)
{
    struct dn_instant in_record = dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED);
    if (!dn_instant_is(in_ledger) || !dn_instant_is(in_record))
        return dn_instant_is(in_ledger) == dn_instant_is(in_record);
    return dn_instant_compare(in_ledger, in_record) == 0 || corrected(incident, in_ledger);
}

static enum dn_status check_declared(const struct dn_ledger_row *row, const struct dn_incidents *incidents,
                                     struct dn_error *err)
{
    const struct dn_incident *incident = dn_incidents_find(incidents, row->incident_id);
    char was[DN_INSTANT_TEXT], is[DN_INSTANT_TEXT];
    if (!incident || agrees(incident, row->declared_at))
        return DN_OK;
    dn_instant_format(row->declared_at, was);
    dn_instant_format(dn_incident_reached(incident, DN_STAGE_INCIDENT_DECLARED), is);
    return dn_error_set(err, DN_INVALID,
                        "incident '%s': the ledger's row %lld says declared at '%s', the record says '%s', and no "
                        "revision of the record names the former as corrected (incident-declare --correct-anchor)",
                        incident->id, (long long)row->seq, was, is);
}

enum dn_status dn_reconcile_declared(const struct dn_ledger *ledger, const struct dn_incidents *incidents,
                                     struct dn_error *err)
{
    struct dn_ledger_line line = {.place = 0};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < dn_ledger_subject_count(ledger) && status == DN_OK; i++) {
        status = dn_ledger_at(ledger, dn_ledger_subject(ledger, i), &line, err);
        if (status == DN_OK)
            status = check_declared(&line.row, incidents, err);
    }
    dn_ledger_line_clear(&line);
    return status;
}

static bool is_satisfied(enum dn_state state)
{
    return state == DN_STATE_ACCEPTED || state == DN_STATE_DELIVERED || state == DN_STATE_REACHED;
}

static void add_channel_key(struct dn_buf *key, struct dn_text incident_id, struct dn_text notice,
                            struct dn_text tenant_id, enum dn_channel channel)
{
    const struct dn_text parts[] = {incident_id, notice, tenant_id, dn_text_of(dn_channel_words[channel])};
    dn_buf_reset(key);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        dn_buf_addt(key, parts[i]);
        dn_buf_addc(key, '\n');
    }
}

/* What is looked up while the steps are made. */
struct look {
    const struct dn_plan *plan;
    const struct dn_ledger *ledger;
    const char *notice;
    struct dn_reading reading;
    struct dn_seen wanted;    /* (incident, notice, tenant, channel) of rows that the ledger does not know */
    struct dn_seen satisfied; /* of these: with a satisfied recipient */
    struct dn_resends resends;
    struct dn_buf key;
    struct dn_ledger_line last; /* of the plan row in hand */
};

/* Does it lie in an outbox, or was it about to? A call is the same with or without one. */
static bool is_outbox(enum dn_channel channel, const struct dn_stand *last)
{
    return channel != DN_CHANNEL_PHONE && last->outbox &&
           (last->state == DN_STATE_ACCEPTED || last->state == DN_STATE_INTENT);
}

size_t dn_reconcile_outbox(const struct dn_plan *plan, const struct dn_ledger *ledger)
{
    size_t count = 0, rows = dn_ledger_count(ledger) ? plan->row_count : 0;
    struct dn_stand last;
    for (size_t i = 0; i < rows; i++)
        count += dn_ledger_stand(ledger, dn_text_of(dn_plan_glance(plan, i)->key), &last) &&
                 is_outbox(dn_plan_glance(plan, i)->channel, &last);
    return count;
}

static struct dn_hash128 channel_of(struct look *look, const struct dn_plan_row *row)
{
    add_channel_key(&look->key, dn_text_of(row->incident->id), dn_text_of(dn_notice_word(row->incident, look->notice)),
                    dn_text_of(row->tenant->tenant_id), row->channel);
    return dn_hash_wide(dn_buf_text(&look->key), 0);
}

/* Only what would be a new recipient needs to know whether its channel is satisfied. */
static void find_wanted(struct look *look)
{
    struct dn_stand last;
    for (size_t i = 0; i < look->plan->row_count; i++) {
        const struct dn_plan_row *row = dn_plan_at(look->plan, i);
        if (row->state == DN_STATE_INTENT && !dn_ledger_stand(look->ledger, dn_text_of(row->key), &last))
            dn_seen_add(&look->wanted, channel_of(look, row));
    }
}

/* What nothing is required of satisfies nothing: a reference to an address in the intruder's hands tells nobody. */
static void look_at_satisfied(struct look *look, const struct dn_ledger_cursor *cursor, const struct dn_ledger_row *row)
{
    struct dn_stand last;
    if (row->required == DN_REQUIRED_NO || !is_satisfied(row->state) ||
        !dn_ledger_stand(look->ledger, row->key, &last) || last.place != cursor->place ||
        (look->reading.outbox_was_rehearsal && is_outbox(row->channel, &last)))
        return;
    add_channel_key(&look->key, row->incident_id, row->notice, row->tenant_id, row->channel);
    struct dn_hash128 channel = dn_hash_wide(dn_buf_text(&look->key), 0);
    if (dn_seen_has(&look->wanted, channel))
        dn_seen_add(&look->satisfied, channel);
}

static enum dn_status find_satisfied(struct look *look, struct dn_error *err)
{
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    if (look->reading.add_recipients || dn_ledger_count(look->ledger) == 0)
        return DN_OK;
    find_wanted(look);
    if (look->wanted.count == 0)
        return DN_OK;
    dn_ledger_cursor_open(look->ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, err)) == DN_OK)
        look_at_satisfied(look, &cursor, &row);
    dn_ledger_cursor_close(&cursor);
    return status == DN_END ? DN_OK : status;
}

static enum dn_todo todo_new(struct look *look, const struct dn_plan_row *row, struct dn_step_counts *counts)
{
    if (row->state != DN_STATE_INTENT)
        return DN_TODO_RECORD;
    if (look->reading.add_recipients || !look->satisfied.count || !dn_seen_has(&look->satisfied, channel_of(look, row)))
        return DN_TODO_SEND;
    counts->added++;
    return DN_TODO_NOTHING;
}

static enum dn_todo todo_settled(const struct dn_plan_row *row, const struct dn_ledger_row *last,
                                 struct dn_step_counts *counts)
{
    counts->settled++;
    if (row->state == DN_STATE_INTENT && !dn_text_is(last->content_sha256, row->content_sha256))
        counts->changed++;
    return DN_TODO_NOTHING;
}

static enum dn_todo todo_idle(const struct dn_plan_row *row, const struct dn_ledger_row *last,
                              struct dn_step_counts *counts)
{
    if (row->state == DN_STATE_INTENT)
        return DN_TODO_SEND;
    if (row->state != last->state || row->required != last->required || !dn_text_is(last->reason, row->reason))
        return DN_TODO_RECORD;
    counts->unchanged++;
    return DN_TODO_NOTHING;
}

static enum dn_todo todo_call(const struct dn_plan_row *row, const struct dn_ledger_row *last,
                              struct dn_step_counts *counts)
{
    if (row->state != DN_STATE_INTENT)
        return last->state == DN_STATE_DEFERRED ? DN_TODO_RECORD : DN_TODO_NOTHING;
    counts->kept++;
    return DN_TODO_KEEP;
}

static enum dn_todo todo_after(const struct dn_plan_row *row, const struct dn_ledger_row *last,
                               struct dn_step_counts *counts)
{
    switch (last->state) {
    case DN_STATE_INTENT:
        return row->state == DN_STATE_INTENT ? DN_TODO_RESUME : DN_TODO_DROP;
    case DN_STATE_DEFERRED:
        if (dn_plan_row_by(row) == DN_CHANNEL_PHONE)
            return todo_call(row, last, counts);
        return row->state == DN_STATE_INTENT ? DN_TODO_SEND : DN_TODO_RECORD;
    case DN_STATE_NOT_REACHED:
        return todo_call(row, last, counts);
    case DN_STATE_SKIPPED:
    case DN_STATE_HELD:
        return todo_idle(row, last, counts);
    case DN_STATE_UNKNOWN:
        counts->unknown++;
        return DN_TODO_NOTHING;
    case DN_STATE_REJECTED:
    case DN_STATE_BOUNCED:
        counts->undelivered++;
        return DN_TODO_NOTHING;
    case DN_STATE_ACCEPTED:
    case DN_STATE_DELIVERED:
    case DN_STATE_REACHED:
        break;
    }
    return todo_settled(row, last, counts);
}

/* What may be a second copy has to be the text of the first: two different ones would be two stories. */
static enum dn_todo todo_again(const struct look *look, const struct dn_plan_row *row, struct dn_step *step,
                               struct dn_step_counts *counts)
{
    struct dn_text sent;
    step->resend = dn_resends_has(&look->resends, dn_text_of(row->key), &sent);
    if (!step->resend || step->todo != DN_TODO_SEND || dn_text_is(sent, row->content_sha256))
        return step->todo;
    counts->reworded++;
    return DN_TODO_NOTHING;
}

/* An outbox's files were never sent, nor was what was about to become one. */
static enum dn_todo todo_rehearsed(const struct dn_plan_row *row, const struct dn_stand *last)
{
    if (row->state == DN_STATE_INTENT)
        return DN_TODO_SEND;
    return last->state == DN_STATE_INTENT ? DN_TODO_DROP : DN_TODO_RECORD;
}

static void know(struct dn_step *step, const struct dn_ledger_row *last)
{
    step->known = true;
    step->was = last->state;
    step->outbox = dn_text_is(last->code, DN_CODE_OUTBOX);
    step->was_at =
        last->state == DN_STATE_NOT_REACHED && dn_instant_is(last->happened_at) ? last->happened_at : last->at;
}

static int64_t attempt_of(const struct dn_plan_row *row, const struct dn_step *step, const struct dn_stand *last)
{
    if (step->known)
        return last->attempt + (step->todo == DN_TODO_SEND);
    return row->state == DN_STATE_INTENT ? 1 : 0;
}

static struct dn_moved moved_of(const struct look *look)
{
    return (struct dn_moved){.ledger = look->ledger,
                             .resends = &look->resends,
                             .notice = look->notice,
                             .to_outbox = look->reading.to_outbox};
}

/* Whose message was it? Its own, whoever has the address now, or that of its tenant's other role. */
static void look_at_begun(const struct look *look, const struct dn_plan_row *row, struct dn_step *step)
{
    const struct dn_moved moved = moved_of(look);
    if (!dn_record_leader(&look->last.row).size)
        step->share = SIZE_MAX;
    else if (step->share == SIZE_MAX && dn_moved_told(&moved, row))
        step->todo = DN_TODO_TAKE;
}

static enum dn_status make_step(struct look *look, size_t number, struct dn_steps *steps, struct dn_error *err)
{
    const struct dn_plan_row *row = dn_plan_at(look->plan, number);
    struct dn_step made = {.was_at = DN_INSTANT_NONE, .share = row->same_as}, *step = &made;
    struct dn_stand last;
    if (!dn_ledger_stand(look->ledger, dn_text_of(row->key), &last)) {
        step->todo = todo_new(look, row, &steps->counts);
    } else {
        enum dn_status status = dn_ledger_last(look->ledger, dn_text_of(row->key), &look->last, err);
        if (status != DN_OK)
            return status;
        know(step, &look->last.row);
        if (look->reading.outbox_was_rehearsal && is_outbox(row->channel, &last))
            step->todo = todo_rehearsed(row, &last);
        else
            step->todo = todo_after(row, &look->last.row, &steps->counts);
        if (step->todo == DN_TODO_RESUME)
            look_at_begun(look, row, step);
    }
    step->todo = todo_again(look, row, step, &steps->counts);
    step->attempt = attempt_of(row, step, &last);
    dn_steps_set(steps, number, step);
    return DN_OK;
}

/* Has an earlier run sent it as a message of its own, or may it have? */
static bool was_told(const struct look *look, const struct dn_plan_row *row, const struct dn_step *step)
{
    struct dn_stand last;
    if (!dn_ledger_stand(look->ledger, dn_text_of(row->key), &last) ||
        (look->reading.outbox_was_rehearsal && is_outbox(row->channel, &last)))
        return false;
    bool hangs = step->todo == DN_TODO_RESUME && step->share == SIZE_MAX;
    bool waits = step->todo == DN_TODO_NOTHING && step->resend && last.state == DN_STATE_DEFERRED;
    return is_satisfied(last.state) || last.state == DN_STATE_UNKNOWN || hangs || waits;
}

/* One message per address: where an earlier run told the second role, or may have, and the first is new, the first
 * takes the second's states; where a person has the second sent again, their message says so. */
static void share_backwards(const struct look *look, struct dn_steps *steps)
{
    const struct dn_plan *plan = look->plan;
    for (size_t i = 0; i < plan->row_count; i++) {
        size_t first = dn_plan_glance(plan, i)->same_as;
        if (first == SIZE_MAX || dn_steps_at(steps, first).todo != DN_TODO_SEND)
            continue;
        const struct dn_step second = dn_steps_at(steps, i);
        struct dn_step step = dn_steps_at(steps, first);
        step.resend = step.resend || (second.resend && second.todo == DN_TODO_SEND);
        if (was_told(look, dn_plan_at(plan, i), &second))
            step.share = i;
        dn_steps_set(steps, first, &step);
    }
}

/* An address that has another role now has not become another person. */
static void look_at_moved(const struct look *look, struct dn_steps *steps)
{
    const struct dn_moved moved = moved_of(look);
    size_t rows = dn_ledger_count(look->ledger) ? look->plan->row_count : 0;
    for (size_t i = 0; i < rows; i++) {
        struct dn_step step = dn_steps_at(steps, i);
        if (step.todo != DN_TODO_SEND)
            continue;
        dn_moved_step(&moved, dn_plan_at(look->plan, i), &step, &steps->counts);
        dn_steps_set(steps, i, &step);
    }
}

static enum dn_status make_steps(struct look *look, struct dn_steps *steps, struct dn_error *err)
{
    enum dn_status status = find_satisfied(look, err);
    if (status == DN_OK)
        status = dn_resends_find(look->ledger, &look->resends, err);
    for (size_t i = 0; i < look->plan->row_count && status == DN_OK; i++)
        status = make_step(look, i, steps, err);
    if (status != DN_OK)
        return status;
    share_backwards(look, steps);
    look_at_moved(look, steps);
    return DN_OK;
}

enum dn_status dn_reconcile(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *notice,
                            struct dn_reading reading, struct dn_steps *steps, struct dn_error *err)
{
    struct look look = {.plan = plan, .ledger = ledger, .notice = notice, .reading = reading};
    dn_steps_make(steps, plan->row_count);
    enum dn_status status = make_steps(&look, steps, err);
    dn_seen_clear(&look.wanted);
    dn_seen_clear(&look.satisfied);
    dn_resends_clear(&look.resends);
    dn_ledger_line_clear(&look.last);
    dn_buf_clear(&look.key);
    return status;
}

void dn_steps_note(const struct dn_steps *steps, struct dn_notes *notes)
{
    const struct dn_step_counts *c = &steps->counts;
    if (c->changed)
        dn_notes_say(notes, "changed", "%zu notices that were sent would say something else now: send an update",
                     c->changed);
    if (c->added)
        dn_notes_say(notes, "recipients",
                     "%zu new recipients of channels that are satisfied are told nothing without --add-recipients",
                     c->added);
    if (c->unknown)
        dn_notes_attention(notes, "unknown", "%zu notices may or may not have been taken: a person must decide",
                           c->unknown);
    if (c->reworded)
        dn_notes_attention(notes, "resend",
                           "%zu notices that are to be sent again have another text now and were not sent: send an "
                           "update, or bring back the text",
                           c->reworded);
    if (c->undelivered)
        dn_notes_attention(notes, "undelivered", "%zu notices were rejected or bounced earlier", c->undelivered);
}
