#include "impact/pen.h"

#include <string.h>

#define DAY 86400
#define NUMBERS ((size_t)3 * 20)                  /* bytes of the numbers, */
#define TIMES ((size_t)3 * DN_INSTANT_TEXT)       /* of the times, */
#define WORDS ((size_t)2 * 32)                    /* of effect and certainty, */
#define MARKS ((size_t)2 * DN_IMPACT_COLUMNS + 8) /* of commas, and quotes around a cell */

static inline char *put_two(char *to, int value)
{
    to[0] = (char)('0' + value / 10);
    to[1] = (char)('0' + value % 10);
    return to + 2;
}

/* The date of a day and the T behind it. */
static const char *date_of(struct dn_pen *pen, int64_t day)
{
    struct dn_pen_day *known = &pen->days[(uint64_t)day % DN_PEN_DAYS];
    if (known->date[0] && known->day == day)
        return known->date;
    char text[DN_INSTANT_TEXT];
    dn_instant_format((struct dn_instant){day * DAY, 0}, text);
    memcpy(known->date, text, sizeof known->date - 1);
    known->day = day;
    return known->date;
}

/* Nanoseconds without trailing zeros. */
static char *put_fraction(char *to, int32_t ns)
{
    int digits = 9;
    while (ns % 1000 == 0) {
        ns /= 1000;
        digits -= 3;
    }
    while (ns % 10 == 0) {
        ns /= 10;
        digits--;
    }
    *to = '.';
    for (int i = digits; i > 0; ns /= 10)
        to[i--] = (char)('0' + ns % 10);
    return to + digits + 1;
}

/* As dn_instant_format. */
static char *put_time(struct dn_pen *pen, char *to, struct dn_instant at)
{
    if (at.ns < 0)
        return to;
    int64_t day = at.s / DAY - (at.s % DAY < 0);
    int second = (int)(at.s - day * DAY);
    memcpy(to, date_of(pen, day), 11);
    to = put_two(to + 11, second / 3600);
    *to++ = ':';
    to = put_two(to, second / 60 % 60);
    *to++ = ':';
    to = put_two(to, second % 60);
    if (at.ns > 0)
        to = put_fraction(to, at.ns);
    *to++ = 'Z';
    return to;
}

static char *put_number(char *to, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    if (value < 0)
        return to;
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    memcpy(to, digits + at, sizeof digits - at);
    return to + (sizeof digits - at);
}

static inline char *put_text(char *to, struct dn_text text)
{
    to = dn_csv_put(to, text);
    *to++ = ',';
    return to;
}

static inline char *put_word(char *to, const char *word)
{
    while (*word)
        *to++ = *word++;
    *to++ = ',';
    return to;
}

void dn_pen_add(struct dn_pen *pen, const struct dn_impact *row, struct dn_buf *rows)
{
    size_t texts =
        row->incident_id.size + row->tenant.size + row->service.size + row->resource.size + row->evidence.size;
    char *at = dn_buf_reserve(rows, 2 * texts + NUMBERS + TIMES + WORDS + MARKS), *to = at;
    to = put_text(to, row->incident_id);
    to = put_text(to, row->tenant);
    to = put_text(to, row->service);
    to = put_text(to, row->resource);
    to = put_word(to, dn_effect_words[row->effect]);
    to = put_word(to, dn_certainty_words[row->certainty]);
    to = put_number(to, row->rows);
    *to++ = ',';
    to = put_number(to, row->events);
    *to++ = ',';
    to = put_number(to, row->data_subjects);
    *to++ = ',';
    to = put_time(pen, to, row->first_seen);
    *to++ = ',';
    to = put_time(pen, to, row->last_seen);
    *to++ = ',';
    to = put_text(to, row->evidence);
    to = put_time(pen, to, row->determined_at);
    dn_buf_extend(rows, (size_t)(to - at));
}
