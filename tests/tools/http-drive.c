/* Drives the engine for posts as notify-send does, without notices: for tests and measurements of delivery alone.
 *
 * http-drive [options] URL
 *   --count N posts (1)  --size BYTES of each body (4096)  --connections N (16)  --rate N
 *   --ca FILE  --token-file FILE  --patience MS: all timeouts (10000)
 *   --first-wait MS, --longest MS: how long an endpoint that failed is left alone (20, 200)  --refusals N (0)
 *   --wait: an endpoint that fails is tried again; default: what it has not taken is given back
 *   --attempts N: of a deferred post (1)
 *   --ledger FILE: intents and outcomes are kept there, durably
 *   --stop-after N: behave as if a first signal came after N results; --abandon-after MS: as if a second one came
 *   --quiet: counts only
 * Prints "NUMBER STATE relay|- intent|- CODE|REASON|REFERENCE", and counts on standard error.
 * Status: 0 all accepted, 1 not all, 2 it could not run. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/alloc.h"
#include "channel/http.h"
#include "channel/retry.h"
#include "channel/secret.h"
#include "ledger/ledger.h"

static struct {
    struct dn_http_settings settings;
    const char *token_file, *ledger_path;
    int64_t count, size, attempts, patience_ms, stop_after, abandon_ms, results;
    bool wait, quiet, told;
    struct dn_ledger *ledger;
    struct dn_http *engine;
    struct dn_retries retries;
    struct dn_dice dice;
    char (*keys)[DN_SHA256_HEX];
    int64_t *tried;
    char *body;
    size_t next, pending, states[DN_STATE_HELD + 1];
} our = {.settings = {.connections = 16, .first_wait_ms = 20, .longest_ms = 200, .rate_ms = 1000},
         .count = 1,
         .size = 4096,
         .attempts = 1,
         .patience_ms = 10000};

static void die(const struct dn_error *err)
{
    fprintf(stderr, "http-drive: %s\n", err->text);
    exit(2);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct dn_text name_of(size_t number, char name[32])
{
    snprintf(name, 32, "t%zu", number);
    return dn_text_of(name);
}

static void make_posts(void)
{
    char name[32];
    our.keys = dn_alloc((size_t)our.count, sizeof *our.keys);
    our.tried = dn_alloc((size_t)our.count, sizeof *our.tried);
    for (size_t i = 0; i < (size_t)our.count; i++) {
        struct dn_text tenant = name_of(i, name);
        dn_ledger_key(DN_TEXT("drive"), DN_TEXT("initial"), tenant, DN_CHANNEL_MESSAGE_CENTER, tenant, our.keys[i]);
    }
    our.body = dn_alloc((size_t)our.size + 1, 1);
    memset(our.body, 'x', (size_t)our.size);
    memcpy(our.body, "{\"a\":\"", 6);
    memcpy(our.body + our.size - 2, "\"}", 2);
}

static void append(size_t number, enum dn_state state, const struct dn_outcome *outcome)
{
    char name[32];
    struct dn_error err = {0};
    struct dn_text tenant = name_of(number, name);
    struct dn_ledger_row row = {.at = dn_instant_clock(),
                                .incident_id = DN_TEXT("drive"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = tenant,
                                .channel = DN_CHANNEL_MESSAGE_CENTER,
                                .recipient = tenant,
                                .key = dn_text_of(our.keys[number]),
                                .attempt = our.tried[number],
                                .state = state,
                                .by = DN_TEXT("drive"),
                                .declared_at = DN_INSTANT_NONE,
                                .due_at = DN_INSTANT_NONE,
                                .happened_at = DN_INSTANT_NONE};
    if (!our.ledger)
        return;
    row.code = outcome ? dn_text_of(outcome->code) : DN_TEXT("https");
    row.reason = dn_text_of(outcome ? outcome->reason : "");
    row.reference = dn_text_of(outcome ? outcome->reference : "");
    if (dn_ledger_append(our.ledger, &row, &err) != DN_OK)
        die(&err);
    our.pending++;
}

/* Beside: while posts are in flight, so that the disk and the endpoint work at the same time. */
static void commit(bool beside)
{
    struct dn_error err = {0};
    if (our.ledger && our.pending && (beside ? dn_ledger_commit_begin : dn_ledger_commit)(our.ledger, &err) != DN_OK)
        die(&err);
    our.pending = 0;
}

static bool ended(void)
{
    bool signalled = our.stop_after && our.results >= our.stop_after;
    return signalled || dn_http_relay(our.engine).state == DN_SMTP_RELAY_STOPPED;
}

static bool next_post(size_t *number)
{
    if (dn_retries_take(&our.retries, clock_ms(), number))
        return true;
    *number = our.next;
    return our.next < (size_t)our.count && ++our.next;
}

static void fill(void)
{
    struct dn_error err = {0};
    size_t number;
    while (!ended() && dn_http_room(our.engine) && next_post(&number)) {
        struct dn_http_letter letter = {number, our.keys[number], 0, {our.body, (size_t)our.size}};
        our.tried[number]++;
        if (dn_http_submit(our.engine, &letter, &err) != DN_OK)
            die(&err);
    }
}

static bool again(const struct dn_smtp_result *result)
{
    int64_t *tried = &our.tried[result->number];
    if (result->outcome.state != DN_STATE_DEFERRED || ended())
        return false;
    if (result->of_relay && our.wait)
        --*tried;
    else if (result->of_relay || *tried >= our.attempts)
        return false;
    int64_t wait =
        result->of_relay ? 0 : dn_retry_wait(our.settings.first_wait_ms, our.settings.longest_ms, *tried, &our.dice);
    dn_retries_add(&our.retries, clock_ms() + wait, result->number);
    return true;
}

static void take_result(const struct dn_smtp_result *result)
{
    const struct dn_outcome *outcome = &result->outcome;
    if (!result->intent)
        append(result->number, DN_STATE_INTENT, NULL);
    append(result->number, outcome->state, outcome);
    our.results++;
    if (!our.quiet)
        printf("%zu %s %s %s %s|%s|%s\n", result->number, dn_state_words[outcome->state],
               result->of_relay ? "relay" : "-", result->intent ? "intent" : "-", outcome->code, outcome->reason,
               outcome->reference);
    if (!again(result))
        our.states[outcome->state]++;
}

static bool under_way(void)
{
    return our.ledger && dn_ledger_commits(our.ledger);
}

/* As the traffic has it (channel/traffic.c): posts are told while others become durable, unless the disk is slow. */
static bool overlaps(void)
{
    return our.ledger && dn_ledger_sync_us(our.ledger) < 1000;
}

static void take_all(void)
{
    struct dn_smtp_result result;
    size_t number, most = dn_http_waiting(our.engine);
    if (overlaps() && !under_way() && !dn_http_in_flight(our.engine))
        most = (most + 1) / 2;
    while (dn_http_result(our.engine, &result))
        take_result(&result);
    for (; most && dn_http_ready(our.engine, &number); most--, our.told = true)
        append(number, DN_STATE_INTENT, NULL);
}

static void hold(void)
{
    dn_http_hold(our.engine);
    our.told = false;
    if (!under_way())
        dn_http_release(our.engine);
}

/* The last commit is over. */
static void go_on(void)
{
    bool next = our.told && overlaps();
    if (next)
        commit(true);
    dn_http_release(our.engine);
    if (next)
        hold();
}

/* Waits for a commit that is under way: is it still? */
static bool commits(void)
{
    struct dn_error err = {0};
    const int fds[] = {dn_http_descriptor(our.engine)};
    bool over;
    if (dn_ledger_commit_wait(our.ledger, fds, 1, &over, &err) != DN_OK ||
        (over && dn_ledger_commit_end(our.ledger, &err) != DN_OK))
        die(&err);
    return !over;
}

static void turn(int64_t timeout_ms)
{
    struct dn_error err = {0};
    bool beside = under_way(), waits = beside && commits();
    if (beside && !waits)
        go_on();
    if (dn_http_turn(our.engine, beside ? 0 : timeout_ms, &err) != DN_OK)
        die(&err);
    if (waits && !overlaps())
        return;
    take_all();
    if (under_way() || (!our.told && our.pending < 64))
        return;
    commit(dn_http_in_flight(our.engine) > 0 || dn_http_waiting(our.engine) > 0);
    hold();
    if (overlaps())
        take_all();
}

static bool at_end(void)
{
    bool more = our.next < (size_t)our.count || our.retries.count;
    return dn_http_letters(our.engine) == 0 && (!more || ended());
}

static int64_t patience(void)
{
    int64_t due = dn_retries_due(&our.retries), now = clock_ms();
    if (our.abandon_ms)
        return 10;
    return due == INT64_MAX || !dn_http_room(our.engine) ? -1 : due > now ? due - now : 0;
}

/* Gives up what is to be given up. */
static void obey(int64_t ms)
{
    struct dn_smtp_relay relay = dn_http_relay(our.engine);
    bool away = !our.wait && relay.state == DN_SMTP_RELAY_WAITING && dn_http_in_flight(our.engine) == 0;
    bool second = our.abandon_ms && ms >= our.abandon_ms;
    if (away)
        dn_http_recall(our.engine, relay.reason);
    if (ended())
        dn_http_recall(our.engine, "stopped by a signal");
    if (second)
        dn_http_abandon(our.engine, "stopped by a second signal");
    if (away || second)
        our.next = (size_t)our.count;
}

static void run(void)
{
    int64_t from = clock_ms();
    for (fill(); !at_end(); fill()) {
        turn(patience());
        obey(clock_ms() - from);
    }
    commit(false);
}

static bool option(const char *name, const char *value)
{
    int64_t connections = -1;
    const struct {
        const char *name;
        int64_t *number;
        const char **text;
    } options[] = {{"--count", &our.count, NULL},
                   {"--size", &our.size, NULL},
                   {"--connections", &connections, NULL},
                   {"--rate", &our.settings.rate, NULL},
                   {"--patience", &our.patience_ms, NULL},
                   {"--first-wait", &our.settings.first_wait_ms, NULL},
                   {"--longest", &our.settings.longest_ms, NULL},
                   {"--refusals", &our.settings.refusals, NULL},
                   {"--attempts", &our.attempts, NULL},
                   {"--stop-after", &our.stop_after, NULL},
                   {"--abandon-after", &our.abandon_ms, NULL},
                   {"--ca", NULL, &our.settings.ca_file},
                   {"--token-file", NULL, &our.token_file},
                   {"--ledger", NULL, &our.ledger_path}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (strcmp(name, options[i].name) != 0)
            continue;
        if (options[i].text)
            *options[i].text = value;
        else
            *options[i].number = strtoll(value, NULL, 10);
        our.settings.connections = connections >= 0 ? (size_t)connections : our.settings.connections;
        return true;
    }
    return false;
}

static bool read_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--wait"))
            our.wait = true;
        else if (!strcmp(argv[i], "--quiet"))
            our.quiet = true;
        else if (argv[i][0] != '-')
            our.settings.url = argv[i];
        else if (i + 1 == argc || !option(argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    our.settings.timeouts = (struct dn_http_timeouts){our.patience_ms, our.patience_ms, our.patience_ms};
    return our.settings.url && our.count > 0 && our.size >= 8;
}

static void open_all(struct dn_buf *token)
{
    struct dn_error err = {0};
    struct dn_notes notes = {0};
    if (our.token_file && dn_secret_line(our.token_file, token, &err) != DN_OK)
        die(&err);
    our.settings.token = token->at;
    if (our.ledger_path && dn_ledger_open(our.ledger_path, &our.ledger, &notes, &err) != DN_OK)
        die(&err);
    dn_notes_clear(&notes);
    if (dn_http_open(&our.settings, &our.engine, &err) != DN_OK)
        die(&err);
    dn_dice_shake(&our.dice);
}

static void report(double seconds)
{
    struct rusage used;
    struct dn_smtp_relay relay = dn_http_relay(our.engine);
    static const char *const words[] = {"well", "waiting", "stopped"};
    getrusage(RUSAGE_SELF, &used);
    fprintf(stderr, "accepted %zu deferred %zu rejected %zu unknown %zu left %lld\n", our.states[DN_STATE_ACCEPTED],
            our.states[DN_STATE_DEFERRED], our.states[DN_STATE_REJECTED], our.states[DN_STATE_UNKNOWN],
            (long long)our.count - (long long)our.next);
    fprintf(stderr, "relay %s %lld %s\n", words[relay.state], (long long)(relay.wait_ms + 999) / 1000, relay.reason);
    fprintf(stderr, "seconds %.3f rate %.0f rss-kib %ld cpu-us %.1f\n", seconds,
            (double)our.states[DN_STATE_ACCEPTED] / (seconds > 0 ? seconds : 1), used.ru_maxrss,
            ((double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
             (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec)) /
                (double)our.count);
}

int main(int argc, char **argv)
{
    struct dn_buf token = {0};
    if (!read_options(argc, argv)) {
        fprintf(stderr, "http-drive [options] URL\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    make_posts();
    open_all(&token);
    int64_t from = clock_ms();
    run();
    report((double)(clock_ms() - from) / 1000);
    dn_http_close(our.engine);
    dn_ledger_close(our.ledger);
    dn_retries_clear(&our.retries);
    dn_secret_clear(&token);
    free(our.keys);
    free(our.tried);
    free(our.body);
    return fflush(stdout) != 0 ? 2 : our.states[DN_STATE_ACCEPTED] != (size_t)our.count;
}
