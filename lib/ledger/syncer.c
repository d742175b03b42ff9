#include "ledger/syncer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

/* A semaphore asks, a word in a pipe says how it went. (A pipe would ask, too, but Linux takes who writes into one for
 * about to sleep and has the reader wait for his processor.) */
struct dn_syncer {
    int fd;
    sem_t asked;
    bool ends; /* asked for the last time */
    int told[2];
    pthread_t thread;
};

struct told {
    int failed; /* an errno */
    int64_t took_us;
};

/* Reads or writes size bytes of a pipe; few enough to come and go in one piece. False: its other end is closed, or
 * errno. */
static bool take(int fd, void *into, size_t size)
{
    ssize_t got;
    do
        got = read(fd, into, size);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

static bool give(int fd, const void *from, size_t size)
{
    ssize_t gone;
    do
        gone = write(fd, from, size);
    while (gone < 0 && errno == EINTR);
    return gone == (ssize_t)size;
}

static int64_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int dn_syncer_sync(int fd, int64_t *took_us)
{
    int64_t from_us = clock_us();
    int failed = fdatasync(fd) == 0 ? 0 : errno;
    *took_us = clock_us() - from_us;
    return failed;
}

static void *run(void *argument)
{
    struct dn_syncer *syncer = argument;
    for (;;) {
        while (sem_wait(&syncer->asked) != 0)
            continue;
        if (syncer->ends)
            return NULL;
        struct told told = {.took_us = 0};
        told.failed = dn_syncer_sync(syncer->fd, &told.took_us);
        if (!give(syncer->told[1], &told, sizeof told))
            return NULL;
    }
}

static bool make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        ends[0] = ends[1] = -1;
        return false;
    }
    return fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0;
}

static void close_pipe(const int ends[2])
{
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

/* Signals stay the owner's. */
static bool start(struct dn_syncer *syncer)
{
    sigset_t all, before;
    sigfillset(&all);
    if ((errno = pthread_sigmask(SIG_SETMASK, &all, &before)) != 0)
        return false;
    int failed = pthread_create(&syncer->thread, NULL, run, syncer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = failed;
    return failed == 0;
}

struct dn_syncer *dn_syncer_open(int fd)
{
    struct dn_syncer *syncer = dn_alloc(1, sizeof *syncer);
    *syncer = (struct dn_syncer){.fd = fd, .told = {-1, -1}};
    if (sem_init(&syncer->asked, 0, 0) != 0) { /* not every system has them */
        free(syncer);
        return NULL;
    }
    if (make_pipe(syncer->told) && start(syncer))
        return syncer;
    close_pipe(syncer->told);
    sem_destroy(&syncer->asked);
    free(syncer);
    return NULL;
}

bool dn_syncer_begin(struct dn_syncer *syncer)
{
    return sem_post(&syncer->asked) == 0;
}

int dn_syncer_descriptor(const struct dn_syncer *syncer)
{
    return syncer->told[0];
}

int dn_syncer_end(struct dn_syncer *syncer, int64_t *took_us)
{
    struct told told = {.failed = 0};
    bool heard = take(syncer->told[0], &told, sizeof told);
    *took_us = told.took_us;
    return heard ? told.failed : EIO;
}

void dn_syncer_close(struct dn_syncer *syncer)
{
    if (!syncer)
        return;
    syncer->ends = true;
    sem_post(&syncer->asked);
    pthread_join(syncer->thread, NULL);
    sem_destroy(&syncer->asked);
    close_pipe(syncer->told);
    free(syncer);
}
