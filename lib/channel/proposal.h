/* The plan of a run of notify-send as people are asked to approve it: made out of the sources, looked at for all that
 * could keep a notice from leaving, held against the approval; and, in a rehearsal, the plan of that in its place. */
#ifndef DN_CHANNEL_PROPOSAL_H
#define DN_CHANNEL_PROPOSAL_H

#include "base/note.h"
#include "channel/order.h"
#include "channel/sources.h"
#include "notice/plan.h"
#include "notice/rehearsal.h"

/* Starts zeroed. */
struct dn_proposal {
    struct dn_plan plan;      /* what is to leave; of a rehearsal, after dn_proposal_rehearse, that one's */
    struct dn_plan real;      /* of a rehearsal: the plan that it was made from */
    const char *notice;       /* the ledger's word, but for drills: "initial", "rehearsal-initial" */
    const char *rehearsed_to; /* of a rehearsal: where all of it goes; NULL: it is none */
};

/* Makes the plan. order and sources are borrowed until _clear; now stands for the time of the intents. Errors and notes
 * as of dn_plan_make, and of dn_check_notice for what could not be composed. */
enum dn_status dn_proposal_make(const struct dn_order *order, const struct dn_sources *sources, struct dn_instant now,
                                struct dn_proposal *proposal, struct dn_notes *notes, struct dn_error *err);

/* Notes how many rows of the affected stream became how many of the plan, and of which state. */
void dn_proposal_note(const struct dn_proposal *proposal, struct dn_notes *notes);

/* May it leave? DN_INVALID: a row that the ledger cannot hold (dn_check_plan), an approval that is of another plan, or
 * one that the configuration requires and that is not there, unless the plan is only shown. Nobody to notify is an
 * attention note. */
enum dn_status dn_proposal_check(const struct dn_proposal *proposal, const struct dn_order *order,
                                 struct dn_notes *notes, struct dn_error *err);

/* Puts the plan of the rehearsal in the place of the real one, which was approved; without an address nothing happens.
 * rehearsal is borrowed until _clear. Errors as of dn_rehearsal_make. */
enum dn_status dn_proposal_rehearse(struct dn_proposal *proposal, const struct dn_rehearsal *rehearsal,
                                    struct dn_notes *notes, struct dn_error *err);

/* What people approve, also in a rehearsal. */
const struct dn_plan *dn_proposal_real(const struct dn_proposal *proposal);

void dn_proposal_clear(struct dn_proposal *proposal);

#endif
