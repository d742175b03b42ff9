/* The ledger by itself, for tests/bench/ledger:
 *   ledger-drive write FILE NOTICES BATCH   an intent and an outcome each, committed in batches
 *   ledger-drive open FILE                  as notify-send opens it
 *   ledger-drive walk FILE                  opened, and every row read once
 *   ledger-drive raw FILE BYTES BATCH ROWS  the floor of write: the same bytes with write and fdatasync alone
 * Prints "rows N seconds S cpu S rss-kib N". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/ledger.h"

static struct dn_error err;
static struct dn_notes notes;

static int fail(void)
{
    fprintf(stderr, "ledger-drive: %s\n", err.text);
    return 2;
}

static double now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static enum dn_status append(struct dn_ledger *ledger, long number, enum dn_state state)
{
    char tenant[32], recipient[64], key[DN_SHA256_HEX];
    snprintf(tenant, sizeof tenant, "tenant-%07ld", number);
    snprintf(recipient, sizeof recipient, "admin@t%07ld.example", number);
    struct dn_ledger_row row = {
        .at = dn_instant_clock(),
        .incident_id = DN_TEXT("INC-2026-0042"),
        .notice = DN_TEXT("initial"),
        .tenant_id = dn_text_of(tenant),
        .channel = DN_CHANNEL_EMAIL_ADMIN,
        .recipient = dn_text_of(recipient),
        .attempt = 1,
        .state = state,
        .code = state == DN_STATE_ACCEPTED ? DN_TEXT("250 2.0.0 Ok: queued as 4Zf8sQ0Jz1z9") : DN_TEXT(""),
        .by = DN_TEXT("soc"),
        .content_sha256 = DN_TEXT("5f0b1a8a7c1d1e9c3c1c0d6b8b3a9f7e5f0b1a8a7c1d1e9c3c1c0d6b8b3a9f7e"),
        .declared_at = {1781546400, 0},
        .due_at = {1781805600, 0},
        .regime = DN_TEXT("contract-72h-declared"),
        .happened_at = DN_INSTANT_NONE,
    };
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, row.channel, row.recipient, key);
    row.key = dn_text_of(key);
    return dn_ledger_append(ledger, &row, &err);
}

/* Intents durable, then outcomes, as a run does it. */
static enum dn_status write_batch(struct dn_ledger *ledger, long from, long to)
{
    const enum dn_state states[] = {DN_STATE_INTENT, DN_STATE_ACCEPTED};
    enum dn_status status = DN_OK;
    for (size_t s = 0; s < 2; s++) {
        for (long i = from; i < to && status == DN_OK; i++)
            status = append(ledger, i, states[s]);
        if (status == DN_OK)
            status = dn_ledger_commit(ledger, &err);
    }
    return status;
}

static enum dn_status write_all(struct dn_ledger *ledger, long count, long batch)
{
    enum dn_status status = DN_OK;
    for (long from = 0; from < count && status == DN_OK; from += batch)
        status = write_batch(ledger, from, from + batch < count ? from + batch : count);
    return status;
}

static enum dn_status walk(const struct dn_ledger *ledger)
{
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    dn_ledger_cursor_open(ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, &err)) == DN_OK)
        continue;
    dn_ledger_cursor_close(&cursor);
    return status == DN_END ? DN_OK : status;
}

static int write_raw(const char *path, size_t size, long batch, long rows)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    char *bytes = dn_alloc(size * (size_t)batch, 1);
    memset(bytes, 'x', size * (size_t)batch);
    for (long i = 0; i < rows; i += batch)
        if (write(fd, bytes, size * (size_t)batch) < 0 || fdatasync(fd) != 0)
            return 2;
    free(bytes);
    return close(fd);
}

static int run(int argc, char **argv, size_t *rows)
{
    struct dn_ledger *ledger = NULL;
    if (strcmp(argv[1], "raw") == 0 && argc == 6) {
        *rows = (size_t)atol(argv[5]);
        return write_raw(argv[2], (size_t)atol(argv[3]), atol(argv[4]), atol(argv[5]));
    }
    enum dn_status status = dn_ledger_open(argv[2], &ledger, &notes, &err);
    if (status == DN_OK && strcmp(argv[1], "write") == 0 && argc == 5)
        status = write_all(ledger, atol(argv[3]), atol(argv[4]));
    else if (status == DN_OK && strcmp(argv[1], "walk") == 0)
        status = walk(ledger);
    *rows = status == DN_OK ? dn_ledger_count(ledger) : 0;
    dn_ledger_close(ledger);
    return status == DN_OK ? 0 : fail();
}

int main(int argc, char **argv)
{
    struct rusage used;
    size_t rows = 0;
    double begin = now(CLOCK_MONOTONIC);
    if (argc < 3)
        return 2;
    int status = run(argc, argv, &rows);
    getrusage(RUSAGE_SELF, &used);
    if (status == 0)
        printf("rows %zu seconds %.3f cpu %.3f rss-kib %ld\n", rows, now(CLOCK_MONOTONIC) - begin,
               now(CLOCK_PROCESS_CPUTIME_ID), used.ru_maxrss);
    return status;
}
