/* Appending parts and merging lists of them. Private to lib/incident. */
#ifndef DN_INCIDENT_MERGE_H
#define DN_INCIDENT_MERGE_H

#include "incident/parts.h"
#include "incident/revise.h"

/* array with a copy of the part's bytes behind it; the part's strings change hands. Returns the array. */
void *dn_parts_add(void *array, size_t *count, size_t size, const void *part);

/* What --revise may change, taken out of from. */
void dn_merge_found(struct dn_revising *revising, struct dn_incident *from);

/* The notice's parts that from has. */
void dn_merge_notice(struct dn_revising *revising, struct dn_notice_record *from);

/* Is an equal hold, exemption there? Else it is taken (and emptied). True: taken. */
bool dn_merge_hold(struct dn_revising *revising, struct dn_hold *hold);
bool dn_merge_exemption(struct dn_revising *revising, struct dn_exemption *exemption);

#endif
