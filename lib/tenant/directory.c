#include "tenant/directory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/name.h"
#include "tenant/cell.h"
#include "tenant/keyhash.h"
#include "tenant/list.h"
#include "time/instant.h"

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

static size_t take_number(const unsigned char **at)
{
    size_t number = 0;
    unsigned shift = 0;
    for (; **at & 0x80; shift += 7)
        number |= (size_t)(*(*at)++ & 0x7F) << shift;
    return number | (size_t) * (*at)++ << shift;
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

struct dn_text dn_tenant_value(struct dn_text cell, enum dn_tenant_column column)
{
    cell = dn_trimmed(cell);
    bool placeholder = column > DN_TENANT_NAME && cell.size <= DN_PLACEHOLDER_MOST && dn_placeholder(cell);
    return placeholder ? DN_TEXT("") : cell;
}

struct dn_text dn_tenant_cell(const struct dn_tenant *tenant, enum dn_tenant_column column)
{
    return dn_tenant_value(dn_tenant_cell_raw(tenant, column), column);
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
        cells[i] = dn_tenant_value((struct dn_text){(const char *)at, size}, (enum dn_tenant_column)i);
        at += size;
    }
}

static bool is_word(struct dn_text cell, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (dn_text_equal_nocase(cell, dn_text_of(words[i])))
            return true;
    return false;
}

size_t dn_tenant_cell_faults(const struct dn_text cells[DN_TENANT_COLUMNS], struct dn_directory_fault *faults)
{
    static const char *const segments[] = {"commercial", "consumer", NULL};
    static const char *const centers[] = {"yes", "no", "hidden", NULL};
    static const enum dn_tenant_column times[] = {DN_TENANT_CONTACTS_VALIDATED_AT, DN_TENANT_DELETED_AT};
    const struct dn_text segment = cells[DN_TENANT_SEGMENT], center = cells[DN_TENANT_MESSAGE_CENTER],
                         readers = cells[DN_TENANT_MESSAGE_CENTER_READERS];
    struct dn_instant at;
    int64_t number;
    size_t count = 0;
    if (segment.size && !is_word(segment, segments))
        faults[count++] =
            (struct dn_directory_fault){.column = DN_TENANT_SEGMENT, .finding = "invalid-word", .value = segment};
    if (center.size && !is_word(center, centers))
        faults[count++] =
            (struct dn_directory_fault){.column = DN_TENANT_MESSAGE_CENTER, .finding = "invalid-word", .value = center};
    for (size_t i = 0; i < 2; i++)
        if (cells[times[i]].size && !dn_instant_parse(cells[times[i]], &at))
            faults[count++] =
                (struct dn_directory_fault){.column = times[i], .finding = "invalid-time", .value = cells[times[i]]};
    if (readers.size && !dn_text_number(readers, &number))
        faults[count++] = (struct dn_directory_fault){
            .column = DN_TENANT_MESSAGE_CENTER_READERS, .finding = "invalid-number", .value = readers};
    return count;
}

struct dn_text dn_directory_id(const struct dn_directory *directory, size_t number)
{
    return directory->at ? dn_tenant_cell(&directory->at[number], DN_TENANT_ID) : DN_TEXT("");
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

struct dn_hash128 dn_directory_hash(enum dn_directory_kind kind, struct dn_text key)
{
    bool id = kind == DN_BY_ID || kind == DN_BY_SUBSCRIPTION;
    if (kind == DN_BY_NETWORK) /* its length, and the address */
        return dn_keyhash_16(key.at + 1, (uint64_t)(unsigned char)key.at[0] << 8 | kind);
    return id ? dn_keyhash_id(key, kind) : dn_keyhash_wide(key, kind);
}

bool dn_directory_key(const struct dn_directory *directory, enum dn_directory_kind kind, struct dn_text key,
                      struct dn_numbers *numbers)
{
    const struct dn_keyring *ring = kind == DN_BY_ID ? &directory->ids : &directory->keys;
    return dn_keyring_find(ring, dn_directory_hash(kind, key), numbers);
}

size_t dn_directory_find(const struct dn_directory *directory, struct dn_text tenant_id)
{
    struct dn_numbers numbers = {0};
    bool found = dn_directory_key(directory, DN_BY_ID, dn_text_trim(tenant_id), &numbers);
    size_t number = found ? numbers.at[0] : SIZE_MAX;
    dn_numbers_clear(&numbers);
    return number;
}

bool dn_directory_has_size(const struct dn_directory *directory, size_t size)
{
    const bool *sizes = directory->shape.subscription_size;
    size_t most = sizeof directory->shape.subscription_size / sizeof *sizes - 1;
    return sizes[size < most ? size : most];
}

bool dn_directory_has_labels(const struct dn_directory *directory, size_t labels)
{
    const bool *there = directory->shape.labels;
    size_t most = sizeof directory->shape.labels / sizeof *there - 1;
    return there[labels < most ? labels : most];
}

const struct dn_directory_lengths *dn_directory_lengths(const struct dn_directory *directory,
                                                        const struct dn_address *address)
{
    return &directory->lengths[dn_is_ipv4(address)];
}

bool dn_directory_consumer(const struct dn_directory *directory, size_t number)
{
    return directory->consumers && directory->consumers[number / 8] >> number % 8 & 1;
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
    dn_buf_addf(into, "%s:%" PRId64 ": ", directory->name, fault->line);
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

void dn_directory_forget_keys(struct dn_directory *directory, struct dn_arena *const *to, size_t count)
{
    dn_keyring_hand_on(&directory->ids, to, count);
    dn_keyring_hand_on(&directory->keys, to, count);
    dn_key_list_clear(&directory->prefixes);
}

void dn_directory_clear(struct dn_directory *directory)
{
    dn_directory_forget_keys(directory, NULL, 0);
    for (size_t i = 0; i < directory->arena_count; i++) {
        dn_arena_clear(&directory->arenas[i]);
        free(directory->checks[i]);
    }
    free(directory->arenas);
    free(directory->name);
    free(directory->at);
    free(directory->pieces);
    free(directory->checks);
    dn_csv_close(directory->csv);
    free(directory->consumers);
    free(directory->faults);
    *directory = (struct dn_directory){0};
}
