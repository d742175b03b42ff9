#include "stream/blocks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stream/csv_reader.h"

#define STRETCH ((size_t)256 << 10)
#define GUESS_BY ((size_t)16 << 10) /* bytes that are looked at for it */
#define PAD DN_SCAN_BLOCK
#define MOST_THREADS ((size_t)64)

/* A text with a block in front and behind that can be read. */
struct text {
    char *bytes;
    size_t size, room;
};

/* What all threads share. */
struct chain {
    struct dn_csv *csv;
    dn_block_function *function;
    size_t stretch;
    size_t prefix, prefix_at; /* bytes that the reader had read already, and where in its buffer */

    bool placed; /* the text is a file's as it stands, and its first byte is at: */
    off_t base;
    bool direct; /* the rest can be read at any place */
    int fd;
    off_t at, size; /* from where on, and where it ends, as it seems */

    pthread_mutex_t reading; /* guards the source and: */
    size_t ticket;           /* the next stretch to take */
    size_t given;            /* bytes of the prefix, where stretches are read in order */

    pthread_mutex_t lock; /* guards: */
    pthread_cond_t turned;
    size_t turn;   /* the stretch that may join now */
    size_t blocks; /* stretches that had something to give */
    bool over;     /* no further one may */
    size_t failed; /* where: 2 × stretch, and 1 more if behind its records; SIZE_MAX: nothing has */
    struct dn_error failure;

    /* of the thread whose turn it is: */
    bool inside;        /* at the end of the last stretch that joined */
    struct dn_buf tail; /* its bytes behind the last record that ends in it */
    int64_t line;       /* lines before these */
    int64_t broken;     /* lines that end in them, inside quotes */
    bool judging;       /* the tail begins with a record for libcsv, and grows until that is sure what is wrong */
    struct dn_error interrupted; /* why the source ended while judging, if not by the end of the file */
};

/* A stretch as a thread has it in hand. */
struct hand {
    struct chain *chain;
    void *context;
    size_t number; /* of the stretch */
    size_t block;  /* of what it gives */
    size_t from;   /* where its text begins, and so many bytes before that the joint one */
    size_t before;
    struct text text, joint;
    bool last;                   /* nothing comes behind it */
    bool over;                   /* none behind it is needed any more */
    struct dn_error interrupted; /* because of this */
    bool guess;                  /* inside quotes, so it was scanned */
    struct dn_rows rows;         /* of the text, behind the first record that ends in it */
    struct dn_rows joint_rows;   /* of that one, with what the stretches before have of it */
};

/* A thread. Where the stretch in its first hand must wait for those before it, it takes one more with the second, so
 * that it need not sleep. */
struct worker {
    struct hand hands[2];
};

struct dn_block {
    struct dn_rows *rows[2];
    int at;
    bool irregular; /* rows[at] has come to a record over a cap */
    size_t number;
    int64_t places[2]; /* of the texts; -1: not known */
};

size_t dn_blocks_threads(size_t wanted)
{
    long cores = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = cores > 0 ? (size_t)cores : 1;
    return threads < MOST_THREADS ? threads : MOST_THREADS;
}

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

/* ---- texts */

static void make_room(struct text *text, struct dn_rows *rows, size_t room)
{
    if (text->room < room) {
        char *base = dn_realloc(text->bytes ? text->bytes - PAD : NULL, room + 2 * PAD, 1);
        memset(base, 0, PAD);
        text->bytes = base + PAD;
        text->room = room;
    }
    rows->bytes = text->bytes;
    dn_rows_room(rows, room);
}

static void add(struct text *text, const void *at, size_t size)
{
    if (size > 0)
        memcpy(text->bytes + text->size, at, size);
    text->size += size;
}

static void scan_text(const struct text *text, struct dn_rows *rows, bool inside, bool complete)
{
    dn_scan_restart(&rows->scan, inside);
    dn_rows_restart(rows);
    size_t done = dn_scan_run(&rows->scan, text->bytes, 0, text->size);
    dn_scan_finish(&rows->scan, text->bytes, done, text->size, complete);
}

/* ---- taking a stretch */

static size_t add_prefix(struct hand *hand, size_t from)
{
    const struct chain *chain = hand->chain;
    size_t left = from < chain->prefix ? chain->prefix - from : 0;
    size_t size = left < chain->stretch ? left : chain->stretch;
    add(&hand->text, chain->csv->bytes + chain->prefix_at + from, size);
    return size;
}

/* The bytes of stretch `number` of a file, while other threads read others. */
static void read_direct(struct hand *hand)
{
    const struct chain *chain = hand->chain;
    struct text *text = &hand->text;
    size_t from = hand->from = hand->number * chain->stretch;
    from += add_prefix(hand, from);
    while (text->size < chain->stretch) {
        off_t at = chain->at + (off_t)(from - chain->prefix);
        ssize_t got = pread(chain->fd, text->bytes + text->size, chain->stretch - text->size, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            dn_error_errno(&hand->interrupted, dn_csv_name(chain->csv));
        hand->last = got <= 0;
        if (got <= 0)
            return;
        text->size += (size_t)got;
        from += (size_t)got;
    }
}

/* The next bytes of a source that gives them only in order. */
static void read_in_order(struct hand *hand)
{
    struct chain *chain = hand->chain;
    struct dn_csv *csv = chain->csv;
    struct text *text = &hand->text;
    hand->from = chain->given;
    chain->given += add_prefix(hand, chain->given);
    while (chain->given == chain->prefix && (text->size == 0 || text->size + DN_SOURCE_ROOM <= chain->stretch)) {
        size_t got = 0, room = chain->stretch - text->size;
        enum dn_status status = csv->ended ? DN_END : csv->interrupted.status;
        if (status == DN_OK)
            status = dn_source_read(csv->source, text->bytes + text->size,
                                    room < DN_SOURCE_ROOM ? DN_SOURCE_ROOM : room, &got, &csv->interrupted);
        text->size += got;
        csv->ended = csv->ended || status == DN_END;
        hand->interrupted = csv->interrupted;
        hand->last = status != DN_OK;
        if (hand->last)
            return;
    }
}

static void take_stretch(struct hand *hand)
{
    struct chain *chain = hand->chain;
    hand->text.size = 0;
    hand->last = hand->over = false;
    hand->interrupted.status = DN_OK;
    pthread_mutex_lock(&chain->reading);
    hand->number = chain->ticket++;
    if (!chain->direct)
        read_in_order(hand);
    pthread_mutex_unlock(&chain->reading);
    if (chain->direct)
        read_direct(hand);
}

/* What a run of quotes says about its surroundings; 0: nothing for sure, 1: they are quoted, -1: they are not. */
static int told_by_quotes(const struct text *text, size_t from, size_t to, char delimiter)
{
    char before = from > 0 ? text->bytes[from - 1] : 0, behind = to < text->size ? text->bytes[to] : 0;
    bool parted_before = before == delimiter || before == '\n';
    bool parted_behind = behind == delimiter || behind == '\n' || behind == '\r';
    if (from == 0 || to == text->size || (parted_before && parted_behind))
        return 0;
    if ((to - from) % 2 == 0)
        return 1;
    return parted_before ? -1 : parted_behind ? 1 : 0;
}

/* Does the text begin inside quotes? A guess that saves time when it is right; never more than that. */
static bool guess_inside(const struct text *text, char delimiter)
{
    size_t most = text->size < GUESS_BY ? text->size : GUESS_BY, to = 0;
    bool odd = false; /* so many quotes so far */
    while (to < most) {
        const char *quote = memchr(text->bytes + to, '"', most - to);
        if (!quote)
            return false;
        size_t from = (size_t)(quote - text->bytes);
        for (to = from; to < most && text->bytes[to] == '"';)
            to++;
        int told = told_by_quotes(text, from, to, delimiter);
        if (told != 0)
            return (told > 0) != odd;
        odd ^= (to - from) % 2;
    }
    return false;
}

/* ---- joining, in the order of the text */

static bool complete(const struct hand *hand)
{
    return hand->last && hand->interrupted.status == DN_OK;
}

/* The text begins in a record that libcsv must judge, or is more of it. */
static void judge(struct hand *hand, size_t from)
{
    struct chain *chain = hand->chain;
    dn_buf_add(&chain->tail, hand->text.bytes + from, hand->text.size - from);
    chain->judging = true;
    chain->interrupted = hand->interrupted;
    hand->over = hand->last || chain->tail.size > DN_CSV_RECORD_CAP;
}

/* The record that the stretches before have begun, with its end in this one, as a text of its own. False if libcsv must
 * judge it. */
static bool join_record(struct hand *hand, size_t head)
{
    struct chain *chain = hand->chain;
    struct text *joint = &hand->joint;
    joint->size = 0;
    hand->before = chain->tail.size;
    make_room(joint, &hand->joint_rows, chain->tail.size + head);
    add(joint, chain->tail.at, chain->tail.size);
    add(joint, hand->text.bytes, head);
    scan_text(joint, &hand->joint_rows, false, true);
    hand->joint_rows.line = chain->line;
    return hand->joint_rows.scan.bad == DN_SCAN_NONE;
}

/* How many of the scan's breaks stand before the end of a record. */
static size_t breaks_before(const struct dn_scan *scan, size_t record)
{
    size_t count = 0;
    while (scan->breaks[count] < scan->records[record].end)
        count++;
    return count;
}

/* Records end in this stretch: the first one is joined, the last one's rest is the next stretch's. */
static void pass_on(struct hand *hand, size_t head)
{
    struct chain *chain = hand->chain;
    struct dn_rows *rows = &hand->rows;
    const struct dn_scan *scan = &rows->scan;
    size_t last = scan->record_count - 1, first_breaks = breaks_before(scan, 0),
           last_breaks = breaks_before(scan, last);
    size_t rest = (size_t)scan->records[last].end + 1;
    rows->record = 1;
    rows->field = scan->records[0].fields & ~DN_SCAN_QUOTED;
    rows->broken = first_breaks;
    rows->start = head;
    rows->line = chain->line + chain->broken + (int64_t)first_breaks + 1;
    chain->line = rows->line + (int64_t)last + (int64_t)(last_breaks - first_breaks);
    chain->broken = (int64_t)(scan->break_count - last_breaks);
    chain->inside = scan->inside;
    dn_buf_reset(&chain->tail);
    if (scan->bad != DN_SCAN_NONE)
        judge(hand, rest);
    else if (rest < hand->text.size)
        dn_buf_add(&chain->tail, hand->text.bytes + rest, hand->text.size - rest);
}

/* No record ends in this stretch: the open one grows by all of it. */
static void pass_all(struct hand *hand)
{
    struct chain *chain = hand->chain;
    const struct dn_scan *scan = &hand->rows.scan;
    if (scan->bad != DN_SCAN_NONE || chain->tail.size + hand->text.size >= DN_CSV_RECORD_CAP) {
        judge(hand, 0);
        return;
    }
    dn_buf_add(&chain->tail, hand->text.bytes, hand->text.size);
    chain->broken += (int64_t)scan->break_count;
    chain->inside = scan->inside;
}

/* Takes over from the stretch before and hands on to the next. False if there is nothing to take of it. */
static bool join(struct hand *hand)
{
    struct chain *chain = hand->chain;
    const struct dn_scan *scan = &hand->rows.scan;
    if (chain->judging) {
        judge(hand, 0);
        return false;
    }
    if (chain->inside != hand->guess)
        scan_text(&hand->text, &hand->rows, chain->inside, complete(hand));
    size_t head = scan->record_count ? (size_t)scan->records[0].end + 1 : hand->text.size;
    head = head < hand->text.size ? head : hand->text.size;
    bool some = scan->record_count > 0 || complete(hand);
    if (some && !join_record(hand, head)) {
        judge(hand, 0);
        return false;
    }
    if (scan->record_count > 0)
        pass_on(hand, head);
    else if (!some)
        pass_all(hand);
    hand->over = hand->over || hand->last;
    return some;
}

static void fail(struct chain *chain, size_t place, const struct dn_error *failure)
{
    if (place < chain->failed) {
        chain->failed = place;
        chain->failure = *failure;
    }
    chain->over = true;
}

/* Waits until all stretches before have joined. False: this one is not needed any more. */
static bool wait_for_turn(struct hand *hand)
{
    struct chain *chain = hand->chain;
    pthread_mutex_lock(&chain->lock);
    while (chain->turn != hand->number && !chain->over)
        pthread_cond_wait(&chain->turned, &chain->lock);
    bool mine = !chain->over;
    pthread_mutex_unlock(&chain->lock);
    return mine;
}

static bool take_turn(struct hand *hand)
{
    struct chain *chain = hand->chain;
    if (!wait_for_turn(hand))
        return false;
    bool some = join(hand);
    pthread_mutex_lock(&chain->lock);
    chain->turn++;
    hand->block = chain->blocks;
    chain->blocks += some;
    chain->over = chain->over || hand->over;
    if (hand->over && (chain->judging || hand->interrupted.status != DN_OK))
        fail(chain, 2 * hand->number + 1, &hand->interrupted);
    pthread_cond_broadcast(&chain->turned);
    pthread_mutex_unlock(&chain->lock);
    return some;
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
static enum dn_status judge_row(const struct hand *hand, const struct dn_rows *rows, struct dn_error *err)
{
    size_t size = rows == &hand->rows ? hand->text.size : hand->joint.size;
    size_t end = (size_t)rows->scan.records[rows->record].end + 1;
    struct dn_text record = {rows->bytes + rows->start, (end < size ? end : size) - rows->start};
    return judged(hand->chain->csv, record, rows->line, &(struct dn_error){0}, err);
}

static void give(struct hand *hand)
{
    struct chain *chain = hand->chain;
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
    fail(chain, 2 * hand->number, &failure);
    pthread_cond_broadcast(&chain->turned);
    pthread_mutex_unlock(&chain->lock);
}

static bool is_over(struct chain *chain)
{
    pthread_mutex_lock(&chain->lock);
    bool over = chain->over;
    pthread_mutex_unlock(&chain->lock);
    return over;
}

/* Takes a stretch and scans it. */
static void fill(struct hand *hand)
{
    take_stretch(hand);
    hand->guess = guess_inside(&hand->text, hand->chain->csv->delimiter);
    scan_text(&hand->text, &hand->rows, hand->guess, complete(hand));
}

static bool is_turn(const struct hand *hand)
{
    struct chain *chain = hand->chain;
    pthread_mutex_lock(&chain->lock);
    bool mine = chain->turn == hand->number && !chain->over;
    pthread_mutex_unlock(&chain->lock);
    return mine;
}

static void begin_hand(struct hand *hand, struct chain *chain, void *context)
{
    size_t room = chain->stretch < DN_SOURCE_ROOM ? DN_SOURCE_ROOM : chain->stretch;
    enum dn_scan_kernel kernel = dn_csv_kernel(chain->csv);
    *hand = (struct hand){.chain = chain, .context = context};
    dn_scan_begin(&hand->rows.scan, chain->csv->delimiter, kernel);
    dn_scan_begin(&hand->joint_rows.scan, chain->csv->delimiter, kernel);
    hand->rows.columns = hand->joint_rows.columns = chain->csv->header_count;
    make_room(&hand->text, &hand->rows, room);
    make_room(&hand->joint, &hand->joint_rows, PAD);
}

/* Both hands are full: what has joined is given before anything is waited for, as those behind may wait for it. */
static void work_both(struct hand *first, struct hand *second)
{
    bool some = take_turn(first), soon = is_turn(second), more = soon && take_turn(second);
    if (some)
        give(first);
    if (soon ? more : take_turn(second))
        give(second);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct hand *first = &worker->hands[0], *second = &worker->hands[1];
    struct chain *chain = first->chain;
    while (!is_over(chain)) {
        fill(first);
        if (first->last || is_turn(first)) {
            if (take_turn(first))
                give(first);
            continue;
        }
        if (!second->chain)
            begin_hand(second, chain, first->context);
        fill(second);
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

static void end_hand(struct hand *hand)
{
    if (!hand->chain)
        return;
    clear_rows(&hand->rows);
    clear_rows(&hand->joint_rows);
    free(hand->text.bytes - PAD);
    free(hand->joint.bytes - PAD);
}

/* Where the records go on that the reader has not given yet. */
static void begin_chain(struct chain *chain, struct dn_csv *csv)
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

static void end_chain(struct chain *chain)
{
    pthread_mutex_destroy(&chain->reading);
    pthread_mutex_destroy(&chain->lock);
    pthread_cond_destroy(&chain->turned);
    dn_buf_clear(&chain->tail);
}

/* Runs all workers, the first in this thread; one whose thread cannot be had is left out. */
static void run(struct chain *chain, void *const *contexts, size_t threads)
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
static bool is_small(const struct chain *chain)
{
    off_t rest = chain->direct && chain->size > chain->at ? chain->size - chain->at : 0;
    return (chain->direct || chain->csv->ended) && (off_t)chain->prefix + rest < (off_t)(2 * chain->stretch);
}

/* What it came to; the reader gives nothing any more. */
static enum dn_status result(struct chain *chain)
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
    struct chain chain = {.function = function, .stretch = options->stretch ? options->stretch : STRETCH};
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
