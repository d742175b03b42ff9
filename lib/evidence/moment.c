#include "evidence/moment.h"

#include <string.h>

#define DATE ((size_t)10)  /* "2026-06-15" */
#define STAMP ((size_t)19) /* "2026-06-15T18:00:00" */

void dn_moments_begin(struct dn_moments *moments, const struct dn_profile *profile)
{
    const struct dn_strings *patterns = &profile->formats.patterns;
    *moments = (struct dn_moments){.profile = profile};
    moments->bare = profile->utc && patterns->count > 0 && strcmp(patterns->at[0], "%Y-%m-%dT%H:%M:%S") == 0;
}

/* Two digits, or over 99. */
static inline unsigned two(const char *at)
{
    unsigned tens = (unsigned char)at[0] - (unsigned)'0', ones = (unsigned char)at[1] - (unsigned)'0';
    return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* "18:00:00" as seconds; -1: it is no time of day, or a leap second. */
static inline int time_of_day(const char *at)
{
    unsigned hour = two(at), minute = two(at + 3), second = two(at + 6);
    if (hour > 23 || minute > 59 || second > 59 || at[2] != ':' || at[5] != ':')
        return -1;
    return (int)(hour * 3600 + minute * 60 + second);
}

/* The ".123Z" or "Z" behind the seconds, or nothing where that is UTC, too. */
static inline bool read_rest(struct dn_text rest, bool bare, int32_t *ns)
{
    int32_t unit = 100000000;
    *ns = 0;
    if (rest.size == 0)
        return bare;
    if (rest.size == 1)
        return rest.at[0] == 'Z';
    if (rest.at[0] != '.' || rest.size < 3 || rest.size > 11 || rest.at[rest.size - 1] != 'Z')
        return false;
    for (size_t i = 1; i + 1 < rest.size; i++, unit /= 10) {
        unsigned digit = (unsigned char)rest.at[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        *ns += (int32_t)digit * unit;
    }
    return true;
}

/* A time in the usual form; its day_s is the caller's to know. False: any other, look closely. */
static inline bool read_usual(const struct dn_moments *moments, struct dn_text text, int *of_day, int32_t *ns)
{
    if (text.size < STAMP || text.at[DATE] != 'T')
        return false;
    *of_day = time_of_day(text.at + DATE + 1);
    return *of_day >= 0 && read_rest((struct dn_text){text.at + STAMP, text.size - STAMP}, moments->bare, ns);
}

/* Where a day is remembered: months and days of it make the difference. */
static inline size_t day_of(const char *date)
{
    unsigned number = (unsigned char)date[9] + 10u * (unsigned char)date[8] + 31u * (unsigned char)date[6];
    return number % DN_MOMENTS_DAYS;
}

static inline bool same_date(const char *a, const char *b)
{
    uint64_t first[2];
    uint16_t last[2];
    memcpy(&first[0], a, 8);
    memcpy(&first[1], b, 8);
    memcpy(&last[0], a + 8, 2);
    memcpy(&last[1], b + 8, 2);
    return first[0] == first[1] && last[0] == last[1];
}

bool dn_moments_known(const struct dn_moments *moments, struct dn_text text, struct dn_instant *at)
{
    int of_day = 0;
    int32_t ns = 0;
    if (!read_usual(moments, text, &of_day, &ns))
        return false;
    const struct dn_moments_day *day = &moments->days[day_of(text.at)];
    *at = (struct dn_instant){day->s + of_day, ns};
    return same_date(text.at, day->date);
}

bool dn_moments_read(struct dn_moments *moments, struct dn_text text, struct dn_instant *at)
{
    int of_day = 0;
    int32_t ns = 0;
    if (dn_moments_known(moments, text, at))
        return true;
    if (!dn_formats_parse(&moments->profile->formats, moments->profile->zone, text, at))
        return false;
    if (read_usual(moments, text, &of_day, &ns)) {
        struct dn_moments_day *day = &moments->days[day_of(text.at)];
        memcpy(day->date, text.at, DATE);
        day->s = at->s - of_day;
    }
    return true;
}
