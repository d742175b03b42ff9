/* Deliveries into an outbox, for tests/bench/outbox:
 *   outbox-drive notices FOLDER COUNT SIZE   prepared notices of about SIZE bytes through composing, outbox and ledger
 *   outbox-drive batches FOLDER COUNT SIZE   the floor: as many files, synced 1024 at a time and then renamed
 *   outbox-drive each FOLDER COUNT SIZE      as a mail server delivers into a Maildir: every file synced by itself
 * Prints "messages N seconds S cpu S rss-kib N". */
#ifdef DN_HAVE_SYNCFS
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "channel/delivery.h"
#include "channel/outbox.h"

#define BATCH 1024

static struct dn_error err;
static struct dn_notes notes;
static struct dn_incident incident = {.id = (char *)(uintptr_t) "INC-2026-0042"};
static struct dn_timeline_entry declared = {.stage = DN_STAGE_INCIDENT_DECLARED, .at = {1781546400, 0}};

static double now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static char *words(size_t size)
{
    static const char line[] = "An intruder used a stolen signing key to read mail in some of your mailboxes.\n";
    char *text = dn_alloc(size + 1, 1);
    for (size_t i = 0; i < size; i++)
        text[i] = line[i % (sizeof line - 1)];
    return text;
}

static char *numbered(const char *front, size_t number, const char *behind)
{
    char text[64];
    snprintf(text, sizeof text, "%s%07zu%s", front, number, behind);
    return dn_strdup(text);
}

static void make_row(size_t number, struct dn_affected *tenant, struct dn_plan_row *row)
{
    *tenant = (struct dn_affected){.incident_id = incident.id, .tenant_id = numbered("tenant-", number, "")};
    *row = (struct dn_plan_row){.incident = &incident,
                                .tenant = tenant,
                                .channel = DN_CHANNEL_EMAIL_ADMIN,
                                .state = DN_STATE_INTENT,
                                .recipient = numbered("admin@t", number, ".example"),
                                .reason = dn_strdup(""),
                                .same_as = SIZE_MAX,
                                .due_at = {1781805600, 0},
                                .regime = dn_strdup("contract-72h-declared")};
    memset(row->content_sha256, 'a', DN_SHA256_HEX - 1);
    dn_ledger_key(dn_text_of(incident.id), DN_TEXT("initial"), dn_text_of(tenant->tenant_id), row->channel,
                  dn_text_of(row->recipient), row->key);
}

static struct dn_instant clock_of(const void *context)
{
    (void)context;
    return dn_instant_clock();
}

static enum dn_status deliver(const struct dn_plan *plan, struct dn_ledger *ledger, struct dn_transport *transport)
{
    static const volatile sig_atomic_t stop;
    struct dn_delivery_counts counts;
    struct dn_steps steps = {0};
    struct dn_delivery delivery = {.plan = plan,
                                   .steps = &steps,
                                   .ledger = ledger,
                                   .transport = transport,
                                   .notice = "initial",
                                   .by = "soc",
                                   .approved_by = "",
                                   .clock = clock_of,
                                   .stop = &stop};
    enum dn_status status = dn_reconcile(plan, ledger, "initial", (struct dn_reading){0}, &steps, &err);
    if (status == DN_OK)
        status = dn_delivery_run(&delivery, &counts, &err);
    dn_steps_clear(&steps);
    return status;
}

static enum dn_status notices(const char *folder, size_t count, size_t size)
{
    char *text = words(size / 2), *html = words(size / 2), path[4096];
    struct dn_content content = {
        .language = (char *)(uintptr_t) "en", .subject = (char *)(uintptr_t) "Notice", .text = text, .html = html};
    struct dn_affected *tenants = dn_alloc(count, sizeof *tenants);
    struct dn_plan plan = {.rows = dn_alloc(count, sizeof *plan.rows), .row_count = count, .given = &content};
    struct dn_transport transport = {.self = NULL};
    struct dn_ledger *ledger = NULL;
    struct dn_config config = {.from_email = (char *)(uintptr_t) "notices@provider.example"};
    incident.timeline = &declared;
    incident.timeline_count = 1;
    for (size_t i = 0; i < count; i++)
        make_row(i, &tenants[i], &plan.rows[i]);
    snprintf(path, sizeof path, "%s.ledger", folder);
    enum dn_status status = dn_ledger_open(path, &ledger, &notes, &err);
    if (status == DN_OK)
        status = dn_outbox_open(folder, &config, ledger, dn_instant_clock(), &transport, &err);
    if (status == DN_OK)
        status = deliver(&plan, ledger, &transport);
    if (transport.self)
        transport.close(transport.self);
    dn_ledger_close(ledger);
    return status;
}

static bool sync_all(int folder)
{
#ifdef DN_HAVE_SYNCFS
    return syncfs(folder) == 0;
#else
    sync();
    return folder >= 0;
#endif
}

static bool write_file(int folder, size_t number, const char *bytes, size_t size, bool each)
{
    char name[72];
    snprintf(name, sizeof name, "%064zu", number);
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, bytes, size) == (ssize_t)size && (!each || fsync(fd) == 0) && close(fd) == 0;
}

static bool show_file(int from, int to, size_t number)
{
    char name[72];
    snprintf(name, sizeof name, "%064zu", number);
    return renameat(from, name, to, name) == 0;
}

static enum dn_status files(const char *folder, size_t count, size_t size, bool each)
{
    bool fine = mkdir(folder, 0700) == 0 && chdir(folder) == 0 && mkdir("tmp", 0700) == 0 && mkdir("new", 0700) == 0;
    int from = open("tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = open("new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *bytes = words(size);
    size_t batch = each ? 1 : BATCH;
    for (size_t at = 0, end = 0; at < count && fine; at = end) {
        end = at + batch < count ? at + batch : count;
        for (size_t i = at; i < end && fine; i++)
            fine = write_file(from, i, bytes, size, each);
        fine = fine && (each || sync_all(from));
        for (size_t i = at; i < end && fine; i++)
            fine = show_file(from, to, i);
        fine = fine && fsync(to) == 0;
    }
    return fine ? DN_OK : dn_error_errno(&err, folder);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    double begin = now(CLOCK_MONOTONIC);
    size_t count = (size_t)atol(argv[3]), size = (size_t)atol(argv[4]);
    enum dn_status status = strcmp(argv[1], "notices") == 0 ? notices(argv[2], count, size)
                                                            : files(argv[2], count, size, strcmp(argv[1], "each") == 0);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    if (status != DN_OK)
        fprintf(stderr, "outbox-drive: %s\n", err.text);
    else
        printf("messages %zu seconds %.3f cpu %.3f rss-kib %ld\n", count, now(CLOCK_MONOTONIC) - begin,
               now(CLOCK_PROCESS_CPUTIME_ID), used.ru_maxrss);
    return status == DN_OK ? 0 : 2;
}
