/* Changing a record: stages, findings, holds, status. Every change becomes a clause of one revision per run; anchors
 * (incident-declared, breach-declared) never move later. */
#ifndef DN_INCIDENT_REVISE_H
#define DN_INCIDENT_REVISE_H

#include "incident/incident.h"

/* One run's changes to one record. incident, now, by and notes are set by the caller, the rest starts zeroed. */
struct dn_revising {
    struct dn_incident *incident;
    struct dn_instant now;
    const char *by;
    const char *note; /* for the timeline entries of this run, else for its revision; NULL: none */
    struct dn_notes *notes;
    struct dn_buf change; /* clauses so far, "; " between them */
    bool noted;           /* the note is in the timeline */
    bool stamped;         /* incident-declared was stamped by this run */
    bool breach_added;    /* a finding of this run makes it a breach */
};

/* Frees what it owns; the record is the caller's. */
void dn_revising_clear(struct dn_revising *revising);

/* Adds a clause. */
void dn_revise_say(struct dn_revising *revising, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Records that a stage was reached. An anchor that stands stays: an equal time changes nothing, an earlier or later one
 * is DN_INVALID. breach-declared needs a finding that makes it a breach. */
enum dn_status dn_revise_stage(struct dn_revising *revising, enum dn_stage stage, struct dn_instant at,
                               struct dn_error *err);

/* Moves an anchor earlier, as a new timeline entry. DN_INVALID: no anchor, not there yet, not earlier, or the approver
 * is the person who does it. */
enum dn_status dn_revise_anchor(struct dn_revising *revising, enum dn_stage stage, struct dn_instant at,
                                const char *approved_by, struct dn_error *err);

/* Reads a partial record (title, reports, findings, scope, distrust, notice; id and schema if given must fit) and
 * merges it: findings and reports are appended unless an equal one is there; scope, title, distrust.addresses and
 * distrust.domains are replaced when given; of the notice, the parts given are replaced and the others stay. */
enum dn_status dn_revise_file(struct dn_revising *revising, const char *path, struct dn_error *err);

/* Merges a whole record of the same id, emptying what it takes from it: as dn_revise_file, and stages, holds,
 * exemptions and revisions are appended unless they are there. Anchors, clock and status stay (said). drill, kind and
 * provider_role must be the same where given. */
enum dn_status dn_revise_record(struct dn_revising *revising, struct dn_incident *from, struct dn_error *err);

/* Adds the one hold or exemption of a file; an incomplete one, or one approved in the future, is DN_INVALID. */
enum dn_status dn_revise_hold(struct dn_revising *revising, const char *path, struct dn_error *err);
enum dn_status dn_revise_exemption(struct dn_revising *revising, const char *path, struct dn_error *err);

/* open or declared become withdrawn, each of them and withdrawn become closed; anything else is DN_INVALID, and so is
 * closing an open record whose findings make it a breach. reason may be NULL. */
enum dn_status dn_revise_status(struct dn_revising *revising, enum dn_incident_status status, const char *reason,
                                struct dn_error *err);

/* The decision: a finding on customer data, confirmed or likely, makes an open record declared and stamps the anchors
 * that are missing at `at` (DN_INSTANT_NONE: now); otherwise it stays open ("[not-a-breach]", attention). Says which
 * time it took. A withdrawn or closed record stays so. */
enum dn_status dn_revise_decide(struct dn_revising *revising, struct dn_instant at, struct dn_error *err);

/* Appends the revision, if there is a clause (or a note that nothing else took). */
void dn_revise_end(struct dn_revising *revising);

/* Do the times of the stages make sense? DN_INVALID: one in the future, started > detected, detected > declared,
 * declared > breach-declared, detected later than a customer's report. Other stages may overlap: "[overlap]", said.
 * file: where the timeline was read, for messages; NULL: it is not only from there. */
enum dn_status dn_incident_check_stages(const struct dn_incident *incident, const char *file, struct dn_instant now,
                                        struct dn_notes *notes, struct dn_error *err);

#endif
