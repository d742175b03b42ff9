#include "tenant/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "base/pages.h"

#define SHARD_BITS 7
#define PER_CHUNK ((size_t)256) /* marks */
#define PER_LINE ((size_t)4)
#define SHARED ((uint32_t)1 << 31) /* in a mark's number */
#define FREE UINT32_MAX            /* the same */

static size_t shard_of(struct dn_hash128 key)
{
    return (size_t)(key.half[0] >> (64 - SHARD_BITS));
}

/* The line in which it stands, or from which on. */
static size_t line_of(const struct dn_key_shard *shard, uint64_t high)
{
    return (size_t)((high << SHARD_BITS >> 32) * shard->lines >> 32);
}

static struct dn_key_mark *mark_at(struct dn_key_mark *const *chunks, size_t i)
{
    return &chunks[i / PER_CHUNK][i % PER_CHUNK];
}

void dn_key_shelf_put(struct dn_key_shelf *shelf, struct dn_hash128 key, uint32_t number)
{
    struct dn_key_row *row = &shelf->rows[shard_of(key)];
    if (row->count == row->chunk_count * PER_CHUNK) {
        row->chunks = dn_grow(row->chunks, row->chunk_count, &row->chunk_room, sizeof *row->chunks);
        row->chunks[row->chunk_count++] = (void *)dn_arena_take(&shelf->arena, PER_CHUNK * sizeof **row->chunks);
    }
    *mark_at(row->chunks, row->count++) = (struct dn_key_mark){key.half[0], (uint32_t)key.half[1], number};
}

/* ---- making the ring, a shard at a time */

struct making {
    struct dn_keyring *ring;
    struct dn_key_shelf *shelves;
    size_t count;
    struct dn_key_run *const *runs;
    struct dn_tickets shards;
};

/* Scratch of one thread: the marks of a shard in the order of their lines, and where those of each line begin; and
 * where it takes what stays. */
struct bench {
    struct dn_key_mark *sorted;
    uint32_t *starts;
    size_t room;
    struct dn_arena *arena;
};

/* How many marks the shard has in all shelves. */
static size_t measure(const struct making *making, size_t number)
{
    size_t marks = 0;
    for (size_t i = 0; i < making->count; i++)
        marks += making->shelves[i].rows[number].count;
    return marks;
}

static void make_room(struct bench *bench, size_t marks)
{
    if (bench->room < marks) {
        bench->room = marks + marks / 8; /* shards are about as large as one another */
        free(bench->sorted);
        free(bench->starts);
        bench->sorted = dn_pages_take(bench->room, sizeof *bench->sorted);
        bench->starts = dn_realloc(NULL, bench->room + 2, sizeof *bench->starts);
    }
    memset(bench->starts, 0, (marks + 2) * sizeof *bench->starts);
}

/* Calls `each` for all marks of a shard, with their new numbers. */
static inline void each_mark(const struct making *making, size_t number, struct bench *bench,
                             void (*each)(const struct dn_key_shard *, struct bench *, struct dn_key_mark))
{
    const struct dn_key_shard *shard = &making->ring->shards[number];
    for (size_t i = 0; i < making->count; i++) {
        const struct dn_key_row *row = &making->shelves[i].rows[number];
        const struct dn_key_run *run = making->runs[i];
        for (size_t k = 0; k < row->count; k += PER_CHUNK) {
            const struct dn_key_mark *at = row->chunks[k / PER_CHUNK];
            const struct dn_key_mark *end = at + (row->count - k < PER_CHUNK ? row->count - k : PER_CHUNK);
            for (; at < end; at++) {
                struct dn_key_mark mark = {at->high, at->low, dn_key_renumber(&run, at->number)};
                if (mark.number != UINT32_MAX)
                    each(shard, bench, mark);
            }
        }
    }
}

static inline void count_mark(const struct dn_key_shard *shard, struct bench *bench, struct dn_key_mark mark)
{
    bench->starts[line_of(shard, mark.high)]++;
}

static inline void put_mark(const struct dn_key_shard *shard, struct bench *bench, struct dn_key_mark mark)
{
    bench->sorted[--bench->starts[line_of(shard, mark.high)]] = mark;
}

/* Puts the shard's marks of all shelves, so many, on the bench, in the order of their lines. */
static void gather(const struct making *making, size_t number, size_t marks, struct bench *bench)
{
    struct dn_key_shard *shard = &making->ring->shards[number];
    uint32_t end = 0;
    shard->lines = (uint32_t)(marks / (PER_LINE - 1) + 1);
    make_room(bench, marks);
    each_mark(making, number, bench, count_mark);
    for (size_t i = 0; i <= shard->lines; i++)
        bench->starts[i] = end += bench->starts[i];
    each_mark(making, number, bench, put_mark);
}

/* How many places the shard needs, the last of which is free: so many as if each mark had a key of its own. */
static size_t count_places(const struct dn_key_shard *shard, const struct bench *bench)
{
    size_t end = 0;
    for (size_t i = 0; i < shard->lines; i++)
        end = (end > i * PER_LINE ? end : i * PER_LINE) + (bench->starts[i + 1] - bench->starts[i]);
    return (end > shard->lines * PER_LINE ? end : shard->lines * PER_LINE) + 1;
}

/* Takes the shard's chunks of all shelves, and further ones, for so many places. */
static void take_chunks(const struct making *making, size_t number, struct bench *bench, size_t places)
{
    size_t wanted = (places + PER_CHUNK - 1) / PER_CHUNK, count = 0;
    for (size_t i = 0; i < making->count; i++)
        count += making->shelves[i].rows[number].chunk_count;
    struct dn_key_mark **to = dn_alloc(count > wanted ? count : wanted, sizeof *to);
    making->ring->shards[number].chunks = to;
    for (size_t i = 0; i < making->count; i++) {
        const struct dn_key_row *row = &making->shelves[i].rows[number];
        if (row->chunk_count)
            memcpy(to, row->chunks, row->chunk_count * sizeof *to);
        to += row->chunk_count;
    }
    for (; count < wanted; count++)
        *to++ = (void *)dn_arena_take(bench->arena, PER_CHUNK * sizeof **to);
}

static bool same_key(const struct dn_key_mark *a, const struct dn_key_mark *b)
{
    return a->high == b->high && a->low == b->low;
}

static int compare(const void *a, const void *b)
{
    const struct dn_key_mark *x = a, *y = b;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Most lines have a few marks; that of a key that everybody has may have all of them. */
static void sort_line(struct dn_key_mark *marks, size_t count)
{
    if (count > 16) {
        qsort(marks, count, sizeof *marks, compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct dn_key_mark mark = marks[i];
        size_t k = i;
        for (; k > 0 && marks[k - 1].high >= mark.high && compare(&marks[k - 1], &mark) > 0; k--)
            marks[k] = marks[k - 1];
        marks[k] = mark;
    }
}

/* May two of a line's marks be of one key? Mostly not, and then their order does not matter. */
static bool any_twins(const struct dn_key_mark *marks, size_t count)
{
    bool twins = count > 16;
    for (size_t i = 1; i < count && !twins; i++)
        for (size_t k = 0; k < i; k++)
            twins |= marks[i].high == marks[k].high;
    return twins;
}

static void share(struct dn_key_shard *shard, uint32_t number)
{
    shard->shared = dn_grow(shard->shared, shard->shared_count, &shard->shared_room, sizeof *shard->shared);
    shard->shared[shard->shared_count++] = number;
}

/* One mark for all that are of one key. */
static struct dn_key_mark join(struct dn_key_shard *shard, const struct dn_key_mark *marks, size_t count)
{
    struct dn_key_mark joined = marks[0];
    if (marks[count - 1].number == joined.number)
        return joined;
    size_t at = shard->shared_count;
    share(shard, 0);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || marks[i].number != marks[i - 1].number)
            share(shard, marks[i].number);
    shard->shared[at] = (uint32_t)(shard->shared_count - at - 1);
    joined.number = SHARED | (uint32_t)at;
    return joined;
}

/* Puts the marks of a line behind those that are in the chunks up to `kept`: one for each key. Returns up to where they
 * are then. */
static size_t keep_line(struct dn_key_shard *shard, struct dn_key_mark *marks, size_t count, size_t kept)
{
    if (!any_twins(marks, count)) {
        for (size_t i = 0; i < count; i++)
            *mark_at(shard->chunks, kept++) = marks[i];
        return kept;
    }
    sort_line(marks, count);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && same_key(&marks[from], &marks[to]);)
            to++;
        *mark_at(shard->chunks, kept++) = join(shard, marks + from, to - from);
    }
    return kept;
}

static size_t free_places(struct dn_key_shard *shard, size_t from, size_t to)
{
    for (; from < to; from++)
        *mark_at(shard->chunks, from) = (struct dn_key_mark){0, 0, FREE};
    return from;
}

static void keep(struct dn_key_shard *shard, const struct bench *bench, size_t places)
{
    size_t kept = 0;
    for (size_t i = 0; i < shard->lines; i++) {
        size_t from = bench->starts[i], count = bench->starts[i + 1] - from;
        kept = free_places(shard, kept, i * PER_LINE);
        kept = keep_line(shard, bench->sorted + from, count, kept);
    }
    free_places(shard, kept, places);
}

static void make_shards(void *context, size_t member)
{
    struct making *making = context;
    struct bench bench = {.arena = &making->ring->arenas[making->count + member]};
    for (size_t i; (i = dn_tickets_take(&making->shards)) < DN_KEYRING_SHARDS;) {
        size_t marks = measure(making, i);
        if (marks == 0)
            continue;
        gather(making, i, marks, &bench);
        size_t places = count_places(&making->ring->shards[i], &bench);
        take_chunks(making, i, &bench, places);
        keep(&making->ring->shards[i], &bench, places);
    }
    free(bench.sorted);
    free(bench.starts);
}

void dn_keyring_make(struct dn_keyring *ring, struct dn_key_shelf *shelves, size_t count, size_t threads,
                     struct dn_key_run *const *runs)
{
    struct making making = {.ring = ring, .shelves = shelves, .count = count, .runs = runs};
    ring->arena_count = count + threads; /* of the shelves, then one for each thread */
    ring->arenas = dn_alloc(ring->arena_count, sizeof *ring->arenas);
    dn_crew_run(threads, make_shards, &making);
    for (size_t i = 0; i < count; i++) {
        ring->arenas[i] = shelves[i].arena;
        shelves[i].arena = (struct dn_arena){0};
        dn_key_shelf_clear(&shelves[i]);
    }
}

/* ---- asking it */

void dn_keyring_prefetch(const struct dn_keyring *ring, struct dn_hash128 key)
{
    const struct dn_key_shard *shard = &ring->shards[shard_of(key)];
    if (shard->lines)
        dn_prefetch(mark_at(shard->chunks, line_of(shard, key.half[0]) * PER_LINE));
}

/* All marks of a line stand from its begin on, behind what those before have no room for, without a gap. */
static const struct dn_key_mark *find(const struct dn_key_shard *shard, struct dn_hash128 key)
{
    size_t line = shard->lines ? line_of(shard, key.half[0]) : 0;
    for (size_t i = line * PER_LINE; shard->lines; i++) {
        const struct dn_key_mark *mark = mark_at(shard->chunks, i);
        if (mark->high == key.half[0] && mark->low == (uint32_t)key.half[1] && mark->number != FREE)
            return mark;
        if (mark->number == FREE || (i % PER_LINE == PER_LINE - 1 && line_of(shard, mark->high) > line))
            return NULL;
    }
    return NULL;
}

bool dn_keyring_find(const struct dn_keyring *ring, struct dn_hash128 key, struct dn_numbers *numbers)
{
    const struct dn_key_shard *shard = &ring->shards[shard_of(key)];
    const struct dn_key_mark *mark = find(shard, key);
    if (mark == NULL)
        return false;
    const uint32_t *at = &mark->number;
    size_t count = 1;
    if (mark->number & SHARED) {
        at = shard->shared + (mark->number & ~SHARED);
        count = *at++;
    }
    dn_numbers_set(numbers, at, count);
    return true;
}

bool dn_keyring_twice(const struct dn_keyring *ring, uint32_t *first, uint32_t *second)
{
    bool found = false;
    for (size_t i = 0; i < DN_KEYRING_SHARDS; i++) {
        const struct dn_key_shard *shard = &ring->shards[i];
        for (size_t at = 0; at < shard->shared_count; at += shard->shared[at] + 1) {
            if (found && shard->shared[at + 2] >= *second)
                continue;
            *first = shard->shared[at + 1];
            *second = shard->shared[at + 2];
            found = true;
        }
    }
    return found;
}

void dn_key_shelf_clear(struct dn_key_shelf *shelf)
{
    for (size_t i = 0; i < DN_KEYRING_SHARDS; i++)
        free(shelf->rows[i].chunks);
    dn_arena_clear(&shelf->arena);
    memset(shelf->rows, 0, sizeof shelf->rows);
}

void dn_keyring_hand_on(struct dn_keyring *ring, struct dn_arena *const *to, size_t count)
{
    for (size_t i = 0; i < ring->arena_count && count; i++)
        dn_arena_hand_on(&ring->arenas[i], to[i % count]);
    dn_keyring_clear(ring);
}

void dn_keyring_clear(struct dn_keyring *ring)
{
    for (size_t i = 0; i < DN_KEYRING_SHARDS; i++) {
        free(ring->shards[i].chunks);
        free(ring->shards[i].shared);
    }
    for (size_t i = 0; i < ring->arena_count; i++)
        dn_arena_clear(&ring->arenas[i]);
    free(ring->arenas);
    *ring = (struct dn_keyring){0};
}
