/* An audit as a JUnit report, for jobs that are red or green: one test case per obligation. */
#ifndef DN_DEADLINE_REPORT_JUNIT_H
#define DN_DEADLINE_REPORT_JUNIT_H

#include "base/file.h"
#include "deadline/audited.h"

/* One suite per incident; class name INCIDENT.REGIME, name the tenant. What needs a person is a failure (unknown: an
 * error), what is exempt or void is skipped; a note that needs a person and is no verdict is a failing case of the
 * suite "audit". So there is a failure or an error exactly when dn_notes_need_person(audited->notes), as for the exit
 * status. */
void dn_report_junit(const struct dn_audited *audited, struct dn_output *output);

#endif
