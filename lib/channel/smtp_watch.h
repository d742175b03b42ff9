/* Waits until one of many descriptors can be read or written: epoll where there is one, else poll(). */
#ifndef DN_CHANNEL_SMTP_WATCH_H
#define DN_CHANNEL_SMTP_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define DN_WATCH_READ 1U /* also: the peer has gone */
#define DN_WATCH_WRITE 2U

struct dn_watch;

struct dn_watch_event {
    int fd;
    size_t number; /* as given to _set */
    unsigned ready;
};

/* *watch is the caller's. DN_OK or DN_SYSTEM. */
enum dn_status dn_watch_open(struct dn_watch **watch, struct dn_error *err);

/* Watches fd for what `want` says (0: not at all, but a peer that goes is still told); again for the same fd: what is
 * new holds. A descriptor must be removed before it is closed. */
void dn_watch_set(struct dn_watch *watch, int fd, unsigned want, size_t number);
void dn_watch_remove(struct dn_watch *watch, int fd);

/* Waits at most timeout_ms (-1: for ever), fills at most `room` events. How many; 0 also after a signal; -1: it cannot
 * be waited (errno). */
int dn_watch_wait(struct dn_watch *watch, int timeout_ms, struct dn_watch_event *events, int room);

/* A descriptor that can be read when there are events, for a caller that waits for several things; -1: this system has
 * none. */
int dn_watch_descriptor(const struct dn_watch *watch);

void dn_watch_close(struct dn_watch *watch); /* NULL allowed */

#endif
