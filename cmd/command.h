/* What all commands share: start, options, diagnostics, exit status. */
#ifndef DN_CMD_COMMAND_H
#define DN_CMD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/note.h"
#include "base/text.h"
#include "time/instant.h"

enum { DN_EXIT_DONE = 0, DN_EXIT_PERSON = 1, DN_EXIT_NOT_DONE = 2, DN_EXIT_NOT_NOW = 75 };

/* One option. Exactly one of the targets is set; a flag sets a bool, text keeps the argument's address (twice is a
 * usage error), list appends a copy. */
struct dn_option {
    char letter;          /* 0: long form only */
    const char *name;     /* long form without the dashes; NULL ends the table */
    const char *argument; /* NULL: takes none; else its name in --help, "FILE" */
    const char *help;     /* one line */
    bool *flag;
    const char **text;
    struct dn_strings *list;
};

/* What a command is, and what the options that all share came to. */
struct dn_command {
    const char *name;
    const char *synopsis;            /* behind the name: "-i incident [-p profile]... [evidence...]" */
    const char *purpose;             /* one sentence */
    const struct dn_option *options; /* its own; the shared ones (-h -V -q -v --now --by) are added */
    /* set by dn_command_begin: */
    bool quiet, verbose;
    const char *by; /* --by, else the login name */
    bool by_given;
    struct dn_instant now;      /* --now, else SOURCE_DATE_EPOCH, else the clock */
    bool now_fixed;             /* not the clock */
    bool now_given;             /* by --now */
    struct dn_strings operands; /* none given: one "-" */
    bool operands_given;
    struct dn_notes notes;
    struct dn_error error;
    int64_t started_s, shown_s; /* of the progress line */
};

/* Makes sure that descriptors 0, 1, 2 are open, sets umask 077, ignores SIGPIPE and SIGXFSZ, parses the command line
 * (no abbreviations), serves -h and -V. On a usage error it prints and exits 2; -h and -V exit 0. It sets each option's
 * target. */
void dn_command_begin(struct dn_command *command, int argc, char **argv);

/* Prints command->error if status is not DN_OK, then the notes ("command: [word] text"; say notes only unless quiet),
 * frees what the command holds and returns the exit status: DN_OK 0 or 1 (a note needs a person), DN_BUSY 75, else 2.
 */
int dn_command_end(struct dn_command *command, enum dn_status status);

/* Prints "command: text" on stderr at once, hostile characters made visible; nothing when quiet. */
void dn_command_say(const struct dn_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the error for a wrong combination of options and returns DN_INVALID. */
enum dn_status dn_command_usage(struct dn_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What --threads and --delimiter say. text NULL: the option was not given; *threads is 0 then, which lets the library
 * choose, and *character stays as it is. DN_INVALID, a usage error: not a number from 1 to 64; neither one character
 * nor TAB, which may also be a backslash and a t. */
enum dn_status dn_command_threads(struct dn_command *command, const char *text, size_t *threads);
enum dn_status dn_command_delimiter(struct dn_command *command, const char *text, char *character);

/* A progress line on stderr, at most one a second, only on a terminal and only after the first second; done clears it.
 */
void dn_command_progress(struct dn_command *command, const char *what, int64_t done);

/* The same with a line of one's own; text NULL clears it. */
void dn_command_progress_line(struct dn_command *command, const char *text);

#endif
