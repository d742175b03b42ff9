#include "base/tandem.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

struct dn_tandem {
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
    struct dn_tandem *tandem = argument;
    pthread_mutex_lock(&tandem->lock);
    for (;;) {
        while (tandem->done == tandem->given && !tandem->ended)
            pthread_cond_wait(&tandem->changed, &tandem->lock);
        if (tandem->done == tandem->given)
            break;
        size_t place = (size_t)(tandem->done % tandem->places);
        pthread_mutex_unlock(&tandem->lock);
        tandem->work(tandem->context, place);
        pthread_mutex_lock(&tandem->lock);
        tandem->done++;
        pthread_cond_broadcast(&tandem->changed);
    }
    pthread_mutex_unlock(&tandem->lock);
    return NULL;
}

/* Signals stay the caller's. */
static bool start(struct dn_tandem *tandem)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    bool started = pthread_create(&tandem->thread, NULL, run, tandem) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

struct dn_tandem *dn_tandem_begin(size_t places, void (*work)(void *context, size_t place), void *context)
{
    struct dn_tandem *tandem = dn_alloc(1, sizeof *tandem);
    tandem->places = places;
    tandem->work = work;
    tandem->context = context;
    pthread_mutex_init(&tandem->lock, NULL);
    pthread_cond_init(&tandem->changed, NULL);
    tandem->threaded = start(tandem);
    return tandem;
}

static void wait_for(struct dn_tandem *tandem, uint64_t most)
{
    pthread_mutex_lock(&tandem->lock);
    while (tandem->given - tandem->done > most)
        pthread_cond_wait(&tandem->changed, &tandem->lock);
    pthread_mutex_unlock(&tandem->lock);
}

size_t dn_tandem_place(struct dn_tandem *tandem)
{
    if (tandem->threaded)
        wait_for(tandem, tandem->places - 1);
    return (size_t)(tandem->given % tandem->places); /* only the caller changes it */
}

void dn_tandem_give(struct dn_tandem *tandem)
{
    if (!tandem->threaded) {
        tandem->work(tandem->context, (size_t)(tandem->given++ % tandem->places));
        tandem->done++;
        return;
    }
    pthread_mutex_lock(&tandem->lock);
    tandem->given++;
    pthread_cond_broadcast(&tandem->changed);
    pthread_mutex_unlock(&tandem->lock);
}

void dn_tandem_wait(struct dn_tandem *tandem)
{
    if (tandem->threaded)
        wait_for(tandem, 0);
}

void dn_tandem_end(struct dn_tandem *tandem)
{
    if (!tandem)
        return;
    if (tandem->threaded) {
        pthread_mutex_lock(&tandem->lock);
        tandem->ended = true;
        pthread_cond_broadcast(&tandem->changed);
        pthread_mutex_unlock(&tandem->lock);
        pthread_join(tandem->thread, NULL);
    }
    pthread_cond_destroy(&tandem->changed);
    pthread_mutex_destroy(&tandem->lock);
    free(tandem);
}
