/* The variables of templates (duenotice-template(5)): one list, from which the enum, the names and the checks come. A
 * value is text; an empty one is not known. */
#ifndef DN_NOTICE_VARIABLE_H
#define DN_NOTICE_VARIABLE_H

/* In the order of the manual page: the incident, the customer, the provider, what happened, how much, when, the words
 * of the record, whom to ask, what is attached, fixed words. */
#define DN_VARIABLES(X)                                                                                                \
    X(incident_id)                                                                                                     \
    X(incident_title)                                                                                                  \
    X(notice)                                                                                                          \
    X(drill)                                                                                                           \
    X(security)                                                                                                        \
    X(privacy)                                                                                                         \
    X(processor)                                                                                                       \
    X(controller)                                                                                                      \
    X(tenant_id)                                                                                                       \
    X(tenant_name)                                                                                                     \
    X(provider)                                                                                                        \
    X(misuse_contact)                                                                                                  \
    X(callback)                                                                                                        \
    X(dpa_reference)                                                                                                   \
    X(effects)                                                                                                         \
    X(certainty)                                                                                                       \
    X(confirmed)                                                                                                       \
    X(potential)                                                                                                       \
    X(services)                                                                                                        \
    X(data_types)                                                                                                      \
    X(data_subject_categories)                                                                                         \
    X(data_subjects)                                                                                                   \
    X(resources)                                                                                                       \
    X(rows)                                                                                                            \
    X(events)                                                                                                          \
    X(event_started)                                                                                                   \
    X(first_seen)                                                                                                      \
    X(last_seen)                                                                                                       \
    X(event_detected)                                                                                                  \
    X(incident_declared)                                                                                               \
    X(breach_declared)                                                                                                 \
    X(customer_identified)                                                                                             \
    X(summary)                                                                                                         \
    X(consequences)                                                                                                    \
    X(measures)                                                                                                        \
    X(customer_actions)                                                                                                \
    X(next_update)                                                                                                     \
    X(contact)                                                                                                         \
    X(contact_name)                                                                                                    \
    X(contact_email)                                                                                                   \
    X(contact_phone)                                                                                                   \
    X(resource_list)                                                                                                   \
    X(article_33)                                                                                                      \
    X(no_admission)                                                                                                    \
    X(not_yet_known)

#define DN_VARIABLE_ENUM(name) DN_VARIABLE_##name,
enum dn_variable { DN_VARIABLES(DN_VARIABLE_ENUM) DN_VARIABLE_COUNT };

/* Their names, NULL-ended, in the order of the enum. */
extern const char *const dn_variable_names[];

#endif
