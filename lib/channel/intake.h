/* What must fit together before a run of notify-send begins: the streams' incidents, the record's status, the
 * resources. */
#ifndef DN_CHANNEL_INTAKE_H
#define DN_CHANNEL_INTAKE_H

#include <stdbool.h>

#include "base/error.h"
#include "incident/incident.h"
#include "tenant/affected.h"
#include "tenant/resources.h"

/* Has every row's incident a document, and may this notice be given for it? An open, withdrawn or closed incident is
 * DN_INVALID with the reason. Without any row, every document is asked. */
enum dn_status dn_intake_incidents(const struct dn_incidents *incidents, const struct dn_affected_list *affected,
                                   const char *notice, struct dn_error *err);

/* Does the resources file belong to this affected stream: every tenant with exactly its count of distinct resources,
 * and (not for a subset) no tenant that the stream does not have? Removed tenants and what could not be settled are not
 * asked. */
enum dn_status dn_intake_resources(const struct dn_affected_list *affected, const struct dn_resource_list *resources,
                                   bool subset, struct dn_error *err);

#endif
