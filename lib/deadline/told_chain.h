/* Inside lib/deadline: what a ledger's own numbers and chain say about it while it is read, row by row. --verify checks
 * the bytes of a whole file and ends a run; this looks at the rows that are there, and the audit goes on. */
#ifndef DN_DEADLINE_TOLD_CHAIN_H
#define DN_DEADLINE_TOLD_CHAIN_H

#include "base/note.h"
#include "ledger/ledger.h"

/* One ledger while it is read. Starts zeroed. */
struct dn_told_chain {
    int64_t first, seq; /* the first and the last row's number; 0: none was there */
    char value[DN_SHA256_HEX];
    size_t broken, gaps, backwards;                /* how many */
    int64_t broken_line, gap_line, backwards_line; /* where the first is */
    int64_t broken_seq, gap_from, gap_to;          /* the row whose chain does not fit; the first rows not there */
    struct dn_buf line, bytes;
};

/* Looks at the next row, which stands at that line. Rows without a number or a chain value cannot be looked at. */
void dn_told_chain_take(struct dn_told_chain *chain, const struct dn_ledger_row *row, int64_t line);

/* Notes "[chain]", "[gap]" and "[backwards]", each with its number and first place. named: it is a file that was named,
 * in which nothing may be missing if it begins with row 1; what comes through a pipe may be one incident's rows. */
void dn_told_chain_end(struct dn_told_chain *chain, const char *file, bool named, struct dn_notes *notes);

#endif
