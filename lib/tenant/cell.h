/* Typed cells of one CSV record, for the streams of this folder: the first one that is wrong is kept with its place, so
 * a row is read straight through and asked once. */
#ifndef DN_TENANT_CELL_H
#define DN_TENANT_CELL_H

#include "stream/csv.h"
#include "time/instant.h"

/* The record being read. names[i] is the column that index[i] found (DN_CSV_NONE: not there, an empty cell). */
struct dn_cells {
    const struct dn_csv *csv;
    const struct dn_csv_record *record;
    const struct dn_csv_want *want;
    const size_t *index;
    enum dn_status status; /* of the first wrong cell */
    struct dn_error *err;
};

/* Keeps a fault of column i, unless there is one already; printf format. */
void dn_cell_fault(struct dn_cells *cells, size_t i, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The cell as it is. */
struct dn_text dn_cell_text(const struct dn_cells *cells, size_t i);

/* A copy that the caller frees, never NULL. */
char *dn_cell_string(const struct dn_cells *cells, size_t i);

/* A copy that the caller frees; an empty cell is a fault. */
char *dn_cell_needed(struct dn_cells *cells, size_t i);

/* A whole number; -1 for an empty cell. */
int64_t dn_cell_number(struct dn_cells *cells, size_t i);

/* An RFC 3339 time with an offset; "no time" for an empty cell. */
struct dn_instant dn_cell_instant(struct dn_cells *cells, size_t i);

/* The index of one of the words, or if_empty for an empty cell (-1: then an empty cell is a fault). */
int dn_cell_word(struct dn_cells *cells, size_t i, const char *const *words, int if_empty);

/* Renders numbers (-1: empty) and times into scratch and points cells[where[k]] at them, numbers first. */
void dn_cells_render(struct dn_buf *scratch, struct dn_text *cells, const size_t *where, const int64_t *numbers,
                     size_t number_count, const struct dn_instant *times, size_t time_count);

/* The canonical form of a tenant id as a key, appended: GUIDs in lower case, anything else as it is, blanks around off.
 */
void dn_tenant_key(struct dn_text tenant_id, struct dn_buf *into);

/* How many of these texts are different and not empty. */
size_t dn_texts_distinct(const struct dn_text *texts, size_t count);

#endif
