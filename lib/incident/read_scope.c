/* Reading the scope: windows, indicators, networks, exceptions. */
#include "base/alloc.h"
#include "incident/parts.h"

static enum dn_status read_network(const struct dn_record_reading *r, const struct dn_yaml *node, struct dn_text text,
                                   struct dn_network *network)
{
    struct dn_error why = {0};
    if (dn_network_parse(text, network, &why) == DN_OK)
        return DN_OK;
    return dn_yaml_error(r->file, node, r->err, "%s", why.text);
}

static enum dn_status read_networks(const struct dn_record_reading *r, const struct dn_yaml *map,
                                    struct dn_indicators *indicators)
{
    const struct dn_yaml *list = dn_yaml_find(map, "addresses");
    size_t count = indicators->addresses.count;
    enum dn_status status = DN_OK;
    if (count == 0)
        return DN_OK;
    indicators->networks = dn_alloc(count, sizeof *indicators->networks);
    for (size_t i = 0; i < count && status == DN_OK; i++) {
        const struct dn_yaml *node = list->kind == DN_YAML_LIST ? &list->at[i] : list;
        status = read_network(r, node, dn_text_of(indicators->addresses.at[i]), &indicators->networks[i]);
    }
    return status;
}

static size_t indicator_count(const struct dn_indicators *i)
{
    return i->addresses.count + i->actors.count + i->operations.count + i->services.count + i->resources.count +
           i->user_agents.count + i->sessions.count;
}

static enum dn_status read_except(const struct dn_record_reading *r, const struct dn_yaml *entry,
                                  struct dn_scope *scope)
{
    const struct dn_yaml *except = dn_yaml_find(entry, "except");
    if (!dn_key_given(entry, "except"))
        return DN_OK;
    if (except == NULL)
        return dn_yaml_error(r->file, entry, r->err, "except is empty: name what is excepted, or leave it out");
    scope->has_except = true;
    enum dn_status status = dn_fields_read(r, except, dn_indicator_fields, NULL, &scope->except);
    if (status == DN_OK)
        status = read_networks(r, except, &scope->except);
    if (status == DN_OK && indicator_count(&scope->except) == 0)
        return dn_yaml_error(r->file, except, r->err, "except is empty: name what is excepted, or leave it out");
    return status;
}

/* Was a key meant to narrow the entry down, and came out empty? Then it would accept everything. */
static enum dn_status check_narrows(const struct dn_record_reading *r, const struct dn_yaml *entry,
                                    const struct dn_scope *scope)
{
    bool narrows = dn_instant_is(scope->from) || dn_instant_is(scope->until) || indicator_count(&scope->match) > 0;
    for (const struct dn_field *field = dn_indicator_fields; field->key != NULL && !narrows; field++) {
        if (dn_key_given(entry, field->key)) {
            return dn_yaml_error(r->file, entry, r->err,
                                 "the keys of this scope entry are all empty (%s); only {} accepts everything",
                                 field->key);
        }
    }
    return DN_OK;
}

static enum dn_status check_window(const struct dn_record_reading *r, const struct dn_yaml *entry,
                                   const struct dn_scope *scope)
{
    if (dn_instant_is(scope->from) && dn_instant_is(scope->until) &&
        dn_instant_compare(scope->from, scope->until) >= 0) {
        return dn_yaml_error(r->file, dn_yaml_find(entry, "until"), r->err,
                             "until must be later than from: a row is in scope from 'from' on and before 'until'");
    }
    return DN_OK;
}

enum dn_status dn_scope_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part)
{
    static const char *const also[] = {"addresses",   "actors",   "operations", "services", "resources",
                                       "user_agents", "sessions", "except",     NULL};
    struct dn_scope *scope = part;
    enum dn_status status = dn_fields_read(r, node, dn_scope_fields, also, scope);
    if (status == DN_OK)
        status = dn_fields_take(r, node, dn_indicator_fields, &scope->match);
    if (status == DN_OK)
        status = read_networks(r, node, &scope->match);
    if (status == DN_OK)
        status = check_narrows(r, node, scope);
    if (status == DN_OK)
        status = check_window(r, node, scope);
    return status == DN_OK ? read_except(r, node, scope) : status;
}
