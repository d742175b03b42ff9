#include "impact/turns.h"

void dn_turns_begin(struct dn_turns *turns)
{
    pthread_mutex_init(&turns->lock, NULL);
    pthread_cond_init(&turns->turned, NULL);
    turns->next = 0;
}

void dn_turns_wait(struct dn_turns *turns, size_t number)
{
    pthread_mutex_lock(&turns->lock);
    while (turns->next != number)
        pthread_cond_wait(&turns->turned, &turns->lock);
    pthread_mutex_unlock(&turns->lock);
}

void dn_turns_end(struct dn_turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    turns->next++;
    pthread_cond_broadcast(&turns->turned);
    pthread_mutex_unlock(&turns->lock);
}

void dn_turns_clear(struct dn_turns *turns)
{
    pthread_cond_destroy(&turns->turned);
    pthread_mutex_destroy(&turns->lock);
}
