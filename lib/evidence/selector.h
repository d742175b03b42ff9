/* Selectors: COLUMN, or COLUMN/json/pointer (RFC 6901) into a cell that holds JSON, * for every element of a list. A
 * cell that holds JSON is walked once for a record, for all selectors into it. */
#ifndef DN_EVIDENCE_SELECTOR_H
#define DN_EVIDENCE_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "stream/csv.h"
#include "stream/json.h"
#include "stream/rows.h"

/* The header of one evidence file; borrowed. */
struct dn_header {
    const char *file; /* its name in messages */
    int64_t line;
    const struct dn_text *names;
    size_t count;
};

/* The index of that column, DN_CSV_NONE when there is none. One that stands twice is DN_INVALID, with its place. */
enum dn_status dn_header_find(const struct dn_header *header, struct dn_text name, size_t *column,
                              struct dn_error *err);

/* A column whose cells hold JSON, and the pointers into them. */
struct dn_document {
    size_t column;
    struct dn_json_picker picker;
};

/* All of one file. Starts zeroed; once its selectors are bound, threads may share it. */
struct dn_documents {
    struct dn_document *at;
    size_t count, room;
};
void dn_documents_clear(struct dn_documents *documents);

/* A selector bound to one header. Starts zeroed; owns nothing. */
struct dn_selector {
    size_t column;           /* DN_CSV_NONE: the header has no such column */
    bool json;               /* the cell holds JSON: */
    size_t document, outlet; /* which of the file's, which of its pointers */
};

/* Binds text: the longest prefix of it, up to the end or to a slash, that is a column wins. DN_INVALID: a needed column
 * stands twice, or what follows the column is no pointer. */
enum dn_status dn_selector_bind(struct dn_selector *selector, struct dn_text text, const struct dn_header *header,
                                struct dn_documents *documents, struct dn_error *err);

/* One record, and what was found in its JSON so far. */
struct dn_record_cells {
    const struct dn_documents *documents;
    const struct dn_strings *missing;   /* values that mean "no value"; the empty one always does */
    uint64_t missing_sizes;             /* their sizes, as bits; bit 63: that and more */
    const struct dn_csv_record *record; /* its cells are given in it, or in */
    const struct dn_row *row;           /* this; NULL: in record */
    uint64_t number;                    /* of the record, to tell what is of an earlier one */
    struct dn_found *found;             /* one for each document */
};

/* Makes it ready; both are borrowed. */
void dn_record_cells_begin(struct dn_record_cells *cells, const struct dn_documents *documents,
                           const struct dn_strings *missing);

/* Turns to the next record, which is valid UTF-8. row may be NULL; both are borrowed until the next call. */
static inline void dn_record_cells_turn(struct dn_record_cells *cells, const struct dn_csv_record *record,
                                        const struct dn_row *row)
{
    cells->record = record;
    cells->row = row;
    cells->number++;
}
void dn_record_cells_clear(struct dn_record_cells *cells);

/* The bytes of a cell; empty for DN_CSV_NONE. */
static inline struct dn_text dn_record_cells_at(const struct dn_record_cells *cells, size_t column)
{
    return cells->row ? dn_row_cell(cells->row, column) : dn_csv_cell(cells->record, column);
}

/* Does the value mean "no value"? */
bool dn_record_cells_missing(const struct dn_record_cells *cells, struct dn_text value);

/* A plain cell's value: blanks around it taken off; empty for a value that means "no value". */
static inline struct dn_text dn_record_cells_value(const struct dn_record_cells *cells, struct dn_text cell)
{
    if (cell.size > 0 && (cell.at[0] <= ' ' || cell.at[cell.size - 1] <= ' '))
        cell = dn_text_trim(cell);
    if (cells->missing_sizes >> (cell.size < 63 ? cell.size : 63) & 1 && dn_record_cells_missing(cells, cell))
        cell.size = 0;
    return cell;
}

/* Values picked out of one record; views, good until the cells turn to the next. Starts zeroed. */
struct dn_picked {
    struct dn_text *at;
    size_t count, room;
    size_t column;         /* field number of the cell that the last value came from; 0: there is none */
    size_t unreadable;     /* field number of the first cell that should hold JSON and does not; 0: none */
    bool unreadable_empty; /* that cell is empty */
};

/* Empties it. */
void dn_picked_reset(struct dn_picked *values);
void dn_picked_clear(struct dn_picked *values);

/* Appends what the selector finds in the record, without the values that mean "no value", blanks around each taken off.
 * False: the cell should hold JSON and does not; then nothing was appended and `unreadable` says so. */
bool dn_selector_pick(const struct dn_selector *selector, struct dn_record_cells *cells, struct dn_picked *values);

#endif
