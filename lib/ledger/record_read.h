/* Inside lib/ledger: files of outcomes, a kind each. */
#ifndef DN_LEDGER_RECORD_READ_H
#define DN_LEDGER_RECORD_READ_H

#include "ledger/record.h"
#include "stream/csv.h"

#define DN_RECORD_CELL_CAP ((size_t)2000) /* bytes that a ledger's row takes from one cell */

/* A file while it is read. */
struct dn_record_file {
    const struct dn_csv *csv;
    const struct dn_csv_record *row; /* where it stands */
    const size_t *index;             /* of the kind's columns in the file */
    const char *const *columns;
    const char *name, *by;
    struct dn_records *records;
    struct dn_error *err;
};

/* The cell of a column of the kind, without blanks around it. */
struct dn_text dn_record_cell(const struct dn_record_file *file, size_t column);

/* An error about that cell. Returns DN_INVALID. */
enum dn_status dn_record_fault(const struct dn_record_file *file, size_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Parses the cell as a time. */
enum dn_status dn_record_time(const struct dn_record_file *file, size_t column, struct dn_instant *at);

/* Adds an outcome with empty strings for all that is not known; happened_at is no time. Good until the next one. */
struct dn_record *dn_record_add(const struct dn_record_file *file, enum dn_record_kind kind);

/* Puts a copy of text in the place of *into. */
void dn_record_set(char **into, struct dn_text text);

/* A kind of file: its columns and what to do with a row. */
struct dn_record_format {
    const char *name;           /* as dn_csv_kind says it */
    const char *const *columns; /* NULL-ended */
    size_t required;            /* so many of these must be there */
    enum dn_status (*take)(const struct dn_record_file *file);
};

extern const struct dn_record_format dn_record_calls, dn_record_reports, dn_record_others;

#endif
