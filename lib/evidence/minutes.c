#include "evidence/minutes.h"

#define MOST (DN_MOMENTS_MINUTE + 8) /* "2026-06-15T18:04:09.123Z": longer ones are not in one number */

void dn_minutes_begin(struct dn_minutes *minutes, struct dn_moments *moments, struct dn_instant from,
                      struct dn_instant until, uint64_t missing_sizes)
{
    *minutes = (struct dn_minutes){.moments = moments,
                                   .from = from,
                                   .until = until,
                                   .missing_sizes = missing_sizes,
                                   .times = {DN_INSTANT_NONE, DN_INSTANT_NONE}};
}

static enum dn_minutes_answer answer_at(const struct dn_minutes *minutes, struct dn_instant at)
{
    bool in = !dn_times_before(at, minutes->from) && dn_times_before(at, minutes->until);
    return in ? DN_MINUTES_INSIDE : DN_MINUTES_OUTSIDE;
}

/* Of all times of a minute; UNSURE where the window begins or ends within it. */
static enum dn_minutes_answer answer_of(const struct dn_minutes *minutes, int64_t s)
{
    struct dn_instant first = {s, 0}, last = {s + 59, 999999999};
    if (dn_times_before(last, minutes->from) || !dn_times_before(first, minutes->until))
        return DN_MINUTES_OUTSIDE;
    bool in = !dn_times_before(first, minutes->from) && dn_times_before(last, minutes->until);
    return in ? DN_MINUTES_INSIDE : DN_MINUTES_UNSURE;
}

static int second_of(const char *time)
{
    return (time[DN_MOMENTS_MINUTE + 1] - '0') * 10 + (time[DN_MOMENTS_MINUTE + 2] - '0');
}

/* Takes in one of the times of a minute. */
static void take_in(struct dn_minutes *minutes, const struct dn_minute *minute, uint64_t number)
{
    char bytes[MOST] = {0};
    uint64_t rest = dn_minutes_number(number);
    for (size_t i = 0; i < MOST - DN_MOMENTS_MINUTE; i++)
        bytes[DN_MOMENTS_MINUTE + i] = (char)(rest >> 8 * i & 0xff);
    struct dn_instant at = {minute->s + second_of(bytes), 0};
    dn_moments_rest(minutes->moments, (struct dn_text){bytes, minute->size}, &at.ns);
    dn_times_saw(&minutes->times, at);
}

/* Empties a slot. A minute that lies between what was seen says nothing new. */
static void let_go(struct dn_minutes *minutes, struct dn_minute *minute)
{
    const struct dn_times *times = &minutes->times;
    if (minute->size > 0 && (minute->s <= times->first.s || minute->s + 59 >= times->last.s)) {
        take_in(minutes, minute, minute->lowest);
        take_in(minutes, minute, minute->highest);
    }
    *minute = (struct dn_minute){.size = 0};
}

/* The form of a time that was read, with any seconds and any fraction of as many digits. */
static void make_form(struct dn_form *form, struct dn_text time, char behind)
{
    dn_form_of(form, time.at, time.size, behind);
    for (size_t i = DN_MOMENTS_MINUTE; i < time.size; i++)
        if (time.at[i] >= '0' && time.at[i] <= '9') {
            form->expected[i] = '0';
            form->most[i] = i == DN_MOMENTS_MINUTE + 1 ? 5 : 9;
        }
}

/* Gives the minute of a time that was read and taken in a slot, if all of its times have one answer. */
static void remember(struct dn_minutes *minutes, struct dn_text time, struct dn_instant at, char behind)
{
    struct dn_minute *minute = dn_minutes_slot(minutes, time.at);
    let_go(minutes, minute);
    minute->s = at.s - second_of(time.at);
    minute->answer = answer_of(minutes, minute->s);
    if (minute->answer == DN_MINUTES_UNSURE)
        return;
    make_form(&minute->form, time, behind);
    minute->size = (uint32_t)time.size;
    minute->kept = ~(uint64_t)0 >> 8 * (MOST - time.size);
    minute->lowest = minute->highest = dn_minutes_number(dn_moments_load(time.at + DN_MOMENTS_MINUTE) & minute->kept);
}

enum dn_minutes_answer dn_minutes_ask_all(struct dn_minutes *minutes, struct dn_text field, char behind)
{
    struct dn_instant at;
    bool may_miss = minutes->missing_sizes >> (field.size < 63 ? field.size : 63) & 1;
    if (may_miss || !dn_moments_known(minutes->moments, field, &at))
        return DN_MINUTES_UNSURE;
    dn_times_saw(&minutes->times, at);
    if (field.size <= MOST)
        remember(minutes, field, at, behind);
    return answer_at(minutes, at);
}

struct dn_times dn_minutes_times(struct dn_minutes *minutes)
{
    for (size_t i = 0; i < DN_MINUTES_SLOTS; i++)
        let_go(minutes, &minutes->slots[i]);
    return minutes->times;
}
