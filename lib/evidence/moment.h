/* The times of one row after the other, read quickly: nearly all are written in one form, and on the same days. */
#ifndef DN_EVIDENCE_MOMENT_H
#define DN_EVIDENCE_MOMENT_H

#include <string.h>

#include "evidence/profile.h"
#include "time/instant.h"

/* A day that was read before. */
struct dn_moments_day {
    char date[10]; /* "2026-06-15" */
    int64_t s;     /* its first second */
};
#define DN_MOMENTS_DAYS 64

/* A minute that was read lately, so that of most times only the seconds are left to read. */
struct dn_moments_minute {
    uint64_t text[2]; /* "2026-06-15T18:04" */
    int64_t s;        /* its first second */
};
#define DN_MOMENTS_MINUTES 16

/* How the times of a profile are read, and the days and minutes of those that were. */
struct dn_moments {
    const struct dn_profile *profile;
    bool bare; /* "2026-06-15T18:00:00" without an offset is read by the first format, as UTC */
    struct dn_moments_day days[DN_MOMENTS_DAYS];
    struct dn_moments_minute minutes[DN_MOMENTS_MINUTES];
};

/* Begins with nothing read; profile is borrowed. It owns nothing. */
void dn_moments_begin(struct dn_moments *moments, const struct dn_profile *profile);

/* Reads a time in the usual form, of a day that was read before. False: ask _read. Made below. */
static inline bool dn_moments_known(struct dn_moments *moments, struct dn_text text, struct dn_instant *at);

/* As dn_formats_parse by the profile's formats and zone; text has no blanks around it. */
bool dn_moments_read(struct dn_moments *moments, struct dn_text text, struct dn_instant *at);

/* ---- how a time of a minute that is known is read */

#define DN_MOMENTS_MINUTE ((size_t)16) /* "2026-06-15T18:04" */
#define DN_MOMENTS_SECOND ((size_t)19) /* "2026-06-15T18:04:09" */

/* Eight bytes, the first one lowest, whatever the machine's order is; compilers know this for one load. */
static inline uint64_t dn_moments_load(const char *at)
{
    unsigned char b[8];
    memcpy(b, at, 8);
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 |
           (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56;
}

/* Eight digits as a number, the first one lowest in the word; each is 0 to 9. */
static inline uint32_t dn_moments_number(uint64_t digits)
{
    const uint64_t each_fourth = UINT64_C(0x000000FF000000FF);
    digits = digits * 10 + (digits >> 8); /* pairs, in the even bytes */
    digits = (digits & each_fourth) * (100 + ((uint64_t)1000000 << 32)) +
             (digits >> 16 & each_fourth) * (1 + ((uint64_t)10000 << 32));
    return (uint32_t)(digits >> 32);
}

/* The ".123Z" behind the seconds. The last eight digits at once: there are more than eight bytes in front of the Z. */
static inline bool dn_moments_fraction(struct dn_text text, int32_t *ns)
{
    static const uint32_t units[] = {100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    size_t count = text.size - DN_MOMENTS_SECOND - 2;
    unsigned other = count < 8 ? 8 * (8 - (unsigned)count) : 0; /* bits in front of the digits */
    if (text.at[DN_MOMENTS_SECOND] != '.' || text.at[text.size - 1] != 'Z' || count - 1 >= sizeof units / sizeof *units)
        return false;
    uint32_t first = count > 8 ? (uint32_t)(unsigned char)text.at[DN_MOMENTS_SECOND + 1] - '0' : 0;
    uint64_t digits = (dn_moments_load(text.at + text.size - 9) ^ UINT64_C(0x3030303030303030)) >> other << other;
    *ns = (int32_t)((first * 100000000 + dn_moments_number(digits)) * units[count - 1]);
    return first <= 9 && !(((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080));
}

/* The "Z" or ".123Z" behind the seconds, or nothing where that is UTC, too. */
static inline bool dn_moments_rest(const struct dn_moments *moments, struct dn_text text, int32_t *ns)
{
    *ns = 0;
    if (text.size > DN_MOMENTS_SECOND + 1)
        return dn_moments_fraction(text, ns);
    return text.size == DN_MOMENTS_SECOND ? moments->bare : text.at[DN_MOMENTS_SECOND] == 'Z';
}

/* Where a minute is remembered. */
static inline struct dn_moments_minute *dn_moments_minute(struct dn_moments *moments, const char *text)
{
    return &moments->minutes[(unsigned char)text[DN_MOMENTS_MINUTE - 1] % DN_MOMENTS_MINUTES];
}

/* The same of a minute that is not known; it is afterwards. */
bool dn_moments_day_known(struct dn_moments *moments, struct dn_text text, struct dn_instant *at);

static inline bool dn_moments_known(struct dn_moments *moments, struct dn_text text, struct dn_instant *at)
{
    uint64_t words[2];
    if (text.size < DN_MOMENTS_SECOND)
        return false;
    memcpy(words, text.at, sizeof words);
    const struct dn_moments_minute *minute = dn_moments_minute(moments, text.at);
    if (((words[0] ^ minute->text[0]) | (words[1] ^ minute->text[1])) != 0)
        return dn_moments_day_known(moments, text, at);
    unsigned tens = (unsigned char)text.at[DN_MOMENTS_MINUTE + 1] - (unsigned)'0';
    unsigned ones = (unsigned char)text.at[DN_MOMENTS_MINUTE + 2] - (unsigned)'0';
    at->s = minute->s + 10 * tens + ones;
    return text.at[DN_MOMENTS_MINUTE] == ':' && tens < 6 && ones < 10 && dn_moments_rest(moments, text, &at->ns);
}

#endif
