/* Large pieces of memory that are looked at here and there. */
#ifndef DN_BASE_PAGES_H
#define DN_BASE_PAGES_H

#include <stddef.h>

/* Asks the system, where it can, to back what lies there by huge pages; best before it is first written to. A hint: it
 * changes nothing but time. */
void dn_pages_hint(void *at, size_t size);

/* size bytes from the begin of a page on, not zeroed, to be given to free(). Never NULL. */
void *dn_pages_block(size_t size);

/* Asks the system to back these bytes, all of which will be written to, at once: quicker than page by page, when each
 * is touched. A hint. */
void dn_pages_back(void *at, size_t size);

/* size zeroed bytes for free(), whole huge pages where it is that large, so that all of it can be backed by them. They
 * are written to at once, unlike those of dn_alloc: a new page that is looked at before it is written to is at first
 * the one that all zeroes share, and to take that away again every other thread is interrupted. */
void *dn_pages_alloc(size_t size);

/* size bytes, whole huge pages, with that hint and aligned for it, not zeroed, to be given to free(). Never NULL. */
void *dn_pages_slab(size_t size);

/* count × size bytes with that hint, not zeroed, to be given to free(). Never NULL. */
void *dn_pages_take(size_t count, size_t size);

#endif
