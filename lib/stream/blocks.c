#include "stream/blocks.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "stream/blocks_parts.h"

#define STRETCH ((size_t)256 << 10)

/* A thread. Where the stretch in its first hand must wait for those before it, it takes one more with the second, so
 * that it need not sleep. */
struct worker {
    struct dn_blocks_hand hands[2];
    char apart[DN_APART];
};

struct dn_block {
    struct dn_rows *rows[2];
    int at;
    bool irregular; /* rows[at] has come to a record over a cap */
    size_t number;
    int64_t places[2]; /* of the texts; -1: not known */
};

static bool next_closely(struct dn_block *block, struct dn_row *row)
{
    for (; block->at < 2 && !block->irregular; block->at++) {
        struct dn_rows *rows = block->rows[block->at];
        enum dn_rows_step step = dn_rows_next(rows, row);
        if (step == DN_ROWS_ROW)
            return true;
        if (step == DN_ROWS_IRREGULAR && rows->record < rows->scan.record_count) {
            block->irregular = true;
            return false;
        }
    }
    return false;
}

bool dn_block_next(struct dn_block *block, struct dn_row *row)
{
    return (block->at == 1 && dn_rows_plain(block->rows[1], row)) || next_closely(block, row);
}

struct dn_rows *dn_block_rows(struct dn_block *block)
{
    return block->at == 1 ? block->rows[1] : NULL;
}

size_t dn_block_number(const struct dn_block *block)
{
    return block->number;
}

int64_t dn_block_place(const struct dn_block *block, const struct dn_row *row)
{
    int64_t place = block->places[row->bytes == block->rows[1]->bytes];
    return place < 0 ? -1 : place + (int64_t)(row->ends[-1] + 1);
}

enum dn_status dn_row_error(const struct dn_csv *csv, const struct dn_row *row, struct dn_error *err)
{
    struct dn_csv_record record = {.line = row->line, .count = row->count, .fault = row->fault};
    record.fault_field = dn_row_fault_field(row);
    return dn_csv_fault_error(csv, &record, err);
}

/* ---- giving records */

/* What libcsv says of a record that is not regular, and of all behind it. Something is wrong with it, or it would not
 * have come to this. */
static enum dn_status judged(const struct dn_csv *csv, struct dn_text text, int64_t line,
                             const struct dn_error *interrupted, struct dn_error *err)
{
    struct dn_csv *strict = dn_csv_strict_open(csv, text, line);
    struct dn_csv_record record;
    strict->interrupted = *interrupted;
    strict->ended = interrupted->status == DN_OK;
    enum dn_status status = dn_csv_strict_next(strict, &record, err);
    if (status == DN_OK || status == DN_END)
        status = dn_error_at(err, csv->name, line + 1, 0, "a record that cannot be told from the next");
    dn_csv_close(strict);
    return status;
}

/* The same of one that is regular, but over a cap. */
static enum dn_status judge_row(const struct dn_blocks_hand *hand, const struct dn_rows *rows, struct dn_error *err)
{
    size_t size = rows == &hand->rows ? hand->text.size : hand->joint.size;
    size_t end = (size_t)rows->scan.records[rows->record].end + 1;
    struct dn_text record = {rows->bytes + rows->start, (end < size ? end : size) - rows->start};
    return judged(hand->chain->csv, record, rows->line, &(struct dn_error){0}, err);
}

static void give(struct dn_blocks_hand *hand)
{
    struct dn_blocks_chain *chain = hand->chain;
    int64_t place = chain->placed ? (int64_t)chain->base + (int64_t)hand->from : -1;
    struct dn_block block = {{&hand->joint_rows, &hand->rows}, 0, false, hand->block, {place, place}};
    if (chain->placed)
        block.places[0] -= (int64_t)hand->before;
    struct dn_error failure = {0};
    struct dn_row row;
    enum dn_status status = chain->function(hand->context, &block, &failure);
    while (status == DN_OK && dn_block_next(&block, &row))
        ;
    if (status == DN_OK && block.irregular)
        status = judge_row(hand, block.rows[block.at], &failure);
    if (status == DN_OK)
        return;
    failure.status = status;
    pthread_mutex_lock(&chain->lock);
    dn_blocks_fail(chain, 2 * hand->number, &failure);
    pthread_cond_broadcast(&chain->turned);
    pthread_mutex_unlock(&chain->lock);
}

static bool is_over(struct dn_blocks_chain *chain)
{
    pthread_mutex_lock(&chain->lock);
    bool over = chain->over;
    pthread_mutex_unlock(&chain->lock);
    return over;
}

static void begin_hand(struct dn_blocks_hand *hand, struct dn_blocks_chain *chain, void *context)
{
    size_t room = chain->stretch < DN_SOURCE_ROOM ? DN_SOURCE_ROOM : chain->stretch;
    enum dn_scan_kernel kernel = dn_csv_kernel(chain->csv);
    *hand = (struct dn_blocks_hand){.chain = chain, .context = context};
    dn_scan_begin(&hand->rows.scan, chain->csv->delimiter, kernel);
    dn_scan_begin(&hand->joint_rows.scan, chain->csv->delimiter, kernel);
    hand->rows.columns = hand->joint_rows.columns = chain->csv->header_count;
    dn_blocks_make_room(&hand->text, &hand->rows, room);
    dn_blocks_make_room(&hand->joint, &hand->joint_rows, DN_BLOCKS_PAD);
}

/* Both hands are full: what has joined is given before anything is waited for, as those behind may wait for it. */
static void work_both(struct dn_blocks_hand *first, struct dn_blocks_hand *second)
{
    bool some = dn_blocks_take_turn(first), soon = dn_blocks_is_turn(second),
         more = soon && dn_blocks_take_turn(second);
    if (some)
        give(first);
    if (soon ? more : dn_blocks_take_turn(second))
        give(second);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct dn_blocks_hand *first = &worker->hands[0], *second = &worker->hands[1];
    struct dn_blocks_chain *chain = first->chain;
    while (!is_over(chain)) {
        dn_blocks_fill(first);
        if (first->last || dn_blocks_is_turn(first)) {
            if (dn_blocks_take_turn(first))
                give(first);
            continue;
        }
        if (!second->chain)
            begin_hand(second, chain, first->context);
        dn_blocks_fill(second);
        work_both(first, second);
    }
    return NULL;
}

/* ---- all of it */

static void clear_rows(struct dn_rows *rows)
{
    dn_scan_clear(&rows->scan);
    free(rows->scratch);
}

static void end_hand(struct dn_blocks_hand *hand)
{
    if (!hand->chain)
        return;
    clear_rows(&hand->rows);
    clear_rows(&hand->joint_rows);
    free(hand->text.bytes - DN_BLOCKS_PAD);
    free(hand->joint.bytes - DN_BLOCKS_PAD);
}

/* Where the records go on that the reader has not given yet. */
static void begin_chain(struct dn_blocks_chain *chain, struct dn_csv *csv)
{
    bool fast = csv->lane != DN_CSV_LIBCSV;
    chain->csv = csv;
    chain->prefix_at = fast ? csv->rows.start : csv->next;
    if (chain->prefix_at > csv->end) /* behind a last record without an LF */
        chain->prefix_at = csv->end;
    chain->prefix = csv->end - chain->prefix_at;
    chain->line = fast ? csv->rows.line : csv->line;
    chain->failed = SIZE_MAX;
    chain->placed =
        csv->interrupted.status == DN_OK && dn_source_direct(csv->source, &chain->fd, &chain->at, &chain->size);
    chain->base = chain->at - (off_t)chain->prefix;
    chain->direct = chain->placed && !csv->ended;
    pthread_mutex_init(&chain->reading, NULL);
    pthread_mutex_init(&chain->lock, NULL);
    pthread_cond_init(&chain->turned, NULL);
}

static void end_chain(struct dn_blocks_chain *chain)
{
    pthread_mutex_destroy(&chain->reading);
    pthread_mutex_destroy(&chain->lock);
    pthread_cond_destroy(&chain->turned);
    dn_buf_clear(&chain->tail);
}

/* Runs all workers, the first in this thread; one whose thread cannot be had is left out. */
static void run(struct dn_blocks_chain *chain, void *const *contexts, size_t threads)
{
    struct worker *workers = dn_alloc(threads, sizeof *workers);
    pthread_t *ids = dn_alloc(threads, sizeof *ids);
    size_t running = 1;
    for (size_t i = 0; i < threads; i++)
        begin_hand(&workers[i].hands[0], chain, contexts[i]);
    while (running < threads && pthread_create(&ids[running], NULL, work, &workers[running]) == 0)
        running++;
    work(&workers[0]);
    for (size_t i = 1; i < running; i++)
        pthread_join(ids[i], NULL);
    for (size_t i = 0; i < threads; i++) {
        end_hand(&workers[i].hands[0]);
        end_hand(&workers[i].hands[1]);
    }
    free(ids);
    free(workers);
}

/* Is it so little that a second thread has nothing to do? */
static bool is_small(const struct dn_blocks_chain *chain)
{
    off_t rest = chain->direct && chain->size > chain->at ? chain->size - chain->at : 0;
    return (chain->direct || chain->csv->ended) && (off_t)chain->prefix + rest < (off_t)(2 * chain->stretch);
}

/* What it came to; the reader gives nothing any more. */
static enum dn_status result(struct dn_blocks_chain *chain)
{
    struct dn_csv *csv = chain->csv;
    csv->lane = DN_CSV_LIBCSV;
    csv->start = csv->next = csv->end;
    csv->ended = true;
    if (chain->failed == SIZE_MAX)
        return DN_OK;
    csv->failure = chain->failure;
    if (chain->failed % 2 == 1 && chain->judging)
        csv->failure.status = judged(csv, dn_buf_text(&chain->tail), chain->line, &chain->interrupted, &csv->failure);
    return csv->failure.status;
}

enum dn_status dn_blocks_read(struct dn_csv *csv, const struct dn_blocks_options *options, dn_block_function *function,
                              void *const *workers, struct dn_error *err)
{
    struct dn_blocks_chain chain = {.function = function, .stretch = options->stretch ? options->stretch : STRETCH};
    if (csv->failure.status != DN_OK) {
        if (err)
            *err = csv->failure;
        return csv->failure.status;
    }
    begin_chain(&chain, csv);
    run(&chain, workers, options->threads && !is_small(&chain) ? options->threads : 1);
    enum dn_status status = result(&chain);
    end_chain(&chain);
    if (status != DN_OK && err)
        *err = csv->failure;
    return status;
}
