#include "base/relay.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

struct dn_relay {
    size_t places;
    void (*work)(void *context, size_t place);
    void *context;
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t given, done; /* places in all */
    bool ended;
};

static void *run(void *argument)
{
    struct dn_relay *relay = argument;
    pthread_mutex_lock(&relay->lock);
    for (;;) {
        while (relay->done == relay->given && !relay->ended)
            pthread_cond_wait(&relay->changed, &relay->lock);
        if (relay->done == relay->given)
            break;
        size_t place = (size_t)(relay->done % relay->places);
        pthread_mutex_unlock(&relay->lock);
        relay->work(relay->context, place);
        pthread_mutex_lock(&relay->lock);
        relay->done++;
        pthread_cond_broadcast(&relay->changed);
    }
    pthread_mutex_unlock(&relay->lock);
    return NULL;
}

/* Signals stay the caller's. */
static bool start(struct dn_relay *relay)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    bool started = pthread_create(&relay->thread, NULL, run, relay) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

struct dn_relay *dn_relay_begin(size_t places, void (*work)(void *context, size_t place), void *context)
{
    struct dn_relay *relay = dn_alloc(1, sizeof *relay);
    relay->places = places;
    relay->work = work;
    relay->context = context;
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->changed, NULL);
    relay->threaded = start(relay);
    return relay;
}

static void wait_for(struct dn_relay *relay, uint64_t most)
{
    pthread_mutex_lock(&relay->lock);
    while (relay->given - relay->done > most)
        pthread_cond_wait(&relay->changed, &relay->lock);
    pthread_mutex_unlock(&relay->lock);
}

size_t dn_relay_place(struct dn_relay *relay)
{
    if (relay->threaded)
        wait_for(relay, relay->places - 1);
    return (size_t)(relay->given % relay->places); /* only the caller changes it */
}

void dn_relay_give(struct dn_relay *relay)
{
    if (!relay->threaded) {
        relay->work(relay->context, (size_t)(relay->given++ % relay->places));
        relay->done++;
        return;
    }
    pthread_mutex_lock(&relay->lock);
    relay->given++;
    pthread_cond_broadcast(&relay->changed);
    pthread_mutex_unlock(&relay->lock);
}

void dn_relay_wait(struct dn_relay *relay)
{
    if (relay->threaded)
        wait_for(relay, 0);
}

void dn_relay_end(struct dn_relay *relay)
{
    if (!relay)
        return;
    if (relay->threaded) {
        pthread_mutex_lock(&relay->lock);
        relay->ended = true;
        pthread_cond_broadcast(&relay->changed);
        pthread_mutex_unlock(&relay->lock);
        pthread_join(relay->thread, NULL);
    }
    pthread_cond_destroy(&relay->changed);
    pthread_mutex_destroy(&relay->lock);
    free(relay);
}
