/* A mail server for tests that fails where it is told to, and logs what it heard and took: the truth that a sender's
 * ledger is held against. On 127.0.0.1 only.
 *
 * smtp-fault [options] LOG: prints its port, serves until SIGTERM.
 *   --fault STAGE=KIND  STAGE: connect ehlo starttls auth mail rcpt data body dot rset; KIND: 4xx 5xx 421 drop stall
 *                       half (a part of a reply, then gone) drip (the first line of a longer reply, then silence) or a
 *                       code of three digits
 *   --skip N            on each connection the first N transactions go well; before MAIL: the first N connections
 *   --times N           only the first N faults happen
 *   --took              a message whose reply is dropped, stalled, halved or dripped was taken nevertheless
 *   --latency MS        between the final dot and its reply
 *   --starttls, --auth, --size N   are offered, too; --no-pipelining, --no-dsn: are not
 *   --dump FILE         every message that was taken, dots removed, is appended there
 * A recipient that begins with "rejected" gets 550 5.1.1, one with "later" 450 4.2.1.
 * LOG: "C connection what was said" for every command line, "A connection recipient envid bytes" for every message
 * taken. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

enum stage { CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY, DOT, RSET, OTHER };
static const char *const stages[] = {"connect", "ehlo", "starttls", "auth", "mail", "rcpt",
                                     "data",    "body", "dot",      "rset", NULL};

struct peer {
    int fd;
    unsigned number;
    struct dn_buf in, out, message;
    bool open, in_auth, in_data, gone, deaf;
    int good; /* transactions that went well */
    int64_t reply_at_ms;
    char recipient[300], envid[128];
    struct peer *next;
};

static struct {
    int fault_stage; /* -1: none */
    const char *kind;
    long skip, times, latency_ms, size;
    bool took, starttls, auth, no_pipelining, no_dsn;
    int log, dump, epoll;
    struct peer *peers;
    unsigned count;
} our = {.fault_stage = -1, .times = -1, .dump = -1};

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void note(int fd, const struct dn_buf *line)
{
    if (write(fd, line->at, line->size) != (ssize_t)line->size)
        die("log");
}

static void log_line(const struct peer *peer, char kind, struct dn_text text)
{
    struct dn_buf line = {0};
    dn_buf_addf(&line, "%c %u ", kind, peer->number);
    dn_buf_add_visible(&line, text);
    dn_buf_addc(&line, '\n');
    note(our.log, &line);
    dn_buf_clear(&line);
}

static void say(struct peer *peer, const char *text)
{
    dn_buf_adds(&peer->out, text);
}

static void leave(struct peer *peer)
{
    peer->gone = true;
}

/* Does the fault of this stage strike now? */
static bool strikes(const struct peer *peer, enum stage stage)
{
    long before = stage >= MAIL ? peer->good : (long)peer->number - 1;
    if ((int)stage != our.fault_stage || our.times == 0 || before < our.skip)
        return false;
    our.times -= our.times > 0;
    return true;
}

static void go_deaf(struct peer *peer)
{
    peer->deaf = true;
    epoll_ctl(our.epoll, EPOLL_CTL_DEL, peer->fd, NULL);
}

/* Fails as told; true when the conversation can go on. */
static bool fail(struct peer *peer)
{
    char reply[64];
    if (!strcmp(our.kind, "drop")) {
        leave(peer);
    } else if (!strcmp(our.kind, "stall")) {
        go_deaf(peer);
    } else if (!strcmp(our.kind, "half")) {
        say(peer, "25");
        leave(peer);
    } else if (!strcmp(our.kind, "drip")) {
        say(peer, "250-first line\r\n250 seco");
        go_deaf(peer);
    } else {
        bool class_only = !strcmp(our.kind, "4xx") || !strcmp(our.kind, "5xx");
        const char *code = !class_only ? our.kind : our.kind[0] == '4' ? "451" : "554";
        snprintf(reply, sizeof reply, "%s %c.7.0 so it was told\r\n", code, code[0]);
        say(peer, reply);
        if (!strcmp(code, "421"))
            leave(peer);
        else if (our.fault_stage == BODY) /* who answers before the end never reads it */
            go_deaf(peer);
        return true;
    }
    return false;
}

static void offer(struct peer *peer)
{
    char size[64] = "";
    if (our.size)
        snprintf(size, sizeof size, "250-SIZE %ld\r\n", our.size);
    say(peer, "250-fault.example says hello\r\n");
    say(peer, size);
    say(peer, our.starttls ? "250-STARTTLS\r\n" : "");
    say(peer, our.auth ? "250-AUTH PLAIN\r\n" : "");
    say(peer, our.no_pipelining ? "" : "250-PIPELINING\r\n");
    say(peer, our.no_dsn ? "" : "250-DSN\r\n");
    say(peer, "250 8BITMIME\r\n");
}

static void take_message(struct peer *peer)
{
    struct dn_buf line = {0};
    dn_buf_addf(&line, "A %u %s %s %zu\n", peer->number, peer->recipient, peer->envid, peer->message.size);
    note(our.log, &line);
    dn_buf_clear(&line);
    if (our.dump >= 0)
        note(our.dump, &peer->message);
}

static bool is_silent(void)
{
    return !strcmp(our.kind, "drop") || !strcmp(our.kind, "stall") || !strcmp(our.kind, "half") ||
           !strcmp(our.kind, "drip");
}

static void end_message(struct peer *peer)
{
    peer->in_data = peer->open = false;
    if (strikes(peer, DOT)) {
        if ((is_silent() && our.took) || our.kind[0] == '2')
            take_message(peer);
        fail(peer);
    } else if (!peer->recipient[0]) {
        say(peer, "554 5.5.1 nobody to give it to\r\n");
    } else {
        take_message(peer);
        say(peer, "250 2.0.0 Ok: queued as FAULT1234\r\n");
        peer->good++;
        peer->reply_at_ms = our.latency_ms ? now_ms() + our.latency_ms : 0;
    }
    peer->recipient[0] = peer->envid[0] = '\0';
}

static void between(struct dn_text line, const char *before, char after, char *into, size_t room)
{
    char text[1024];
    snprintf(text, sizeof text, "%.*s", (int)line.size, line.at);
    char *from = strstr(text, before), *to = from ? strchr(from + strlen(before), after) : NULL;
    into[0] = '\0';
    if (from)
        snprintf(into, room, "%.*s", to ? (int)(to - from - (int)strlen(before)) : 1000, from + strlen(before));
}

static void hear_rcpt(struct peer *peer, struct dn_text line)
{
    char recipient[300];
    between(line, "<", '>', recipient, sizeof recipient);
    if (!strncmp(recipient, "rejected", 8)) {
        say(peer, "550 5.1.1 no such user\r\n");
    } else if (!strncmp(recipient, "later", 5)) {
        say(peer, "450 4.2.1 not now\r\n");
    } else {
        memcpy(peer->recipient, recipient, sizeof recipient);
        say(peer, "250 2.1.5 ok\r\n");
    }
}

static enum stage stage_of(struct dn_text line)
{
    static const struct {
        const char *word;
        enum stage stage;
    } words[] = {{"EHLO ", EHLO},      {"HELO ", EHLO},    {"STARTTLS", STARTTLS}, {"AUTH ", AUTH},
                 {"MAIL FROM:", MAIL}, {"RCPT TO:", RCPT}, {"DATA", DATA},         {"RSET", RSET}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (dn_text_starts(line, words[i].word))
            return words[i].stage;
    return OTHER;
}

static void hear_well(struct peer *peer, enum stage stage, struct dn_text line)
{
    switch (stage) {
    case EHLO:
        offer(peer);
        break;
    case AUTH:
        peer->in_auth = dn_text_is(line, "AUTH PLAIN");
        say(peer, peer->in_auth ? "334 \r\n" : "235 2.7.0 welcome\r\n");
        break;
    case MAIL:
        peer->open = true;
        between(line, "ENVID=", ' ', peer->envid, sizeof peer->envid);
        say(peer, "250 2.1.0 ok\r\n");
        break;
    case RCPT:
        hear_rcpt(peer, line);
        break;
    case DATA:
        peer->in_data = true;
        dn_buf_reset(&peer->message);
        say(peer, "354 go on\r\n");
        break;
    case RSET:
        peer->open = false;
        peer->recipient[0] = '\0';
        say(peer, "250 2.0.0 ok\r\n");
        break;
    default:
        say(peer, dn_text_starts(line, "QUIT") ? "221 2.0.0 bye\r\n" : "502 5.5.1 what?\r\n");
        if (dn_text_starts(line, "QUIT"))
            leave(peer);
    }
}

static void hear(struct peer *peer, struct dn_text line)
{
    enum stage stage = stage_of(line);
    log_line(peer, 'C', line);
    if (strikes(peer, stage)) {
        if (stage == RCPT && our.kind[0] == '2')
            between(line, "<", '>', peer->recipient, sizeof peer->recipient);
        fail(peer);
    } else if (stage == MAIL && peer->open)
        say(peer, "503 5.5.1 one at a time\r\n");
    else if (stage == DATA && !peer->recipient[0])
        say(peer, "503 5.5.1 nobody to write to\r\n");
    else
        hear_well(peer, stage, line);
}

static void hear_line(struct peer *peer, struct dn_text line)
{
    if (line.size && line.at[line.size - 1] == '\r')
        line.size--;
    if (peer->in_auth) {
        peer->in_auth = false;
        say(peer, "235 2.7.0 welcome\r\n");
    } else if (!peer->in_data) {
        hear(peer, line);
    } else if (dn_text_is(line, ".")) {
        end_message(peer);
    } else {
        size_t dot = line.size && line.at[0] == '.';
        dn_buf_add(&peer->message, line.at + dot, line.size - dot);
        dn_buf_adds(&peer->message, "\r\n");
    }
}

static void take_lines(struct peer *peer)
{
    size_t from = 0;
    while (!peer->gone && !peer->deaf && !peer->reply_at_ms) {
        const char *end = memchr(peer->in.at + from, '\n', peer->in.size - from);
        if (!end)
            break;
        hear_line(peer, (struct dn_text){peer->in.at + from, (size_t)(end - peer->in.at) - from});
        from = (size_t)(end - peer->in.at) + 1;
        if (peer->in_data && peer->message.size > 1000 && strikes(peer, BODY))
            fail(peer);
    }
    memmove(peer->in.at, peer->in.at + from, peer->in.size - from);
    peer->in.size -= from;
}

static void flush(struct peer *peer)
{
    if (peer->out.size && !peer->reply_at_ms) {
        if (write(peer->fd, peer->out.at, peer->out.size) < 0 && errno != EAGAIN)
            leave(peer);
        dn_buf_reset(&peer->out);
    }
}

static void serve(struct peer *peer)
{
    char bytes[65536];
    ssize_t got = read(peer->fd, bytes, sizeof bytes);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        leave(peer);
        return;
    }
    dn_buf_add(&peer->in, bytes, (size_t)got);
    take_lines(peer);
    flush(peer);
}

static void welcome(int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    struct peer *peer = dn_alloc(1, sizeof *peer);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    *peer = (struct peer){.fd = fd, .number = ++our.count, .next = our.peers};
    our.peers = peer;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(our.epoll, EPOLL_CTL_ADD, fd, &event);
    log_line(peer, 'C', DN_TEXT("connect"));
    if (strikes(peer, CONNECT))
        fail(peer);
    else
        say(peer, "220 fault.example ready\r\n");
    flush(peer);
}

/* Replies that were held back, and connections that have ended. Returns how long until the next one. */
static int tend(void)
{
    int64_t now = our.latency_ms ? now_ms() : 0, next = now + 1000;
    for (struct peer **at = &our.peers; *at;) {
        struct peer *peer = *at;
        if (peer->reply_at_ms && now >= peer->reply_at_ms) {
            peer->reply_at_ms = 0;
            flush(peer);
            take_lines(peer);
            flush(peer);
        }
        if (peer->reply_at_ms && peer->reply_at_ms < next)
            next = peer->reply_at_ms;
        if (!peer->gone) {
            at = &peer->next;
            continue;
        }
        *at = peer->next;
        close(peer->fd);
        dn_buf_clear(&peer->in);
        dn_buf_clear(&peer->out);
        dn_buf_clear(&peer->message);
        free(peer);
    }
    return (int)(next - now);
}

static int listen_here(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0), room = 4096;
    if (fd < 0)
        die("socket");
    if (our.fault_stage == BODY) /* so that a large message does not fit into what lies between */
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        die("listen");
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static int open_append(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path);
    return fd;
}

static void set_fault(const char *text)
{
    const char *equals = strchr(text, '=');
    for (int i = 0; stages[i] && equals; i++)
        if (strlen(stages[i]) == (size_t)(equals - text) && !strncmp(stages[i], text, strlen(stages[i])))
            our.fault_stage = i;
    if (our.fault_stage < 0) {
        fprintf(stderr, "smtp-fault: no such stage: %s\n", text);
        exit(2);
    }
    our.kind = equals + 1;
}

static void read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct {
            const char *name;
            bool *into;
        } flags[] = {{"--took", &our.took},
                     {"--starttls", &our.starttls},
                     {"--auth", &our.auth},
                     {"--no-pipelining", &our.no_pipelining},
                     {"--no-dsn", &our.no_dsn}};
        const struct {
            const char *name;
            long *into;
        } numbers[] = {
            {"--skip", &our.skip}, {"--times", &our.times}, {"--latency", &our.latency_ms}, {"--size", &our.size}};
        bool found = false;
        for (size_t k = 0; k < sizeof flags / sizeof *flags && !found; k++)
            if ((found = !strcmp(argv[i], flags[k].name)))
                *flags[k].into = true;
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers && !found && i + 1 < argc; k++)
            if ((found = !strcmp(argv[i], numbers[k].name)))
                *numbers[k].into = strtol(argv[++i], NULL, 10);
        if (found)
            continue;
        if (!strcmp(argv[i], "--fault") && i + 1 < argc)
            set_fault(argv[++i]);
        else if (!strcmp(argv[i], "--dump") && i + 1 < argc)
            our.dump = open_append(argv[++i]);
        else if (argv[i][0] == '-' || our.log) {
            fprintf(stderr, "smtp-fault: what is %s?\n", argv[i]);
            exit(2);
        } else
            our.log = open_append(argv[i]);
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (!our.log) {
        fprintf(stderr, "smtp-fault [options] LOG\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    our.epoll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_here();
    struct epoll_event event = {.events = EPOLLIN}, events[64];
    epoll_ctl(our.epoll, EPOLL_CTL_ADD, listener, &event);
    for (int wait = 1000; !stopped; wait = tend()) {
        int count = epoll_wait(our.epoll, events, 64, wait);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                serve(events[i].data.ptr);
            else
                welcome(listener);
        }
    }
    return 0;
}
