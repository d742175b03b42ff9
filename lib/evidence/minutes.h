/* The times of very many rows, asked of by the minutes they are in: of a minute that is known, a time has one form, and
 * a look at whether it fits is all there is to do. Is it in the window; what were the first and the last of all? What
 * fits no form is read as moment.h does. */
#ifndef DN_EVIDENCE_MINUTES_H
#define DN_EVIDENCE_MINUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/form.h"
#include "evidence/moment.h"

/* The first and the last time of rows; "no time" at first. */
struct dn_times {
    struct dn_instant first, last;
};

static inline bool dn_times_before(struct dn_instant a, struct dn_instant b)
{
    return a.s != b.s ? a.s < b.s : a.ns < b.ns;
}

/* Takes in the time of a row. */
static inline void dn_times_saw(struct dn_times *times, struct dn_instant at)
{
    if (times->first.ns < 0 || dn_times_before(at, times->first))
        times->first = at;
    if (times->last.ns < 0 || dn_times_before(times->last, at))
        times->last = at;
}

enum dn_minutes_answer {
    DN_MINUTES_UNSURE, /* no time in the usual form, of a day that was read before: look closely */
    DN_MINUTES_OUTSIDE,
    DN_MINUTES_INSIDE
};

/* Times of one minute that are written alike, up to what stands behind them: "2026-06-15T18:04:09.123Z,". */
struct dn_minute {
    struct dn_form form;           /* fits nothing while the slot is free */
    uint64_t kept;                 /* of the eight bytes behind the minute: those of the time; first byte lowest */
    uint64_t lowest, highest;      /* what these were in the first and in the last of them, as numbers */
    int64_t s;                     /* its first second */
    uint32_t size;                 /* of the time; 0: the slot is free */
    enum dn_minutes_answer answer; /* of all of them */
};
#define DN_MINUTES_SLOTS 16

struct dn_minutes {
    struct dn_moments *moments;
    struct dn_instant from, until;
    uint64_t missing_sizes; /* of values that mean "no value", as bits; bit 63: that and more */
    struct dn_times times;  /* but for what is still in slots */
    struct dn_minute slots[DN_MINUTES_SLOTS];
};

/* Begins with nothing seen; the window is far off where it is open. moments is borrowed. */
void dn_minutes_begin(struct dn_minutes *minutes, struct dn_moments *moments, struct dn_instant from,
                      struct dn_instant until, uint64_t missing_sizes);

/* Is the time that a field begins with in the window? UNSURE: ask with all of the field; else it was taken in. The
 * field is not in quotes, and DN_FORM_SIZE bytes of it and behind it can be read. */
static inline enum dn_minutes_answer dn_minutes_ask(struct dn_minutes *minutes, const char *field);

/* The same of all of a field, whatever is in it; behind: what ends fields of that column, a delimiter or an LF. */
enum dn_minutes_answer dn_minutes_ask_all(struct dn_minutes *minutes, struct dn_text field, char behind);

/* The span of all that was seen so far. */
struct dn_times dn_minutes_times(struct dn_minutes *minutes);

/* ---- how it is asked */

/* Eight bytes as a number that is greater where their text comes later. */
static inline uint64_t dn_minutes_number(uint64_t word)
{
    return __builtin_bswap64(word);
}

static inline struct dn_minute *dn_minutes_slot(struct dn_minutes *minutes, const char *field)
{
    return &minutes->slots[(unsigned char)field[DN_MOMENTS_MINUTE - 1] % DN_MINUTES_SLOTS];
}

static inline enum dn_minutes_answer dn_minutes_ask(struct dn_minutes *minutes, const char *field)
{
    struct dn_minute *minute = dn_minutes_slot(minutes, field);
    if (!dn_form_fits(&minute->form, field))
        return DN_MINUTES_UNSURE;
    uint64_t number = dn_minutes_number(dn_moments_load(field + DN_MOMENTS_MINUTE) & minute->kept);
    if (number > minute->highest)
        minute->highest = number;
    if (number < minute->lowest)
        minute->lowest = number;
    return minute->answer;
}

#endif
