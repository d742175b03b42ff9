#include "base/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

struct member {
    void (*work)(void *context, size_t member);
    void *context;
    size_t number;
    pthread_t thread;
    bool started;
};

static void *run(void *argument)
{
    struct member *member = argument;
    member->work(member->context, member->number);
    return NULL;
}

/* Signals stay the caller's. */
static void start(struct member *members, size_t count)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    for (size_t i = 1; i < count; i++)
        members[i].started = pthread_create(&members[i].thread, NULL, run, &members[i]) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void dn_crew_run(size_t members, void (*work)(void *context, size_t member), void *context)
{
    struct member *all = dn_alloc(members, sizeof *all);
    for (size_t i = 0; i < members; i++)
        all[i] = (struct member){.work = work, .context = context, .number = i};
    if (members > 1)
        start(all, members);
    for (size_t i = 0; i < members; i++)
        if (!all[i].started)
            run(&all[i]);
    for (size_t i = 0; i < members; i++)
        if (all[i].started)
            pthread_join(all[i].thread, NULL);
    free(all);
}

size_t dn_tickets_take(struct dn_tickets *tickets)
{
    return atomic_fetch_add(&tickets->next, 1);
}
