#include <stdlib.h>

#include "base/alloc.h"
#include "base/index.h"
#include "deadline/said_entry.h"
#include "deadline/said_parts.h"

/* ---- turns */

static void wait_for_turn(struct dn_said_shard *shard, size_t block)
{
    pthread_mutex_lock(&shard->lock);
    while (shard->turn != block)
        pthread_cond_wait(&shard->turned, &shard->lock);
    pthread_mutex_unlock(&shard->lock);
}

/* Locks a shard when it is the block's turn. A block that has caught up with the one before lets it go ahead by half of
 * the shards: else both would go on in step, and wait at each. */
static void begin_turn(struct dn_said *said, size_t number, size_t block)
{
    struct dn_said_shard *shard = &said->shards[number];
    size_t ahead = number + DN_SAID_SHARDS / 2;
    pthread_mutex_lock(&shard->lock);
    if (shard->turn == block)
        return;
    pthread_mutex_unlock(&shard->lock);
    wait_for_turn(&said->shards[ahead < DN_SAID_SHARDS ? ahead : DN_SAID_SHARDS - 1], block);
    pthread_mutex_lock(&shard->lock);
}

/* ---- folding */

static bool same(struct dn_instant a, struct dn_instant b)
{
    return a.ns == b.ns && (a.s == b.s || a.ns < 0);
}

/* An entry in hand. */
struct entry {
    struct dn_said *said;
    struct dn_said_shard *shard;
    uint32_t number;
    struct dn_said_kept *kept;
    bool first; /* the row in hand is its first */
};

/* Keeps the earlier one. */
static void keep_earlier(const struct entry *entry, enum dn_said_when when, struct dn_instant at)
{
    struct dn_instant kept = dn_said_time(entry->shard, entry->number, when);
    if (dn_instant_is(at) && (!dn_instant_is(kept) || dn_instant_compare(at, kept) < 0))
        dn_said_set_time(entry->said, entry->shard, entry->number, when, at);
}

/* Rows about the same tenant must agree on what was due; two incidents under one name are not guessed apart. */
static void fold_due(const struct entry *entry, struct dn_instant due)
{
    if (entry->first) {
        dn_said_set_time(entry->said, entry->shard, entry->number, DN_SAID_DUE, due);
    } else if (!same(due, dn_said_time(entry->shard, entry->number, DN_SAID_DUE))) {
        entry->kept->trouble = DN_SAID_REPEATED;
        keep_earlier(entry, DN_SAID_DUE, due);
    }
}

/* Keeps the earlier one of ticks. */
static void keep_ticks(int64_t *kept, uint8_t *kept_rest, int64_t ticks, uint8_t rest)
{
    bool earlier = *kept == DN_TICKS_NONE || ticks < *kept || (ticks == *kept && rest < *kept_rest);
    if (ticks == DN_TICKS_NONE || !earlier)
        return;
    *kept = ticks;
    *kept_rest = rest;
}

/* On the start of its clock, too, if any table has one. */
static void fold_start(const struct entry *entry, const struct dn_said_more *more)
{
    struct dn_said_starts *starts = dn_said_chunk_at(entry->shard, entry->number)->starts;
    size_t at = entry->number % DN_SAID_CHUNK;
    int64_t started = more != NULL ? more->started : DN_TICKS_NONE;
    uint8_t rest = more != NULL ? more->started_rest : 0;
    if (entry->first) {
        starts->ticks[at] = started;
        starts->rest[at] = rest;
    } else if (started != starts->ticks[at] || rest != starts->rest[at]) {
        entry->kept->trouble = DN_SAID_REPEATED;
        keep_ticks(&starts->ticks[at], &starts->rest[at], started, rest);
    }
}

static void begin_extra(const struct dn_said *said, const struct dn_said_more *more, const struct dn_instant *anchors,
                        struct dn_said_extra *extra)
{
    extra->zone = more != NULL ? more->zone : 0;
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        extra->under[i] = DN_INSTANT_NONE;
    for (size_t i = 0; i < said->kind.anchor_count; i++)
        extra->anchors[i] = anchors[i];
}

/* And on their place and their further triggers. */
static void fold_extra(const struct entry *entry, const struct dn_said_row *row, const struct dn_said_more *more,
                       const struct dn_instant *anchors)
{
    const struct dn_said *said = entry->said;
    struct dn_said_extra *extra = dn_said_extra_at(said, entry->shard, entry->number);
    if (entry->first)
        begin_extra(said, more, anchors, extra);
    bool agrees = extra->zone == (more != NULL ? more->zone : 0);
    for (size_t i = 0; i < said->kind.anchor_count; i++)
        agrees &= same(anchors[i], extra->anchors[i]);
    if (!agrees)
        entry->kept->trouble = DN_SAID_REPEATED;
    for (int i = 0; i <= row->rank && row->satisfied_fine; i++)
        extra->under[i] = dn_instant_min(extra->under[i], row->satisfied);
}

/* When the tenant was told, as a row has it: the earliest one counts, and the word of the first. */
static void fold_told(const struct entry *entry, const struct dn_said_row *row)
{
    entry->kept->unsure |= row->unsure;
    if (!row->told || !dn_instant_is(row->satisfied))
        return;
    if (entry->kept->seconds[DN_SAID_SATISFIED] == DN_SAID_NO_SECONDS)
        dn_said_set_word(entry->said, entry->shard, entry->number, row->word);
    keep_earlier(entry, DN_SAID_SATISFIED, row->satisfied);
}

/* What is wrong with a row, if nothing was before. */
static void fold_trouble(const struct entry *entry, const struct dn_said_row *row)
{
    const struct dn_said *said = entry->said;
    struct dn_said_kept *kept = entry->kept;
    if (kept->trouble != DN_SAID_FINE)
        return;
    if (row->satisfied_fine && row->told && said->kind.has_state && !dn_instant_is(row->satisfied))
        kept->trouble = DN_SAID_NO_TIME;
    else if (!row->fine)
        kept->trouble = DN_SAID_TIME;
    else if (said->has_due && !dn_instant_is(row->due) && !said->kind.regime_given)
        kept->trouble = DN_SAID_NO_DUE;
}

/* ---- rows of a shard */

#define GROUP 64 /* rows */

/* Rows of one block that go to one shard, and what was found for some of them. */
struct folding {
    struct dn_said *said;
    struct dn_said_shard *shard;
    size_t which; /* its number */
    const struct dn_said_rows *rows;
    const struct dn_instant *anchors;
    struct pair {
        uint32_t tenant, incident; /* numbers of the shard's texts */
        uint32_t hash;
        uint32_t number;           /* of its entry: a guess, or DN_SAID_NONE */
        struct dn_said_kept *kept; /* that entry */
    } pairs[GROUP];
};

/* What makes a row's times more than two numbers of seconds, or is wrong with it. */
static inline bool is_plain_row(const struct dn_said_row *row)
{
    bool due = (row->due.ns == 0) & ((uint64_t)row->due.s < DN_SAID_FAR_SECONDS);
    bool satisfied = (row->satisfied.ns == 0) & ((uint64_t)row->satisfied.s < DN_SAID_FAR_SECONDS);
    return row->fine & due & (satisfied | ((row->satisfied.ns < 0) & !row->told)) & (row->word < DN_SAID_FAR_WORD);
}

/* Most rows of most tables: two numbers of seconds, of an entry that has nothing else. No branch on what rows say as it
 * comes, as nobody could foretell it. False: look closer; nothing was done. */
static inline bool fold_plain(const struct dn_said_row *row, struct dn_said_kept *kept, bool first)
{
    uint32_t before = kept->seconds[DN_SAID_SATISFIED];
    uint32_t seconds = row->told ? (uint32_t)row->satisfied.s : DN_SAID_NO_SECONDS;
    uint32_t due = first ? (uint32_t)row->due.s : kept->seconds[DN_SAID_DUE];
    if (!is_plain_row(row) || due != (uint32_t)row->due.s || before == DN_SAID_FAR_SECONDS)
        return false;
    kept->seconds[DN_SAID_DUE] = due;
    bool begins = (before == DN_SAID_NO_SECONDS) & row->told;
    kept->word = (begins ? row->word : kept->word) & DN_SAID_FAR_WORD;
    kept->unsure |= row->unsure;
    kept->seconds[DN_SAID_SATISFIED] = seconds < before ? seconds : before;
    return true;
}

static void fold(const struct folding *folding, size_t i, const struct entry *entry)
{
    const struct dn_said *said = folding->said;
    const struct dn_said_row *row = &folding->rows->at[i];
    const struct dn_said_more *more = said->has_more ? &folding->rows->more[i] : NULL;
    fold_due(entry, row->due);
    if (said->has_starts)
        fold_start(entry, more);
    if (said->extra_size > 0)
        fold_extra(entry, row, more, folding->anchors + (more != NULL ? more->anchors : 0));
    if (row->satisfied_fine)
        fold_told(entry, row);
    fold_trouble(entry, row);
}

/* The number that the shard has for a row's incident. */
static uint32_t incident_of(struct dn_said_shard *shard, size_t which, struct dn_said_incident *incident)
{
    if (incident->numbers[which] == 0)
        incident->numbers[which] =
            (uint32_t)dn_table_add_hashed(&shard->incidents, incident->hash, incident->id, NULL) + 1;
    return incident->numbers[which] - 1;
}

/* The number of its tenant, which may be that one: as dn_table_add_hashed, but for an id that is mostly there. */
static inline uint32_t tenant_of(struct dn_said_shard *shard, const struct dn_said_row *row, uint32_t guess)
{
    struct dn_text id = {row->tenant_id, row->tenant_size};
    if (guess != DN_SAID_NONE && dn_said_equal(dn_table_key(&shard->tenants, guess), id))
        return guess;
    guess = dn_said_tenant_find(shard, row->hash, id);
    return guess != DN_SAID_NONE ? guess : (uint32_t)dn_table_add_hashed(&shard->tenants, row->hash, id, NULL);
}

#define NEAR 256 /* so many tenants are not far away */

/* Tenants' ids are looked up in an index, then where they end, then themselves: where there are many, all of that is
 * far away. So each step fetches for the next one, for all rows of the group. */
static void guess_tenants(struct folding *folding, const struct dn_said_row *rows, size_t count)
{
    const struct dn_table *tenants = &folding->shard->tenants;
    bool near = tenants->count < NEAR;
    for (size_t i = 0; i < count && !near; i++)
        dn_index_prefetch(&tenants->index, rows[i].hash);
    for (size_t i = 0; i < count; i++) {
        size_t place = dn_index_seek(&tenants->index, rows[i].hash);
        uint32_t found = folding->pairs[i].tenant = dn_index_next(&tenants->index, rows[i].hash, &place);
        if (!near && found != DN_INDEX_NONE)
            dn_prefetch(&tenants->key_ends[found]);
    }
    for (size_t i = 0; i < count && !near; i++)
        if (folding->pairs[i].tenant != DN_INDEX_NONE)
            dn_prefetch(dn_table_key(tenants, folding->pairs[i].tenant).at);
}

/* Whose rows they are, and where the index of pairs has them. */
static void find_pairs(struct folding *folding, const struct dn_said_row *rows, size_t count)
{
    struct dn_said_shard *shard = folding->shard;
    for (size_t i = 0; i < count; i++) {
        struct pair *pair = &folding->pairs[i];
        pair->tenant = tenant_of(shard, &rows[i], pair->tenant);
        pair->incident = incident_of(shard, folding->which, rows[i].incident);
        pair->hash = dn_said_pair_hash(folding->said, pair->incident, pair->tenant);
        if (shard->pairs.bits > 0)
            dn_prefetch(&shard->pairs.at[dn_said_pairs_seek(&shard->pairs, pair->hash)]);
    }
}

/* The entries for which the hashes alone speak. */
static void guess_entries(struct folding *folding, size_t count)
{
    const struct dn_said_shard *shard = folding->shard;
    for (size_t i = 0; i < count; i++) {
        struct pair *pair = &folding->pairs[i];
        size_t place = shard->pairs.bits > 0 ? dn_said_pairs_seek(&shard->pairs, pair->hash) : 0;
        pair->number = DN_SAID_NONE;
        if (shard->pairs.bits > 0)
            pair->number = dn_said_pairs_next(&shard->pairs, pair->hash, &place);
        if (pair->number == DN_SAID_NONE)
            continue;
        pair->kept = dn_said_kept_at(shard, pair->number);
        dn_prefetch(pair->kept);
    }
}

/* The entry of a row of the group; a new one if there is none. */
static struct entry find_entry(const struct folding *folding, const struct pair *pair, int64_t line)
{
    struct dn_said_shard *shard = folding->shard;
    uint32_t number = dn_said_seek(shard, pair->hash, pair->incident, pair->tenant);
    bool first = number == DN_SAID_NONE;
    if (first)
        number = dn_said_add(folding->said, shard, pair->hash, pair->incident, pair->tenant, line);
    return (struct entry){folding->said, shard, number, dn_said_kept_at(shard, number), first};
}

static void fold_group(const struct folding *folding, size_t from, size_t count)
{
    bool seconds = !folding->said->has_starts && folding->said->extra_size == 0 && folding->shard->seconds;
    for (size_t i = 0; i < count; i++) {
        const struct pair *pair = &folding->pairs[i];
        const struct dn_said_row *row = &folding->rows->at[from + i];
        bool guessed = pair->number != DN_SAID_NONE && pair->kept->tenant == pair->tenant &&
                       pair->kept->incident == pair->incident && pair->incident != DN_SAID_FAR_INCIDENT;
        if (guessed && seconds && fold_plain(row, pair->kept, false))
            continue;
        struct entry entry = find_entry(folding, pair, row->line);
        if (seconds && fold_plain(row, entry.kept, entry.first))
            continue;
        fold(folding, from + i, &entry);
        seconds &= folding->shard->seconds;
    }
}

/* Each row looks at a place of the index, then at the entry that is found there, far away both. So each step fetches
 * for the next one, which comes a group of rows later. */
static void fold_all(struct folding *folding)
{
    const struct dn_said_rows *rows = folding->rows;
    for (size_t from = 0; from < rows->count; from += GROUP) {
        size_t count = rows->count - from < GROUP ? rows->count - from : GROUP;
        guess_tenants(folding, rows->at + from, count);
        find_pairs(folding, rows->at + from, count);
        guess_entries(folding, count);
        fold_group(folding, from, count);
    }
}

void dn_said_take(struct dn_said *said, size_t block, struct dn_said_batch *batch)
{
    struct folding folding;
    folding.said = said;
    folding.anchors = batch->anchors;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        struct dn_said_shard *shard = folding.shard = &said->shards[i];
        folding.which = i;
        folding.rows = &batch->shards[i];
        begin_turn(said, i, block);
        fold_all(&folding);
        shard->turn++;
        pthread_cond_broadcast(&shard->turned);
        pthread_mutex_unlock(&shard->lock);
        batch->shards[i].count = 0;
    }
    batch->anchor_count = 0;
}
