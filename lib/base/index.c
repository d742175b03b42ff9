#include "base/index.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/pages.h"

#define LEAST_BITS 4
#define MOST_BITS 32

static void put(struct dn_index *index, uint64_t place)
{
    size_t i = (size_t)(place >> 32) >> index->shift;
    while (index->at[i])
        i = (i + 1) & (index->room - 1);
    index->at[i] = place;
}

static void grow(struct dn_index *index)
{
    struct dn_index old = *index;
    index->shift = old.room ? old.shift - 1 : MOST_BITS - LEAST_BITS;
    index->room = old.room ? old.room * 2 : (size_t)1 << LEAST_BITS;
    index->at = dn_pages_alloc(index->room * sizeof *index->at);
    for (size_t i = 0; i < old.room; i++)
        if (old.at[i])
            put(index, old.at[i]);
    free(old.at);
}

void dn_index_add(struct dn_index *index, uint64_t hash, uint32_t number)
{
    if (number == DN_INDEX_NONE || (index->room && index->shift == 0 && index->count + 1 >= index->room))
        dn_alloc(SIZE_MAX, SIZE_MAX); /* more than it can tell apart: memory would have been spent long before */
    if (index->count * 4 >= index->room * 3 && (index->room == 0 || index->shift > 0))
        grow(index);
    put(index, hash >> 32 << 32 | (number + 1));
    index->count++;
}

void dn_index_clear(struct dn_index *index)
{
    free(index->at);
    *index = (struct dn_index){0};
}
