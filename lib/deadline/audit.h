/* The audit: every clock that applies to every tenant, judged at one instant. What was told (told.h) against who had to
 * be (affected stream), when (regimes, incident record or the ledger's own times), and who may be told later or not at
 * all. */
#ifndef DN_DEADLINE_AUDIT_H
#define DN_DEADLINE_AUDIT_H

#include "base/note.h"
#include "deadline/almanac.h"
#include "deadline/obligation.h"
#include "deadline/regime.h"
#include "deadline/summary.h"
#include "deadline/told.h"
#include "tenant/affected.h"

/* Takes one row, which is good until it returns. */
typedef void dn_obligation_function(void *context, const struct dn_obligation *row);

/* What is audited; all borrowed. */
struct dn_audit {
    const struct dn_incidents *incidents;    /* count 0: no record was given, the ledger's own times count */
    const struct dn_affected_list *affected; /* sorted; NULL: coverage is not checked */
    const struct dn_told_list *told;
    const struct dn_regimes *regimes;
    const char *regime; /* judges every incident; NULL: the record's, else the ledger's, else the default */
    struct dn_instant now;
    bool now_fixed;             /* somebody said what now is: rows of an outbox are not named */
    int64_t undue_s;            /* told later than this after it was known whom to tell: slow */
    int64_t warn_s;             /* pending with no more than this left is named; -1: is not */
    struct dn_almanac *almanac; /* calendars and zones, read as they are asked for */
    const char *zone;           /* where nothing better is known; NULL: not known */
    const char *explain;        /* a tenant whose reckonings are wanted; NULL: nobody's */
    struct dn_buf *explained;   /* they are appended here */
    bool policies;              /* rows say, too, what they would be if another state satisfied */
    dn_obligation_function
        *take;                  /* gets each row instead of obligations, by incident, tenant, regime; NULL: none does */
    void *context;              /* for it */
    struct dn_summary *summary; /* rows are counted here instead, and nobody sees them; NULL: they are not */
    size_t threads;             /* that count; 0: one for each core */
};

/* Fills obligations (sorted) and adds what needs a person to notes, each kind once with its count. DN_INVALID: an
 * incident that no record names, an unknown regime. */
enum dn_status dn_audit_run(const struct dn_audit *audit, struct dn_obligations *obligations, struct dn_notes *notes,
                            struct dn_error *err);

#endif
