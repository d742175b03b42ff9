/* The tally of a run: where each row read went, for each incident, and what a person has to be told about it. */
#ifndef DN_IMPACT_TALLY_H
#define DN_IMPACT_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/note.h"
#include "evidence/scope.h"
#include "incident/incident.h"

/* The first of several rows, whichever lane took them. Starts zeroed. */
struct dn_impact_tally_place {
    int64_t file, line; /* line 0: none yet */
    struct dn_buf text;
};

/* Sets a place that is empty: "file:line", or with a reason "file:line (reason)". */
void dn_impact_tally_first(struct dn_impact_tally_place *place, int64_t file, int64_t line, struct dn_text text,
                           const char *reason);

/* One incident's. The first four add up to the rows read. */
struct dn_impact_tally {
    const struct dn_incident *incident;
    int64_t in, out, unsuccessful, rejects;
    /* of those in scope */
    int64_t with_record_id, record_ids; /* rows that have one; how many different ones */
    int64_t no_time, no_resource, unclassified, unreadable, bad_subjects;
    struct dn_impact_tally_place first_reject, first_unreadable;
    struct dn_funnel *funnels; /* one for each entry of the scope */
};

/* The time span that the files of one profile cover. */
struct dn_profile_span {
    const struct dn_profile *profile;
    struct dn_instant first, last;
    struct dn_buf last_file;
};

/* All of a run. Starts zeroed. */
struct dn_tallies {
    struct dn_impact_tally *at; /* one for each incident, in their order */
    size_t count;
    int64_t rows; /* read */
    struct dn_profile_span *spans;
    size_t span_count, span_room;
};

/* Begins a tally of these incidents, which are borrowed. */
void dn_tallies_begin(struct dn_tallies *tallies, const struct dn_incidents *incidents);
void dn_tallies_clear(struct dn_tallies *tallies);

/* A row of this profile had that time. */
void dn_tallies_saw(struct dn_tallies *tallies, const struct dn_profile *profile, const char *file,
                    struct dn_instant at);

/* Adds the tallies of another lane of the same run, but for its spans. */
void dn_tallies_add(struct dn_tallies *into, const struct dn_tallies *from);

/* Notes about one file: scope keys for which it has no field (when it is opened), an export at its known cap (at its
 * end; rows is how many it had). */
void dn_tallies_note_keys(const struct dn_tallies *tallies, const struct dn_evidence *evidence, struct dn_notes *notes);
void dn_tallies_note_rows(const struct dn_evidence *evidence, int64_t rows, struct dn_notes *notes);

/* Notes about the whole run; verbose adds the line that accounts for every row. DN_INVALID: the rows do not add up,
 * which is a fault of ours. */
enum dn_status dn_tallies_note(const struct dn_tallies *tallies, bool verbose, struct dn_notes *notes,
                               struct dn_error *err);

#endif
