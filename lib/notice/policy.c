#include "notice/policy.h"

#include "key/glob.h"
#include "notice/content.h"
#include "notice/reach.h"

/* Has the ';' list an element that the list of words has? */
static bool has_any(const struct dn_strings *words, const char *cell)
{
    struct dn_text rest = dn_text_of(cell), element;
    while (dn_text_next(&rest, ';', &element))
        if (dn_strings_has(words, element))
            return true;
    return false;
}

static bool matches_services(const struct dn_strings *patterns, const char *cell)
{
    struct dn_text rest = dn_text_of(cell), element;
    while (dn_text_next(&rest, ';', &element))
        if (dn_glob_any(patterns, element))
            return true;
    return false;
}

static bool matches_data_types(const struct dn_strings *patterns, const struct dn_incident *incident,
                               const struct dn_affected *tenant)
{
    struct dn_strings types = {0};
    dn_content_data_types(incident, tenant, &types);
    bool is_match = false;
    for (size_t i = 0; i < types.count && !is_match; i++)
        is_match = dn_glob_any(patterns, dn_text_of(types.at[i]));
    dn_strings_clear(&types);
    return is_match;
}

static bool matches_tenants(const struct dn_strings *tenants, const char *tenant_id)
{
    for (size_t i = 0; i < tenants->count; i++)
        if (dn_tenant_same(tenants->at[i], tenant_id))
            return true;
    return false;
}

static bool matches_regimes(const struct dn_strings *regimes, const struct dn_incident *incident,
                            const struct dn_affected *tenant)
{
    bool is_incidents = incident->clock_regime && dn_strings_has(regimes, dn_text_of(incident->clock_regime));
    return is_incidents || has_any(regimes, tenant->regimes);
}

/* An empty list is a key not given; data subjects that nobody has counted are not "at least" any number. */
static bool matches(const struct dn_policy_when *when, const struct dn_incident *incident,
                    const struct dn_affected *tenant)
{
    const char *kind = dn_incident_kind_words[incident->kind];
    const char *certainty = dn_certainty_words[tenant->certainty];
    return (!when->effects.count || has_any(&when->effects, tenant->effects)) &&
           (!when->kinds.count || dn_strings_has(&when->kinds, dn_text_of(kind))) &&
           (!when->certainty || dn_text_is(dn_text_of(certainty), when->certainty)) &&
           (!when->services.count || matches_services(&when->services, tenant->services)) &&
           (!when->data_types.count || matches_data_types(&when->data_types, incident, tenant)) &&
           (!when->regimes.count || matches_regimes(&when->regimes, incident, tenant)) &&
           (!when->tenants.count || matches_tenants(&when->tenants, tenant->tenant_id)) &&
           (!when->min_resources || tenant->resources >= when->min_resources) &&
           (!when->min_data_subjects || tenant->data_subjects >= when->min_data_subjects);
}

const struct dn_policy_entry *dn_policy_find(const struct dn_config *config, const struct dn_incident *incident,
                                             const struct dn_affected *tenant)
{
    static enum dn_channel every_written[] = {DN_CHANNEL_MESSAGE_CENTER, DN_CHANNEL_EMAIL_ADMIN,
                                              DN_CHANNEL_EMAIL_PRIVACY};
    static const struct dn_policy_entry embedded = {.send = every_written, .send_count = 3, .require_all = true};
    if (!config->policy_count)
        return &embedded;
    for (size_t i = 0; i < config->policy_count; i++)
        if (matches(&config->policy[i].when, incident, tenant))
            return &config->policy[i];
    return NULL;
}
