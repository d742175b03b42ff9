/* notify-send: affected stream and incident record in, notices out, ledger rows on standard output. Everything that can
 * be refused is refused before the first side effect; only notify-send links a channel. */
#include <signal.h>
#include <string.h>

#include "base/alloc.h"
#include "channel/delivery.h"
#include "channel/desktop.h"
#include "channel/listing.h"
#include "channel/run.h"
#include "command.h"

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
    struct dn_rehearsal rehearsal;
    struct dn_keeping keeping; /* what --archive keeps */
    struct dn_sources sources;
    struct dn_proposal proposal;
    struct dn_output *output;
    struct dn_run *run;
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

static bool over_network(const struct send *send)
{
    return send->options->order.outbox == NULL;
}

/* Where notices leave, their times are the clock's, whatever SOURCE_DATE_EPOCH says. */
static void set_clock(struct send *send)
{
    if (!over_network(send) || send->options->order.dry_run)
        return;
    send->command->now = dn_instant_clock();
    send->command->now_fixed = false;
}

static struct dn_instant tell_time(const void *context)
{
    const struct dn_command *command = context;
    return command->now_fixed ? command->now : dn_instant_clock();
}

static enum dn_status propose(struct send *send)
{
    const struct dn_order *order = &send->options->order;
    struct dn_notes *notes = &send->command->notes;
    struct dn_proposal *proposal = &send->proposal;
    enum dn_status status = dn_proposal_make(order, &send->sources, send->command->now, proposal, notes, send->err);
    if (status == DN_OK && send->command->verbose)
        dn_proposal_note(proposal, notes);
    if (status == DN_OK)
        status = dn_proposal_check(proposal, order, notes, send->err);
    return status == DN_OK ? dn_proposal_rehearse(proposal, &send->rehearsal, notes, send->err) : status;
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
    const struct dn_strings *copies = &send->sources.config.copies;
    struct dn_buf addresses = {0};
    if (!copies->count || !over_network(send) || send->proposal.rehearsed_to)
        return;
    dn_strings_join(copies, ';', &addresses);
    dn_notes_say(&send->command->notes, "copies", "what is sent goes also to %s", addresses.at);
    dn_buf_clear(&addresses);
}

static void list_plan(struct send *send)
{
    const struct dn_order *order = &send->options->order;
    struct dn_transport transport = {.code = over_network(send) ? "" : "outbox"};
    const struct dn_delivery with = {.transport = &transport,
                                     .notice = send->proposal.notice,
                                     .by = order->by,
                                     .approved_by = order->approved_by ? order->approved_by : "",
                                     .clock = tell_time,
                                     .clock_context = send->command};
    dn_listing_plan(&send->proposal.plan, &with, send->output);
}

static enum dn_status show_plan(struct send *send)
{
    const char *format = send->options->order.format;
    note_copies(send);
    if (format && strcmp(format, "table") == 0)
        dn_listing_table(&send->proposal.plan, send->output);
    else
        list_plan(send);
    enum dn_status status = commit_output(send);
    if (status == DN_OK)
        dn_command_say(send->command, "digest: %s", send->proposal.plan.digest);
    return status;
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

static void show_rows(void *context, size_t rows_done)
{
    dn_command_progress(context, "rows of the plan", (int64_t)rows_done);
}

static struct dn_run_settings settings_of(struct send *send)
{
    const struct options *o = send->options;
    return (struct dn_run_settings){.order = &o->order,
                                    .sources = &send->sources,
                                    .proposal = &send->proposal,
                                    .keeping = &send->keeping,
                                    .notes = &send->command->notes,
                                    .output = o->output,
                                    .reading = {o->add_recipients, o->outbox_was_rehearsal, false},
                                    .no_wait = o->no_wait,
                                    .signals = &signals,
                                    .now = send->command->now,
                                    .clock = tell_time,
                                    .say = say_line,
                                    .progress = show_line,
                                    .rows_done = show_rows,
                                    .context = send->command};
}

static enum dn_status print_ledger(struct send *send)
{
    dn_listing_ledger(dn_run_ledger(send->run), &send->sources.affected, send->output);
    return commit_output(send);
}

static void say_head(struct send *send)
{
    struct dn_buf head = {0};
    dn_ledger_head(dn_run_ledger(send->run), &head);
    dn_command_say(send->command, "head: %s", head.at);
    dn_buf_clear(&head);
}

static enum dn_status deliver(struct send *send)
{
    const struct dn_run_settings settings = settings_of(send);
    enum dn_status status = dn_run_open(&settings, &send->run, send->err);
    if (status != DN_OK)
        return status;
    watch_signals(over_network(send) ? 2 : 1);
    status = dn_run_tell(send->run, send->err);
    if (status == DN_OK)
        status = print_ledger(send);
    say_head(send);
    return dn_run_end(send->run, status, send->err);
}

static enum dn_status run(struct send *send)
{
    const struct options *o = send->options;
    enum dn_status status = check_usage(send);
    if (status == DN_OK)
        set_clock(send);
    if (status == DN_OK)
        status =
            dn_sources_read(&o->order, o->subset, &send->keeping, &send->sources, &send->command->notes, send->err);
    if (status == DN_OK)
        status = propose(send);
    if (status == DN_OK) /* an output that cannot be made is told before anybody is */
        status = dn_output_open(o->output, &send->output, send->err);
    if (status != DN_OK)
        return status;
    return o->order.dry_run ? show_plan(send) : deliver(send);
}

static void release(struct send *send)
{
    dn_output_discard(send->output);
    dn_run_close(send->run);
    dn_keeping_clear(&send->keeping);
    dn_proposal_clear(&send->proposal);
    dn_buf_clear(&send->rehearsal.address);
    dn_strings_clear(&send->options->tenants);
    dn_strings_clear(&send->options->order.profiles);
    dn_sources_clear(&send->sources);
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
        {0, "profile", "NAME|FILE", "the evidence was read with it: kept in the archive", NULL, NULL,
         &o.order.profiles},
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
    dn_alloc_return_large();
    if (!o.order.notice)
        o.order.notice = "initial";
    struct send send = {.command = &command, .options = &o, .err = &command.error};
    enum dn_status status = run(&send);
    release(&send);
    return dn_command_end(&command, status);
}
