#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"

#define FIRST_LONG 256 /* getopt's value of option 0 of a table: above every letter */
#define MOST_OPTIONS 80
#define MOST_THREADS 64

/* A closed descriptor would be taken by the next file opened, and a message would land in it. The one put there instead
 * fails: reading from output, writing to input. */
static void hold_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            _exit(DN_EXIT_NOT_DONE);
}

static void print_stderr(struct dn_buf *line)
{
    struct dn_error ignored;
    dn_buf_addc(line, '\n');
    dn_file_write(2, dn_buf_text(line), "standard error", &ignored);
    dn_buf_clear(line);
}

static void begin_line(const struct dn_command *command, struct dn_buf *line)
{
    dn_buf_adds(line, command->name);
    dn_buf_adds(line, ": ");
}

void dn_command_say(const struct dn_command *command, const char *format, ...)
{
    if (command->quiet)
        return;
    struct dn_buf text = {0}, line = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    begin_line(command, &line);
    dn_buf_add_visible(&line, dn_buf_text(&text));
    dn_buf_clear(&text);
    print_stderr(&line);
}

enum dn_status dn_command_usage(struct dn_command *command, const char *format, ...)
{
    struct dn_buf text = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    dn_error_set(&command->error, DN_INVALID, "%s; see %s --help", text.at, command->name);
    dn_buf_clear(&text);
    return DN_INVALID;
}

enum dn_status dn_command_threads(struct dn_command *command, const char *text, size_t *threads)
{
    int64_t number = 0;
    if (text && (!dn_text_number(dn_text_of(text), &number) || number < 1 || number > MOST_THREADS))
        return dn_command_usage(command, "--threads '%s' is not a number from 1 to %d", text, MOST_THREADS);
    *threads = (size_t)number;
    return DN_OK;
}

enum dn_status dn_command_delimiter(struct dn_command *command, const char *text, char *character)
{
    if (!text)
        return DN_OK;
    bool tab = strcmp(text, "TAB") == 0 || strcmp(text, "\\t") == 0;
    if (!tab && strlen(text) != 1)
        return dn_command_usage(command, "--delimiter '%s' is not one character, nor TAB", text);
    *character = tab ? '\t' : text[0];
    return DN_OK;
}

static void release(struct dn_command *command)
{
    dn_strings_clear(&command->operands);
    dn_notes_clear(&command->notes);
}

static void print_note(const struct dn_command *command, const struct dn_note *note)
{
    struct dn_buf line = {0};
    begin_line(command, &line);
    if (note->word)
        dn_buf_addf(&line, "[%s] ", note->word);
    dn_buf_add_visible(&line, dn_text_of(note->text));
    print_stderr(&line);
}

int dn_command_end(struct dn_command *command, enum dn_status status)
{
    if (command->shown_s)
        dn_command_progress(command, NULL, 0);
    bool person = dn_notes_need_person(&command->notes);
    for (size_t i = 0; i < command->notes.count; i++)
        if (command->notes.at[i].attention || !command->quiet)
            print_note(command, &command->notes.at[i]);
    release(command);
    if (status == DN_OK)
        return person ? DN_EXIT_PERSON : DN_EXIT_DONE;
    struct dn_buf line = {0};
    begin_line(command, &line);
    dn_buf_adds(&line, command->error.text); /* visible already */
    print_stderr(&line);
    return status == DN_BUSY ? DN_EXIT_NOT_NOW : DN_EXIT_NOT_DONE;
}

static void end_now(struct dn_command *command, enum dn_status status)
{
    exit(dn_command_end(command, status));
}

static void print_and_exit(struct dn_command *command, struct dn_buf *text)
{
    enum dn_status status = dn_file_write(1, dn_buf_text(text), "standard output", &command->error);
    dn_buf_clear(text);
    end_now(command, status);
}

static void add_help_line(struct dn_buf *text, const struct dn_option *option)
{
    size_t start = text->size;
    if (option->letter)
        dn_buf_addf(text, "  -%c, --%s", option->letter, option->name);
    else
        dn_buf_addf(text, "      --%s", option->name);
    if (option->argument)
        dn_buf_addf(text, " %s", option->argument);
    do
        dn_buf_addc(text, ' ');
    while (text->size - start < 32);
    dn_buf_addf(text, "%s\n", option->help);
}

static void print_help(struct dn_command *command, const struct dn_option *all)
{
    struct dn_buf text = {0};
    dn_buf_addf(&text, "Usage: %s %s\n%s\n\n", command->name, command->synopsis, command->purpose);
    for (const struct dn_option *option = all; option->name; option++)
        add_help_line(&text, option);
    dn_buf_addf(&text,
                "\nExit status: 0 done, 1 done but something needs a person, 2 not done, 75 not now.\n"
                "See %s(1) and duenotice(7).\n",
                command->name);
    print_and_exit(command, &text);
}

static void print_version(struct dn_command *command)
{
    struct dn_buf text = {0};
    dn_buf_addf(&text, "%s (duenotice) %s\n", command->name, DN_VERSION);
    print_and_exit(command, &text);
}

/* What the options of every command set. */
struct shared {
    bool help, version;
    const char *now, *by;
};

static size_t merge_options(struct dn_command *command, struct shared *shared, struct dn_option *all)
{
    const struct dn_option common[] = {
        {0, "now", "TIME", "the time to take for now (RFC 3339)", NULL, &shared->now, NULL},
        {0, "by", "NAME", "who does this (default: the login name)", NULL, &shared->by, NULL},
        {'q', "quiet", NULL, "say only what needs a person", &command->quiet, NULL, NULL},
        {'v', "verbose", NULL, "say more about what was done", &command->verbose, NULL, NULL},
        {'h', "help", NULL, "print this and exit", &shared->help, NULL, NULL},
        {'V', "version", NULL, "print the version and exit", &shared->version, NULL, NULL},
    };
    size_t count = 0;
    for (const struct dn_option *option = command->options; option && option->name; option++)
        all[count++] = *option;
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        all[count++] = common[i];
    all[count] = (struct dn_option){0};
    return count;
}

static void fill_getopt(const struct dn_option *all, size_t count, struct option *longs, char *shorts)
{
    *shorts++ = '-'; /* operands come in order, as option 1 */
    *shorts++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < count; i++) {
        longs[i] =
            (struct option){all[i].name, all[i].argument ? required_argument : no_argument, NULL, FIRST_LONG + (int)i};
        if (!all[i].letter)
            continue;
        *shorts++ = all[i].letter;
        if (all[i].argument)
            *shorts++ = ':';
    }
    *shorts = '\0';
    longs[count] = (struct option){0};
}

static void apply(struct dn_command *command, const struct dn_option *option, const char *argument)
{
    if (option->flag) {
        *option->flag = true;
    } else if (option->list) {
        dn_strings_add(option->list, dn_text_of(argument));
    } else if (*option->text) {
        end_now(command, dn_command_usage(command, "--%s is given twice", option->name));
    } else {
        *option->text = argument;
    }
}

static const struct dn_option *by_letter(const struct dn_option *all, int letter)
{
    for (; all->name; all++)
        if (all->letter == letter)
            return all;
    return NULL;
}

/* getopt_long takes "--dry" for "--dry-run": a script that relies on it breaks with the next option. */
static bool abbreviated(const char *typed, const char *name)
{
    size_t size = strlen(name);
    return strncmp(typed, "--", 2) != 0 || strncmp(typed + 2, name, size) != 0 ||
           (typed[2 + size] != '\0' && typed[2 + size] != '=');
}

static void refuse(struct dn_command *command, int found, const char *typed)
{
    if (found == ':')
        end_now(command, dn_command_usage(command, "option '%s' needs an argument", typed));
    if (optopt > 0 && optopt < FIRST_LONG && strncmp(typed, "--", 2) != 0)
        end_now(command, dn_command_usage(command, "unknown option '-%c'", optopt));
    end_now(command, dn_command_usage(command, "unknown option '%s'", typed));
}

static void parse(struct dn_command *command, int argc, char **argv, const struct dn_option *all, size_t count)
{
    struct option longs[MOST_OPTIONS + 1];
    char shorts[2 * MOST_OPTIONS + 3];
    fill_getopt(all, count, longs, shorts);
    opterr = 0;
    for (;;) {
        const char *typed = optind < argc ? argv[optind] : "";
        int found = getopt_long(argc, argv, shorts, longs, NULL);
        if (found == -1)
            break;
        if (found == 1) {
            dn_strings_add(&command->operands, dn_text_of(optarg));
            continue;
        }
        const struct dn_option *option = found >= FIRST_LONG ? &all[found - FIRST_LONG] : by_letter(all, found);
        if (found == '?' || found == ':' || !option)
            refuse(command, found, typed);
        else if (found >= FIRST_LONG && abbreviated(typed, option->name))
            refuse(command, '?', typed);
        else
            apply(command, option, optarg);
    }
    for (; optind < argc; optind++)
        dn_strings_add(&command->operands, dn_text_of(argv[optind]));
}

static void set_now(struct dn_command *command, const char *now)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    command->now_fixed = true;
    command->now_given = now != NULL;
    if (now) {
        if (!dn_instant_parse(dn_text_of(now), &command->now))
            end_now(command, dn_command_usage(command, "--now: not an RFC 3339 time with an offset, '%s'", now));
    } else if (epoch && *epoch) {
        command->now.ns = 0;
        if (!dn_text_number(dn_text_of(epoch), &command->now.s) || command->now.s > 253402300799)
            end_now(command, dn_command_usage(command, "SOURCE_DATE_EPOCH: not seconds, '%s'", epoch));
    } else {
        command->now = dn_instant_clock();
        command->now_fixed = false;
    }
}

static void set_by(struct dn_command *command, const char *by)
{
    const struct passwd *entry = by ? NULL : getpwuid(getuid());
    command->by_given = by != NULL;
    command->by = by ? by : entry ? entry->pw_name : "unknown";
    if (dn_text_hostile(dn_text_of(command->by)) || *command->by == '\0')
        end_now(command, dn_command_usage(command, "--by: not a name, '%s'", command->by));
}

void dn_command_begin(struct dn_command *command, int argc, char **argv)
{
    hold_descriptors();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    struct shared shared = {0};
    struct dn_option all[MOST_OPTIONS + 1];
    size_t count = merge_options(command, &shared, all);
    parse(command, argc, argv, all, count);
    if (shared.help)
        print_help(command, all);
    if (shared.version)
        print_version(command);
    set_now(command, shared.now);
    set_by(command, shared.by);
    command->operands_given = command->operands.count > 0;
    if (!command->operands_given)
        dn_strings_add(&command->operands, DN_TEXT("-"));
    command->started_s = time(NULL);
}

void dn_command_progress_line(struct dn_command *command, const char *text)
{
    int64_t now = time(NULL);
    if (!text && command->shown_s) {
        fputs("\r\033[K", stderr);
        command->shown_s = 0;
    } else if (text && !command->quiet && now > command->started_s + 1 && now != command->shown_s && isatty(2)) {
        fprintf(stderr, "\r\033[K%s: %s", command->name, text);
        command->shown_s = now;
    }
}

void dn_command_progress(struct dn_command *command, const char *what, int64_t done)
{
    char text[160];
    snprintf(text, sizeof text, "%lld %s", (long long)done, what ? what : "");
    dn_command_progress_line(command, what ? text : NULL);
}
