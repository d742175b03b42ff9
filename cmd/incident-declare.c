/* incident-declare(1): findings in, incident record out. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "command.h"
#include "data/data.h"
#include "deadline/record_clock.h"
#include "incident/compose.h"
#include "incident/revise.h"

/* What was asked. */
struct request {
    bool template, check, close;
    const char *output, *regime, *regimes, *at, *note, *revise, *hold, *exempt, *withdraw, *approved_by;
    struct dn_strings stages, anchors;
    struct dn_incident_words words;
};

/* What a run works on. */
struct run {
    struct dn_command *command;
    const struct request *request;
    struct dn_regimes regimes;
    struct dn_incident incident;
    struct dn_revising revising;
    struct dn_instant at;
};

static void release(struct run *run, struct request *request)
{
    dn_regimes_clear(&run->regimes);
    dn_incident_clear(&run->incident);
    dn_revising_clear(&run->revising);
    dn_strings_clear(&request->stages);
    dn_strings_clear(&request->anchors);
    dn_incident_words_clear(&request->words);
}

static bool changes_record(const struct request *r)
{
    return r->close || r->note != NULL || r->revise != NULL || r->hold != NULL || r->exempt != NULL ||
           r->withdraw != NULL || r->stages.count > 0 || r->anchors.count > 0 || r->at != NULL || r->regime != NULL;
}

static enum dn_status check_request(struct dn_command *command, const struct request *r)
{
    bool words = dn_incident_words_given(&r->words);
    if (r->template && (r->check || r->output != NULL || words || changes_record(r) || command->operands_given))
        return dn_command_usage(command, "--template stands alone and writes to standard output");
    if (r->check && (r->output != NULL || words || changes_record(r)))
        return dn_command_usage(command, "--check only reads records: it takes no option that makes or changes one");
    if (words && command->operands_given) {
        return dn_command_usage(command,
                                "a record is made from options or from '%s', not from both; --revise changes one",
                                command->operands.at[0]);
    }
    if (!r->check && command->operands.count > 1)
        return dn_command_usage(command, "one record is expected, not %zu files", command->operands.count);
    if (r->close && r->withdraw != NULL)
        return dn_command_usage(command, "--withdraw and --close are two steps");
    if (r->withdraw != NULL && dn_text_trim(dn_text_of(r->withdraw)).size == 0)
        return dn_command_usage(command, "--withdraw needs a reason");
    if (r->anchors.count > 0 && (!command->by_given || r->approved_by == NULL))
        return dn_command_usage(command, "--correct-anchor needs --by and --approved-by, two different people");
    if (r->anchors.count == 0 && r->approved_by != NULL)
        return dn_command_usage(command, "--approved-by belongs to --correct-anchor");
    return DN_OK;
}

/* Text that will stand in the record. */
static enum dn_status check_text(struct dn_command *command, const char *option, const char *text)
{
    if (text != NULL && (dn_text_hostile(dn_text_of(text)) || !dn_text_utf8(dn_text_of(text), NULL)))
        return dn_command_usage(command, "--%s has control or bidi characters, or is not UTF-8", option);
    return DN_OK;
}

static enum dn_status check_texts(struct dn_command *command, const struct request *r)
{
    enum dn_status status = check_text(command, "note", r->note);
    if (status == DN_OK)
        status = check_text(command, "withdraw", r->withdraw);
    return status == DN_OK ? check_text(command, "approved-by", r->approved_by) : status;
}

static enum dn_status parse_time(struct dn_command *command, const char *option, const char *text,
                                 struct dn_instant *at)
{
    if (dn_instant_parse(dn_text_of(text), at))
        return DN_OK;
    return dn_command_usage(command, "--%s: not an RFC 3339 time with an offset, '%s'", option, text);
}

/* "NAME" or "NAME=TIME"; *at stays as it is without a time. */
static enum dn_status parse_stage(struct dn_command *command, const char *option, const char *text,
                                  enum dn_stage *stage, struct dn_instant *at)
{
    const char *equals = strchr(text, '=');
    struct dn_text name = {text, equals != NULL ? (size_t)(equals - text) : strlen(text)};
    int found = dn_word_find(dn_stage_words, name);
    if (found < 0) {
        return dn_command_usage(command,
                                "--%s: no stage '%.*s'; they are event-started ... affected-customers-notified, "
                                "see duenotice(7)",
                                option, (int)name.size, name.at);
    }
    *stage = (enum dn_stage)found;
    return equals == NULL ? DN_OK : parse_time(command, option, equals + 1, at);
}

/* --at speaks of declarations only. */
static struct dn_instant default_time(const struct run *run, enum dn_stage stage)
{
    bool declaration = stage == DN_STAGE_INCIDENT_DECLARED || stage == DN_STAGE_BREACH_DECLARED;
    return declaration && dn_instant_is(run->at) ? run->at : run->command->now;
}

static enum dn_status add_stages(struct run *run)
{
    const struct dn_strings *stages = &run->request->stages;
    struct dn_error *err = &run->command->error;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < stages->count && status == DN_OK; i++) {
        enum dn_stage stage = DN_STAGE_EVENT_STARTED;
        struct dn_instant at = DN_INSTANT_NONE;
        status = parse_stage(run->command, "stage", stages->at[i], &stage, &at);
        if (status == DN_OK) {
            at = dn_instant_is(at) ? at : default_time(run, stage);
            status = dn_revise_stage(&run->revising, stage, at, err);
        }
    }
    return status;
}

static enum dn_status correct_anchors(struct run *run)
{
    const struct dn_strings *anchors = &run->request->anchors;
    struct dn_error *err = &run->command->error;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < anchors->count && status == DN_OK; i++) {
        enum dn_stage stage = DN_STAGE_EVENT_STARTED;
        struct dn_instant at = DN_INSTANT_NONE;
        status = parse_stage(run->command, "correct-anchor", anchors->at[i], &stage, &at);
        if (status == DN_OK && !dn_instant_is(at))
            status = dn_command_usage(run->command, "--correct-anchor: STAGE=TIME is needed");
        if (status == DN_OK)
            status = dn_revise_anchor(&run->revising, stage, at, run->request->approved_by, err);
    }
    return status;
}

/* Is what was read from that file sound? Overlaps are said once, of the record as it is written. */
static enum dn_status check_record(struct run *run, const char *file)
{
    struct dn_command *command = run->command;
    struct dn_notes unsaid = {0};
    const char *name = dn_file_name(file);
    enum dn_status status = dn_incident_check_stages(&run->incident, name, command->now, &unsaid, &command->error);
    if (status == DN_OK)
        status = dn_record_clock_check(&run->regimes, &run->incident, name, &unsaid, &command->error);
    dn_notes_clear(&unsaid);
    return status;
}

static enum dn_status read_input(struct run *run)
{
    struct dn_command *command = run->command;
    if (dn_incident_words_given(&run->request->words))
        return dn_incident_compose(&run->request->words, command->by, &run->incident, &command->notes, &command->error);
    enum dn_status status = dn_incident_read(command->operands.at[0], &run->incident, &command->notes, &command->error);
    return status == DN_OK ? check_record(run, command->operands.at[0]) : status;
}

/* Is there a file at the output that the input is not itself? Devices and pipes are only written to. */
static bool output_stands(const struct run *run)
{
    struct stat there, input;
    const char *path = run->command->operands.at[0];
    bool from_file = run->command->operands_given && strcmp(path, "-") != 0 && stat(path, &input) == 0;
    if (run->request->output == NULL || strcmp(run->request->output, "-") == 0 ||
        stat(run->request->output, &there) != 0 || !S_ISREG(there.st_mode))
        return false;
    return !(from_file && input.st_dev == there.st_dev && input.st_ino == there.st_ino);
}

static void add_words(struct dn_error *err, const char *words)
{
    size_t used = strlen(err->text);
    if (used + strlen(words) < sizeof err->text)
        memcpy(err->text + used, words, strlen(words) + 1);
}

/* The record that the output holds already goes on: its anchors, holds and history stay, the input is merged into it.
 */
static enum dn_status continue_output(struct run *run)
{
    struct dn_incident input = run->incident;
    struct dn_command *command = run->command;
    struct dn_error *err = &command->error;
    if (!output_stands(run))
        return DN_OK;
    run->incident = (struct dn_incident){0};
    enum dn_status status = dn_incident_read(run->request->output, &run->incident, &command->notes, err);
    if (status == DN_INVALID)
        add_words(err, "; it is not overwritten");
    if (status == DN_OK)
        status = check_record(run, run->request->output);
    if (status == DN_OK && strcmp(run->incident.id, input.id) != 0) {
        status = dn_error_set(err, DN_INVALID, "%s: holds '%s', it is not overwritten with '%s'", run->request->output,
                              run->incident.id, input.id);
    }
    if (status == DN_OK) {
        dn_notes_say(&command->notes, NULL, "%s: %s goes on there, its anchors stay", run->request->output, input.id);
        status = dn_revise_record(&run->revising, &input, err);
    }
    dn_incident_clear(&input);
    return status;
}

static enum dn_status change_status(struct run *run)
{
    const struct request *r = run->request;
    struct dn_error *err = &run->command->error;
    if (r->withdraw != NULL)
        return dn_revise_status(&run->revising, DN_INCIDENT_WITHDRAWN, r->withdraw, err);
    return r->close ? dn_revise_status(&run->revising, DN_INCIDENT_CLOSED, NULL, err)
                    : dn_revise_decide(&run->revising, run->at, err);
}

/* Findings first, since breach-declared needs them; the status last. */
static enum dn_status change(struct run *run)
{
    const struct request *r = run->request;
    struct dn_error *err = &run->command->error;
    enum dn_status status = r->revise != NULL ? dn_revise_file(&run->revising, r->revise, err) : DN_OK;
    if (status == DN_OK)
        status = add_stages(run);
    if (status == DN_OK)
        status = correct_anchors(run);
    if (status == DN_OK && r->hold != NULL)
        status = dn_revise_hold(&run->revising, r->hold, err);
    if (status == DN_OK && r->exempt != NULL)
        status = dn_revise_exemption(&run->revising, r->exempt, err);
    return status == DN_OK ? change_status(run) : status;
}

static enum dn_status set_clock(struct run *run)
{
    struct dn_command *command = run->command;
    const struct dn_regime *regime = NULL;
    struct dn_buf change = {0};
    enum dn_status status = DN_OK;
    if (run->incident.status == DN_INCIDENT_DECLARED || dn_instant_is(run->incident.clock_due_at)) {
        status = dn_record_clock_set(&run->regimes, run->request->regime, &run->incident, &command->notes, &change,
                                     &command->error);
        if (change.size > 0)
            dn_revise_say(&run->revising, "%s", change.at);
    } else if (run->request->regime != NULL) {
        status = dn_record_clock_regime(&run->regimes, run->request->regime, &regime, &command->error);
        dn_notes_say(&command->notes, NULL, "--regime is not kept: a record that is not declared has no clock");
    }
    dn_buf_clear(&change);
    return status;
}

static void note_kind(struct run *run, const struct dn_incident *incident)
{
    struct dn_notes *notes = &run->command->notes;
    if (incident->provider_role == DN_ROLE_CONTROLLER) {
        dn_notes_attention(notes, "controller",
                           "%s: the provider is the controller: it owes the authority its own notice (GDPR Art. 33(1))",
                           incident->id);
    }
    if (incident->drill)
        dn_notes_say(notes, "drill", "%s is a drill: every notice says so, nobody real is contacted", incident->id);
}

static enum dn_status write_record(struct run *run)
{
    struct dn_output *output = NULL;
    struct dn_buf text = {0};
    enum dn_status status = dn_output_open(run->request->output, &output, &run->command->error);
    if (status != DN_OK)
        return status;
    dn_incident_write(&run->incident, 0, &text);
    dn_output_write(output, dn_buf_text(&text));
    dn_buf_clear(&text);
    return dn_output_commit(output, &run->command->error);
}

static enum dn_status declare(struct run *run)
{
    struct dn_command *command = run->command;
    enum dn_status status = read_input(run);
    if (status == DN_OK)
        status = continue_output(run);
    if (status == DN_OK)
        status = change(run);
    if (status == DN_OK)
        status = dn_incident_check_stages(&run->incident, NULL, command->now, &command->notes, &command->error);
    if (status == DN_OK)
        status = set_clock(run);
    if (status != DN_OK)
        return status;
    dn_revise_end(&run->revising);
    note_kind(run, &run->incident);
    return write_record(run);
}

static enum dn_status check_file(struct run *run, const char *path)
{
    struct dn_command *command = run->command;
    struct dn_incidents incidents = {0};
    const char *name = dn_file_name(path);
    enum dn_status status = dn_incidents_read(path, &incidents, &command->notes, &command->error);
    for (size_t i = 0; i < incidents.count && status == DN_OK; i++) {
        const struct dn_incident *incident = &incidents.at[i];
        status = dn_incident_check_stages(incident, name, command->now, &command->notes, &command->error);
        if (status == DN_OK)
            status = dn_record_clock_check(&run->regimes, incident, name, &command->notes, &command->error);
        note_kind(run, incident);
    }
    dn_incidents_clear(&incidents);
    return status;
}

static enum dn_status check_files(struct run *run)
{
    const struct dn_strings *paths = &run->command->operands;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < paths->count && status == DN_OK; i++)
        status = check_file(run, paths->at[i]);
    return status;
}

static enum dn_status print_template(struct dn_command *command)
{
    const struct dn_data_file *file = dn_data_find("incident/findings.yaml");
    return dn_file_write(STDOUT_FILENO, (struct dn_text){file->bytes, file->size}, "standard output", &command->error);
}

static enum dn_status serve(struct run *run)
{
    struct dn_command *command = run->command;
    const struct request *r = run->request;
    enum dn_status status = check_request(command, r);
    if (status == DN_OK)
        status = check_texts(command, r);
    if (status == DN_OK && r->at != NULL)
        status = parse_time(command, "at", r->at, &run->at);
    if (status != DN_OK || r->template)
        return status == DN_OK ? print_template(command) : status;
    status = dn_regimes_load(r->regimes, &run->regimes, &command->error);
    if (status == DN_OK)
        status = r->check ? check_files(run) : declare(run);
    return status;
}

/* What to do with a record. */
static size_t record_options(struct request *r, struct dn_option *options)
{
    const struct dn_option own[] = {
        {'o', "output", "FILE", "write the record there; one of the same id goes on", NULL, &r->output, NULL},
        {0, "template", NULL, "print a commented findings file", &r->template, NULL, NULL},
        {0, "check", NULL, "validate records, print nothing", &r->check, NULL, NULL},
        {0, "at", "TIME", "when it was declared, if not now", NULL, &r->at, NULL},
        {0, "regime", "NAME", "the regime of its clock (" DN_REGIME_DEFAULT ")", NULL, &r->regime, NULL},
        {0, "regimes", "FILE", "regimes beside and instead of the embedded ones", NULL, &r->regimes, NULL},
        {0, "stage", "NAME[=TIME]", "a stage was reached (repeatable)", NULL, NULL, &r->stages},
        {0, "note", "TEXT", "a note for what this run records", NULL, &r->note, NULL},
        {0, "revise", "FILE", "merge findings, scope, notice ... of FILE", NULL, &r->revise, NULL},
        {0, "hold", "FILE", "add a lawful delay", NULL, &r->hold, NULL},
        {0, "exempt", "FILE", "add tenants that are not to be told", NULL, &r->exempt, NULL},
        {0, "withdraw", "REASON", "it was none after all", NULL, &r->withdraw, NULL},
        {0, "close", NULL, "it is over", &r->close, NULL, NULL},
        {0, "correct-anchor", "STAGE=TIME", "move a declaration earlier", NULL, NULL, &r->anchors},
        {0, "approved-by", "NAME", "who approved the correction", NULL, &r->approved_by, NULL}};
    memcpy(options, own, sizeof own);
    return sizeof own / sizeof own[0];
}

/* A record without a file: its head, finding, times and scope. */
static size_t word_options(struct dn_incident_words *w, struct dn_option *options)
{
    const struct dn_option own[] = {
        {0, "id", "ID", "a record without a file: its id", NULL, &w->id, NULL},
        {0, "title", "TEXT", "its title", NULL, &w->title, NULL},
        {0, "drill", NULL, "it is an exercise", &w->drill, NULL, NULL},
        {0, "kind", "WORD", "security | privacy", NULL, &w->kind, NULL},
        {0, "provider-role", "WORD", "processor | controller", NULL, &w->provider_role, NULL},
        {0, "effect", "WORD", "destruction | loss | alteration | disclosure | access", NULL, &w->effect, NULL},
        {0, "cause", "WORD", "accidental | unlawful | unauthorised", NULL, &w->cause, NULL},
        {0, "data", "WORD", "customer | provider | none", NULL, &w->data, NULL},
        {0, "confidence", "WORD", "confirmed | likely | suspected", NULL, &w->confidence, NULL},
        {0, "service", "NAME", "the service concerned", NULL, &w->service, NULL},
        {0, "data-type", "TEXT", "a category of data (repeatable)", NULL, NULL, &w->data_types},
        {0, "started", "TIME", "event-started", NULL, &w->started, NULL},
        {0, "detected", "TIME", "event-detected", NULL, &w->detected, NULL},
        {0, "from", "TIME", "scope: from then on", NULL, &w->from, NULL},
        {0, "until", "TIME", "scope: before then", NULL, &w->until, NULL},
        {0, "address", "NETWORK", "scope: an address or network (repeatable)", NULL, NULL, &w->addresses},
        {0, "actor", "PATTERN", "scope: an actor (repeatable)", NULL, NULL, &w->actors},
        {0, "operation", "PATTERN", "scope: an operation (repeatable)", NULL, NULL, &w->operations},
        {0, "resource", "PATTERN", "scope: a resource (repeatable)", NULL, NULL, &w->resources},
        {0, "user-agent", "PATTERN", "scope: a user agent (repeatable)", NULL, NULL, &w->user_agents},
        {0, "session", "PATTERN", "scope: a session (repeatable)", NULL, NULL, &w->sessions},
        {0, "certainty", "WORD", "scope: confirmed | potential", NULL, &w->certainty, NULL}};
    memcpy(options, own, sizeof own);
    return sizeof own / sizeof own[0];
}

/* The words of its notice. */
static size_t notice_options(struct dn_incident_words *w, struct dn_option *options)
{
    const struct dn_option own[] = {
        {0, "summary", "TEXT", "notice: what happened", NULL, &w->summary, NULL},
        {0, "consequences", "TEXT", "notice: what may come of it", NULL, &w->consequences, NULL},
        {0, "measures", "TEXT", "notice: what was done", NULL, &w->measures, NULL},
        {0, "customer-actions", "TEXT", "notice: what customers should do", NULL, &w->customer_actions, NULL},
        {0, "contact-name", "TEXT", "notice: who answers questions", NULL, &w->contact_name, NULL},
        {0, "contact-email", "ADDRESS", "notice: their address", NULL, &w->contact_email, NULL},
        {0, "contact-phone", "NUMBER", "notice: their number", NULL, &w->contact_phone, NULL},
        {0, "next-update", "TIME", "notice: when more will be said", NULL, &w->next_update, NULL}};
    memcpy(options, own, sizeof own);
    return sizeof own / sizeof own[0];
}

int main(int argc, char **argv)
{
    struct request r = {0};
    struct dn_option options[64] = {{0}};
    size_t count = record_options(&r, options);
    count += word_options(&r.words, options + count);
    notice_options(&r.words, options + count);
    struct dn_command command = {.name = "incident-declare",
                                 .synopsis = "[-o FILE] [--at TIME] [--regime NAME] [changes] [findings]",
                                 .purpose = "Decides whether findings are a breach of customer data, and keeps the "
                                            "incident's record.",
                                 .options = options};
    struct run run = {.command = &command, .request = &r, .at = DN_INSTANT_NONE};
    dn_command_begin(&command, argc, argv);
    run.revising = (struct dn_revising){
        .incident = &run.incident, .now = command.now, .by = command.by, .note = r.note, .notes = &command.notes};
    enum dn_status status = serve(&run);
    if (status != DN_OK)
        dn_notes_clear(&command.notes); /* nothing was declared: what would have been is not said */
    release(&run, &r);
    return dn_command_end(&command, status);
}
