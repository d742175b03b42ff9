#include "impact/resolve.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "impact/lane.h"
#include "impact/pen.h"
#include "stream/blocks.h"

#define PROGRESS_ROWS 4096

struct dn_resolve {
    const struct dn_profiles *profiles;
    struct dn_impact_lane_run run;
    struct dn_impact_lane *lanes; /* the first reads the files */
    size_t lane_count;
    int64_t files;
    atomic_llong rows; /* taken by all lanes so far, for the progress */
    struct dn_rejects rejects;
    struct dn_output *output; /* at the end */
    struct dn_notes *notes;
    struct dn_pen *pens; /* of the threads that write rows */
};

/* A lane as a thread has it. */
struct worker {
    struct dn_resolve *resolve;
    struct dn_impact_lane *lane;
};

static enum dn_status check_scopes(const struct dn_incidents *incidents, struct dn_error *err)
{
    if (incidents->count == 0)
        return dn_error_set(err, DN_INVALID, "no incident: the incident file holds no document");
    for (size_t i = 0; i < incidents->count; i++)
        if (incidents->at[i].scope_count == 0)
            return dn_error_set(err, DN_INVALID,
                                "incident %s has no scope: say what is in it, or 'scope: [{}]' to accept everything",
                                incidents->at[i].id);
    return DN_OK;
}

enum dn_status dn_resolve_begin(const struct dn_incidents *incidents, const struct dn_profiles *profiles,
                                const struct dn_resolve_options *options, struct dn_resolve **resolve,
                                struct dn_error *err)
{
    *resolve = NULL;
    enum dn_status status = check_scopes(incidents, err);
    if (status != DN_OK)
        return status;
    struct dn_resolve *begun = dn_alloc(1, sizeof *begun);
    begun->profiles = profiles;
    begun->run = (struct dn_impact_lane_run){incidents, dn_alloc(incidents->count, sizeof *begun->run.scopes), options,
                                             dn_groups_new(options->memory_bytes), NULL};
    begun->run.writer = options->select ? dn_part_begin(dn_field_words, DN_FIELDS)
                                        : dn_part_begin(dn_impact_columns, DN_IMPACT_COLUMNS);
    for (size_t i = 0; i < incidents->count; i++)
        dn_scopes_begin(&begun->run.scopes[i], &incidents->at[i]);
    begun->lane_count = options->select ? 1 : dn_blocks_threads(options->threads); /* selected rows keep their order */
    begun->lanes = dn_alloc(begun->lane_count, sizeof *begun->lanes);
    for (size_t i = 0; i < begun->lane_count; i++)
        dn_impact_lane_begin(&begun->lanes[i], &begun->run);
    status = dn_rejects_open(&begun->rejects, options->rejects, err);
    if (status == DN_OK)
        *resolve = begun;
    else
        dn_resolve_free(begun);
    return status;
}

void dn_resolve_free(struct dn_resolve *resolve)
{
    if (!resolve)
        return;
    for (size_t i = 0; i < resolve->run.incidents->count; i++)
        dn_scopes_clear(&resolve->run.scopes[i]);
    for (size_t i = 0; i < resolve->lane_count; i++)
        dn_impact_lane_clear(&resolve->lanes[i]);
    free(resolve->run.scopes);
    free(resolve->lanes);
    dn_groups_free(resolve->run.groups);
    dn_part_discard(resolve->run.writer);
    dn_rejects_clear(&resolve->rejects);
    free(resolve->pens);
    free(resolve);
}

static void show_progress(struct dn_resolve *resolve, int64_t taken)
{
    const struct dn_resolve_options *options = resolve->run.options;
    if (options->progress)
        options->progress(options->progress_context, taken);
}

/* Reads the rows of a file one by one. */
static enum dn_status read_rows(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_error *err)
{
    struct dn_impact_lane *lane = &resolve->lanes[0];
    enum dn_status status = DN_OK;
    while (status == DN_OK && (status = dn_evidence_next(evidence, err)) == DN_OK) {
        status = dn_impact_lane_row(lane, err);
        if (lane->tallies.rows % PROGRESS_ROWS == 0)
            show_progress(resolve, atomic_fetch_add(&resolve->rows, PROGRESS_ROWS) + PROGRESS_ROWS);
    }
    return status == DN_END ? DN_OK : status;
}

static enum dn_status take_block(void *context, struct dn_block *block, struct dn_error *err)
{
    struct worker *worker = context;
    struct dn_impact_lane *lane = worker->lane;
    int64_t before = lane->tallies.rows;
    enum dn_status status = dn_impact_lane_take(lane, block, err);
    long long taken = lane->tallies.rows - before;
    taken += atomic_fetch_add(&worker->resolve->rows, taken);
    if (lane == worker->resolve->lanes)
        show_progress(worker->resolve, taken);
    return status;
}

/* Reads the rows of a file with all lanes at once. */
static enum dn_status read_blocks(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_error *err)
{
    size_t count = resolve->lane_count;
    struct dn_blocks_options how = {.threads = count, .stretch = resolve->run.options->stretch};
    struct worker *workers = dn_alloc(count, sizeof *workers);
    void **contexts = dn_alloc(count, sizeof *contexts);
    for (size_t i = 0; i < count; i++) {
        workers[i] = (struct worker){resolve, &resolve->lanes[i]};
        contexts[i] = &workers[i];
        if (i > 0)
            dn_impact_lane_enter(&resolve->lanes[i], dn_evidence_lane(evidence), resolve->lanes[0].file);
    }
    enum dn_status status = dn_blocks_read(dn_evidence_csv(evidence), &how, take_block, contexts, err);
    for (size_t i = 1; i < count; i++) {
        dn_impact_lane_join(&resolve->lanes[0], &resolve->lanes[i]);
        dn_evidence_close(resolve->lanes[i].evidence);
        resolve->lanes[i].evidence = NULL;
    }
    free(workers);
    free(contexts);
    return status;
}

static enum dn_status join_rejects(struct dn_resolve *resolve, struct dn_error *err)
{
    struct dn_spill **spills = dn_alloc(resolve->lane_count, sizeof *spills);
    for (size_t i = 0; i < resolve->lane_count; i++)
        spills[i] = &resolve->lanes[i].rejects;
    enum dn_status status = dn_rejects_add(&resolve->rejects, spills, resolve->lane_count, err);
    free(spills);
    return status;
}

static int64_t rows_read(const struct dn_resolve *resolve)
{
    int64_t rows = 0;
    for (size_t i = 0; i < resolve->lane_count; i++)
        rows += resolve->lanes[i].tallies.rows;
    return rows;
}

static enum dn_status read_evidence(struct dn_resolve *resolve, struct dn_evidence *evidence, struct dn_notes *notes,
                                    struct dn_error *err)
{
    int64_t before = rows_read(resolve);
    dn_tallies_note_keys(&resolve->lanes[0].tallies, evidence, notes);
    for (size_t i = 0; i < resolve->run.incidents->count; i++)
        dn_scopes_turn(&resolve->run.scopes[i], evidence);
    dn_impact_lane_enter(&resolve->lanes[0], evidence, resolve->files++);
    enum dn_status status =
        dn_evidence_csv(evidence) ? read_blocks(resolve, evidence, err) : read_rows(resolve, evidence, err);
    dn_impact_lane_leave(&resolve->lanes[0]);
    if (status == DN_OK)
        status = join_rejects(resolve, err);
    if (status != DN_OK)
        return status;
    dn_tallies_note_rows(evidence, rows_read(resolve) - before, notes);
    return DN_OK;
}

enum dn_status dn_resolve_file(struct dn_resolve *resolve, const char *path, struct dn_notes *notes,
                               struct dn_error *err)
{
    struct dn_evidence *evidence = NULL;
    const struct dn_resolve_options *options = resolve->run.options;
    enum dn_status status = dn_evidence_open(path, resolve->profiles, &options->evidence, &evidence, err);
    if (status != DN_OK)
        return status;
    if (options->verbose)
        dn_notes_say(notes, NULL, "%s: profile %s", dn_evidence_name(evidence), dn_evidence_profile(evidence)->name);
    status = read_evidence(resolve, evidence, notes, err);
    dn_evidence_close(evidence);
    return status;
}

static void count_record_ids(void *context, struct dn_text incident_id, int64_t record_ids)
{
    struct dn_tallies *tallies = &((struct dn_resolve *)context)->lanes[0].tallies;
    for (size_t i = 0; i < tallies->count; i++)
        if (dn_text_is(incident_id, tallies->at[i].incident->id))
            tallies->at[i].record_ids = record_ids;
}

static enum dn_status join_lanes(struct dn_resolve *resolve, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < resolve->lane_count && status == DN_OK; i++) {
        status = dn_groups_lane_flush(resolve->lanes[i].groups, err);
        if (i > 0)
            dn_tallies_add(&resolve->lanes[0].tallies, &resolve->lanes[i].tallies);
    }
    return status;
}

/* All is known that a person has to be told, and all is in place but the rows where those flow. Selected rows were
 * written as they came; they are in no group. */
static enum dn_status begin_groups(void *context, int64_t groups, bool sure, struct dn_error *err)
{
    struct dn_resolve *resolve = context;
    const struct dn_resolve_options *options = resolve->run.options;
    enum dn_status status = dn_tallies_note(&resolve->lanes[0].tallies, options->verbose, resolve->notes, err);
    if (status == DN_OK && sure && !options->select && dn_output_flow(resolve->output))
        status = dn_rejects_commit(&resolve->rejects, err);
    if (status != DN_OK || options->select)
        return status;
    dn_part_expect(resolve->run.writer, groups, resolve->output);
    return DN_OK;
}

static void add_group(void *context, size_t thread, const struct dn_impact *row, int64_t number, struct dn_buf *rows)
{
    const struct dn_resolve *resolve = context;
    struct dn_impact dated = *row;
    dated.determined_at = resolve->run.options->now;
    dn_pen_add(&resolve->pens[thread], &dated, rows);
    dn_part_end_row(resolve->run.writer, number, rows);
}

static void pass_groups(void *context, struct dn_text rows, int64_t count)
{
    dn_part_pass(((struct dn_resolve *)context)->run.writer, rows, count);
}

enum dn_status dn_resolve_end(struct dn_resolve *resolve, struct dn_output *output, struct dn_notes *notes,
                              struct dn_error *err)
{
    struct dn_groups_told told = {resolve, count_record_ids, begin_groups, add_group, pass_groups};
    resolve->output = output;
    resolve->notes = notes;
    resolve->pens = dn_alloc(resolve->lane_count, sizeof *resolve->pens);
    enum dn_status status = join_lanes(resolve, err);
    if (status == DN_OK)
        status = dn_groups_tell(resolve->run.groups, resolve->lane_count, &told, err);
    if (status != DN_OK)
        return status;
    dn_part_end(resolve->run.writer, output);
    resolve->run.writer = NULL;
    struct dn_output *const outputs[] = {resolve->rejects.output, output};
    status = dn_outputs_settle(outputs, 2, err); /* of two files none is seen when the other cannot be made */
    return status == DN_OK ? dn_rejects_commit(&resolve->rejects, err) : status;
}
