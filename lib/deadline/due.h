/* When a notice is due: a regime's rule counted from a trigger, step by step. */
#ifndef DN_DEADLINE_DUE_H
#define DN_DEADLINE_DUE_H

#include "deadline/almanac.h"
#include "deadline/regime.h"
#include "deadline/step.h"

/* Where somebody is; NULL or "": not known. The country is an ISO 3166 code; where only the zone is known, it is the
 * zone's country. */
struct dn_place {
    const char *zone, *country;
};

/* One more time of the incident: anchor.NAME. */
struct dn_anchor {
    const char *name;
    struct dn_instant at;
};

/* What starts a clock; nothing is owned. An anchor of the name of a regime's trigger_event goes before `at`. */
struct dn_trigger {
    struct dn_instant at;
    const struct dn_anchor *anchors;
    size_t anchor_count;
    struct dn_place here, recipient,
        entity; /* trigger-zone; recipient-zone and its Member State; entity-zone and its */
};

/* What came of it. */
struct dn_reckoning {
    struct dn_instant started_at;     /* what the period was counted from: with DORA the classification */
    struct dn_instant due_at;         /* DN_INSTANT_NONE: there is a trouble */
    struct dn_instant latest_due_at;  /* the latest arguable end; due_at where nothing is disputed */
    bool exclusive, latest_exclusive; /* a notice at that very instant is late */
    const char *trouble; /* NULL, or why there is none: no-start, no-anchor, no-zone, unknown-zone, no-country,
                            no-calendar, year-not-checked, out-of-range */
    char detail[80];     /* which: the anchor, the zone, the calendar, the calendar and its year ("DE-2033"); or "" */
};

/* Sets all three places. */
void dn_trigger_place(struct dn_trigger *trigger, const char *zone, const char *country);

/* The anchor of that name, or DN_INSTANT_NONE. */
struct dn_instant dn_trigger_anchor(const struct dn_trigger *trigger, const char *name);

/* Reckons. steps (NULL: not wanted) gets what was done, also up to where it stopped. DN_OK, also without a trigger
 * (trouble "no-start"). DN_INVALID: the rule asks for something that is not known; trouble says in a word what, the
 * error in a sentence. Nothing is ever taken for UTC, for a country or for an open day by guess. */
enum dn_status dn_regime_reckon(const struct dn_regime *regime, const struct dn_trigger *trigger,
                                struct dn_almanac *almanac, struct dn_reckon_steps *steps,
                                struct dn_reckoning *reckoning, struct dn_error *err);

/* A notice of that time: in time, late but for the latest arguable reading (reason "within-1182-only"), or late. There
 * must be a due time. */
enum dn_timing { DN_TIMING_MET, DN_TIMING_ARGUABLE, DN_TIMING_LATE };
enum dn_timing dn_reckoning_timing(const struct dn_reckoning *reckoning, struct dn_instant at);

#endif
