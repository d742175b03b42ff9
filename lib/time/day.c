#include <stdio.h>

#include "time/calendar.h"
#include "time/instant.h"

/* `count` digits and, unless it is the end, a dash. */
static bool take_number(struct dn_text *text, size_t count, bool dash, int *value)
{
    int64_t number;
    size_t size = count + dash;
    if (text->size < size || !dn_text_number((struct dn_text){text->at, count}, &number) ||
        (dash && text->at[count] != '-'))
        return false;
    *value = (int)number;
    *text = (struct dn_text){text->at + size, text->size - size};
    return true;
}

bool dn_day_parse(struct dn_text text, int64_t *day)
{
    struct dn_civil civil = {0};
    bool shape = take_number(&text, 4, true, &civil.year) && take_number(&text, 2, true, &civil.month) &&
                 take_number(&text, 2, false, &civil.day) && text.size == 0;
    if (!shape || !dn_civil_valid(&civil))
        return false;
    *day = dn_civil_days(civil.year, civil.month, civil.day);
    return true;
}

void dn_day_format(int64_t day, char text[DN_DAY_TEXT])
{
    struct dn_civil civil = dn_civil_of((struct dn_instant){day * 86400, 0}, 0);
    snprintf(text, DN_DAY_TEXT, "%04d-%02d-%02d", civil.year % 10000, civil.month % 100, civil.day % 100);
}

const char *dn_day_weekday(int64_t day)
{
    static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    return names[dn_civil_weekday(day)];
}
