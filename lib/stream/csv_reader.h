/* Inside the CSV reader: one buffer and two lanes that take records from it. csv_fast.c scans for structure;
 * csv_strict.c feeds libcsv line by line. The fast lane leaves every record for which RFC 4180 has no meaning, and all
 * behind it, to libcsv, so what is an error and how it is told is said in one place. */
#ifndef DN_STREAM_CSV_READER_H
#define DN_STREAM_CSV_READER_H

#include <csv.h>

#include "stream/csv.h"
#include "stream/rows.h"
#include "stream/source.h"

#define DN_CSV_READ_ROOM ((size_t)256 << 10)

struct dn_csv_span {
    size_t at, size;
};

struct dn_csv {
    struct dn_source *source;
    char *name;
    bool piped; /* standard input */
    char delimiter;
    enum dn_csv_lane lane;   /* the one for the next record */
    struct dn_error failure; /* once failed, always failed: what follows could only be guessed */
    int64_t number;

    char *bytes; /* read and not yet done with: [start, end); the block in front of it and behind it can be read, too */
    size_t start, end, room;
    bool ended;                  /* nothing more comes from the source */
    struct dn_error interrupted; /* why, if it is not the end of the file */
    int64_t line;                /* lines taken so far */
    struct dn_text *cells;       /* of the record; DN_CSV_FIELD_CAP */

    struct dn_rows rows; /* fast lane */
    size_t scanned;      /* [start, scanned) */
    bool finished;       /* all is scanned that will ever come */

    struct csv_parser parser; /* strict lane */
    size_t next;              /* [start, next) are lines of the record, [next, end) is not looked at */
    struct dn_buf cell_bytes; /* the record's cells, one behind the other */
    struct dn_csv_span *spans;
    size_t count, span_room;
    int64_t record_line;
    bool open; /* inside quotes at the end of the lines taken */
    bool row;  /* libcsv has ended the record */

    struct dn_buf header_bytes;
    struct dn_text *header;
    size_t header_count;
    int64_t header_line;
    struct dn_text header_raw;
};

/* Makes the buffer that large; larger than it is. */
void dn_csv_set_room(struct dn_csv *csv, size_t room);

/* Moves [from, end) to the front, from being 0 afterwards, and reads more behind it; at the end of the source only
 * `ended` is set. DN_OK, DN_INVALID or DN_SYSTEM: the source's error, the same again at every further call. */
enum dn_status dn_csv_fill(struct dn_csv *csv, size_t from, struct dn_error *err);

/* The next record by libcsv; the record's number is the caller's to set. As dn_csv_next. */
enum dn_status dn_csv_strict_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err);

/* Makes libcsv ready; its delimiter is set when it is known. */
void dn_csv_strict_begin(struct dn_csv *csv);

/* The next physical line with its LF, as a view into bytes. DN_OK, DN_END, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_csv_strict_line(struct dn_csv *csv, struct dn_text *line, struct dn_error *err);

/* The size of a line's LF or CR LF. */
size_t dn_csv_line_end(struct dn_text line);

/* A reader of records that stand in a text, by libcsv alone, named and separated as csv is; line: lines before them. */
struct dn_csv *dn_csv_strict_open(const struct dn_csv *csv, struct dn_text text, int64_t line);

/* The kernel of the reader's lane. */
enum dn_scan_kernel dn_csv_kernel(const struct dn_csv *csv);

/* Makes the fast lane ready at [next, end), behind the header. False if this machine cannot run the lane's kernel. */
bool dn_csv_fast_begin(struct dn_csv *csv);

/* The next record by the scan. As dn_csv_next; DN_BUSY: libcsv must read from here on, the lane has been changed. */
enum dn_status dn_csv_fast_next(struct dn_csv *csv, struct dn_csv_record *record, struct dn_error *err);

#endif
