/* A record without a file: what a command line says, checked like a record that was read. */
#ifndef DN_INCIDENT_COMPOSE_H
#define DN_INCIDENT_COMPOSE_H

#include "incident/incident.h"

/* One finding, one scope entry, times and notice as text; NULL and empty lists are not given. Strings are borrowed. */
struct dn_incident_words {
    const char *id, *title, *kind, *provider_role;
    bool drill;
    const char *effect, *cause, *data, *confidence, *service;
    struct dn_strings data_types;
    const char *from, *until, *certainty;
    struct dn_strings addresses, actors, operations, resources, user_agents, sessions;
    const char *started, *detected;
    const char *summary, *consequences, *measures, *customer_actions;
    const char *contact_name, *contact_email, *contact_phone, *next_update;
};

/* Is anything given? */
bool dn_incident_words_given(const struct dn_incident_words *words);

/* Makes the record; by stands behind started and detected. DN_INVALID: what dn_incident_read would refuse, without a
 * place. */
enum dn_status dn_incident_compose(const struct dn_incident_words *words, const char *by, struct dn_incident *incident,
                                   struct dn_notes *notes, struct dn_error *err);

void dn_incident_words_clear(struct dn_incident_words *words);

#endif
