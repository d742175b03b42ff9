#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "deadline/told.h"
#include "deadline/told_chain.h"
#include "stream/blocks.h"

/* A ledger of ours is read, and its chain digested, by all threads; what its rows say is taken in their order. */
struct reading {
    struct dn_told_list *list;
    struct dn_ledger_reader *reader;
    bool plain; /* a row's bytes may be digested as they are */
    const char *file;
    pthread_mutex_t lock; /* guards the list and: */
    pthread_cond_t turned;
    size_t turn; /* the block whose rows may be taken now */
    bool failed; /* rows behind it are not looked at */
    struct dn_told_chain chain;
};

/* A row of a block. */
struct line {
    struct dn_ledger_row row;
    struct dn_text raw;
    int64_t number;
    bool known, fits; /* its chain value was looked at, and goes on from the row before */
};

struct worker {
    struct reading *reading;
    struct line *lines;
    size_t count, room;
    struct dn_told_digest digest;
};

static enum dn_status check_row(const struct reading *reading, const struct line *line, struct dn_error *err)
{
    const struct dn_ledger_row *row = &line->row;
    int64_t seq = reading->chain.seq;
    if (row->key.size != DN_SHA256_HEX - 1)
        return dn_error_at(err, reading->file, line->number, 0, "the key '%.*s' is not a SHA-256", (int)row->key.size,
                           row->key.at);
    if (row->seq > 0 && row->seq <= seq)
        return dn_error_at(err, reading->file, line->number, 0,
                           "row %lld stands behind row %lld: a ledger keeps its order, do not sort it",
                           (long long)row->seq, (long long)seq);
    return DN_OK;
}

static void keep_head(struct dn_told_source *source, const struct dn_ledger_row *row)
{
    bool whole = row->chain.size == DN_SHA256_HEX - 1;
    source->rows++;
    source->seq = row->seq;
    if (whole)
        memcpy(source->chain, row->chain.at, row->chain.size);
    source->chain[whole ? row->chain.size : 0] = '\0';
}

static enum dn_status take_line(struct reading *reading, const struct line *line, struct dn_error *err)
{
    struct dn_told_list *list = reading->list;
    struct dn_told_chain *chain = &reading->chain;
    enum dn_status status = check_row(reading, line, err);
    if (status != DN_OK)
        return status;
    dn_told_chain_take(chain, &line->row, line->raw, line->number, line->known ? &line->fits : NULL);
    if (!dn_told_take(list, &line->row) && chain->backwards++ == 0)
        chain->backwards_line = line->number;
    keep_head(&list->sources[list->source_count - 1], &line->row);
    return DN_OK;
}

/* Takes the rows of a block when those before it are. status: how the block ended; an error of an earlier row wins. */
static enum dn_status take_turn(struct worker *worker, size_t block, enum dn_status status, struct dn_error *err)
{
    struct reading *reading = worker->reading;
    struct dn_error earlier = {0};
    enum dn_status taken = DN_OK;
    pthread_mutex_lock(&reading->lock);
    while (reading->turn != block)
        pthread_cond_wait(&reading->turned, &reading->lock);
    for (size_t i = 0; i < worker->count && taken == DN_OK && !reading->failed; i++)
        taken = take_line(reading, &worker->lines[i], &earlier);
    reading->failed = reading->failed || taken != DN_OK || status != DN_OK;
    reading->turn++;
    pthread_cond_broadcast(&reading->turned);
    pthread_mutex_unlock(&reading->lock);
    if (taken == DN_OK)
        return status;
    *err = earlier;
    return taken;
}

static enum dn_status read_line(struct worker *worker, const struct dn_row *record, struct dn_error *err)
{
    worker->lines = dn_grow(worker->lines, worker->count, &worker->room, sizeof *worker->lines);
    struct line *line = &worker->lines[worker->count], *before = worker->count > 0 ? line - 1 : NULL;
    enum dn_status status = dn_ledger_read_row(worker->reading->reader, record, &line->row, err);
    if (status != DN_OK)
        return status;
    worker->count++;
    line->number = record->line;
    line->raw = worker->reading->plain ? dn_row_raw(record) : (struct dn_text){0};
    line->known = before != NULL && dn_told_chain_follows(&before->row, &line->row);
    line->fits = line->known && dn_told_digest_fits(&worker->digest, before->row.chain.at, &line->row, line->raw);
    return DN_OK;
}

static enum dn_status take_block(void *context, struct dn_block *block, struct dn_error *err)
{
    struct worker *worker = context;
    enum dn_status status = DN_OK;
    struct dn_row record;
    worker->count = 0;
    while (status == DN_OK && dn_block_next(block, &record))
        status = read_line(worker, &record, err);
    return take_turn(worker, dn_block_number(block), status, err);
}

static enum dn_status read_rows(struct reading *reading, struct dn_error *err)
{
    size_t threads = dn_blocks_threads(reading->list->threads);
    struct worker *workers = dn_alloc(threads, sizeof *workers);
    void **contexts = dn_alloc(threads, sizeof *contexts);
    for (size_t i = 0; i < threads; i++) {
        workers[i].reading = reading;
        workers[i].digest.running = dn_sha256_begin(); /* before there are threads: the first one looks it up */
        contexts[i] = &workers[i];
    }
    const struct dn_blocks_options options = {.threads = threads, .stretch = reading->list->stretch};
    enum dn_status status = dn_blocks_read(dn_ledger_read_csv(reading->reader), &options, take_block, contexts, err);
    for (size_t i = 0; i < threads; i++) {
        dn_told_digest_clear(&workers[i].digest);
        free(workers[i].lines);
    }
    free(contexts);
    free(workers);
    return status;
}

enum dn_status dn_told_read(struct dn_told_list *list, const char *path, struct dn_notes *notes, struct dn_error *err)
{
    struct reading reading = {.list = list, .file = dn_file_name(path)};
    dn_told_begin(list, path);
    enum dn_status status = dn_ledger_read_open(path, &reading.reader, err);
    pthread_mutex_init(&reading.lock, NULL);
    pthread_cond_init(&reading.turned, NULL);
    if (status == DN_OK) {
        reading.plain = dn_ledger_read_is_plain(reading.reader);
        status = read_rows(&reading, err);
    }
    pthread_mutex_destroy(&reading.lock);
    pthread_cond_destroy(&reading.turned);
    dn_ledger_read_close(reading.reader);
    dn_told_chain_end(&reading.chain, reading.file, strcmp(path, "-") != 0, notes);
    return status;
}
