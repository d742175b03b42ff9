#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "key/address.h"

struct dn_network_entry {
    struct dn_network network;
    size_t number;
};

void dn_networks_add(struct dn_networks *set, const struct dn_network *network, size_t number)
{
    set->at = dn_grow(set->at, set->count, &set->room, sizeof *set->at);
    set->at[set->count++] = (struct dn_network_entry){*network, number};
    set->sorted = false;
}

/* Longest first, then by base and number. */
static int compare(const void *a, const void *b)
{
    const struct dn_network_entry *x = a, *y = b;
    if (x->network.bits != y->network.bits)
        return x->network.bits > y->network.bits ? -1 : 1;
    int order = memcmp(x->network.base.at, y->network.base.at, sizeof x->network.base.at);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void drop_repeated(struct dn_networks *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++)
        if (kept == 0 || compare(&set->at[kept - 1], &set->at[i]) != 0)
            set->at[kept++] = set->at[i];
    set->count = kept;
}

/* The key of the first `bits` bits of an address. */
struct key {
    unsigned char at[17];
};

static struct dn_text key_of(struct key *key, const struct dn_address *address, int bits)
{
    memset(key->at, 0, sizeof key->at);
    key->at[0] = (unsigned char)bits;
    memcpy(key->at + 1, address->at, (size_t)(bits + 7) / 8);
    if (bits % 8)
        key->at[1 + bits / 8] &= (unsigned char)(0xFF << (8 - bits % 8));
    return (struct dn_text){(const char *)key->at, sizeof key->at};
}

static void index_entry(struct dn_networks *set, size_t i)
{
    const struct dn_network *network = &set->at[i].network;
    struct key key;
    bool added;
    size_t entry = dn_table_add(set->index, key_of(&key, &network->base, network->bits), &added);
    if (added)
        set->starts[entry] = i;
    set->starts[entry + 1] = i + 1;
    set->numbers[i] = set->at[i].number;
    if (set->length_count == 0 || set->lengths[set->length_count - 1] != network->bits)
        set->lengths[set->length_count++] = (unsigned char)network->bits;
}

void dn_networks_sort(struct dn_networks *set)
{
    if (set->sorted || set->count == 0)
        return;
    qsort(set->at, set->count, sizeof *set->at, compare);
    drop_repeated(set);
    if (set->index == NULL)
        set->index = dn_alloc(1, sizeof *set->index);
    dn_table_clear(set->index);
    set->numbers = dn_realloc(set->numbers, set->count, sizeof *set->numbers);
    set->starts = dn_realloc(set->starts, set->count + 1, sizeof *set->starts);
    set->length_count = 0;
    for (size_t i = 0; i < set->count; i++)
        index_entry(set, i);
    set->sorted = true;
}

size_t dn_networks_find(struct dn_networks *set, const struct dn_address *address, const size_t **numbers, int *bits)
{
    dn_networks_sort(set);
    *numbers = NULL;
    for (size_t i = 0; i < set->length_count; i++) {
        struct key key;
        size_t entry = dn_table_find(set->index, key_of(&key, address, set->lengths[i]));
        if (entry == SIZE_MAX)
            continue;
        if (bits)
            *bits = set->lengths[i];
        *numbers = set->numbers + set->starts[entry];
        return set->starts[entry + 1] - set->starts[entry];
    }
    return 0;
}

void dn_networks_clear(struct dn_networks *set)
{
    if (set->index)
        dn_table_clear(set->index);
    free(set->index);
    free(set->at);
    free(set->numbers);
    free(set->starts);
    *set = (struct dn_networks){0};
}
