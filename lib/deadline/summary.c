#include "deadline/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define FIRST_PIECE ((size_t)32) /* numbers */
#define LARGEST_PIECE ((size_t)32 << 10)
#define BUCKET_BITS 12
#define BUCKETS ((size_t)1 << BUCKET_BITS)

/* Numbers of 32 bits where they fit, which is 68 years, else of 64. They stand behind it. */
struct dn_seconds_piece {
    struct dn_seconds_piece *before;
    size_t count, room;
    int64_t at[];
};

static int32_t *narrow(struct dn_seconds_piece *piece)
{
    return (int32_t *)(void *)piece->at;
}

static struct dn_seconds_piece *add_piece(struct dn_seconds_piece **last, size_t size)
{
    size_t room = *last != NULL ? 2 * (*last)->room : FIRST_PIECE;
    room = room < LARGEST_PIECE ? room : LARGEST_PIECE;
    struct dn_seconds_piece *piece = dn_realloc(NULL, sizeof *piece + room * size, 1);
    piece->before = *last;
    piece->count = 0;
    piece->room = room;
    return *last = piece;
}

static struct dn_seconds_piece *with_room(struct dn_seconds_piece **last, size_t size)
{
    return *last != NULL && (*last)->count < (*last)->room ? *last : add_piece(last, size);
}

static void add(struct dn_seconds *seconds, int64_t value)
{
    if (value >= INT32_MIN && value <= INT32_MAX) {
        struct dn_seconds_piece *piece = with_room(&seconds->last, sizeof(int32_t));
        narrow(piece)[piece->count++] = (int32_t)value;
    } else {
        struct dn_seconds_piece *piece = with_room(&seconds->last_wide, sizeof(int64_t));
        piece->at[piece->count++] = value;
    }
    seconds->least = seconds->count == 0 || value < seconds->least ? value : seconds->least;
    seconds->most = seconds->count == 0 || value > seconds->most ? value : seconds->most;
    seconds->count++;
}

static void clear_pieces(struct dn_seconds_piece *last)
{
    while (last != NULL) {
        struct dn_seconds_piece *before = last->before;
        free(last);
        last = before;
    }
}

static void clear(struct dn_seconds *seconds)
{
    clear_pieces(seconds->last);
    clear_pieces(seconds->last_wide);
    *seconds = (struct dn_seconds){0};
}

static bool was_told(const struct dn_obligation *row)
{
    return !row->update &&
           (row->status == DN_VERDICT_MET || row->status == DN_VERDICT_LATE || row->status == DN_VERDICT_EXCUSED);
}

void dn_summary_take(struct dn_summary *summary, const struct dn_obligation *row)
{
    int64_t seconds = 0;
    summary->total++;
    summary->counts[row->status]++;
    if (!was_told(row))
        return;
    if (dn_obligation_elapsed(row, &seconds))
        add(&summary->elapsed, seconds);
    if (dn_obligation_margin(row, &seconds))
        add(&summary->overrun, -seconds);
}

static void join_pieces(struct dn_seconds_piece **last, struct dn_seconds_piece *others)
{
    struct dn_seconds_piece *first = others;
    while (first != NULL && first->before != NULL)
        first = first->before;
    if (first == NULL)
        return;
    first->before = *last;
    *last = others;
}

static void join(struct dn_seconds *seconds, struct dn_seconds *other)
{
    if (other->count == 0)
        return;
    join_pieces(&seconds->last, other->last);
    join_pieces(&seconds->last_wide, other->last_wide);
    seconds->least = seconds->count == 0 || other->least < seconds->least ? other->least : seconds->least;
    seconds->most = seconds->count == 0 || other->most > seconds->most ? other->most : seconds->most;
    seconds->count += other->count;
    *other = (struct dn_seconds){0};
}

void dn_summary_join(struct dn_summary *summary, struct dn_summary *other)
{
    summary->total += other->total;
    for (size_t i = 0; i < DN_VERDICT_COUNT; i++)
        summary->counts[i] += other->counts[i];
    join(&summary->elapsed, &other->elapsed);
    join(&summary->overrun, &other->overrun);
    dn_summary_clear(other);
}

#define PLACES 3 /* that are looked for at once */

/* How many numbers there are in each of the ranges from least on, which are 2^width_bits wide, up to least + span; and
 * the place that is looked for, among these. */
struct buckets {
    int64_t least;
    uint64_t span;
    unsigned width_bits;
    size_t place;
    size_t counts[BUCKETS];
};

static void begin_buckets(struct buckets *buckets, int64_t least, uint64_t span, size_t place)
{
    *buckets = (struct buckets){.least = least, .span = span, .place = place};
    while (span >> buckets->width_bits >= BUCKETS)
        buckets->width_bits++;
}

static inline void count_number(struct buckets *buckets, size_t count, int64_t number)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t above = (uint64_t)number - (uint64_t)buckets[i].least; /* what is below is far above, then */
        if (above <= buckets[i].span)
            buckets[i].counts[above >> buckets[i].width_bits]++;
    }
}

static void count_numbers(const struct dn_seconds *seconds, struct buckets *buckets, size_t count)
{
    for (struct dn_seconds_piece *piece = seconds->last; piece != NULL; piece = piece->before)
        for (size_t i = 0; i < piece->count; i++)
            count_number(buckets, count, narrow(piece)[i]);
    for (struct dn_seconds_piece *piece = seconds->last_wide; piece != NULL; piece = piece->before)
        for (size_t i = 0; i < piece->count; i++)
            count_number(buckets, count, piece->at[i]);
}

/* The range in which the place is, as buckets to count in next. */
static void narrow_down(const struct buckets *from, size_t place, struct buckets *into)
{
    size_t bucket = 0;
    while (place >= from->counts[bucket])
        place -= from->counts[bucket++];
    int64_t least = (int64_t)((uint64_t)from->least + ((uint64_t)bucket << from->width_bits));
    begin_buckets(into, least, (UINT64_C(1) << from->width_bits) - 1, place);
}

/* The numbers of those places in the order of all, without moving any: in ranges of all, then in narrower ones. */
static void select_places(const struct dn_seconds *seconds, const size_t places[PLACES], int64_t values[PLACES])
{
    struct buckets *buckets = dn_alloc(2 * PLACES, sizeof *buckets), *next = buckets + PLACES;
    begin_buckets(&buckets[0], seconds->least, (uint64_t)seconds->most - (uint64_t)seconds->least, 0);
    count_numbers(seconds, buckets, 1);
    for (size_t i = 0; i < PLACES; i++)
        narrow_down(&buckets[0], places[i], &next[i]);
    while (next[0].span > 0) { /* all are as wide */
        memcpy(buckets, next, PLACES * sizeof *buckets);
        count_numbers(seconds, buckets, PLACES);
        for (size_t i = 0; i < PLACES; i++)
            narrow_down(&buckets[i], buckets[i].place, &next[i]);
    }
    for (size_t i = 0; i < PLACES; i++)
        values[i] = next[i].least;
    free(buckets);
}

size_t dn_seconds_percentiles(const struct dn_seconds *seconds, int64_t values[4])
{
    static const size_t ranks[PLACES] = {50, 90, 99};
    size_t places[PLACES];
    if (seconds->count == 0)
        return 0;
    for (size_t i = 0; i < PLACES; i++)
        places[i] = (seconds->count * ranks[i] + 99) / 100 - 1;
    select_places(seconds, places, values);
    values[PLACES] = seconds->most;
    return seconds->count;
}

void dn_summary_clear(struct dn_summary *summary)
{
    clear(&summary->elapsed);
    clear(&summary->overrun);
    *summary = (struct dn_summary){0};
}
