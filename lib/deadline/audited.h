/* An audit that was made, as its reports see it: the rows, and what they were made from. A report adds no verdict of
 * its own. */
#ifndef DN_DEADLINE_AUDITED_H
#define DN_DEADLINE_AUDITED_H

#include "base/note.h"
#include "deadline/obligation.h"
#include "deadline/told.h"
#include "tenant/affected.h"

/* All borrowed. */
struct dn_audited {
    const struct dn_obligations *obligations; /* sorted */
    const struct dn_incidents *incidents;     /* count 0: no record was given */
    const struct dn_affected_list *affected;  /* sorted; NULL: coverage was not checked */
    const struct dn_told_list *told;
    const struct dn_notes *notes; /* one that needs a person makes the exit status 1 */
    struct dn_instant now;
    const char *satisfied_by; /* the state that means told; NULL: a table without states */
    int64_t warn_s;           /* how long before its due time something is named; -1: nobody said */
    bool verified, head_given, subset;
};

/* The tenant's name, or "" where nothing gives one. */
const char *dn_audited_name(const struct dn_audited *audited, const struct dn_obligation *row);

/* Its entry in what was read, or NULL; it may be in the view. */
const struct dn_told *dn_audited_told(const struct dn_audited *audited, const struct dn_obligation *row,
                                      struct dn_told_view *view);

/* Is everything in it an exercise? Is that row one? */
bool dn_audited_is_drill(const struct dn_audited *audited);
bool dn_obligation_is_drill(const struct dn_obligation *row);

/* When an incident's stage was reached: the record's word, else what the streams say of the last two. */
struct dn_instant dn_audited_reached(const struct dn_audited *audited, const struct dn_incident *incident,
                                     enum dn_stage stage);

/* Rows of the incident: how many oblige to tell somebody, and how many of these are open. */
struct dn_progress {
    size_t due, open;
};
struct dn_progress dn_audited_progress(const struct dn_audited *audited, const struct dn_incident *incident);

/* The number of rows of each verdict. */
void dn_obligations_count(const struct dn_obligations *obligations, size_t counts[DN_VERDICT_COUNT]);

/* Is there still something to be done about this row: not told, or not known? */
bool dn_verdict_is_open(enum dn_verdict verdict);

/* Of the rows that are still to be told (open false: that were), the one with the least time left, or NULL. */
const struct dn_obligation *dn_obligations_tightest(const struct dn_obligations *obligations, bool open);

/* The 50th, 90th and 99th percentile and the maximum (nearest rank) of the elapsed seconds of those who were told (met,
 * late and excused); overrun: of told minus due, negative in time. Returns how many were counted; 0 sets nothing. */
size_t dn_obligations_percentiles(const struct dn_obligations *obligations, bool overrun, int64_t values[4]);

#endif
