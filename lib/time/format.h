/* Times as other people's exports write them: strptime directives, leading zeros optional, the whole value consumed. */
#ifndef DN_TIME_FORMAT_H
#define DN_TIME_FORMAT_H

#include "time/instant.h"
#include "time/zone.h"

/* A checked list of formats, tried in order. Starts zeroed. */
struct dn_formats {
    struct dn_strings patterns;
};

/* Directives %Y (four digits) %y %m %d %e %j %b %B %a %A %H %I %p %M %S %f (1-9 fraction digits) %z (Z, +hh:mm, +hhmm)
 * %F %T
 * %%; names are English whatever the locale. A blank is one or more blanks, no-break ones too; anything else is itself.
 * Without a time of day it is 0:00. Where numbers touch (%Y%m%d) leading zeros are needed; a day of the week that the
 * date is not does not fit; :60 does not. DN_INVALID (and *formats as it was): an unknown directive, a part twice, no
 * year or no day, or a list with both month-first and day-first forms (a form that begins with %Y or names the month is
 * neither). */
enum dn_status dn_formats_set(struct dn_formats *formats, const struct dn_strings *patterns, struct dn_error *err);

/* Reads a value by the first format that consumes all of it (blanks around it ignored); RFC 3339 with an offset is
 * always tried first. zone applies where the value has none (NULL: then it is not a time). False: no format fits, or
 * the local time does not exist or exists twice there. */
bool dn_formats_parse(const struct dn_formats *formats, const struct dn_zone *zone, struct dn_text value,
                      struct dn_instant *at);

/* Frees what it owns and leaves it empty. */
void dn_formats_clear(struct dn_formats *formats);

#endif
