/* Memory that is there: the one place of the library that ends the process, when memory is spent (status 2). */
#ifndef DN_BASE_ALLOC_H
#define DN_BASE_ALLOC_H

#include <stddef.h>

/* count × size zeroed bytes, to be given to free(). Never NULL, not even for 0 bytes. */
void *dn_alloc(size_t count, size_t size);

/* old (NULL allowed) grown or shrunk to count × size bytes; what is new is not zeroed. Never NULL. */
void *dn_realloc(void *old, size_t count, size_t size);

/* A copy of text with a NUL behind it; NULL gives NULL. The caller frees it. */
char *dn_strdup(const char *text);

/* A copy of size bytes with a NUL behind them. The caller frees it. */
char *dn_strndup(const char *at, size_t size);

/* Makes room for one more element: the usual grow step of `at`/`count`/`room` arrays. Returns the array. */
void *dn_grow(void *at, size_t count, size_t *room, size_t size);

/* From now on every large block that is freed goes back to the system: glibc raises its own bound with each of them.
 * For main, once. */
void dn_alloc_return_large(void);

/* Gives back the small ones that were freed: where many have come to their end, and more is to come. */
void dn_alloc_trim(void);

/* What was put outside memory (base/shelf.h) cannot be read back: the process ends as if memory were spent. */
_Noreturn void dn_alloc_lost(void);

#endif
