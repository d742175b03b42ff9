#include "tenant/directory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/relay.h"
#include "key/name.h"
#include "tenant/cell.h"

const char *const dn_tenant_columns[] = {"tenant_id",
                                         "name",
                                         "segment",
                                         "domains",
                                         "subscriptions",
                                         "networks",
                                         "resource_prefixes",
                                         "country",
                                         "language",
                                         "time_zone",
                                         "regimes",
                                         "admin_emails",
                                         "privacy_email",
                                         "admin_phones",
                                         "message_center",
                                         "message_center_readers",
                                         "contacts_validated_at",
                                         "deleted_at",
                                         "not_permitted",
                                         NULL};

static void wants(struct dn_csv_want want[DN_TENANT_COLUMNS])
{
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++)
        want[i] = (struct dn_csv_want){dn_tenant_columns[i], i <= DN_TENANT_NAME};
}

static size_t take_number(const unsigned char **at)
{
    size_t number = 0;
    unsigned shift = 0;
    for (; **at & 0x80; shift += 7)
        number |= (size_t)(*(*at)++ & 0x7F) << shift;
    return number | (size_t) * (*at)++ << shift;
}

static unsigned char *put_number(unsigned char *at, size_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (unsigned char)(number | 0x80);
    *at++ = (unsigned char)number;
    return at;
}

int64_t dn_tenant_line(const struct dn_tenant *tenant)
{
    const unsigned char *at = tenant->at;
    return (int64_t)take_number(&at);
}

struct dn_text dn_tenant_cell_raw(const struct dn_tenant *tenant, enum dn_tenant_column column)
{
    const unsigned char *at = tenant->at;
    take_number(&at);
    size_t there = take_number(&at);
    if (!(there >> column & 1))
        return DN_TEXT("");
    for (size_t before = there & (((size_t)1 << column) - 1); before; before &= before - 1) {
        size_t size = take_number(&at);
        at += size;
    }
    size_t size = take_number(&at);
    return (struct dn_text){(const char *)at, size};
}

struct dn_text dn_tenant_cell(const struct dn_tenant *tenant, enum dn_tenant_column column)
{
    struct dn_text cell = dn_text_trim(dn_tenant_cell_raw(tenant, column));
    return column > DN_TENANT_NAME && dn_placeholder(cell) ? DN_TEXT("") : cell;
}

void dn_tenant_cells(const struct dn_tenant *tenant, struct dn_text cells[DN_TENANT_COLUMNS])
{
    const unsigned char *at = tenant->at;
    take_number(&at);
    size_t there = take_number(&at);
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++, there >>= 1) {
        cells[i] = DN_TEXT("");
        if (!(there & 1))
            continue;
        size_t size = take_number(&at);
        struct dn_text cell = dn_text_trim((struct dn_text){(const char *)at, size});
        at += size;
        if (i <= DN_TENANT_NAME || !dn_placeholder(cell))
            cells[i] = cell;
    }
}

static size_t number_size(size_t number)
{
    size_t size = 1;
    while (number >>= 7)
        size++;
    return size;
}

static void copy_cells(struct dn_directory *directory, const struct dn_cells *cells, struct dn_tenant *tenant)
{
    size_t line = (size_t)cells->record->line, size = 0, there = 0;
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++) {
        struct dn_text cell = dn_cell_text(cells, i);
        size += cell.size ? cell.size + number_size(cell.size) : 0;
        there |= (size_t)(cell.size > 0) << i;
    }
    size += number_size(line) + number_size(there);
    unsigned char *at = (unsigned char *)dn_arena_take(&directory->arena, size);
    tenant->at = at;
    at = put_number(put_number(at, line), there);
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++) {
        struct dn_text cell = dn_cell_text(cells, i);
        if (cell.size == 0)
            continue;
        at = put_number(at, cell.size);
        memcpy(at, cell.at, cell.size);
        at += cell.size;
    }
}

static void fault(struct dn_directory *directory, enum dn_tenant_column column, const char *finding,
                  struct dn_text value)
{
    directory->faults =
        dn_grow(directory->faults, directory->fault_count, &directory->fault_room, sizeof *directory->faults);
    directory->faults[directory->fault_count++] =
        (struct dn_directory_fault){directory->count - 1, column, finding, value};
}

static bool same_key(struct dn_text value, void (*canonical)(struct dn_text, struct dn_buf *), struct dn_text key)
{
    struct dn_buf made = {0};
    canonical(value, &made);
    bool same = dn_text_equal(dn_buf_text(&made), key);
    dn_buf_clear(&made);
    return same;
}

static void canonical_domain(struct dn_text value, struct dn_buf *into)
{
    dn_domain_canonical(value, into);
}

/* Is this one of the values of a list, as `canonical` spells it? `as_is`: a key that a value spells is the key. */
static bool list_has(struct dn_text list, struct dn_text key, void (*canonical)(struct dn_text, struct dn_buf *),
                     bool as_is)
{
    struct dn_text rest = list, value;
    while (as_is && dn_text_next(&rest, ';', &value))
        if (dn_text_equal(value, key))
            return true;
    rest = list;
    while (dn_text_next(&rest, ';', &value))
        if (!dn_placeholder(value) && same_key(value, canonical, key))
            return true;
    return false;
}

static const struct dn_tenant *tenant_of(const void *directory, size_t number)
{
    return &((const struct dn_directory *)directory)->at[number];
}

static bool has_id(const void *directory, size_t number, struct dn_text key)
{
    struct dn_text id = dn_tenant_cell(tenant_of(directory, number), DN_TENANT_ID);
    if (!dn_guid_valid(id))
        return dn_text_equal(id, key);
    return id.size == key.size ? dn_text_equal_nocase(id, key) : same_key(id, dn_tenant_key, key);
}

static bool has_domain(const void *directory, size_t number, struct dn_text key)
{
    return list_has(dn_tenant_cell(tenant_of(directory, number), DN_TENANT_DOMAINS), key, canonical_domain, true);
}

struct dn_text dn_network_key(const struct dn_address *address, int bits, struct dn_network_key *key)
{
    size_t whole = (size_t)bits / 8;
    memset(key->at, 0, sizeof key->at);
    key->at[0] = (char)bits;
    memcpy(key->at + 1, address->at, whole);
    if (bits % 8)
        key->at[1 + whole] = (char)(address->at[whole] & 0xFF << (8 - bits % 8));
    return (struct dn_text){key->at, sizeof key->at};
}

static bool has_network(const void *directory, size_t number, struct dn_text key)
{
    struct dn_text rest = dn_tenant_cell(tenant_of(directory, number), DN_TENANT_NETWORKS), value;
    struct dn_network network;
    struct dn_network_key own;
    while (dn_text_next(&rest, ';', &value))
        if (dn_network_parse(value, &network, NULL) == DN_OK &&
            dn_text_equal(dn_network_key(&network.base, network.bits, &own), key))
            return true;
    return false;
}

static bool has_subscription(const void *directory, size_t number, struct dn_text key)
{
    return list_has(dn_tenant_cell(tenant_of(directory, number), DN_TENANT_SUBSCRIPTIONS), key,
                    dn_subscription_canonical, dn_guid_valid(key));
}

static size_t find_id(const struct dn_directory *directory, uint64_t hash, struct dn_text key)
{
    size_t place = dn_index_seek(&directory->ids, hash);
    uint32_t number;
    while ((number = dn_index_next(&directory->ids, hash, &place)) != DN_INDEX_NONE)
        if (has_id(directory, number, key))
            return number;
    return SIZE_MAX;
}

static void settle_id(struct dn_directory *directory, const struct dn_directory_pending *pending)
{
    size_t first = find_id(directory, pending->hash, pending->key);
    if (first == SIZE_MAX) {
        dn_index_add(&directory->ids, pending->hash, (uint32_t)pending->tenant);
        return;
    }
    const struct dn_tenant *tenant = &directory->at[pending->tenant];
    struct dn_text id = dn_tenant_cell(tenant, DN_TENANT_ID);
    dn_error_at(&directory->twice, directory->name, dn_tenant_line(tenant), (int64_t)directory->id_column + 1,
                "tenant_id '%.*s' stands twice, first on line %" PRId64, (int)id.size, id.at,
                dn_tenant_line(&directory->at[first]));
}

/* Puts the keys that wait where they belong, in the order in which they came. */
static void settle(struct dn_directory *directory)
{
    for (size_t i = 0; i < directory->pending_count && directory->twice.status == DN_OK; i++) {
        const struct dn_directory_pending *pending = &directory->pending[i];
        if (pending->list)
            dn_key_list_hold(pending->list, pending->hash, pending->key, pending->tenant);
        else
            settle_id(directory, pending);
    }
    directory->pending_count = 0;
}

/* Puts a key among those that wait; value is where it stands in the directory, mostly as it is. */
static void await(struct dn_directory *directory, struct dn_key_list *list, struct dn_text value, struct dn_text key)
{
    if (directory->pending_count == DN_DIRECTORY_PENDING)
        settle(directory);
    struct dn_directory_pending *pending = &directory->pending[directory->pending_count++];
    *pending =
        (struct dn_directory_pending){.list = list, .hash = dn_hash(key), .key = value, .tenant = directory->count - 1};
    if (key.size <= sizeof pending->own) {
        memcpy(pending->own, key.at, key.size);
        pending->key = (struct dn_text){pending->own, key.size};
    } else if (!dn_text_equal(value, key)) {
        pending->key = dn_arena_copy(&directory->key_arena, key);
    }
    dn_index_prefetch(list ? &list->held : &directory->ids, pending->hash);
}

/* A list whose tenant can be asked for a key at once; of a longer one the keys are kept. */
#define QUICK_LIST 512

static void add_key(struct dn_directory *directory, struct dn_key_list *list, enum dn_tenant_column column,
                    struct dn_text value, struct dn_text key)
{
    size_t number = directory->count - 1;
    if (number < DN_KEY_SHARED && dn_tenant_cell_raw(&directory->at[number], column).size <= QUICK_LIST)
        await(directory, list, value, key);
    else
        dn_key_list_add(list, key, number);
}

/* Scratch for one key in its canonical form. */
static void add_domain(struct dn_directory *directory, struct dn_text value, struct dn_buf *key)
{
    if (!dn_domain_canonical(value, key))
        fault(directory, DN_TENANT_DOMAINS, "invalid-domain", value);
    else if (dn_publics_has(&directory->publics, dn_buf_text(key)))
        fault(directory, DN_TENANT_DOMAINS, "public-suffix", value);
    else
        add_key(directory, &directory->domains, DN_TENANT_DOMAINS, value, dn_buf_text(key));
}

static void keep_network(struct dn_directory *directory, struct dn_text value, const struct dn_network *network)
{
    struct dn_network_key key;
    size_t i = 0;
    while (i < directory->length_count && directory->lengths[i] > network->bits)
        i++;
    if (i == directory->length_count || directory->lengths[i] != network->bits) {
        memmove(directory->lengths + i + 1, directory->lengths + i, directory->length_count++ - i);
        directory->lengths[i] = (unsigned char)network->bits;
    }
    add_key(directory, &directory->networks, DN_TENANT_NETWORKS, value,
            dn_network_key(&network->base, network->bits, &key));
}

static void add_network(struct dn_directory *directory, struct dn_text value, struct dn_buf *key)
{
    struct dn_network network;
    (void)key;
    if (dn_network_parse(value, &network, NULL) != DN_OK)
        fault(directory, DN_TENANT_NETWORKS, "invalid-network", value);
    else if (dn_network_is_all(&network))
        fault(directory, DN_TENANT_NETWORKS, "network-too-wide", value);
    else
        keep_network(directory, value, &network);
}

static void add_subscription(struct dn_directory *directory, struct dn_text value, struct dn_buf *key)
{
    dn_subscription_canonical(value, key);
    add_key(directory, &directory->subscriptions, DN_TENANT_SUBSCRIPTIONS, value, dn_buf_text(key));
}

static void add_prefix(struct dn_directory *directory, struct dn_text value, struct dn_buf *key)
{
    dn_resource_canonical(value, key);
    dn_key_list_add(&directory->prefixes, dn_buf_text(key), directory->count - 1);
}

static void add_keys(struct dn_directory *directory, const struct dn_text *cells, enum dn_tenant_column column,
                     void (*add)(struct dn_directory *, struct dn_text, struct dn_buf *))
{
    struct dn_text rest = cells[column], value;
    while (dn_text_next(&rest, ';', &value)) {
        if (dn_placeholder(value))
            continue;
        dn_buf_reset(&directory->scratch);
        add(directory, value, &directory->scratch);
    }
}

static void check_word(struct dn_directory *directory, const struct dn_text *cells, enum dn_tenant_column column,
                       const char *const *words)
{
    struct dn_text cell = cells[column];
    for (size_t i = 0; words[i]; i++)
        if (cell.size == 0 || dn_text_equal_nocase(cell, dn_text_of(words[i])))
            return;
    fault(directory, column, "invalid-word", cell);
}

static void check_time(struct dn_directory *directory, const struct dn_text *cells, enum dn_tenant_column column)
{
    struct dn_text cell = cells[column];
    struct dn_instant at;
    if (cell.size && !dn_instant_parse(cell, &at))
        fault(directory, column, "invalid-time", cell);
}

/* What a later reader of the cells will take for granted, or treat as "not known". */
static void check_cells(struct dn_directory *directory, const struct dn_text *cells)
{
    static const char *const segments[] = {"commercial", "consumer", NULL};
    static const char *const centers[] = {"yes", "no", "hidden", NULL};
    check_word(directory, cells, DN_TENANT_SEGMENT, segments);
    check_word(directory, cells, DN_TENANT_MESSAGE_CENTER, centers);
    check_time(directory, cells, DN_TENANT_CONTACTS_VALIDATED_AT);
    check_time(directory, cells, DN_TENANT_DELETED_AT);
    struct dn_text readers = cells[DN_TENANT_MESSAGE_CENTER_READERS];
    int64_t number;
    if (readers.size && !dn_text_number(readers, &number))
        fault(directory, DN_TENANT_MESSAGE_CENTER_READERS, "invalid-number", readers);
}

static void add_id(struct dn_directory *directory, struct dn_text id)
{
    dn_buf_reset(&directory->scratch);
    dn_tenant_key(id, &directory->scratch);
    await(directory, NULL, id, dn_buf_text(&directory->scratch));
}

/* Takes in a tenant whose cells are kept. */
static void add_tenant(struct dn_directory *directory, const struct dn_tenant *tenant)
{
    struct dn_text cells[DN_TENANT_COLUMNS];
    directory->at = dn_grow(directory->at, directory->count, &directory->room, sizeof *directory->at);
    directory->at[directory->count++] = *tenant;
    dn_tenant_cells(tenant, cells);
    add_id(directory, cells[DN_TENANT_ID]);
    add_keys(directory, cells, DN_TENANT_DOMAINS, add_domain);
    add_keys(directory, cells, DN_TENANT_SUBSCRIPTIONS, add_subscription);
    add_keys(directory, cells, DN_TENANT_NETWORKS, add_network);
    add_keys(directory, cells, DN_TENANT_RESOURCE_PREFIXES, add_prefix);
    check_cells(directory, cells);
}

static enum dn_status read_tenant(struct dn_directory *directory, struct dn_cells *cells, struct dn_tenant *tenant)
{
    for (size_t i = DN_TENANT_ID; i <= DN_TENANT_NAME; i++)
        if (dn_text_trim(dn_cell_text(cells, i)).size == 0)
            dn_cell_fault(cells, i, "%s is empty", dn_tenant_columns[i]);
    if (cells->status == DN_OK)
        copy_cells(directory, cells, tenant);
    return cells->status;
}

#define BATCH 1024
#define BATCHES 4

/* A directory being read: one thread keeps the cells of tenants, the other one takes them in. A short one needs none.
 */
struct loader {
    struct dn_directory *directory;
    struct dn_relay *relay;
    struct batch {
        struct dn_tenant at[BATCH];
        size_t count;
    } batches[BATCHES];
    struct batch *batch; /* that is being filled */
};

static void take_in(void *context, size_t place)
{
    struct loader *loader = context;
    struct batch *batch = &loader->batches[place];
    for (size_t i = 0; i < batch->count && loader->directory->twice.status == DN_OK; i++)
        add_tenant(loader->directory, &batch->at[i]);
    batch->count = 0;
}

/* The batch is full: hand it over. */
static void pass_on(struct loader *loader)
{
    if (loader->relay) {
        dn_relay_give(loader->relay);
    } else {
        take_in(loader, 0);
        loader->relay = dn_relay_begin(BATCHES, take_in, loader);
    }
    loader->batch = &loader->batches[dn_relay_place(loader->relay)];
}

static enum dn_status load(struct loader *loader, struct dn_csv *csv, const struct dn_csv_want *want,
                           const size_t *index, struct dn_error *err)
{
    struct dn_csv_record record;
    enum dn_status status;
    while ((status = dn_csv_next(csv, &record, err)) == DN_OK) {
        struct dn_cells cells = {.csv = csv, .record = &record, .want = want, .index = index, .err = err};
        if (record.fault)
            return dn_csv_fault_error(csv, &record, err);
        if ((status = read_tenant(loader->directory, &cells, &loader->batch->at[loader->batch->count])) != DN_OK)
            return status;
        if (++loader->batch->count == BATCH)
            pass_on(loader);
    }
    return status == DN_END ? DN_OK : status;
}

/* A tenant_id that stands twice is on a line before the one at which reading ended. */
static enum dn_status read_rows(struct dn_csv *csv, struct dn_directory *directory, struct dn_error *err)
{
    struct dn_csv_want want[DN_TENANT_COLUMNS];
    size_t index[DN_TENANT_COLUMNS];
    wants(want);
    enum dn_status status = dn_csv_columns(csv, "a directory", want, DN_TENANT_COLUMNS, index, err);
    if (status != DN_OK)
        return status;
    directory->id_column = index[DN_TENANT_ID];
    struct loader *loader = dn_alloc(1, sizeof *loader);
    loader->directory = directory;
    loader->batch = &loader->batches[0];
    status = load(loader, csv, want, index, err);
    if (loader->relay)
        dn_relay_wait(loader->relay);
    take_in(loader, (size_t)(loader->batch - loader->batches));
    dn_relay_end(loader->relay);
    free(loader);
    settle(directory);
    if (directory->twice.status == DN_OK)
        return status;
    if (err)
        *err = directory->twice;
    return directory->twice.status;
}

enum dn_status dn_directory_read(const char *path, struct dn_directory *directory, struct dn_error *err)
{
    struct dn_csv *csv = NULL;
    enum dn_status status = dn_csv_open(path, NULL, &csv, err);
    if (status != DN_OK)
        return status;
    directory->name = dn_strdup(dn_csv_name(csv));
    directory->domains.holder = has_domain;
    directory->subscriptions.holder = has_subscription;
    directory->networks.holder = has_network;
    directory->domains.context = directory->subscriptions.context = directory->networks.context = directory;
    const char *kind = dn_csv_kind(csv);
    if (kind && strcmp(kind, "a directory") != 0)
        status =
            dn_error_at(err, directory->name, dn_csv_header_line(csv), 0, "expected a directory, this is %s", kind);
    else
        status = read_rows(csv, directory, err);
    dn_csv_close(csv);
    return status;
}

size_t dn_directory_find(const struct dn_directory *directory, struct dn_text tenant_id)
{
    struct dn_buf key = {0};
    dn_tenant_key(tenant_id, &key);
    size_t found = find_id(directory, dn_hash(dn_buf_text(&key)), dn_buf_text(&key));
    dn_buf_clear(&key);
    return found;
}

bool dn_directory_subscription(const struct dn_directory *directory, const struct dn_target *target,
                               struct dn_numbers *numbers)
{
    return dn_target_subscription(target, &directory->subscriptions, numbers);
}

bool dn_directory_network(const struct dn_directory *directory, const struct dn_target *target,
                          struct dn_numbers *numbers)
{
    struct dn_network_key key;
    for (size_t i = 0; target->has_address && i < directory->length_count; i++)
        if (dn_key_list_find(&directory->networks, dn_network_key(&target->address, directory->lengths[i], &key),
                             numbers))
            return true;
    return false;
}

void dn_directory_fault_detail(const struct dn_directory_fault *fault, struct dn_buf *into)
{
    struct dn_error why = {0};
    struct dn_network network;
    if (strcmp(fault->finding, "invalid-network") == 0)
        dn_network_parse(fault->value, &network, &why);
    dn_buf_addf(into, "%s '%.*s'", dn_tenant_columns[fault->column], (int)fault->value.size, fault->value.at);
    if (why.text[0])
        dn_buf_addf(into, " (%s)", why.text);
}

void dn_directory_fault_text(const struct dn_directory *directory, const struct dn_directory_fault *fault,
                             struct dn_buf *into)
{
    dn_buf_addf(into, "%s:%" PRId64 ": ", directory->name, dn_tenant_line(&directory->at[fault->tenant]));
    dn_directory_fault_detail(fault, into);
}

/* The findings that concern matching. A network that cannot be read lets a wider one of somebody else answer. */
static const struct {
    const char *finding;
    bool attention;
    const char *words;
} told[] = {
    {"invalid-network", true, "networks that cannot be read match nothing"},
    {"invalid-domain", false, "domains that are no domain names match nothing"},
    {"public-suffix", false, "domains that are public suffixes never match"},
    {"network-too-wide", false, "networks that hold every address never match"},
};

void dn_directory_notes(const struct dn_directory *directory, struct dn_notes *notes)
{
    for (size_t k = 0; k < sizeof told / sizeof *told; k++) {
        size_t count = 0;
        struct dn_buf first = {0};
        for (size_t i = 0; i < directory->fault_count; i++)
            if (strcmp(directory->faults[i].finding, told[k].finding) == 0 && count++ == 0)
                dn_directory_fault_text(directory, &directory->faults[i], &first);
        void (*note)(struct dn_notes *, const char *, const char *, ...) =
            told[k].attention ? dn_notes_attention : dn_notes_say;
        if (count)
            note(notes, "directory", "%zu %s, the first: %s", count, told[k].words, first.at);
        dn_buf_clear(&first);
    }
}

void dn_directory_forget_keys(struct dn_directory *directory)
{
    dn_index_clear(&directory->ids);
    dn_publics_clear(&directory->publics);
    dn_key_list_clear(&directory->subscriptions);
    dn_key_list_clear(&directory->domains);
    dn_key_list_clear(&directory->networks);
    dn_key_list_clear(&directory->prefixes);
}

void dn_directory_clear(struct dn_directory *directory)
{
    dn_directory_forget_keys(directory);
    free(directory->name);
    free(directory->at);
    free(directory->faults);
    dn_buf_clear(&directory->scratch);
    dn_arena_clear(&directory->arena);
    dn_arena_clear(&directory->key_arena);
    *directory = (struct dn_directory){0};
}
