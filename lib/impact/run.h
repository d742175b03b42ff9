/* Runs: groups and their record ids in order of their keys, in an unlinked temporary file, and the merge of several.
 * Inside lib/impact only. */
#ifndef DN_IMPACT_RUN_H
#define DN_IMPACT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "incident/incident.h"
#include "time/instant.h"

/* What is known of one group beside its key and record ids. */
struct dn_figures {
    int64_t rows, events; /* events: of rows without a record id */
    int64_t data_subjects;
    enum dn_certainty certainty;
    struct dn_instant first, last;
    struct dn_text evidence; /* of the earliest row */
};

/* Adds `from` to `into`; true if `from` had the earliest row, so that its evidence was taken over (by view). */
bool dn_figures_add(struct dn_figures *into, const struct dn_figures *from);

/* Who takes sorted groups: group, then each of its record ids once in order, then end. All return DN_OK or DN_SYSTEM.
 */
struct dn_run_sink {
    void *context;
    enum dn_status (*group)(void *context, struct dn_text key, const struct dn_figures *figures, struct dn_error *err);
    enum dn_status (*record_id)(void *context, struct dn_text record_id, struct dn_error *err);
    enum dn_status (*end)(void *context, struct dn_error *err);
};

/* One run. */
struct dn_run;

/* A new empty run in $TMPDIR. DN_OK or DN_SYSTEM. */
enum dn_status dn_run_new(struct dn_run **run, struct dn_error *err);

/* A sink that writes into the run. */
struct dn_run_sink dn_run_sink(struct dn_run *run);

/* Merges runs into the sink: groups of one key become one, a record id of several runs comes once. The runs are read
 * from their start; nothing is written to them afterwards. DN_OK or DN_SYSTEM. */
enum dn_status dn_runs_merge(struct dn_run *const *runs, size_t count, const struct dn_run_sink *sink,
                             struct dn_error *err);

/* Frees it; NULL allowed. */
void dn_run_free(struct dn_run *run);

#endif
