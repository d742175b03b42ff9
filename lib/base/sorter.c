#include "base/sorter.h"

#include <stdlib.h>

#include "base/alloc.h"

#define RUN ((size_t)1 << 20) /* bytes of records that are sorted together */

struct dn_sorter_run {
    size_t next, end; /* records of the shelf */
    struct dn_shelf_reader reader;
    struct dn_buf bytes; /* of the one that is next */
};

/* The offsets become places, now that the bytes stay where they are. */
static void sort_held(struct dn_sorter *sorter)
{
    for (size_t i = 0, from = 0; i < sorter->text_count; from += sorter->texts[i++].size)
        sorter->texts[i].at = sorter->held.at + from;
    if (sorter->text_count)
        qsort(sorter->texts, sorter->text_count, sizeof *sorter->texts, sorter->compare);
}

static void put_run(struct dn_sorter *sorter)
{
    sort_held(sorter);
    sorter->runs = dn_grow(sorter->runs, sorter->run_count, &sorter->run_room, sizeof *sorter->runs);
    struct dn_sorter_run *run = &sorter->runs[sorter->run_count++];
    *run = (struct dn_sorter_run){.next = sorter->shelf.count};
    for (size_t i = 0; i < sorter->text_count; i++)
        dn_shelf_put(&sorter->shelf, sorter->texts[i]);
    run->end = sorter->shelf.count;
    sorter->text_count = 0;
    dn_buf_reset(&sorter->held);
}

void dn_sorter_add(struct dn_sorter *sorter, struct dn_text record)
{
    if (sorter->held.size + record.size > RUN && sorter->text_count)
        put_run(sorter);
    sorter->texts = dn_grow(sorter->texts, sorter->text_count, &sorter->text_room, sizeof *sorter->texts);
    sorter->texts[sorter->text_count++] = (struct dn_text){NULL, record.size};
    dn_buf_addt(&sorter->held, record);
}

static bool comes_before(const struct dn_sorter *sorter, size_t a, size_t b)
{
    struct dn_text x = dn_buf_text(&sorter->runs[a].bytes), y = dn_buf_text(&sorter->runs[b].bytes);
    int order = sorter->compare(&x, &y);
    return order ? order < 0 : a < b;
}

static void sift(struct dn_sorter *sorter, size_t at)
{
    size_t *heap = sorter->heap;
    for (size_t child; (child = 2 * at + 1) < sorter->heap_count; at = child) {
        if (child + 1 < sorter->heap_count && comes_before(sorter, heap[child + 1], heap[child]))
            child++;
        if (!comes_before(sorter, heap[child], heap[at]))
            return;
        size_t other = heap[at];
        heap[at] = heap[child];
        heap[child] = other;
    }
}

/* Reads the next record of a run; false: there is none. */
static bool advance(struct dn_sorter_run *run)
{
    if (run->next == run->end)
        return false;
    dn_shelf_get(&run->reader, run->next++, &run->bytes);
    return true;
}

/* What could not be written is not looked for. */
static void begin_merge(struct dn_sorter *sorter)
{
    put_run(sorter);
    sorter->heap = dn_alloc(sorter->run_count, sizeof *sorter->heap);
    for (size_t i = 0; i < sorter->run_count && sorter->shelf.failure.status == DN_OK; i++) {
        struct dn_sorter_run *run = &sorter->runs[i];
        run->reader = (struct dn_shelf_reader){.shelf = &sorter->shelf, .page_count = 1};
        if (advance(run))
            sorter->heap[sorter->heap_count++] = i;
    }
    for (size_t i = sorter->heap_count / 2; i-- > 0;)
        sift(sorter, i);
}

/* The record changes places with the one that was given before, whose memory is used again. */
static void take_top(struct dn_sorter *sorter)
{
    struct dn_sorter_run *run = &sorter->runs[sorter->heap[0]];
    struct dn_buf given = sorter->out;
    sorter->out = run->bytes;
    run->bytes = given;
    if (!advance(run))
        sorter->heap[0] = sorter->heap[--sorter->heap_count];
    sift(sorter, 0);
}

bool dn_sorter_next(struct dn_sorter *sorter, struct dn_text *record)
{
    if (!sorter->run_count) {
        if (sorter->given == 0)
            sort_held(sorter);
        if (sorter->given == sorter->text_count)
            return false;
        *record = sorter->texts[sorter->given++];
        return true;
    }
    if (!sorter->heap)
        begin_merge(sorter);
    if (!sorter->heap_count || sorter->shelf.failure.status != DN_OK)
        return false;
    take_top(sorter);
    *record = dn_buf_text(&sorter->out);
    return true;
}

enum dn_status dn_sorter_check(const struct dn_sorter *sorter, struct dn_error *err)
{
    return dn_shelf_check(&sorter->shelf, err);
}

void dn_sorter_clear(struct dn_sorter *sorter)
{
    for (size_t i = 0; i < sorter->run_count; i++) {
        dn_shelf_reader_clear(&sorter->runs[i].reader);
        dn_buf_clear(&sorter->runs[i].bytes);
    }
    free(sorter->runs);
    free(sorter->heap);
    free(sorter->texts);
    dn_buf_clear(&sorter->held);
    dn_buf_clear(&sorter->out);
    dn_shelf_clear(&sorter->shelf);
    *sorter = (struct dn_sorter){.compare = sorter->compare};
}
