#include "time/reading.h"

#include <string.h>

/* How each numeric directive is read. */
static const struct number {
    char letter;
    int part, least, most, digits;
} numbers[] = {{'Y', DN_PART_YEAR, 1, 9999, 4}, {'y', DN_PART_YEAR, 0, 99, 2},   {'m', DN_PART_MONTH, 1, 12, 2},
               {'d', DN_PART_DAY, 1, 31, 2},    {'e', DN_PART_DAY, 1, 31, 2},    {'j', DN_PART_YEAR_DAY, 1, 366, 3},
               {'H', DN_PART_HOUR, 0, 23, 2},   {'I', DN_PART_HOUR12, 1, 12, 2}, {'M', DN_PART_MINUTE, 0, 59, 2},
               {'S', DN_PART_SECOND, 0, 59, 2}};

static const struct number *number_of(char letter)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].letter == letter)
            return &numbers[i];
    return NULL;
}

int dn_time_reading_parts(char letter)
{
    const struct number *number = number_of(letter);
    if (number)
        return number->part;
    switch (letter) {
    case 'b':
    case 'B':
        return DN_PART_MONTH;
    case 'a':
    case 'A':
        return DN_PART_WEEKDAY;
    case 'p':
        return DN_PART_HALF;
    case 'f':
        return DN_PART_FRACTION;
    case 'z':
        return DN_PART_OFFSET;
    default:
        return letter == '%' ? 0 : -1;
    }
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* One blank of any kind that exports use between a time and AM or PM. */
static size_t blank_size(struct dn_text text)
{
    if (text.size > 0 && blank(*text.at))
        return 1;
    if (dn_text_starts(text, "\xC2\xA0"))
        return 2;
    return dn_text_starts(text, "\xE2\x80\xAF") ? 3 : 0;
}

static void skip(struct dn_text *text, size_t size)
{
    text->at += size;
    text->size -= size;
}

static bool skip_blanks(struct dn_text *text)
{
    size_t size, all = 0;
    for (; (size = blank_size(*text)) > 0; all += size)
        skip(text, size);
    return all > 0;
}

/* Takes `least` to `most` digits. */
static bool take_digits(struct dn_text *text, int least, int most, int *value)
{
    int i = 0;
    *value = 0;
    for (; i < most && (size_t)i < text->size && text->at[i] >= '0' && text->at[i] <= '9'; i++)
        *value = *value * 10 + (text->at[i] - '0');
    skip(text, (size_t)i);
    return i >= least;
}

static bool take_fraction(struct dn_text *text, int32_t *ns)
{
    int value, digits = 0;
    *ns = 0;
    for (; text->size > 0 && take_digits(text, 1, 1, &value); digits++)
        if (digits < 9)
            *ns = *ns * 10 + value;
        else if (value != 0)
            return false;
    for (int i = digits; i < 9; i++)
        *ns *= 10;
    return digits > 0;
}

/* English names, whole or their first three letters, whatever the locale. Sets *which from 1. */
static bool take_name(struct dn_text *text, const char *const *names, int count, int *which)
{
    for (int i = 0; i < count; i++) {
        size_t whole = strlen(names[i]);
        for (size_t size = whole; size >= 3; size = size > 3 ? 3 : 0)
            if (text->size >= size &&
                dn_text_equal_nocase((struct dn_text){text->at, size}, (struct dn_text){names[i], size})) {
                skip(text, size);
                *which = i + 1;
                return true;
            }
    }
    return false;
}

static bool take_month(struct dn_time_reading *reading)
{
    static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
    return take_name(&reading->rest, months, 12, &reading->civil.month);
}

static bool take_weekday(struct dn_time_reading *reading)
{
    static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    return take_name(&reading->rest, days, 7, &reading->weekday);
}

static bool take_half(struct dn_time_reading *reading)
{
    struct dn_text two = {reading->rest.at, 2};
    if (reading->rest.size < 2)
        return false;
    reading->half = dn_text_equal_nocase(two, DN_TEXT("AM")) ? 1 : dn_text_equal_nocase(two, DN_TEXT("PM")) ? 2 : 0;
    skip(&reading->rest, 2);
    return reading->half != 0;
}

/* Z, +hh:mm, +hhmm; -00:00 says that the offset is not known. */
static bool take_offset(struct dn_time_reading *reading)
{
    struct dn_text *rest = &reading->rest;
    int hours, minutes;
    if (rest->size == 0)
        return false;
    char sign = *rest->at;
    skip(rest, 1);
    reading->has_offset = true;
    if (sign == 'Z' || sign == 'z')
        return true;
    if ((sign != '+' && sign != '-') || !take_digits(rest, 2, 2, &hours))
        return false;
    if (dn_text_starts(*rest, ":"))
        skip(rest, 1);
    if (!take_digits(rest, 2, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    reading->offset_s = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
    return sign == '+' || reading->offset_s != 0;
}

static int *part_in(struct dn_time_reading *reading, int part)
{
    switch (part) {
    case DN_PART_YEAR:
        return &reading->civil.year;
    case DN_PART_MONTH:
        return &reading->civil.month;
    case DN_PART_DAY:
        return &reading->civil.day;
    case DN_PART_YEAR_DAY:
        return &reading->year_day;
    case DN_PART_HOUR:
        return &reading->civil.hour;
    case DN_PART_HOUR12:
        return &reading->hour12;
    case DN_PART_MINUTE:
        return &reading->civil.minute;
    default:
        return &reading->civil.second;
    }
}

/* A number; leading zeros are optional, but not in a year and not where digits touch (glued). */
static bool take_number(struct dn_time_reading *reading, const struct number *number, bool glued)
{
    int *value = part_in(reading, number->part);
    bool fixed = glued || number->part == DN_PART_YEAR;
    if (number->letter == 'e')
        skip_blanks(&reading->rest);
    if (!take_digits(&reading->rest, fixed ? number->digits : 1, number->digits, value) || *value < number->least ||
        *value > number->most)
        return false;
    if (number->letter == 'y') /* POSIX: 69-99 are 19xx */
        *value += *value < 69 ? 2000 : 1900;
    return true;
}

static bool take_directive(struct dn_time_reading *reading, char letter, bool glued)
{
    const struct number *number = number_of(letter);
    if (number)
        return take_number(reading, number, glued);
    switch (letter) {
    case 'b':
    case 'B':
        return take_month(reading);
    case 'a':
    case 'A':
        return take_weekday(reading);
    case 'p':
        return take_half(reading);
    case 'f':
        return take_fraction(&reading->rest, &reading->civil.ns);
    default:
        return take_offset(reading);
    }
}

/* Do digits stand directly behind this place of the pattern? */
static bool digits_follow(struct dn_text pattern)
{
    if (pattern.size >= 2 && *pattern.at == '%')
        return number_of(pattern.at[1]) != NULL || pattern.at[1] == 'f';
    return pattern.size > 0 && *pattern.at >= '0' && *pattern.at <= '9';
}

static bool take_literal(struct dn_text *rest, char c)
{
    if (rest->size == 0 || *rest->at != c)
        return false;
    skip(rest, 1);
    return true;
}

bool dn_time_reading_take(struct dn_time_reading *reading, struct dn_text pattern)
{
    bool after_digits = false;
    while (pattern.size > 0) {
        char c = *pattern.at;
        bool numeric = digits_follow(pattern);
        skip(&pattern, 1);
        bool right;
        if (c == '%' && *pattern.at != '%') {
            char letter = *pattern.at;
            skip(&pattern, 1);
            right = take_directive(reading, letter, numeric && (after_digits || digits_follow(pattern)));
        } else if (blank(c)) {
            right = skip_blanks(&reading->rest);
        } else {
            skip(&pattern, c == '%');
            right = take_literal(&reading->rest, c);
        }
        if (!right)
            return false;
        after_digits = numeric;
    }
    return true;
}

bool dn_time_reading_settle(struct dn_time_reading *reading)
{
    struct dn_civil *civil = &reading->civil;
    if (reading->year_day > 0) {
        int64_t day = dn_civil_days(civil->year, 1, 1) + reading->year_day - 1;
        struct dn_civil date = dn_civil_of((struct dn_instant){day * 86400, 0}, 0);
        if (date.year != civil->year)
            return false;
        civil->month = date.month;
        civil->day = date.day;
    }
    if (reading->half != 0)
        civil->hour = reading->hour12 % 12 + (reading->half == 2 ? 12 : 0);
    if (!dn_civil_valid(civil))
        return false;
    int weekday = dn_civil_weekday(dn_civil_days(civil->year, civil->month, civil->day));
    return reading->weekday == 0 || reading->weekday == weekday + 1;
}
