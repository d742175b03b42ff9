/* The same work by several threads at once. */
#ifndef DN_BASE_CREW_H
#define DN_BASE_CREW_H

#include <stdatomic.h>
#include <stddef.h>

/* Calls work for every member from 0 on, each in a thread of its own, the first in the caller's, and waits for all.
 * Where a thread cannot be had, the caller does its work afterwards: a member may wait only for what another one has
 * begun. */
void dn_crew_run(size_t members, void (*work)(void *context, size_t member), void *context);

/* So many bytes stand at the end of what each member has for itself in an array of them: no line of the cache (machines
 * fetch them in pairs) then has what two threads write, and none waits for it to come over from the other core. */
#define DN_APART 128

/* Numbers from 0 on, each given out once, to whoever asks next. Starts zeroed. */
struct dn_tickets {
    atomic_size_t next;
};
size_t dn_tickets_take(struct dn_tickets *tickets);

#endif
