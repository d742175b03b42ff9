/* What the system's time-zone data says about itself: its version, and the country of a zone. */
#ifndef DN_TIME_TZDATA_H
#define DN_TIME_TZDATA_H

#include <stdbool.h>

/* The version as text ("2025b"), from tzdata.zi or +VERSION in $TZDIR or /usr/share/zoneinfo; "unknown" when neither
 * says it. */
#define DN_TZDATA_VERSION 32
void dn_tzdata_version(char version[DN_TZDATA_VERSION]);

/* The ISO 3166 code of the country in which that IANA zone is, from zone.tab beside it. False: it is not listed (an
 * alias, a fixed offset, UTC), or there is no such table; country is "" then. */
bool dn_tzdata_country(const char *zone, char country[3]);

#endif
