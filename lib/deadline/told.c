#include "deadline/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"

static size_t incident_for(struct dn_told_list *list, struct dn_text id)
{
    bool added;
    size_t entry = dn_table_add(&list->ids, id, &added);
    if (added) {
        list->incidents = dn_grow(list->incidents, entry, &list->incident_room, sizeof *list->incidents);
        list->incidents[entry] = (struct dn_told_incident){.id = dn_strndup(id.at, id.size), .due_at = DN_INSTANT_NONE};
        list->incident_count++;
    }
    return entry;
}

/* The pair as one key; an id may hold any byte but the one that parts them is never in a cell of ours. */
void dn_told_add_pair(struct dn_buf *pair, struct dn_text incident_id, struct dn_text tenant_id)
{
    dn_buf_add(pair, &incident_id.size, sizeof incident_id.size);
    dn_buf_addt(pair, incident_id);
    dn_buf_addt(pair, tenant_id);
}

struct dn_told *dn_told_for(struct dn_told_list *list, struct dn_text incident_id, struct dn_text tenant_id)
{
    struct dn_buf pair = {0};
    bool added;
    dn_told_add_pair(&pair, incident_id, tenant_id);
    size_t entry = dn_table_add(&list->tenants, dn_buf_text(&pair), &added);
    dn_buf_clear(&pair);
    if (added) {
        list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
        list->at[list->count++] = (struct dn_told){.incident = incident_for(list, incident_id),
                                                   .tenant_id = dn_strndup(tenant_id.at, tenant_id.size)};
    }
    return &list->at[entry];
}

struct dn_told_source *dn_told_begin(struct dn_told_list *list, const char *path)
{
    list->sources = dn_grow(list->sources, list->source_count, &list->source_room, sizeof *list->sources);
    struct dn_told_source *source = &list->sources[list->source_count++];
    *source = (struct dn_told_source){.name = dn_strdup(dn_file_name(path))};
    return source;
}

static size_t notice_for(struct dn_told_list *list, struct dn_text notice)
{
    for (size_t i = 0; i < list->notices.count; i++)
        if (dn_text_is(notice, list->notices.at[i]))
            return i;
    dn_strings_add(&list->notices, notice);
    return list->notices.count - 1;
}

/* Most tenants have one key, or two or three; there are very many of them, so there is no room for more. */
static struct dn_told_key *add_key(struct dn_told *told)
{
    if (told->count == told->room) {
        told->room = told->room > 0 ? 2 * told->room : 1;
        told->keys = dn_realloc(told->keys, told->room, sizeof *told->keys);
    }
    return &told->keys[told->count++];
}

static struct dn_told_key *key_for(struct dn_told *told, const struct dn_ledger_row *row, bool *first)
{
    *first = false;
    for (size_t i = 0; i < told->count; i++)
        if (dn_text_is(row->key, told->keys[i].key))
            return &told->keys[i];
    *first = true;
    struct dn_told_key *key = add_key(told);
    *key = (struct dn_told_key){.channel = row->channel, .satisfied_at = DN_INSTANT_NONE};
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        key->under[i] = DN_INSTANT_NONE;
    memcpy(key->key, row->key.at, DN_SHA256_HEX - 1);
    return key;
}

/* How far a notice has come; the phone only counts when somebody was reached. */
static bool satisfies(const struct dn_ledger_row *row, enum dn_policy policy)
{
    if (row->channel == DN_CHANNEL_PHONE || policy == DN_POLICY_REACHED)
        return row->state == DN_STATE_REACHED;
    if (row->state == DN_STATE_ACCEPTED)
        return policy == DN_POLICY_ACCEPTED;
    return row->state == DN_STATE_DELIVERED || row->state == DN_STATE_REACHED;
}

/* What lay in an outbox was a rehearsal: it is sent, skipped or held after all. */
static bool was_rehearsed(const struct dn_told_key *key, enum dn_state state)
{
    return key->outbox && (state == DN_STATE_INTENT || state == DN_STATE_SKIPPED || state == DN_STATE_HELD);
}

/* Does this row take back what satisfied before: it came back, or what was in the outbox was a rehearsal? */
static bool takes_back(const struct dn_told_key *key, enum dn_state state)
{
    return state == DN_STATE_BOUNCED || state == DN_STATE_NOT_REACHED || was_rehearsed(key, state);
}

static void take_back(struct dn_told_key *key)
{
    key->satisfied_at = DN_INSTANT_NONE;
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        key->under[i] = DN_INSTANT_NONE;
    key->satisfied_seq = 0;
    key->outbox = false;
}

static void take_satisfied(struct dn_told_key *key, const struct dn_ledger_row *row, enum dn_policy declared)
{
    struct dn_instant at = dn_instant_is(row->happened_at) ? row->happened_at : row->at;
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        if (satisfies(row, (enum dn_policy)i) && !dn_instant_is(key->under[i]))
            key->under[i] = at;
    if (!satisfies(row, declared) || dn_instant_is(key->satisfied_at))
        return;
    key->satisfied_at = at;
    key->satisfied_seq = row->seq;
}

/* An intent alone is none any more when it was refused. */
static bool went_out(enum dn_state state)
{
    return state == DN_STATE_ACCEPTED || state == DN_STATE_UNKNOWN || state == DN_STATE_DELIVERED ||
           state == DN_STATE_BOUNCED || state == DN_STATE_REACHED;
}

static void set_state(struct dn_told_key *key, enum dn_state state, struct dn_text reason)
{
    key->state = state;
    key->went_out |= went_out(state);
    free(key->reason);
    key->reason = reason.size > 0 ? dn_strndup(reason.at, reason.size) : NULL;
}

static void take_state(struct dn_told_key *key, const struct dn_ledger_row *row, enum dn_policy declared)
{
    if (takes_back(key, row->state))
        take_back(key);
    take_satisfied(key, row, declared);
    if (row->state == DN_STATE_ACCEPTED && dn_text_is(row->code, "outbox"))
        key->outbox = true;
    key->required = row->required;
    set_state(key, row->state, row->reason);
}

/* May this row follow the last one under its key? Another ledger begins anew: two of them may have told a tenant. */
static bool may_follow(const struct dn_told_key *key, enum dn_state state, size_t source)
{
    return key->source != source || was_rehearsed(key, state) || dn_state_may_follow(key->state, state, true);
}

static void go_backwards(struct dn_told_key *key)
{
    key->backwards = true;
    take_back(key);
    set_state(key, DN_STATE_UNKNOWN, DN_TEXT("backwards"));
}

/* Keeps a time that is not there yet. */
static void keep_time(struct dn_instant **times, size_t *count, size_t *room, struct dn_instant at)
{
    for (size_t i = 0; i < *count; i++)
        if (dn_instant_compare((*times)[i], at) == 0)
            return;
    if (!dn_instant_is(at))
        return;
    *times = dn_grow(*times, *count, room, sizeof **times);
    (*times)[(*count)++] = at;
}

static void take_clock(struct dn_told_incident *incident, const struct dn_ledger_row *row)
{
    if (incident->regime == NULL && row->regime.size > 0)
        incident->regime = dn_strndup(row->regime.at, row->regime.size);
    incident->due_at = dn_instant_min(incident->due_at, row->due_at);
    keep_time(&incident->said_due, &incident->said_count, &incident->said_room, row->due_at);
    keep_time(&incident->declared_at, &incident->declared_count, &incident->declared_room, row->declared_at);
}

bool dn_told_take(struct dn_told_list *list, const struct dn_ledger_row *row)
{
    struct dn_told *told = dn_told_for(list, row->incident_id, row->tenant_id);
    struct dn_told_incident *incident = &list->incidents[told->incident];
    bool drill = dn_text_starts(row->notice, "drill-");
    take_clock(incident, row);
    if (dn_text_starts(row->notice, "rehearsal-")) {
        told->rehearsed = true;
        return true;
    }
    incident->drill |= drill;
    incident->real |= !drill;
    bool first;
    size_t source = list->source_count > 0 ? list->source_count - 1 : 0;
    struct dn_told_key *key = key_for(told, row, &first);
    bool follows = !key->backwards && (first || may_follow(key, row->state, source));
    key->drill = drill;
    key->initial = dn_text_is(row->notice, drill ? "drill-initial" : "initial");
    key->notice = notice_for(list, row->notice);
    key->source = source;
    key->seq = row->seq;
    if (follows)
        take_state(key, row, list->satisfied_by);
    else
        go_backwards(key);
    return follows;
}

static void clear_told(struct dn_told *told)
{
    for (size_t i = 0; i < told->count; i++)
        free(told->keys[i].reason);
    free(told->keys);
    free(told->tenant_id);
}

void dn_told_list_clear(struct dn_told_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        clear_told(&list->at[i]);
    for (size_t i = 0; i < list->incident_count; i++) {
        free(list->incidents[i].id);
        free(list->incidents[i].regime);
        free(list->incidents[i].declared_at);
        free(list->incidents[i].said_due);
    }
    for (size_t i = 0; i < list->source_count; i++)
        free(list->sources[i].name);
    free(list->sources);
    free(list->at);
    free(list->incidents);
    dn_table_clear(&list->tenants);
    dn_table_clear(&list->ids);
    dn_strings_clear(&list->notices);
    dn_strings_clear(&list->anchors);
    dn_said_free(list->said);
    memset(list, 0, sizeof *list);
}
