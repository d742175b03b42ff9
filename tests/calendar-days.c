/* Prints CALENDAR,DATE,NAME for the holidays that are no weekend of the calendars named, in the years named:
 * calendar-days FROM UNTIL NAME... For tests/pipe/ground-truth-holidays. */
#include <stdio.h>
#include <stdlib.h>

#include "deadline/almanac.h"
#include "time/instant.h"

static void print_days(const struct dn_calendar *calendar, int from, int until)
{
    int64_t last = dn_civil_days(until, 12, 31);
    for (int64_t day = dn_civil_days(from, 1, 1); day <= last; day++) {
        const char *name;
        struct dn_civil civil = dn_civil_of((struct dn_instant){day * 86400, 0}, 0);
        enum dn_day kind = dn_calendar_day(calendar, day, &name);
        if (kind == DN_DAY_HOLIDAY || kind == DN_DAY_UNKNOWN)
            printf("%s,%04d-%02d-%02d,%s\n", calendar->id, civil.year, civil.month, civil.day,
                   kind == DN_DAY_HOLIDAY ? name : "unknown");
    }
}

int main(int argc, char **argv)
{
    struct dn_almanac almanac = {0};
    struct dn_error err = {0};
    int failed = argc < 4;
    for (int i = 3; i < argc && !failed; i++) {
        const struct dn_calendar *calendar = NULL;
        failed = dn_almanac_calendar(&almanac, argv[i], &calendar, &err) != DN_OK || calendar == NULL;
        if (failed)
            fprintf(stderr, "%s: %s\n", argv[i], err.text[0] != '\0' ? err.text : "no such calendar");
        else
            print_days(calendar, atoi(argv[1]), atoi(argv[2]));
    }
    dn_almanac_clear(&almanac);
    return failed;
}
