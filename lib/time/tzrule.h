/* The rule behind a zone's last transition: the TZ string of POSIX with the extensions of RFC 9636 section 3.3.1. */
#ifndef DN_TIME_TZRULE_H
#define DN_TIME_TZRULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* On which day of a year, and when on the wall clock (also before 0:00 and after 24:00). */
struct dn_tzday {
    char kind; /* 'M': weekday `day` of week `week` (5: last) of `month`; 'J': day 1-365 without Feb 29; '0': day 0-365
                */
    int month, week, day;
    int32_t time_s;
};

/* Offsets are seconds east of UTC. A zeroed one is UTC for ever. */
struct dn_tzrule {
    int32_t standard_s, summer_s;
    bool summer; /* are there two? */
    struct dn_tzday start, end;
};

/* "CET-1CEST,M3.5.0,M10.5.0/3". False: not one (summer time without its days, too). */
bool dn_tzrule_parse(struct dn_text text, struct dn_tzrule *rule);

/* The offset in force at that second, and the second at which it ends (INT64_MAX: never). */
int32_t dn_tzrule_offset(const struct dn_tzrule *rule, int64_t at, int64_t *until);

#endif
