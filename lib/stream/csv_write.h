/* Writing CSV: UTF-8, comma, LF, quotes only where RFC 4180 needs them. */
#ifndef DN_STREAM_CSV_WRITE_H
#define DN_STREAM_CSV_WRITE_H

#include "base/file.h"
#include "base/text.h"

/* Writes one value as a field; to has room for twice its size and 2 bytes. Returns where it ends. */
char *dn_csv_put(char *to, struct dn_text value);

/* Appends one field, quoted if it holds comma, quote, CR or LF; first: no comma in front. */
void dn_csv_add_field(struct dn_buf *line, bool first, struct dn_text value);

/* Appends a whole record with its LF. */
void dn_csv_add_record(struct dn_buf *line, const struct dn_text *cells, size_t count);

/* Appends one field for people who open the file in a spreadsheet: always quoted, and a value that starts with
 * = + - @ TAB CR LF or a full-width form of these gets an apostrophe in front. */
void dn_csv_add_sheet_field(struct dn_buf *line, bool first, struct dn_text value);

#endif
