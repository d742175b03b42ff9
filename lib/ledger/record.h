/* Outcomes taken back: what people and other systems know about notices that left (ledger-record(1)). Three kinds of
 * file are read: a call sheet that callers filled in, what bounce-read prints, and a list of what was told by other
 * means. All of it is looked at before a row is appended, and one run appends all or nothing: the caller commits. */
#ifndef DN_LEDGER_RECORD_H
#define DN_LEDGER_RECORD_H

#include "base/note.h"
#include "base/table.h"
#include "ledger/ledger.h"

enum dn_record_kind { DN_RECORD_CALL, DN_RECORD_REPORT, DN_RECORD_OTHER };

/* One outcome as a file tells it. Strings are owned and never NULL. */
struct dn_record {
    enum dn_record_kind kind;
    const char *file; /* its name in messages, owned by the list */
    int64_t line;
    size_t number;                                      /* of the outcome in this run, from 0 */
    char *incident_id, *notice, *tenant_id, *recipient; /* "" where the file does not say */
    char key[DN_SHA256_HEX];
    enum dn_state state;
    enum dn_required required; /* of other means */
    char *code, *reason, *reference, *by;
    struct dn_instant happened_at; /* no time: when it is recorded */
};

/* Starts zeroed. */
struct dn_records {
    struct dn_record *at;
    size_t count, room;
    struct dn_strings files;
    size_t empty;  /* rows of call sheets that nobody filled in */
    size_t untied; /* reports without a key */
};

/* Reads one file of whatever kind its header says; delimiter 0: a comma or what a "sep=" line says. by: for rows that
 * name nobody. DN_INVALID: another kind of file, a row that is half filled in or wrong, with its place; DN_SYSTEM. */
enum dn_status dn_records_read(const char *path, char delimiter, const char *by, struct dn_records *records,
                               struct dn_error *err);
void dn_records_clear(struct dn_records *records);

/* A person's decision on what is `unknown`: the peer took it, or it is to be sent again. */
struct dn_decision {
    char *key; /* NULL: every unknown one */
    bool resend;
};

/* Starts zeroed. */
struct dn_decisions {
    struct dn_decision *at;
    size_t count, room;
};

/* Takes "KEY=accepted", "all=resend" and so on. False: it is none of these, or contradicts an earlier one. */
bool dn_decisions_add(struct dn_decisions *decisions, const char *text);
void dn_decisions_clear(struct dn_decisions *decisions);

/* What a run records; all borrowed. */
struct dn_record_run {
    struct dn_ledger *ledger;
    struct dn_records *records; /* are brought into the order in which they happened */
    const struct dn_decisions *decisions;
    const char *by;
    struct dn_instant now;
};

/* What came of it. */
struct dn_record_counts {
    size_t states[DN_STATE_HELD + 1]; /* rows appended, by state, without the ones below */
    size_t undelivered, missed;       /* notices that are bounced, calls that are not-reached when all is recorded */
    size_t accepted, resent;          /* rows appended for decisions */
    size_t already;                   /* outcomes and decisions that the ledger had */
    size_t standing;                  /* decisions alone that it had */
    size_t delayed;                   /* reports that a relay still tries */
    size_t stale;                     /* reports that are older than the last attempt */
    size_t clock;                     /* reports whose time cannot be: recorded without it */
    size_t backward;                  /* outcomes that cannot follow the state that is there: not recorded */
    char first_backward[512];         /* the first of these, with its place */
};

/* Does it concern anything but a drill? Then the clock alone says what now is. Where nothing is named, the whole ledger
 * answers. */
enum dn_status dn_record_real(const struct dn_record_run *run, bool *real, struct dn_error *err);

/* Appends a row for each outcome and each decision, and for the other roles that share the message, without
 * committing. DN_INVALID, and nothing may be committed: a key that the ledger does not hold, a time that cannot be, a
 * decision on what is neither unknown, nor (of a key that is named, to send it again) refused or back, nor what was
 * decided already; a call that the ledger has with another outcome. */
enum dn_status dn_record_apply(const struct dn_record_run *run, struct dn_record_counts *counts, struct dn_error *err);

/* Says what was recorded and what was not. */
void dn_record_note(const struct dn_record_counts *counts, const struct dn_records *records, struct dn_notes *notes);

/* Keys that a person once decided to send again: each later attempt may be a second copy and has to say so, and has to
 * be the text of the first (duenotice-ledger(5)). Starts zeroed. */
struct dn_resends {
    struct dn_table keys;
    char (*content_sha256)[DN_SHA256_HEX]; /* by entry of keys: of what was sent */
    size_t room;
};

enum dn_status dn_resends_find(const struct dn_ledger *ledger, struct dn_resends *resends, struct dn_error *err);

/* Was this key resolved as resend? *content_sha256 (NULL allowed) becomes the digest of the text that may have arrived.
 */
bool dn_resends_has(const struct dn_resends *resends, struct dn_text key, struct dn_text *content_sha256);
void dn_resends_clear(struct dn_resends *resends);

#endif
