/* The impact stream (CONTRACT section 3.3; duenotice-impact(5)): one row per (incident, tenant, service, resource,
 * effect). */
#ifndef DN_IMPACT_IMPACT_H
#define DN_IMPACT_IMPACT_H

#include "base/error.h"
#include "base/text.h"
#include "incident/incident.h"
#include "stream/csv.h"
#include "stream/part.h"
#include "stream/rows.h"
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

/* For reading by several threads (stream/blocks.h): what one of them has taken of the stream. Starts zeroed. */
#define DN_IMPACT_DAYS 64
struct dn_impact_take {
    struct dn_part_runs parts;
    int64_t failed;         /* line of the row that is wrong; 0: none was */
    struct dn_impact_word { /* of the row before: the next one's are mostly the same */
        int number;
        struct dn_text text;
    } effect, certainty;
    char determined_text[32];
    size_t determined_size;
    struct dn_instant determined_at;
    struct dn_impact_day { /* days that times were on: an incident has few */
        char text[10];
        int64_t s;
    } days[DN_IMPACT_DAYS];
};

/* The stream, to be read in blocks; borrowed. */
struct dn_csv *dn_impact_csv(struct dn_impact_reader *reader);

/* A row of a block; its views are good as long as the block's. DN_INVALID, with line and field. */
enum dn_status dn_impact_row(const struct dn_impact_reader *reader, const struct dn_row *row,
                             struct dn_impact_take *take, struct dn_impact *impact, struct dn_error *err);

/* When all is read: what all threads have taken, together. status: what the reading came to, with its *err, which is
 * returned; but DN_INVALID, and *err says so, where a part is wrong in front of that, or one is missing. */
enum dn_status dn_impact_finish(struct dn_impact_reader *reader, struct dn_impact_take *const *takes, size_t count,
                                enum dn_status status, struct dn_error *err);

/* The line of the row that was read last, and the name of the file, for messages. */
int64_t dn_impact_line(const struct dn_impact_reader *reader);
const char *dn_impact_name(const struct dn_impact_reader *reader);

void dn_impact_close(struct dn_impact_reader *reader);

/* Fills cells[DN_IMPACT_COLUMNS] for the writers; numbers and times are rendered into scratch (reset by the caller,
 * which keeps it until the cells were used). */
void dn_impact_cells(const struct dn_impact *row, struct dn_buf *scratch, struct dn_text *cells);

#endif
