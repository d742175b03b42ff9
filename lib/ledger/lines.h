/* Inside lib/ledger: lines of a ledger, one after the other, in bounded memory. */
#ifndef DN_LEDGER_LINES_H
#define DN_LEDGER_LINES_H

#include "ledger/store.h"

/* Starts zeroed but for ledger and place. */
struct dn_lines {
    const struct dn_ledger *ledger;
    int64_t place; /* in the ledger, of what stands at begin */
    char *bytes;
    size_t room, begin, end; /* what was read and not handed out */
};

/* The next line without its LF, good until the next call; its place is lines->place before the call. DN_END: there is
 * none; what stands from lines->place on has no LF, or none for DN_LEDGER_LINE_CAP bytes. DN_SYSTEM. */
enum dn_status dn_lines_next(struct dn_lines *lines, char **line, size_t *size, struct dn_error *err);

/* Takes a line apart without looking at its chain. False: it is not one of a ledger. */
bool dn_lines_row(char *line, size_t size, struct dn_ledger_row *row);

void dn_lines_clear(struct dn_lines *lines);

#endif
