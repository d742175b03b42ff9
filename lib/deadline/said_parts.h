/* Inside lib/deadline: the texts of what tables say, for sorting it. */
#ifndef DN_DEADLINE_SAID_PARTS_H
#define DN_DEADLINE_SAID_PARTS_H

#include "base/table.h"
#include "deadline/said.h"

/* A shard's incident or tenant ids, and the number there of an entry's. */
const struct dn_table *dn_said_texts(const struct dn_said *said, size_t shard, bool tenants);
uint32_t dn_said_text(const struct dn_said *said, uint32_t reference, bool tenants);

#endif
