#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "deadline/said.h"
#include "deadline/said_parts.h"

/* A text of a shard's table, and its first bytes as a number that has their order. */
struct word {
    uint64_t first;
    struct dn_text text;
    uint32_t number;
    uint32_t shard;
};

static uint64_t first_bytes(struct dn_text text)
{
    uint64_t first = 0;
    for (size_t i = 0; i < 8; i++)
        first = first << 8 | (i < text.size ? (unsigned char)text.at[i] : 0u);
    return first;
}

static int compare(const void *a, const void *b)
{
    const struct word *left = a, *right = b;
    if (left->first != right->first)
        return left->first < right->first ? -1 : 1;
    return dn_text_compare(left->text, right->text);
}

/* The texts of one table of each shard in their order: ranks[shard][number], equal ones alike. Returns how many ranks
 * there are. */
static uint32_t rank(const struct dn_said *said, bool tenants, uint32_t *ranks[DN_SAID_SHARDS])
{
    size_t count = 0, next = 0;
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        count += dn_said_texts(said, i, tenants)->count;
    struct word *words = dn_alloc(count, sizeof *words);
    for (uint32_t i = 0; i < DN_SAID_SHARDS; i++) {
        const struct dn_table *table = dn_said_texts(said, i, tenants);
        ranks[i] = dn_alloc(table->count, sizeof *ranks[i]);
        for (uint32_t n = 0; n < table->count; n++) {
            struct dn_text text = dn_table_key(table, n);
            words[next++] = (struct word){first_bytes(text), text, n, i};
        }
    }
    qsort(words, count, sizeof *words, compare);
    uint32_t last = 0;
    for (size_t i = 0; i < count; i++) {
        last += i > 0 && compare(&words[i - 1], &words[i]) != 0;
        ranks[words[i].shard][words[i].number] = last;
    }
    free(words);
    return last + 1;
}

/* One pass of a counting sort: from in some order, to in the order of the ranks, and in theirs where these are alike.
 */
static void sort_by(const struct dn_said *said, bool tenants, const uint32_t *from, uint32_t *to, size_t count)
{
    uint32_t *ranks[DN_SAID_SHARDS];
    uint32_t rank_count = rank(said, tenants, ranks);
    size_t *places = dn_alloc((size_t)rank_count + 1, sizeof *places);
    for (size_t i = 0; i < count; i++)
        places[ranks[from[i] % DN_SAID_SHARDS][dn_said_text(said, from[i], tenants)] + 1]++;
    for (size_t i = 0; i < rank_count; i++)
        places[i + 1] += places[i];
    for (size_t i = 0; i < count; i++)
        to[places[ranks[from[i] % DN_SAID_SHARDS][dn_said_text(said, from[i], tenants)]]++] = from[i];
    for (size_t i = 0; i < DN_SAID_SHARDS; i++)
        free(ranks[i]);
    free(places);
}

uint32_t *dn_said_sorted(const struct dn_said *said)
{
    size_t count = dn_said_count(said), next = 0;
    uint32_t *references = dn_alloc(count, sizeof *references), *by_tenant = dn_alloc(count, sizeof *by_tenant);
    for (uint32_t shard = 0; shard < DN_SAID_SHARDS; shard++)
        for (size_t n = 0; n < dn_said_shard_count(said, shard); n++)
            references[next++] = (uint32_t)(n * DN_SAID_SHARDS + shard);
    sort_by(said, true, references, by_tenant, count);
    sort_by(said, false, by_tenant, references, count);
    free(by_tenant);
    return references;
}

void dn_said_incidents(const struct dn_said *said, struct dn_table *ids)
{
    for (size_t i = 0; i < DN_SAID_SHARDS; i++) {
        const struct dn_table *table = dn_said_texts(said, i, false);
        for (size_t n = 0; n < table->count; n++)
            dn_table_add(ids, dn_table_key(table, n), NULL);
    }
}
