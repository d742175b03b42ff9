#include "impact/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* What a run consists of, each with its bytes behind it. */
enum tag { TAG_GROUP = 'G', TAG_RECORD_ID = 'I', TAG_END = 'E' };

/* The figures as they stand in the file, the evidence behind them. */
struct stored {
    int64_t rows, events, data_subjects;
    struct dn_instant first, last;
    int32_t certainty;
};

struct dn_run {
    FILE *file;
    enum tag tag; /* what was read last */
    struct dn_buf key, evidence, record_id;
    struct dn_figures figures;
};

/* "file:line" in order of file, then of line as a number. */
static int compare_evidence(struct dn_text a, struct dn_text b)
{
    size_t a_colon = a.size, b_colon = b.size;
    int64_t a_line = 0, b_line = 0;
    while (a_colon > 0 && a.at[a_colon - 1] != ':')
        a_colon--;
    while (b_colon > 0 && b.at[b_colon - 1] != ':')
        b_colon--;
    int order = dn_text_compare((struct dn_text){a.at, a_colon}, (struct dn_text){b.at, b_colon});
    if (order != 0 || !dn_text_number((struct dn_text){a.at + a_colon, a.size - a_colon}, &a_line) ||
        !dn_text_number((struct dn_text){b.at + b_colon, b.size - b_colon}, &b_line))
        return order != 0 ? order : dn_text_compare(a, b);
    return (a_line > b_line) - (a_line < b_line);
}

/* Does a's earliest row come before b's? */
static bool earlier(const struct dn_figures *a, const struct dn_figures *b)
{
    if (dn_instant_is(a->first) != dn_instant_is(b->first))
        return dn_instant_is(a->first);
    int order = dn_instant_is(a->first) ? dn_instant_compare(a->first, b->first) : 0;
    return order != 0 ? order < 0 : compare_evidence(a->evidence, b->evidence) < 0;
}

bool dn_figures_add(struct dn_figures *into, const struct dn_figures *from)
{
    bool first = into->rows == 0 || earlier(from, into);
    if (first) {
        into->first = from->first;
        into->evidence = from->evidence;
    }
    if (into->rows == 0) {
        into->last = DN_INSTANT_NONE;
        into->data_subjects = -1;
        into->certainty = from->certainty;
    }
    into->last = dn_instant_max(into->last, from->last);
    into->rows += from->rows;
    into->events += from->events;
    if (from->data_subjects > into->data_subjects)
        into->data_subjects = from->data_subjects;
    if (from->certainty > into->certainty)
        into->certainty = from->certainty;
    return first;
}

enum dn_status dn_run_new(struct dn_run **run, struct dn_error *err)
{
    const char *folder = getenv("TMPDIR");
    struct dn_buf name = {0};
    dn_buf_addf(&name, "%s/duenotice.XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(name.at);
    if (fd >= 0)
        unlink(name.at);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;
    enum dn_status status = DN_OK;
    *run = NULL;
    if (!file)
        status = dn_error_errno(err, name.at);
    if (!file && fd >= 0)
        close(fd);
    if (file) {
        *run = dn_alloc(1, sizeof **run);
        (*run)->file = file;
    }
    dn_buf_clear(&name);
    return status;
}

static enum dn_status check(struct dn_run *run, bool fine, struct dn_error *err)
{
    if (fine && !ferror(run->file))
        return DN_OK;
    if (errno == 0)
        errno = EIO;
    return dn_error_errno(err, "temporary file ($TMPDIR)");
}

static bool put(FILE *file, const void *at, size_t size)
{
    return size == 0 || fwrite(at, 1, size, file) == size;
}

static bool put_text(FILE *file, enum tag tag, struct dn_text text)
{
    uint64_t size = text.size;
    return putc((int)tag, file) != EOF && put(file, &size, sizeof size) && put(file, text.at, text.size);
}

static enum dn_status put_group(void *context, struct dn_text key, const struct dn_figures *figures,
                                struct dn_error *err)
{
    struct dn_run *run = context;
    struct stored stored;
    memset(&stored, 0, sizeof stored);
    stored.rows = figures->rows;
    stored.events = figures->events;
    stored.data_subjects = figures->data_subjects;
    stored.first = figures->first;
    stored.last = figures->last;
    stored.certainty = (int32_t)figures->certainty;
    errno = 0;
    bool fine = put_text(run->file, TAG_GROUP, key) && put(run->file, &stored, sizeof stored) &&
                put_text(run->file, TAG_GROUP, figures->evidence);
    return check(run, fine, err);
}

static enum dn_status put_record_id(void *context, struct dn_text record_id, struct dn_error *err)
{
    struct dn_run *run = context;
    errno = 0;
    return check(run, put_text(run->file, TAG_RECORD_ID, record_id), err);
}

static enum dn_status put_end(void *context, struct dn_error *err)
{
    (void)context;
    (void)err;
    return DN_OK;
}

struct dn_run_sink dn_run_sink(struct dn_run *run)
{
    return (struct dn_run_sink){run, put_group, put_record_id, put_end};
}

static bool take(FILE *file, void *at, size_t size)
{
    return size == 0 || fread(at, 1, size, file) == size;
}

static bool take_text(FILE *file, struct dn_buf *into)
{
    char piece[4096];
    uint64_t size;
    dn_buf_reset(into);
    if (!take(file, &size, sizeof size))
        return false;
    while (size > 0) {
        size_t some = size < sizeof piece ? (size_t)size : sizeof piece;
        if (!take(file, piece, some))
            return false;
        dn_buf_add(into, piece, some);
        size -= some;
    }
    return true;
}

static bool take_group(struct dn_run *run)
{
    struct stored stored;
    if (!take_text(run->file, &run->key) || !take(run->file, &stored, sizeof stored) || getc(run->file) != TAG_GROUP ||
        !take_text(run->file, &run->evidence))
        return false;
    run->figures = (struct dn_figures){
        stored.rows,  stored.events, stored.data_subjects,       (enum dn_certainty)stored.certainty,
        stored.first, stored.last,   dn_buf_text(&run->evidence)};
    return true;
}

/* Reads on to the next group, record id or the end. */
static enum dn_status advance(struct dn_run *run, struct dn_error *err)
{
    errno = 0;
    int tag = getc(run->file);
    run->tag = tag == EOF ? TAG_END : (enum tag)tag;
    if (tag == TAG_GROUP)
        return check(run, take_group(run), err);
    if (tag == TAG_RECORD_ID)
        return check(run, take_text(run->file, &run->record_id), err);
    return check(run, tag == EOF, err);
}

static enum dn_status rewind_run(struct dn_run *run, struct dn_error *err)
{
    errno = 0;
    enum dn_status status = check(run, fflush(run->file) == 0 && fseek(run->file, 0, SEEK_SET) == 0, err);
    return status == DN_OK ? advance(run, err) : status;
}

/* A merge under way. */
struct merge {
    struct dn_run *const *runs;
    size_t count;
    bool *in; /* the run has the group that is being merged */
    const struct dn_run_sink *sink;
    struct dn_error *err;
};

static const struct dn_run *least_key(const struct merge *merge)
{
    const struct dn_run *least = NULL;
    for (size_t i = 0; i < merge->count; i++)
        if (merge->runs[i]->tag == TAG_GROUP &&
            (!least || dn_text_compare(dn_buf_text(&merge->runs[i]->key), dn_buf_text(&least->key)) < 0))
            least = merge->runs[i];
    return least;
}

/* Adds up the group of that key over all runs and hands it on. */
static enum dn_status merge_figures(struct merge *merge, struct dn_text key)
{
    struct dn_figures sum = {0};
    for (size_t i = 0; i < merge->count; i++) {
        struct dn_run *run = merge->runs[i];
        merge->in[i] = run->tag == TAG_GROUP && dn_text_equal(dn_buf_text(&run->key), key);
        if (merge->in[i])
            dn_figures_add(&sum, &run->figures);
    }
    enum dn_status status = merge->sink->group(merge->sink->context, key, &sum, merge->err);
    for (size_t i = 0; i < merge->count && status == DN_OK; i++)
        if (merge->in[i])
            status = advance(merge->runs[i], merge->err);
    return status;
}

static const struct dn_run *least_record_id(const struct merge *merge)
{
    const struct dn_run *least = NULL;
    for (size_t i = 0; i < merge->count; i++) {
        const struct dn_run *run = merge->runs[i];
        if (merge->in[i] && run->tag == TAG_RECORD_ID &&
            (!least || dn_text_compare(dn_buf_text(&run->record_id), dn_buf_text(&least->record_id)) < 0))
            least = run;
    }
    return least;
}

static enum dn_status merge_record_ids(struct merge *merge, struct dn_buf *record_id)
{
    enum dn_status status = DN_OK;
    const struct dn_run *least;
    while (status == DN_OK && (least = least_record_id(merge)) != NULL) {
        dn_buf_reset(record_id);
        dn_buf_addt(record_id, dn_buf_text(&least->record_id));
        status = merge->sink->record_id(merge->sink->context, dn_buf_text(record_id), merge->err);
        for (size_t i = 0; i < merge->count && status == DN_OK; i++)
            if (merge->in[i] && merge->runs[i]->tag == TAG_RECORD_ID &&
                dn_text_equal(dn_buf_text(&merge->runs[i]->record_id), dn_buf_text(record_id)))
                status = advance(merge->runs[i], merge->err);
    }
    return status;
}

static enum dn_status merge_groups(struct merge *merge)
{
    struct dn_buf key = {0}, record_id = {0};
    enum dn_status status = DN_OK;
    const struct dn_run *least;
    while (status == DN_OK && (least = least_key(merge)) != NULL) {
        dn_buf_reset(&key);
        dn_buf_addt(&key, dn_buf_text(&least->key));
        status = merge_figures(merge, dn_buf_text(&key));
        if (status == DN_OK)
            status = merge_record_ids(merge, &record_id);
        if (status == DN_OK)
            status = merge->sink->end(merge->sink->context, merge->err);
    }
    dn_buf_clear(&key);
    dn_buf_clear(&record_id);
    return status;
}

enum dn_status dn_runs_merge(struct dn_run *const *runs, size_t count, const struct dn_run_sink *sink,
                             struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < count && status == DN_OK; i++)
        status = rewind_run(runs[i], err);
    struct merge merge = {runs, count, dn_alloc(count, sizeof(bool)), sink, err};
    if (status == DN_OK)
        status = merge_groups(&merge);
    free(merge.in);
    return status;
}

void dn_run_free(struct dn_run *run)
{
    if (!run)
        return;
    fclose(run->file);
    dn_buf_clear(&run->key);
    dn_buf_clear(&run->evidence);
    dn_buf_clear(&run->record_id);
    free(run);
}
