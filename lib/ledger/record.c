#include "ledger/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/record_facts.h"

#define ENDED_EARLY "an earlier run ended before the outcome was known"

/* One run while it appends. The lines are rows that were read back and are in hand. */
struct apply {
    const struct dn_record_run *run;
    struct dn_record_counts *counts;
    struct dn_record_facts facts;
    struct dn_ledger_line last, beside, follower;
    struct dn_error *err;
};

static enum dn_status append(struct apply *apply, const struct dn_ledger_row *row)
{
    int64_t place = dn_ledger_end(apply->run->ledger);
    enum dn_status status = dn_ledger_append(apply->run->ledger, row, apply->err);
    if (status == DN_OK)
        dn_record_facts_add(&apply->facts, row, place);
    return status;
}

/* The next row under the key of last, with nothing said yet. */
static struct dn_ledger_row next_row(const struct apply *apply, const struct dn_ledger_row *last, enum dn_state state)
{
    struct dn_ledger_row row = *last;
    row.at = apply->run->now;
    row.state = state;
    row.code = row.reason = row.reference = row.approved_by = (struct dn_text){NULL, 0};
    row.by = dn_text_of(apply->run->by);
    row.happened_at = DN_INSTANT_NONE;
    return row;
}

/* What an intent without an outcome has become by now: a call is open, all else nobody knows. */
static enum dn_status settle_intent(struct apply *apply, const struct dn_ledger_row *last)
{
    if (last->state != DN_STATE_INTENT)
        return DN_OK;
    bool call = last->channel == DN_CHANNEL_PHONE;
    struct dn_ledger_row row = next_row(apply, last, call ? DN_STATE_DEFERRED : DN_STATE_UNKNOWN);
    row.reason = dn_text_of(ENDED_EARLY);
    return append(apply, &row);
}

static bool may_follow(const struct dn_ledger_row *last, enum dn_state state, bool decided)
{
    enum dn_state from = last->state;
    if (from == DN_STATE_INTENT)
        from = last->channel == DN_CHANNEL_PHONE ? DN_STATE_DEFERRED : DN_STATE_UNKNOWN;
    return dn_state_may_follow(from, state, decided);
}

/* One other role of a message takes the state of its row. */
static enum dn_status follow_one(struct apply *apply, struct dn_text key, const struct dn_ledger_row *row, bool decided)
{
    enum dn_status status = dn_ledger_last(apply->run->ledger, key, &apply->follower, apply->err);
    const struct dn_ledger_row *last = &apply->follower.row;
    if (status != DN_OK || !dn_text_equal(dn_record_leader(last), row->key) || !may_follow(last, row->state, decided))
        return status;
    struct dn_ledger_row taken = next_row(apply, last, row->state);
    taken.code = row->code;
    taken.reason = last->reason;
    taken.reference = row->reference;
    taken.by = row->by;
    taken.happened_at = row->happened_at;
    status = settle_intent(apply, last);
    return status == DN_OK ? append(apply, &taken) : status;
}

/* The other roles of a message take its states. */
static enum dn_status follow(struct apply *apply, const struct dn_ledger_row *row, bool decided)
{
    const struct dn_record_facts *facts = &apply->facts;
    size_t entry = dn_table_find(&facts->leaders, row->key);
    enum dn_status status = DN_OK;
    size_t i = entry == SIZE_MAX ? DN_NO_FOLLOWER : facts->first_follower[entry];
    for (; i != DN_NO_FOLLOWER && status == DN_OK; i = facts->next_follower[i])
        status = follow_one(apply, dn_table_key(&facts->followers, i), row, decided);
    return status;
}

static enum dn_status fault(struct apply *apply, const struct dn_record *record, const char *text)
{
    return dn_error_at(apply->err, record->file, record->line, 0, "%s", text);
}

/* "not recorded: ..." and why, once with its place. */
static enum dn_status count_backward(struct apply *apply, const struct dn_record *record, enum dn_state from)
{
    struct dn_record_counts *counts = apply->counts;
    if (counts->backward++ == 0)
        snprintf(counts->first_backward, sizeof counts->first_backward, "%.400s:%lld: '%s' may not follow '%s'",
                 record->file, (long long)record->line, dn_state_words[record->state], dn_state_words[from]);
    return DN_OK;
}

static void fill_row(const struct dn_record *record, struct dn_ledger_row *row)
{
    row->code = dn_text_of(record->code);
    row->reason = dn_text_of(record->reason);
    row->reference = dn_text_of(record->reference);
    row->by = dn_text_of(record->by);
    row->happened_at = record->happened_at;
}

/* Appends the outcome behind the last row of its key. */
static enum dn_status append_record(struct apply *apply, const struct dn_record *record,
                                    const struct dn_ledger_row *last)
{
    if (!may_follow(last, record->state, false))
        return count_backward(apply, record, last->state);
    struct dn_ledger_row row = next_row(apply, last, record->state);
    fill_row(record, &row);
    enum dn_status status = settle_intent(apply, last);
    if (status == DN_OK)
        status = append(apply, &row);
    if (status != DN_OK)
        return status;
    apply->counts->states[record->state]++;
    return follow(apply, &row, false);
}

/* A report's clock is a stranger's: a time that cannot be is not taken over. */
static void trust_time(struct apply *apply, const struct dn_key_fact *fact, struct dn_record *record)
{
    if (!dn_instant_is(record->happened_at) || (dn_instant_compare(record->happened_at, apply->run->now) <= 0 &&
                                                dn_instant_compare(record->happened_at, fact->first_at) >= 0))
        return;
    record->happened_at = DN_INSTANT_NONE;
    apply->counts->clock++;
}

static bool any_attempt_has(struct apply *apply, const struct dn_ledger_row *last, enum dn_state state)
{
    for (int64_t attempt = last->attempt; attempt > 0; attempt--)
        if (dn_record_facts_state(&apply->facts, last->key, attempt, state))
            return true;
    return false;
}

/* Is it about a copy that was sent before the last attempt? */
static bool is_stale(const struct dn_key_fact *fact, const struct dn_ledger_row *last, const struct dn_record *record)
{
    return last->attempt > 1 && dn_instant_is(record->happened_at) && dn_instant_is(fact->intent_at) &&
           dn_instant_compare(record->happened_at, fact->intent_at) < 0;
}

static enum dn_status apply_report(struct apply *apply, struct dn_record *record, const struct dn_ledger_row *last)
{
    const struct dn_key_fact *fact = dn_record_facts_key(&apply->facts, last->key);
    struct dn_record_counts *counts = apply->counts;
    if (last->channel == DN_CHANNEL_PHONE)
        return fault(apply, record, "the key is that of a call, of which no mail can come back");
    bool stale = is_stale(fact, last, record);
    if (stale ? any_attempt_has(apply, last, record->state)
              : dn_record_facts_state(&apply->facts, last->key, last->attempt, record->state))
        counts->already++;
    else if (stale)
        counts->stale++;
    else if (record->state != DN_STATE_DEFERRED) {
        trust_time(apply, fact, record);
        return append_record(apply, record, last);
    } else if (last->state == DN_STATE_ACCEPTED || last->state == DN_STATE_UNKNOWN || last->state == DN_STATE_INTENT)
        counts->delayed++;
    return DN_OK;
}

static enum dn_status check_time(struct apply *apply, const struct dn_record *record, struct dn_instant from,
                                 const char *before)
{
    char time[DN_INSTANT_TEXT], limit[DN_INSTANT_TEXT];
    bool future = dn_instant_compare(record->happened_at, apply->run->now) > 0;
    dn_instant_format(record->happened_at, time);
    dn_instant_format(future ? apply->run->now : from, limit);
    if (future)
        return dn_error_at(apply->err, record->file, record->line, 0, "'%s' is in the future: it is %s", time, limit);
    if (!dn_instant_is(from) || dn_instant_compare(record->happened_at, from) >= 0)
        return DN_OK;
    return dn_error_at(apply->err, record->file, record->line, 0, "'%s' is before %s, %s", time, before, limit);
}

/* Is what a person recorded for this time there already? With another outcome it is no repetition. */
static enum dn_status look_up(struct apply *apply, const struct dn_record *record, bool *there)
{
    int64_t place = dn_record_facts_call(&apply->facts, dn_text_of(record->key), record->happened_at);
    *there = place != DN_NO_ROW;
    if (!*there)
        return DN_OK;
    enum dn_status status = dn_ledger_at(apply->run->ledger, place, &apply->follower, apply->err);
    const struct dn_ledger_row *row = &apply->follower.row;
    if (status != DN_OK)
        return status;
    if (row->state == record->state && dn_text_is(row->code, record->code)) {
        apply->counts->already++;
        return DN_OK;
    }
    return dn_error_at(apply->err, record->file, record->line, 0,
                       "the ledger's row %lld has '%s' (%.*s) for this time, and this row says '%s' (%s)",
                       (long long)row->seq, dn_state_words[row->state], (int)row->code.size, row->code.at,
                       dn_state_words[record->state], record->code);
}

/* A sheet that was sorted by one column has other people's keys. */
static bool is_of(const struct dn_record *record, const struct dn_ledger_row *row)
{
    return dn_text_is(row->incident_id, record->incident_id) && dn_text_is(row->notice, record->notice) &&
           dn_text_is(row->tenant_id, record->tenant_id);
}

static enum dn_status apply_call(struct apply *apply, const struct dn_record *record, const struct dn_ledger_row *last)
{
    const struct dn_key_fact *fact = dn_record_facts_key(&apply->facts, last->key);
    bool there = false;
    if (last->channel != DN_CHANNEL_PHONE)
        return fault(apply, record, "the key is not that of a call");
    if (!is_of(record, last))
        return dn_error_at(
            apply->err, record->file, record->line, 0,
            "the key is that of tenant '%.*s', incident '%.*s', notice '%.*s', not of what stands beside "
            "it: was the sheet sorted by one column?",
            (int)last->tenant_id.size, last->tenant_id.at, (int)last->incident_id.size, last->incident_id.at,
            (int)last->notice.size, last->notice.at);
    enum dn_status status = check_time(apply, record, fact->first_at, "the notice's first row");
    if (status == DN_OK)
        status = look_up(apply, record, &there);
    return status == DN_OK && !there ? append_record(apply, record, last) : status;
}

/* The first row under a key of other means: what the tenant's other rows say of the incident's clock. */
static enum dn_status begin_other(struct apply *apply, const struct dn_record *record,
                                  const struct dn_ledger_row *beside)
{
    if (record->state == DN_STATE_BOUNCED || record->state == DN_STATE_NOT_REACHED)
        return fault(apply, record, "comes back before it was recorded as told");
    struct dn_ledger_row row = next_row(apply, beside, record->state);
    row.channel = DN_CHANNEL_OTHER;
    row.required = record->required;
    row.recipient = dn_text_of(record->recipient);
    row.key = dn_text_of(record->key);
    row.attempt = 1;
    row.content_sha256 = (struct dn_text){NULL, 0};
    fill_row(record, &row);
    enum dn_status status = append(apply, &row);
    if (status == DN_OK)
        apply->counts->states[record->state]++;
    return status;
}

/* Reads the last row of the key in hand; *last becomes NULL if there is none. */
static enum dn_status find_last(struct apply *apply, const char *key, const struct dn_ledger_row **last)
{
    enum dn_status status = dn_ledger_last(apply->run->ledger, dn_text_of(key), &apply->last, apply->err);
    *last = status == DN_OK ? &apply->last.row : NULL;
    return status == DN_END ? DN_OK : status;
}

static enum dn_status apply_other(struct apply *apply, const struct dn_record *record, const struct dn_ledger_row *last)
{
    int64_t place = dn_record_facts_tenant(&apply->facts, record);
    bool there = false;
    if (place == DN_NO_ROW)
        return dn_error_at(apply->err, record->file, record->line, 0,
                           "the ledger holds nothing about tenant '%s', incident '%s', notice '%s'", record->tenant_id,
                           record->incident_id, record->notice);
    const struct dn_ledger_row *beside = &apply->beside.row;
    enum dn_status status = dn_ledger_at(apply->run->ledger, place, &apply->beside, apply->err);
    if (status == DN_OK)
        status = check_time(apply, record, beside->declared_at, "the declaration");
    if (status == DN_OK)
        status = look_up(apply, record, &there);
    if (status != DN_OK || there)
        return status;
    return last ? append_record(apply, record, last) : begin_other(apply, record, beside);
}

static enum dn_status apply_one(struct apply *apply, struct dn_record *record)
{
    const struct dn_ledger_row *last;
    enum dn_status status = find_last(apply, record->key, &last);
    if (status != DN_OK)
        return status;
    if (record->kind == DN_RECORD_OTHER)
        return apply_other(apply, record, last);
    if (!last)
        return dn_error_at(apply->err, record->file, record->line, 0, "the ledger does not hold the key '%s'",
                           record->key);
    return record->kind == DN_RECORD_CALL ? apply_call(apply, record, last) : apply_report(apply, record, last);
}

/* As they happened; without a time last. */
static int compare_records(const void *a, const void *b)
{
    const struct dn_record *one = a, *two = b;
    bool timed = dn_instant_is(one->happened_at) && dn_instant_is(two->happened_at);
    int order = timed ? dn_instant_compare(one->happened_at, two->happened_at)
                      : dn_instant_is(two->happened_at) - dn_instant_is(one->happened_at);
    return order ? order : (one->number > two->number) - (one->number < two->number);
}

static enum dn_status apply_records(struct apply *apply)
{
    struct dn_records *records = apply->run->records;
    enum dn_status status = DN_OK;
    if (records->count)
        qsort(records->at, records->count, sizeof *records->at, compare_records);
    for (size_t i = 0; i < records->count && status == DN_OK; i++)
        status = apply_one(apply, &records->at[i]);
    return status;
}

/* Finds the row that a decision is about: of a message for two roles, the first one's, if it stands the same way. */
static enum dn_status find_decided(struct apply *apply, const struct dn_ledger_row *last,
                                   const struct dn_ledger_row **about)
{
    struct dn_text leader = dn_record_leader(last);
    struct dn_stand stand;
    *about = last;
    if (!leader.size || !dn_ledger_stand(apply->run->ledger, leader, &stand) || stand.state != last->state)
        return DN_OK;
    *about = &apply->beside.row;
    return dn_ledger_at(apply->run->ledger, stand.place, &apply->beside, apply->err);
}

static enum dn_status decide(struct apply *apply, const struct dn_ledger_row *last, bool resend)
{
    const struct dn_ledger_row *about;
    enum dn_status status = find_decided(apply, last, &about);
    if (status != DN_OK)
        return status;
    struct dn_ledger_row row = next_row(apply, about, resend ? DN_STATE_DEFERRED : DN_STATE_ACCEPTED);
    row.code = resend ? DN_TEXT(DN_CODE_RESEND) : DN_TEXT(DN_CODE_RESOLVED);
    row.reason = dn_record_leader(about).size ? about->reason
                 : resend                     ? DN_TEXT("a person decided: send again, it may be a second copy")
                                              : DN_TEXT("a person decided: it was accepted");
    status = append(apply, &row);
    *(resend ? &apply->counts->resent : &apply->counts->accepted) += 1;
    return status == DN_OK ? follow(apply, &row, true) : status;
}

/* Does the ledger say already what was decided? What lies in an outbox was accepted by nobody. */
static bool is_decided(const struct dn_ledger_row *last, bool resend)
{
    if (resend)
        return last->state == DN_STATE_DEFERRED && dn_text_is(last->code, DN_CODE_RESEND);
    return last->state == DN_STATE_DELIVERED ||
           (last->state == DN_STATE_ACCEPTED && !dn_text_is(last->code, DN_CODE_OUTBOX));
}

/* A decision that the row does not allow, and what to do instead where that is known. */
static enum dn_status refuse_decision(struct apply *apply, const char *key, const struct dn_ledger_row *last)
{
    const char *mend = "";
    if (dn_text_is(last->code, DN_CODE_OUTBOX) && last->state == DN_STATE_ACCEPTED)
        mend = ": it is a file in an outbox, which the ledger cannot know to have been sent; how it was handed over is "
               "recorded as other means";
    else if (last->state == DN_STATE_INTENT)
        mend = "; run notify-send again first";
    return dn_error_set(apply->err, DN_INVALID, "--resolve: the notice of key '%s' is '%s', not unknown%s", key,
                        dn_state_words[last->state], mend);
}

/* While the ledger is ours no run is under way: what one over a network began and did not settle is unknown. What was
 * to become a file of an outbox is there or is not, as notify-send can see. *last stays the row that the decision is
 * about, of a message for two roles the first one's. */
static enum dn_status settle_network(struct apply *apply, const struct dn_ledger_row **last)
{
    struct dn_text leader = dn_record_leader(*last);
    struct dn_stand stand;
    char key[DN_SHA256_HEX];
    if ((*last)->state != DN_STATE_INTENT || (*last)->channel == DN_CHANNEL_PHONE ||
        dn_text_is((*last)->code, DN_CODE_OUTBOX))
        return DN_OK;
    bool led = leader.size && dn_ledger_stand(apply->run->ledger, leader, &stand) && stand.state == DN_STATE_INTENT;
    snprintf(key, sizeof key, "%.64s", led ? leader.at : (*last)->key.at);
    enum dn_status status = led ? find_last(apply, key, last) : DN_OK;
    if (status == DN_OK)
        status = settle_intent(apply, *last);
    return status == DN_OK ? find_last(apply, key, last) : status;
}

/* What a message or a post may be resent after: nobody knows, or, for the key that a person names, it was refused or
 * came back. */
static bool may_decide(const struct dn_ledger_row *last, bool resend)
{
    bool written = last->channel == DN_CHANNEL_MESSAGE_CENTER || last->channel == DN_CHANNEL_EMAIL_ADMIN ||
                   last->channel == DN_CHANNEL_EMAIL_PRIVACY;
    bool failed = last->state == DN_STATE_REJECTED || last->state == DN_STATE_BOUNCED;
    return last->state == DN_STATE_UNKNOWN || (resend && written && failed);
}

static enum dn_status decide_key(struct apply *apply, const struct dn_decision *decision)
{
    const struct dn_ledger_row *last;
    enum dn_status status = find_last(apply, decision->key, &last);
    if (status == DN_OK && last)
        status = settle_network(apply, &last);
    if (status != DN_OK)
        return status;
    if (!last)
        return dn_error_set(apply->err, DN_INVALID, "--resolve: the ledger does not hold the key '%s'", decision->key);
    if (may_decide(last, decision->resend))
        return decide(apply, last, decision->resend);
    if (is_decided(last, decision->resend)) {
        apply->counts->already++;
        apply->counts->standing++;
        return DN_OK;
    }
    return refuse_decision(apply, decision->key, last);
}

/* The rows of the decisions themselves are not looked at again. */
static enum dn_status decide_all(struct apply *apply, bool resend)
{
    const struct dn_ledger *ledger = apply->run->ledger;
    const int64_t end = dn_ledger_end(ledger);
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status = DN_OK;
    dn_ledger_cursor_open(ledger, 0, &cursor);
    while (status == DN_OK && (status = dn_ledger_cursor_next(&cursor, &row, apply->err)) == DN_OK &&
           cursor.place < end)
        if (row.state == DN_STATE_UNKNOWN && dn_ledger_cursor_is_last(&cursor, &row))
            status = decide(apply, &row, resend);
    dn_ledger_cursor_close(&cursor);
    return status == DN_END ? DN_OK : status;
}

/* Keys that are named first, so that "all" is the rest. */
static enum dn_status apply_decisions(struct apply *apply)
{
    const struct dn_decisions *decisions = apply->run->decisions;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < decisions->count && status == DN_OK; i++)
        if (decisions->at[i].key)
            status = decide_key(apply, &decisions->at[i]);
    for (size_t i = 0; i < decisions->count && status == DN_OK; i++)
        if (!decisions->at[i].key)
            status = decide_all(apply, decisions->at[i].resend);
    return status;
}

/* What came back or reached nobody in this run and has not been made good in it; a message for two roles is one. */
static enum dn_status count_left(const struct apply *apply, int64_t before)
{
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    dn_ledger_cursor_open(apply->run->ledger, before, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, apply->err)) == DN_OK) {
        if (!dn_ledger_cursor_is_last(&cursor, &row) || dn_record_leader(&row).size)
            continue;
        apply->counts->undelivered += row.state == DN_STATE_BOUNCED;
        apply->counts->missed += row.state == DN_STATE_NOT_REACHED;
    }
    dn_ledger_cursor_close(&cursor);
    return status == DN_END ? DN_OK : status;
}

enum dn_status dn_record_apply(const struct dn_record_run *run, struct dn_record_counts *counts, struct dn_error *err)
{
    struct apply apply = {.run = run, .counts = counts, .err = err};
    int64_t before = dn_ledger_end(run->ledger);
    *counts = (struct dn_record_counts){0};
    enum dn_status status = dn_record_facts_find(run, &apply.facts, err);
    if (status == DN_OK)
        status = apply_records(&apply);
    if (status == DN_OK)
        status = apply_decisions(&apply);
    if (status == DN_OK)
        status = count_left(&apply, before);
    dn_record_facts_clear(&apply.facts);
    dn_ledger_line_clear(&apply.last);
    dn_ledger_line_clear(&apply.beside);
    dn_ledger_line_clear(&apply.follower);
    return status;
}
