/* Time zones from the system's TZif files (RFC 9636), read by ourselves: glibc turns an unknown zone into UTC silently,
 * and picks for non-existent and ambiguous local times. Here all three are errors. */
#ifndef DN_TIME_ZONE_H
#define DN_TIME_ZONE_H

#include "time/instant.h"

struct dn_zone;

/* Opens "UTC", an IANA name ("Europe/Berlin", from $TZDIR or /usr/share/zoneinfo) or a fixed "+02:00". *zone is the
 * caller's. Unknown or malformed: DN_INVALID. */
enum dn_status dn_zone_open(const char *name, struct dn_zone **zone, struct dn_error *err);

/* Frees it; NULL allowed. */
void dn_zone_free(struct dn_zone *zone);

/* Seconds east of UTC in force at that instant. */
int dn_zone_offset(const struct dn_zone *zone, struct dn_instant at);

/* What a civil time means in a zone. */
enum dn_zone_fit { DN_ZONE_ONE, DN_ZONE_GAP, DN_ZONE_TWICE };

/* Sets *at to the instant (TWICE: the earlier of the two; GAP: the instant at which the clock jumped). */
enum dn_zone_fit dn_zone_instant(const struct dn_zone *zone, const struct dn_civil *civil, struct dn_instant *at);

#endif
