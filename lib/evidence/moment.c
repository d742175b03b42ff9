#include "evidence/moment.h"

#include <string.h>

#define DATE ((size_t)10) /* "2026-06-15" */

void dn_moments_begin(struct dn_moments *moments, const struct dn_profile *profile)
{
    const struct dn_strings *patterns = &profile->formats.patterns;
    *moments = (struct dn_moments){.profile = profile};
    moments->bare = profile->utc && patterns->count > 0 && strcmp(patterns->at[0], "%Y-%m-%dT%H:%M:%S") == 0;
}

/* "18:00:00" as seconds; -1: it is no time of day, or a leap second. All bytes at once: digits become 0 to 9 and colons
 * 0, then what is over that reaches the top bit of its byte. */
static inline int time_of_day(const char *at)
{
    uint64_t digits = dn_moments_load(at) ^ UINT64_C(0x30303A30303A3030), pairs = digits * 10 + (digits >> 8);
    unsigned hour = pairs & 0xff, minute = pairs >> 24 & 0xff, second = pairs >> 48 & 0xff;
    if (((digits + UINT64_C(0x76767F76767F7676)) | digits) & UINT64_C(0x8080808080808080))
        return -1;
    return hour > 23 || minute > 59 || second > 59 ? -1 : (int)(hour * 3600 + minute * 60 + second);
}

/* A time in the usual form; its day_s is the caller's to know. False: any other, look closely. */
static inline bool read_usual(const struct dn_moments *moments, struct dn_text text, int *of_day, int32_t *ns)
{
    if (text.size < DN_MOMENTS_SECOND || text.at[DATE] != 'T')
        return false;
    *of_day = time_of_day(text.at + DATE + 1);
    return *of_day >= 0 && dn_moments_rest(moments, text, ns);
}

/* Where a day is remembered: months and days of it make the difference. */
static inline size_t day_of(const char *date)
{
    unsigned number = (unsigned char)date[9] + 10u * (unsigned char)date[8] + 31u * (unsigned char)date[6];
    return number % DN_MOMENTS_DAYS;
}

static inline bool same_date(const char *a, const char *b)
{
    uint64_t first[2], last[2]; /* they overlap */
    memcpy(&first[0], a, 8);
    memcpy(&first[1], b, 8);
    memcpy(&last[0], a + 2, 8);
    memcpy(&last[1], b + 2, 8);
    return ((first[0] ^ first[1]) | (last[0] ^ last[1])) == 0;
}

/* Apart, so that what most rows need stays small. */
__attribute__((noinline)) bool dn_moments_day_known(struct dn_moments *moments, struct dn_text text,
                                                    struct dn_instant *at)
{
    int of_day = 0;
    int32_t ns = 0;
    if (!read_usual(moments, text, &of_day, &ns))
        return false;
    const struct dn_moments_day *day = &moments->days[day_of(text.at)];
    if (!same_date(text.at, day->date))
        return false;
    *at = (struct dn_instant){day->s + of_day, ns};
    struct dn_moments_minute *minute = dn_moments_minute(moments, text.at);
    memcpy(minute->text, text.at, sizeof minute->text);
    minute->s = at->s - of_day % 60;
    return true;
}

/* A day is remembered as RFC 3339 has it. What that does not know for a date ("15/06/2026T18:00:00Z" in a format whose
 * Z is a letter like any other) may be local time, whose days do not all have the same hours. */
static void remember(struct dn_moments *moments, const char *date)
{
    static const char begin[] = "T00:00:00Z";
    char text[DATE + sizeof begin];
    struct dn_instant midnight;
    memcpy(text, date, DATE);
    memcpy(text + DATE, begin, sizeof begin);
    if (!dn_instant_parse(dn_text_of(text), &midnight))
        return;
    struct dn_moments_day *day = &moments->days[day_of(date)];
    memcpy(day->date, date, DATE);
    day->s = midnight.s;
}

bool dn_moments_read(struct dn_moments *moments, struct dn_text text, struct dn_instant *at)
{
    int of_day = 0;
    int32_t ns = 0;
    if (dn_moments_known(moments, text, at))
        return true;
    if (!dn_formats_parse(&moments->profile->formats, moments->profile->zone, text, at))
        return false;
    if (read_usual(moments, text, &of_day, &ns))
        remember(moments, text.at);
    return true;
}
