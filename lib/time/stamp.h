/* Times as nearly all of them are written, "2026-06-15T18:00:00Z": all at once, without a branch on any digit. What is
 * written in another way is for instant.h and format.h to read. */
#ifndef DN_TIME_STAMP_H
#define DN_TIME_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DN_STAMP ((size_t)19) /* "2026-06-15T18:00:00" */

/* A byte, put where it is in a word whose lowest byte is the first. */
static inline uint64_t dn_stamp_byte(const char *at, unsigned number)
{
    return (uint64_t)(unsigned char)at[number] << (8 * number);
}

/* Eight bytes, the first one lowest, whatever the machine's order is; compilers know this for one load. */
static inline uint64_t dn_stamp_load(const char *at)
{
    return dn_stamp_byte(at, 0) | dn_stamp_byte(at, 1) | dn_stamp_byte(at, 2) | dn_stamp_byte(at, 3) |
           dn_stamp_byte(at, 4) | dn_stamp_byte(at, 5) | dn_stamp_byte(at, 6) | dn_stamp_byte(at, 7);
}

/* The number of two digits, the first of which is that byte. */
static inline unsigned dn_stamp_pair(uint64_t digits, unsigned byte)
{
    return (digits * 10 + (digits >> 8)) >> (8 * byte) & 0xff;
}

/* The days from 1970 to a date of the years 1 to 9999. Years begin in March here, so that the leap day is the last one
 * of a year. */
static inline int64_t dn_stamp_days(unsigned year, unsigned month, unsigned day)
{
    static const unsigned short before[16] = {0, 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    unsigned since = year - (month < 3), century = since / 100;
    return (int64_t)(365 * since + since / 4 - century + century / 4 + before[month & 15] + day) - 719469;
}

/* The last day of a month; 0: there is none like that. */
static inline unsigned dn_stamp_last_day(unsigned year, unsigned month)
{
    static const unsigned char days[16] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0));
    return year > 0 && month < 16 ? days[month] + (unsigned)(leap & (month == 2)) : 0;
}

/* Reads DN_STAMP bytes as UTC, into seconds since 1970. False: they are no such time, or a leap second. Digits become 0
 * to 9 and what stands between them 0; then what is over that reaches the top bit of its byte. */
static inline bool dn_stamp_read(const char *at, int64_t *s)
{
    uint64_t date = dn_stamp_load(at) ^ UINT64_C(0x2D30302D30303030);       /* "0000-00-" */
    uint64_t day = dn_stamp_load(at + 3) ^ UINT64_C(0x5430302D30302D30);    /* "0-00-00T" */
    uint64_t clock = dn_stamp_load(at + 11) ^ UINT64_C(0x30303A30303A3030); /* "00:00:00" */
    uint64_t over = ((date + UINT64_C(0x7F76767F76767676)) | date) | ((day + UINT64_C(0x7F76767F76767F76)) | day) |
                    ((clock + UINT64_C(0x76767F76767F7676)) | clock);
    unsigned year = 100 * dn_stamp_pair(date, 0) + dn_stamp_pair(date, 2), month = dn_stamp_pair(date, 5);
    unsigned of_month = dn_stamp_pair(day, 5), hour = dn_stamp_pair(clock, 0), minute = dn_stamp_pair(clock, 3),
             second = dn_stamp_pair(clock, 6);
    *s = dn_stamp_days(year, month, of_month) * 86400 + (int64_t)(hour * 3600 + minute * 60 + second);
    return ((over & UINT64_C(0x8080808080808080)) == 0) & (of_month - 1 < dn_stamp_last_day(year, month)) &
           (hour < 24) & (minute < 60) & (second < 60);
}

/* Months that were read before, so that of most times only the day and the time of day are left to read. Starts zeroed.
 */
struct dn_stamps {
    struct dn_stamps_month {
        uint64_t text;     /* "2026-06-", as dn_stamp_load has it */
        int64_t s;         /* where its day 0 would begin */
        unsigned last_day; /* 0: nothing was read */
    } months[64];
};

/* Where a month is remembered. */
static inline struct dn_stamps_month *dn_stamps_month(struct dn_stamps *stamps, uint64_t text)
{
    return &stamps->months[text * UINT64_C(0x9E3779B97F4A7C15) >> 58];
}

/* dn_stamp_read of a month that was not read before; it was afterwards. */
bool dn_stamps_read_new(struct dn_stamps *stamps, const char *at, int64_t *s);

/* The same as dn_stamp_read. Short enough to stand where it is used, as GCC does not see. */
__attribute__((always_inline)) static inline bool dn_stamps_read(struct dn_stamps *stamps, const char *at, int64_t *s)
{
    uint64_t text = dn_stamp_load(at);
    const struct dn_stamps_month *month = dn_stamps_month(stamps, text);
    if (month->text != text)
        return dn_stamps_read_new(stamps, at, s);
    uint64_t date = dn_stamp_load(at + 3) ^ UINT64_C(0x5430302D30302D30);   /* "0-00-00T" */
    uint64_t clock = dn_stamp_load(at + 11) ^ UINT64_C(0x30303A30303A3030); /* "00:00:00" */
    uint64_t over = ((date + UINT64_C(0x7F76767F76767F76)) | date) | ((clock + UINT64_C(0x76767F76767F7676)) | clock);
    unsigned day = dn_stamp_pair(date, 5), hour = dn_stamp_pair(clock, 0), minute = dn_stamp_pair(clock, 3),
             second = dn_stamp_pair(clock, 6);
    *s = month->s + (int64_t)(day * 86400 + hour * 3600 + minute * 60 + second);
    return ((over & UINT64_C(0x8080808080808080)) == 0) & (day - 1 < month->last_day) & (hour < 24) & (minute < 60) &
           (second < 60);
}

#endif
