/* Evidence: one file in anybody's format, its rows read through the profile that its header calls for. */
#ifndef DN_EVIDENCE_EVIDENCE_H
#define DN_EVIDENCE_EVIDENCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "evidence/field.h"
#include "evidence/profile.h"
#include "evidence/selector.h"
#include "stream/csv.h"
#include "stream/rows.h"
#include "time/instant.h"

struct dn_evidence_options {
    bool jsonl;     /* one JSON document a line, seen as the single column `record` */
    char delimiter; /* 0: as the file says, else a comma */
    bool subset;    /* native evidence with parts may be cut */
};

struct dn_evidence;

/* Opens path ("-") and chooses its profile. Besides what dn_csv_open refuses: another stream of ours, no profile or
 * several, a needed column that stands twice. profiles is borrowed until _close. DN_OK, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_evidence_open(const char *path, const struct dn_profiles *profiles,
                                const struct dn_evidence_options *options, struct dn_evidence **evidence,
                                struct dn_error *err);

/* Another reader of the same file's rows, for a thread of its own: it has no _next, its rows are given to it. It is to
 * be closed before the evidence is. */
struct dn_evidence *dn_evidence_lane(const struct dn_evidence *evidence);

/* Makes row the one that was read last; borrowed until the next is given. number: of the record in the file, from 1. */
void dn_evidence_give(struct dn_evidence *evidence, const struct dn_row *row);

/* The file's reader, for reading in blocks; NULL: its rows must be read one by one, by _next. */
struct dn_csv *dn_evidence_csv(const struct dn_evidence *evidence);

/* Frees it; NULL allowed. */
void dn_evidence_close(struct dn_evidence *evidence);

/* Reads the next row. DN_OK (the record may have a fault: look), DN_END (all parts were there), DN_INVALID, DN_SYSTEM.
 */
enum dn_status dn_evidence_next(struct dn_evidence *evidence, struct dn_error *err);

/* The name for messages, the profile, and the row that was read last. */
const char *dn_evidence_name(const struct dn_evidence *evidence);
const struct dn_profile *dn_evidence_profile(const struct dn_evidence *evidence);
const struct dn_csv_record *dn_evidence_record(const struct dn_evidence *evidence);

/* Can a row say that it was judged before, or for which incident: has the file the columns? */
bool dn_evidence_judges(const struct dn_evidence *evidence);

/* Has the file a column for the field? Is it there without parsing JSON? */
bool dn_evidence_has(const struct dn_evidence *evidence, enum dn_field field);
bool dn_evidence_plain(const struct dn_evidence *evidence, enum dn_field field);

/* For a first look at rows as they stand (sieve.h): the one plain column that can have the field's values, DN_CSV_NONE
 * where it is not as simple as that; the sizes of values that mean "no value", as bits (bit 63: that and more); what
 * is known of times. */
size_t dn_evidence_only(const struct dn_evidence *evidence, enum dn_field field);
uint64_t dn_evidence_missing_sizes(const struct dn_evidence *evidence);
struct dn_moments *dn_evidence_moments(struct dn_evidence *evidence);

/* Is any field looked for inside JSON? */
bool dn_evidence_json(const struct dn_evidence *evidence);

/* Where one plain column alone can have the field's values: its value, empty for none. False: ask for _all or _first.
 */
bool dn_evidence_one(struct dn_evidence *evidence, enum dn_field field, struct dn_text *value);

/* The field number of the cell that the field's value was taken from in this row, else of its first column, for
 * messages; 0: it has none. */
int64_t dn_evidence_column(struct dn_evidence *evidence, enum dn_field field);

/* Every value of the field in this row, for matching. Good until the next row. */
const struct dn_picked *dn_evidence_all(struct dn_evidence *evidence, enum dn_field field);

/* The values of the first selector that finds any, for output. A cell that should hold JSON and does not ends the
 * search: what a later selector finds would be a guess. Good until the next row. */
const struct dn_picked *dn_evidence_first(struct dn_evidence *evidence, enum dn_field field);

/* The first of these, or empty. */
struct dn_text dn_evidence_value(struct dn_evidence *evidence, enum dn_field field);

/* What became of the row's time. */
enum dn_evidence_time {
    DN_EVIDENCE_TIME,      /* *at is set */
    DN_EVIDENCE_NO_TIME,   /* no value, or no column */
    DN_EVIDENCE_BAD_TIME,  /* a value that no format reads */
    DN_EVIDENCE_UNREADABLE /* a cell that should hold JSON and does not */
};
enum dn_evidence_time dn_evidence_at(struct dn_evidence *evidence, struct dn_instant *at);

/* Did the attempt fail: has it an outcome, and is each value of it one of the profile's `unsuccessful`? */
bool dn_evidence_failed(struct dn_evidence *evidence);

#endif
