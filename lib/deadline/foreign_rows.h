/* Inside lib/deadline: the rows of a table, read by several threads and folded into what it says. */
#ifndef DN_DEADLINE_FOREIGN_ROWS_H
#define DN_DEADLINE_FOREIGN_ROWS_H

#include <pthread.h>

#include "deadline/foreign.h"
#include "deadline/said.h"
#include "stream/blocks.h"

/* The names of --map but for the anchors. */
enum dn_foreign_name {
    DN_FOREIGN_INCIDENT,
    DN_FOREIGN_TENANT,
    DN_FOREIGN_STARTED,
    DN_FOREIGN_SATISFIED,
    DN_FOREIGN_DUE,
    DN_FOREIGN_STATE,
    DN_FOREIGN_ZONE,
    DN_FOREIGN_NAMES
};

/* One file while it is read, for all threads. */
struct dn_foreign_table {
    struct dn_foreign *foreign;
    struct dn_csv *csv;
    struct dn_said *said;
    struct dn_text incident_id; /* of rows without a column for it */
    size_t index[DN_FOREIGN_NAMES];
    size_t *anchor_index;
    size_t anchor_count;
    pthread_mutex_t zones; /* guards the foreign's zones, which are opened as rows name them */
};

/* What of the rows is for people. */
struct dn_foreign_count {
    int64_t rows;
    size_t bad_times;
    int64_t bad_line; /* of the first one */
    struct dn_buf first_bad;
};

/* Reads all rows; the caller clears count->first_bad. DN_INVALID: a broken record; DN_SYSTEM. */
enum dn_status dn_foreign_rows(struct dn_foreign_table *table, size_t threads, size_t stretch,
                               struct dn_foreign_count *count, struct dn_error *err);

/* Which of our policies a state's word is: DN_POLICY_ACCEPTED ..., or -1. */
int dn_foreign_rank(struct dn_text state);

#endif
