/* A row of the affected stream from pieces that are CSV already: what millions of rows are made of. In the order of
 * dn_affected_columns, as dn_affected_add_line. */
#ifndef DN_TENANT_AFFECTED_LINE_H
#define DN_TENANT_AFFECTED_LINE_H

#include "tenant/affected.h"

/* As CSV all but tenant_id, unless `plain` says that it needs no quotes; `named` and `contacts` with a comma in front
 * of each cell. */
struct dn_affected_made {
    struct dn_text incident_id, tenant_id;
    bool plain;
    struct dn_text named; /* name, country, language, time_zone, regimes */
    struct dn_text effects, services, matched_by;
    struct dn_text contacts; /* message_center, admin_emails, privacy_email, admin_phones */
    struct dn_text gaps;
};

/* Days whose dates were written: times of one incident have few of them. Starts zeroed. */
#define DN_LINE_DAYS 64
struct dn_line_days {
    struct dn_line_day {
        int64_t number; /* days since 1970, + 1; 0: none */
        char date[11];  /* "2026-06-15T" */
    } at[DN_LINE_DAYS];
    struct dn_instant identified_at; /* of the row before, as mostly of all */
    size_t identified_size;          /* 0: there is none */
    char identified[DN_INSTANT_TEXT + 1];
};

/* Puts ",NUMBER" (nothing behind the comma if it is negative) there and returns where it ends. */
#define DN_LINE_NUMBER 24
char *dn_line_number(char *to, int64_t number);

/* Appends the row, without part and line end; the row's own strings are not looked at. */
void dn_affected_add_made(const struct dn_affected *row, const struct dn_affected_made *made, struct dn_line_days *days,
                          struct dn_buf *line);

#endif
