#include "tenant/affected_line.h"

#include <string.h>

#include "base/load.h"
#include "stream/csv_write.h"

#define DAY 86400

/* These write behind `to`, where there is room, and return where they end. */
static char *put_text(char *to, struct dn_text text)
{
    return dn_load_copy(to, text.at, text.size);
}

static char *put_cell(char *to, struct dn_text text)
{
    *to++ = ',';
    return put_text(to, text);
}

char *dn_line_number(char *to, int64_t number)
{
    char digits[DN_LINE_NUMBER], *at = digits + sizeof digits;
    if (number >= 0)
        do
            *--at = (char)('0' + number % 10);
        while (number /= 10);
    *--at = ',';
    return put_text(to, (struct dn_text){at, (size_t)(digits + sizeof digits - at)});
}

static char *put_two(char *to, unsigned number, char behind)
{
    to[0] = (char)('0' + number / 10);
    to[1] = (char)('0' + number % 10);
    to[2] = behind;
    return to + 3;
}

/* The date of a day; NULL: its year has not four digits. */
static const char *date_of(struct dn_line_days *days, int64_t number)
{
    struct dn_line_day *day = &days->at[number % DN_LINE_DAYS];
    char text[DN_INSTANT_TEXT];
    if (day->number == number + 1)
        return day->date;
    dn_instant_format((struct dn_instant){number * DAY, 0}, text);
    if (text[4] != '-' || text[10] != 'T')
        return NULL;
    memcpy(day->date, text, sizeof day->date);
    day->number = number + 1;
    return day->date;
}

static char *put_instant(char *to, struct dn_instant at, struct dn_line_days *days)
{
    const char *date = at.ns == 0 && at.s >= 0 ? date_of(days, at.s / DAY) : NULL;
    *to++ = ',';
    if (date == NULL) {
        dn_instant_format(at, to);
        return to + strlen(to);
    }
    unsigned second = (unsigned)(at.s % DAY);
    to = put_text(to, (struct dn_text){date, sizeof days->at->date});
    to = put_two(to, second / 3600, ':');
    to = put_two(to, second / 60 % 60, ':');
    return put_two(to, second % 60, 'Z');
}

/* The same, of which mostly all rows have one. */
static char *put_identified(char *to, struct dn_instant at, struct dn_line_days *days)
{
    bool same = days->identified_size && days->identified_at.s == at.s && days->identified_at.ns == at.ns;
    if (!same) {
        days->identified_size = (size_t)(put_instant(days->identified, at, days) - days->identified);
        days->identified_at = at;
    }
    return put_text(to, (struct dn_text){days->identified, days->identified_size});
}

void dn_affected_add_made(const struct dn_affected *row, const struct dn_affected_made *made, struct dn_line_days *days,
                          struct dn_buf *line)
{
    size_t most = made->incident_id.size + 2 * made->tenant_id.size + made->named.size + made->effects.size +
                  made->services.size + made->matched_by.size + made->contacts.size + made->gaps.size + 512;
    char *begin = dn_buf_reserve(line, most), *to = put_text(begin, made->incident_id);
    *to++ = ',';
    to = made->plain || made->tenant_id.size == 0 ? put_text(to, made->tenant_id) : dn_csv_put(to, made->tenant_id);
    to = put_text(to, made->named);
    to = put_cell(to, dn_text_of(dn_change_words[row->change]));
    to = put_cell(to, made->effects);
    to = put_cell(to, dn_text_of(dn_certainty_words[row->certainty]));
    to = put_cell(to, made->services);
    to = dn_line_number(to, row->resources);
    to = dn_line_number(to, row->rows);
    to = dn_line_number(to, row->events);
    to = dn_line_number(to, row->data_subjects);
    to = put_instant(to, row->first_seen, days);
    to = put_instant(to, row->last_seen, days);
    to = put_cell(to, made->matched_by);
    to = put_text(to, made->contacts);
    to = put_cell(to, made->gaps);
    to = put_identified(to, row->identified_at, days);
    dn_buf_extend(line, (size_t)(to - begin));
}
