/* The same work by several threads at once. */
#ifndef DN_BASE_CREW_H
#define DN_BASE_CREW_H

#include <stdatomic.h>
#include <stddef.h>

/* Calls work for every member from 0 on, each in a thread of its own, the first in the caller's, and waits for all.
 * Where a thread cannot be had, the caller does its work afterwards: a member may wait only for what another one has
 * begun. */
void dn_crew_run(size_t members, void (*work)(void *context, size_t member), void *context);

/* Numbers from 0 on, each given out once, to whoever asks next. Starts zeroed. */
struct dn_tickets {
    atomic_size_t next;
};
size_t dn_tickets_take(struct dn_tickets *tickets);

#endif
