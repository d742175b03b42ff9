/* What counting a period asks the world: calendars of holidays, time zones, and in which country a zone is. Each is
 * read when it is first asked for, and kept. */
#ifndef DN_DEADLINE_ALMANAC_H
#define DN_DEADLINE_ALMANAC_H

#include <stddef.h>

#include "base/error.h"
#include "time/calendar.h"
#include "time/zone.h"

struct dn_almanac_zone; /* inside */

/* Starts zeroed, and then knows the embedded calendars. Not for two threads at once. */
struct dn_almanac {
    struct dn_calendar **calendars;
    size_t calendar_count, calendar_room;
    struct dn_almanac_zone **zones;
    size_t zone_count, zone_room;
};

/* Takes a file of one's own holidays over the embedded ones (duenotice-holidays(5)): each document adds to, or removes
 * from, the calendar that it names, or makes a new one. The caller clears, also after an error. DN_OK, DN_INVALID (with
 * its place), DN_SYSTEM. */
enum dn_status dn_almanac_load(struct dn_almanac *almanac, const char *file, struct dn_error *err);

/* The calendar of that name, or NULL in *calendar. DN_INVALID: an embedded one is broken. */
enum dn_status dn_almanac_calendar(struct dn_almanac *almanac, const char *name, const struct dn_calendar **calendar,
                                   struct dn_error *err);

/* The zone of that name (dn_zone_open). DN_INVALID: there is none. */
enum dn_status dn_almanac_zone(struct dn_almanac *almanac, const char *name, const struct dn_zone **zone,
                               struct dn_error *err);

/* The ISO 3166 code of the zone's country, or "" (dn_tzdata_country). Good as long as the almanac. */
const char *dn_almanac_country(struct dn_almanac *almanac, const char *zone);

/* Frees what it owns and leaves it empty. */
void dn_almanac_clear(struct dn_almanac *almanac);

#endif
