#include "tenant/ownership.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/name.h"
#include "tenant/cell.h"

enum { KEY, TENANT_ID, FROM, UNTIL, COLUMNS };

static const struct dn_csv_want want[COLUMNS] = {{"key", true}, {"tenant_id", true}, {"from", true}, {"until", true}};

/* Does it look like ADDRESS/LENGTH? */
static bool looks_like_network(struct dn_text text)
{
    const char *slash = text.size ? memchr(text.at, '/', text.size) : NULL;
    if (slash == NULL)
        return false;
    size_t size = (size_t)(slash - text.at);
    struct dn_address address;
    int64_t bits;
    return dn_address_parse_strict((struct dn_text){text.at, size}, &address) &&
           dn_text_number((struct dn_text){slash + 1, text.size - size - 1}, &bits);
}

static void add_network(struct dn_ownership *ownership, struct dn_cells *cells, struct dn_text key)
{
    struct dn_network network;
    struct dn_error why = {0};
    if (dn_network_parse(key, &network, &why) != DN_OK)
        dn_cell_fault(cells, KEY, "%s", why.text);
    else if (dn_network_is_all(&network))
        dn_cell_fault(cells, KEY, "key '%.*s' holds every address and can have no owner", (int)key.size, key.at);
    else
        dn_networks_add(&ownership->keys.networks, &network, ownership->count - 1);
}

/* A domain is also the host that is called so, an address is also a network of one: each is kept as all that it can be.
 */
static void add_key(struct dn_ownership *ownership, struct dn_cells *cells)
{
    struct dn_text key = dn_text_trim(dn_cell_text(cells, KEY));
    struct dn_buf text = {0};
    struct dn_address address;
    size_t number = ownership->count - 1;
    if (looks_like_network(key) || dn_address_parse_strict(key, &address)) {
        add_network(ownership, cells, key);
    } else if (dn_name_kind_of(key) == DN_NAME_HOST && dn_domain_canonical(key, &text)) {
        if (dn_domain_public(dn_buf_text(&text)))
            dn_cell_fault(cells, KEY, "key '%.*s' is a public suffix and can have no owner", (int)key.size, key.at);
        dn_key_list_add(&ownership->keys.domains, dn_buf_text(&text), number);
    } else {
        dn_resource_canonical(key, &text);
        dn_key_list_add(&ownership->keys.resources, dn_buf_text(&text), number);
        dn_buf_reset(&text);
        dn_subscription_canonical(key, &text);
        dn_key_list_add(&ownership->keys.subscriptions, dn_buf_text(&text), number);
    }
    dn_buf_clear(&text);
}

static enum dn_status add_period(struct dn_ownership *ownership, struct dn_cells *cells)
{
    ownership->at = dn_grow(ownership->at, ownership->count, &ownership->room, sizeof *ownership->at);
    struct dn_period_owned *period = &ownership->at[ownership->count++];
    free(dn_cell_needed(cells, KEY));
    *period = (struct dn_period_owned){dn_cell_needed(cells, TENANT_ID), dn_cell_instant(cells, FROM),
                                       dn_cell_instant(cells, UNTIL)};
    if (dn_instant_is(period->from) && dn_instant_is(period->until) &&
        dn_instant_compare(period->until, period->from) <= 0)
        dn_cell_fault(cells, UNTIL, "until is not after from");
    if (cells->status == DN_OK)
        add_key(ownership, cells);
    return cells->status;
}

static enum dn_status read_rows(struct dn_csv *csv, struct dn_ownership *ownership, struct dn_error *err)
{
    size_t index[COLUMNS];
    struct dn_csv_record record;
    enum dn_status status = dn_csv_columns(csv, "an ownership file", want, COLUMNS, index, err);
    while (status == DN_OK && (status = dn_csv_next(csv, &record, err)) == DN_OK) {
        if (record.fault)
            return dn_csv_fault_error(csv, &record, err);
        struct dn_cells cells = {.csv = csv, .record = &record, .want = want, .index = index, .err = err};
        status = add_period(ownership, &cells);
    }
    return status == DN_END ? DN_OK : status;
}

enum dn_status dn_ownership_read(const char *path, struct dn_ownership *ownership, struct dn_error *err)
{
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open(path, &(struct dn_csv_options){ownership->delimiter}, &csv, err);
    if (status == DN_OK)
        status = read_rows(csv, ownership, err);
    dn_networks_sort(&ownership->keys.networks); /* several threads may ask */
    dn_csv_close(csv);
    return status;
}

static bool begins_by(const struct dn_period_owned *period, struct dn_instant at)
{
    return !dn_instant_is(period->from) || dn_instant_compare(period->from, at) <= 0;
}

static bool ends_after(const struct dn_period_owned *period, struct dn_instant at)
{
    return !dn_instant_is(period->until) || dn_instant_compare(at, period->until) < 0;
}

/* What the periods under one key say; owners are added to. */
static bool key_settled(const struct dn_ownership *ownership, const struct dn_numbers *periods, struct dn_instant first,
                        struct dn_instant last, struct dn_strings *owners)
{
    bool known = dn_instant_is(first) && dn_instant_is(last), covered = false;
    for (size_t i = 0; i < periods->count; i++) {
        const struct dn_period_owned *period = &ownership->at[periods->at[i]];
        if (known && (!begins_by(period, last) || !ends_after(period, first)))
            continue;
        struct dn_buf key = {0};
        dn_tenant_key(dn_text_of(period->tenant_id), &key);
        dn_strings_add_once(owners, dn_buf_text(&key));
        dn_buf_clear(&key);
        covered = covered || (known && begins_by(period, first) && ends_after(period, last));
    }
    return covered;
}

enum dn_owned dn_ownership_ask(struct dn_ownership *ownership, const struct dn_target *target, struct dn_instant first,
                               struct dn_instant last, struct dn_strings *owners)
{
    struct dn_keys *keys = &ownership->keys;
    struct dn_numbers periods = {0};
    size_t found = 0, settled = 0;
    dn_strings_clear(owners);
    if (dn_key_list_find(&keys->resources, target->names.canonical, &periods)) {
        found = 1;
        settled = key_settled(ownership, &periods, first, last, owners);
    } else {
        if (dn_keys_subscription(keys, target, &periods))
            found++, settled += key_settled(ownership, &periods, first, last, owners);
        if (dn_key_list_suffix(&keys->domains, target->names.domain, false, &periods, NULL))
            found++, settled += key_settled(ownership, &periods, first, last, owners);
        if (dn_keys_network(keys, target, &periods))
            found++, settled += key_settled(ownership, &periods, first, last, owners);
    }
    dn_numbers_clear(&periods);
    if (found == 0)
        return DN_OWNED_NOT;
    return found == settled && owners->count == 1 ? DN_OWNED_ONE : DN_OWNED_UNCLEAR;
}

void dn_ownership_clear(struct dn_ownership *ownership)
{
    for (size_t i = 0; i < ownership->count; i++)
        free(ownership->at[i].tenant_id);
    free(ownership->at);
    dn_keys_clear(&ownership->keys);
    *ownership = (struct dn_ownership){0};
}
