#include "deadline/said.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "deadline/said_parts.h"
#include "deadline/said_time.h"
#include "tenant/arena.h"

#define CHUNK_BITS 12 /* entries of a chunk */
#define CHUNK ((size_t)1 << CHUNK_BITS)
#define FETCHED 32   /* rows whose entries are fetched at once */
#define LINE_BITS 40 /* of a place: a source and a line */
#define MOST_ENTRIES ((size_t)UINT32_MAX / DN_SAID_SHARDS)

enum trouble { T_NONE, T_NO_TIME, T_REPEATED, T_TIME, T_NO_DUE };
static const char *const trouble_words[] = {NULL, "no-time", "repeated", "time", "no-due"};

enum time { STARTED, DUE, TOLD, TIMES };

/* Ids of this size have a hash of their own. */
#define SHORT_LEAST 8
#define SHORT_MOST 48
#define KEYS (SHORT_MOST / 4 + 2)

/* Small, since there are millions: 48 bytes. */
struct entry {
    uint32_t incident, tenant; /* numbers of the shard's texts */
    uint64_t place;            /* of its first row */
    int64_t ticks[TIMES];
    uint32_t word; /* of the state that said told first; + 1 */
    uint8_t rest[TIMES];
    uint8_t trouble : 7, unsure : 1;
};

/* What only some tables say; there is one for each entry, or none at all. */
struct extra {
    uint32_t zone;
    struct dn_instant under[DN_POLICY_COUNT];
    struct dn_instant anchors[];
};

struct shard {
    struct dn_table incidents, tenants, words; /* words: states and zones */
    struct dn_index pairs;
    struct entry **chunks;
    char **extras; /* beside the chunks */
    size_t chunk_count, chunk_room, extra_room;
    size_t count;
    uint32_t last_word;   /* that was asked for */
    pthread_mutex_t lock; /* guards all of it */
    pthread_cond_t turned;
    size_t turn; /* the block that may come now */
};

struct dn_said {
    struct dn_said_kind kind;
    size_t extra_size;   /* 0: there are none */
    uint32_t keys[KEYS]; /* of the hash of short ids */
    uint64_t source;
    bool has_due;
    pthread_mutex_t lock; /* guards: */
    struct dn_arena arena;
    struct shard shards[DN_SAID_SHARDS];
};

struct dn_said *dn_said_new(const struct dn_said_kind *kind)
{
    struct dn_said *said = dn_alloc(1, sizeof *said);
    bool more = kind->has_zone || kind->policies || kind->anchor_count > 0;
    said->kind = *kind;
    said->extra_size = more ? sizeof(struct extra) + kind->anchor_count * sizeof(struct dn_instant) : 0;
    for (unsigned char i = 0; i < KEYS; i++) /* it also makes the secret, before there are threads */
        said->keys[i] = (uint32_t)dn_hash((struct dn_text){(const char *)&i, 1});
    pthread_mutex_init(&said->lock, NULL);
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        pthread_mutex_init(&said->shards[i].lock, NULL);
        pthread_cond_init(&said->shards[i].turned, NULL);
    }
    return said;
}

static void clear_shard(struct shard *shard)
{
    dn_table_clear(&shard->incidents);
    dn_table_clear(&shard->tenants);
    dn_table_clear(&shard->words);
    dn_index_clear(&shard->pairs);
    free(shard->chunks);
    free(shard->extras);
    pthread_mutex_destroy(&shard->lock);
    pthread_cond_destroy(&shard->turned);
}

void dn_said_free(struct dn_said *said)
{
    if (said == NULL)
        return;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        clear_shard(&said->shards[i]);
    dn_arena_clear(&said->arena);
    pthread_mutex_destroy(&said->lock);
    free(said);
}

void dn_said_begin(struct dn_said *said, size_t source, bool has_due)
{
    said->source = (uint64_t)source << LINE_BITS;
    said->has_due = has_due;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        said->shards[i].turn = 0;
}

/* ---- entries */

static struct entry *entry_at(const struct shard *shard, size_t number)
{
    return &shard->chunks[number >> CHUNK_BITS][number & (CHUNK - 1)];
}

static struct extra *extra_at(const struct dn_said *said, const struct shard *shard, size_t number)
{
    char *chunk = shard->extras[number >> CHUNK_BITS];
    return (struct extra *)(void *)(chunk + (number & (CHUNK - 1)) * said->extra_size);
}

static void add_chunk(struct dn_said *said, struct shard *shard)
{
    size_t count = shard->chunk_count;
    if (shard->count >= MOST_ENTRIES)
        dn_alloc(SIZE_MAX, SIZE_MAX); /* memory would have been spent long before */
    shard->chunks = dn_grow(shard->chunks, count, &shard->chunk_room, sizeof *shard->chunks);
    shard->extras = dn_grow(shard->extras, count, &shard->extra_room, sizeof *shard->extras);
    pthread_mutex_lock(&said->lock);
    shard->chunks[count] = (struct entry *)(void *)dn_arena_take(&said->arena, CHUNK * sizeof(struct entry));
    shard->extras[count] = said->extra_size > 0 ? dn_arena_take(&said->arena, CHUNK * said->extra_size) : NULL;
    pthread_mutex_unlock(&said->lock);
    shard->chunk_count++;
}

static uint64_t pair_hash(uint64_t incident_hash, uint64_t tenant_hash)
{
    return incident_hash * UINT64_C(0x9E3779B97F4A7C15) + tenant_hash;
}

/* A tenant's entries lie in one shard, where its id is kept once. */
static uint32_t shard_of(struct dn_text tenant_id, uint64_t tenant_hash, uint64_t incident_hash)
{
    return (uint32_t)((tenant_id.size > 0 ? tenant_hash : incident_hash) % DN_SAID_SHARDS);
}

struct dn_said_key dn_said_key(const struct dn_said_row *row, uint32_t number)
{
    return (struct dn_said_key){pair_hash(row->incident_hash, row->tenant_hash), number,
                                shard_of(row->tenant_id, row->tenant_hash, row->incident_hash)};
}

/* Eight bytes as two numbers, keyed and multiplied. */
static inline uint64_t product(const char *at, const uint32_t *keys)
{
    uint32_t word[2];
    memcpy(word, at, sizeof word);
    return (uint64_t)(uint32_t)(word[0] + keys[0]) * (uint32_t)(word[1] + keys[1]);
}

/* NH (Black et al., UMAC): who does not know the keys makes two short ids meet with a chance of 2^-32, and it costs
 * about half of SipHash. Behind it the sum is spread over all bits. */
uint64_t dn_said_tenant_hash(const struct dn_said *said, struct dn_text id)
{
    if (id.size < SHORT_LEAST || id.size > SHORT_MOST)
        return dn_hash(id);
    const uint32_t *keys = said->keys;
    uint64_t sum = (uint64_t)(uint32_t)(id.size + keys[KEYS - 2]) * keys[KEYS - 1];
    for (size_t i = 0; i + 8 < id.size; i += 8, keys += 2)
        sum += product(id.at + i, keys);
    sum += product(id.at + id.size - 8, keys); /* the last ones, also if some were taken before */
    sum = (sum ^ sum >> 32) * UINT64_C(0xFF51AFD7ED558CCD);
    sum = (sum ^ sum >> 32) * UINT64_C(0xC4CEB9FE1A85EC53);
    return sum ^ sum >> 32;
}

static size_t find(const struct shard *shard, uint64_t hash, struct dn_text incident_id, struct dn_text tenant_id)
{
    size_t place = dn_index_seek(&shard->pairs, hash);
    uint32_t number;
    while ((number = dn_index_next(&shard->pairs, hash, &place)) != DN_INDEX_NONE) {
        const struct entry *entry = entry_at(shard, number);
        if (dn_said_equal(dn_table_key(&shard->tenants, entry->tenant), tenant_id) &&
            dn_said_equal(dn_table_key(&shard->incidents, entry->incident), incident_id))
            return number;
    }
    return SIZE_MAX;
}

/* The number of a word; few are asked for, mostly the last one again. */
static uint32_t word_of(struct shard *shard, struct dn_text word)
{
    bool again = shard->words.count > 0 && dn_said_equal(dn_table_key(&shard->words, shard->last_word), word);
    if (!again)
        shard->last_word = (uint32_t)dn_table_add(&shard->words, word, NULL);
    return shard->last_word;
}

static void begin_extra(const struct dn_said *said, struct shard *shard, size_t number, const struct dn_said_row *row)
{
    struct extra *extra = extra_at(said, shard, number);
    extra->zone = word_of(shard, row->zone);
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        extra->under[i] = DN_INSTANT_NONE;
    for (size_t i = 0; i < said->kind.anchor_count; i++)
        extra->anchors[i] = row->anchors[i];
}

static size_t add(struct dn_said *said, struct shard *shard, uint64_t hash, const struct dn_said_row *row)
{
    size_t number = shard->count;
    if (number == shard->chunk_count * CHUNK)
        add_chunk(said, shard);
    struct entry *entry = entry_at(shard, number);
    *entry = (struct entry){.place = said->source | (uint64_t)row->line};
    entry->incident = (uint32_t)dn_table_add_hashed(&shard->incidents, row->incident_hash, row->incident_id, NULL);
    entry->tenant = (uint32_t)dn_table_add_hashed(&shard->tenants, row->tenant_hash, row->tenant_id, NULL);
    for (size_t i = 0; i < TIMES; i++)
        entry->ticks[i] = DN_TICKS_NONE;
    if (said->extra_size > 0)
        begin_extra(said, shard, number, row);
    dn_index_add(&shard->pairs, hash, (uint32_t)number);
    shard->count++;
    return number;
}

/* ---- folding */

static bool same(struct dn_instant a, struct dn_instant b)
{
    return a.ns == b.ns && a.s == b.s;
}

static void set_time(struct entry *entry, enum time which, struct dn_instant at)
{
    entry->ticks[which] = dn_ticks_of(at, &entry->rest[which]);
}

static struct dn_instant time_of(const struct entry *entry, enum time which)
{
    return dn_ticks_instant(entry->ticks[which], entry->rest[which]);
}

/* Keeps the earlier one. */
static void keep(struct entry *entry, enum time which, struct dn_instant at)
{
    uint8_t rest;
    int64_t ticks = dn_ticks_of(at, &rest), kept = entry->ticks[which];
    bool earlier = kept == DN_TICKS_NONE || ticks < kept || (ticks == kept && rest < entry->rest[which]);
    if (ticks == DN_TICKS_NONE || !earlier)
        return;
    entry->ticks[which] = ticks;
    entry->rest[which] = rest;
}

/* Rows about the same tenant must agree on what was due; two incidents under one name are not guessed apart. */
static void fold_clock(struct entry *entry, bool first, const struct dn_said_row *row)
{
    uint8_t started_rest, due_rest;
    int64_t started = dn_ticks_of(row->started_at, &started_rest), due = dn_ticks_of(row->due_at, &due_rest);
    bool agrees = started == entry->ticks[STARTED] && started_rest == entry->rest[STARTED] &&
                  due == entry->ticks[DUE] && due_rest == entry->rest[DUE];
    if (first) {
        set_time(entry, STARTED, row->started_at);
        set_time(entry, DUE, row->due_at);
    } else if (!agrees) {
        entry->trouble = T_REPEATED;
        keep(entry, STARTED, row->started_at);
        keep(entry, DUE, row->due_at);
    }
}

/* They must agree on their place and their further triggers, too. */
static void fold_extra(const struct dn_said *said, struct shard *shard, size_t number, const struct dn_said_row *row)
{
    struct extra *extra = extra_at(said, shard, number);
    bool agrees = dn_text_equal(row->zone, dn_table_key(&shard->words, extra->zone));
    for (size_t i = 0; i < said->kind.anchor_count; i++)
        agrees &= same(row->anchors[i], extra->anchors[i]);
    if (!agrees)
        entry_at(shard, number)->trouble = T_REPEATED;
    for (int i = 0; i <= row->rank && row->satisfied_fine; i++)
        extra->under[i] = dn_instant_min(extra->under[i], row->satisfied_at);
}

/* A row that says the tenant was told: the earliest one counts. */
static void fold_told(const struct dn_said *said, struct shard *shard, struct entry *entry,
                      const struct dn_said_row *row)
{
    bool is_time = dn_instant_is(row->satisfied_at), has_state = said->kind.has_state;
    entry->unsure |= row->unsure;
    if (!row->told)
        return;
    if (!is_time && has_state && entry->trouble == T_NONE)
        entry->trouble = T_NO_TIME;
    if (is_time && has_state && entry->ticks[TOLD] == DN_TICKS_NONE)
        entry->word = word_of(shard, row->state) + 1;
    keep(entry, TOLD, row->satisfied_at);
}

static void fold(struct dn_said *said, struct shard *shard, uint64_t hash, const struct dn_said_row *row)
{
    size_t number = find(shard, hash, row->incident_id, row->tenant_id);
    bool first = number == SIZE_MAX;
    if (first)
        number = add(said, shard, hash, row);
    struct entry *entry = entry_at(shard, number);
    fold_clock(entry, first, row);
    if (said->extra_size > 0)
        fold_extra(said, shard, number, row);
    if (row->satisfied_fine)
        fold_told(said, shard, entry, row);
    if (entry->trouble == T_NONE && !row->fine)
        entry->trouble = T_TIME;
    if (entry->trouble == T_NONE && said->has_due && !dn_instant_is(row->due_at) && !said->kind.regime_given)
        entry->trouble = T_NO_DUE;
}

/* The number that is guessed from a key's hash alone. */
static uint32_t guess(const struct shard *shard, const struct dn_said_key *key)
{
    size_t place = dn_index_seek(&shard->pairs, key->hash);
    return dn_index_next(&shard->pairs, key->hash, &place);
}

/* What so many rows will look at is fetched before: places first, then the entries that are guessed from them, then
 * the ids of these. */
static void fetch(const struct shard *shard, const struct dn_said_key *keys, size_t count)
{
    uint32_t numbers[FETCHED];
    for (size_t i = 0; i < count; i++)
        dn_index_prefetch(&shard->pairs, keys[i].hash);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = guess(shard, &keys[i]);
        if (numbers[i] == DN_INDEX_NONE)
            continue;
        const char *entry = (const char *)entry_at(shard, numbers[i]); /* it may lie on two lines of the cache */
        dn_prefetch(entry);
        dn_prefetch(entry + sizeof(struct entry) - 1);
    }
    for (size_t i = 0; i < count; i++)
        if (numbers[i] != DN_INDEX_NONE)
            dn_prefetch(dn_table_key(&shard->tenants, entry_at(shard, numbers[i])->tenant).at);
}

static void fold_all(struct dn_said *said, struct shard *shard, const struct dn_said_row *rows,
                     const struct dn_said_key *keys, size_t count)
{
    for (size_t from = 0, some; from < count; from += some) {
        some = count - from < FETCHED ? count - from : FETCHED;
        fetch(shard, keys + from, some);
        for (size_t i = from; i < from + some; i++)
            fold(said, shard, keys[i].hash, &rows[keys[i].row]);
    }
}

static void wait_for_turn(struct shard *shard, size_t block)
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
    struct shard *shard = &said->shards[number];
    size_t ahead = number + DN_SAID_SHARDS / 2;
    pthread_mutex_lock(&shard->lock);
    if (shard->turn == block)
        return;
    pthread_mutex_unlock(&shard->lock);
    wait_for_turn(&said->shards[ahead < DN_SAID_SHARDS ? ahead : DN_SAID_SHARDS - 1], block);
    pthread_mutex_lock(&shard->lock);
}

void dn_said_take(struct dn_said *said, size_t block, const struct dn_said_row *rows, const struct dn_said_key *keys,
                  const size_t starts[DN_SAID_SHARDS + 1])
{
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        struct shard *shard = &said->shards[i];
        begin_turn(said, i, block);
        fold_all(said, shard, rows, keys + starts[i], starts[i + 1] - starts[i]);
        shard->turn++;
        pthread_cond_broadcast(&shard->turned);
        pthread_mutex_unlock(&shard->lock);
    }
}

/* ---- what it came to */

void dn_said_settle(struct dn_said *said)
{
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        dn_index_clear(&said->shards[i].pairs);
}

size_t dn_said_shard_count(const struct dn_said *said, size_t shard)
{
    return said->shards[shard].count;
}

size_t dn_said_count(const struct dn_said *said)
{
    size_t count = 0;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        count += said->shards[i].count;
    return count;
}

static void view_extra(const struct dn_said *said, const struct shard *shard, size_t number,
                       struct dn_said_entry *entry)
{
    const struct extra *extra = extra_at(said, shard, number);
    entry->zone = dn_table_key(&shard->words, extra->zone);
    entry->anchors = extra->anchors;
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        entry->under[i] = said->kind.policies ? extra->under[i] : entry->satisfied_at;
}

void dn_said_at(const struct dn_said *said, uint32_t reference, struct dn_said_entry *entry)
{
    const struct shard *shard = &said->shards[reference % DN_SAID_SHARDS];
    size_t number = reference / DN_SAID_SHARDS;
    const struct entry *kept = entry_at(shard, number);
    *entry = (struct dn_said_entry){.incident_id = dn_table_key(&shard->incidents, kept->incident),
                                    .tenant_id = dn_table_key(&shard->tenants, kept->tenant),
                                    .started_at = time_of(kept, STARTED),
                                    .due_at = time_of(kept, DUE),
                                    .satisfied_at = time_of(kept, TOLD),
                                    .trouble = trouble_words[kept->trouble],
                                    .unsure = kept->unsure,
                                    .source = (size_t)(kept->place >> LINE_BITS),
                                    .line = (int64_t)(kept->place & ((UINT64_C(1) << LINE_BITS) - 1))};
    if (kept->word > 0)
        entry->satisfied_by = dn_table_key(&shard->words, kept->word - 1);
    for (size_t i = 0; i < DN_POLICY_COUNT; i++)
        entry->under[i] = entry->satisfied_at;
    if (said->extra_size > 0)
        view_extra(said, shard, number, entry);
}

void dn_said_times(const struct dn_said *said, uint32_t reference, struct dn_said_times *times)
{
    const struct entry *entry = entry_at(&said->shards[reference % DN_SAID_SHARDS], reference / DN_SAID_SHARDS);
    *times = (struct dn_said_times){.started_at = time_of(entry, STARTED),
                                    .due_at = time_of(entry, DUE),
                                    .satisfied_at = time_of(entry, TOLD),
                                    .trouble = entry->trouble != T_NONE,
                                    .unsure = entry->unsure};
}

uint32_t dn_said_find(const struct dn_said *said, struct dn_text incident_id, struct dn_text tenant_id)
{
    uint64_t incident_hash = dn_hash(incident_id), tenant_hash = dn_said_tenant_hash(said, tenant_id);
    uint32_t shard = shard_of(tenant_id, tenant_hash, incident_hash);
    size_t number = find(&said->shards[shard], pair_hash(incident_hash, tenant_hash), incident_id, tenant_id);
    return number == SIZE_MAX ? UINT32_MAX : (uint32_t)number * DN_SAID_SHARDS + shard;
}

const struct dn_table *dn_said_texts(const struct dn_said *said, size_t shard, bool tenants)
{
    return tenants ? &said->shards[shard].tenants : &said->shards[shard].incidents;
}

uint32_t dn_said_text(const struct dn_said *said, uint32_t reference, bool tenants)
{
    const struct entry *entry = entry_at(&said->shards[reference % DN_SAID_SHARDS], reference / DN_SAID_SHARDS);
    return tenants ? entry->tenant : entry->incident;
}
