#include "incident/incident.h"

const char *const dn_incident_status_words[] = {"open", "declared", "withdrawn", "closed", NULL};
const char *const dn_incident_kind_words[] = {"security", "privacy", NULL};
const char *const dn_provider_role_words[] = {"processor", "controller", NULL};
const char *const dn_effect_words[] = {"access",      "disclosure",   "alteration", "loss",
                                       "destruction", "unclassified", "unresolved", NULL};
const char *const dn_cause_words[] = {"accidental", "unlawful", "unauthorised", NULL};
const char *const dn_data_words[] = {"customer", "provider", "none", NULL};
const char *const dn_confidence_words[] = {"suspected", "likely", "confirmed", NULL};
const char *const dn_certainty_words[] = {"potential", "confirmed", NULL};
const char *const dn_stage_words[] = {"event-started",
                                      "event-detected",
                                      "on-call-engaged",
                                      "security-response-engaged",
                                      "incident-declared",
                                      "breach-declared",
                                      "customer-impact-determined",
                                      "affected-customers-determined",
                                      "affected-customers-notified",
                                      NULL};

int dn_word_find(const char *const *words, struct dn_text word)
{
    for (int i = 0; words[i] != NULL; i++)
        if (dn_text_is(word, words[i]))
            return i;
    return -1;
}

bool dn_incident_id_valid(struct dn_text id)
{
    if (id.size == 0 || id.size > 128)
        return false;
    for (size_t i = 0; i < id.size; i++) {
        char c = id.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}
