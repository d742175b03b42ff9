#include "ledger/record_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define SHARED "same-message:"

struct dn_text dn_record_leader(const struct dn_ledger_row *row)
{
    if (!dn_text_starts(row->reason, SHARED) || row->reason.size != sizeof SHARED - 1 + DN_SHA256_HEX - 1)
        return (struct dn_text){NULL, 0};
    return (struct dn_text){row->reason.at + sizeof SHARED - 1, DN_SHA256_HEX - 1};
}

static struct dn_text tenant_text(struct dn_buf *scratch, struct dn_text incident_id, struct dn_text notice,
                                  struct dn_text tenant_id)
{
    const struct dn_text parts[] = {incident_id, notice, tenant_id};
    dn_buf_reset(scratch);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        dn_buf_addt(scratch, parts[i]);
        dn_buf_addc(scratch, '\n');
    }
    return dn_buf_text(scratch);
}

static struct dn_text state_text(struct dn_buf *scratch, struct dn_text key, int64_t attempt, enum dn_state state)
{
    dn_buf_reset(scratch);
    dn_buf_addt(scratch, key);
    dn_buf_addf(scratch, " %lld %s", (long long)attempt, dn_state_words[state]);
    return dn_buf_text(scratch);
}

static struct dn_text call_text(struct dn_buf *scratch, struct dn_text key, struct dn_instant at)
{
    dn_buf_reset(scratch);
    dn_buf_addt(scratch, key);
    dn_buf_addc(scratch, ' ');
    dn_instant_add_to(scratch, at);
    return dn_buf_text(scratch);
}

static void note_key(struct dn_record_facts *facts, const struct dn_ledger_row *row)
{
    size_t entry = dn_table_find(&facts->keys, row->key);
    if (entry == SIZE_MAX)
        return;
    struct dn_key_fact *fact = &facts->key_facts[entry];
    if (!dn_instant_is(fact->first_at))
        fact->first_at = row->at;
    if (row->state == DN_STATE_INTENT)
        fact->intent_at = row->at;
    if (row->state == DN_STATE_DELIVERED || row->state == DN_STATE_BOUNCED)
        dn_table_add(&facts->states, state_text(&facts->scratch, row->key, row->attempt, row->state), NULL);
}

static void note_call(struct dn_record_facts *facts, const struct dn_ledger_row *row, int64_t place)
{
    bool added;
    if (!dn_instant_is(row->happened_at) || dn_table_find(&facts->keys, row->key) == SIZE_MAX)
        return;
    size_t entry = dn_table_add(&facts->calls, call_text(&facts->scratch, row->key, row->happened_at), &added);
    if (added)
        facts->call_rows = dn_grow(facts->call_rows, entry, &facts->call_room, sizeof *facts->call_rows);
    facts->call_rows[entry] = place;
}

static void note_tenant(struct dn_record_facts *facts, const struct dn_ledger_row *row, int64_t place)
{
    if (!facts->tenants.count)
        return;
    size_t entry =
        dn_table_find(&facts->tenants, tenant_text(&facts->scratch, row->incident_id, row->notice, row->tenant_id));
    if (entry != SIZE_MAX)
        facts->tenant_rows[entry] = place;
}

static void note_follower(struct dn_record_facts *facts, const struct dn_ledger_row *row)
{
    struct dn_text leader = dn_record_leader(row);
    bool new_leader, new_follower;
    if (!leader.size)
        return;
    size_t follower = dn_table_add(&facts->followers, row->key, &new_follower);
    if (!new_follower)
        return;
    size_t entry = dn_table_add(&facts->leaders, leader, &new_leader);
    if (new_leader) {
        facts->first_follower =
            dn_grow(facts->first_follower, entry, &facts->leader_room, sizeof *facts->first_follower);
        facts->first_follower[entry] = DN_NO_FOLLOWER;
    }
    facts->next_follower = dn_grow(facts->next_follower, follower, &facts->follower_room, sizeof *facts->next_follower);
    facts->next_follower[follower] = facts->first_follower[entry];
    facts->first_follower[entry] = follower;
}

void dn_record_facts_add(struct dn_record_facts *facts, const struct dn_ledger_row *row, int64_t place)
{
    note_key(facts, row);
    note_call(facts, row, place);
    note_tenant(facts, row, place);
    note_follower(facts, row);
}

static void want(const struct dn_records *records, struct dn_record_facts *facts)
{
    for (size_t i = 0; i < records->count; i++) {
        const struct dn_record *record = &records->at[i];
        dn_table_add(&facts->keys, dn_text_of(record->key), NULL);
        if (record->kind == DN_RECORD_OTHER)
            dn_table_add(&facts->tenants,
                         tenant_text(&facts->scratch, dn_text_of(record->incident_id), dn_text_of(record->notice),
                                     dn_text_of(record->tenant_id)),
                         NULL);
    }
    facts->key_facts = dn_alloc(facts->keys.count, sizeof *facts->key_facts);
    for (size_t i = 0; i < facts->keys.count; i++)
        facts->key_facts[i] = (struct dn_key_fact){DN_INSTANT_NONE, DN_INSTANT_NONE};
    facts->tenant_rows = dn_alloc(facts->tenants.count, sizeof *facts->tenant_rows);
    for (size_t i = 0; i < facts->tenants.count; i++)
        facts->tenant_rows[i] = DN_NO_ROW;
}

enum dn_status dn_record_facts_find(const struct dn_record_run *run, struct dn_record_facts *facts,
                                    struct dn_error *err)
{
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    want(run->records, facts);
    dn_ledger_cursor_open(run->ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, err)) == DN_OK)
        dn_record_facts_add(facts, &row, cursor.place);
    dn_ledger_cursor_close(&cursor);
    return status == DN_END ? DN_OK : status;
}

void dn_record_facts_clear(struct dn_record_facts *facts)
{
    dn_table_clear(&facts->keys);
    dn_table_clear(&facts->tenants);
    dn_table_clear(&facts->states);
    dn_table_clear(&facts->calls);
    dn_table_clear(&facts->leaders);
    dn_table_clear(&facts->followers);
    free(facts->key_facts);
    free(facts->tenant_rows);
    free(facts->call_rows);
    free(facts->first_follower);
    free(facts->next_follower);
    dn_buf_clear(&facts->scratch);
    *facts = (struct dn_record_facts){0};
}

const struct dn_key_fact *dn_record_facts_key(const struct dn_record_facts *facts, struct dn_text key)
{
    return &facts->key_facts[dn_table_find(&facts->keys, key)];
}

int64_t dn_record_facts_tenant(struct dn_record_facts *facts, const struct dn_record *record)
{
    size_t entry =
        dn_table_find(&facts->tenants, tenant_text(&facts->scratch, dn_text_of(record->incident_id),
                                                   dn_text_of(record->notice), dn_text_of(record->tenant_id)));
    return facts->tenant_rows[entry];
}

bool dn_record_facts_state(struct dn_record_facts *facts, struct dn_text key, int64_t attempt, enum dn_state state)
{
    return dn_table_find(&facts->states, state_text(&facts->scratch, key, attempt, state)) != SIZE_MAX;
}

int64_t dn_record_facts_call(struct dn_record_facts *facts, struct dn_text key, struct dn_instant at)
{
    size_t entry = dn_table_find(&facts->calls, call_text(&facts->scratch, key, at));
    return entry == SIZE_MAX ? DN_NO_ROW : facts->call_rows[entry];
}
