/* Resolving: evidence in, impact rows (or the rows in scope, as native evidence) out. */
#ifndef DN_IMPACT_RESOLVE_H
#define DN_IMPACT_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/file.h"
#include "base/note.h"
#include "evidence/evidence.h"
#include "incident/incident.h"

struct dn_resolve_options {
    struct dn_evidence_options evidence;
    bool select;         /* write the rows in scope as native evidence instead of grouping them */
    bool verbose;        /* account for every row */
    size_t memory_bytes; /* for grouping; over it, $TMPDIR */
    size_t threads;      /* 0: one for each core; the answer is the same */
    size_t stretch;      /* bytes that a thread reads at a time; 0: as is best. For tests */
    const char *rejects; /* path; NULL: none is written */
    struct dn_instant now;
    void (*progress)(void *context, int64_t rows); /* called now and then, by this thread; NULL: not */
    void *progress_context;
};

struct dn_resolve;

/* Begins a run. All arguments are borrowed until _free. DN_OK; DN_INVALID: an incident without a scope; DN_SYSTEM: the
 * rejects cannot be written. */
enum dn_status dn_resolve_begin(const struct dn_incidents *incidents, const struct dn_profiles *profiles,
                                const struct dn_resolve_options *options, struct dn_resolve **resolve,
                                struct dn_error *err);

/* Reads one file of evidence ("-"). DN_OK, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_resolve_file(struct dn_resolve *resolve, const char *path, struct dn_notes *notes,
                               struct dn_error *err);

/* Writes the stream into output (which the caller commits), puts the rejects into place and says what a person must
 * know. DN_OK, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_resolve_end(struct dn_resolve *resolve, struct dn_output *output, struct dn_notes *notes,
                              struct dn_error *err);

/* Frees it; NULL allowed. */
void dn_resolve_free(struct dn_resolve *resolve);

#endif
