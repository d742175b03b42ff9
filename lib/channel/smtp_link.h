/* One connection to a relay, made by libcurl up to and including AUTH, and then only a stream of bytes. Inside the
 * engine of channel/smtp.h. */
#ifndef DN_CHANNEL_SMTP_LINK_H
#define DN_CHANNEL_SMTP_LINK_H

#include "channel/smtp.h"
#include "channel/smtp_watch.h"
#include "channel/smtp_wire.h"

enum dn_link_state { DN_LINK_OPENING, DN_LINK_UP, DN_LINK_FAILED };

/* Why a link failed. stop: trying again cannot help. */
struct dn_link_failure {
    bool stop;
    char code[32], reason[160];
};

struct dn_link;
struct dn_links; /* what the links to one relay share: libcurl's loop, and the certificates of those it trusts */

/* Prepares libcurl, once a process. */
enum dn_status dn_link_global(struct dn_error *err);

/* url: settings->url with our name behind it. All that is given stays the caller's, and stays. *links is closed behind
 * all of its links. */
enum dn_status dn_links_open(const struct dn_smtp_settings *settings, const char *url, struct dn_watch *watch,
                             struct dn_links **links, struct dn_error *err);
void dn_links_close(struct dn_links *links); /* NULL allowed */

/* Begins to connect. Watched under number. NULL: libcurl refuses. */
struct dn_link *dn_link_open(struct dn_links *links, size_t number, int64_t now_ms);

/* Goes on connecting: fd with what it is ready for, or fd -1 when dn_link_due has come. Other links may come up, or
 * fail, by the way: they are due at once, and their own _drive tells it. */
enum dn_link_state dn_link_drive(struct dn_link *link, int fd, unsigned ready, int64_t now_ms);

/* When _drive must be called without an event: when libcurl wants it, INT64_MAX: never; behind OPENING 0, at once. */
int64_t dn_link_due(const struct dn_link *link);

/* Behind UP: what EHLO offered. Behind FAILED: why. */
const struct dn_smtp_offer *dn_link_offer(const struct dn_link *link);
const struct dn_link_failure *dn_link_failure(const struct dn_link *link);

/* Behind UP: is it watched for writing, too? */
void dn_link_want(struct dn_link *link, unsigned want);

/* How many bytes went or came; 0: none can now; -1: the connection is gone. */
int64_t dn_link_send(struct dn_link *link, struct dn_text bytes);
int64_t dn_link_receive(struct dn_link *link, char *into, size_t room);

/* More is to come that the other end may hold back until it knows that what it sent has arrived (RFC 896): it is told
 * at once, not with the next thing said. */
void dn_link_acknowledge(struct dn_link *link);

/* May more be waiting behind a _receive that filled less than its room? */
bool dn_link_encrypted(const struct dn_link *link);

/* Closes the socket at once, without a word. NULL allowed. */
void dn_link_close(struct dn_link *link);

#endif
