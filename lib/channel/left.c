#include "channel/left.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/table.h"
#include "notice/copies.h"
#include "tenant/seen.h"

/* The last states of keys that are open. */
static const enum dn_state open_states[] = {DN_STATE_INTENT,      DN_STATE_UNKNOWN,  DN_STATE_DEFERRED,
                                            DN_STATE_NOT_REACHED, DN_STATE_REJECTED, DN_STATE_BOUNCED};
#define OPEN_STATES (sizeof open_states / sizeof *open_states)

/* While it is looked for. Sets hold hashes: of keys, of texts as name_of makes them. */
struct search {
    const struct dn_plan *plan;
    const struct dn_ledger *ledger;
    const char *notice;
    struct dn_reading reading;
    bool copies;            /* the plan is one of copies */
    struct dn_seen planned; /* keys of the plan */
    struct dn_seen tenants; /* (incident, tenant) of the plan */
    struct dn_table incidents;
    struct dn_hash128 *wanted; /* the channels of what is untold, if nobody of them is told */
    size_t wanted_count, wanted_room;
    struct dn_seen asked;     /* the same as a set */
    struct dn_seen satisfied; /* of these */
    struct dn_buf name;
    struct dn_ledger_line line;
};

static struct dn_hash128 name_of(struct search *it, struct dn_text incident, struct dn_text tenant, const char *channel)
{
    const struct dn_text parts[] = {incident, tenant, dn_text_of(channel)};
    dn_buf_reset(&it->name);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        dn_buf_addt(&it->name, parts[i]);
        dn_buf_addc(&it->name, '\n');
    }
    return dn_hash_wide(dn_buf_text(&it->name), 0);
}

/* Who has to be told instead: somebody of that channel, or by any of those of which one will do. */
static struct dn_hash128 channel_of(struct search *it, const struct dn_ledger_row *row)
{
    const char *channel = row->required == DN_REQUIRED_ANY ? "any" : dn_channel_words[row->channel];
    return name_of(it, row->incident_id, row->tenant_id, channel);
}

static bool is_open(enum dn_state state)
{
    for (size_t i = 0; i < OPEN_STATES; i++)
        if (open_states[i] == state)
            return true;
    return false;
}

/* Are there as many open keys as the plan has of them? Nearly always, and then nothing has to be read. */
static bool is_all_planned(const struct search *it)
{
    struct dn_stand stand;
    size_t open = 0, rows = dn_ledger_count(it->ledger) ? it->plan->row_count : 0;
    for (size_t i = 0; i < OPEN_STATES; i++)
        for (size_t from = 0; dn_ledger_in_state(it->ledger, open_states[i], &from, &stand);)
            open++;
    for (size_t i = 0; i < rows && open; i++)
        open -=
            dn_ledger_stand(it->ledger, dn_text_of(dn_plan_glance(it->plan, i)->key), &stand) && is_open(stand.state);
    return open == 0;
}

static void look_at_plan(struct search *it)
{
    for (size_t i = 0; i < it->plan->row_count; i++) {
        const struct dn_plan_row *row = dn_plan_at(it->plan, i);
        struct dn_text incident = dn_text_of(row->incident->id);
        dn_table_add(&it->incidents, incident, NULL);
        dn_seen_add(&it->tenants, name_of(it, incident, dn_text_of(row->tenant->tenant_id), ""));
        dn_seen_add(&it->planned, dn_hash_wide(dn_text_of(row->key), 0));
    }
}

/* Of the plan's incidents and kind of notice; copies have a plan of their own. */
static bool concerns(const struct search *it, const struct dn_ledger_row *row)
{
    return dn_text_starts(row->notice, "rehearsal-") == dn_text_starts(dn_text_of(it->notice), "rehearsal-") &&
           !dn_copies_is(row) && dn_table_find(&it->incidents, row->incident_id) != SIZE_MAX;
}

static void ask_for(struct search *it, struct dn_hash128 channel)
{
    it->wanted = dn_grow(it->wanted, it->wanted_count, &it->wanted_room, sizeof *it->wanted);
    it->wanted[it->wanted_count++] = channel;
    dn_seen_add(&it->asked, channel);
}

static void look_at_open(struct search *it, const struct dn_ledger_row *row, struct dn_left *left)
{
    if (!concerns(it, row) || dn_seen_has(&it->planned, dn_hash_wide(row->key, 0)))
        return;
    if (row->state == DN_STATE_INTENT)
        left->begun++;
    else if (row->state == DN_STATE_UNKNOWN)
        left->unknown++;
    else if (row->required != DN_REQUIRED_NO &&
             dn_seen_has(&it->tenants, name_of(it, row->incident_id, row->tenant_id, "")))
        ask_for(it, channel_of(it, row));
}

static enum dn_status look_at_all_open(struct search *it, struct dn_left *left, struct dn_error *err)
{
    struct dn_stand stand;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < OPEN_STATES; i++)
        for (size_t from = 0; status == DN_OK && dn_ledger_in_state(it->ledger, open_states[i], &from, &stand);) {
            status = dn_ledger_at(it->ledger, stand.place, &it->line, err);
            if (status == DN_OK)
                look_at_open(it, &it->line.row, left);
        }
    return status;
}

static bool satisfies(const struct search *it, const struct dn_ledger_cursor *cursor, const struct dn_ledger_row *row)
{
    bool told = row->state == DN_STATE_ACCEPTED || row->state == DN_STATE_DELIVERED || row->state == DN_STATE_REACHED;
    bool file = it->reading.outbox_was_rehearsal && dn_text_is(row->code, DN_CODE_OUTBOX);
    return told && !file && row->required != DN_REQUIRED_NO && concerns(it, row) &&
           dn_ledger_cursor_is_last(cursor, row);
}

static void look_at_told(struct search *it, const struct dn_ledger_row *row)
{
    const char *const channels[] = {dn_channel_words[row->channel], row->required == DN_REQUIRED_ANY ? "any" : NULL};
    for (size_t i = 0; i < 2 && channels[i]; i++) {
        struct dn_hash128 channel = name_of(it, row->incident_id, row->tenant_id, channels[i]);
        if (dn_seen_has(&it->asked, channel))
            dn_seen_add(&it->satisfied, channel);
    }
}

/* Whether anybody else was told can only be seen in all rows. */
static enum dn_status look_for_others(struct search *it, struct dn_left *left, struct dn_error *err)
{
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    if (!it->wanted_count)
        return DN_OK;
    dn_ledger_cursor_open(it->ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, err)) == DN_OK)
        if (satisfies(it, &cursor, &row))
            look_at_told(it, &row);
    dn_ledger_cursor_close(&cursor);
    for (size_t i = 0; i < it->wanted_count; i++)
        left->untold += !dn_seen_has(&it->satisfied, it->wanted[i]);
    return status == DN_END ? DN_OK : status;
}

enum dn_status dn_left_find(const struct dn_plan *plan, const struct dn_ledger *ledger, const char *notice,
                            struct dn_reading reading, struct dn_left *left, struct dn_error *err)
{
    struct search it = {.plan = plan, .ledger = ledger, .notice = notice, .reading = reading};
    *left = (struct dn_left){0};
    if (is_all_planned(&it))
        return DN_OK;
    look_at_plan(&it);
    enum dn_status status = look_at_all_open(&it, left, err);
    if (status == DN_OK)
        status = look_for_others(&it, left, err);
    dn_seen_clear(&it.planned);
    dn_seen_clear(&it.tenants);
    dn_seen_clear(&it.asked);
    dn_seen_clear(&it.satisfied);
    dn_table_clear(&it.incidents);
    dn_ledger_line_clear(&it.line);
    dn_buf_clear(&it.name);
    free(it.wanted);
    return status;
}

void dn_left_note(const struct dn_left *left, struct dn_notes *notes)
{
    if (left->begun)
        dn_notes_attention(notes, "intent",
                           "%zu notices that an earlier run had begun are not in this plan: look for them in its "
                           "outbox; of those over a "
                           "network a person must decide (ledger-record --resolve KEY)",
                           left->begun);
    if (left->unknown)
        dn_notes_attention(notes, "unknown",
                           "%zu notices that are not in this plan may or may not have been taken: a person must decide "
                           "(ledger-record --resolve KEY)",
                           left->unknown);
    if (left->untold)
        dn_notes_attention(notes, "undelivered",
                           "%zu recipients of earlier runs are not in this plan any more and were not told, nor was "
                           "anybody instead",
                           left->untold);
}
