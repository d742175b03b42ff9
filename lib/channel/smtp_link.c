#include "channel/smtp_link.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "channel/curl_late.h"
#include "channel/curl_trust.h"
#include "channel/smtp_reply.h"
#include "channel/smtp_verdict.h"

/* What libcurl reads a reply with while it connects; its own default is four times that. */
#define REPLY_ROOM 4096L

struct dn_links {
    const struct dn_smtp_settings *settings;
    const char *url;
    struct dn_watch *watch;
    CURLM *multi;
    struct dn_trust trust;
    int64_t due_ms, now_ms;
};

struct dn_link {
    struct dn_links *links;
    CURL *easy; /* NULL: the socket is ours */
    CURLSH *apart;
    size_t number;
    enum dn_link_state state;
    curl_socket_t fd; /* behind UP */
    unsigned want;
    bool encrypted, login, has_folder;
    struct dn_smtp_offer offer;
    struct dn_link_failure failure;
    struct dn_smtp_reply last; /* reply line of the connect phase, for failures */
    char said[CURL_ERROR_SIZE];
};

enum dn_status dn_link_global(struct dn_error *err)
{
    static bool done;
    if (done)
        return DN_OK;
    unsetenv("SSLKEYLOGFILE");
    if (dn_curl_load(err) != DN_OK)
        return DN_SYSTEM;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return dn_error_set(err, DN_SYSTEM, "libcurl cannot be used");
    done = true;
    return DN_OK;
}

static size_t take_line(char *at, size_t size, size_t count, void *context)
{
    struct dn_link *link = context;
    dn_smtp_offer_line(&link->offer, (struct dn_text){at, size * count});
    link->last.size = size * count < DN_SMTP_SAID ? size * count : DN_SMTP_SAID;
    memcpy(link->last.said, at, link->last.size);
    return size * count;
}

static struct dn_link *link_of(CURL *easy)
{
    char *link = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &link);
    return (struct dn_link *)(void *)link;
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *of_socket)
{
    struct dn_links *links = context;
    (void)of_socket;
    unsigned want = (what & CURL_POLL_IN ? DN_WATCH_READ : 0) | (what & CURL_POLL_OUT ? DN_WATCH_WRITE : 0);
    if (what == CURL_POLL_REMOVE)
        dn_watch_remove(links->watch, fd);
    else
        dn_watch_set(links->watch, fd, want, link_of(easy)->number);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct dn_links *links = context;
    (void)multi;
    links->due_ms = timeout_ms < 0 ? INT64_MAX : links->now_ms + timeout_ms;
    return 0;
}

enum dn_status dn_links_open(const struct dn_smtp_settings *settings, const char *url, struct dn_watch *watch,
                             struct dn_links **links, struct dn_error *err)
{
    *links = NULL;
    if (dn_link_global(err) != DN_OK)
        return DN_SYSTEM;
    struct dn_links *it = dn_alloc(1, sizeof *it);
    *it = (struct dn_links){.settings = settings,
                            .url = url,
                            .watch = watch,
                            .multi = curl_multi_init(),
                            .due_ms = INT64_MAX,
                            .trust = {.ca_file = settings->ca_file}};
    *links = it;
    if (it->multi && curl_multi_setopt(it->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
        curl_multi_setopt(it->multi, CURLMOPT_SOCKETDATA, it) == CURLM_OK &&
        curl_multi_setopt(it->multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
        curl_multi_setopt(it->multi, CURLMOPT_TIMERDATA, it) == CURLM_OK)
        return DN_OK;
    dn_links_close(it);
    *links = NULL;
    return dn_error_set(err, DN_SYSTEM, "libcurl cannot be used");
}

void dn_links_close(struct dn_links *links)
{
    if (links)
        curl_multi_cleanup(links->multi);
    free(links);
}

static long use_of(enum dn_smtp_tls tls)
{
    return tls == DN_SMTP_TLS_REQUIRED ? CURLUSESSL_ALL : tls == DN_SMTP_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_TRY;
}

static bool set_security(struct dn_link *link, const struct dn_smtp_settings *settings)
{
    CURL *easy = link->easy;
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "smtps") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL, use_of(settings->tls)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           dn_trust_set(&link->links->trust, easy, &link->has_folder) &&
           (!settings->user || (curl_easy_setopt(easy, CURLOPT_USERNAME, settings->user) == CURLE_OK &&
                                curl_easy_setopt(easy, CURLOPT_PASSWORD, settings->password) == CURLE_OK));
}

/* Every connection looks the relay's name up for itself, and so goes where the name service sends it. */
static bool set_connection(struct dn_link *link)
{
    long wait_ms = (long)link->links->settings->timeouts.connect_ms;
    return curl_easy_setopt(link->easy, CURLOPT_URL, link->links->url) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_BUFFERSIZE, REPLY_ROOM) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_CONNECTTIMEOUT_MS, wait_ms) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, wait_ms / 1000 + 1) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_ERRORBUFFER, link->said) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_HEADERFUNCTION, take_line) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_HEADERDATA, link) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_PRIVATE, link) == CURLE_OK;
}

/* A connection is kept apart from the others: libcurl looks for dead ones among those that it keeps together, takes one
 * with an unread reply for dead, and closes it. */
static bool set_apart(struct dn_link *link)
{
    link->apart = curl_share_init();
    return link->apart && curl_share_setopt(link->apart, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_SHARE, link->apart) == CURLE_OK;
}

struct dn_link *dn_link_open(struct dn_links *links, size_t number, int64_t now_ms)
{
    const struct dn_smtp_settings *settings = links->settings;
    struct dn_link *link = dn_alloc(1, sizeof *link);
    links->now_ms = now_ms;
    *link = (struct dn_link){.links = links,
                             .easy = curl_easy_init(),
                             .number = number,
                             .fd = CURL_SOCKET_BAD,
                             .login = settings->user != NULL,
                             .encrypted = settings->tls != DN_SMTP_TLS_NONE || !strncmp(links->url, "smtps:", 6)};
    if (link->easy && set_connection(link) && set_security(link, settings) && set_apart(link) &&
        curl_multi_add_handle(links->multi, link->easy) == CURLM_OK)
        return link;
    dn_link_close(link);
    return NULL;
}

static enum dn_link_state fail(struct dn_link *link, bool stop, int code, const char *why)
{
    struct dn_link_failure *failure = &link->failure;
    failure->stop = stop;
    if (code >= 400)
        snprintf(failure->code, sizeof failure->code, "%d", code);
    char said[160];
    dn_smtp_safe(dn_text_of(why), said, sizeof said);
    snprintf(failure->reason, sizeof failure->reason, "connect: %.140s", said);
    return link->state = DN_LINK_FAILED;
}

/* "Login denied" says less than the server's own line. */
static enum dn_link_state fail_of(struct dn_link *link, CURLcode result)
{
    long code = 0;
    curl_easy_getinfo(link->easy, CURLINFO_RESPONSE_CODE, &code);
    bool stop = dn_smtp_judge_connect((int)result, (int)code, link->said);
    struct dn_text line = dn_text_trim((struct dn_text){link->last.said, link->last.size});
    while (line.size && (line.at[line.size - 1] == '\n' || line.at[line.size - 1] == '\r'))
        line.size--;
    struct dn_buf why = {0};
    dn_buf_adds(&why, link->said[0] ? link->said : curl_easy_strerror(result));
    if (code >= 400 && line.size) {
        dn_buf_adds(&why, ": ");
        dn_buf_addt(&why, line);
    }
    fail(link, stop, (int)code, why.at);
    dn_buf_clear(&why);
    return link->state;
}

static void end_curl(struct dn_link *link)
{
    if (link->easy)
        curl_multi_remove_handle(link->links->multi, link->easy);
    curl_easy_cleanup(link->easy);
    curl_share_cleanup(link->apart);
    link->easy = NULL;
    link->apart = NULL;
}

/* libcurl has done its part on a connection without TLS, and holds some 50 KB for it: the socket becomes ours. Libcurl
 * is left with one that leads nowhere, lest it says QUIT. Where that cannot be, all stays as it is. */
static void take_over(struct dn_link *link)
{
    int ours = fcntl(link->fd, F_DUPFD_CLOEXEC, 0), nowhere = socket(AF_UNIX, SOCK_STREAM, 0);
    dn_watch_remove(link->links->watch, link->fd);
    if (ours >= 0 && nowhere >= 0 && dup2(nowhere, link->fd) >= 0) {
        end_curl(link);
        link->fd = ours;
    } else if (ours >= 0) {
        close(ours);
    }
    if (nowhere >= 0)
        close(nowhere);
}

static enum dn_link_state come_up(struct dn_link *link)
{
    curl_easy_getinfo(link->easy, CURLINFO_ACTIVESOCKET, &link->fd);
    if (link->fd == CURL_SOCKET_BAD)
        return fail(link, false, 0, "the connection was lost at once");
    if (link->login && !link->offer.auth)
        return fail(link, true, 0, "the relay offers no AUTH, and a user is configured");
    if (!link->encrypted)
        take_over(link);
    link->want = DN_WATCH_READ;
    dn_watch_set(link->links->watch, link->fd, link->want, link->number);
    return link->state = DN_LINK_UP;
}

/* Connects once more if there are more authorities to hold the relay's certificate against. */
static bool try_wider(struct dn_link *link, CURLcode result)
{
    struct dn_links *links = link->links;
    if (result != CURLE_PEER_FAILED_VERIFICATION || !dn_trust_widen(&links->trust, link->easy, &link->has_folder))
        return false;
    curl_multi_remove_handle(links->multi, link->easy);
    link->last.size = 0;
    return curl_multi_add_handle(links->multi, link->easy) == CURLM_OK;
}

/* Of all links, since libcurl may have come to an end with others, too. */
static void settle_links(struct dn_links *links)
{
    CURLMsg *message;
    int left = 0;
    while ((message = curl_multi_info_read(links->multi, &left))) {
        struct dn_link *link = link_of(message->easy_handle);
        CURLcode result = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        if (result == CURLE_OK)
            come_up(link);
        else if (!try_wider(link, result))
            fail_of(link, result);
    }
}

enum dn_link_state dn_link_drive(struct dn_link *link, int fd, unsigned ready, int64_t now_ms)
{
    struct dn_links *links = link->links;
    int running = 0;
    int mask = (ready & DN_WATCH_READ ? CURL_CSELECT_IN : 0) | (ready & DN_WATCH_WRITE ? CURL_CSELECT_OUT : 0);
    if (link->state != DN_LINK_OPENING)
        return link->state;
    links->now_ms = now_ms;
    links->due_ms = fd < 0 ? INT64_MAX : links->due_ms;
    if (curl_multi_socket_action(links->multi, fd < 0 ? CURL_SOCKET_TIMEOUT : fd, mask, &running) != CURLM_OK)
        return fail(link, false, 0, "libcurl cannot go on");
    settle_links(links);
    return link->state;
}

int64_t dn_link_due(const struct dn_link *link)
{
    return link->state == DN_LINK_OPENING ? link->links->due_ms : 0;
}

const struct dn_smtp_offer *dn_link_offer(const struct dn_link *link)
{
    return &link->offer;
}

const struct dn_link_failure *dn_link_failure(const struct dn_link *link)
{
    return &link->failure;
}

void dn_link_want(struct dn_link *link, unsigned want)
{
    if (want == link->want)
        return;
    link->want = want;
    dn_watch_set(link->links->watch, link->fd, want, link->number);
}

/* What send() or recv() on our own socket has said, the same way as libcurl's. */
static int64_t moved(ssize_t count)
{
    if (count > 0)
        return count;
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

int64_t dn_link_send(struct dn_link *link, struct dn_text bytes)
{
    size_t sent = 0;
    if (!link->easy)
        return moved(send(link->fd, bytes.at, bytes.size, MSG_NOSIGNAL));
    CURLcode result = curl_easy_send(link->easy, bytes.at, bytes.size, &sent);
    if (result == CURLE_AGAIN)
        return 0;
    return result == CURLE_OK ? (int64_t)sent : -1;
}

int64_t dn_link_receive(struct dn_link *link, char *into, size_t room)
{
    size_t came = 0;
    if (!link->easy)
        return moved(recv(link->fd, into, room, 0));
    CURLcode result = curl_easy_recv(link->easy, into, room, &came);
    if (result == CURLE_AGAIN)
        return 0;
    return result == CURLE_OK && came ? (int64_t)came : -1;
}

void dn_link_acknowledge(struct dn_link *link)
{
#ifdef TCP_QUICKACK
    int on = 1;
    setsockopt(link->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#else
    (void)link;
#endif
}

bool dn_link_encrypted(const struct dn_link *link)
{
    return link->encrypted;
}

/* The socket is shut first: else libcurl says QUIT and waits for the answer. */
void dn_link_close(struct dn_link *link)
{
    if (!link)
        return;
    if (link->fd != CURL_SOCKET_BAD) {
        dn_watch_remove(link->links->watch, link->fd);
        shutdown(link->fd, SHUT_RDWR);
    }
    bool ours = link->fd != CURL_SOCKET_BAD && !link->easy;
    end_curl(link);
    if (ours)
        close(link->fd);
    free(link);
}
