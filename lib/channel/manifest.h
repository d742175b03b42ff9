/* What the manifest of a run says beside the digests (duenotice-archive(5)): who, what, from what, with what. */
#ifndef DN_CHANNEL_MANIFEST_H
#define DN_CHANNEL_MANIFEST_H

#include "channel/archive.h"
#include "channel/witness.h"
#include "evidence/profile.h"
#include "ledger/ledger.h"
#include "notice/plan.h"

/* One run; all borrowed. The plan's source names the rest. */
struct dn_manifest_run {
    const struct dn_plan *plan;                                             /* the real one, also in a rehearsal */
    const char *notice, *by, *approved_by, *ledger, *outbox, *rehearsed_to; /* NULL or "": none */
    const struct dn_strings *profiles_given; /* the evidence was read with: names of stock profiles, or files */
    const struct dn_profiles *profiles;      /* ... as they were read, in the same order */
    struct dn_instant at;
};

/* Says all of it and keeps the inputs and the templates, durably: before anything leaves. DN_INVALID: an input has
 * changed since it was read. */
enum dn_status dn_manifest_begin(const struct dn_manifest_run *run, const struct dn_witness *witness,
                                 struct dn_archive *archive, struct dn_error *err);

/* Keeps a notice's bytes as they leave. context is the archive: a function that sees what leaves. */
enum dn_status dn_manifest_see(void *context, const struct dn_plan_row *row, struct dn_text bytes,
                               struct dn_error *err);

/* Makes what was seen durable: before it leaves. context is the archive. */
enum dn_status dn_manifest_settle(void *context, struct dn_error *err);

/* Says where the ledger stands and ends the manifest. */
enum dn_status dn_manifest_end(const struct dn_ledger *ledger, struct dn_instant at, struct dn_archive *archive,
                               struct dn_error *err);

#endif
