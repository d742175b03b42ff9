#include "tenant/intake.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "stream/blocks.h"
#include "stream/csv_write.h"

/* A sum of the hashes of rows: the same for the same rows, in any order. */
struct digest {
    uint64_t half[2];
    int64_t rows;
};

/* What all threads share. */
struct shared {
    struct dn_intake *intake;
    const struct dn_impact_reader *reader;
    atomic_int_least64_t rows; /* of this stream, so far */
    uint64_t file;             /* its number, as the upper part of a place */
};

/* What one thread takes. */
struct taker {
    struct shared *shared;
    struct dn_matching_lane *lane;
    bool first; /* the caller's thread, which says how far it is */
    struct dn_impact_take take;
    struct digest digest;
    struct dn_impact rows[DN_MATCHING_AT_ONCE];
    uint64_t places[DN_MATCHING_AT_ONCE];
    size_t count;
    int64_t taken; /* rows of the block, before these */
    struct dn_buf scratch, line;
    char apart[DN_APART];
};

static enum dn_status foreign_incident(struct taker *taker, const struct dn_row *row, struct dn_text id,
                                       struct dn_error *err)
{
    taker->take.failed = row->line;
    return dn_error_at(err, dn_impact_name(taker->shared->reader), row->line, 0,
                       "incident_id '%.*s' is in no document of the incident record", (int)id.size, id.at);
}

static void feed(struct taker *taker, const struct dn_impact *row)
{
    struct dn_text cells[DN_IMPACT_COLUMNS];
    dn_buf_reset(&taker->scratch);
    dn_buf_reset(&taker->line);
    dn_impact_cells(row, &taker->scratch, cells);
    dn_csv_add_record(&taker->line, cells, DN_IMPACT_COLUMNS);
    struct dn_hash128 hash = dn_hash_wide(dn_buf_text(&taker->line), 0);
    taker->digest.half[0] += hash.half[0];
    taker->digest.half[1] += hash.half[1];
    taker->digest.rows++;
}

static void pass_on(struct taker *taker)
{
    const struct dn_intake *intake = taker->shared->intake;
    for (size_t i = 0; i < taker->count && !intake->alone; i++)
        feed(taker, &taker->rows[i]);
    dn_matching_take(taker->lane, taker->rows, taker->places, taker->count);
    taker->taken += (int64_t)taker->count;
    taker->count = 0;
}

/* Ends a block, whose rows are not there any more afterwards. What all threads share is not written to more often. */
static void end_block(struct taker *taker)
{
    struct shared *shared = taker->shared;
    const struct dn_intake *intake = shared->intake;
    pass_on(taker);
    int64_t rows = atomic_fetch_add(&shared->rows, (int_least64_t)taker->taken) + taker->taken;
    taker->taken = 0;
    if (taker->first && intake->progress)
        intake->progress(intake->context, intake->rows + rows);
}

static enum dn_status take_block(void *worker, struct dn_block *block, struct dn_error *err)
{
    struct taker *taker = worker;
    const struct shared *shared = taker->shared;
    const struct dn_incidents *incidents = shared->intake->incidents;
    struct dn_row row;
    enum dn_status status = DN_OK;
    while (status == DN_OK && dn_block_next(block, &row)) {
        struct dn_impact *impact = &taker->rows[taker->count];
        status = dn_impact_row(shared->reader, &row, &taker->take, impact, err);
        if (status == DN_OK && incidents && dn_incidents_find(incidents, impact->incident_id) == NULL)
            status = foreign_incident(taker, &row, impact->incident_id, err);
        if (status != DN_OK)
            break;
        taker->places[taker->count++] = shared->file | (uint64_t)row.line;
        if (taker->count == DN_MATCHING_AT_ONCE)
            pass_on(taker);
    }
    end_block(taker);
    return status;
}

static struct taker *begin_takers(struct shared *shared, size_t count)
{
    struct taker *takers = dn_alloc(count, sizeof *takers);
    for (size_t i = 0; i < count; i++) {
        takers[i].shared = shared;
        takers[i].lane = dn_matching_lane(shared->intake->matching, i);
        takers[i].first = i == 0;
    }
    return takers;
}

static struct digest end_takers(struct taker *takers, size_t count)
{
    struct digest all = {{0, 0}, 0};
    for (size_t i = 0; i < count; i++) {
        all.half[0] += takers[i].digest.half[0];
        all.half[1] += takers[i].digest.half[1];
        all.rows += takers[i].digest.rows;
        dn_buf_clear(&takers[i].scratch);
        dn_buf_clear(&takers[i].line);
    }
    free(takers);
    return all;
}

static enum dn_status read_rows(struct dn_intake *intake, struct dn_impact_reader *reader, struct digest *digest,
                                struct dn_error *err)
{
    size_t count = intake->matching->lane_count;
    struct shared shared = {.intake = intake, .reader = reader, .file = (uint64_t)intake->digests.count << 40};
    struct taker *takers = begin_takers(&shared, count);
    void **workers = dn_alloc(count, sizeof *workers);
    struct dn_impact_take **takes = dn_alloc(count, sizeof *takes);
    for (size_t i = 0; i < count; i++) {
        workers[i] = &takers[i];
        takes[i] = &takers[i].take;
    }
    struct dn_blocks_options how = {.threads = count};
    enum dn_status status = dn_blocks_read(dn_impact_csv(reader), &how, take_block, workers, err);
    status = dn_impact_finish(reader, takes, count, status, err);
    intake->rows += (int64_t)atomic_load(&shared.rows);
    *digest = end_takers(takers, count);
    free(workers);
    free(takes);
    return status;
}

enum dn_status dn_intake_read(struct dn_intake *intake, const char *path, struct dn_error *err)
{
    struct dn_impact_reader *reader = NULL;
    struct digest digest;
    bool added = true;
    enum dn_status status = dn_inputs_add(&intake->inputs, path, err);
    if (status == DN_OK)
        status = dn_impact_open(path, intake->subset, &reader, err);
    if (status != DN_OK)
        return status;
    status = read_rows(intake, reader, &digest, err);
    if (status == DN_OK && digest.rows)
        dn_table_add(&intake->digests, (struct dn_text){(const char *)&digest, sizeof digest}, &added);
    if (!added)
        status =
            dn_error_at(err, dn_impact_name(reader), 0, 0, "the same rows as an earlier file: they would count twice");
    dn_impact_close(reader);
    return status;
}

void dn_intake_clear(struct dn_intake *intake)
{
    dn_inputs_clear(&intake->inputs);
    dn_table_clear(&intake->digests);
    *intake = (struct dn_intake){0};
}
