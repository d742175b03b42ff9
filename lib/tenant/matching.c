#include "tenant/matching.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/load.h"
#include "stream/blocks.h"
#include "tenant/cell.h"
#include "tenant/contact.h"
#include "tenant/keyhash.h"
#include "tenant/matching_doubts.h"
#include "tenant/matching_group.h"

/* By the name, not the number of the incident: each lane has its own. */
static struct dn_hash128 mailbox(struct dn_text address, struct dn_text incident_id, struct dn_buf *scratch)
{
    dn_buf_reset(scratch);
    dn_mailbox_key(address, scratch);
    return dn_hash_wide(dn_buf_text(scratch), dn_hash(incident_id));
}

bool dn_matching_has_mailbox(const struct dn_matching *matching, struct dn_text address, struct dn_text incident_id,
                             struct dn_buf *scratch)
{
    struct dn_hash128 hash = {{0, 0}};
    bool known = false;
    for (size_t i = 0; i < matching->lane_count; i++) {
        const struct dn_seen *mailboxes = &matching->lanes[i].mailboxes;
        if (mailboxes->count == 0)
            continue;
        if (!known)
            hash = mailbox(address, incident_id, scratch);
        known = true;
        if (dn_seen_has(mailboxes, hash))
            return true;
    }
    return false;
}

static void keep_mailbox(struct dn_matching_lane *lane, const struct dn_impact *row, unsigned marks)
{
    if ((marks & DN_HAS_AT) && row->resource.size && memchr(row->resource.at, '@', row->resource.size) != NULL)
        dn_seen_add(&lane->mailboxes, mailbox(row->resource, row->incident_id, &lane->scratch));
}

static void tell_disagreement(const struct dn_matching_lane *lane, const struct dn_impact *row, struct dn_notes *tell)
{
    const struct dn_match *match = &lane->match;
    struct dn_text id = dn_directory_id(lane->matching->directory, match->tenant);
    struct dn_buf kinds = {0}, others = {0}, lower = {0};
    dn_kinds_add_to(&kinds, match->kinds);
    dn_kinds_add_to(&lower, match->other_kinds);
    dn_strings_join(&match->others, ';', &others);
    dn_notes_say(tell, "lower-rank", "resource '%.*s' goes to '%.*s' by %s; %s names '%s'", (int)row->resource.size,
                 row->resource.size ? row->resource.at : "", (int)id.size, id.at, kinds.at, lower.at, others.at);
    dn_buf_clear(&kinds);
    dn_buf_clear(&others);
    dn_buf_clear(&lower);
}

/* ---- names */

/* The place of a name among those that the lane has met; rows come in runs of one. */
static size_t meet(struct dn_matching_lane *lane, struct dn_matching_met *met, struct dn_table *all,
                   struct dn_text name)
{
    struct dn_text last = met->names.count ? dn_table_key(&met->names, met->last) : DN_TEXT("");
    if (met->names.count && last.size == name.size && dn_load_same(last.at, name.at, name.size))
        return met->last;
    bool added;
    size_t place = dn_table_add(&met->names, name, &added);
    if (added) {
        met->numbers = dn_grow(met->numbers, place, &met->room, sizeof *met->numbers);
        pthread_mutex_lock(&lane->matching->names->lock);
        met->numbers[place] = (uint32_t)dn_table_add(all, name, NULL);
        pthread_mutex_unlock(&lane->matching->names->lock);
    }
    return met->last = place;
}

static size_t meet_incident(struct dn_matching_lane *lane, struct dn_text id)
{
    size_t before = lane->incidents.names.count;
    size_t place = meet(lane, &lane->incidents, &lane->matching->names->incidents, id);
    if (place < before)
        return place;
    lane->unsettled = dn_grow(lane->unsettled, place, &lane->unsettled_room, sizeof *lane->unsettled);
    lane->unsettled[place] = (struct dn_unsettled){0};
    return place;
}

static uint32_t service_of(struct dn_matching_lane *lane, struct dn_text name)
{
    if (name.size == 0)
        return DN_NO_SERVICE;
    size_t place = meet(lane, &lane->services, &lane->matching->names->services, name); /* numbers may move */
    return lane->services.numbers[place];
}

/* ---- rows */

static void count_reason(struct dn_matching_lane *lane, const struct dn_impact *row, size_t incident)
{
    enum dn_match_reason reason = lane->match.reason;
    struct dn_unsettled *unsettled = &lane->unsettled[incident];
    lane->count++;
    lane->reasons[reason]++;
    lane->disagreed += lane->match.disagrees;
    lane->without_resource += reason == DN_MATCHED && row->resource.size == 0;
    if (reason == DN_REASON_UNRESOLVED)
        unsettled->unresolved += row->rows > 0 ? row->rows : 1;
    else if (reason >= DN_REASON_AMBIGUOUS_KEY)
        unsettled->ambiguous++;
    else if (reason != DN_MATCHED)
        unsettled->unmatched++;
}

/* Keeps the row if it is asked for; its number among the lane's. */
static uint32_t keep_row(struct dn_matching_lane *lane, const struct dn_impact *row, uint64_t place)
{
    const struct dn_match *match = &lane->match;
    struct dn_buf *bytes = &lane->scratch;
    struct dn_matching_kept kept;
    if (!(match->reason == DN_MATCHED ? lane->matching->keep_matched : lane->matching->keep_others))
        return DN_NO_ROW;
    memset(&kept, 0, sizeof kept);
    kept.impact = *row;
    kept.place = place;
    kept.kinds = match->kinds;
    const struct dn_text texts[] = {row->incident_id, row->tenant, row->service, row->resource, row->evidence};
    dn_buf_reset(bytes);
    dn_buf_add(bytes, &kept, sizeof kept);
    for (size_t i = 0; i < 5; i++)
        dn_buf_addt(bytes, texts[i]);
    kept.candidates = bytes->size;
    if (match->reason != DN_MATCHED)
        dn_strings_join(&match->candidates, ';', bytes);
    kept.candidates = bytes->size - kept.candidates;
    memcpy(bytes->at, &kept, sizeof kept);
    lane->rows = dn_grow(lane->rows, lane->row_count, &lane->row_room, sizeof *lane->rows);
    lane->rows[lane->row_count] = (struct dn_matching_row){.at = dn_spool_put(&lane->spool, dn_buf_text(bytes)),
                                                           .size = (uint32_t)bytes->size,
                                                           .lane = (uint8_t)(lane - lane->matching->lanes),
                                                           .reason = (uint8_t)match->reason};
    return (uint32_t)lane->row_count++;
}

static uint64_t group_hash(uint32_t incident, uint32_t tenant)
{
    uint64_t hash = ((uint64_t)incident << 32 | tenant) * 0x9E3779B97F4A7C15u;
    return hash ^ hash << 32 ^ hash >> 40; /* the upper half is what an index looks at, the lowest bits the shard */
}

static void take(struct dn_matching_lane *lane, const struct dn_impact *row, uint64_t place, unsigned marks)
{
    const struct dn_match *match = &lane->match;
    size_t met = meet_incident(lane, row->incident_id);
    uint32_t incident = lane->incidents.numbers[met],
             tenant = match->tenant == SIZE_MAX ? DN_NO_TENANT : (uint32_t)match->tenant;
    bool has_resource = row->resource.size > 0;
    const struct dn_matching_answer answer = {
        /* all of it: the rest would be zeroed at length */
        .hash = group_hash(incident, tenant),
        .incident = incident,
        .tenant = tenant,
        .service = service_of(lane, row->service),
        .row = keep_row(lane, row, place),
        .rows = row->rows,
        .events = row->events,
        .data_subjects = row->data_subjects,
        .first = row->first_seen,
        .last = row->last_seen,
        .resource = has_resource ? dn_keyhash_wide(row->resource, (uint64_t)incident << 32 | tenant)
                                 : (struct dn_hash128){{0, 0}},
        .has_resource = has_resource,
        .kinds = (uint8_t)match->kinds,
        .certainty = (uint8_t)row->certainty,
        .effect = (uint8_t)row->effect};
    count_reason(lane, row, met);
    keep_mailbox(lane, row, marks);
    dn_matching_put(lane, &answer);
}

void dn_matching_take(struct dn_matching_lane *lane, const struct dn_impact *rows, const uint64_t *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        dn_question_set(&lane->matcher, &rows[i], &lane->questions[i]);
    for (size_t i = 0; i < count; i++)
        dn_question_seek(&lane->matcher, &lane->questions[i]);
    for (size_t i = 0; i < count; i++) {
        dn_question_answer(&lane->matcher, &rows[i], &lane->questions[i], &lane->match);
        if (lane->matching->tell && lane->match.disagrees)
            tell_disagreement(lane, &rows[i], lane->matching->tell);
        take(lane, &rows[i], places[i], lane->questions[i].target.names.marks);
    }
}

/* ---- all of it */

struct dn_matching_lane *dn_matching_lane(const struct dn_matching *matching, size_t number)
{
    return &matching->lanes[number];
}

void dn_matching_begin(struct dn_matching *matching)
{
    dn_keyhash_wide_begin(); /* before there are threads */
    matching->lane_count = matching->tell ? 1 : dn_blocks_threads(matching->threads);
    matching->lanes = dn_alloc(matching->lane_count, sizeof *matching->lanes);
    for (size_t i = 0; i < matching->lane_count; i++) {
        struct dn_matching_lane *lane = &matching->lanes[i];
        lane->matching = matching;
        lane->matcher.directory = matching->directory;
        lane->matcher.ownership = matching->ownership;
        lane->matcher.nameless = !matching->keep_others && !matching->tell;
        lane->trays = dn_alloc(DN_MATCHING_SHARDS, sizeof *lane->trays);
    }
    matching->shards = dn_alloc(DN_MATCHING_SHARDS, sizeof *matching->shards);
    for (size_t i = 0; i < DN_MATCHING_SHARDS; i++)
        pthread_mutex_init(&matching->shards[i].lock, NULL);
    matching->first = dn_realloc(NULL, matching->directory->count, sizeof *matching->first);
    memset(matching->first, 0xFF, matching->directory->count * sizeof *matching->first);
    matching->names = dn_alloc(1, sizeof *matching->names);
    pthread_mutex_init(&matching->names->lock, NULL);
}

static void add_lane(struct dn_matching *matching, const struct dn_matching_lane *lane)
{
    matching->count += lane->count;
    matching->disagreed += lane->disagreed;
    matching->without_resource += lane->without_resource;
    for (size_t i = 0; i < sizeof lane->reasons / sizeof *lane->reasons; i++)
        matching->reasons[i] += lane->reasons[i];
    for (size_t i = 0; i < lane->incidents.names.count; i++) {
        struct dn_unsettled *sum = &matching->unsettled[lane->incidents.numbers[i]];
        sum->unmatched += lane->unsettled[i].unmatched;
        sum->ambiguous += lane->unsettled[i].ambiguous;
        sum->unresolved += lane->unsettled[i].unresolved;
    }
}

static void join_rows(struct dn_matching *matching)
{
    for (size_t i = 0; i < matching->lane_count; i++)
        matching->row_count += matching->lanes[i].row_count;
    matching->rows = dn_realloc(NULL, matching->row_count, sizeof *matching->rows);
    struct dn_matching_row *next = matching->rows;
    for (size_t i = 0; i < matching->lane_count; i++) {
        struct dn_matching_lane *lane = &matching->lanes[i];
        if (lane->row_count)
            memcpy(next, lane->rows, lane->row_count * sizeof *next);
        next += lane->row_count;
        free(lane->rows);
        lane->rows = NULL;
    }
}

/* Frees what only taking rows needs. */
static void end_taking(struct dn_matching *matching)
{
    for (size_t i = 0; matching->lanes && i < matching->lane_count; i++) {
        struct dn_matching_lane *lane = &matching->lanes[i];
        for (size_t k = 0; k < DN_MATCHING_AT_ONCE; k++)
            dn_question_clear(&lane->questions[k]);
        dn_matcher_clear(&lane->matcher);
        free(lane->trays);
        lane->trays = NULL;
    }
    for (size_t i = 0; matching->shards && i < DN_MATCHING_SHARDS; i++) {
        dn_seen_clear(&matching->shards[i].resources);
    }
}

/* What is told of the tenants comes where the keys were. */
static void forget_keys(struct dn_matching *matching)
{
    struct dn_arena **arenas = dn_alloc(matching->lane_count, sizeof *arenas);
    for (size_t i = 0; i < matching->lane_count; i++)
        arenas[i] = &matching->lanes[i].told;
    dn_directory_forget_keys(matching->directory, arenas, matching->lane_count);
    free(arenas);
}

enum dn_status dn_matching_settle(struct dn_matching *matching, const struct dn_matching_when *when,
                                  struct dn_error *err)
{
    for (size_t i = 0; i < matching->lane_count; i++)
        dn_matching_put_all(&matching->lanes[i]);
    matching->unsettled = dn_alloc(matching->names->incidents.count, sizeof *matching->unsettled);
    for (size_t i = 0; i < matching->lane_count; i++)
        add_lane(matching, &matching->lanes[i]);
    join_rows(matching);
    end_taking(matching);
    forget_keys(matching);
    for (size_t i = 0; i < DN_MATCHING_SHARDS; i++)
        matching->group_count += matching->shards[i].count;
    enum dn_status status = dn_matching_look(matching, when, err);
    if (status == DN_OK)
        dn_matching_sort(matching);
    return status;
}

static void clear_met(struct dn_matching_met *met)
{
    dn_table_clear(&met->names);
    free(met->numbers);
}

static void clear_lane(struct dn_matching_lane *lane)
{
    dn_match_clear(&lane->match);
    clear_met(&lane->incidents);
    clear_met(&lane->services);
    dn_seen_clear(&lane->mailboxes);
    dn_spool_clear(&lane->spool);
    dn_arena_clear(&lane->told);
    free(lane->run.at);
    dn_buf_clear(&lane->scratch);
    free(lane->unsettled);
    free(lane->rows);
}

static void clear_shard(struct dn_matching_shard *shard)
{
    pthread_mutex_destroy(&shard->lock);
    dn_index_clear(&shard->index);
    free(shard->chunks);
    free(shard->nodes);
}

void dn_matching_clear(struct dn_matching *matching)
{
    end_taking(matching);
    for (size_t i = 0; i < matching->lane_count; i++)
        clear_lane(&matching->lanes[i]);
    for (size_t i = 0; matching->shards && i < DN_MATCHING_SHARDS; i++)
        clear_shard(&matching->shards[i]);
    if (matching->names) {
        pthread_mutex_destroy(&matching->names->lock);
        dn_table_clear(&matching->names->incidents);
        dn_table_clear(&matching->names->services);
        dn_arena_clear(&matching->names->groups);
    }
    if (matching->doubts)
        dn_matching_doubts_clear(matching->doubts);
    free(matching->doubts);
    free(matching->names);
    free(matching->shards);
    free(matching->lanes);
    free(matching->first);
    free(matching->unsettled);
    free(matching->order);
    free(matching->rows);
    *matching = (struct dn_matching){0};
}
