/* ledger-record: what people and other systems know in, rows of the ledger out. */
#include <string.h>

#include "base/file.h"
#include "command.h"
#include "evidence/inputs.h"
#include "ledger/record.h"

struct options {
    const char *ledger, *output, *delimiter;
    struct dn_strings resolve;
};

/* Everything of one run, in the order in which it comes to be. */
struct record {
    struct dn_command *command;
    struct options *options;
    struct dn_error *err;
    struct dn_decisions decisions;
    struct dn_inputs inputs;
    struct dn_records records;
    struct dn_ledger *ledger;
    struct dn_output *output;
    struct dn_record_counts counts;
    int64_t before; /* the place behind the rows that the ledger had */
};

static enum dn_status read_decisions(struct record *record)
{
    const struct dn_strings *resolve = &record->options->resolve;
    for (size_t i = 0; i < resolve->count; i++)
        if (!dn_decisions_add(&record->decisions, resolve->at[i]))
            return dn_command_usage(record->command,
                                    "--resolve: '%s' is not KEY=accepted, KEY=resend, all=accepted or all=resend with "
                                    "a whole key of 64 digits, or contradicts another one",
                                    resolve->at[i]);
    return DN_OK;
}

/* Only a decision needs no outcomes: then standard input is not waited for. */
static bool reads_outcomes(const struct record *record)
{
    return record->command->operands_given || !record->decisions.count;
}

/* Nothing twice, and the rows never in the place of the ledger. */
static enum dn_status check_files(struct record *record)
{
    const struct options *options = record->options;
    if (!options->ledger || !*options->ledger || strcmp(options->ledger, "-") == 0)
        return dn_command_usage(record->command, "-l FILE is needed: the ledger");
    enum dn_status status = dn_inputs_add(&record->inputs, options->ledger, record->err);
    if (status == DN_OK)
        status = dn_inputs_spare(&record->inputs, options->output, record->err);
    const struct dn_strings *operands = &record->command->operands;
    for (size_t i = 0; i < operands->count && status == DN_OK && reads_outcomes(record); i++)
        status = dn_inputs_add(&record->inputs, operands->at[i], record->err);
    return status;
}

static enum dn_status read_outcomes(struct record *record)
{
    const struct dn_strings *operands = &record->command->operands;
    char delimiter = 0;
    enum dn_status status = dn_command_delimiter(record->command, record->options->delimiter, &delimiter);
    for (size_t i = 0; i < operands->count && status == DN_OK && reads_outcomes(record); i++)
        status = dn_records_read(operands->at[i], delimiter, record->command->by, &record->records, record->err);
    return status;
}

static struct dn_record_run run_of(struct record *record)
{
    return (struct dn_record_run){.ledger = record->ledger,
                                  .records = &record->records,
                                  .decisions = &record->decisions,
                                  .by = record->command->by,
                                  .now = record->command->now};
}

/* What really happened is dated by the clock alone. */
static enum dn_status settle_now(struct record *record)
{
    struct dn_record_run run = run_of(record);
    bool real = true;
    enum dn_status status = dn_record_real(&run, &real, record->err);
    if (status != DN_OK || !real)
        return status;
    if (record->command->now_given)
        return dn_command_usage(record->command, "--now is for drills: the ledger says what really happened, when");
    record->command->now = dn_instant_clock();
    return DN_OK;
}

static enum dn_status append(struct record *record)
{
    enum dn_status status =
        dn_ledger_open(record->options->ledger, &record->ledger, &record->command->notes, record->err);
    if (status == DN_OK)
        status = settle_now(record);
    if (status != DN_OK)
        return status;
    struct dn_record_run run = run_of(record);
    record->before = dn_ledger_end(record->ledger);
    status = dn_record_apply(&run, &record->counts, record->err);
    return status == DN_OK ? dn_ledger_commit(record->ledger, record->err) : status;
}

static enum dn_status print_rows(struct record *record)
{
    struct dn_output *output = record->output;
    struct dn_ledger_cursor cursor;
    struct dn_ledger_row row;
    enum dn_status status;
    struct dn_buf line = {0};
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        dn_buf_addf(&line, "%s%s", i ? "," : "", dn_ledger_columns[i]);
    dn_buf_addc(&line, '\n');
    dn_ledger_cursor_open(record->ledger, record->before, &cursor);
    while ((status = dn_ledger_cursor_next(&cursor, &row, record->err)) == DN_OK)
        dn_ledger_add_line(&row, &line);
    dn_ledger_cursor_close(&cursor);
    dn_output_write(output, dn_buf_text(&line));
    dn_buf_clear(&line);
    if (status != DN_END)
        return status;
    record->output = NULL;
    return dn_output_commit(output, record->err);
}

static void say_head(struct record *record)
{
    struct dn_buf head = {0};
    dn_ledger_head(record->ledger, &head);
    dn_command_say(record->command, "head: %s", head.at);
    dn_buf_clear(&head);
}

static enum dn_status run(struct record *record)
{
    enum dn_status status = read_decisions(record);
    if (status == DN_OK)
        status = check_files(record);
    if (status == DN_OK)
        status = read_outcomes(record);
    if (status == DN_OK)
        status = dn_output_open(record->options->output, &record->output, record->err);
    if (status == DN_OK)
        status = append(record);
    if (status != DN_OK)
        return status;
    dn_record_note(&record->counts, &record->records, &record->command->notes);
    status = print_rows(record);
    say_head(record);
    return status;
}

static void release(struct record *record)
{
    dn_output_discard(record->output);
    dn_ledger_close(record->ledger);
    dn_records_clear(&record->records);
    dn_inputs_clear(&record->inputs);
    dn_decisions_clear(&record->decisions);
    dn_strings_clear(&record->options->resolve);
}

int main(int argc, char **argv)
{
    struct options o = {.ledger = NULL};
    const struct dn_option table[] = {
        {'l', "ledger", "FILE", "the ledger, appended to", NULL, &o.ledger, NULL},
        {0, "resolve", "KEY|all=HOW", "decide what is unknown: accepted or resend", NULL, NULL, &o.resolve},
        {'o', "output", "FILE", "write the rows there instead of to standard output", NULL, &o.output, NULL},
        {0, "delimiter", "CHARACTER", "between the columns of the outcomes; TAB for a tab", NULL, &o.delimiter, NULL},
        {0},
    };
    struct dn_command command = {
        .name = "ledger-record",
        .synopsis = "-l ledger [--resolve KEY|all=accepted|resend]... [outcomes...]",
        .purpose = "Appends to the ledger what people and other systems know about notices.",
        .options = table,
    };
    dn_command_begin(&command, argc, argv);
    struct record record = {.command = &command, .options = &o, .err = &command.error};
    enum dn_status status = run(&record);
    release(&record);
    return dn_command_end(&command, status);
}
