/* Inside lib/deadline: what a ledger's own numbers and chain say about it while it is read, row by row. --verify checks
 * the bytes of a whole file and ends a run; this looks at the rows that are there, and the audit goes on. */
#ifndef DN_DEADLINE_TOLD_CHAIN_H
#define DN_DEADLINE_TOLD_CHAIN_H

#include "base/note.h"
#include "ledger/ledger.h"

/* What digests one row after the other. Starts zeroed. */
struct dn_told_digest {
    struct dn_sha256 *running;
    struct dn_buf line;
};

/* One ledger while it is read. Starts zeroed. */
struct dn_told_chain {
    int64_t first, seq; /* the first and the last row's number; 0: none was there */
    char value[DN_SHA256_HEX];
    size_t broken, gaps, backwards;                /* how many */
    int64_t broken_line, gap_line, backwards_line; /* where the first is */
    int64_t broken_seq, gap_from, gap_to;          /* the row whose chain does not fit; the first rows not there */
    struct dn_told_digest digest;
};

/* Does the row's chain value go on from that one (64 digits)? raw: the row as it stands in a
 * file with the ledger's own columns; empty: the row alone tells. */
bool dn_told_digest_fits(struct dn_told_digest *digest, const char *before, const struct dn_ledger_row *row,
                         struct dn_text raw);
void dn_told_digest_clear(struct dn_told_digest *digest);

/* Does row continue the one before it, so that its chain value can be looked at? That one stands right before it. */
bool dn_told_chain_follows(const struct dn_ledger_row *before, const struct dn_ledger_row *row);

/* Looks at the next row, which stands at that line. Rows without a number or a chain value cannot be looked at. fits:
 * what dn_told_digest_fits has said where dn_told_chain_follows, or NULL. */
void dn_told_chain_take(struct dn_told_chain *chain, const struct dn_ledger_row *row, struct dn_text raw, int64_t line,
                        const bool *fits);

/* Notes "[chain]", "[gap]" and "[backwards]", each with its number and first place. named: it is a file that was named,
 * in which nothing may be missing if it begins with row 1; what comes through a pipe may be one incident's rows. */
void dn_told_chain_end(struct dn_told_chain *chain, const char *file, bool named, struct dn_notes *notes);

#endif
