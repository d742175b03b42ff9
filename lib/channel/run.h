/* A run of notify-send that tells people, from the ledger that is opened to the seal that is mailed: over the network,
 * or into an outbox where the order names one. What must hold about the order of things is here: the ledger's lock
 * comes first, all that may refuse comes before anything leaves, and the archive is begun between the two. */
#ifndef DN_CHANNEL_RUN_H
#define DN_CHANNEL_RUN_H

#include <signal.h>

#include "base/note.h"
#include "channel/keeping.h"
#include "channel/order.h"
#include "channel/proposal.h"
#include "channel/reconcile.h"
#include "channel/sources.h"
#include "ledger/ledger.h"

/* What it works with; borrowed until dn_run_close. */
struct dn_run_settings {
    const struct dn_order *order;
    const struct dn_sources *sources;
    const struct dn_proposal *proposal;
    struct dn_keeping *keeping; /* cleared by dn_run_close */
    struct dn_notes *notes;
    const char *output;        /* path of the ledger's rows, which must not be the ledger; NULL: standard output */
    struct dn_reading reading; /* as it was asked for */
    bool no_wait;              /* over the network: end with what was not taken deferred */
    const volatile sig_atomic_t *signals; /* how many came: the first drains, the second gives up what is in flight; an
                                             outbox ends with the batch in hand at the first */
    struct dn_instant now;                /* when it began */
    struct dn_instant (*clock)(const void *context);
    void (*say)(void *context, const char *text);          /* a line while it runs */
    void (*progress)(void *context, const char *text);     /* a line over the last one; NULL clears it */
    void (*rows_done)(void *context, size_t rows_of_plan); /* of an outbox: how far it is */
    void *context;                                         /* of these four */
};

struct dn_run;

/* Opens the ledger and the ways out of the house and begins the archive; nobody is contacted. DN_BUSY: another run has
 * the ledger or the outbox. DN_INVALID: the ledger has other declaration times than the record, the output is the
 * ledger, a way that the plan needs cannot be used (dn_sending_check, dn_outbound_open, dn_outbox_open). DN_SYSTEM: a
 * file. *run is the caller's to close, also after an error. */
enum dn_status dn_run_open(const struct dn_run_settings *settings, struct dn_run **run, struct dn_error *err);

/* Hands over what is to leave, copies behind it, and notes what was done and what is left to people. Whatever it
 * returns, the ledger says what happened: DN_SYSTEM, the ledger or a way failed; DN_INVALID, it cannot be read back. */
enum dn_status dn_run_tell(struct dn_run *run, struct dn_error *err);

/* The ledger, good until dn_run_close: what is printed behind dn_run_tell. */
const struct dn_ledger *dn_run_ledger(const struct dn_run *run);

/* Mails the seal, judges and ends the archive's manifest. status: what it came to so far, which is returned if it is
 * not DN_OK, and then no seal is mailed. Else as dn_seal_mail, dn_sending_judge and dn_keeping_end. */
enum dn_status dn_run_end(struct dn_run *run, enum dn_status status, struct dn_error *err);

/* Gives up what is under way, closes the ways, the archive and then the ledger. NULL allowed. */
void dn_run_close(struct dn_run *run);

#endif
