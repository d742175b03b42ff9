/* Notes: what a run has to tell a person beside its rows. The library collects, commands print and decide the status.
 */
#ifndef DN_BASE_NOTE_H
#define DN_BASE_NOTE_H

#include <stdbool.h>
#include <stddef.h>

/* One note, printed as "[word] text" (word NULL: just text). attention: it makes the exit status 1. */
struct dn_note {
    const char *word; /* a literal such as "unmatched" */
    bool attention;
    char *text;
};

/* Starts zeroed. */
struct dn_notes {
    struct dn_note *at;
    size_t count;
    size_t room;
};

/* Something needs a person: status 1. word is kept by address (a literal); printf format. */
void dn_notes_attention(struct dn_notes *notes, const char *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Worth saying, changes no status. word may be NULL. */
void dn_notes_say(struct dn_notes *notes, const char *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is there a note that needs a person? */
bool dn_notes_need_person(const struct dn_notes *notes);

/* Frees what it owns and leaves it empty. */
void dn_notes_clear(struct dn_notes *notes);

#endif
