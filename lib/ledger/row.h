/* Inside lib/ledger: one row as cells and as a line of the file. */
#ifndef DN_LEDGER_ROW_H
#define DN_LEDGER_ROW_H

#include "ledger/ledger.h"

#define DN_LEDGER_LINE_CAP ((size_t)1 << 20) /* bytes of one row; more is not a ledger */

/* The header line without its LF. */
extern const char dn_ledger_header[];

/* Sets row from the cells in column order; its views are theirs. False: *field becomes the 1-based number of the cell
 * that is wrong. */
bool dn_ledger_row_set(struct dn_ledger_row *row, const struct dn_text cells[DN_LEDGER_COLUMNS], size_t *field);

/* Takes one line (no LF) apart into cells; quoted cells are unquoted in place. False: not DN_LEDGER_COLUMNS cells of
 * RFC 4180. */
bool dn_ledger_line_split(char *line, size_t size, struct dn_text cells[DN_LEDGER_COLUMNS]);

/* Appends the row as a line up to, not including, ",chain". */
void dn_ledger_add_body(const struct dn_ledger_row *row, struct dn_buf *line);

/* A C0 or C1 control character, DEL, or bytes that are not UTF-8? */
bool dn_ledger_cell_bad(struct dn_text cell);

#endif
