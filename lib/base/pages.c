#define _DEFAULT_SOURCE /* madvise */
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

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
