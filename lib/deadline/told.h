/* What ledgers and foreign tables say about telling tenants: one entry per (incident, tenant), fed row by row, so that
 * nothing but the last word under each key is kept. What it means for a deadline, audit.h decides. */
#ifndef DN_DEADLINE_TOLD_H
#define DN_DEADLINE_TOLD_H

#include "base/note.h"
#include "base/table.h"
#include "deadline/due.h"
#include "deadline/obligation.h"
#include "deadline/said.h"
#include "ledger/ledger.h"

/* The last word under one key. */
struct dn_told_key {
    char key[DN_SHA256_HEX];
    enum dn_channel channel;
    enum dn_required required;
    enum dn_state state;
    bool initial, drill; /* the notice is the initial one; it belongs to an exercise */
    bool outbox;         /* what satisfied it lies in an outbox */
    bool went_out;       /* something left, or may have left, whatever became of it */
    bool backwards;      /* its states do not follow one another: what became of it is unknown */
    char *reason;        /* NULL: none */
    struct dn_instant satisfied_at;
    struct dn_instant under[DN_POLICY_COUNT]; /* the same under each policy */
    size_t notice;                            /* index into the list's notices */
    size_t source;                            /* index into sources */
    int64_t seq, satisfied_seq;               /* of its last row; of the row that satisfied (0: none) */
};

/* What one row of a foreign table says, or several about the same tenant: a view of a dn_said_entry. */
struct dn_told_foreign {
    struct dn_instant started_at, due_at, satisfied_at;
    struct dn_instant under[DN_POLICY_COUNT]; /* satisfied_at under each policy */
    const char *zone;                         /* NULL: no column said it */
    const struct dn_anchor *anchors;
    size_t anchor_count;
    const char *satisfied_by; /* NULL, or the state's own word */
    const char *trouble;      /* NULL, or the word for why nothing can be said */
    bool unsure;              /* an attempt with an outcome that nobody knows */
    size_t source;            /* index into sources */
    int64_t line;             /* where its first row stands */
};

/* One tenant of one incident. */
struct dn_told {
    size_t incident; /* index into incidents */
    char *tenant_id;
    struct dn_told_key *keys;
    size_t count, room;
    bool rehearsed;                        /* it has rows of a rehearsal, which say nothing */
    const struct dn_told_foreign *foreign; /* NULL: from a ledger */
};

/* What the rows of one incident say about its clock. */
struct dn_told_incident {
    char *id;
    char *regime;                   /* of its first row that names one; NULL: none does */
    struct dn_instant *declared_at; /* every one that was said, in the order of the rows */
    size_t declared_count, declared_room;
    struct dn_instant due_at;    /* the earliest one said */
    struct dn_instant *said_due; /* every one that was said, in the order of the rows */
    size_t said_count, said_room;
    bool real, drill; /* it has notices that are no exercise, that are one */
};

/* A ledger or a table that was read: the evidence behind a verdict. */
struct dn_told_source {
    char *name; /* as in messages */
    int64_t rows;
    int64_t seq;               /* of the last row; 0: a foreign table */
    char chain[DN_SHA256_HEX]; /* of the last row, or "" */
};

/* Starts zeroed but for satisfied_by. */
struct dn_told_list {
    enum dn_policy satisfied_by;
    size_t threads, stretch;   /* that read a ledger, bytes that one takes at a time; 0: as it is usual */
    struct dn_strings notices; /* the notices that rows were about: initial, update-1 ... */
    struct dn_told *at;
    size_t count, room;
    struct dn_told_incident *incidents;
    size_t incident_count, incident_room;
    struct dn_told_source *sources;
    size_t source_count, source_room;
    struct dn_table tenants, ids;
    struct dn_said *said;      /* what tables say; NULL: there are none, all is from ledgers */
    struct dn_strings anchors; /* the further triggers of its entries */
};

/* An entry as it is looked at: those of tables are kept smaller. Starts zeroed; used again for the next one. */
struct dn_told_view {
    const char *incident_id;
    struct dn_told told;
    struct dn_told_foreign foreign;
    char *texts;
    size_t text_room;
    struct dn_anchor *anchors;
    size_t anchor_room;
};
void dn_told_view_clear(struct dn_told_view *view);

/* How many entries there are, and all of them by incident and tenant, bytewise, as references; the caller frees. */
size_t dn_told_count(const struct dn_told_list *list);
uint32_t *dn_told_sorted(const struct dn_told_list *list);

/* The entry of a reference, in the view or good as long; it is good until the view is used again. */
const struct dn_told *dn_told_at(const struct dn_told_list *list, uint32_t reference, struct dn_told_view *view);

/* The entry of that pair, made if it is not there. Good until the next call. */
struct dn_told *dn_told_for(struct dn_told_list *list, struct dn_text incident_id, struct dn_text tenant_id);

/* Appends the pair as a text: the key of an entry of a ledger. */
void dn_told_add_pair(struct dn_buf *pair, struct dn_text incident_id, struct dn_text tenant_id);

/* Is there an entry of that pair? *reference is its. */
bool dn_told_find(const struct dn_told_list *list, struct dn_text incident_id, struct dn_text tenant_id,
                  uint32_t *reference);

/* A new source of that path, which the rows that follow come from. Good until the next call. */
struct dn_told_source *dn_told_begin(struct dn_told_list *list, const char *path);

/* Takes one row of a ledger; rows of one key must come in their order. False: its state may not follow the key's last
 * one; from then on what became of the notice is unknown. */
bool dn_told_take(struct dn_told_list *list, const struct dn_ledger_row *row);

/* Takes a whole ledger of ours ("-": standard input). A chain that is broken, rows that are missing, states that go
 * backwards are noted and end nothing. DN_INVALID: no ledger, a wrong cell, rows out of their order. */
enum dn_status dn_told_read(struct dn_told_list *list, const char *path, struct dn_notes *notes, struct dn_error *err);

/* Is it settled that the tenant was told? MAYBE: that hangs on an outcome that nobody knows. */
enum dn_sure { DN_SURE_NO, DN_SURE_MAYBE, DN_SURE_YES };

/* What all keys of the initial notice come to: each `all` channel and one of the `any` channels, a channel with its
 * first recipient. */
struct dn_told_sum {
    enum dn_sure sure;
    struct dn_instant at; /* YES: when the last of them was */
    bool any;             /* there is a row at all that counts */
    bool went_out;        /* something left, or may have left, the house under any notice */
    bool outbox;          /* YES, and it hangs on rows of an outbox */
    struct dn_buf by;     /* YES: the channels, ';' between them */
    struct dn_buf why;    /* else: "channel:state" of those that are not satisfied, ';' between them */
};

/* drill: the incident is an exercise, so that its drill- notices count, and only they. A sum starts zeroed, is used
 * again for the next tenant, and is cleared by the caller. */
void dn_told_sum(const struct dn_told *told, bool drill, struct dn_told_sum *sum);

/* The same under another policy than the declared one. A foreign table without a state column says the same
 * under each. */
void dn_told_sum_under(const struct dn_told *told, bool drill, enum dn_policy policy, struct dn_told_sum *sum);

/* The same of one notice that is not the initial one: an index into the list's notices. */
void dn_told_sum_notice(const struct dn_told *told, bool drill, size_t notice, struct dn_told_sum *sum);

/* Empties it, but keeps its memory. */
void dn_told_sum_reset(struct dn_told_sum *sum);
void dn_told_sum_clear(struct dn_told_sum *sum);

void dn_told_list_clear(struct dn_told_list *list);

#endif
