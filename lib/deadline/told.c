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
static void add_pair(struct dn_buf *pair, struct dn_text incident_id, struct dn_text tenant_id)
{
    dn_buf_addf(pair, "%zu:", incident_id.size);
    dn_buf_addt(pair, incident_id);
    dn_buf_addt(pair, tenant_id);
}

struct dn_told *dn_told_for(struct dn_told_list *list, struct dn_text incident_id, struct dn_text tenant_id)
{
    struct dn_buf pair = {0};
    bool added;
    add_pair(&pair, incident_id, tenant_id);
    size_t entry = dn_table_add(&list->tenants, dn_buf_text(&pair), &added);
    dn_buf_clear(&pair);
    if (added) {
        list->at = dn_grow(list->at, list->count, &list->room, sizeof *list->at);
        list->at[list->count++] = (struct dn_told){.incident = incident_for(list, incident_id),
                                                   .tenant_id = dn_strndup(tenant_id.at, tenant_id.size)};
    }
    return &list->at[entry];
}

const struct dn_told *dn_told_find(const struct dn_told_list *list, struct dn_text incident_id,
                                   struct dn_text tenant_id)
{
    struct dn_buf pair = {0};
    add_pair(&pair, incident_id, tenant_id);
    size_t entry = dn_table_find(&list->tenants, dn_buf_text(&pair));
    dn_buf_clear(&pair);
    return entry == SIZE_MAX ? NULL : &list->at[entry];
}

struct dn_told_source *dn_told_begin(struct dn_told_list *list, const char *path)
{
    list->sources = dn_grow(list->sources, list->source_count, &list->source_room, sizeof *list->sources);
    struct dn_told_source *source = &list->sources[list->source_count++];
    *source = (struct dn_told_source){.name = dn_strdup(dn_file_name(path))};
    return source;
}

static struct dn_told_key *key_for(struct dn_told *told, const struct dn_ledger_row *row)
{
    for (size_t i = 0; i < told->count; i++)
        if (dn_text_is(row->key, told->keys[i].key))
            return &told->keys[i];
    told->keys = dn_grow(told->keys, told->count, &told->room, sizeof *told->keys);
    struct dn_told_key *key = &told->keys[told->count++];
    *key = (struct dn_told_key){.channel = row->channel, .satisfied_at = DN_INSTANT_NONE};
    memcpy(key->key, row->key.at, DN_SHA256_HEX - 1);
    return key;
}

/* How far a notice has come; the phone only counts when somebody was reached. */
static bool satisfies(const struct dn_ledger_row *row, enum dn_state weakest)
{
    if (row->channel == DN_CHANNEL_PHONE || weakest == DN_STATE_REACHED)
        return row->state == DN_STATE_REACHED;
    if (row->state == DN_STATE_ACCEPTED)
        return weakest == DN_STATE_ACCEPTED;
    return row->state == DN_STATE_DELIVERED || row->state == DN_STATE_REACHED;
}

/* Does this row take back what satisfied before: it came back, or what was in the outbox was a rehearsal? */
static bool takes_back(const struct dn_told_key *key, enum dn_state state)
{
    return state == DN_STATE_BOUNCED || state == DN_STATE_NOT_REACHED ||
           (key->outbox && (state == DN_STATE_INTENT || state == DN_STATE_SKIPPED));
}

static void take_state(struct dn_told_key *key, const struct dn_ledger_row *row, enum dn_state weakest)
{
    if (takes_back(key, row->state)) {
        key->satisfied_at = DN_INSTANT_NONE;
        key->satisfied_seq = 0;
        key->outbox = false;
    }
    if (satisfies(row, weakest) && !dn_instant_is(key->satisfied_at)) {
        key->satisfied_at = dn_instant_is(row->happened_at) ? row->happened_at : row->at;
        key->satisfied_seq = row->seq;
    }
    if (row->state == DN_STATE_ACCEPTED && dn_text_is(row->code, "outbox"))
        key->outbox = true;
    key->state = row->state;
    key->required = row->required;
    free(key->reason);
    key->reason = row->reason.size > 0 ? dn_strndup(row->reason.at, row->reason.size) : NULL;
}

static void take_clock(struct dn_told_incident *incident, const struct dn_ledger_row *row)
{
    size_t i = 0;
    if (incident->regime == NULL && row->regime.size > 0)
        incident->regime = dn_strndup(row->regime.at, row->regime.size);
    incident->due_at = dn_instant_min(incident->due_at, row->due_at);
    if (!dn_instant_is(row->declared_at))
        return;
    while (i < incident->declared_count && dn_instant_compare(incident->declared_at[i], row->declared_at) != 0)
        i++;
    if (i < incident->declared_count)
        return;
    incident->declared_at = dn_grow(incident->declared_at, i, &incident->declared_room, sizeof *incident->declared_at);
    incident->declared_at[incident->declared_count++] = row->declared_at;
}

void dn_told_take(struct dn_told_list *list, const struct dn_ledger_row *row)
{
    struct dn_told *told = dn_told_for(list, row->incident_id, row->tenant_id);
    struct dn_told_incident *incident = &list->incidents[told->incident];
    bool drill = dn_text_starts(row->notice, "drill-");
    take_clock(incident, row);
    if (dn_text_starts(row->notice, "rehearsal-")) {
        told->rehearsed = true;
        return;
    }
    incident->drill |= drill;
    incident->real |= !drill;
    struct dn_told_key *key = key_for(told, row);
    key->drill = drill;
    key->initial = dn_text_is(row->notice, drill ? "drill-initial" : "initial");
    key->source = list->source_count > 0 ? list->source_count - 1 : 0;
    key->seq = row->seq;
    take_state(key, row, list->satisfied_by);
}

static enum dn_status take_checked(struct dn_told_list *list, const struct dn_ledger_row *row, int64_t *seq,
                                   const char *path, int64_t line, struct dn_error *err)
{
    if (row->key.size != DN_SHA256_HEX - 1)
        return dn_error_at(err, dn_file_name(path), line, 0, "the key '%.*s' is not a SHA-256", (int)row->key.size,
                           row->key.at);
    if (row->seq > 0 && row->seq <= *seq)
        return dn_error_at(err, dn_file_name(path), line, 0,
                           "row %lld stands behind row %lld: a ledger keeps its order, do not sort it",
                           (long long)row->seq, (long long)*seq);
    *seq = row->seq;
    dn_told_take(list, row);
    return DN_OK;
}

static void keep_head(struct dn_told_source *source, const struct dn_ledger_row *row)
{
    bool whole = row->chain.size == DN_SHA256_HEX - 1;
    source->rows++;
    source->seq = row->seq;
    if (whole)
        memcpy(source->chain, row->chain.at, row->chain.size);
    source->chain[whole ? row->chain.size : 0] = '\0';
}

enum dn_status dn_told_read(struct dn_told_list *list, const char *path, struct dn_error *err)
{
    struct dn_ledger_reader *reader = NULL;
    struct dn_ledger_row row;
    struct dn_told_source *source = dn_told_begin(list, path);
    int64_t seq = 0;
    enum dn_status status = dn_ledger_read_open(path, &reader, err);
    while (status == DN_OK && (status = dn_ledger_read_next(reader, &row, err)) == DN_OK) {
        status = take_checked(list, &row, &seq, path, dn_ledger_read_line(reader), err);
        keep_head(source, &row);
    }
    dn_ledger_read_close(reader);
    return status == DN_END ? DN_OK : status;
}

static void clear_told(struct dn_told *told)
{
    for (size_t i = 0; i < told->count; i++)
        free(told->keys[i].reason);
    if (told->foreign != NULL) {
        free(told->foreign->satisfied_by);
        free(told->foreign->zone);
        free(told->foreign->anchors);
    }
    free(told->foreign);
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
    }
    for (size_t i = 0; i < list->source_count; i++)
        free(list->sources[i].name);
    free(list->sources);
    free(list->at);
    free(list->incidents);
    dn_table_clear(&list->tenants);
    dn_table_clear(&list->ids);
    memset(list, 0, sizeof *list);
}
