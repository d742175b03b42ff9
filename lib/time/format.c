#include "time/format.h"

#include "time/reading.h"

static bool to_instant(const struct dn_time_reading *reading, const struct dn_zone *zone, struct dn_instant *at)
{
    struct dn_instant found;
    if (reading->has_offset)
        found = dn_civil_instant(&reading->civil, reading->offset_s);
    else if (zone == NULL || dn_zone_instant(zone, &reading->civil, &found) != DN_ZONE_ONE)
        return false;
    if (!dn_instant_in_range(found))
        return false;
    *at = found;
    return true;
}

bool dn_formats_parse(const struct dn_formats *formats, const struct dn_zone *zone, struct dn_text value,
                      struct dn_instant *at)
{
    value = dn_text_trim(value);
    if (dn_instant_parse(value, at))
        return true;
    for (size_t i = 0; value.size > 0 && i < formats->patterns.count; i++) {
        struct dn_time_reading reading = {.rest = value};
        if (dn_time_reading_take(&reading, dn_text_of(formats->patterns.at[i])) && reading.rest.size == 0 &&
            dn_time_reading_settle(&reading))
            return to_instant(&reading, zone, at);
    }
    return false;
}

/* The parts that a pattern gives; -1 with the error set: it is none. */
static int pattern_parts(struct dn_text pattern, struct dn_error *err)
{
    int parts = 0;
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.at[i] != '%')
            continue;
        int size = (int)pattern.size;
        int more = ++i < pattern.size ? dn_time_reading_parts(pattern.at[i]) : -1;
        if (more < 0)
            dn_error_set(err, DN_INVALID, "time format '%.*s' has an unknown directive at its character %zu", size,
                         pattern.at, i);
        else if (parts & more)
            dn_error_set(err, DN_INVALID, "time format '%.*s' gives the same part of a time twice", size, pattern.at);
        if (more < 0 || (parts & more))
            return -1;
        parts |= more;
    }
    return parts;
}

static enum dn_status check_pattern(struct dn_text pattern, struct dn_error *err)
{
    const char *wrong = NULL;
    int parts = pattern_parts(pattern, err);
    if (parts < 0)
        return DN_INVALID;
    if (!(parts & DN_PART_YEAR))
        wrong = "has no year (%Y)";
    else if ((parts & (DN_PART_MONTH | DN_PART_DAY)) != (parts & DN_PART_YEAR_DAY ? 0 : DN_PART_MONTH | DN_PART_DAY))
        wrong = "must have month and day (%m and %d), or else the day of the year (%j)";
    else if (!(parts & DN_PART_HOUR12) != !(parts & DN_PART_HALF) || (parts & DN_PART_HOUR && parts & DN_PART_HOUR12))
        wrong = "must have %H alone, or %I with %p";
    else if ((parts & (DN_PART_MINUTE | DN_PART_FRACTION | DN_PART_SECOND) &&
              !(parts & (DN_PART_HOUR | DN_PART_HOUR12))) ||
             (parts & DN_PART_SECOND && !(parts & DN_PART_MINUTE)) ||
             (parts & DN_PART_FRACTION && !(parts & DN_PART_SECOND)))
        wrong = "has a part of the time of day without the larger ones";
    if (wrong)
        return dn_error_set(err, DN_INVALID, "time format '%.*s' %s", (int)pattern.size, pattern.at, wrong);
    return DN_OK;
}

/* The order of numeric month and day where a date could be read both ways: 'm', 'd', or 0 (a year of four digits first,
 * or a month's name). */
static char order_of(struct dn_text pattern)
{
    char first = 0;
    for (size_t i = 0; i + 1 < pattern.size; i++) {
        if (pattern.at[i] != '%')
            continue;
        char letter = pattern.at[++i] == 'e' ? 'd' : pattern.at[i];
        if (letter == 'Y' || letter == 'b' || letter == 'B')
            return first && letter == 'Y' ? first : 0;
        if ((letter == 'm' || letter == 'd') && !first)
            first = letter;
    }
    return first;
}

static enum dn_status check_order(const struct dn_strings *patterns, struct dn_error *err)
{
    const char *with_month = NULL, *with_day = NULL;
    for (size_t i = 0; i < patterns->count; i++) {
        char first = order_of(dn_text_of(patterns->at[i]));
        if (first)
            *(first == 'm' ? &with_month : &with_day) = patterns->at[i];
    }
    if (with_month == NULL || with_day == NULL)
        return DN_OK;
    return dn_error_set(err, DN_INVALID,
                        "time formats '%s' and '%s' read the same digits as different days: keep one of them",
                        with_month, with_day);
}

/* %F and %T as what they stand for. */
static void spell_out(struct dn_text pattern, struct dn_buf *into)
{
    for (size_t i = 0; i < pattern.size; i++) {
        bool directive = pattern.at[i] == '%' && i + 1 < pattern.size;
        char letter = directive ? pattern.at[++i] : pattern.at[i];
        if (directive && letter == 'F') {
            dn_buf_adds(into, "%Y-%m-%d");
        } else if (directive && letter == 'T') {
            dn_buf_adds(into, "%H:%M:%S");
        } else {
            dn_buf_adds(into, directive ? "%" : "");
            dn_buf_addc(into, letter);
        }
    }
}

static void spell_out_all(const struct dn_strings *patterns, struct dn_strings *into)
{
    for (size_t i = 0; i < patterns->count; i++) {
        struct dn_buf plain = {0};
        spell_out(dn_text_trim(dn_text_of(patterns->at[i])), &plain);
        dn_strings_add(into, dn_buf_text(&plain));
        dn_buf_clear(&plain);
    }
}

enum dn_status dn_formats_set(struct dn_formats *formats, const struct dn_strings *patterns, struct dn_error *err)
{
    struct dn_strings plain = {0};
    spell_out_all(patterns, &plain);
    enum dn_status status = DN_OK;
    for (size_t i = 0; status == DN_OK && i < plain.count; i++)
        status = check_pattern(dn_text_of(plain.at[i]), err);
    if (status == DN_OK)
        status = check_order(&plain, err);
    if (status == DN_OK) {
        struct dn_strings before = formats->patterns;
        formats->patterns = plain;
        plain = before;
    }
    dn_strings_clear(&plain);
    return status;
}

void dn_formats_clear(struct dn_formats *formats)
{
    dn_strings_clear(&formats->patterns);
}
