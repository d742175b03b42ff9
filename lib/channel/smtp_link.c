#include "channel/smtp_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "channel/curl_late.h"
#include "channel/smtp_reply.h"
#include "channel/smtp_verdict.h"

/* What libcurl reads a reply with while it connects; its own default is four times that. */
#define REPLY_ROOM 4096L

/* Each link has a multi handle of its own: a shared one would look for dead connections among all of them, and takes
 * one with an unread reply for dead. */
struct dn_link {
    CURL *easy; /* both NULL: the socket is ours */
    CURLM *multi;
    struct dn_watch *watch;
    size_t number;
    enum dn_link_state state;
    int64_t due_ms, now_ms;
    curl_socket_t fd; /* behind UP */
    unsigned want;
    bool encrypted, login;
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

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *of_socket)
{
    struct dn_link *link = context;
    (void)easy;
    (void)of_socket;
    unsigned want = (what & CURL_POLL_IN ? DN_WATCH_READ : 0) | (what & CURL_POLL_OUT ? DN_WATCH_WRITE : 0);
    if (what == CURL_POLL_REMOVE)
        dn_watch_remove(link->watch, fd);
    else
        dn_watch_set(link->watch, fd, want, link->number);
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct dn_link *link = context;
    (void)multi;
    link->due_ms = timeout_ms < 0 ? INT64_MAX : link->now_ms + timeout_ms;
    return 0;
}

static long use_of(enum dn_smtp_tls tls)
{
    return tls == DN_SMTP_TLS_REQUIRED ? CURLUSESSL_ALL : tls == DN_SMTP_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_TRY;
}

static bool set_security(CURL *easy, const struct dn_smtp_settings *settings)
{
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "smtps") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL, use_of(settings->tls)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           (!settings->ca_file || (curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) == CURLE_OK &&
                                   curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
           (!settings->user || (curl_easy_setopt(easy, CURLOPT_USERNAME, settings->user) == CURLE_OK &&
                                curl_easy_setopt(easy, CURLOPT_PASSWORD, settings->password) == CURLE_OK));
}

static bool set_connection(struct dn_link *link, const struct dn_smtp_settings *settings, const char *url)
{
    long wait_ms = (long)settings->timeouts.connect_ms;
    return curl_easy_setopt(link->easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_BUFFERSIZE, REPLY_ROOM) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_CONNECTTIMEOUT_MS, wait_ms) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, wait_ms / 1000 + 1) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_ERRORBUFFER, link->said) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_HEADERFUNCTION, take_line) == CURLE_OK &&
           curl_easy_setopt(link->easy, CURLOPT_HEADERDATA, link) == CURLE_OK;
}

static bool set_loop(struct dn_link *link)
{
    return curl_multi_setopt(link->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
           curl_multi_setopt(link->multi, CURLMOPT_SOCKETDATA, link) == CURLM_OK &&
           curl_multi_setopt(link->multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
           curl_multi_setopt(link->multi, CURLMOPT_TIMERDATA, link) == CURLM_OK &&
           curl_multi_add_handle(link->multi, link->easy) == CURLM_OK;
}

struct dn_link *dn_link_open(const struct dn_smtp_settings *settings, const char *url, struct dn_watch *watch,
                             size_t number, int64_t now_ms)
{
    struct dn_link *link = dn_alloc(1, sizeof *link);
    *link = (struct dn_link){.easy = curl_easy_init(),
                             .multi = curl_multi_init(),
                             .watch = watch,
                             .number = number,
                             .due_ms = now_ms,
                             .now_ms = now_ms,
                             .fd = CURL_SOCKET_BAD,
                             .login = settings->user != NULL,
                             .encrypted = settings->tls != DN_SMTP_TLS_NONE || !strncmp(url, "smtps:", 6)};
    if (link->easy && link->multi && set_connection(link, settings, url) && set_security(link->easy, settings) &&
        set_loop(link))
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
    if (link->easy && link->multi)
        curl_multi_remove_handle(link->multi, link->easy);
    curl_easy_cleanup(link->easy);
    curl_multi_cleanup(link->multi);
    link->easy = NULL;
    link->multi = NULL;
}

/* libcurl has done its part on a connection without TLS, and holds some 50 KB for it: the socket becomes ours. Libcurl
 * is left with one that leads nowhere, lest it says QUIT. Where that cannot be, all stays as it is. */
static void take_over(struct dn_link *link)
{
    int ours = fcntl(link->fd, F_DUPFD_CLOEXEC, 0), nowhere = socket(AF_UNIX, SOCK_STREAM, 0);
    dn_watch_remove(link->watch, link->fd);
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
    link->due_ms = INT64_MAX;
    link->want = DN_WATCH_READ;
    dn_watch_set(link->watch, link->fd, link->want, link->number);
    return link->state = DN_LINK_UP;
}

enum dn_link_state dn_link_drive(struct dn_link *link, int fd, unsigned ready, int64_t now_ms)
{
    int running = 0, left = 0;
    int mask = (ready & DN_WATCH_READ ? CURL_CSELECT_IN : 0) | (ready & DN_WATCH_WRITE ? CURL_CSELECT_OUT : 0);
    link->now_ms = now_ms;
    link->due_ms = fd < 0 ? INT64_MAX : link->due_ms;
    if (curl_multi_socket_action(link->multi, fd < 0 ? CURL_SOCKET_TIMEOUT : fd, mask, &running) != CURLM_OK)
        return fail(link, false, 0, "libcurl cannot go on");
    CURLMsg *message = curl_multi_info_read(link->multi, &left);
    if (!message || message->msg != CURLMSG_DONE)
        return link->state;
    return message->data.result == CURLE_OK ? come_up(link) : fail_of(link, message->data.result);
}

int64_t dn_link_due(const struct dn_link *link)
{
    return link->due_ms;
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
    dn_watch_set(link->watch, link->fd, want, link->number);
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
        dn_watch_remove(link->watch, link->fd);
        shutdown(link->fd, SHUT_RDWR);
    }
    bool ours = link->fd != CURL_SOCKET_BAD && !link->easy;
    end_curl(link);
    if (ours)
        close(link->fd);
    free(link);
}
