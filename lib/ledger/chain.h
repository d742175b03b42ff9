/* Inside lib/ledger: the chain, row by row, and the rows of a file one after the other. */
#ifndef DN_LEDGER_CHAIN_H
#define DN_LEDGER_CHAIN_H

#include "ledger/row.h"

/* Where a chain stands. Starts zeroed, then dn_chain_begin; dn_chain_clear frees. */
struct dn_chain {
    int64_t seq;               /* of the last row, 0 before the first */
    char value[DN_SHA256_HEX]; /* its chain */
    struct dn_sha256 *digest;
};

void dn_chain_begin(struct dn_chain *chain);
void dn_chain_clear(struct dn_chain *chain);

/* The chain value of a next row whose line without ",chain" is body; the chain stays where it stands. */
void dn_chain_next(struct dn_chain *chain, struct dn_text body, char value[DN_SHA256_HEX]);

/* Moves on to a next row that has this value. */
void dn_chain_move(struct dn_chain *chain, const char value[DN_SHA256_HEX]);

/* Moves on over a whole line (no LF; quoted cells are unquoted in place) and checks all of it: cells, words, seq,
 * chain. DN_INVALID names file and line; the chain then stands where it stood. */
enum dn_status dn_chain_take(struct dn_chain *chain, const char *file, char *line, size_t size,
                             struct dn_ledger_row *row, struct dn_error *err);

#endif
