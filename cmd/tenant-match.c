/* tenant-match: impact streams and a directory in, affected tenants out. */
#include <stdlib.h>

#include "command.h"
#include "tenant/intake.h"
#include "tenant/lint.h"
#include "time/period.h"

struct options {
    const char *threads, *delimiter;
    const char *incident, *directory, *ownership, *resources, *unmatched, *previous, *stale, *output;
    bool subset, lint;
};

/* Everything of one run. */
struct run {
    struct dn_command *command;
    const struct options *options;
    struct dn_incidents incidents;
    struct dn_directory directory;
    struct dn_ownership ownership;
    struct dn_affected_list previous;
    struct dn_matching matching;
    struct dn_matching_summary summary;
    struct dn_intake intake;
    struct dn_matching_when when;
    struct dn_output *out, *resources, *unmatched;
};

static enum dn_status check_outputs(struct run *run)
{
    const struct options *o = run->options;
    const char *const files[] = {o->resources, o->unmatched};
    for (size_t i = 0; i < 2; i++)
        if (files[i] && dn_text_is(dn_text_of(files[i]), "-"))
            return dn_command_usage(run->command, "--resources and --unmatched need a file, not standard output");
    if (dn_output_same(o->resources, o->unmatched))
        return dn_command_usage(run->command, "--resources and --unmatched name the same file");
    if (dn_output_same(o->resources, o->output) || dn_output_same(o->unmatched, o->output))
        return dn_command_usage(run->command, "--output and %s name the same file",
                                dn_output_same(o->resources, o->output) ? "--resources" : "--unmatched");
    return DN_OK;
}

/* Nor may they take the place of what the rows are held against. What cannot be looked at is told by who reads it. */
static enum dn_status check_spared(struct run *run)
{
    const struct options *o = run->options;
    const char *const read[] = {o->directory, o->ownership, o->previous, o->incident};
    const char *const written[] = {o->resources, o->unmatched};
    struct dn_inputs inputs = {0};
    struct dn_error ignored = {0};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        if (read[i])
            dn_inputs_add(&inputs, read[i], &ignored);
    for (size_t i = 0; i < 2 && status == DN_OK; i++)
        if (written[i])
            status = dn_inputs_spare(&inputs, written[i], &run->command->error);
    dn_inputs_clear(&inputs);
    return status;
}

static enum dn_status check_threads(struct run *run)
{
    size_t threads = 0;
    enum dn_status status = dn_command_threads(run->command, run->options->threads, &threads);
    run->directory.threads = run->matching.threads = threads;
    return status;
}

/* The directory and the owners come from other people's systems; the other files are streams of ours. */
static enum dn_status check_delimiter(struct run *run)
{
    char delimiter = 0;
    enum dn_status status = dn_command_delimiter(run->command, run->options->delimiter, &delimiter);
    run->directory.delimiter = run->ownership.delimiter = delimiter;
    return status;
}

static enum dn_status check_usage(struct run *run)
{
    const struct options *o = run->options;
    struct dn_period stale;
    if (!o->directory)
        return dn_command_usage(run->command, "-d FILE is needed: the directory of tenants");
    if (!dn_period_parse(dn_text_of(o->stale ? o->stale : "P365D"), &stale) || dn_period_seconds(&stale) < 0)
        return dn_command_usage(run->command, "--stale: not a period of days or hours ('P365D'), '%s'", o->stale);
    run->when = (struct dn_matching_when){.now = run->command->now, .stale_s = dn_period_seconds(&stale)};
    if (o->lint && (run->command->operands_given || o->ownership || o->resources || o->unmatched || o->previous ||
                    o->incident || o->subset))
        return dn_command_usage(run->command, "--lint reads the directory alone");
    return check_outputs(run);
}

static enum dn_status lint(struct run *run)
{
    struct dn_command *command = run->command;
    enum dn_status status = dn_output_open(run->options->output, &run->out, &command->error);
    if (status != DN_OK)
        return status;
    size_t count = dn_lint_write(&run->directory, run->when.now, run->when.stale_s, run->out);
    if (count)
        dn_notes_attention(&command->notes, "lint", "%zu findings in %zu tenants of %s", count, run->directory.count,
                           run->directory.name);
    status = dn_output_commit(run->out, &command->error);
    run->out = NULL;
    return status;
}

/* What the impact rows are held against. */
static enum dn_status read_context(struct run *run)
{
    const struct options *o = run->options;
    struct dn_error *err = &run->command->error;
    enum dn_status status = DN_OK;
    if (o->incident)
        status = dn_incidents_read(o->incident, &run->incidents, &run->command->notes, err);
    if (status == DN_OK && o->ownership)
        status = dn_ownership_read(o->ownership, &run->ownership, err);
    if (status == DN_OK && o->previous)
        status = dn_affected_read(o->previous, o->subset, &run->previous, err);
    run->when.previous = o->previous ? &run->previous : NULL;
    return status;
}

static void show_progress(void *command, int64_t rows)
{
    dn_command_progress(command, "impact rows", rows);
}

static enum dn_status match(struct run *run)
{
    const struct dn_strings *operands = &run->command->operands;
    enum dn_status status = DN_OK;
    run->matching.directory = &run->directory;
    run->matching.tell = run->command->verbose ? &run->command->notes : NULL;
    run->matching.keep_matched = run->options->resources != NULL;
    run->matching.keep_others = run->options->unmatched != NULL;
    run->matching.ownership = run->options->ownership ? &run->ownership : NULL;
    dn_matching_begin(&run->matching);
    run->intake = (struct dn_intake){.matching = &run->matching,
                                     .incidents = run->options->incident ? &run->incidents : NULL,
                                     .subset = run->options->subset,
                                     .alone = operands->count == 1,
                                     .progress = show_progress,
                                     .context = run->command};
    for (size_t i = 0; i < operands->count && status == DN_OK; i++)
        status = dn_intake_read(&run->intake, operands->at[i], &run->command->error);
    if (status != DN_OK)
        return status;
    return dn_matching_settle(&run->matching, &run->when, &run->command->error);
}

/* Opens an output unless path is NULL and it is not standard output that is wanted. */
static enum dn_status open_output(struct run *run, const char *path, struct dn_output **output)
{
    enum dn_status status = dn_inputs_spare(&run->intake.inputs, path, &run->command->error);
    return status == DN_OK ? dn_output_open(path, output, &run->command->error) : status;
}

static enum dn_status commit(struct run *run, struct dn_output **output)
{
    struct dn_output *taken = *output;
    *output = NULL;
    return taken ? dn_output_commit(taken, &run->command->error) : DN_OK;
}

/* The files are in place before the first row is on standard output: who reads that may open them. Rows that go there
 * are written last, when only that can fail. */
static enum dn_status write_all(struct run *run)
{
    const struct options *o = run->options;
    enum dn_status status = dn_output_open(o->output, &run->out, &run->command->error);
    if (status == DN_OK && o->resources)
        status = open_output(run, o->resources, &run->resources);
    if (status == DN_OK && o->unmatched)
        status = open_output(run, o->unmatched, &run->unmatched);
    if (status != DN_OK)
        return status;
    bool flows = dn_output_flow(run->out);
    if (!flows)
        dn_matching_write_affected(&run->matching, &run->when, run->out, &run->summary);
    if (run->resources)
        dn_matching_write_resources(&run->matching, run->resources);
    if (run->unmatched)
        dn_matching_write_unmatched(&run->matching, run->unmatched);
    struct dn_output *const outputs[] = {run->unmatched, run->resources, run->out};
    status = dn_outputs_settle(outputs, sizeof outputs / sizeof *outputs, &run->command->error);
    if (status == DN_OK)
        status = commit(run, &run->unmatched);
    if (status == DN_OK)
        status = commit(run, &run->resources);
    if (status == DN_OK && flows)
        dn_matching_write_affected(&run->matching, &run->when, run->out, &run->summary);
    return status == DN_OK ? commit(run, &run->out) : status;
}

static void tell(struct run *run)
{
    struct dn_notes *notes = &run->command->notes;
    dn_directory_notes(&run->directory, notes);
    dn_matching_notes(&run->matching, &run->when, &run->summary, run->options->unmatched, notes);
    if (run->command->verbose)
        dn_matching_account(&run->matching, notes);
}

static enum dn_status go(struct run *run)
{
    enum dn_status status = check_usage(run);
    if (status == DN_OK)
        status = check_threads(run);
    if (status == DN_OK)
        status = check_delimiter(run);
    if (status == DN_OK)
        status = check_spared(run);
    run->directory.hold = run->options->lint                                 ? DN_HOLD_ALL
                          : run->options->unmatched || run->command->verbose ? DN_HOLD_IDS
                                                                             : DN_HOLD_NOTHING;
    if (status == DN_OK)
        status = dn_directory_read(run->options->directory, &run->directory, &run->command->error);
    if (status == DN_OK && run->options->lint)
        return lint(run);
    if (status == DN_OK)
        status = read_context(run);
    if (status == DN_OK)
        status = match(run);
    if (status == DN_OK)
        status = write_all(run);
    if (status == DN_OK)
        tell(run);
    return status;
}

static void release(struct run *run)
{
    dn_output_discard(run->out);
    dn_output_discard(run->resources);
    dn_output_discard(run->unmatched);
    dn_intake_clear(&run->intake);
    dn_matching_clear(&run->matching);
    dn_affected_list_clear(&run->previous);
    dn_ownership_clear(&run->ownership);
    dn_directory_clear(&run->directory);
    dn_incidents_clear(&run->incidents);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    const struct dn_option table[] = {
        {'i', "incident", "FILE", "incident records: rows of others are refused", NULL, &o.incident, NULL},
        {'d', "directory", "FILE", "the tenants (needed)", NULL, &o.directory, NULL},
        {0, "ownership", "FILE", "who owned which key when", NULL, &o.ownership, NULL},
        {0, "resources", "FILE", "write every matched impact row there", NULL, &o.resources, NULL},
        {0, "unmatched", "FILE", "write every other impact row there, with the reason", NULL, &o.unmatched, NULL},
        {0, "previous", "FILE", "an earlier affected list to compare with", NULL, &o.previous, NULL},
        {0, "stale", "PERIOD", "contacts validated longer ago are stale (default P365D)", NULL, &o.stale, NULL},
        {0, "delimiter", "CHARACTER", "between the columns of directory and ownership; TAB for a tab", NULL,
         &o.delimiter, NULL},
        {0, "subset", NULL, "accept lists that were cut on purpose", &o.subset, NULL, NULL},
        {0, "lint", NULL, "list what is wrong in the directory, and nothing else", &o.lint, NULL, NULL},
        {0, "threads", "N", "how many rows are looked at once (one for each core)", NULL, &o.threads, NULL},
        {'o', "output", "FILE", "write there instead of standard output", NULL, &o.output, NULL},
        {0}};
    struct dn_command command = {.name = "tenant-match",
                                 .synopsis = "-d directory [options] [impact...]",
                                 .purpose = "Say which tenants the resources of an incident belong to.",
                                 .options = table};
    struct run run = {.command = &command, .options = &o};
    dn_command_begin(&command, argc, argv);
    enum dn_status status = go(&run);
    release(&run);
    return dn_command_end(&command, status);
}
