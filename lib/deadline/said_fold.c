#include <stdlib.h>

#include "base/alloc.h"
#include "base/index.h"
#include "deadline/said_entry.h"

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

/* Keeps the earlier one. */
static void keep(int64_t *kept, uint8_t *kept_rest, int64_t ticks, uint8_t rest)
{
    bool earlier = *kept == DN_TICKS_NONE || ticks < *kept || (ticks == *kept && rest < *kept_rest);
    if (ticks == DN_TICKS_NONE || !earlier)
        return;
    *kept = ticks;
    *kept_rest = rest;
}

/* Rows about the same tenant must agree on what was due; two incidents under one name are not guessed apart. */
static void fold_due(struct dn_said_kept *kept, const struct dn_said_row *row, bool first)
{
    if (first) {
        kept->due = row->due;
        kept->due_rest = row->due_rest;
    } else if (row->due != kept->due || row->due_rest != kept->due_rest) {
        kept->trouble = DN_SAID_REPEATED;
        keep(&kept->due, &kept->due_rest, row->due, row->due_rest);
    }
}

/* On the start of its clock, too, if any table has one. */
static void fold_start(struct dn_said_shard *shard, uint32_t number, const struct dn_said_more *more, bool first)
{
    struct dn_said_starts *starts = shard->chunks[number >> DN_SAID_CHUNK_BITS].starts;
    int64_t *ticks = &starts->ticks[number % DN_SAID_CHUNK], started = more != NULL ? more->started : DN_TICKS_NONE;
    uint8_t *rest = &starts->rest[number % DN_SAID_CHUNK], started_rest = more != NULL ? more->started_rest : 0;
    if (first) {
        *ticks = started;
        *rest = started_rest;
    } else if (started != *ticks || started_rest != *rest) {
        dn_said_kept_at(shard, number)->trouble = DN_SAID_REPEATED;
        keep(ticks, rest, started, started_rest);
    }
}

static bool same(struct dn_instant a, struct dn_instant b)
{
    return a.ns == b.ns && a.s == b.s;
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
static void fold_extra(const struct dn_said *said, struct dn_said_shard *shard, uint32_t number,
                       const struct dn_said_row *row, const struct dn_said_more *more, const struct dn_instant *anchors,
                       bool first)
{
    struct dn_said_extra *extra = dn_said_extra_at(said, shard, number);
    struct dn_instant at = dn_ticks_instant(row->satisfied, row->satisfied_rest);
    if (first)
        begin_extra(said, more, anchors, extra);
    bool agrees = extra->zone == (more != NULL ? more->zone : 0);
    for (size_t i = 0; i < said->kind.anchor_count; i++)
        agrees &= same(anchors[i], extra->anchors[i]);
    if (!agrees)
        dn_said_kept_at(shard, number)->trouble = DN_SAID_REPEATED;
    for (int i = 0; i <= row->rank && row->satisfied_fine; i++)
        extra->under[i] = dn_instant_min(extra->under[i], at);
}

/* A row that says the tenant was told: the earliest one counts. */
static void fold_told(const struct dn_said *said, struct dn_said_kept *kept, const struct dn_said_row *row)
{
    kept->unsure |= row->unsure;
    if (!row->told)
        return;
    if (row->satisfied == DN_TICKS_NONE && said->kind.has_state && kept->trouble == DN_SAID_FINE)
        kept->trouble = DN_SAID_NO_TIME;
    if (row->satisfied != DN_TICKS_NONE && kept->satisfied == DN_TICKS_NONE)
        kept->word = row->word;
    keep(&kept->satisfied, &kept->satisfied_rest, row->satisfied, row->satisfied_rest);
}

/* The number that the shard has for a row's incident. */
static uint32_t incident_of(struct dn_said_shard *shard, size_t which, struct dn_said_incident *incident)
{
    if (incident->numbers[which] == 0)
        incident->numbers[which] =
            (uint32_t)dn_table_add_hashed(&shard->incidents, incident->hash, incident->id, NULL) + 1;
    return incident->numbers[which] - 1;
}

/* Rows of one block that go to one shard. */
struct folding {
    struct dn_said *said;
    struct dn_said_shard *shard;
    size_t which; /* its number */
    const struct dn_said_rows *rows;
    const struct dn_instant *anchors;
};

/* guess: the entry that is probably the row's; DN_SAID_NONE: there was none. */
static void fold(const struct folding *folding, size_t i, uint32_t guess)
{
    struct dn_said *said = folding->said;
    struct dn_said_shard *shard = folding->shard;
    const struct dn_said_row *row = &folding->rows->at[i];
    const struct dn_said_more *more = said->has_more ? &folding->rows->more[i] : NULL;
    uint32_t incident = incident_of(shard, folding->which, row->incident), number = guess;
    struct dn_text tenant_id = {row->tenant_id, row->tenant_size};
    if (guess == DN_SAID_NONE || !dn_said_is_pair(shard, guess, incident, tenant_id))
        number = dn_said_seek(shard, row->hash, incident, tenant_id);
    bool first = number == DN_SAID_NONE;
    if (first)
        number = dn_said_add(said, shard, row, incident);
    struct dn_said_kept *kept = dn_said_kept_at(shard, number);
    fold_due(kept, row, first);
    if (said->has_starts)
        fold_start(shard, number, more, first);
    if (said->extra_size > 0)
        fold_extra(said, shard, number, row, more, folding->anchors + (more != NULL ? more->anchors : 0), first);
    if (row->satisfied_fine)
        fold_told(said, kept, row);
    if (kept->trouble == DN_SAID_FINE && !row->fine)
        kept->trouble = DN_SAID_TIME;
    if (kept->trouble == DN_SAID_FINE && said->has_due && row->due == DN_TICKS_NONE && !said->kind.regime_given)
        kept->trouble = DN_SAID_NO_DUE;
}

/* ---- rows in a line */

#define AHEAD 12   /* rows between the steps of one */
#define GUESSES 64 /* more than 3 * AHEAD: a power of two */

/* The entry that a row's hash alone speaks for, fetched; if there is none, where its tenant may be. */
static uint32_t guess(const struct dn_said_shard *shard, const struct dn_said_row *row)
{
    size_t place = dn_index_seek(&shard->pairs, row->hash);
    uint32_t number = dn_index_next(&shard->pairs, row->hash, &place);
    if (number != DN_SAID_NONE)
        dn_prefetch(dn_said_kept_at(shard, number));
    else
        dn_index_prefetch(&shard->tenants.index, dn_said_tenant_part(row));
    return number;
}

/* The id of that tenant, or of the entry's, fetched. */
static void fetch_tenant(const struct dn_said_shard *shard, const struct dn_said_row *row, uint32_t number)
{
    uint32_t tenant;
    if (number != DN_SAID_NONE) {
        tenant = dn_said_kept_at(shard, number)->tenant;
    } else {
        size_t place = dn_index_seek(&shard->tenants.index, dn_said_tenant_part(row));
        tenant = dn_index_next(&shard->tenants.index, dn_said_tenant_part(row), &place);
    }
    if (tenant != DN_INDEX_NONE)
        dn_prefetch(dn_table_key(&shard->tenants, tenant).at);
}

/* Each row looks at a place of the index, then at the entry that is found there, then at its tenant: all of them far
 * away. So each step fetches for the next one, which comes some rows later. */
static void fold_all(const struct folding *folding)
{
    const struct dn_said_shard *shard = folding->shard;
    const struct dn_said_rows *rows = folding->rows;
    uint32_t guesses[GUESSES];
    for (size_t i = 0; i < rows->count + 3 * AHEAD; i++) {
        if (i < rows->count)
            dn_index_prefetch(&shard->pairs, rows->at[i].hash);
        if (i >= AHEAD && i - AHEAD < rows->count)
            guesses[(i - AHEAD) % GUESSES] = guess(shard, &rows->at[i - AHEAD]);
        if (i >= 2 * AHEAD && i - 2 * AHEAD < rows->count)
            fetch_tenant(shard, &rows->at[i - 2 * AHEAD], guesses[(i - 2 * AHEAD) % GUESSES]);
        if (i >= 3 * AHEAD)
            fold(folding, i - 3 * AHEAD, guesses[(i - 3 * AHEAD) % GUESSES]);
    }
}

void dn_said_take(struct dn_said *said, size_t block, struct dn_said_batch *batch)
{
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        struct dn_said_shard *shard = &said->shards[i];
        const struct folding folding = {said, shard, i, &batch->shards[i], batch->anchors};
        begin_turn(said, i, block);
        fold_all(&folding);
        shard->turn++;
        pthread_cond_broadcast(&shard->turned);
        pthread_mutex_unlock(&shard->lock);
        batch->shards[i].count = 0;
    }
    batch->anchor_count = 0;
}
