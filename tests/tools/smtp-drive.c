/* Drives the mail engine as notify-send does, without notices: for tests and measurements of delivery alone.
 *
 * smtp-drive [options] URL [LIST]
 *   LIST: one recipient a line; or --count N makes r0000001@drive.example and so on
 *   --size BYTES of each message (4096)  --connections N (16)  --per-connection N  --rate N
 *   --tls required|opportunistic|none (required)  --ca FILE  --user NAME --password-file FILE
 *   --patience MS: all timeouts  --dot-patience MS: the one behind the dot
 *   --first-wait MS, --longest MS: how long a relay that failed is left alone (1000, 10000)  --refusals N (0)
 *   --wait: a relay that fails is tried again; default: what it has not taken is given back
 *   --attempts N: of a deferred recipient (1)
 *   --ledger FILE: intents and outcomes are kept there, durably; what is settled there is not sent again
 *   --without-intents: they are written only with the outcome; such a sender must fail the crash test
 *   --quiet: counts only
 * Prints "RECIPIENT STATE relay|- intent|- CODE|REASON|REFERENCE", and counts on standard error.
 * Status: 0 all accepted or settled, 1 not all, 2 it could not run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/alloc.h"
#include "channel/retry.h"
#include "channel/secret.h"
#include "channel/smtp.h"
#include "channel/smtp_wire.h"
#include "ledger/ledger.h"

struct item {
    char *recipient;
    char key[DN_SHA256_HEX];
    int64_t attempt;
    struct dn_buf return_path, message; /* while it is in the engine */
};

static struct {
    struct dn_smtp_settings settings;
    struct item *items;
    size_t count, room, next;
    long size, attempts;
    bool wait, quiet, no_intents;
    bool waiting; /* a letter is ready, its intent not durable yet */
    const char *list, *ledger_path, *password_file;
    struct dn_ledger *ledger;
    struct dn_smtp *engine;
    struct dn_retries retries;
    struct dn_dice dice;
    size_t states[DN_STATE_HELD + 1], settled, left, pending;
    char *filler;
    struct dn_buf said; /* results that are not durable yet */
} our = {.settings = {.connections = 16, .first_wait_ms = 1000, .longest_ms = 10000, .rate_ms = 1000},
         .size = 4096,
         .attempts = 1};

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

static void die(const struct dn_error *err)
{
    fprintf(stderr, "smtp-drive: %s\n", err->text);
    exit(2);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- items --- */

static void add_item(const char *recipient)
{
    our.items = dn_grow(our.items, our.count, &our.room, sizeof *our.items);
    struct item *item = &our.items[our.count++];
    *item = (struct item){.recipient = dn_strdup(recipient)};
    dn_ledger_key(DN_TEXT("drive"), DN_TEXT("initial"), dn_text_of(recipient), DN_CHANNEL_EMAIL_ADMIN,
                  dn_text_of(recipient), item->key);
}

static void read_list(void)
{
    char line[1024];
    FILE *file = our.list ? fopen(our.list, "r") : stdin;
    if (!file) {
        perror(our.list);
        exit(2);
    }
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        add_item(line);
    }
    if (file != stdin)
        fclose(file);
}

static void make_list(long count)
{
    char recipient[64];
    for (long i = 1; i <= count; i++) {
        snprintf(recipient, sizeof recipient, "r%07ld@drive.example", i);
        add_item(recipient);
    }
}

/* Lines that begin with dots, so that stuffing is seen. */
static void make_filler(void)
{
    size_t room = (size_t)our.size, at = 0;
    our.filler = dn_alloc(room + 100, 1);
    for (size_t i = 0; at < room; i++)
        at += (size_t)snprintf(our.filler + at, 100, "%sline %zu of what is said to the customer\r\n",
                               i % 8 ? "" : "..", i);
}

static void make_message(struct item *item)
{
    dn_buf_reset(&item->message);
    dn_buf_addf(
        &item->message,
        "From: <notices@drive.example>\r\nTo: <%s>\r\nSubject: drive\r\nMessage-ID: <%.32s@drive.example>\r\n\r\n",
        item->recipient, item->key);
    dn_buf_adds(&item->message, our.filler);
    dn_buf_reset(&item->return_path);
    dn_smtp_return_path(item->key, "drive.example", &item->return_path);
}

/* --- ledger --- */

static void append(size_t number, enum dn_state state, const struct dn_outcome *outcome)
{
    static const struct dn_outcome none = {.code = "smtp"};
    struct dn_error err = {0};
    const struct item *item = &our.items[number];
    if (!our.ledger)
        return;
    outcome = outcome ? outcome : &none;
    struct dn_ledger_row row = {.at = dn_instant_clock(),
                                .incident_id = DN_TEXT("drive"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = dn_text_of(item->recipient),
                                .channel = DN_CHANNEL_EMAIL_ADMIN,
                                .recipient = dn_text_of(item->recipient),
                                .key = dn_text_of(item->key),
                                .attempt = item->attempt,
                                .state = state,
                                .code = dn_text_of(outcome->code),
                                .reason = dn_text_of(outcome->reason),
                                .reference = dn_text_of(outcome->reference),
                                .by = DN_TEXT("drive"),
                                .declared_at = DN_INSTANT_NONE,
                                .due_at = DN_INSTANT_NONE,
                                .happened_at = DN_INSTANT_NONE};
    if (dn_ledger_append(our.ledger, &row, &err) != DN_OK)
        die(&err);
    our.pending++;
}

/* Makes durable what was appended, and only then says it. */
static void commit(void)
{
    struct dn_error err = {0};
    if (our.ledger && our.pending && dn_ledger_commit(our.ledger, &err) != DN_OK)
        die(&err);
    our.pending = 0;
    if (our.said.size && fwrite(our.said.at, 1, our.said.size, stdout) != our.said.size)
        exit(2);
    dn_buf_reset(&our.said);
}

/* What earlier runs have settled; an intent without outcome is unknown. True: it is to be sent. */
static bool look_up(size_t number)
{
    struct item *item = &our.items[number];
    struct dn_stand last = {.state = DN_STATE_DEFERRED};
    bool known = our.ledger && dn_ledger_stand(our.ledger, dn_text_of(item->key), &last);
    item->attempt = last.attempt;
    if (known && last.state == DN_STATE_INTENT) {
        struct dn_outcome outcome = {.reason = "an earlier run ended before the outcome was known"};
        append(number, DN_STATE_UNKNOWN, &outcome);
        our.states[DN_STATE_UNKNOWN]++;
        return false;
    }
    our.settled += last.state != DN_STATE_DEFERRED;
    return last.state == DN_STATE_DEFERRED;
}

/* --- the loop --- */

static void submit(size_t number)
{
    struct dn_error err = {0};
    struct item *item = &our.items[number];
    make_message(item);
    struct dn_smtp_letter letter = {.number = number,
                                    .return_path = item->return_path.at,
                                    .recipient = item->recipient,
                                    .envid = item->key,
                                    .message = dn_buf_text(&item->message)};
    item->attempt++;
    if (dn_smtp_submit(our.engine, &letter, &err) == DN_OK)
        return;
    printf("%s held - - |%s|\n", item->recipient, err.text);
    our.states[DN_STATE_HELD]++;
}

static bool next_item(size_t *number)
{
    if (dn_retries_take(&our.retries, clock_ms(), number))
        return true;
    while (our.next < our.count)
        if (look_up(*number = our.next++))
            return true;
    return false;
}

static void fill(void)
{
    size_t number;
    bool stopped = dn_smtp_relay(our.engine).state == DN_SMTP_RELAY_STOPPED;
    while (!signals && !stopped && dn_smtp_room(our.engine) && next_item(&number))
        submit(number);
}

static bool again(size_t number, const struct dn_smtp_result *result)
{
    int64_t wait =
        dn_retry_wait(our.settings.first_wait_ms, our.settings.longest_ms, our.items[number].attempt, &our.dice);
    int64_t most = result->of_relay && our.wait ? our.attempts + 20 : our.attempts;
    if (result->outcome.state != DN_STATE_DEFERRED || our.items[number].attempt >= most)
        return false;
    dn_retries_add(&our.retries, result->of_relay ? clock_ms() : clock_ms() + wait, number);
    return true;
}

static void take_result(const struct dn_smtp_result *result)
{
    const struct dn_outcome *outcome = &result->outcome;
    struct item *item = &our.items[result->number];
    if (!result->intent || our.no_intents)
        append(result->number, DN_STATE_INTENT, NULL);
    append(result->number, outcome->state, outcome);
    if (!our.quiet)
        dn_buf_addf(&our.said, "%s %s %s %s %s|%s|%s\n", item->recipient, dn_state_words[outcome->state],
                    result->of_relay ? "relay" : "-", result->intent ? "intent" : "-", outcome->code, outcome->reason,
                    outcome->reference);
    if (!again(result->number, result))
        our.states[outcome->state]++;
    dn_buf_clear(&item->message);
    dn_buf_clear(&item->return_path);
}

/* One turn: intents and outcomes, durable together, and then the messages go. */
static void turn(int64_t timeout_ms)
{
    struct dn_error err = {0};
    struct dn_smtp_result result;
    size_t number;
    if (dn_smtp_turn(our.engine, timeout_ms, &err) != DN_OK)
        die(&err);
    while (dn_smtp_ready(our.engine, &number)) {
        our.waiting = true;
        if (!our.no_intents)
            append(number, DN_STATE_INTENT, NULL);
    }
    while (dn_smtp_result(our.engine, &result))
        take_result(&result);
    if (dn_smtp_gather(our.engine))
        return;
    if (our.waiting || our.pending >= 64 || dn_smtp_letters(our.engine) == 0)
        commit();
    our.waiting = false;
    dn_smtp_hold(our.engine);
    dn_smtp_release(our.engine);
}

static bool at_end(void)
{
    bool stopped = dn_smtp_relay(our.engine).state == DN_SMTP_RELAY_STOPPED;
    bool more = our.next < our.count || our.retries.count;
    return dn_smtp_letters(our.engine) == 0 && (!more || signals || stopped);
}

static int64_t patience(void)
{
    int64_t due = dn_retries_due(&our.retries), now = clock_ms();
    return due == INT64_MAX || !dn_smtp_room(our.engine) ? -1 : due > now ? due - now : 0;
}

static void obey_signals(void)
{
    if (signals >= 2)
        dn_smtp_abandon(our.engine, "stopped by a second signal");
    else if (signals)
        dn_smtp_recall(our.engine, "stopped by a signal");
}

static void run(void)
{
    for (fill(); !at_end(); fill()) {
        turn(patience());
        obey_signals();
        struct dn_smtp_relay relay = dn_smtp_relay(our.engine);
        if (!our.wait && relay.state == DN_SMTP_RELAY_WAITING && dn_smtp_in_flight(our.engine) == 0) {
            dn_smtp_recall(our.engine, relay.reason);
            our.left += our.count - our.next;
            our.next = our.count;
        }
    }
    commit();
}

/* --- options --- */

static void set_patience(long ms)
{
    our.settings.timeouts = (struct dn_smtp_timeouts){ms, ms, ms, ms, ms, ms, 10000};
}

static bool number_option(const char *name, const char *value)
{
    const struct {
        const char *name;
        int64_t *into;
    } numbers[] = {{"--per-connection", &our.settings.messages_per_connection},
                   {"--rate", &our.settings.rate},
                   {"--first-wait", &our.settings.first_wait_ms},
                   {"--longest", &our.settings.longest_ms},
                   {"--refusals", &our.settings.refusals},
                   {"--dot-patience", &our.settings.timeouts.dot_ms}};
    long number = strtol(value, NULL, 10);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(name, numbers[i].name))
            *numbers[i].into = number;
    if (!strcmp(name, "--connections"))
        our.settings.connections = (size_t)number;
    else if (!strcmp(name, "--size"))
        our.size = number;
    else if (!strcmp(name, "--attempts"))
        our.attempts = number;
    else if (!strcmp(name, "--patience"))
        set_patience(number);
    else if (!strcmp(name, "--count"))
        make_list(number);
    return number > 0 || !strcmp(value, "0");
}

static bool text_option(const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **into;
    } texts[] = {{"--ca", &our.settings.ca_file},
                 {"--user", &our.settings.user},
                 {"--password-file", &our.password_file},
                 {"--ledger", &our.ledger_path}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strcmp(name, texts[i].name)) {
            *texts[i].into = value;
            return true;
        }
    if (strcmp(name, "--tls") != 0)
        return false;
    our.settings.tls = !strcmp(value, "none")       ? DN_SMTP_TLS_NONE
                       : !strcmp(value, "required") ? DN_SMTP_TLS_REQUIRED
                                                    : DN_SMTP_TLS_OPPORTUNISTIC;
    return true;
}

static void read_options(int argc, char **argv)
{
    our.settings.timeouts = dn_smtp_patience;
    our.settings.ehlo = "drive.example";
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--wait"))
            our.wait = true;
        else if (!strcmp(argv[i], "--quiet"))
            our.quiet = true;
        else if (!strcmp(argv[i], "--without-intents"))
            our.no_intents = true;
        else if (argv[i][0] == '-' && i + 1 < argc &&
                 (text_option(argv[i], argv[i + 1]) || number_option(argv[i], argv[i + 1])))
            i++;
        else if (!our.settings.url)
            our.settings.url = argv[i];
        else
            our.list = argv[i];
    }
}

static void open_all(struct dn_buf *password)
{
    struct dn_error err = {0};
    struct dn_notes notes = {0};
    if (our.password_file && dn_secret_line(our.password_file, password, &err) != DN_OK)
        die(&err);
    our.settings.password = password->at;
    if (our.ledger_path && dn_ledger_open(our.ledger_path, &our.ledger, &notes, &err) != DN_OK)
        die(&err);
    dn_notes_clear(&notes);
    if (dn_smtp_open(&our.settings, &our.engine, &err) != DN_OK)
        die(&err);
    dn_dice_shake(&our.dice);
}

static void report(double seconds)
{
    struct rusage used;
    struct dn_smtp_relay relay = dn_smtp_relay(our.engine);
    getrusage(RUSAGE_SELF, &used);
    fprintf(stderr, "accepted %zu deferred %zu rejected %zu unknown %zu held %zu settled %zu left %zu\n",
            our.states[DN_STATE_ACCEPTED], our.states[DN_STATE_DEFERRED], our.states[DN_STATE_REJECTED],
            our.states[DN_STATE_UNKNOWN], our.states[DN_STATE_HELD], our.settled, our.left + our.count - our.next);
    fprintf(stderr, "relay %s %s\n",
            relay.state == DN_SMTP_RELAY_STOPPED   ? "stopped"
            : relay.state == DN_SMTP_RELAY_WAITING ? "waiting"
                                                   : "well",
            relay.reason);
    fprintf(stderr, "seconds %.3f rate %.0f rss-kib %ld\n", seconds,
            (double)our.states[DN_STATE_ACCEPTED] / (seconds > 0 ? seconds : 1), used.ru_maxrss);
}

static void close_all(struct dn_buf *password)
{
    dn_smtp_close(our.engine);
    dn_ledger_close(our.ledger);
    dn_retries_clear(&our.retries);
    dn_secret_clear(password);
    dn_buf_clear(&our.said);
    for (size_t i = 0; i < our.count; i++) {
        dn_buf_clear(&our.items[i].message);
        dn_buf_clear(&our.items[i].return_path);
        free(our.items[i].recipient);
    }
    free(our.items);
    free(our.filler);
}

int main(int argc, char **argv)
{
    struct dn_buf password = {0};
    struct sigaction action = {.sa_handler = count_signal};
    read_options(argc, argv);
    if (!our.settings.url) {
        fprintf(stderr, "smtp-drive [options] URL [LIST]\n");
        return 2;
    }
    if (!our.count)
        read_list();
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    make_filler();
    open_all(&password);
    int64_t from = clock_ms();
    run();
    report((double)(clock_ms() - from) / 1000);
    bool all = our.states[DN_STATE_ACCEPTED] + our.settled == our.count;
    close_all(&password);
    return fflush(stdout) != 0 ? 2 : !all;
}
