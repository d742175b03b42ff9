/* Selectors: COLUMN, or COLUMN/json/pointer (RFC 6901) into a cell that holds JSON, * for every element of a list. */
#ifndef DN_EVIDENCE_SELECTOR_H
#define DN_EVIDENCE_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "stream/csv.h"
#include "stream/json.h"

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

/* A selector bound to one header. Starts zeroed. */
struct dn_selector {
    size_t column; /* DN_CSV_NONE: the header has no such column */
    bool json;     /* the cell holds JSON, pointer says which part of it */
    struct dn_json_pointer pointer;
};

/* Binds text: the longest prefix of it, up to the end or to a slash, that is a column wins. DN_INVALID: a needed column
 * stands twice, or what follows the column is no pointer. */
enum dn_status dn_selector_bind(struct dn_selector *selector, struct dn_text text, const struct dn_header *header,
                                struct dn_error *err);
void dn_selector_clear(struct dn_selector *selector);

/* Values picked out of one record; views into the record or into bytes, good until the next _reset. Starts zeroed. */
struct dn_values {
    struct dn_text *at;
    size_t count, room;
    size_t column;         /* field number of the cell that the last value came from; 0: there is none */
    size_t unreadable;     /* field number of the first cell that should hold JSON and does not; 0: none */
    bool unreadable_empty; /* that cell is empty */
    char *bytes;
    size_t used, byte_room;
};

/* Empties it and makes room for `bytes` bytes of unescaped JSON text. */
void dn_values_reset(struct dn_values *values, size_t bytes);
void dn_values_clear(struct dn_values *values);

/* Appends what the selector finds in the record, without the values that mean "no value" (missing; the empty one
 * always), blanks around each taken off. The values must have been reset with room for the cell. False: the cell should
 * hold JSON and does not; then nothing was appended and `unreadable` says so. */
bool dn_selector_pick(const struct dn_selector *selector, const struct dn_csv_record *record,
                      const struct dn_strings *missing, struct dn_values *values);

#endif
