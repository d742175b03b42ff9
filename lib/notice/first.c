#include "notice/first.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/table.h"
#include "notice/reach.h"
#include "tenant/cell.h"

struct named {
    size_t rank, number;
};

/* Several spellings of one tenant are one name: the first of them tells its rank. */
static void add_names(const struct dn_strings *names, struct dn_table *table)
{
    struct dn_buf key = {0};
    for (size_t i = 0; i < names->count; i++) {
        dn_buf_reset(&key);
        dn_tenant_key(dn_text_of(names->at[i]), &key);
        dn_table_add(table, dn_buf_text(&key), NULL);
    }
    dn_buf_clear(&key);
}

static int compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static struct named *collect(const struct dn_affected_list *affected, const struct dn_table *table, size_t *count)
{
    struct dn_affected_reader reader = {.list = affected};
    struct dn_buf key = {0};
    struct named *all = NULL;
    size_t room = 0;
    for (size_t i = 0; i < affected->count; i++) {
        dn_buf_reset(&key);
        dn_tenant_key(dn_text_of(dn_affected_at(&reader, i)->tenant_id), &key);
        size_t rank = dn_table_find(table, dn_buf_text(&key));
        if (rank == SIZE_MAX)
            continue;
        all = dn_grow(all, *count, &room, sizeof *all);
        all[(*count)++] = (struct named){rank, i};
    }
    dn_buf_clear(&key);
    dn_affected_reader_clear(&reader);
    return all;
}

void dn_first_find(const struct dn_affected_list *affected, const struct dn_strings *names, struct dn_first *first)
{
    struct dn_table table = {0};
    if (!names->count)
        return;
    add_names(names, &table);
    struct named *all = collect(affected, &table, &first->count);
    first->ranked = dn_alloc(first->count, sizeof *first->ranked);
    first->sorted = dn_alloc(first->count, sizeof *first->sorted);
    for (size_t i = 0; i < first->count; i++)
        first->sorted[i] = all[i].number;
    if (first->count)
        qsort(all, first->count, sizeof *all, compare);
    for (size_t i = 0; i < first->count; i++)
        first->ranked[i] = all[i].number;
    free(all);
    dn_table_clear(&table);
}

void dn_first_clear(struct dn_first *first)
{
    free(first->ranked);
    free(first->sorted);
    *first = (struct dn_first){0};
}

size_t dn_first_rank(const struct dn_strings *names, const char *tenant_id)
{
    for (size_t i = 0; i < names->count; i++)
        if (dn_tenant_same(names->at[i], tenant_id))
            return i;
    return SIZE_MAX;
}
