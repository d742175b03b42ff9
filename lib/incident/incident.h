/* The incident record (CONTRACT section 3.1; incident(5)): what was found, what is in scope, when what was reached,
 * what the notice says, who may be told later or not at all. */
#ifndef DN_INCIDENT_INCIDENT_H
#define DN_INCIDENT_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/note.h"
#include "base/text.h"
#include "key/address.h"
#include "time/instant.h"

enum dn_incident_status { DN_INCIDENT_OPEN, DN_INCIDENT_DECLARED, DN_INCIDENT_WITHDRAWN, DN_INCIDENT_CLOSED };
enum dn_incident_kind { DN_KIND_SECURITY, DN_KIND_PRIVACY };
enum dn_provider_role { DN_ROLE_PROCESSOR, DN_ROLE_CONTROLLER };

/* What happened to data, weakest first as far as order matters. The last two are not effects of a finding: evidence
 * that no rule classifies, and rejected rows. */
enum dn_effect {
    DN_EFFECT_ACCESS,
    DN_EFFECT_DISCLOSURE,
    DN_EFFECT_ALTERATION,
    DN_EFFECT_LOSS,
    DN_EFFECT_DESTRUCTION,
    DN_EFFECT_UNCLASSIFIED,
    DN_EFFECT_UNRESOLVED
};
enum dn_cause { DN_CAUSE_ACCIDENTAL, DN_CAUSE_UNLAWFUL, DN_CAUSE_UNAUTHORISED };
enum dn_data { DN_DATA_CUSTOMER, DN_DATA_PROVIDER, DN_DATA_NONE };
enum dn_confidence { DN_CONFIDENCE_SUSPECTED, DN_CONFIDENCE_LIKELY, DN_CONFIDENCE_CONFIRMED };
enum dn_certainty { DN_CERTAINTY_POTENTIAL, DN_CERTAINTY_CONFIRMED };

/* The eight stages (CONTRACT section 1) and breach-declared, in this order. */
enum dn_stage {
    DN_STAGE_EVENT_STARTED,
    DN_STAGE_EVENT_DETECTED,
    DN_STAGE_ON_CALL_ENGAGED,
    DN_STAGE_SECURITY_RESPONSE_ENGAGED,
    DN_STAGE_INCIDENT_DECLARED,
    DN_STAGE_BREACH_DECLARED,
    DN_STAGE_CUSTOMER_IMPACT_DETERMINED,
    DN_STAGE_AFFECTED_CUSTOMERS_DETERMINED,
    DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED
};

/* NULL-ended words for the enums above, in their order: what the streams say. */
extern const char *const dn_incident_status_words[];
extern const char *const dn_incident_kind_words[];
extern const char *const dn_provider_role_words[];
extern const char *const dn_effect_words[];
extern const char *const dn_cause_words[];
extern const char *const dn_data_words[];
extern const char *const dn_confidence_words[];
extern const char *const dn_certainty_words[];
extern const char *const dn_stage_words[];

/* The index of a word in such a list, or -1. */
int dn_word_find(const char *const *words, struct dn_text word);

/* A customer's own report of misuse. */
struct dn_report {
    char *tenant, *kind, *reference;
    struct dn_instant received_at;
};

struct dn_finding {
    enum dn_effect effect;
    enum dn_cause cause;
    enum dn_data data;
    enum dn_confidence confidence;
    char *service, *note;
    struct dn_strings data_types;
};

/* The keys of a scope entry that name values. Empty lists are keys not given. */
struct dn_indicators {
    struct dn_strings addresses; /* as written; networks has them parsed, in the same order */
    struct dn_network *networks;
    struct dn_strings actors, operations, services, resources, user_agents, sessions;
};

/* One way into the scope: all given keys must hold, any value of a key may. {} accepts everything. */
struct dn_scope {
    struct dn_instant from, until; /* from <= at < until; none: open */
    struct dn_indicators match;
    struct dn_indicators except; /* a row that any given key of it accepts is out of this entry */
    bool has_except;
    enum dn_certainty certainty;
    bool include_attempts;
};

struct dn_timeline_entry {
    enum dn_stage stage;
    struct dn_instant at;
    char *by, *note;
    int64_t line; /* where it was read; 0 for one made here */
};

struct dn_approval {
    char *role, *by;
    struct dn_instant at;
};

/* A lawful delay. complete: tenants, from, until and two different approvers (law-enforcement: also authority and
 * reference). It counts from the later approval. */
struct dn_hold {
    char *reason, *authority, *reference;
    struct dn_strings tenants;
    struct dn_instant from, until;
    struct dn_approval *approvals;
    size_t approval_count;
    bool complete;
    struct dn_instant counts_from; /* max(from, later approval) */
};

/* Tenants not to be told, with the same two approvals. */
struct dn_exemption {
    char *reason, *evidence, *key_integrity;
    struct dn_strings tenants;
    struct dn_approval *approvals;
    size_t approval_count;
    bool complete;
};

/* What the notice says in one language; NULL parts are "not yet known". Parts may have line breaks (LF). */
struct dn_notice_words {
    char *language; /* "" for the main one */
    char *summary, *consequences, *measures, *customer_actions;
};

struct dn_notice_record {
    struct dn_notice_words *words; /* [0] is the main one (always there once read), then translations */
    size_t word_count;
    char *contact_name, *contact_email, *contact_phone;
    struct dn_instant next_update_at;
};

struct dn_revision {
    struct dn_instant at;
    char *by, *change;
};

struct dn_incident {
    char *id, *title;
    enum dn_incident_status status;
    bool drill;
    enum dn_incident_kind kind;
    enum dn_provider_role provider_role;
    struct dn_report *reports;
    size_t report_count;
    struct dn_finding *findings;
    size_t finding_count;
    struct dn_scope *scopes;
    size_t scope_count;
    struct dn_strings distrust_addresses, distrust_domains;
    struct dn_timeline_entry *timeline;
    size_t timeline_count;
    char *clock_regime; /* NULL: no clock */
    struct dn_instant clock_started_at, clock_due_at;
    struct dn_notice_record notice;
    struct dn_hold *holds;
    size_t hold_count;
    struct dn_exemption *exemptions;
    size_t exemption_count;
    struct dn_revision *revisions;
    size_t revision_count;
    int64_t line;   /* of its document */
    unsigned given; /* which of enum dn_given its document had (a record made here: 0) */
};

/* The top-level keys that matter to whoever merges a partial record into another. */
enum dn_given {
    DN_GIVEN_TITLE = 1,
    DN_GIVEN_STATUS = 2,
    DN_GIVEN_DRILL = 4,
    DN_GIVEN_KIND = 8,
    DN_GIVEN_ROLE = 16,
    DN_GIVEN_SCOPE = 32,
    DN_GIVEN_ADDRESSES = 64, /* distrust.addresses */
    DN_GIVEN_DOMAINS = 128   /* distrust.domains */
};

/* The records of one or more files. Starts zeroed. */
struct dn_incidents {
    struct dn_incident *at;
    size_t count, room;
};

/* Reads every document of path and appends it. Everything that CONTRACT section 3.1 forbids is DN_INVALID with its
 * place; an id that is there already, too. An incomplete hold or exemption is read, marked, and noted
 * ("[hold-incomplete]", attention). */
enum dn_status dn_incidents_read(const char *path, struct dn_incidents *incidents, struct dn_notes *notes,
                                 struct dn_error *err);

/* Reads the one record of path into *incident (zeroed before; the caller clears it, also after an error). None or
 * several documents are DN_INVALID. */
enum dn_status dn_incident_read(const char *path, struct dn_incident *incident, struct dn_notes *notes,
                                struct dn_error *err);

/* The same from bytes under a name. */
enum dn_status dn_incident_read_bytes(struct dn_text bytes, const char *name, struct dn_incident *incident,
                                      struct dn_notes *notes, struct dn_error *err);

/* The record of that id, or NULL. */
const struct dn_incident *dn_incidents_find(const struct dn_incidents *incidents, struct dn_text id);

void dn_incidents_clear(struct dn_incidents *incidents);
void dn_incident_clear(struct dn_incident *incident);

/* Appends the record as YAML in the order of incident(5); number 0 writes no "---". Reading it back gives the same
 * record. */
void dn_incident_write(const struct dn_incident *incident, int number, struct dn_buf *out);

/* The earliest of the customers' own reports, or NULL. */
const struct dn_report *dn_incident_first_report(const struct dn_incident *incident);

/* When a stage was first reached; DN_INSTANT_NONE: not yet. */
struct dn_instant dn_incident_reached(const struct dn_incident *incident, enum dn_stage stage);

/* Does any finding make it a breach of customer data (data customer, confirmed or likely)? */
bool dn_incident_is_breach(const struct dn_incident *incident);

/* The complete hold that covers the tenant at that instant, or NULL; the complete exemption of the tenant, or NULL. */
const struct dn_hold *dn_incident_hold(const struct dn_incident *incident, struct dn_text tenant_id,
                                       struct dn_instant at);
const struct dn_exemption *dn_incident_exemption(const struct dn_incident *incident, struct dn_text tenant_id);

/* Is this a legal incident id: letters, digits, '.', '_', '-', at least one, at most 128? */
bool dn_incident_id_valid(struct dn_text id);

#endif
