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

/* Eight bytes, the first one lowest, whatever the machine's order is; compilers know this for one load. */
static inline uint64_t load8(const char *at)
{
    unsigned char b[8];
    memcpy(b, at, 8);
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* "18:00:00" as seconds; -1: it is no time of day, or a leap second. All bytes at once: digits become 0 to 9 and colons
 * 0, then what is over that reaches the top bit of its byte. */
static inline int time_of_day(const char *at)
{
    uint64_t digits = load8(at) ^ UINT64_C(0x30303A30303A3030), pairs = digits * 10 + (digits >> 8);
    unsigned hour = pairs & 0xff, minute = pairs >> 24 & 0xff, second = pairs >> 48 & 0xff;
    if (((digits + UINT64_C(0x76767F76767F7676)) | digits) & UINT64_C(0x8080808080808080))
        return -1;
    return hour > 23 || minute > 59 || second > 59 ? -1 : (int)(hour * 3600 + minute * 60 + second);
}

/* Eight digits as a number, the first one lowest in the word; each is 0 to 9. */
static inline uint32_t number_of(uint64_t digits)
{
    const uint64_t each_fourth = UINT64_C(0x000000FF000000FF);
    digits = digits * 10 + (digits >> 8); /* pairs, in the even bytes */
    digits = (digits & each_fourth) * (100 + ((uint64_t)1000000 << 32)) +
             (digits >> 16 & each_fourth) * (1 + ((uint64_t)10000 << 32));
    return (uint32_t)(digits >> 32);
}

/* The ".123Z" behind the seconds. The last eight digits at once: there are more than eight bytes in front of the Z. */
static inline bool read_fraction(struct dn_text text, int32_t *ns)
{
    static const uint32_t units[] = {100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    size_t count = text.size - STAMP - 2;
    unsigned other = count < 8 ? 8 * (8 - (unsigned)count) : 0; /* bits in front of the digits */
    if (text.at[STAMP] != '.' || text.at[text.size - 1] != 'Z' || count - 1 >= sizeof units / sizeof *units)
        return false;
    uint32_t first = count > 8 ? (uint32_t)(unsigned char)text.at[STAMP + 1] - '0' : 0;
    uint64_t digits = (load8(text.at + text.size - 9) ^ UINT64_C(0x3030303030303030)) >> other << other;
    *ns = (int32_t)((first * 100000000 + number_of(digits)) * units[count - 1]);
    return first <= 9 && !(((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080));
}

/* The "Z" or ".123Z" behind the seconds, or nothing where that is UTC, too. */
static inline bool read_rest(struct dn_text text, bool bare, int32_t *ns)
{
    *ns = 0;
    if (text.size > STAMP + 1)
        return read_fraction(text, ns);
    return text.size == STAMP ? bare : text.at[STAMP] == 'Z';
}

/* A time in the usual form; its day_s is the caller's to know. False: any other, look closely. */
static inline bool read_usual(const struct dn_moments *moments, struct dn_text text, int *of_day, int32_t *ns)
{
    if (text.size < STAMP || text.at[DATE] != 'T')
        return false;
    *of_day = time_of_day(text.at + DATE + 1);
    return *of_day >= 0 && read_rest(text, moments->bare, ns);
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
