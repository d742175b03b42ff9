/* Rejects: rows that could not be decided, as file,line,column,reason,record (duenotice-impact(5)). */
#ifndef DN_IMPACT_REJECTS_H
#define DN_IMPACT_REJECTS_H

#include <stdint.h>

#include "base/error.h"
#include "base/file.h"
#include "impact/spill.h"
#include "stream/csv.h"

/* Starts zeroed. */
struct dn_rejects {
    struct dn_output *output; /* NULL: nobody wants them */
};

/* Begins the file at path (NULL: none is written). DN_OK or DN_SYSTEM. */
enum dn_status dn_rejects_open(struct dn_rejects *rejects, const char *path, struct dn_error *err);

/* Appends a record's line; column 0 leaves that cell empty. A record that is no clean text is written with its bad
 * bytes made visible. */
void dn_rejects_line(struct dn_buf *lines, const char *file, const struct dn_csv_record *record, int64_t column,
                     const char *reason);

/* What stands before a line in a spill of them. */
struct dn_rejects_head {
    int64_t line, size; /* of the record in its file; of the line */
};

/* Adds the lines of several spills of one file, each in order of the records, in that order. The spills are empty
 * afterwards. DN_OK or DN_SYSTEM. */
enum dn_status dn_rejects_add(struct dn_rejects *rejects, struct dn_spill *const *spills, size_t count,
                              struct dn_error *err);

/* Puts the file into place. DN_OK or DN_SYSTEM. */
enum dn_status dn_rejects_commit(struct dn_rejects *rejects, struct dn_error *err);

/* Forgets it without a trace, if it was not committed. */
void dn_rejects_clear(struct dn_rejects *rejects);

#endif
