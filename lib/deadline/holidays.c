#include "deadline/holidays.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "time/instant.h"

#define YEAR_MIN 1900
#define YEAR_MAX 2199

/* One document and the rule in it that is being read. */
struct reading {
    const struct dn_yaml_file *file;
    const struct dn_yaml *entry;
    struct dn_holiday *rule;
    int kinds; /* how many keys said which day it is */
    struct dn_error *err;
};

/* Digits of a fixed number; false: something else. */
static bool take_digits(struct dn_text *text, size_t count, int *value)
{
    int64_t number;
    if (text->size < count || !dn_text_number((struct dn_text){text->at, count}, &number))
        return false;
    *value = (int)number;
    *text = (struct dn_text){text->at + count, text->size - count};
    return true;
}

static bool take_dash(struct dn_text *text)
{
    bool dash = text->size > 0 && *text->at == '-';
    if (dash)
        *text = (struct dn_text){text->at + 1, text->size - 1};
    return dash;
}

/* "12-25"; 29 February is a date. */
static bool parse_month_day(struct dn_text text, int *month, int *day)
{
    return take_digits(&text, 2, month) && take_dash(&text) && take_digits(&text, 2, day) && text.size == 0 &&
           *day >= 1 && *day <= dn_civil_month_days(2024, *month);
}

/* The scalars of a key that is a list or one scalar. */
static enum dn_status read_days(const struct dn_yaml_file *file, const struct dn_yaml *map, const char *key,
                                struct dn_days *days, struct dn_error *err)
{
    const struct dn_yaml *list = dn_yaml_find(map, key);
    struct dn_strings texts = {0};
    int64_t day;
    enum dn_status status = dn_yaml_strings(file, map, key, &texts, err);
    for (size_t i = 0; i < texts.count && status == DN_OK; i++)
        if (dn_day_parse(dn_text_of(texts.at[i]), &day))
            dn_days_add(days, day);
        else
            status = dn_yaml_error(file, list->kind == DN_YAML_LIST ? &list->at[i] : list, err,
                                   "'%s' is not a day such as 2025-01-09", texts.at[i]);
    dn_strings_clear(&texts);
    return status;
}

/* A scalar under a key, or NULL. Only called after dn_yaml_keys. */
static const struct dn_yaml *scalar(const struct reading *it, const char *key)
{
    const struct dn_yaml *value = dn_yaml_find(it->entry, key);
    return value != NULL && value->kind == DN_YAML_SCALAR ? value : NULL;
}

static enum dn_status read_month_day(struct reading *it, const char *key, enum dn_holiday_kind kind)
{
    const struct dn_yaml *value = dn_yaml_find(it->entry, key);
    if (value == NULL)
        return DN_OK;
    it->kinds++;
    it->rule->kind = kind;
    if (value->kind != DN_YAML_SCALAR || !parse_month_day(value->text, &it->rule->month, &it->rule->day))
        return dn_yaml_error(it->file, value, it->err, "%s is a month and a day such as 12-25", key);
    return DN_OK;
}

static enum dn_status read_easter(struct reading *it, const char *key, enum dn_holiday_kind kind)
{
    const struct dn_yaml *value = dn_yaml_find(it->entry, key);
    if (value == NULL)
        return DN_OK;
    struct dn_text text = value->kind == DN_YAML_SCALAR ? value->text : DN_TEXT("");
    bool before = take_dash(&text);
    int64_t days;
    it->kinds++;
    it->rule->kind = kind;
    if (!dn_text_number(text, &days) || days > 120)
        return dn_yaml_error(it->file, value, it->err, "%s is a number of days from -120 to 120", key);
    it->rule->day = (int)(before ? -days : days);
    return DN_OK;
}

static enum dn_status read_one(struct reading *it, const char *key, const char *const *words, int *value)
{
    return dn_yaml_one(it->file, it->entry, key, words, value, it->err);
}

static enum dn_status read_weekday(struct reading *it)
{
    static const char *const days[] = {"sunday",   "monday", "tuesday",  "wednesday",
                                       "thursday", "friday", "saturday", NULL};
    static const char *const places[] = {"1", "2", "3", "4", "last", NULL};
    int weekday = -1, place = -1;
    int64_t month = 0;
    enum dn_status status = read_one(it, "weekday", days, &weekday);
    if (status == DN_OK)
        status = read_one(it, "nth", places, &place);
    if (status == DN_OK)
        status = dn_yaml_number(it->file, it->entry, "month", &month, it->err);
    if (status != DN_OK)
        return status;
    bool from = it->rule->kind == DN_HOLIDAY_FROM && it->kinds == 1;
    if ((weekday >= 0) != (from || place >= 0) || (place >= 0) != (month != 0) || month < 0 || month > 12)
        return dn_yaml_error(it->file, it->entry, it->err,
                             "weekday goes with nth and month (1 to 12), or with on_or_after");
    it->rule->weekday = weekday;
    if (place >= 0) {
        it->kinds++;
        it->rule->kind = DN_HOLIDAY_NTH;
        it->rule->nth = place + 1;
        it->rule->month = (int)month;
    }
    return DN_OK;
}

static enum dn_status read_equinox(struct reading *it)
{
    static const char *const words[] = {"march", "september", NULL};
    int which = -1;
    enum dn_status status = read_one(it, "equinox", words, &which);
    if (status == DN_OK && which >= 0) {
        it->kinds++;
        it->rule->kind = DN_HOLIDAY_EQUINOX;
        it->rule->month = which == 0 ? 3 : 9;
    }
    return status;
}

static enum dn_status read_year(struct reading *it, const char *key, int *year)
{
    int64_t number = 0;
    enum dn_status status = dn_yaml_number(it->file, it->entry, key, &number, it->err);
    if (status == DN_OK && dn_yaml_find(it->entry, key) != NULL && (number < YEAR_MIN || number > YEAR_MAX))
        return dn_yaml_error(it->file, scalar(it, key), it->err, "%s is a year from %d to %d", key, YEAR_MIN, YEAR_MAX);
    *year = (int)number;
    return status;
}

/* When and how long the rule holds, and what a weekend does to it. */
static enum dn_status read_limits(struct reading *it)
{
    static const char *const words[] = {"no", "nearest", "next", "next-after-sunday", NULL};
    int observed = DN_OBSERVED_NOT;
    enum dn_status status = read_one(it, "observed", words, &observed);
    it->rule->observed = (enum dn_observed)observed;
    if (status == DN_OK)
        status = read_year(it, "from", &it->rule->from);
    if (status == DN_OK)
        status = read_year(it, "until", &it->rule->until);
    if (status == DN_OK)
        status = read_days(it->file, it->entry, "on", &it->rule->once, it->err);
    if (status == DN_OK)
        status = read_days(it->file, it->entry, "except", &it->rule->except, it->err);
    if (status == DN_OK && it->rule->from != 0 && it->rule->until != 0 && it->rule->from > it->rule->until)
        return dn_yaml_error(it->file, it->entry, it->err, "from is later than until");
    return status;
}

static enum dn_status read_rule(struct reading *it)
{
    static const char *const keys[] = {"name",   "date",        "easter", "orthodox_easter", "weekday",  "nth",
                                       "month",  "equinox",     "from",   "until",           "observed", "on",
                                       "except", "on_or_after", NULL};
    enum dn_status status = dn_yaml_keys(it->file, it->entry, keys, it->err);
    it->rule->kind = DN_HOLIDAY_ONCE;
    if (status == DN_OK)
        status = dn_yaml_string(it->file, it->entry, "name", &it->rule->name, it->err);
    if (status == DN_OK && (it->rule->name == NULL || *it->rule->name == '\0'))
        return dn_yaml_error(it->file, it->entry, it->err, "name is missing");
    if (status == DN_OK)
        status = read_month_day(it, "date", DN_HOLIDAY_DATE);
    if (status == DN_OK)
        status = read_month_day(it, "on_or_after", DN_HOLIDAY_FROM);
    if (status == DN_OK)
        status = read_easter(it, "easter", DN_HOLIDAY_EASTER);
    if (status == DN_OK)
        status = read_easter(it, "orthodox_easter", DN_HOLIDAY_ORTHODOX);
    if (status == DN_OK)
        status = read_equinox(it);
    if (status == DN_OK)
        status = read_weekday(it);
    if (status == DN_OK)
        status = read_limits(it);
    if (status == DN_OK && (it->kinds > 1 || (it->kinds == 0 && it->rule->once.count == 0)))
        return dn_yaml_error(it->file, it->entry, it->err,
                             "a holiday has one of date, easter, orthodox_easter, nth, on_or_after, equinox, or on");
    return status;
}

static enum dn_status read_rules(const struct dn_yaml_file *file, const struct dn_yaml *list,
                                 struct dn_calendar *calendar, struct dn_error *err)
{
    enum dn_status status = DN_OK;
    if (list != NULL && list->kind != DN_YAML_LIST)
        return dn_yaml_error(file, list, err, "holidays is a list");
    for (size_t i = 0; list != NULL && i < list->count && status == DN_OK; i++) {
        struct reading it = {.file = file, .entry = &list->at[i], .rule = dn_calendar_add(calendar), .err = err};
        status = read_rule(&it);
    }
    return status;
}

/* "2024-2032", both years included. */
static enum dn_status read_years(const struct dn_yaml_file *file, const struct dn_yaml *node,
                                 struct dn_calendar *calendar, struct dn_error *err)
{
    const struct dn_yaml *value = dn_yaml_find(node, "years");
    if (value == NULL && calendar->until == 0)
        return dn_yaml_error(file, node, err, "years is missing: those for which somebody has checked the rules");
    if (value == NULL)
        return DN_OK;
    struct dn_text text = value->kind == DN_YAML_SCALAR ? value->text : DN_TEXT("");
    bool shape = take_digits(&text, 4, &calendar->from) && take_dash(&text) &&
                 take_digits(&text, 4, &calendar->until) && text.size == 0;
    if (!shape || calendar->from < YEAR_MIN || calendar->until > YEAR_MAX || calendar->from > calendar->until)
        return dn_yaml_error(file, value, err, "years are two years from %d to %d such as 2024-2032", YEAR_MIN,
                             YEAR_MAX);
    return DN_OK;
}

/* The reckoning of the equinoxes is good for these years alone. */
static enum dn_status check_equinox(const struct dn_yaml_file *file, const struct dn_yaml *node,
                                    const struct dn_calendar *calendar, struct dn_error *err)
{
    bool within = calendar->from >= 1980 && calendar->until <= 2099;
    for (size_t i = 0; i < calendar->count && !within; i++)
        if (calendar->rules[i].kind == DN_HOLIDAY_EQUINOX)
            return dn_yaml_error(file, node, err, "an equinox is reckoned for the years 1980 to 2099 alone");
    return DN_OK;
}

/* A string that replaces what was there. */
static enum dn_status read_string(const struct dn_yaml_file *file, const struct dn_yaml *node, const char *key,
                                  char **value, struct dn_error *err)
{
    char *given = NULL;
    enum dn_status status = dn_yaml_string(file, node, key, &given, err);
    if (given != NULL) {
        free(*value);
        *value = given;
    }
    return status;
}

/* A name becomes part of a path in the embedded data, so it is letters, digits and dashes. */
static bool name_valid(struct dn_text id)
{
    for (size_t i = 0; i < id.size; i++) {
        char c = id.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return id.size > 0 && id.size <= 64;
}

enum dn_status dn_holidays_head(const struct dn_yaml_file *file, const struct dn_yaml *node, struct dn_text *id,
                                struct dn_error *err)
{
    static const char *const keys[] = {"schema", "calendar", "title",    "law",    "years",
                                       "bridge", "extends",  "holidays", "remove", NULL};
    static const char *const schemas[] = {"duenotice/holidays/1", NULL};
    int schema = -1;
    enum dn_status status = dn_yaml_keys(file, node, keys, err);
    if (status == DN_OK)
        status = dn_yaml_one(file, node, "schema", schemas, &schema, err);
    if (status != DN_OK)
        return status;
    const struct dn_yaml *name = dn_yaml_find(node, "calendar");
    if (schema < 0 || name == NULL || name->kind != DN_YAML_SCALAR || !name_valid(name->text))
        return dn_yaml_error(file, node, err, "a calendar has 'schema: duenotice/holidays/1' and 'calendar: NAME'");
    *id = name->text;
    return DN_OK;
}

enum dn_status dn_holidays_read(const struct dn_yaml_file *file, const struct dn_yaml *node,
                                struct dn_calendar *calendar, char **extends, struct dn_error *err)
{
    enum dn_status status = read_years(file, node, calendar, err);
    if (status == DN_OK)
        status = read_string(file, node, "title", &calendar->title, err);
    if (status == DN_OK)
        status = read_string(file, node, "law", &calendar->law, err);
    if (status == DN_OK)
        status = dn_yaml_bool(file, node, "bridge", &calendar->bridge, err);
    if (status == DN_OK)
        status = read_string(file, node, "extends", extends, err);
    if (status == DN_OK)
        status = read_days(file, node, "remove", &calendar->removed, err);
    if (status == DN_OK)
        status = read_rules(file, dn_yaml_find(node, "holidays"), calendar, err);
    return status == DN_OK ? check_equinox(file, node, calendar, err) : status;
}
