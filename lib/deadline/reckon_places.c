#include <string.h>

#include "deadline/reckon.h"

static bool given(const char *text)
{
    return text != NULL && *text != '\0';
}

static const struct dn_place *zone_place(const struct dn_reckon *it)
{
    if (it->regime->rule.zone == DN_ZONE_RULE_RECIPIENT)
        return &it->trigger->recipient;
    return it->regime->rule.zone == DN_ZONE_RULE_ENTITY ? &it->trigger->entity : &it->trigger->here;
}

static enum dn_status find_zone(struct dn_reckon *it)
{
    const struct dn_regime *regime = it->regime;
    bool fixed = regime->rule.zone == DN_ZONE_RULE_FIXED;
    const char *name = fixed ? regime->zone_rule : zone_place(it)->zone;
    struct dn_error err = {0};
    if (!dn_regime_needs_zone(regime))
        return DN_OK;
    if (!given(name))
        return dn_reckon_stop(it, "no-zone", regime->zone_rule, "the time zone that it is counted in is not known (%s)",
                              regime->zone_rule);
    if (dn_almanac_zone(it->almanac, name, &it->zone, &err) != DN_OK)
        return dn_reckon_stop(it, "unknown-zone", name, "%s", err.text);
    dn_reckon_steps_add(it->steps, "zone", "%s (%s)", name, fixed ? "the regime's" : regime->zone_rule);
    return DN_OK;
}

/* Two letters, in capitals; what the European Union and the United Kingdom call themselves becomes ISO's. */
static bool country_code(const char *country, char code[3])
{
    static const char *const other[][2] = {{"UK", "GB"}, {"EL", "GR"}};
    for (int i = 0; i < 2; i++) {
        char c = country[i];
        code[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        if (code[i] < 'A' || code[i] > 'Z')
            return false;
    }
    code[2] = '\0';
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(code, other[i][0]) == 0)
            strcpy(code, other[i][1]);
    return country[2] == '\0';
}

/* The country of a place: what is said of it, else what its zone says. False: neither. */
static bool place_country(const struct dn_reckon *it, const struct dn_place *place, char code[3])
{
    if (given(place->country))
        return country_code(place->country, code);
    return given(place->zone) && country_code(dn_almanac_country(it->almanac, place->zone), code);
}

static enum dn_status open_calendar(struct dn_reckon *it, const char *name)
{
    struct dn_error err = {0};
    if (dn_almanac_calendar(it->almanac, name, &it->calendar, &err) != DN_OK)
        return dn_reckon_stop(it, "no-calendar", name, "%s", err.text);
    if (it->calendar == NULL)
        return dn_reckon_stop(it, "no-calendar", name, "there is no calendar of holidays '%s'", name);
    dn_reckon_steps_add(it->steps, "calendar", "%s: %s, checked for %d to %d (%s)", it->calendar->id,
                        it->calendar->title != NULL ? it->calendar->title : "", it->calendar->from, it->calendar->until,
                        it->calendar->law != NULL ? it->calendar->law : "no source is named");
    return DN_OK;
}

static enum dn_status find_calendar(struct dn_reckon *it)
{
    const char *holidays = it->regime->holidays;
    char code[3] = "";
    if (!dn_regime_needs_calendar(it->regime))
        return DN_OK;
    bool recipient = strcmp(holidays, "member-state-of-recipient") == 0;
    if (!recipient && strcmp(holidays, "member-state-of-entity") != 0)
        return open_calendar(it, holidays);
    if (!place_country(it, recipient ? &it->trigger->recipient : &it->trigger->entity, code))
        return dn_reckon_stop(it, "no-country", holidays, "the country whose holidays count is not known (%s)",
                              holidays);
    return open_calendar(it, code);
}

enum dn_status dn_reckon_places(struct dn_reckon *it)
{
    enum dn_status status = find_zone(it);
    return status == DN_OK ? find_calendar(it) : status;
}
