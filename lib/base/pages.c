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

void *dn_pages_alloc(size_t size)
{
    void *at = NULL;
    if (size < HUGE_PAGE || size % HUGE_PAGE != 0 || posix_memalign(&at, HUGE_PAGE, size) != 0)
        return dn_alloc(size, 1);
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

/* What is large begins at a huge page: else its first and last ones would be small. */
void *dn_pages_take(size_t count, size_t size)
{
    bool large = size && count <= SIZE_MAX / size && count * size >= HUGE_PAGE;
    return large ? dn_pages_slab(count * size) : dn_realloc(NULL, count, size);
}
