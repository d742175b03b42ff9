#include "deadline/summary.h"

#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_PIECE ((size_t)32) /* numbers */
#define LARGEST_PIECE ((size_t)32 << 10)
#define BUCKET_BITS 12
#define BUCKETS ((size_t)1 << BUCKET_BITS)

struct dn_seconds_piece {
    struct dn_seconds_piece *before;
    size_t count, room;
    int64_t at[];
};

static struct dn_seconds_piece *add_piece(struct dn_seconds *seconds)
{
    size_t room = seconds->last != NULL ? 2 * seconds->last->room : FIRST_PIECE;
    room = room < LARGEST_PIECE ? room : LARGEST_PIECE;
    struct dn_seconds_piece *piece = dn_realloc(NULL, sizeof *piece + room * sizeof *piece->at, 1);
    piece->before = seconds->last;
    piece->count = 0;
    piece->room = room;
    return seconds->last = piece;
}

static void add(struct dn_seconds *seconds, int64_t value)
{
    struct dn_seconds_piece *piece = seconds->last;
    if (piece == NULL || piece->count == piece->room)
        piece = add_piece(seconds);
    piece->at[piece->count++] = value;
    seconds->least = seconds->count == 0 || value < seconds->least ? value : seconds->least;
    seconds->most = seconds->count == 0 || value > seconds->most ? value : seconds->most;
    seconds->count++;
}

static void clear(struct dn_seconds *seconds)
{
    while (seconds->last != NULL) {
        struct dn_seconds_piece *piece = seconds->last;
        seconds->last = piece->before;
        free(piece);
    }
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

static void join(struct dn_seconds *seconds, struct dn_seconds *other)
{
    struct dn_seconds_piece *first = other->last;
    while (first != NULL && first->before != NULL)
        first = first->before;
    if (first == NULL)
        return;
    first->before = seconds->last;
    seconds->last = other->last;
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

/* How many numbers there are in each of the ranges from least on, which are 2^width_bits wide. */
struct buckets {
    int64_t least;
    unsigned width_bits;
    size_t counts[BUCKETS];
};

static void count_buckets(const struct dn_seconds *seconds, int64_t least, uint64_t span, struct buckets *buckets)
{
    *buckets = (struct buckets){.least = least};
    while (span >> buckets->width_bits >= BUCKETS)
        buckets->width_bits++;
    for (const struct dn_seconds_piece *piece = seconds->last; piece != NULL; piece = piece->before)
        for (size_t i = 0; i < piece->count; i++) {
            uint64_t above = (uint64_t)piece->at[i] - (uint64_t)least; /* what is below is far above, then */
            if (above <= span)
                buckets->counts[above >> buckets->width_bits]++;
        }
}

/* The bucket of a place in the order of its numbers: its first number, and the place in it. */
static int64_t find_bucket(const struct buckets *buckets, size_t *place)
{
    size_t bucket = 0;
    while (*place >= buckets->counts[bucket])
        *place -= buckets->counts[bucket++];
    return (int64_t)((uint64_t)buckets->least + ((uint64_t)bucket << buckets->width_bits));
}

/* The number of a place in the order of all: in the bucket of the whole, then in narrower ones, without moving any. */
static int64_t select_place(const struct dn_seconds *seconds, const struct buckets *whole, size_t place,
                            struct buckets *part)
{
    const struct buckets *in = whole;
    int64_t least = find_bucket(in, &place);
    while (in->width_bits > 0) {
        count_buckets(seconds, least, (UINT64_C(1) << in->width_bits) - 1, part);
        in = part;
        least = find_bucket(in, &place);
    }
    return least;
}

size_t dn_seconds_percentiles(const struct dn_seconds *seconds, int64_t values[4])
{
    static const size_t ranks[] = {50, 90, 99};
    if (seconds->count == 0)
        return 0;
    struct buckets *buckets = dn_alloc(2, sizeof *buckets);
    count_buckets(seconds, seconds->least, (uint64_t)seconds->most - (uint64_t)seconds->least, &buckets[0]);
    for (size_t i = 0; i < 3; i++)
        values[i] = select_place(seconds, &buckets[0], (seconds->count * ranks[i] + 99) / 100 - 1, &buckets[1]);
    values[3] = seconds->most;
    free(buckets);
    return seconds->count;
}

void dn_summary_clear(struct dn_summary *summary)
{
    clear(&summary->elapsed);
    clear(&summary->overrun);
    *summary = (struct dn_summary){0};
}
