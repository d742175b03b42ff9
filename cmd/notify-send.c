/* notify-send: affected stream and incident record in, notices out, ledger rows on standard output. Everything that can
 * be refused is refused before the first side effect; only notify-send links a channel. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/check.h"
#include "channel/copying.h"
#include "channel/delivery.h"
#include "channel/desktop.h"
#include "channel/http_endpoint.h"
#include "channel/intake.h"
#include "channel/keeping.h"
#include "channel/listing.h"
#include "channel/order.h"
#include "channel/outbound.h"
#include "channel/outbox.h"
#include "channel/seal.h"
#include "channel/sending.h"
#include "channel/standing.h"
#include "command.h"
#include "notice/rehearsal.h"

struct options {
    struct dn_order order;
    const char *output, *rehearse, *limit;
    struct dn_strings tenants;
    bool add_recipients, subset, no_wait, outbox_was_rehearsal;
};

/* Everything of one run, in the order in which it comes to be. */
struct send {
    struct dn_command *command;
    struct options *options;
    struct dn_error *err;
    struct dn_incidents incidents;
    struct dn_config config;
    struct dn_affected_list affected;
    struct dn_resource_list resources;
    struct dn_templates *templates;
    struct dn_plan plan;
    const char *notice; /* the ledger's word, but for drills */
    struct dn_rehearsal rehearsal;
    struct dn_plan real; /* in a rehearsal, whose plan is another one */
    struct dn_ledger *ledger;
    struct dn_steps steps;
    struct dn_transport transport; /* an outbox, or */
    struct dn_delivery_counts counts;
    struct dn_outbound *outbound;
    struct dn_sent sent;
    struct dn_seal *seal;
    struct dn_output *output;
    struct dn_keeping keeping; /* what --archive keeps */
    struct dn_buf sheet;       /* path of the call sheet beside a network */
};

static volatile sig_atomic_t signals; /* how many SIGTERM and SIGINT came */
static volatile sig_atomic_t heeded;  /* how many of them are obeyed; the next one ends the process */

static void count_signal(int number)
{
    if (++signals >= heeded)
        signal(number, SIG_DFL);
}

/* With an outbox the first one lets the batch in hand end. Over a network it drains, and the second one gives up what
 * is in flight. */
static void watch_signals(int most)
{
    struct sigaction action = {.sa_handler = count_signal};
    heeded = most;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static enum dn_status check_rehearsal(struct send *send)
{
    const struct options *o = send->options;
    enum dn_status status = dn_rehearsal_read(o->rehearse, o->limit, &o->tenants, &send->rehearsal, send->err);
    return status == DN_OK ? DN_OK : dn_command_usage(send->command, "%s", send->err->text);
}

static enum dn_status check_usage(struct send *send)
{
    const struct dn_command *command = send->command;
    struct dn_order *order = &send->options->order;
    order->by = command->by;
    order->operands = command->operands_given ? &command->operands : NULL;
    order->now_given = command->now_given;
    if (dn_desktop_order(order))
        return dn_error_set(send->err, DN_INVALID, "'%s' is no file; %s", command->operands.at[0], DN_NOT_THE_DESKTOP);
    if (dn_order_check(order, send->err) != DN_OK)
        return dn_command_usage(send->command, "%s", send->err->text);
    send->keeping.folder = order->dry_run ? NULL : order->archive; /* a plan has no side effect */
    return check_rehearsal(send);
}

static enum dn_status read_affected(struct send *send)
{
    const struct dn_strings *operands = &send->command->operands;
    enum dn_status status = DN_OK;
    dn_affected_put_outside(&send->affected);
    for (size_t i = 0; i < operands->count && status == DN_OK; i++) {
        const char *path = operands->at[i];
        status = dn_keeping_input(&send->keeping, "affected", &path, send->err);
        if (status == DN_OK)
            status = dn_affected_read(path, send->options->subset, &send->affected, send->err);
    }
    return status == DN_OK ? dn_affected_settle(&send->affected, send->err) : status;
}

/* --resources last: tenant-match renames it into place before its first row comes out. */
static enum dn_status read_resources(struct send *send)
{
    if (!send->options->order.resources)
        return DN_OK;
    const char *path = send->options->order.resources;
    enum dn_status status = dn_keeping_input(&send->keeping, "resources", &path, send->err);
    if (status == DN_OK)
        status = dn_resources_read(path, &send->resources, send->err);
    return status == DN_OK ? dn_intake_resources(&send->affected, &send->resources, send->options->subset, send->err)
                           : status;
}

/* The texts: templates, and that of posts, which is read again when posts leave. */
static enum dn_status read_templates(struct send *send)
{
    const char *folder = send->config.templates, *post = send->config.message_center.template_file;
    enum dn_status status = dn_keeping_input(&send->keeping, "post-template", &post, send->err);
    if (status == DN_OK)
        status = dn_http_endpoint_check(&send->config, send->err);
    if (status == DN_OK)
        status = dn_keeping_folders(&send->keeping, "template", folder, send->err);
    return status == DN_OK ? dn_templates_load(folder, &send->templates, send->err) : status;
}

static enum dn_status read_all(struct send *send)
{
    const char *incident = send->options->order.incident, *config = send->options->order.config;
    enum dn_status status = dn_keeping_input(&send->keeping, "incident", &incident, send->err);
    if (status == DN_OK)
        status = dn_incidents_read(incident, &send->incidents, &send->command->notes, send->err);
    if (status == DN_OK)
        status = dn_keeping_input(&send->keeping, "config", &config, send->err);
    if (status == DN_OK)
        status = dn_config_read(config, &send->config, send->err);
    if (status == DN_OK)
        status = read_templates(send);
    if (status == DN_OK)
        status = read_affected(send);
    if (status == DN_OK)
        status = dn_intake_incidents(&send->incidents, &send->affected, send->options->order.notice, send->err);
    return status == DN_OK ? read_resources(send) : status;
}

static void note_plan(struct send *send)
{
    size_t sent = 0, skipped = 0, held = 0;
    for (size_t i = 0; i < send->plan.row_count; i++) {
        enum dn_state state = dn_plan_at(&send->plan, i)->state;
        sent += state == DN_STATE_INTENT;
        skipped += state == DN_STATE_SKIPPED;
        held += state == DN_STATE_HELD;
    }
    dn_notes_say(&send->command->notes, "plan",
                 "%zu affected rows = %zu rows of the plan: %zu to send, %zu skipped, %zu held", send->affected.count,
                 send->plan.row_count, sent, skipped, held);
}

/* What the making of the plan needed and freed goes back to the system before the sending: a bound that is set stays,
 * while glibc raises its own with every large block that is freed. */
static void return_large_blocks(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
#endif
}

/* The same for the small ones, where many of them have come to their end. */
static void return_small_blocks(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static enum dn_status make_plan(struct send *send)
{
    struct dn_check check = {.config = &send->config, .now = send->command->now};
    const struct dn_plan_source source = {.incidents = &send->incidents,
                                          .config = &send->config,
                                          .templates = send->templates,
                                          .affected = &send->affected,
                                          .resources = send->options->order.resources ? &send->resources : NULL,
                                          .notice = send->options->order.notice,
                                          .now = send->command->now,
                                          .check = dn_check_notice,
                                          .check_context = &check};
    enum dn_status status = dn_plan_make(&source, &send->plan, &send->command->notes, send->err);
    return_small_blocks();
    dn_check_clear(&check);
    if (status != DN_OK)
        return status;
    if (send->command->verbose)
        note_plan(send);
    if (!send->affected.count)
        dn_notes_attention(&send->command->notes, "nobody", "nobody to notify: the affected stream has no row");
    return dn_check_plan(&send->plan, send->err);
}

static enum dn_status check_approval(struct send *send)
{
    const char *digest = send->options->order.approve;
    if (!digest && (!send->config.approval_required || send->options->order.dry_run))
        return DN_OK;
    if (!digest)
        return dn_error_set(send->err, DN_INVALID,
                            "the configuration requires approval: let a second person read the plan (-n), then "
                            "--approve DIGEST --approved-by NAME");
    if (strcmp(digest, send->plan.digest) == 0)
        return DN_OK;
    return dn_error_set(send->err, DN_INVALID,
                        "the plan is not the one that was approved: its digest is %s; nothing was sent",
                        send->plan.digest);
}

/* It goes to its address alone. */
static bool is_rehearsal(const struct send *send)
{
    return send->rehearsal.address.size > 0;
}

/* From here on the plan is that of the rehearsal. */
static enum dn_status rehearse(struct send *send)
{
    send->notice = send->options->order.notice;
    if (!is_rehearsal(send))
        return DN_OK;
    send->notice = dn_rehearsal_word(send->notice);
    send->real = send->plan;
    dn_notes_say(&send->command->notes, "rehearsal", "all goes to %s instead: nobody is told anything",
                 send->rehearsal.address.at);
    return dn_rehearsal_make(&send->real, &send->rehearsal, &send->plan, send->err);
}

static struct dn_instant tell_time(const void *context)
{
    const struct dn_command *command = context;
    return command->now_fixed ? command->now : dn_instant_clock();
}

static void show_progress(void *context, size_t rows_done)
{
    dn_command_progress(context, "rows of the plan", (int64_t)rows_done);
}

static struct dn_delivery delivery_of(struct send *send)
{
    const char *approved_by = send->options->order.approved_by;
    return (struct dn_delivery){.plan = &send->plan,
                                .steps = &send->steps,
                                .ledger = send->ledger,
                                .transport = &send->transport,
                                .notice = send->notice,
                                .by = send->command->by,
                                .approved_by = approved_by ? approved_by : "",
                                .clock = tell_time,
                                .clock_context = send->command,
                                .progress = show_progress,
                                .progress_context = send->command,
                                .stop = &signals};
}

static enum dn_status commit_output(struct send *send)
{
    struct dn_output *output = send->output;
    send->output = NULL;
    return dn_output_commit(output, send->err);
}

/* Copies are in no plan: who reads it has to know. */
static void note_copies(struct send *send)
{
    struct dn_buf addresses = {0};
    if (!send->config.copies.count || send->options->order.outbox || is_rehearsal(send))
        return;
    dn_strings_join(&send->config.copies, ';', &addresses);
    dn_notes_say(&send->command->notes, "copies", "what is sent goes also to %s", addresses.at);
    dn_buf_clear(&addresses);
}

static enum dn_status show_plan(struct send *send)
{
    note_copies(send);
    send->transport.code = send->options->order.outbox ? "outbox" : "";
    struct dn_delivery delivery = delivery_of(send);
    if (send->options->order.format && strcmp(send->options->order.format, "table") == 0)
        dn_listing_table(&send->plan, send->output);
    else
        dn_listing_plan(&send->plan, &delivery, send->output);
    enum dn_status status = commit_output(send);
    if (status == DN_OK)
        dn_command_say(send->command, "digest: %s", send->plan.digest);
    return status;
}

/* The rows must not take the ledger's place: it may hold other incidents. Asked when the ledger is there. */
static enum dn_status check_output(struct send *send)
{
    struct stat ledger, output;
    const char *path = send->options->output;
    if (!path || !send->options->order.ledger || stat(send->options->order.ledger, &ledger) != 0 ||
        stat(path, &output) != 0)
        return DN_OK;
    if (ledger.st_dev != output.st_dev || ledger.st_ino != output.st_ino)
        return DN_OK;
    return dn_error_set(send->err, DN_INVALID, "%s: -o names the ledger, which is appended to and never replaced",
                        path);
}

static bool over_network(const struct send *send)
{
    return send->options->order.outbox == NULL;
}

static struct dn_reading reading_of(const struct send *send)
{
    /* of a second rehearsal with more notices none is a new recipient */
    return (struct dn_reading){send->options->add_recipients || is_rehearsal(send),
                               send->options->outbox_was_rehearsal};
}

static const struct dn_plan *real_plan(const struct send *send)
{
    return is_rehearsal(send) ? &send->real : &send->plan;
}

/* Behind all that may refuse, before anything that may leave. */
static enum dn_status open_archive(struct send *send)
{
    const struct dn_manifest_run run = {.plan = real_plan(send),
                                        .notice = send->notice,
                                        .by = send->command->by,
                                        .approved_by = send->options->order.approved_by,
                                        .ledger = send->options->order.ledger,
                                        .outbox = send->options->order.outbox,
                                        .rehearsed_to = send->rehearsal.address.at,
                                        .at = tell_time(send->command)};
    return dn_keeping_begin(&send->keeping, &run, send->err);
}

static struct dn_outbound_settings outbound_of(struct send *send)
{
    return (struct dn_outbound_settings){.config = &send->config,
                                         .plan = &send->plan,
                                         .ledger = send->ledger,
                                         .sheet = send->sheet.at,
                                         .now = send->command->now,
                                         .sight = dn_keeping_sight(&send->keeping)};
}

static enum dn_status open_network(struct send *send)
{
    dn_buf_reset(&send->sheet);
    if (send->config.phone_sheet)
        dn_buf_adds(&send->sheet, send->config.phone_sheet);
    else
        dn_buf_addf(&send->sheet, "%s.calls.csv", send->options->order.ledger);
    const struct dn_outbound_settings settings = outbound_of(send);
    enum dn_status status =
        dn_sending_check(&send->plan, send->ledger, send->options->order.ledger, reading_of(send), send->err);
    if (status == DN_OK)
        status = dn_outbound_open(&settings, &send->outbound, send->err);
    if (status == DN_OK && !is_rehearsal(send))
        status = dn_seal_open(&send->config, send->options->order.ledger, send->ledger, &send->seal, send->err);
    return status;
}

/* The ledger first: its lock keeps a second run away from the outbox, too. */
static enum dn_status open_ways(struct send *send)
{
    struct dn_command *command = send->command;
    enum dn_status status = dn_ledger_open(send->options->order.ledger, &send->ledger, &command->notes, send->err);
    if (status == DN_OK)
        status = check_output(send);
    if (status == DN_OK)
        status = dn_reconcile_declared(send->ledger, &send->incidents, send->err);
    if (status == DN_OK)
        status = open_archive(send);
    if (status == DN_OK && over_network(send))
        status = open_network(send);
    else if (status == DN_OK)
        status = dn_outbox_open(send->options->order.outbox, &send->config, send->ledger, command->now,
                                &send->transport, send->err);
    if (status == DN_OK && send->keeping.archive && !over_network(send))
        dn_outbox_archive(&send->transport, send->keeping.archive);
    return status;
}

static void note_outbox(struct send *send)
{
    const struct dn_outbox_account account = {.steps = &send->steps,
                                              .counts = &send->counts,
                                              .folder = send->options->order.outbox,
                                              .calls = dn_outbox_calls(&send->transport),
                                              .ledger = send->options->order.ledger != NULL,
                                              .not_sent = send->config.copies.count || send->config.seal_email};
    dn_account_outbox(&account, &send->command->notes);
}

static void note_network(struct send *send, const struct dn_sending *sending)
{
    const struct dn_network_account account = {.sending = sending,
                                               .sent = &send->sent,
                                               .sheet = send->sheet.at,
                                               .calls = dn_outbound_calls(send->outbound),
                                               .now = dn_instant_clock()};
    dn_account_network(&account, &send->command->notes);
}

static void say_head(struct send *send)
{
    struct dn_buf head = {0};
    dn_ledger_head(send->ledger, &head);
    dn_command_say(send->command, "head: %s", head.at);
    dn_buf_clear(&head);
}

static enum dn_status print_ledger(struct send *send)
{
    dn_listing_ledger(send->ledger, &send->affected, send->output);
    return commit_output(send);
}

static void say_line(void *context, const char *text)
{
    dn_command_progress_line(context, NULL);
    dn_command_say(context, "%s", text);
}

static void show_line(void *context, const char *text)
{
    dn_command_progress_line(context, text);
}

static struct dn_sending sending_of(struct send *send)
{
    const char *approved_by = send->options->order.approved_by;
    return (struct dn_sending){.plan = &send->plan,
                               .ledger = send->ledger,
                               .outbound = send->outbound,
                               .notice = send->notice,
                               .by = send->command->by,
                               .approved_by = approved_by ? approved_by : "",
                               .reading = reading_of(send),
                               .retry = send->config.retry,
                               .no_wait = send->options->no_wait,
                               .sight = dn_keeping_sight(&send->keeping),
                               .signals = &signals,
                               .clock = tell_time,
                               .clock_context = send->command,
                               .say = say_line,
                               .progress = show_line,
                               .say_context = send->command};
}

static enum dn_status fill_outbox(struct send *send)
{
    struct dn_delivery delivery = delivery_of(send);
    watch_signals(1);
    enum dn_status status =
        dn_reconcile(&send->plan, send->ledger, send->notice, reading_of(send), &send->steps, send->err);
    if (status == DN_OK)
        status = dn_delivery_run(&delivery, &send->counts, send->err);
    if (status == DN_OK) {
        note_outbox(send);
        status = print_ledger(send);
    }
    say_head(send);
    return status;
}

static enum dn_status mail_seal(struct send *send)
{
    struct dn_standing it = dn_standing_of(&send->plan, &send->sent.steps, send->ledger);
    struct dn_buf incidents = {0};
    for (size_t i = 0; i < send->incidents.count; i++)
        dn_buf_addf(&incidents, "%s%s", i ? ", " : "", send->incidents.at[i].id);
    const struct dn_seal_words words = {.incidents = incidents.at ? incidents.at : "",
                                        .by = send->command->by,
                                        .accepted = it.accepted,
                                        .deferred = it.deferred + it.untried,
                                        .rejected = it.rejected,
                                        .unknown = it.unknown,
                                        .at = dn_instant_clock()};
    enum dn_status status = dn_seal_mail(send->seal, send->ledger, &words, send->keeping.archive, &signals,
                                         &send->command->notes, send->err);
    dn_buf_clear(&incidents);
    return status;
}

/* Before the rows are printed, which takes memory of its own. */
static void hang_up(struct send *send)
{
    dn_outbound_close(send->outbound);
    send->outbound = NULL;
    return_small_blocks();
}

static enum dn_status send_out(struct send *send)
{
    struct dn_sending sending = sending_of(send);
    const struct dn_outbound_settings settings = outbound_of(send);
    watch_signals(2);
    enum dn_status status = dn_seal_owe(send->seal, send->err);
    if (status == DN_OK)
        status = dn_sending_run(&sending, &send->sent, send->err);
    dn_command_progress_line(send->command, NULL);
    if (status == DN_OK) {
        note_network(send, &sending);
        if (!is_rehearsal(send))
            status = dn_copies_send(&sending, &send->sent, &settings, &send->command->notes, send->err);
    }
    hang_up(send);
    if (status == DN_OK)
        status = print_ledger(send);
    say_head(send);
    if (status == DN_OK)
        status = mail_seal(send);
    return status == DN_OK ? dn_sending_judge(&sending, &send->sent, send->err) : status;
}

static enum dn_status deliver(struct send *send)
{
    enum dn_status status = open_ways(send);
    if (status != DN_OK)
        return status;
    status = over_network(send) ? send_out(send) : fill_outbox(send);
    return dn_keeping_end(&send->keeping, send->ledger, tell_time(send->command), status, send->err);
}

/* Where notices leave, their times are the clock's, whatever SOURCE_DATE_EPOCH says. */
static void set_clock(struct send *send)
{
    if (!over_network(send) || send->options->order.dry_run)
        return;
    send->command->now = dn_instant_clock();
    send->command->now_fixed = false;
}

static enum dn_status run(struct send *send)
{
    enum dn_status status = check_usage(send);
    if (status == DN_OK)
        set_clock(send);
    if (status == DN_OK)
        status = read_all(send);
    if (status == DN_OK)
        status = make_plan(send);
    if (status == DN_OK)
        status = check_approval(send);
    if (status == DN_OK)
        status = rehearse(send);
    if (status == DN_OK) /* an output that cannot be made is told before anybody is */
        status = dn_output_open(send->options->output, &send->output, send->err);
    if (status != DN_OK)
        return status;
    return send->options->order.dry_run ? show_plan(send) : deliver(send);
}

static void release(struct send *send)
{
    if (send->transport.close)
        send->transport.close(send->transport.self);
    dn_outbound_close(send->outbound);
    dn_seal_close(send->seal);
    dn_sent_clear(&send->sent);
    dn_keeping_clear(&send->keeping);
    dn_output_discard(send->output);
    dn_buf_clear(&send->sheet);
    dn_steps_clear(&send->steps);
    dn_ledger_close(send->ledger);
    dn_plan_clear(&send->plan);
    dn_plan_clear(&send->real);
    dn_buf_clear(&send->rehearsal.address);
    dn_strings_clear(&send->options->tenants);
    dn_templates_free(send->templates);
    dn_resource_list_clear(&send->resources);
    dn_affected_list_clear(&send->affected);
    dn_config_clear(&send->config);
    dn_incidents_clear(&send->incidents);
}

int main(int argc, char **argv)
{
    struct options o = {.output = NULL};
    const struct dn_option table[] = {
        {'i', "incident", "FILE", "the incident record", NULL, &o.order.incident, NULL},
        {'c', "config", "FILE", "the configuration (notify.yaml)", NULL, &o.order.config, NULL},
        {'l', "ledger", "FILE", "the ledger, appended to", NULL, &o.order.ledger, NULL},
        {0, "resources", "FILE", "what tenant-match --resources wrote: attached, and checked", NULL, &o.order.resources,
         NULL},
        {0, "notice", "KIND", "which notice (default: initial)", NULL, &o.order.notice, NULL},
        {0, "outbox", "DIR", "write messages, posts and a call sheet there; contact nobody", NULL, &o.order.outbox,
         NULL},
        {0, "rehearse", "ADDRESS", "send all of it there, marked, instead of to anybody", NULL, &o.rehearse, NULL},
        {0, "limit", "N", "of a rehearsal: so many notices", NULL, &o.limit, NULL},
        {0, "tenant", "ID", "of a rehearsal: this tenant's alone (may be repeated)", NULL, NULL, &o.tenants},
        {0, "archive", "DIR", "keep every sent byte, the inputs and a manifest there", NULL, &o.order.archive, NULL},
        {'o', "output", "FILE", "write the rows there instead of to standard output", NULL, &o.output, NULL},
        {'n', "dry-run", NULL, "print the plan and its digest, do nothing", &o.order.dry_run, NULL, NULL},
        {0, "format", "FORMAT", "of the plan: csv (default) or table", NULL, &o.order.format, NULL},
        {0, "approve", "DIGEST", "send exactly the plan with this digest", NULL, &o.order.approve, NULL},
        {0, "approved-by", "NAME", "who approved it: not who sends it", NULL, &o.order.approved_by, NULL},
        {0, "add-recipients", NULL, "also tell new recipients of satisfied channels", &o.add_recipients, NULL, NULL},
        {0, "outbox-was-rehearsal", NULL, "what the ledger says lies in an outbox was not sent: send it",
         &o.outbox_was_rehearsal, NULL, NULL},
        {0, "no-wait", NULL, "do not wait for what was not taken: end with it deferred", &o.no_wait, NULL, NULL},
        {0, "subset", NULL, "the affected stream was cut on purpose", &o.subset, NULL, NULL},
        {0},
    };
    struct dn_command command = {
        .name = "notify-send",
        .synopsis = "-i incident [-c config] [-l ledger] [--outbox DIR] [-n] [affected...]",
        .purpose = "Notifies the affected tenants of a declared breach.",
        .options = table,
    };
    if (dn_desktop_call(argc, argv)) {
        dn_command_say(&command, "%s", DN_NOT_THE_DESKTOP);
        return DN_EXIT_NOT_DONE;
    }
    dn_command_begin(&command, argc, argv);
    return_large_blocks();
    if (!o.order.notice)
        o.order.notice = "initial";
    struct send send = {.command = &command, .options = &o, .err = &command.error};
    enum dn_status status = run(&send);
    release(&send);
    return dn_command_end(&command, status);
}
