#define _DEFAULT_SOURCE /* madvise */
#include "base/pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"

#define HUGE_PAGE ((uintptr_t)2 << 20)
#define PAGE ((uintptr_t)4096)

void dn_pages_hint(void *at, size_t size)
{
#ifdef MADV_HUGEPAGE
    uintptr_t from = ((uintptr_t)at + PAGE - 1) & ~(PAGE - 1), to = ((uintptr_t)at + size) & ~(PAGE - 1);
    if (size >= HUGE_PAGE)
        madvise((char *)at + (from - (uintptr_t)at), to - from, MADV_HUGEPAGE);
#else
    (void)at;
    (void)size;
#endif
}

void *dn_pages_block(size_t size)
{
    void *at = NULL;
    return posix_memalign(&at, PAGE, size) == 0 ? at : dn_realloc(NULL, size, 1);
}

void dn_pages_back(void *at, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    uintptr_t from = (uintptr_t)at & ~(PAGE - 1), to = ((uintptr_t)at + size) & ~(PAGE - 1);
    if (from < to)
        madvise((char *)at - ((uintptr_t)at - from), to - from, MADV_POPULATE_WRITE);
#else
    (void)at;
    (void)size;
#endif
}

void *dn_pages_alloc(size_t size)
{
    void *at = NULL;
    if (size < HUGE_PAGE || size % HUGE_PAGE != 0 || posix_memalign(&at, HUGE_PAGE, size) != 0)
        at = dn_realloc(NULL, size, 1);
    else
        dn_pages_hint(at, size);
    memset(at, 0, size);
    return at;
}

void *dn_pages_slab(size_t size)
{
    void *at = NULL;
    if (posix_memalign(&at, HUGE_PAGE, size) != 0)
        return dn_realloc(NULL, size, 1);
    dn_pages_hint(at, size);
    return at;
}

/* What is large begins at a huge page, and has a whole one for the rest that fills most of it: else the first and last
 * ones would be small. */
void *dn_pages_take(size_t count, size_t size)
{
    bool large = size && count <= (SIZE_MAX - HUGE_PAGE) / size && count * size >= HUGE_PAGE;
    if (!large)
        return dn_realloc(NULL, count, size);
    size_t bytes = count * size, rest = bytes % HUGE_PAGE;
    return dn_pages_slab(rest > HUGE_PAGE / 4 * 3 ? bytes - rest + HUGE_PAGE : bytes);
}
