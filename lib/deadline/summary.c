#include "deadline/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define MOST_ROUNDS 100

static void add(struct dn_seconds *seconds, int64_t value)
{
    seconds->at = dn_grow(seconds->at, seconds->count, &seconds->room, sizeof *seconds->at);
    seconds->at[seconds->count++] = value;
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
    size_t count = seconds->count + other->count;
    if (seconds->count == 0) {
        free(seconds->at);
        *seconds = *other;
        *other = (struct dn_seconds){0};
        return;
    }
    if (other->count > 0) {
        seconds->at = dn_realloc(seconds->at, count, sizeof *seconds->at);
        memcpy(seconds->at + seconds->count, other->at, other->count * sizeof *seconds->at);
        seconds->count = seconds->room = count;
    }
    free(other->at);
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

static void swap(int64_t *a, int64_t *b)
{
    int64_t kept = *a;
    *a = *b;
    *b = kept;
}

/* The middle one of first, middle and last: what is sorted already is not its worst case. */
static int64_t pivot_of(const int64_t *at, ptrdiff_t from, ptrdiff_t to)
{
    int64_t a = at[from], b = at[from + (to - from) / 2], c = at[to];
    if (a > b)
        swap(&a, &b);
    return c < a ? a : c < b ? c : b;
}

/* Parts from..to (both in it): what is behind *to is not smaller, what is before *from not larger than what is between,
 * and these are all alike. */
static void part(int64_t *at, ptrdiff_t *from, ptrdiff_t *to)
{
    int64_t pivot = pivot_of(at, *from, *to);
    ptrdiff_t i = *from, j = *to;
    while (i <= j) {
        while (at[i] < pivot)
            i++;
        while (at[j] > pivot)
            j--;
        if (i <= j)
            swap(&at[i++], &at[j--]);
    }
    *from = i;
    *to = j;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

/* The number of that place in their order, which is brought there, smaller ones before it (Hoare's selection). Numbers
 * that somebody has made so that it halves nothing are sorted. */
static int64_t select_place(int64_t *at, ptrdiff_t from, ptrdiff_t to, ptrdiff_t place)
{
    for (int rounds = 0; from < to; rounds++) {
        ptrdiff_t behind = from, before = to;
        if (rounds == MOST_ROUNDS) {
            qsort(at + from, (size_t)(to - from) + 1, sizeof *at, compare);
            break;
        }
        part(at, &behind, &before);
        if (place <= before)
            to = before;
        else if (place >= behind)
            from = behind;
        else
            break;
    }
    return at[place];
}

size_t dn_seconds_percentiles(struct dn_seconds *seconds, int64_t values[4])
{
    static const size_t ranks[] = {50, 90, 99, 100};
    ptrdiff_t from = 0, last = (ptrdiff_t)seconds->count - 1;
    for (size_t i = 0; i < 4 && seconds->count > 0; i++) {
        ptrdiff_t place = (ptrdiff_t)((seconds->count * ranks[i] + 99) / 100) - 1;
        values[i] = select_place(seconds->at, from, last, place);
        from = place;
    }
    return seconds->count;
}

void dn_summary_clear(struct dn_summary *summary)
{
    free(summary->elapsed.at);
    free(summary->overrun.at);
    *summary = (struct dn_summary){0};
}
