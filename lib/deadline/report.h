/* An audit written down: as the deadlines stream, as its summary, as a table for people. */
#ifndef DN_DEADLINE_REPORT_H
#define DN_DEADLINE_REPORT_H

#include "base/file.h"
#include "deadline/audited.h"
#include "deadline/regime.h"
#include "deadline/summary.h"

/* The columns of the deadlines stream in order; NULL-ended. */
extern const char *const dn_deadlines_columns[];
#define DN_DEADLINES_COLUMNS 13

/* The stream, row by row: header and one row per obligation. Starts with its output. */
struct dn_report_csv {
    struct dn_output *output;
    struct dn_buf line;
};
void dn_report_csv_begin(struct dn_report_csv *report);
void dn_report_csv_take(void *report, const struct dn_obligation *row); /* a dn_obligation_function */
void dn_report_csv_end(struct dn_report_csv *report);

/* Header and one row: total, a count per status, and percentiles (nearest rank) of elapsed and overrun seconds over
 * those who were told: met, late and excused. */
void dn_report_summary(struct dn_summary *summary, struct dn_output *output);

/* What a table is shown on: no terminal, one without colour, one with it. */
enum dn_screen { DN_SCREEN_NONE, DN_SCREEN_PLAIN, DN_SCREEN_COLOUR };

/* Aligned columns and, below, a sentence with the counts and the tightest of what is still to be done. Tenants' names
 * have a column where the affected stream gives them, cut on a terminal. Hostile text is made visible. DN_SYSTEM: the
 * table could not be made. */
enum dn_status dn_report_table(const struct dn_audited *audited, enum dn_screen screen, struct dn_output *output,
                               struct dn_error *err);

/* The regimes as CSV: id, jurisdiction, trigger, period, recipient, citation. */
void dn_report_regimes(const struct dn_regimes *regimes, struct dn_output *output);

#endif
