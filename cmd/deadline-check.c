/* deadline-check: ledgers (or any exported table) in, one verdict per obligation out. It asks no network and changes
 * nothing; one predicate decides its exit status, whatever the format. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "command.h"
#include "deadline/audit.h"
#include "deadline/audited_words.h"
#include "deadline/foreign.h"
#include "deadline/report.h"
#include "deadline/report_html.h"
#include "deadline/report_ics.h"
#include "deadline/report_junit.h"
#include "time/period.h"

/* What the command line says. */
struct options {
    struct dn_strings incidents, maps, time_formats;
    const char *affected, *regime, *regimes, *time_zone, *delimiter, *satisfied_by, *undue, *warn, *head, *format,
        *output, *explain, *holidays;
    const char *threads;
    bool verify, summary, regimes_list, subset;
};

static struct options given;

static const struct dn_option table[] = {
    {.letter = 'i',
     .name = "incident",
     .argument = "FILE",
     .help = "the incident record; repeatable",
     .list = &given.incidents},
    {.name = "affected", .argument = "FILE", .help = "who had to be told (opened last)", .text = &given.affected},
    {.name = "subset", .help = "the affected stream was cut on purpose", .flag = &given.subset},
    {.name = "regime", .argument = "NAME", .help = "judge by this regime", .text = &given.regime},
    {.name = "regimes", .argument = "FILE", .help = "more regimes (duenotice-regimes(5))", .text = &given.regimes},
    {.name = "holidays", .argument = "FILE", .help = "more holidays (duenotice-holidays(5))", .text = &given.holidays},
    {.name = "explain",
     .argument = "TENANT",
     .help = "say step by step how this tenant's due times came about",
     .text = &given.explain},
    {.name = "regimes-list", .help = "print the regimes with their citations", .flag = &given.regimes_list},
    {.name = "map", .argument = "NAME=COLUMN", .help = "read another system's table; repeatable", .list = &given.maps},
    {.name = "time-format",
     .argument = "FORMAT",
     .help = "how it writes times; repeatable",
     .list = &given.time_formats},
    {.name = "time-zone", .argument = "ZONE", .help = "the zone of times without an offset", .text = &given.time_zone},
    {.name = "delimiter",
     .argument = "CHARACTER",
     .help = "between its columns; TAB for a tab",
     .text = &given.delimiter},
    {.name = "satisfied-by",
     .argument = "STATE",
     .help = "accepted (default), delivered or reached",
     .text = &given.satisfied_by},
    {.name = "undue", .argument = "PERIOD", .help = "told later than this is slow (default P1D)", .text = &given.undue},
    {.name = "warn", .argument = "PERIOD", .help = "name what is due this soon", .text = &given.warn},
    {.name = "verify", .help = "check every row and the chain first", .flag = &given.verify},
    {.name = "head", .argument = "HEAD", .help = "'SEQ CHAIN' that must be there", .text = &given.head},
    {.name = "format", .argument = "FORMAT", .help = "csv (default), table, html, ics or junit", .text = &given.format},
    {.name = "threads",
     .argument = "N",
     .help = "read and judge with so many (one for each core)",
     .text = &given.threads},
    {.name = "summary", .help = "one row of counts and percentiles", .flag = &given.summary},
    {.letter = 'o', .name = "output", .argument = "FILE", .help = "write there", .text = &given.output},
    {0}};

/* What is read for one audit. */
struct check {
    struct dn_incidents incidents;
    struct dn_affected_list affected;
    struct dn_told_list told;
    struct dn_regimes regimes;
    struct dn_foreign foreign;
    struct dn_obligations obligations;
    struct dn_summary summary;
    struct dn_report_csv csv;
    struct dn_almanac almanac;
    struct dn_buf explained;
    int64_t undue_s, warn_s;
    size_t threads;
};

static enum dn_status parse_period(struct dn_command *command, const char *name, const char *text, int64_t *seconds)
{
    struct dn_period period;
    if (!dn_period_parse(dn_text_of(text), &period) || dn_period_seconds(&period) < 0)
        return dn_command_usage(command, "%s '%s': expected a period such as PT12H or P1D, without months", name, text);
    *seconds = dn_period_seconds(&period);
    return DN_OK;
}

enum format { FORMAT_CSV, FORMAT_TABLE, FORMAT_HTML, FORMAT_ICS, FORMAT_JUNIT };
static const char *const formats[] = {"csv", "table", "html", "ics", "junit", NULL};

/* The format of the options, which check_format has seen. */
static enum format format_of(const struct options *options)
{
    return options->format == NULL ? FORMAT_CSV : (enum format)dn_word_find(formats, dn_text_of(options->format));
}

/* Does the report say what would be if another state satisfied? */
static bool says_policies(const struct options *options)
{
    return format_of(options) == FORMAT_TABLE || format_of(options) == FORMAT_HTML;
}

/* Are rows given away one by one, none of them kept? Not if they are looked at again. */
static bool is_streamed(const struct dn_command *command, const struct options *options)
{
    bool looked_at = options->explain != NULL || (command->verbose && options->incidents.count > 0);
    return !looked_at && (options->summary || format_of(options) == FORMAT_CSV);
}

static enum dn_status check_format(struct dn_command *command, const struct options *options)
{
    if (options->format != NULL && dn_word_find(formats, dn_text_of(options->format)) < 0)
        return dn_command_usage(command, "--format '%s': expected csv, table, html, ics or junit", options->format);
    if (options->summary && format_of(options) > FORMAT_TABLE)
        return dn_command_usage(command, "--summary is one row of CSV; --format %s has no place for it",
                                options->format);
    return DN_OK;
}

/* The state that satisfies: one of ours, or with --map also a table's own word. */
static enum dn_status set_satisfied_by(struct dn_command *command, const struct options *options, struct check *check)
{
    const char *word = options->satisfied_by != NULL ? options->satisfied_by : "accepted";
    int index = dn_word_find(dn_policy_words, dn_text_of(word));
    if (index < 0 && options->maps.count == 0)
        return dn_command_usage(command, "--satisfied-by '%s': expected accepted, delivered or reached", word);
    check->told.satisfied_by = index < 0 ? DN_POLICY_ACCEPTED : (enum dn_policy)index;
    check->foreign.satisfied_by = word;
    return DN_OK;
}

static bool reads_stdin(const struct options *options)
{
    return dn_strings_has(&options->incidents, DN_TEXT("-")) ||
           (options->affected != NULL && strcmp(options->affected, "-") == 0);
}

static bool maps(const struct options *options, const char *prefix)
{
    for (size_t i = 0; i < options->maps.count; i++)
        if (dn_text_starts(dn_text_of(options->maps.at[i]), prefix))
            return true;
    return false;
}

static enum dn_status check_options(struct dn_command *command, const struct options *options)
{
    bool foreign = options->maps.count > 0;
    if (options->head != NULL && !options->verify)
        return dn_command_usage(command, "--head is something for --verify to check");
    if (options->head != NULL && command->operands.count != 1)
        return dn_command_usage(command, "--head belongs to one ledger: name only that one");
    if (foreign && options->satisfied_by != NULL && !maps(options, "state="))
        return dn_command_usage(command, "--satisfied-by is about a state: --map state=COLUMN says where it is");
    if (foreign && options->verify)
        return dn_command_usage(command, "--verify checks a ledger of ours; with --map there is none");
    if (!foreign && (options->time_formats.count > 0 || options->delimiter != NULL))
        return dn_command_usage(command, "--time-format and --delimiter are about a table read with --map");
    if (options->explain != NULL && (options->summary || options->format != NULL || options->regimes_list))
        return dn_command_usage(command, "--explain prints text instead of a report");
    if (reads_stdin(options) && dn_strings_has(&command->operands, DN_TEXT("-")))
        return dn_command_usage(command, "standard input can be one thing only; name the ledger as a file");
    return check_format(command, options);
}

static enum dn_status set_foreign(struct dn_command *command, const struct options *options, struct check *check)
{
    struct dn_foreign *foreign = &check->foreign;
    enum dn_status status = dn_command_delimiter(command, options->delimiter, &foreign->delimiter);
    for (size_t i = 0; i < options->maps.count && status == DN_OK; i++)
        status = dn_foreign_map(foreign, options->maps.at[i], &command->error);
    if (status == DN_OK)
        status = dn_formats_set(&foreign->formats, &options->time_formats, &command->error);
    if (status == DN_OK && options->time_zone != NULL)
        status = dn_zone_open(options->time_zone, &foreign->zone, &command->error);
    foreign->regime_given = options->regime != NULL;
    foreign->policies = says_policies(options);
    foreign->threads = check->told.threads = check->threads;
    return status;
}

static enum dn_status set_options(struct dn_command *command, const struct options *options, struct check *check)
{
    enum dn_status status = check_options(command, options);
    check->warn_s = -1;
    if (status == DN_OK)
        status = set_satisfied_by(command, options, check);
    if (status == DN_OK)
        status = parse_period(command, "--undue", options->undue != NULL ? options->undue : "P1D", &check->undue_s);
    if (status == DN_OK && options->warn != NULL)
        status = parse_period(command, "--warn", options->warn, &check->warn_s);
    if (status == DN_OK)
        status = dn_command_threads(command, options->threads, &check->threads);
    return status == DN_OK ? set_foreign(command, options, check) : status;
}

/* The same file twice would count every row twice. */
static enum dn_status check_once(struct dn_command *command)
{
    const struct dn_strings *paths = &command->operands;
    for (size_t i = 0; i < paths->count; i++) {
        struct stat a, b;
        bool there = strcmp(paths->at[i], "-") == 0 ? fstat(0, &a) == 0 : stat(paths->at[i], &a) == 0;
        for (size_t j = 0; there && j < i; j++) {
            bool same = strcmp(paths->at[i], paths->at[j]) == 0 ||
                        (stat(paths->at[j], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino);
            if (same)
                return dn_command_usage(command, "%s: the same file is given twice", paths->at[i]);
        }
    }
    return DN_OK;
}

/* Checks a whole ledger before it is read. Standard input can only be read again if it is a file. */
static enum dn_status verify(struct dn_command *command, const char *path, const char *head)
{
    struct dn_buf found = {0};
    int64_t rows = 0;
    bool piped = strcmp(path, "-") == 0;
    if (piped && lseek(0, 0, SEEK_SET) != 0)
        return dn_command_usage(command, "--verify needs the ledger's file: what is piped may be a part of it");
    enum dn_status status = dn_ledger_verify(path, head, &rows, &found, &command->error);
    if (status == DN_OK)
        dn_notes_say(&command->notes, "head", "%s: %s", dn_file_name(path), found.at);
    if (piped && status == DN_OK && lseek(0, 0, SEEK_SET) != 0)
        status = dn_error_errno(&command->error, dn_file_name(path));
    dn_buf_clear(&found);
    return status;
}

static enum dn_status read_operands(struct dn_command *command, const struct options *options, struct check *check)
{
    enum dn_status status = check_once(command);
    if (check->incidents.count == 1)
        check->foreign.incident_id = check->incidents.at[0].id;
    for (size_t i = 0; i < command->operands.count && status == DN_OK; i++) {
        const char *path = command->operands.at[i];
        if (options->verify)
            status = verify(command, path, options->head);
        if (status == DN_OK && options->maps.count > 0)
            status = dn_foreign_read(&check->foreign, path, &check->told, &command->notes, &command->error);
        else if (status == DN_OK)
            status = dn_told_read(&check->told, path, &command->notes, &command->error);
    }
    return status;
}

/* The affected stream is opened last: when a pipe has ended, the file that tee(1) writes is whole. */
static enum dn_status read_all(struct dn_command *command, const struct options *options, struct check *check)
{
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < options->incidents.count && status == DN_OK; i++)
        status = dn_incidents_read(options->incidents.at[i], &check->incidents, &command->notes, &command->error);
    if (status == DN_OK)
        status = read_operands(command, options, check);
    if (status == DN_OK && options->affected != NULL)
        status = dn_affected_read(options->affected, options->subset, &check->affected, &command->error);
    dn_affected_sort(&check->affected);
    if (check->told.said != NULL && options->affected == NULL && is_streamed(command, options))
        dn_said_settle(check->told.said);
    return status;
}

/* A table is coloured only where somebody looks at it and did not say no. */
static enum dn_screen screen_of(const struct options *options)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool to_stdout = options->output == NULL || strcmp(options->output, "-") == 0;
    if (!to_stdout || !isatty(1))
        return DN_SCREEN_NONE;
    bool plain = (no_color != NULL && no_color[0] != '\0') || term == NULL || strcmp(term, "dumb") == 0;
    return plain ? DN_SCREEN_PLAIN : DN_SCREEN_COLOUR;
}

static struct dn_audited audited_of(const struct dn_command *command, const struct options *options,
                                    const struct check *check)
{
    bool has_states = options->maps.count == 0 || maps(options, "state=");
    return (struct dn_audited){.obligations = &check->obligations,
                               .incidents = &check->incidents,
                               .affected = options->affected != NULL ? &check->affected : NULL,
                               .told = &check->told,
                               .notes = &command->notes,
                               .now = command->now,
                               .satisfied_by = has_states ? check->foreign.satisfied_by : NULL,
                               .warn_s = check->warn_s,
                               .verified = options->verify,
                               .head_given = options->head != NULL,
                               .subset = options->subset};
}

/* A report of rows that were kept. */
static enum dn_status write_format(struct dn_command *command, const struct options *options, struct check *check,
                                   struct dn_output *output)
{
    struct dn_audited audited = audited_of(command, options, check);
    switch (format_of(options)) {
    case FORMAT_TABLE:
        return dn_report_table(&audited, screen_of(options), output, &command->error);
    case FORMAT_HTML:
        dn_report_html(&audited, output);
        return DN_OK;
    case FORMAT_ICS:
        return dn_report_ics(&audited, output, &command->error);
    case FORMAT_JUNIT:
        dn_report_junit(&audited, output);
        return DN_OK;
    default:
        for (size_t i = 0; i < check->obligations.count; i++)
            dn_report_csv_take(&check->csv, &check->obligations.at[i]);
        return DN_OK;
    }
}

/* Judges. Rows of a stream go out while they are, unless somebody looks at them again. */
static enum dn_status audit(struct dn_command *command, const struct options *options, struct check *check)
{
    struct dn_audit audit = {.incidents = &check->incidents,
                             .affected = options->affected != NULL ? &check->affected : NULL,
                             .told = &check->told,
                             .regimes = &check->regimes,
                             .regime = options->regime,
                             .now = command->now,
                             .now_fixed = command->now_fixed,
                             .undue_s = check->undue_s,
                             .warn_s = check->warn_s,
                             .almanac = &check->almanac,
                             .zone = options->time_zone,
                             .explain = options->explain,
                             .explained = &check->explained,
                             .policies = says_policies(options),
                             .threads = check->threads};
    if (is_streamed(command, options) && options->summary)
        audit.summary = &check->summary;
    if (is_streamed(command, options) && !options->summary) {
        audit.take = dn_report_csv_take;
        audit.context = &check->csv;
    }
    enum dn_status status = dn_audit_run(&audit, &check->obligations, &command->notes, &command->error);
    if (status == DN_OK && options->explain != NULL && check->explained.size == 0)
        status = dn_error_set(&command->error, DN_INVALID, "--explain: there is no obligation to a tenant '%s'",
                              options->explain);
    return status;
}

/* -v: when the stages of each incident were reached. */
static void say_stages(const struct dn_command *command, const struct options *options, const struct check *check)
{
    struct dn_audited audited = audited_of(command, options, check);
    struct dn_buf lines = {0}, prefix = {0};
    for (size_t i = 0; command->verbose && i < check->incidents.count; i++) {
        dn_buf_reset(&prefix);
        dn_buf_addf(&prefix, "%s: ", check->incidents.at[i].id);
        dn_audited_add_stages(&audited, &check->incidents.at[i], prefix.at, &lines);
    }
    struct dn_text rest = dn_buf_text(&lines), line;
    while (rest.size > 0 && dn_text_next(&rest, '\n', &line))
        dn_command_say(command, "%.*s", (int)line.size, line.at);
    dn_buf_clear(&lines);
    dn_buf_clear(&prefix);
}

static enum dn_status audit_into(struct dn_command *command, const struct options *options, struct check *check,
                                 struct dn_output *output)
{
    check->csv.output = output;
    if (format_of(options) == FORMAT_CSV && !options->summary && options->explain == NULL)
        dn_report_csv_begin(&check->csv);
    enum dn_status status = audit(command, options, check);
    if (status != DN_OK)
        return status;
    say_stages(command, options, check);
    for (size_t i = 0; i < check->obligations.count && options->summary; i++)
        dn_summary_take(&check->summary, &check->obligations.at[i]);
    if (options->explain != NULL)
        dn_output_write(output, dn_buf_text(&check->explained));
    else if (options->summary)
        dn_report_summary(&check->summary, output);
    else
        status = write_format(command, options, check, output);
    return status;
}

static enum dn_status write_report(struct dn_command *command, const struct options *options, struct check *check)
{
    struct dn_output *output = NULL;
    enum dn_status status = dn_output_open(options->output, &output, &command->error);
    if (status != DN_OK)
        return status;
    if (options->regimes_list)
        dn_report_regimes(&check->regimes, output);
    else
        status = audit_into(command, options, check, output);
    if (status == DN_OK)
        return dn_output_commit(output, &command->error);
    dn_output_discard(output);
    return status;
}

static enum dn_status run(struct dn_command *command, const struct options *options, struct check *check)
{
    enum dn_status status = set_options(command, options, check);
    if (status == DN_OK)
        status = dn_regimes_load(options->regimes, &check->regimes, &command->error);
    if (status == DN_OK && !options->regimes_list)
        status = read_all(command, options, check);
    if (status == DN_OK && options->holidays != NULL)
        status = dn_almanac_load(&check->almanac, options->holidays, &command->error);
    return status == DN_OK ? write_report(command, options, check) : status;
}

static void clear(struct options *options, struct check *check)
{
    dn_strings_clear(&options->incidents);
    dn_strings_clear(&options->maps);
    dn_strings_clear(&options->time_formats);
    dn_incidents_clear(&check->incidents);
    dn_affected_list_clear(&check->affected);
    dn_told_list_clear(&check->told);
    dn_regimes_clear(&check->regimes);
    dn_foreign_clear(&check->foreign);
    dn_obligations_clear(&check->obligations);
    dn_summary_clear(&check->summary);
    dn_report_csv_end(&check->csv);
    dn_almanac_clear(&check->almanac);
    dn_buf_clear(&check->explained);
}

int main(int argc, char **argv)
{
    struct check check = {0};
    struct dn_command command = {.name = "deadline-check",
                                 .synopsis = "[-i incident]... [--affected FILE] [--map NAME=COLUMN]... [ledger...]",
                                 .purpose = "Say of every obligation to notify whether it was met.",
                                 .options = table};
    dn_command_begin(&command, argc, argv);
    enum dn_status status = run(&command, &given, &check);
    clear(&given, &check);
    return dn_command_end(&command, status);
}
