#include "deadline/regime_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "time/calendar.h"
#include "time/period.h"

#define PERIOD_MAX 876600 /* a hundred years in hours: anything longer is a slip */

static const char *const unit_words[] = {"hours", "days", "business-days", "months", "days-after-year-end", NULL};
static const char *const counting_words[] = {
    "elapsed", "eu-1182-hours", "eu-1182", "exclude-trigger-day", "include-trigger-day", "business-after", NULL};
static const char *const boundary_words[] = {"inclusive", "before-end", "end-of-day", "cutoff", NULL};
static const char *const roll_words[] = {"none", "eu-next-working-day", "dora-noon", "next-open-day", NULL};
static const char *const zone_words[] = {"irrelevant", "trigger-zone", "recipient-zone", "entity-zone", NULL};

void dn_regime_clear(struct dn_regime *regime)
{
    char *strings[] = {regime->id,           regime->title,     regime->jurisdiction, regime->trigger_event,
                       regime->trigger_text, regime->recipient, regime->citation,     regime->source,
                       regime->notes,        regime->zone_rule, regime->holidays,     regime->cutoff_zone,
                       regime->limit_event,  regime->anchor,    regime->latest};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free(strings[i]);
    dn_strings_clear(&regime->countries);
    memset(regime, 0, sizeof *regime);
}

void dn_duty_clear(struct dn_duty *duty)
{
    free(duty->id);
    free(duty->rule);
    free(duty->citation);
    memset(duty, 0, sizeof *duty);
}

/* otherwise NULL: the key must be there. */
static enum dn_status read_text(const struct dn_yaml_file *file, const struct dn_yaml *entry, const char *key,
                                const char *otherwise, char **value, struct dn_error *err)
{
    enum dn_status status = dn_yaml_string(file, entry, key, value, err);
    if (status == DN_OK && otherwise == NULL && (*value == NULL || **value == '\0'))
        return dn_yaml_error(file, entry, err, "%s is missing", key);
    if (status == DN_OK && *value == NULL)
        *value = dn_strdup(otherwise);
    return status;
}

static enum dn_status read_texts(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                                 struct dn_error *err)
{
    const struct {
        const char *key, *otherwise;
        char **value;
    } texts[] = {{"id", NULL, &regime->id},
                 {"trigger_event", NULL, &regime->trigger_event},
                 {"title", "", &regime->title},
                 {"jurisdiction", "", &regime->jurisdiction},
                 {"trigger_text", "", &regime->trigger_text},
                 {"recipient", "", &regime->recipient},
                 {"citation", "", &regime->citation},
                 {"source", "", &regime->source},
                 {"notes", "", &regime->notes}};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && status == DN_OK; i++)
        status = read_text(file, entry, texts[i].key, texts[i].otherwise, texts[i].value, err);
    return status;
}

static enum dn_status read_number(const struct dn_yaml_file *file, const struct dn_yaml *entry, const char *key,
                                  int64_t min, int64_t max, int64_t *value, struct dn_error *err)
{
    enum dn_status status = dn_yaml_number(file, entry, key, value, err);
    const struct dn_yaml *node = dn_yaml_find(entry, key);
    if (status == DN_OK && node != NULL && (*value < min || *value > max))
        return dn_yaml_error(file, node, err, "%s is a number from %lld to %lld", key, (long long)min, (long long)max);
    return status;
}

/* One of a list of words; needed unless *which has a value. */
static enum dn_status read_word(const struct dn_yaml_file *file, const struct dn_yaml *entry, const char *key,
                                const char *const *words, int *which, const char **word, struct dn_error *err)
{
    enum dn_status status = dn_yaml_one(file, entry, key, words, which, err);
    if (status == DN_OK && *which < 0)
        return dn_yaml_error(file, entry, err, "%s is missing", key);
    if (status == DN_OK)
        *word = words[*which];
    return status;
}

/* Words for people, so that a slip in them is seen, too. */
static enum dn_status check_words(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_error *err)
{
    static const char *const classes[] = {"law", "contract", "guidance", NULL};
    static const char *const confidences[] = {"high", "medium", "low", NULL};
    static const char *const states[] = {"in-force", NULL};
    int which;
    enum dn_status status = dn_yaml_one(file, entry, "class", classes, &which, err);
    if (status == DN_OK)
        status = dn_yaml_one(file, entry, "confidence", confidences, &which, err);
    return status == DN_OK ? dn_yaml_one(file, entry, "status", states, &which, err) : status;
}

static enum dn_status read_rule(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                                struct dn_error *err)
{
    int unit = -1, counting = -1, boundary = -1, roll = DN_ROLL_NONE;
    enum dn_status status = read_word(file, entry, "unit", unit_words, &unit, &regime->unit, err);
    if (status == DN_OK)
        status = read_word(file, entry, "counting", counting_words, &counting, &regime->counting, err);
    boundary = counting == DN_COUNTING_EU_1182_HOURS ? DN_BOUNDARY_BEFORE_END
               : unit == DN_UNIT_HOURS               ? DN_BOUNDARY_INCLUSIVE
                                                     : DN_BOUNDARY_END_OF_DAY;
    if (status == DN_OK)
        status = read_word(file, entry, "boundary", boundary_words, &boundary, &regime->boundary, err);
    if (status == DN_OK)
        status = read_word(file, entry, "roll", roll_words, &roll, &regime->roll, err);
    regime->rule.unit = (enum dn_unit)unit;
    regime->rule.counting = (enum dn_counting)counting;
    regime->rule.boundary = (enum dn_boundary)boundary;
    regime->rule.roll = (enum dn_roll)roll;
    return status;
}

/* "Asia/Tokyo", "UTC", "+09:00": whether there is such a zone is asked when it is needed. */
static bool looks_like_zone(struct dn_text text)
{
    return text.size > 0 &&
           (memchr(text.at, '/', text.size) != NULL || dn_text_is(text, "UTC") || *text.at == '+' || *text.at == '-');
}

static enum dn_status read_zone(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                                struct dn_error *err)
{
    enum dn_status status = dn_yaml_string(file, entry, "zone_rule", &regime->zone_rule, err);
    if (status != DN_OK)
        return status;
    if (regime->zone_rule == NULL)
        regime->zone_rule = dn_strdup(zone_words[dn_regime_needs_zone(regime) ? DN_ZONE_RULE_TRIGGER : 0]);
    int which = 0;
    while (zone_words[which] != NULL && strcmp(zone_words[which], regime->zone_rule) != 0)
        which++;
    regime->rule.zone = (enum dn_zone_rule)which;
    const struct dn_yaml *node = dn_yaml_find(entry, "zone_rule");
    if (which == DN_ZONE_RULE_FIXED && !looks_like_zone(dn_text_of(regime->zone_rule)))
        return dn_yaml_error(file, node, err,
                             "zone_rule '%s' is neither irrelevant, trigger-zone, recipient-zone, entity-zone nor a "
                             "time zone such as Asia/Tokyo",
                             regime->zone_rule);
    if (which == DN_ZONE_RULE_IRRELEVANT && dn_regime_needs_zone(regime))
        return dn_yaml_error(file, node, err, "a zone is needed to count this; zone_rule says that it is irrelevant");
    return DN_OK;
}

/* "17:30 America/New_York" */
static enum dn_status read_cutoff(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                  struct dn_regime *regime, struct dn_error *err)
{
    const struct dn_yaml *node = dn_yaml_find(entry, "cutoff");
    struct dn_text text = node != NULL && node->kind == DN_YAML_SCALAR ? node->text : DN_TEXT("");
    int64_t hour = 0, minute = 0;
    if ((node != NULL) != (regime->rule.boundary == DN_BOUNDARY_CUTOFF))
        return dn_yaml_error(file, node != NULL ? node : entry, err, "cutoff and 'boundary: cutoff' go together");
    if (node == NULL)
        return DN_OK;
    bool shape = text.size > 6 && dn_text_number((struct dn_text){text.at, 2}, &hour) && text.at[2] == ':' &&
                 dn_text_number((struct dn_text){text.at + 3, 2}, &minute) && text.at[5] == ' ';
    if (!shape || hour > 23 || minute > 59 || !looks_like_zone((struct dn_text){text.at + 6, text.size - 6}))
        return dn_yaml_error(file, node, err, "cutoff is a time of day and a zone such as 17:30 America/New_York");
    regime->cutoff_hour = (int)hour;
    regime->cutoff_minute = (int)minute;
    regime->cutoff_zone = dn_strndup(text.at + 6, text.size - 6);
    return DN_OK;
}

/* "24 hours from entity-aware", and the one exception that there is (it always holds). */
static bool parse_limit(struct dn_text text, struct dn_regime *regime)
{
    static const char middle[] = " hours from ";
    static const char exception[] = "; not applied when classified more than 24 hours after awareness (Art. 5(2))";
    size_t digits = 0;
    while (digits < text.size && text.at[digits] >= '0' && text.at[digits] <= '9')
        digits++;
    if (!dn_text_number((struct dn_text){text.at, digits}, &regime->limit_hours) || regime->limit_hours < 1 ||
        regime->limit_hours > PERIOD_MAX)
        return false;
    text = (struct dn_text){text.at + digits, text.size - digits};
    if (!dn_text_starts(text, middle))
        return false;
    text = (struct dn_text){text.at + sizeof middle - 1, text.size - (sizeof middle - 1)};
    if (regime->limit_hours == 24 && dn_text_ends(text, exception))
        text.size -= sizeof exception - 1;
    for (size_t i = 0; i < text.size; i++)
        if (text.at[i] != '-' && (text.at[i] < 'a' || text.at[i] > 'z'))
            return false;
    regime->limit_event = dn_strndup(text.at, text.size);
    return text.size > 0;
}

static enum dn_status read_limit(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                                 struct dn_error *err)
{
    const struct dn_yaml *node = dn_yaml_find(entry, "also_limit"), *anchor = dn_yaml_find(entry, "anchor");
    enum dn_status status = dn_yaml_string(file, entry, "anchor", &regime->anchor, err);
    if (status != DN_OK)
        return status;
    if (node == NULL && anchor != NULL)
        return dn_yaml_error(file, anchor, err, "anchor goes with also_limit");
    if (node == NULL)
        return DN_OK;
    if (node->kind != DN_YAML_SCALAR || !parse_limit(node->text, regime))
        return dn_yaml_error(file, node, err, "also_limit reads 'N hours from EVENT'");
    if (regime->rule.unit != DN_UNIT_HOURS)
        return dn_yaml_error(file, node, err, "also_limit goes with a period of hours");
    if (regime->anchor == NULL)
        regime->anchor = dn_strdup(regime->trigger_event);
    return DN_OK;
}

static enum dn_status read_calendar(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                    struct dn_regime *regime, struct dn_error *err)
{
    const struct dn_yaml *node = dn_yaml_find(entry, "holidays");
    enum dn_status status = dn_yaml_string(file, entry, "holidays", &regime->holidays, err);
    if (status == DN_OK)
        status = read_number(file, entry, "min_working_days", 0, 30, &regime->min_working_days, err);
    if (status != DN_OK)
        return status;
    if (regime->holidays != NULL && (strcmp(regime->holidays, "none") == 0 || *regime->holidays == '\0')) {
        free(regime->holidays);
        regime->holidays = NULL;
    }
    bool needed = dn_regime_needs_calendar(regime);
    if (needed && regime->holidays == NULL)
        return dn_yaml_error(file, entry, err, "holidays is missing: without a calendar this cannot be counted");
    if (!needed && regime->holidays != NULL)
        return dn_yaml_error(file, node, err, "nothing in this rule asks for holidays");
    return DN_OK;
}

static enum dn_status read_latest(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                  struct dn_regime *regime, struct dn_error *err)
{
    static const char *const words[] = {"eu-1182-hours", NULL};
    int which = -1;
    enum dn_status status = dn_yaml_one(file, entry, "latest", words, &which, err);
    if (status != DN_OK || which < 0)
        return status;
    if (regime->rule.counting != DN_COUNTING_ELAPSED)
        return dn_yaml_error(file, dn_yaml_find(entry, "latest"), err, "latest goes with elapsed hours");
    regime->latest = dn_strdup(words[which]);
    return DN_OK;
}

static enum dn_status read_in_force(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                    struct dn_regime *regime, struct dn_error *err)
{
    const struct dn_yaml *node = dn_yaml_find(entry, "in_force_from");
    regime->in_force_from = INT64_MIN;
    if (node != NULL && !(node->kind == DN_YAML_SCALAR && dn_day_parse(node->text, &regime->in_force_from)))
        return dn_yaml_error(file, node, err, "in_force_from is a day such as 2026-09-11");
    return DN_OK;
}

/* "P1D": daily updates until the final notice. */
static enum dn_status read_updates(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                   struct dn_regime *regime, struct dn_error *err)
{
    const struct dn_yaml *node = dn_yaml_find(entry, "updates");
    struct dn_period period;
    if (node == NULL)
        return DN_OK;
    if (node->kind != DN_YAML_SCALAR || !dn_period_parse(node->text, &period) || dn_period_seconds(&period) < 3600)
        return dn_yaml_error(file, node, err, "updates is a period of an hour or more, without months, such as P1D");
    regime->updates_s = dn_period_seconds(&period);
    return DN_OK;
}

static bool is_country(const char *text)
{
    return strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

static enum dn_status read_countries(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                     struct dn_regime *regime, struct dn_error *err)
{
    enum dn_status status = dn_yaml_strings(file, entry, "countries", &regime->countries, err);
    for (size_t i = 0; i < regime->countries.count && status == DN_OK; i++)
        if (!is_country(regime->countries.at[i]))
            status = dn_yaml_error(file, dn_yaml_find(entry, "countries"), err,
                                   "countries are ISO 3166 codes in capitals, such as DE; '%s' is none",
                                   regime->countries.at[i]);
    return status;
}

/* Can these words stand together? A near miss would be a wrong deadline. */
static enum dn_status check_rule(const struct dn_yaml_file *file, const struct dn_yaml *entry,
                                 const struct dn_regime *regime, struct dn_error *err)
{
    static const unsigned units[] = {[DN_COUNTING_ELAPSED] = 1u << DN_UNIT_HOURS,
                                     [DN_COUNTING_EU_1182_HOURS] = 1u << DN_UNIT_HOURS,
                                     [DN_COUNTING_EU_1182] = 1u << DN_UNIT_DAYS | 1u << DN_UNIT_MONTHS,
                                     [DN_COUNTING_EXCLUDE_DAY] =
                                         1u << DN_UNIT_DAYS | 1u << DN_UNIT_MONTHS | 1u << DN_UNIT_DAYS_AFTER_YEAR_END,
                                     [DN_COUNTING_INCLUDE_DAY] = 1u << DN_UNIT_DAYS | 1u << DN_UNIT_MONTHS,
                                     [DN_COUNTING_BUSINESS_AFTER] = 1u << DN_UNIT_BUSINESS_DAYS};
    bool hours = regime->rule.unit == DN_UNIT_HOURS;
    bool instant = regime->rule.boundary == DN_BOUNDARY_INCLUSIVE || regime->rule.boundary == DN_BOUNDARY_BEFORE_END;
    bool by_day = regime->rule.roll == DN_ROLL_EU_WORKING_DAY || regime->rule.roll == DN_ROLL_OPEN_DAY;
    if ((units[regime->rule.counting] & 1u << regime->rule.unit) == 0)
        return dn_yaml_error(file, dn_yaml_find(entry, "counting"), err, "'%s' cannot count %s", regime->counting,
                             regime->unit);
    if (hours != instant)
        return dn_yaml_error(file, dn_yaml_find(entry, "boundary"), err, "a period of %s has no boundary '%s'",
                             regime->unit, regime->boundary);
    if (hours && (by_day || regime->min_working_days > 0))
        return dn_yaml_error(file, entry, err, "a period of hours has no %s",
                             by_day ? regime->roll : "min_working_days");
    return DN_OK;
}

enum dn_status dn_regime_read(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_regime *regime,
                              struct dn_error *err)
{
    static const char *const keys[] = {"id",          "family",     "title",     "jurisdiction",  "class",
                                       "status",      "applies_to", "boundary",  "trigger_event", "trigger_text",
                                       "anchor",      "period",     "unit",      "counting",      "in_force_from",
                                       "roll",        "latest",     "holidays",  "zone_rule",     "min_working_days",
                                       "cutoff",      "updates",    "countries", "also_limit",    "stage",
                                       "after_stage", "recipient",  "citation",  "source",        "seen",
                                       "confidence",  "notes",      NULL};
    enum dn_status (*const readers[])(const struct dn_yaml_file *, const struct dn_yaml *, struct dn_regime *,
                                      struct dn_error *) = {read_texts,   read_rule,     read_calendar, read_zone,
                                                            read_cutoff,  read_limit,    read_latest,   read_in_force,
                                                            read_updates, read_countries};
    enum dn_status status = dn_yaml_keys(file, entry, keys, err);
    if (status == DN_OK)
        status = check_words(file, entry, err);
    for (size_t i = 0; i < sizeof readers / sizeof *readers && status == DN_OK; i++)
        status = readers[i](file, entry, regime, err);
    if (status == DN_OK && dn_yaml_find(entry, "period") == NULL)
        return dn_yaml_error(file, entry, err, "period is missing");
    if (status == DN_OK)
        status = read_number(file, entry, "period", 1, PERIOD_MAX, &regime->period, err);
    return status == DN_OK ? check_rule(file, entry, regime, err) : status;
}

enum dn_status dn_duty_read(const struct dn_yaml_file *file, const struct dn_yaml *entry, struct dn_duty *duty,
                            struct dn_error *err)
{
    static const char *const keys[] = {"id", "rule", "period", "unit", "citation", "seen", NULL};
    enum dn_status status = dn_yaml_keys(file, entry, keys, err);
    if (status == DN_OK)
        status = read_text(file, entry, "id", NULL, &duty->id, err);
    if (status == DN_OK)
        status = read_text(file, entry, "rule", NULL, &duty->rule, err);
    return status == DN_OK ? read_text(file, entry, "citation", "", &duty->citation, err) : status;
}
