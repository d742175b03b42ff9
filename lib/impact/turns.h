/* Turns: what threads do in any order is handed on in that of its numbers. Inside lib/impact only. */
#ifndef DN_IMPACT_TURNS_H
#define DN_IMPACT_TURNS_H

#include <pthread.h>
#include <stddef.h>

struct dn_turns {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t next;
};

/* Begins with the turn of number 0; _clear undoes it. */
void dn_turns_begin(struct dn_turns *turns);

/* Waits until all numbers before this one have ended, which other threads must have begun. */
void dn_turns_wait(struct dn_turns *turns, size_t number);

/* Ends the turn of the number that was waited for. */
void dn_turns_end(struct dn_turns *turns);

void dn_turns_clear(struct dn_turns *turns);

#endif
