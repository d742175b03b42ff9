/* The impact stream (CONTRACT section 3.3; duenotice-impact(5)): one row per (incident, tenant, service, resource,
 * effect). */
#ifndef DN_IMPACT_IMPACT_H
#define DN_IMPACT_IMPACT_H

#include "base/error.h"
#include "base/text.h"
#include "incident/incident.h"
#include "stream/csv.h"
#include "stream/part.h"
#include "time/instant.h"

/* One row; views are good until the reader's next row, or as long as whoever made it says. */
struct dn_impact {
    struct dn_text incident_id, tenant, service, resource;
    enum dn_effect effect;
    enum dn_certainty certainty;
    int64_t rows, events;
    int64_t data_subjects; /* -1: not known (empty cell) */
    struct dn_instant first_seen, last_seen;
    struct dn_text evidence; /* "file:line" of the earliest row */
    struct dn_instant determined_at;
};

/* The columns in order, without part; NULL-ended. */
extern const char *const dn_impact_columns[];
#define DN_IMPACT_COLUMNS 13

/* A reader of one impact stream, parts checked. */
struct dn_impact_reader;

/* Opens path ("-"). subset: as --subset. DN_OK, DN_INVALID, DN_SYSTEM. */
enum dn_status dn_impact_open(const char *path, bool subset, struct dn_impact_reader **reader, struct dn_error *err);

/* The next row. DN_OK, DN_END (all parts were there), DN_INVALID (with line and field), DN_SYSTEM. */
enum dn_status dn_impact_next(struct dn_impact_reader *reader, struct dn_impact *row, struct dn_error *err);

/* The line and file of the last row, for messages. */
int64_t dn_impact_line(const struct dn_impact_reader *reader);
const char *dn_impact_name(const struct dn_impact_reader *reader);

void dn_impact_close(struct dn_impact_reader *reader);

/* Fills cells[DN_IMPACT_COLUMNS] for the writers; numbers and times are rendered into scratch (reset by the caller,
 * which keeps it until the cells were used). */
void dn_impact_cells(const struct dn_impact *row, struct dn_buf *scratch, struct dn_text *cells);

#endif
