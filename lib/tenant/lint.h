/* What in a directory would hurt at 3 a.m.: looked for before there is an incident. */
#ifndef DN_TENANT_LINT_H
#define DN_TENANT_LINT_H

#include "base/file.h"
#include "tenant/directory.h"
#include "time/instant.h"

/* The columns of the report, NULL-ended: line, tenant_id, finding, detail. */
extern const char *const dn_lint_columns[];

/* Writes the findings as CSV, by line of the directory, and returns how many there are. Findings beside the gaps of
 * contacts and the faults of the directory: unreachable, single-contact, placeholder, shared-domain,
 * shared-subscription, shared-network, shared-resource-prefix, nested-domain, host-prefix, not-permitted,
 * unknown-time-zone. */
size_t dn_lint_write(struct dn_directory *directory, struct dn_instant now, int64_t stale_s, struct dn_output *output);

#endif
