#include "deadline/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "time/calendar.h"

void dn_reckon_steps_add(struct dn_reckon_steps *steps, const char *word, const char *format, ...)
{
    struct dn_buf text = {0};
    va_list arguments;
    if (steps == NULL)
        return;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    steps->at = dn_grow(steps->at, steps->count, &steps->room, sizeof *steps->at);
    steps->at[steps->count++] = (struct dn_reckon_step){word, dn_buf_take(&text)};
}

void dn_reckon_steps_write(const struct dn_reckon_steps *steps, struct dn_buf *buf)
{
    for (size_t i = 0; i < steps->count; i++) {
        dn_buf_addf(buf, "%s: ", steps->at[i].word);
        dn_buf_add_visible(buf, dn_text_of(steps->at[i].text));
        dn_buf_addc(buf, '\n');
    }
}

void dn_reckon_steps_clear(struct dn_reckon_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        free(steps->at[i].text);
    free(steps->at);
    memset(steps, 0, sizeof *steps);
}

static int offset_of(struct dn_instant at, const struct dn_zone *zone)
{
    return zone != NULL ? dn_zone_offset(zone, at) : 0;
}

int64_t dn_local_day(struct dn_instant at, const struct dn_zone *zone)
{
    struct dn_civil civil = dn_civil_of(at, offset_of(at, zone));
    return dn_civil_days(civil.year, civil.month, civil.day);
}

void dn_local_day_format(int64_t day, char text[DN_LOCAL_DAY_TEXT])
{
    char date[DN_DAY_TEXT];
    dn_day_format(day, date);
    snprintf(text, DN_LOCAL_DAY_TEXT, "%s %s", dn_day_weekday(day), date);
}

void dn_local_format(struct dn_instant at, const struct dn_zone *zone, char text[DN_LOCAL_TEXT])
{
    char local[DN_INSTANT_TEXT], offset_text[8] = "Z";
    *text = '\0';
    if (!dn_instant_is(at))
        return;
    int offset = offset_of(at, zone) / 60 * 60; /* RFC 3339 knows whole minutes alone */
    unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60 % 6000;
    dn_instant_format(dn_instant_add(at, offset), local);
    if (zone != NULL)
        snprintf(offset_text, sizeof offset_text, "%c%02u:%02u", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    local[strlen(local) - 1] = '\0';
    snprintf(text, DN_LOCAL_TEXT, "%s %s%s", dn_day_weekday(dn_local_day(at, zone)), local, offset_text);
}
