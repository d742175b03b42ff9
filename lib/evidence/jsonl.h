/* JSON lines: one document a line, given as records with the single cell `record`, so that profiles read them like CSV.
 */
#ifndef DN_EVIDENCE_JSONL_H
#define DN_EVIDENCE_JSONL_H

#include "base/error.h"
#include "stream/csv.h"

struct dn_jsonl;

/* Opens path ("-": standard input). *jsonl is the caller's to close. DN_OK or DN_SYSTEM. */
enum dn_status dn_jsonl_open(const char *path, struct dn_jsonl **jsonl, struct dn_error *err);

/* The name for messages, and the one column's name. */
const char *dn_jsonl_name(const struct dn_jsonl *jsonl);
extern const struct dn_text dn_jsonl_column;

/* The next line as a record; its fault is DN_CSV_NUL or DN_CSV_UTF8, whether it is JSON is not looked at. Blank lines
 * are skipped, but counted. DN_OK, DN_END, DN_INVALID (nothing in the whole file, a line over DN_CSV_RECORD_CAP, no
 * text file), DN_SYSTEM. */
enum dn_status dn_jsonl_next(struct dn_jsonl *jsonl, struct dn_csv_record *record, struct dn_error *err);

/* Frees it; NULL allowed. */
void dn_jsonl_close(struct dn_jsonl *jsonl);

#endif
