/* What is still to be done as a calendar (RFC 5545), to be imported or subscribed to. */
#ifndef DN_DEADLINE_REPORT_ICS_H
#define DN_DEADLINE_REPORT_ICS_H

#include "base/file.h"
#include "deadline/audited.h"

/* One event per obligation that is pending, overdue, missing, held or unknown, at its due time (one without a due time:
 * at now, and it says so), with an alarm audited->warn_s before it, four hours if nobody said. Its UID is the same
 * whenever the audit is made again. DN_SYSTEM: an event could not be made. */
enum dn_status dn_report_ics(const struct dn_audited *audited, struct dn_output *output, struct dn_error *err);

/* The UID of that obligation: the first 32 digits of SHA-256 over incident, tenant and regime, each ended by LF, then
 * "@duenotice". */
void dn_report_ics_uid(const struct dn_obligation *row, struct dn_buf *uid);

#endif
