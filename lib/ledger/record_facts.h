/* Inside lib/ledger: what the ledger knows about the keys that a run of ledger-record concerns, found in one pass. */
#ifndef DN_LEDGER_RECORD_FACTS_H
#define DN_LEDGER_RECORD_FACTS_H

#include "ledger/record.h"

#define DN_NO_ROW INT64_MIN /* no place of a row */
#define DN_NO_FOLLOWER SIZE_MAX

/* About one key. */
struct dn_key_fact {
    struct dn_instant first_at;  /* of its first row; no time: the ledger does not hold it */
    struct dn_instant intent_at; /* of its last intent */
};

/* Starts zeroed. */
struct dn_record_facts {
    struct dn_table keys; /* of the records */
    struct dn_key_fact *key_facts;
    struct dn_table tenants; /* (incident, notice, tenant) of records of other means */
    int64_t *tenant_rows;    /* place of the last row, DN_NO_ROW: none */
    struct dn_table states;  /* (key, attempt, state) that are there */
    struct dn_table calls;   /* (key, time): a person's outcomes */
    int64_t *call_rows;      /* place of the row */
    size_t call_room;
    /* Keys whose rows take the states of another one's, since one message serves both roles. */
    struct dn_table leaders, followers;
    size_t *first_follower; /* by entry of leaders: an entry of followers */
    size_t leader_room;
    size_t *next_follower; /* by entry of followers: the next one of the same message, DN_NO_FOLLOWER: none */
    size_t follower_room;
    struct dn_buf scratch;
};

enum dn_status dn_record_facts_find(const struct dn_record_run *run, struct dn_record_facts *facts,
                                    struct dn_error *err);
void dn_record_facts_clear(struct dn_record_facts *facts);

/* Takes note of the ledger's row at that place. */
void dn_record_facts_add(struct dn_record_facts *facts, const struct dn_ledger_row *row, int64_t place);

const struct dn_key_fact *dn_record_facts_key(const struct dn_record_facts *facts, struct dn_text key);

/* The place of the last row about a tenant and a notice, DN_NO_ROW: none. */
int64_t dn_record_facts_tenant(struct dn_record_facts *facts, const struct dn_record *record);

bool dn_record_facts_state(struct dn_record_facts *facts, struct dn_text key, int64_t attempt, enum dn_state state);

/* The place of the row of what a person recorded for that key and time, DN_NO_ROW: none. */
int64_t dn_record_facts_call(struct dn_record_facts *facts, struct dn_text key, struct dn_instant at);

/* The key that a row's reason names as the one whose message it shares; empty: none. */
struct dn_text dn_record_leader(const struct dn_ledger_row *row);

#endif
