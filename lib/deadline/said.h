/* What other systems' tables say about telling tenants, folded row by row into one small entry for each (incident,
 * tenant): 20 bytes, a place in an index, and its ids, once for all entries of a tenant. Entries lie in shards by their
 * tenant, so that several threads fold at once; each shard takes blocks of rows in the order of the table, so that what
 * they come to does not depend on the number of threads. */
#ifndef DN_DEADLINE_SAID_H
#define DN_DEADLINE_SAID_H

#include "base/table.h"
#include "deadline/due.h"
#include "deadline/obligation.h"

#define DN_SAID_SHARDS 16

/* An incident of rows, made once for all that a thread comes upon while it can. */
struct dn_said_incident {
    struct dn_text id;
    uint64_t hash;                    /* dn_hash of the id */
    uint32_t numbers[DN_SAID_SHARDS]; /* that shards have for it, + 1; 0: not known yet */
};

/* One row of a table. */
struct dn_said_row {
    uint64_t hash;                     /* of its tenant */
    struct dn_said_incident *incident; /* good as long as the batch */
    const char *tenant_id;             /* the same */
    struct dn_instant due, satisfied;  /* DN_INSTANT_NONE: it could not be read, or is not there */
    int64_t line;
    uint32_t tenant_size;
    uint32_t word;                     /* dn_said_word of the state, if that says told; 0: no state was asked for */
    signed char rank;                  /* the last policy under which its state says told; -1: none */
    bool told : 1, unsure : 1;         /* its state says told; says that nobody knows */
    bool fine : 1, satisfied_fine : 1; /* all its times could be read; the one of being told could */
};

/* What only rows of some tables say. */
struct dn_said_more {
    int64_t started; /* ticks (said_time.h) */
    uint8_t started_rest;
    uint32_t zone;  /* dn_said_word */
    size_t anchors; /* the first of its anchors among the batch's */
};

/* Rows of one block, by shard and there in their order. Starts zeroed. */
struct dn_said_batch {
    struct dn_said_rows {
        struct dn_said_row *at;
        struct dn_said_more *more; /* NULL: no row of the table has any */
        size_t count, room;
    } shards[DN_SAID_SHARDS];
    struct dn_instant *anchors;
    size_t anchor_count, anchor_room;
};

/* What the tables can say. */
struct dn_said_kind {
    bool has_state;
    bool regime_given;   /* it judges rows without a due time */
    bool has_zone;       /* rows have a zone */
    bool policies;       /* what rows come to under each policy is wanted, and states tell it */
    size_t anchor_count; /* of each row */
};

/* Opaque. */
struct dn_said;

/* A new, empty one. dn_said_free allows NULL. */
struct dn_said *dn_said_new(const struct dn_said_kind *kind);
void dn_said_free(struct dn_said *said);

/* Another table begins, with that number (up to 2^24) as a source; its blocks count from 0 again. has_due: it has a
 * column for it, so that a row without one is a trouble. */
void dn_said_begin(struct dn_said *said, size_t source, bool has_started, bool has_due);

/* Do rows of the table have more to say? */
bool dn_said_has_more(const struct dn_said *said);

/* The hash of a tenant's id, keyed by the process's secret. */
uint64_t dn_said_tenant_hash(const struct dn_said *said, struct dn_text id);

/* The number of a state or a zone, from 1 on; 0: it is empty. Any thread may ask. */
uint32_t dn_said_word(struct dn_said *said, struct dn_text word);

/* Adds a row, which has its pair and nothing else yet: the caller sets the rest, and of *more as well, if rows have
 * more. Both are good until the next one is added. */
struct dn_said_row *dn_said_batch_add(const struct dn_said *said, struct dn_said_batch *batch,
                                      struct dn_said_incident *incident, struct dn_text tenant_id,
                                      struct dn_said_more **more);

/* Room for the anchors of a row; good until the next call. *first is their place, for dn_said_more. */
struct dn_instant *dn_said_batch_anchors(struct dn_said_batch *batch, size_t count, size_t *first);

void dn_said_batch_clear(struct dn_said_batch *batch);

/* Folds the rows of a block, and empties the batch for the next one. Every block must come, by any thread, each of them
 * once, also one without rows; numbers count on without gaps, and one waits until its turn has come. */
void dn_said_take(struct dn_said *said, size_t block, struct dn_said_batch *batch);

/* The times of an entry. */
struct dn_said_times {
    struct dn_instant started_at, due_at, satisfied_at;
    const char *trouble; /* NULL, or a word: repeated, no-time, time, no-due */
    bool unsure;         /* nobody knows whether the tenant was told, if it does not say so */
};

/* What its rows came to; texts are good until it is freed. */
struct dn_said_entry {
    struct dn_text incident_id, tenant_id;
    struct dn_text satisfied_by, zone;
    struct dn_said_times times;
    struct dn_instant under[DN_POLICY_COUNT];
    const struct dn_instant *anchors;
    size_t source;
    int64_t line; /* of its first row */
};

/* What finds entries by their ids is needed no more: nothing more is taken or looked for. */
void dn_said_settle(struct dn_said *said);

/* How many entries there are. */
size_t dn_said_count(const struct dn_said *said);

/* Entries by reference: all of a shard are first, first + DN_SAID_SHARDS, ... The shard's number is the first. */
size_t dn_said_shard_count(const struct dn_said *said, size_t shard);
void dn_said_at(const struct dn_said *said, uint32_t reference, struct dn_said_entry *entry);

/* Its times alone, which decide most entries: its texts lie elsewhere. */
void dn_said_times(const struct dn_said *said, uint32_t reference, struct dn_said_times *times);

/* Fetches an entry that dn_said_at will soon be asked for. */
void dn_said_fetch(const struct dn_said *said, uint32_t reference);

/* The entry of that pair; UINT32_MAX: none. */
uint32_t dn_said_find(const struct dn_said *said, struct dn_text incident_id, struct dn_text tenant_id);

/* All references by incident and tenant, bytewise; the caller frees. */
uint32_t *dn_said_sorted(const struct dn_said *said);

/* Adds all incident ids, each once, in no order. */
void dn_said_incidents(const struct dn_said *said, struct dn_table *ids);

#endif
