/* impact-resolve: what of whom was touched (impact-resolve(1)). */
#include <string.h>

#include "command.h"
#include "evidence/inputs.h"
#include "impact/resolve.h"

#define DEFAULT_MEMORY ((size_t)512 << 20)
#define LEAST_MEMORY ((size_t)64 << 10)

/* What the command line came to. */
static struct dn_strings incident_files, profile_names;
static const char *output_path, *memory, *threads, *delimiter, *rejects;
static bool select_rows, jsonl, subset;

static const struct dn_option options[] = {
    {'i', "incident", "FILE", "the incident record whose scope counts (required)", NULL, NULL, &incident_files},
    {'p', "profile", "NAME|FILE", "a candidate for reading the evidence", NULL, NULL, &profile_names},
    {'o', "output", "FILE", "write there instead of to standard output", NULL, &output_path, NULL},
    {0, "rejects", "FILE", "write the rows that cannot be decided there", NULL, &rejects, NULL},
    {0, "select", NULL, "write the rows in scope as native evidence", &select_rows, NULL, NULL},
    {0, "jsonl", NULL, "the evidence is one JSON document a line", &jsonl, NULL, NULL},
    {0, "delimiter", "CHARACTER", "between the evidence's columns; TAB for a tab", NULL, &delimiter, NULL},
    {0, "subset", NULL, "accept native evidence that was cut on purpose", &subset, NULL, NULL},
    {0, "memory", "SIZE", "memory for grouping, over it $TMPDIR (512M)", NULL, &memory, NULL},
    {0, "threads", "N", "how many rows are looked at once (one for each core)", NULL, &threads, NULL},
    {0, NULL, NULL, NULL, NULL, NULL, NULL}};

/* "512M": bytes, or K, M, G of 1024. */
static enum dn_status read_memory(struct dn_command *command, size_t *bytes)
{
    static const char units[] = "KMG";
    struct dn_text text = dn_text_of(memory);
    int64_t number = 0;
    int shift = 0;
    *bytes = DEFAULT_MEMORY;
    if (!memory)
        return DN_OK;
    const char *unit = text.size > 1 ? strchr(units, text.at[text.size - 1]) : NULL;
    if (unit && *unit) {
        shift = 10 * (int)(unit - units + 1);
        text.size--;
    }
    if (!dn_text_number(text, &number) || number > (INT64_MAX >> shift) || number << shift < (int64_t)LEAST_MEMORY)
        return dn_command_usage(command, "--memory '%s' is not a size of at least 64K, such as 512M", memory);
    *bytes = (size_t)number << shift;
    return DN_OK;
}

static enum dn_status read_delimiter(struct dn_command *command, char *character)
{
    enum dn_status status = dn_command_delimiter(command, delimiter, character);
    if (status == DN_OK && delimiter && jsonl)
        return dn_command_usage(command, "--delimiter and --jsonl exclude each other");
    return status;
}

static enum dn_status read_incidents(struct dn_command *command, struct dn_inputs *inputs,
                                     struct dn_incidents *incidents)
{
    enum dn_status status = DN_OK;
    if (incident_files.count == 0)
        return dn_command_usage(command, "no incident: give its record with -i");
    for (size_t i = 0; i < incident_files.count && status == DN_OK; i++) {
        status = dn_inputs_add(inputs, incident_files.at[i], &command->error);
        if (status == DN_OK)
            status = dn_incidents_read(incident_files.at[i], incidents, &command->notes, &command->error);
    }
    for (size_t i = 0; i < incidents->count && status == DN_OK; i++)
        if (incidents->at[i].status == DN_INCIDENT_WITHDRAWN || incidents->at[i].status == DN_INCIDENT_CLOSED)
            dn_notes_say(&command->notes, NULL, "incident %s is %s", incidents->at[i].id,
                         dn_incident_status_words[incidents->at[i].status]);
    return status;
}

static enum dn_status read_profiles(struct dn_command *command, struct dn_profiles *profiles)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < profile_names.count && status == DN_OK; i++)
        status = dn_profiles_add(profiles, profile_names.at[i], &command->error);
    return profile_names.count > 0 ? status : dn_profiles_add_stock(profiles, &command->error);
}

/* No input twice, no output over an input, before anything is read. */
static enum dn_status check_files(struct dn_command *command, struct dn_inputs *inputs)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < command->operands.count && status == DN_OK; i++)
        status = dn_inputs_add(inputs, command->operands.at[i], &command->error);
    if (status == DN_OK)
        status = dn_inputs_spare(inputs, rejects, &command->error);
    if (status == DN_OK && dn_output_same(rejects, output_path))
        status = dn_command_usage(command, "--rejects and --output name the same file");
    return status;
}

static void show_progress(void *context, int64_t rows)
{
    dn_command_progress(context, "rows", rows);
}

static enum dn_status write_stream(struct dn_command *command, struct dn_resolve *resolve)
{
    struct dn_output *output = NULL;
    enum dn_status status = dn_output_open(output_path, &output, &command->error);
    if (status == DN_OK)
        status = dn_resolve_end(resolve, output, &command->notes, &command->error);
    if (status == DN_OK)
        return dn_output_commit(output, &command->error);
    dn_output_discard(output);
    return status;
}

static enum dn_status resolve_all(struct dn_command *command, const struct dn_incidents *incidents,
                                  const struct dn_profiles *profiles)
{
    struct dn_resolve_options how = {.evidence = {.jsonl = jsonl, .subset = subset},
                                     .select = select_rows,
                                     .verbose = command->verbose,
                                     .rejects = rejects,
                                     .now = command->now,
                                     .progress = show_progress,
                                     .progress_context = command};
    struct dn_resolve *resolve = NULL;
    enum dn_status status = read_memory(command, &how.memory_bytes);
    if (status == DN_OK)
        status = dn_command_threads(command, threads, &how.threads);
    if (status == DN_OK)
        status = read_delimiter(command, &how.evidence.delimiter);
    if (status == DN_OK)
        status = dn_resolve_begin(incidents, profiles, &how, &resolve, &command->error);
    for (size_t i = 0; i < command->operands.count && status == DN_OK; i++)
        status = dn_resolve_file(resolve, command->operands.at[i], &command->notes, &command->error);
    if (status == DN_OK)
        status = write_stream(command, resolve);
    dn_resolve_free(resolve);
    return status;
}

int main(int argc, char **argv)
{
    struct dn_command command = {.name = "impact-resolve",
                                 .synopsis = "-i incident [-p profile]... [evidence...]",
                                 .purpose = "Finds what of whom an incident touched, in evidence of any format.",
                                 .options = options};
    struct dn_inputs inputs = {0};
    struct dn_incidents incidents = {0};
    struct dn_profiles profiles = {0};
    dn_command_begin(&command, argc, argv);
    enum dn_status status = read_incidents(&command, &inputs, &incidents);
    if (status == DN_OK)
        status = check_files(&command, &inputs);
    if (status == DN_OK)
        status = read_profiles(&command, &profiles);
    if (status == DN_OK)
        status = resolve_all(&command, &incidents, &profiles);
    dn_profiles_clear(&profiles);
    dn_incidents_clear(&incidents);
    dn_inputs_clear(&inputs);
    dn_strings_clear(&incident_files);
    dn_strings_clear(&profile_names);
    return dn_command_end(&command, status);
}
