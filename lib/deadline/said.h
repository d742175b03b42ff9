/* What other systems' tables say about telling tenants, folded row by row into one small entry for each (incident,
 * tenant): 48 bytes, a place in an index, and its ids, once for all entries of a tenant. Entries lie in shards by their
 * tenant, so that several threads fold at once; each shard takes blocks of rows in the order of the table, so that what
 * they come to does not depend on the number of threads. */
#ifndef DN_DEADLINE_SAID_H
#define DN_DEADLINE_SAID_H

#include "base/table.h"
#include "deadline/due.h"
#include "deadline/obligation.h"

/* One row of a table. Times that could not be read, or are not there, are DN_INSTANT_NONE. */
struct dn_said_row {
    struct dn_text incident_id, tenant_id, state, zone;
    struct dn_instant started_at, due_at, satisfied_at;
    const struct dn_instant *anchors;
    int64_t line;
    uint64_t incident_hash, tenant_hash; /* of the ids: dn_hash, dn_said_tenant_hash */
    signed char rank;                    /* the last policy under which its state says told; -1: none */
    bool told, unsure;                   /* its state says told; says that nobody knows */
    bool fine, satisfied_fine;           /* all its times could be read; the one of being told could */
};
#define DN_SAID_SHARDS 16

/* Where a row goes. */
struct dn_said_key {
    uint64_t hash; /* of its pair */
    uint32_t row, shard;
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
void dn_said_begin(struct dn_said *said, size_t source, bool has_due);

/* The hash of a tenant's id, keyed by the process's secret. */
uint64_t dn_said_tenant_hash(const struct dn_said *said, struct dn_text id);

/* The key of a row of that number. */
struct dn_said_key dn_said_key(const struct dn_said_row *row, uint32_t number);

/* Folds the rows of a block. Their keys stand by shard and then in the order of the rows: those of a shard are
 * keys[starts[shard]] up to keys[starts[shard + 1]]. Every block must come, by any thread, each of them once, also one
 * without rows; numbers count on without gaps, and one waits until its turn has come. */
void dn_said_take(struct dn_said *said, size_t block, const struct dn_said_row *rows, const struct dn_said_key *keys,
                  const size_t starts[DN_SAID_SHARDS + 1]);

/* What its rows came to; texts are good until it is freed. */
struct dn_said_entry {
    struct dn_text incident_id, tenant_id;
    struct dn_text satisfied_by, zone;
    struct dn_instant started_at, due_at, satisfied_at;
    struct dn_instant under[DN_POLICY_COUNT];
    const struct dn_instant *anchors;
    const char *trouble; /* NULL, or a word: repeated, no-time, time, no-due */
    bool unsure;
    size_t source;
    int64_t line; /* of its first row */
};

/* Frees what finds entries by their ids: nothing more is taken or looked for. */
void dn_said_settle(struct dn_said *said);

size_t dn_said_count(const struct dn_said *said);

/* Entries by reference: all of a shard are first, first + DN_SAID_SHARDS, ... The shard's number is the first. */
size_t dn_said_shard_count(const struct dn_said *said, size_t shard);
void dn_said_at(const struct dn_said *said, uint32_t reference, struct dn_said_entry *entry);

/* The times of an entry, without its texts. */
struct dn_said_times {
    struct dn_instant started_at, due_at, satisfied_at;
    bool trouble, unsure;
};
void dn_said_times(const struct dn_said *said, uint32_t reference, struct dn_said_times *times);

/* The entry of that pair; UINT32_MAX: none. */
uint32_t dn_said_find(const struct dn_said *said, struct dn_text incident_id, struct dn_text tenant_id);

/* All references by incident and tenant, bytewise; the caller frees. */
uint32_t *dn_said_sorted(const struct dn_said *said);

/* Adds all incident ids, each once, in no order. */
void dn_said_incidents(const struct dn_said *said, struct dn_table *ids);

#endif
