#include "channel/run.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "channel/copying.h"
#include "channel/delivery.h"
#include "channel/left.h"
#include "channel/outbound.h"
#include "channel/outbox.h"
#include "channel/seal.h"
#include "channel/sending.h"
#include "channel/standing.h"

struct dn_run {
    struct dn_run_settings with;
    struct dn_ledger *ledger;
    /* into an outbox */
    struct dn_transport transport;
    struct dn_steps steps;
    struct dn_delivery_counts counts;
    /* over the network */
    struct dn_buf sheet; /* path of the calls */
    struct dn_outbound *outbound;
    struct dn_sent sent;
    struct dn_seal *seal;
};

static bool over_network(const struct dn_run *run)
{
    return run->with.order->outbox == NULL;
}

static bool is_rehearsal(const struct dn_run *run)
{
    return run->with.proposal->rehearsed_to != NULL;
}

static const char *approved_by(const struct dn_run *run)
{
    return run->with.order->approved_by ? run->with.order->approved_by : "";
}

static struct dn_instant tell_time(const struct dn_run *run)
{
    return run->with.clock(run->with.context);
}

/* The rows must not take the ledger's place: it may hold other incidents. Asked when the ledger is there. */
static enum dn_status check_output(const struct dn_run *run, struct dn_error *err)
{
    struct stat ledger, output;
    const char *path = run->with.output, *ledger_path = run->with.order->ledger;
    if (!path || !ledger_path || stat(ledger_path, &ledger) != 0 || stat(path, &output) != 0)
        return DN_OK;
    if (ledger.st_dev != output.st_dev || ledger.st_ino != output.st_ino)
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "%s: -o names the ledger, which is appended to and never replaced", path);
}

/* Behind all that may refuse, before anything that may leave. */
static enum dn_status open_archive(const struct dn_run *run, struct dn_error *err)
{
    const struct dn_order *order = run->with.order;
    const struct dn_proposal *proposal = run->with.proposal;
    const struct dn_manifest_run said = {.plan = dn_proposal_real(proposal),
                                         .notice = proposal->notice,
                                         .by = order->by,
                                         .approved_by = order->approved_by,
                                         .ledger = order->ledger,
                                         .outbox = order->outbox,
                                         .rehearsed_to = proposal->rehearsed_to,
                                         .profiles_given = &order->profiles,
                                         .profiles = &run->with.sources->profiles,
                                         .at = tell_time(run)};
    return dn_keeping_begin(run->with.keeping, &said, err);
}

/* Of a second rehearsal with more notices none is a new recipient. */
static struct dn_reading reading_of(const struct dn_run *run)
{
    struct dn_reading reading = run->with.reading;
    reading.add_recipients = reading.add_recipients || is_rehearsal(run);
    reading.to_outbox = !over_network(run);
    return reading;
}

static struct dn_outbound_settings outbound_of(const struct dn_run *run)
{
    return (struct dn_outbound_settings){.config = &run->with.sources->config,
                                         .plan = &run->with.proposal->plan,
                                         .ledger = run->ledger,
                                         .sheet = run->sheet.at,
                                         .now = run->with.now,
                                         .sight = dn_keeping_sight(run->with.keeping)};
}

static void name_sheet(struct dn_run *run)
{
    const char *configured = run->with.sources->config.phone_sheet;
    dn_buf_reset(&run->sheet);
    if (configured)
        dn_buf_adds(&run->sheet, configured);
    else
        dn_buf_addf(&run->sheet, "%s.calls.csv", run->with.order->ledger);
}

static enum dn_status open_network(struct dn_run *run, struct dn_error *err)
{
    const char *ledger = run->with.order->ledger;
    name_sheet(run);
    const struct dn_outbound_settings settings = outbound_of(run);
    enum dn_status status = dn_sending_check(&run->with.proposal->plan, run->ledger, ledger, reading_of(run), err);
    if (status == DN_OK)
        status = dn_outbound_open(&settings, &run->outbound, err);
    if (status == DN_OK && !is_rehearsal(run))
        status = dn_seal_open(&run->with.sources->config, ledger, run->ledger, &run->seal, err);
    return status;
}

static enum dn_status open_outbox(struct dn_run *run, struct dn_error *err)
{
    const struct dn_run_settings *with = &run->with;
    enum dn_status status =
        dn_outbox_open(with->order->outbox, &with->sources->config, run->ledger, with->now, &run->transport, err);
    if (status == DN_OK && with->keeping->archive)
        dn_outbox_archive(&run->transport, with->keeping->archive);
    return status;
}

enum dn_status dn_run_open(const struct dn_run_settings *settings, struct dn_run **opened, struct dn_error *err)
{
    struct dn_run *run = *opened = dn_alloc(1, sizeof *run);
    run->with = *settings;
    /* first: its lock keeps a second run away from the outbox, too */
    enum dn_status status = dn_ledger_open(settings->order->ledger, &run->ledger, settings->notes, err);
    if (status == DN_OK)
        status = check_output(run, err);
    if (status == DN_OK)
        status = dn_reconcile_declared(run->ledger, &settings->sources->incidents, err);
    if (status == DN_OK)
        status = open_archive(run, err);
    if (status != DN_OK)
        return status;
    return over_network(run) ? open_network(run, err) : open_outbox(run, err);
}

static struct dn_delivery delivery_of(struct dn_run *run)
{
    return (struct dn_delivery){.plan = &run->with.proposal->plan,
                                .steps = &run->steps,
                                .ledger = run->ledger,
                                .transport = &run->transport,
                                .notice = run->with.proposal->notice,
                                .by = run->with.order->by,
                                .approved_by = approved_by(run),
                                .clock = run->with.clock,
                                .clock_context = run->with.context,
                                .progress = run->with.rows_done,
                                .progress_context = run->with.context,
                                .stop = run->with.signals};
}

/* What the ledger has open besides the plan's rows. */
static enum dn_status note_left(const struct dn_run *run, struct dn_error *err)
{
    const struct dn_proposal *proposal = run->with.proposal;
    struct dn_left left;
    enum dn_status status = dn_left_find(&proposal->plan, run->ledger, proposal->notice, reading_of(run), &left, err);
    if (status == DN_OK)
        dn_left_note(&left, run->with.notes);
    return status;
}

static void note_outbox(const struct dn_run *run)
{
    const struct dn_config *config = &run->with.sources->config;
    const struct dn_outbox_account account = {.steps = &run->steps,
                                              .counts = &run->counts,
                                              .folder = run->with.order->outbox,
                                              .calls = dn_outbox_calls(&run->transport),
                                              .ledger = run->with.order->ledger != NULL,
                                              .not_sent = config->copies.count || config->seal_email};
    dn_account_outbox(&account, run->with.notes);
}

static enum dn_status fill_outbox(struct dn_run *run, struct dn_error *err)
{
    const struct dn_proposal *proposal = run->with.proposal;
    const struct dn_delivery delivery = delivery_of(run);
    enum dn_status status =
        dn_reconcile(&proposal->plan, run->ledger, proposal->notice, reading_of(run), &run->steps, err);
    if (status == DN_OK)
        status = dn_delivery_run(&delivery, &run->counts, err);
    if (status == DN_OK)
        note_outbox(run);
    return status == DN_OK ? note_left(run, err) : status;
}

static struct dn_sending sending_of(const struct dn_run *run)
{
    return (struct dn_sending){.plan = &run->with.proposal->plan,
                               .ledger = run->ledger,
                               .outbound = run->outbound,
                               .notice = run->with.proposal->notice,
                               .by = run->with.order->by,
                               .approved_by = approved_by(run),
                               .reading = reading_of(run),
                               .retry = run->with.sources->config.retry,
                               .no_wait = run->with.no_wait,
                               .sight = dn_keeping_sight(run->with.keeping),
                               .signals = run->with.signals,
                               .clock = run->with.clock,
                               .clock_context = run->with.context,
                               .say = run->with.say,
                               .progress = run->with.progress,
                               .say_context = run->with.context};
}

static void note_network(const struct dn_run *run, const struct dn_sending *sending)
{
    const struct dn_network_account account = {.sending = sending,
                                               .sent = &run->sent,
                                               .sheet = run->sheet.at,
                                               .calls = dn_outbound_calls(run->outbound),
                                               .now = tell_time(run)};
    dn_account_network(&account, run->with.notes);
}

/* Before the rows are printed, which takes memory of its own. */
static void hang_up(struct dn_run *run)
{
    dn_outbound_close(run->outbound);
    run->outbound = NULL;
    dn_alloc_trim();
}

static enum dn_status send_out(struct dn_run *run, struct dn_error *err)
{
    const struct dn_sending sending = sending_of(run);
    const struct dn_outbound_settings settings = outbound_of(run);
    enum dn_status status = dn_seal_owe(run->seal, err);
    if (status == DN_OK)
        status = dn_sending_run(&sending, &run->sent, err);
    run->with.progress(run->with.context, NULL);
    if (status == DN_OK)
        note_network(run, &sending);
    if (status == DN_OK)
        status = note_left(run, err);
    if (status == DN_OK && !is_rehearsal(run))
        status = dn_copies_send(&sending, &run->sent, &settings, run->with.notes, err);
    hang_up(run);
    return status;
}

enum dn_status dn_run_tell(struct dn_run *run, struct dn_error *err)
{
    return over_network(run) ? send_out(run, err) : fill_outbox(run, err);
}

const struct dn_ledger *dn_run_ledger(const struct dn_run *run)
{
    return run->ledger;
}

static enum dn_status mail_seal(struct dn_run *run, struct dn_error *err)
{
    const struct dn_run_settings *with = &run->with;
    const struct dn_incidents *incidents = &with->sources->incidents;
    if (!run->seal)
        return DN_OK; /* no need to look at all rows */
    struct dn_standing it = dn_standing_of(&with->proposal->plan, &run->sent.steps, run->ledger);
    struct dn_buf ids = {0};
    for (size_t i = 0; i < incidents->count; i++)
        dn_buf_addf(&ids, "%s%s", i ? ", " : "", incidents->at[i].id);
    const struct dn_seal_words words = {.incidents = ids.at ? ids.at : "",
                                        .by = with->order->by,
                                        .accepted = it.accepted,
                                        .deferred = it.deferred + it.untried,
                                        .rejected = it.rejected,
                                        .unknown = it.unknown,
                                        .at = tell_time(run)};
    enum dn_status status =
        dn_seal_mail(run->seal, run->ledger, &words, with->keeping->archive, with->signals, with->notes, err);
    dn_buf_clear(&ids);
    return status;
}

static enum dn_status judge(const struct dn_run *run, struct dn_error *err)
{
    const struct dn_sending sending = sending_of(run);
    return dn_sending_judge(&sending, &run->sent, err);
}

enum dn_status dn_run_end(struct dn_run *run, enum dn_status status, struct dn_error *err)
{
    if (status == DN_OK && over_network(run))
        status = mail_seal(run, err);
    if (status == DN_OK && over_network(run))
        status = judge(run, err);
    return dn_keeping_end(run->with.keeping, run->ledger, tell_time(run), status, err);
}

void dn_run_close(struct dn_run *run)
{
    if (!run)
        return;
    if (run->transport.close)
        run->transport.close(run->transport.self);
    dn_outbound_close(run->outbound);
    dn_seal_close(run->seal);
    dn_sent_clear(&run->sent);
    dn_keeping_clear(run->with.keeping);
    dn_buf_clear(&run->sheet);
    dn_steps_clear(&run->steps);
    dn_ledger_close(run->ledger);
    free(run);
}
