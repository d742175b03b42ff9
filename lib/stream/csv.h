/* Reading CSV (RFC 4180, CONTRACT section 2): a header line, then records as views into the reader's memory.
 * Accepted beside UTF-8 with LF: a BOM, CRLF, a first line "sep=;" or "#TYPE ...", UTF-16 with a BOM, another
 * delimiter. What a record's fault is, the reader says; whether it is an error or a reject, its caller decides. */
#ifndef DN_STREAM_CSV_H
#define DN_STREAM_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define DN_CSV_RECORD_CAP ((size_t)4 << 20) /* bytes of one record; more is an error */
#define DN_CSV_FIELD_CAP ((size_t)4096)     /* fields of one record */

/* What is wrong with one record that was read whole, so that the next one is still sure. */
enum dn_csv_fault {
    DN_CSV_FINE = 0,
    DN_CSV_FIELDS, /* not as many fields as the header */
    DN_CSV_NUL,    /* a NUL byte */
    DN_CSV_UTF8    /* invalid UTF-8 */
};

/* One record. Everything in it is good until the next _next or _close. */
struct dn_csv_record {
    const struct dn_text *cells; /* unquoted */
    size_t count;
    int64_t line;            /* physical line on which it starts, from 1 */
    int64_t number;          /* data records before it + 1 */
    struct dn_text raw;      /* its bytes as read (as UTF-8), without the line end */
    enum dn_csv_fault fault; /* count and cells are what was found all the same */
    size_t fault_field;      /* 1-based field of the fault; 0: the record as a whole */
};

struct dn_csv_options {
    char delimiter; /* 0: ',' or what a "sep=" line says */
};

struct dn_csv;

/* Opens path ("-": standard input) and reads its header. options may be NULL. A file without a header line ("no header
 * line"), a repeated or empty column name is not refused here: dn_csv_column does, for the columns that are needed.
 * DN_OK, DN_INVALID (nothing there, NUL, invalid UTF-8, unterminated quote in the header), DN_SYSTEM. */
enum dn_status dn_csv_open(const char *path, const struct dn_csv_options *options, struct dn_csv **csv,
                           struct dn_error *err);

/* How records are found. The answers are the same, byte for byte: the choice is for tests and for measuring. */
enum dn_csv_lane {
    DN_CSV_FAST, /* by the best scan that this machine has; records that are not regular by libcsv */
    DN_CSV_PORTABLE,
    DN_CSV_AVX2,
    DN_CSV_AVX512,
    DN_CSV_LIBCSV /* all records */
};

/* dn_csv_open by a given lane. Also DN_INVALID: this machine has no such instructions. */
enum dn_status dn_csv_open_lane(const char *path, const struct dn_csv_options *options, enum dn_csv_lane lane,
                                struct dn_csv **csv, struct dn_error *err);

/* The name for messages, the header's names in order and its line. */
const char *dn_csv_name(const struct dn_csv *csv);
const struct dn_text *dn_csv_header(const struct dn_csv *csv, size_t *count);
int64_t dn_csv_header_line(const struct dn_csv *csv);

/* The header as it stood in the file, without the line end; good until _close. */
struct dn_text dn_csv_header_raw(const struct dn_csv *csv);

/* The next record. DN_OK (look at record->fault), DN_END, DN_INVALID (an unterminated or stray quote, a record over the
 * cap, a bare CR: what follows could only be guessed), DN_SYSTEM. Blank lines are skipped, but counted. */
enum dn_status dn_csv_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err);

/* A record's fault as an error with its place. Returns DN_INVALID. */
enum dn_status dn_csv_fault_error(const struct dn_csv *csv, const struct dn_csv_record *record, struct dn_error *err);

/* A short word for rejects: "fields", "nul", "utf-8", "". */
const char *dn_csv_fault_word(enum dn_csv_fault fault);

/* Frees it; NULL allowed. */
void dn_csv_close(struct dn_csv *csv);

#define DN_CSV_NONE SIZE_MAX

/* The index of the column of that exact name; DN_CSV_NONE when there is none. A column that stands twice is an error as
 * soon as it is asked for: DN_INVALID. */
enum dn_status dn_csv_column(const struct dn_csv *csv, const char *name, size_t *index, struct dn_error *err);

/* A column that a noun needs or may have, and where it was found. Arrays of these say a stream's columns once. */
struct dn_csv_want {
    const char *name;
    bool required;
};

/* Finds all wanted columns at once: index[i] for want[i], DN_CSV_NONE for an optional one that is not there. A missing
 * required one is DN_INVALID; the message names the kind of stream that was expected and, if the header is one of ours,
 * what it is
 * ("missing column 'tenant_id': expected an affected stream, this is an impact stream"). */
enum dn_status dn_csv_columns(const struct dn_csv *csv, const char *expected, const struct dn_csv_want *want,
                              size_t count, size_t *index, struct dn_error *err);

/* "an impact stream", "an affected stream", "a ledger", "a directory", "a deadlines stream", "rejects", "native
 * evidence"... by header; NULL when it is none of ours. */
const char *dn_csv_kind(const struct dn_csv *csv);

/* The cell, or empty for DN_CSV_NONE. */
struct dn_text dn_csv_cell(const struct dn_csv_record *record, size_t index);

#endif
