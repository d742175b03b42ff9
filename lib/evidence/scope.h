/* Is a row of evidence in an incident's scope (CONTRACT sections 3.1 and 3.2)? Keys are three-valued: a cell that
 * cannot be read leaves them undecided, and a row that only undecided keys keep out is a reject. */
#ifndef DN_EVIDENCE_SCOPE_H
#define DN_EVIDENCE_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/evidence.h"
#include "incident/incident.h"

enum dn_verdict { DN_VERDICT_OUT, DN_VERDICT_UNSUCCESSFUL, DN_VERDICT_REJECT, DN_VERDICT_IN };

/* What a row came to for one incident. */
struct dn_judgement {
    enum dn_verdict verdict;
    enum dn_certainty certainty; /* IN: of the strongest entry that accepts it */
    const char *reason;          /* REJECT: a word */
    int64_t column;              /* REJECT: field number, 0: the row as a whole */
};

/* The keys of a scope entry, cheapest first, with what `except` says behind them. */
enum dn_scope_key {
    DN_KEY_WINDOW,
    DN_KEY_OPERATIONS,
    DN_KEY_ACTORS,
    DN_KEY_ADDRESSES,
    DN_KEY_SERVICES,
    DN_KEY_RESOURCES,
    DN_KEY_USER_AGENTS,
    DN_KEY_SESSIONS,
    DN_KEY_EXCEPT
};
#define DN_KEYS 9
extern const char *const dn_scope_key_words[];

/* How many rows came to each key of one entry, and how many it let through. Starts zeroed. */
struct dn_funnel {
    int64_t reached[DN_KEYS], passed[DN_KEYS];
};

/* Is the key given in the entry? The field that it asks (the window: DN_FIELD_AT; except: none, -1). */
bool dn_scope_has(const struct dn_scope *scope, enum dn_scope_key key);
int dn_scope_field(enum dn_scope_key key);

/* Is the key given in these indicators (of the entry, or of its except)? */
bool dn_indicators_have(const struct dn_indicators *indicators, enum dn_scope_key key);

/* An incident's scope, made ready for very many rows. Starts zeroed. */
struct dn_scopes {
    const struct dn_incident *incident;
    struct dn_scope_entry *at; /* one for each entry */
    bool one_window;           /* all have the same */
    int shared;                /* so many turns of all entries are the same, and plain */
};

/* Makes it ready; the incident is borrowed. */
void dn_scopes_begin(struct dn_scopes *scopes, const struct dn_incident *incident);
void dn_scopes_clear(struct dn_scopes *scopes);

/* Turns to a file: its plain columns are asked before those inside JSON. Afterwards threads may share the scopes. */
void dn_scopes_turn(struct dn_scopes *scopes, const struct dn_evidence *evidence);

/* For a first look at rows (sieve.h). How many keys every row is asked first by each entry, with the same values in all
 * of them and in plain columns; all keys of one entry in their order; does a list of it accept the value? */
int dn_scopes_shared(const struct dn_scopes *scopes);
int dn_scopes_turns(const struct dn_scopes *scopes, size_t entry, enum dn_scope_key keys[DN_KEYS]);
bool dn_scopes_accept(const struct dn_scopes *scopes, size_t entry, enum dn_scope_key key, struct dn_text value);

/* Judges the row that was read last. funnels has one for each entry of the scope. The record must have no fault. */
struct dn_judgement dn_scopes_judge(const struct dn_scopes *scopes, struct dn_evidence *evidence,
                                    struct dn_funnel *funnels);

#endif
