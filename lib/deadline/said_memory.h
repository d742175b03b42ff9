/* Inside lib/deadline: memory for what tables say. Memory that the system has not given before is dear (it is cleared,
 * and in a virtual machine taken from the host), so what is not needed any more is used again, and pieces are so large
 * that huge pages can be behind most of it. */
#ifndef DN_DEADLINE_SAID_MEMORY_H
#define DN_DEADLINE_SAID_MEMORY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Some bytes, from where a line of the cache begins. */
struct dn_said_span {
    char *at;
    size_t size;
};

/* Begun by dn_said_memory_begin. */
struct dn_said_memory {
    pthread_mutex_t lock; /* guards all of it */
    void **pieces;        /* what has to be freed */
    size_t count, room;
    struct dn_said_span rest;   /* of the span from which the last ones were taken */
    struct dn_said_span *spare; /* given back */
    size_t spare_count, spare_room;
};

/* Begins with nothing; _end undoes it. */
void dn_said_memory_begin(struct dn_said_memory *memory);

/* size bytes, not zeroed, good until _end. alone: a piece of their own, since there may never be more: huge pages
 * would be too large then. Any thread may ask. */
void *dn_said_memory_take(struct dn_said_memory *memory, size_t size, bool alone);

/* Takes back what was taken not alone, for others. */
void dn_said_memory_give(struct dn_said_memory *memory, void *at, size_t size);

/* Frees all. */
void dn_said_memory_end(struct dn_said_memory *memory);

#endif
