#include "channel/smtp_watch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

#ifdef DN_HAVE_EPOLL
#include <sys/epoll.h>

struct dn_watch {
    int fd;
};

enum dn_status dn_watch_open(struct dn_watch **watch, struct dn_error *err)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0)
        return dn_error_errno(err, "epoll");
    *watch = dn_alloc(1, sizeof **watch);
    (*watch)->fd = fd;
    return DN_OK;
}

void dn_watch_set(struct dn_watch *watch, int fd, unsigned want, size_t number)
{
    struct epoll_event event = {.data.u64 = (uint64_t)number << 32 | (uint32_t)fd};
    event.events = (want & DN_WATCH_READ ? (uint32_t)EPOLLIN : 0) | (want & DN_WATCH_WRITE ? (uint32_t)EPOLLOUT : 0);
    if (epoll_ctl(watch->fd, EPOLL_CTL_MOD, fd, &event) != 0 && errno == ENOENT)
        epoll_ctl(watch->fd, EPOLL_CTL_ADD, fd, &event);
}

void dn_watch_remove(struct dn_watch *watch, int fd)
{
    struct epoll_event event = {0};
    epoll_ctl(watch->fd, EPOLL_CTL_DEL, fd, &event);
}

int dn_watch_wait(struct dn_watch *watch, int timeout_ms, struct dn_watch_event *events, int room)
{
    struct epoll_event found[64];
    int count = epoll_wait(watch->fd, found, room < 64 ? room : 64, timeout_ms);
    for (int i = 0; i < count; i++) {
        uint64_t tag = found[i].data.u64;
        unsigned ready = found[i].events & EPOLLOUT ? DN_WATCH_WRITE : 0;
        if (found[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            ready |= DN_WATCH_READ;
        events[i] = (struct dn_watch_event){(int)(uint32_t)tag, (size_t)(tag >> 32), ready};
    }
    return count < 0 && errno == EINTR ? 0 : count;
}

int dn_watch_descriptor(const struct dn_watch *watch)
{
    return watch->fd;
}

void dn_watch_close(struct dn_watch *watch)
{
    if (watch)
        close(watch->fd);
    free(watch);
}

#else
#include <poll.h>

struct dn_watch {
    struct pollfd *fds;
    size_t *numbers;
    size_t count, room;
};

enum dn_status dn_watch_open(struct dn_watch **watch, struct dn_error *err)
{
    (void)err;
    *watch = dn_alloc(1, sizeof **watch);
    return DN_OK;
}

static size_t place_of(const struct dn_watch *watch, int fd)
{
    size_t i = 0;
    while (i < watch->count && watch->fds[i].fd != fd)
        i++;
    return i;
}

void dn_watch_set(struct dn_watch *watch, int fd, unsigned want, size_t number)
{
    size_t i = place_of(watch, fd);
    if (i == watch->room) {
        watch->room = watch->room ? watch->room * 2 : 16;
        watch->fds = dn_realloc(watch->fds, watch->room, sizeof *watch->fds);
        watch->numbers = dn_realloc(watch->numbers, watch->room, sizeof *watch->numbers);
    }
    watch->count += i == watch->count;
    short events = (short)((want & DN_WATCH_READ ? POLLIN : 0) | (want & DN_WATCH_WRITE ? POLLOUT : 0));
    watch->fds[i] = (struct pollfd){.fd = fd, .events = events};
    watch->numbers[i] = number;
}

void dn_watch_remove(struct dn_watch *watch, int fd)
{
    size_t i = place_of(watch, fd);
    if (i == watch->count)
        return;
    watch->fds[i] = watch->fds[--watch->count];
    watch->numbers[i] = watch->numbers[watch->count];
}

int dn_watch_wait(struct dn_watch *watch, int timeout_ms, struct dn_watch_event *events, int room)
{
    int found = 0, count = poll(watch->fds, (nfds_t)watch->count, timeout_ms);
    for (size_t i = 0; i < watch->count && found < room && count > 0; i++) {
        short seen = watch->fds[i].revents;
        unsigned ready = seen & POLLOUT ? DN_WATCH_WRITE : 0;
        if (seen & (POLLIN | POLLERR | POLLHUP))
            ready |= DN_WATCH_READ;
        if (ready)
            events[found++] = (struct dn_watch_event){watch->fds[i].fd, watch->numbers[i], ready};
    }
    return count < 0 && errno != EINTR ? -1 : found;
}

int dn_watch_descriptor(const struct dn_watch *watch)
{
    (void)watch;
    return -1;
}

void dn_watch_close(struct dn_watch *watch)
{
    if (!watch)
        return;
    free(watch->fds);
    free(watch->numbers);
    free(watch);
}
#endif
