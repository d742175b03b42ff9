#include "base/alloc.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one exit of the library. Nothing of an output was committed yet, and what leaves is in a ledger first, so ending
 * is safe. */
_Noreturn static void end(const char *message)
{
    if (write(2, message, strlen(message)) < 0)
        _exit(2);
    _exit(2);
}

_Noreturn static void spent(void)
{
    end("duenotice: memory is spent\n");
}

void dn_alloc_lost(void)
{
    end("duenotice: a temporary file cannot be read back ($TMPDIR)\n");
}

/* More than any object can take. */
static bool too_many(size_t count, size_t size)
{
    return size && count > PTRDIFF_MAX / size;
}

void *dn_alloc(size_t count, size_t size)
{
    if (too_many(count, size))
        spent();
    void *at = calloc(count ? count : 1, size ? size : 1);
    if (!at)
        spent();
    return at;
}

void *dn_realloc(void *old, size_t count, size_t size)
{
    if (too_many(count, size))
        spent();
    size_t bytes = count * size;
    void *at = realloc(old, bytes ? bytes : 1);
    if (!at)
        spent();
    return at;
}

char *dn_strdup(const char *text)
{
    return text ? dn_strndup(text, strlen(text)) : NULL;
}

char *dn_strndup(const char *at, size_t size)
{
    char *copy = dn_realloc(NULL, size + 1, 1);
    if (size)
        memcpy(copy, at, size);
    copy[size] = '\0';
    return copy;
}

void *dn_grow(void *at, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return at;
    *room = *room ? *room * 2 : 8;
    return dn_realloc(at, *room, size);
}

void dn_alloc_return_large(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
#endif
}

void dn_alloc_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
