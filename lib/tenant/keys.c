#include "tenant/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "key/marks.h"
#include "key/name.h"
#include "tenant/cell.h"

static int compare(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void push(struct dn_numbers *numbers, size_t number)
{
    numbers->at = dn_grow(numbers->at, numbers->count, &numbers->room, sizeof *numbers->at);
    numbers->at[numbers->count++] = number;
}

static bool full(const struct dn_numbers *numbers)
{
    return numbers->cap && numbers->count >= numbers->cap;
}

static void sort(struct dn_numbers *numbers)
{
    size_t kept = 0;
    if (numbers->count > 1)
        qsort(numbers->at, numbers->count, sizeof *numbers->at, compare);
    for (size_t i = 0; i < numbers->count; i++)
        if (kept == 0 || numbers->at[kept - 1] != numbers->at[i])
            numbers->at[kept++] = numbers->at[i];
    numbers->count = kept;
}

void dn_numbers_join(struct dn_numbers *numbers, const struct dn_numbers *more)
{
    for (size_t i = 0; i < more->count; i++)
        push(numbers, more->at[i]);
    numbers->left_out += more->left_out;
    if (numbers->count > more->count) /* else they are in order as those were */
        sort(numbers);
}

void dn_numbers_set(struct dn_numbers *numbers, const uint32_t *at, size_t count)
{
    numbers->count = numbers->left_out = 0;
    if (count == 1 && numbers->room) { /* nearly always */
        numbers->at[numbers->count++] = *at;
        return;
    }
    for (size_t i = 0; i < count && !full(numbers); i++)
        push(numbers, at[i]);
    numbers->left_out = count - numbers->count;
}

bool dn_numbers_equal(const struct dn_numbers *a, const struct dn_numbers *b)
{
    return a->count == b->count && a->left_out == b->left_out &&
           (a->count == 0 || memcmp(a->at, b->at, a->count * sizeof *a->at) == 0);
}

void dn_numbers_clear(struct dn_numbers *numbers)
{
    free(numbers->at);
    *numbers = (struct dn_numbers){0};
}

/* A number under a key, and where in `more` the next one is (NO_NODE: none). */
struct dn_key_node {
    uint32_t number, next;
};
#define NO_NODE UINT32_MAX

/* The first one, the last one, and how many there are. */
struct dn_key_entry {
    struct dn_key_node node;
    uint32_t last, count;
};

static void add_length(struct dn_key_list *list, size_t length)
{
    size_t i = 0;
    while (i < list->length_count && list->lengths[i] > length)
        i++;
    if (i < list->length_count && list->lengths[i] == length)
        return;
    list->lengths = dn_grow(list->lengths, list->length_count, &list->length_room, sizeof *list->lengths);
    memmove(list->lengths + i + 1, list->lengths + i, (list->length_count - i) * sizeof *list->lengths);
    list->lengths[i] = length;
    list->length_count++;
}

static struct dn_key_entry entry_of(uint32_t number)
{
    return (struct dn_key_entry){{number, NO_NODE}, NO_NODE, 1};
}

static void add_further(struct dn_key_list *list, struct dn_key_entry *entry, size_t number)
{
    struct dn_key_node *last = entry->last == NO_NODE ? &entry->node : &list->more[entry->last];
    if (last->number == number)
        return;
    last->next = entry->last = (uint32_t)list->more_count; /* before `more` moves */
    entry->count++;
    list->more = dn_grow(list->more, list->more_count, &list->more_room, sizeof *list->more);
    list->more[list->more_count++] = (struct dn_key_node){(uint32_t)number, NO_NODE};
}

void dn_key_list_add(struct dn_key_list *list, struct dn_text key, size_t number)
{
    bool added;
    size_t entry = dn_table_add(&list->table, key, &added);
    if (!added) {
        add_further(list, &list->first[entry], number);
        return;
    }
    list->first = dn_grow(list->first, entry, &list->first_room, sizeof *list->first);
    list->first[entry] = entry_of((uint32_t)number);
    add_length(list, key.size);
}

/* Adds the numbers of an entry behind those that are there. */
static void push_entry(const struct dn_key_list *list, const struct dn_key_entry *entry, struct dn_numbers *numbers)
{
    const struct dn_key_node *node = &entry->node;
    size_t pushed = 1;
    push(numbers, node->number);
    for (; node->next != NO_NODE && !full(numbers); pushed++) {
        node = &list->more[node->next];
        push(numbers, node->number);
    }
    numbers->left_out += entry->count - pushed;
}

bool dn_key_list_find(const struct dn_key_list *list, struct dn_text key, struct dn_numbers *numbers)
{
    size_t entry = list->table.count ? dn_table_find(&list->table, key) : SIZE_MAX;
    if (entry == SIZE_MAX)
        return false;
    numbers->count = numbers->left_out = 0;
    push_entry(list, &list->first[entry], numbers);
    return true;
}

bool dn_key_list_suffix(const struct dn_key_list *list, struct dn_text domain, bool above, struct dn_numbers *numbers,
                        struct dn_text *key)
{
    while (domain.size) {
        if (!above && dn_key_list_find(list, domain, numbers)) {
            if (key)
                *key = domain;
            return true;
        }
        above = false;
        const char *dot = memchr(domain.at, '.', domain.size);
        if (dot == NULL)
            return false;
        size_t label = (size_t)(dot - domain.at) + 1;
        domain = (struct dn_text){domain.at + label, domain.size - label};
    }
    return false;
}

/* Is it at or behind the end of the host, if the text is a URL? */
static bool prefix_border(struct dn_text text, struct dn_text host, size_t size)
{
    return host.at == NULL || size >= (size_t)(host.at - text.at) + host.size;
}

bool dn_key_list_prefix(const struct dn_key_list *list, struct dn_text text, struct dn_numbers *numbers)
{
    struct dn_text host = dn_url_host(text);
    for (size_t i = 0; i < list->length_count; i++) {
        size_t size = list->lengths[i];
        if (size <= text.size && prefix_border(text, host, size) &&
            dn_key_list_find(list, (struct dn_text){text.at, size}, numbers))
            return true;
    }
    return false;
}

void dn_key_list_clear(struct dn_key_list *list)
{
    dn_table_clear(&list->table);
    free(list->first);
    free(list->more);
    free(list->lengths);
    *list = (struct dn_key_list){0};
}

void dn_keys_clear(struct dn_keys *keys)
{
    dn_key_list_clear(&keys->subscriptions);
    dn_key_list_clear(&keys->resources);
    dn_key_list_clear(&keys->domains);
    dn_networks_clear(&keys->networks);
}

#define GUID_SIZE 36
#define ACCOUNT_SIZE 12

static const char subscriptions[] = "/subscriptions/";

static struct dn_text skip(struct dn_text text, size_t size)
{
    return (struct dn_text){text.at + size, text.size - size};
}

static bool starts_subscription(struct dn_text text)
{
    struct dn_text mark = DN_TEXT(subscriptions);
    return text.size > mark.size && text.at[0] == '/' && (text.at[1] | 0x20) == 's' && (text.at[2] | 0x20) == 'u' &&
           dn_text_equal_nocase((struct dn_text){text.at, mark.size}, mark);
}

/* The GUID behind the first "/subscriptions/", in either case; empty: there is none. */
static struct dn_text subscription_in(struct dn_text text)
{
    if (text.size < sizeof subscriptions - 1 + GUID_SIZE) /* mostly */
        return DN_TEXT("");
    while (text.size && !starts_subscription(text)) {
        const char *slash = text.size > 1 ? memchr(text.at + 1, '/', text.size - 1) : NULL;
        text = skip(text, slash ? (size_t)(slash - text.at) : text.size);
    }
    if (text.size < sizeof subscriptions - 1 + GUID_SIZE)
        return DN_TEXT("");
    text = skip(text, sizeof subscriptions - 1);
    struct dn_text guid = {text.at, GUID_SIZE};
    bool border = text.size == GUID_SIZE || strchr("/?#", text.at[GUID_SIZE]) != NULL;
    return border && dn_guid_valid(guid) ? guid : DN_TEXT("");
}

/* The account of "arn:partition:service:region:account:resource"; empty: there is none. */
static struct dn_text account_in(struct dn_text text)
{
    struct dn_text field = DN_TEXT("");
    if (!dn_text_starts(text, "arn:"))
        return field;
    for (int i = 0; i < 5; i++) {
        const char *colon = text.size ? memchr(text.at, ':', text.size) : NULL;
        if (colon == NULL)
            return DN_TEXT("");
        field = (struct dn_text){text.at, (size_t)(colon - text.at)};
        text = skip(text, field.size + 1);
    }
    int64_t number;
    return field.size == ACCOUNT_SIZE && dn_text_number(field, &number) ? field : DN_TEXT("");
}

struct dn_text dn_subscription_bare(struct dn_text text)
{
    text = dn_text_trim(text);
    if (!starts_subscription(text))
        return text;
    text = skip(text, sizeof subscriptions - 1);
    text.size -= dn_text_ends(text, "/");
    return dn_text_trim(text);
}

void dn_subscription_canonical(struct dn_text text, struct dn_buf *into)
{
    dn_tenant_key(dn_subscription_bare(text), into);
}

size_t dn_count_labels(struct dn_text domain)
{
    size_t count = domain.size > 0;
    if (domain.size <= DN_MARKS_MOST)
        for (uint64_t dots = dn_marks_of(domain).dots; dots; dots &= dots - 1)
            count++;
    for (size_t i = 0; domain.size > DN_MARKS_MOST && i < domain.size; i++)
        count += domain.at[i] == '.';
    return count;
}

/* No character that an address cannot have; what follows '%' or a bracket may be any. */
static bool looks_like_address(struct dn_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.at[i];
        if (c == '%' || c == ']')
            return true;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':' ||
              c == '[' || c == ' ' || c == '\t'))
            return false;
    }
    return true;
}

void dn_target_set(struct dn_target *target, struct dn_text resource)
{
    dn_buf_reset(&target->canonical);
    dn_buf_reset(&target->subscription);
    dn_buf_reset(&target->domain);
    dn_resource_look(resource, &target->canonical, &target->domain, &target->names);
    struct dn_text text = target->names.canonical, inside = subscription_in(text), host = {NULL, 0};
    if (target->names.marks & DN_HAS_COLON) {
        inside = inside.size ? inside : account_in(text);
        host = dn_url_host(text);
    }
    if (inside.size)
        dn_subscription_canonical(inside, &target->subscription);
    host = host.size ? host : text;
    target->has_address = looks_like_address(host) && dn_address_parse(host, &target->address);
    if (target->has_address)
        target->names.domain = (struct dn_text){NULL, 0};
}

void dn_target_clear(struct dn_target *target)
{
    dn_buf_clear(&target->canonical);
    dn_buf_clear(&target->subscription);
    dn_buf_clear(&target->domain);
    *target = (struct dn_target){0};
}

struct dn_text dn_target_subscription(const struct dn_target *target, struct dn_buf *scratch)
{
    struct dn_text resource = target->names.canonical;
    if (target->subscription.size)
        return dn_buf_text(&target->subscription);
    if (!starts_subscription(resource) && !dn_guid_valid(resource)) /* then it is its own canonical form */
        return resource;
    dn_buf_reset(scratch);
    dn_subscription_canonical(resource, scratch);
    return dn_buf_text(scratch);
}

bool dn_keys_subscription(const struct dn_keys *keys, const struct dn_target *target, struct dn_numbers *numbers)
{
    struct dn_buf scratch = {0};
    bool found = dn_key_list_find(&keys->subscriptions, dn_target_subscription(target, &scratch), numbers);
    dn_buf_clear(&scratch);
    return found;
}

bool dn_keys_network(struct dn_keys *keys, const struct dn_target *target, struct dn_numbers *numbers)
{
    if (!target->has_address)
        return false;
    const size_t *found;
    size_t count = dn_networks_find(&keys->networks, &target->address, &found, NULL);
    numbers->count = 0;
    for (size_t i = 0; i < count && !full(numbers); i++)
        push(numbers, found[i]);
    numbers->left_out = count - numbers->count;
    sort(numbers);
    return count > 0;
}

static const struct dn_address first_v4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0}};

bool dn_is_ipv4(const struct dn_address *address)
{
    return memcmp(address->at, first_v4.at, 12) == 0;
}

bool dn_network_is_all(const struct dn_network *network)
{
    return network->bits == 0 || (network->bits <= 96 && dn_network_has(network, &first_v4));
}
