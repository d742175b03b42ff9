/* deadline/due: what each way of counting gives, and what it refuses to guess. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline/due.h"

static struct dn_regimes regimes;
static struct dn_almanac almanac;
static struct dn_reckoning result;
static struct dn_reckon_steps steps;
static struct dn_error err;

static void load(void)
{
    memset(&err, 0, sizeof err);
    memset(&regimes, 0, sizeof regimes);
    memset(&almanac, 0, sizeof almanac);
    memset(&steps, 0, sizeof steps);
    ck_assert_msg(dn_regimes_load(NULL, &regimes, &err) == DN_OK, "%s", err.text);
}

static void unload(void)
{
    dn_regimes_clear(&regimes);
    dn_almanac_clear(&almanac);
    dn_reckon_steps_clear(&steps);
}

static struct dn_instant at(const char *text)
{
    struct dn_instant instant = DN_INSTANT_NONE;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &instant), "%s", text);
    return instant;
}

static const char *text_of(struct dn_instant instant)
{
    static char text[DN_INSTANT_TEXT];
    dn_instant_format(instant, text);
    return text;
}

static enum dn_status reckon(const char *id, const struct dn_trigger *trigger)
{
    const struct dn_regime *regime = dn_regimes_find(&regimes, dn_text_of(id));
    ck_assert_msg(regime != NULL, "%s", id);
    dn_reckon_steps_clear(&steps);
    memset(&err, 0, sizeof err);
    return dn_regime_reckon(regime, trigger, &almanac, &steps, &result, &err);
}

/* Everybody in one zone. */
static void reckon_in(const char *id, const char *start, const char *zone)
{
    struct dn_trigger trigger = {.at = at(start)};
    dn_trigger_place(&trigger, zone, NULL);
    ck_assert_msg(reckon(id, &trigger) == DN_OK, "%s", err.text);
}

static const char *due(const char *id, const char *start, const char *zone)
{
    reckon_in(id, start, zone);
    return text_of(result.due_at);
}

/* "2026-11-03T09:00:00+01:00;classified=2026-11-04T08:00:00+01:00" */
static void set_trigger(char *cell, struct dn_trigger *trigger, struct dn_anchor *anchor)
{
    char *more = strstr(cell, ";classified=");
    if (more != NULL) {
        *more = '\0';
        *anchor = (struct dn_anchor){"classified", at(more + strlen(";classified="))};
        trigger->anchors = anchor;
        trigger->anchor_count = 1;
    }
    trigger->at = at(cell);
}

static void check_vector(char *line)
{
    char *cells[5], *rest = line;
    struct dn_anchor anchor;
    struct dn_trigger trigger = {.anchor_count = 0};
    for (int i = 0; i < 5; i++) {
        cells[i] = rest;
        rest = strchr(rest, ',');
        ck_assert_msg(rest != NULL, "%s", line);
        *rest++ = '\0';
    }
    set_trigger(cells[2], &trigger, &anchor);
    dn_trigger_place(&trigger, cells[3], NULL);
    ck_assert_msg(reckon(cells[1], &trigger) == DN_OK, "%s: %s", cells[0], err.text);
    ck_assert_msg(dn_instant_compare(result.due_at, at(cells[4])) == 0, "%s: %s, not %s: %s", cells[0],
                  text_of(result.due_at), cells[4], rest);
    ck_assert(dn_instant_compare(result.latest_due_at, result.due_at) >= 0);
}

/* Worked by hand before any code was written; see the last column of each. */
START_TEST(worked_examples_come_out)
{
    char path[4096], line[1024];
    const char *source = getenv("SOURCE");
    snprintf(path, sizeof path, "%s/tests/unit/data/regime-vectors.csv", source != NULL ? source : ".");
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    int count = 0;
    for (; fgets(line, sizeof line, file) != NULL; count++)
        check_vector(line);
    fclose(file);
    ck_assert_int_eq(count, 50);
}
END_TEST

START_TEST(hours_and_cut_offs_are_met_at_the_end_days_are_not)
{
    reckon_in("contract-72h-declared", "2026-06-15T18:00:00Z", NULL);
    ck_assert(!result.exclusive);
    reckon_in("us-sec-8k-105", "2026-11-24T16:00:00-05:00", "America/New_York");
    ck_assert(!result.exclusive);
    reckon_in("us-hipaa-individual", "2026-05-01T03:30:00Z", "America/New_York");
    ck_assert(result.exclusive && result.latest_exclusive);
    reckon_in("eu-gdpr-33-sa-1182", "2026-06-10T09:30:00+02:00", "Europe/Berlin");
    ck_assert(result.exclusive);
    reckon_in("eu-dora-final", "2026-10-28T10:00:00+01:00", "Europe/Berlin");
    ck_assert(!result.exclusive); /* noon, since it rolled */
    reckon_in("eu-dora-final", "2026-10-27T10:00:00+01:00", "Europe/Berlin");
    ck_assert(result.exclusive); /* Friday 27 November to its end */
    ck_assert_str_eq(text_of(result.due_at), "2026-11-27T23:00:00Z");
}
END_TEST

START_TEST(a_notice_between_the_two_ends_is_arguable_alone)
{
    reckon_in("eu-gdpr-33-sa", "2026-06-10T09:30:00+02:00", NULL);
    ck_assert_str_eq(text_of(result.due_at), "2026-06-13T07:30:00Z");
    ck_assert_str_eq(text_of(result.latest_due_at), "2026-06-13T08:00:00Z");
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-13T07:30:00Z")), DN_TIMING_MET);
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-13T07:30:00.000000001Z")), DN_TIMING_ARGUABLE);
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-13T07:59:59.9Z")), DN_TIMING_ARGUABLE);
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-13T08:00:00Z")), DN_TIMING_LATE);
    reckon_in("us-hipaa-individual", "2026-05-01T03:30:00Z", "America/New_York");
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-30T03:59:59.999Z")), DN_TIMING_MET);
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-30T04:00:00Z")), DN_TIMING_LATE);
    reckon_in("contract-72h-declared", "2026-06-15T18:00:00Z", NULL);
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-18T18:00:00Z")), DN_TIMING_MET);
    ck_assert_int_eq(dn_reckoning_timing(&result, at("2026-06-18T18:00:00.5Z")), DN_TIMING_LATE);
}
END_TEST

START_TEST(the_latest_end_leaves_out_the_hour_of_the_event)
{
    static const struct {
        const char *start, *latest;
    } cases[] = {{"2026-06-10T09:30:00+02:00", "2026-06-13T08:00:00Z"},
                 {"2020-12-22T12:17:00+01:00", "2020-12-25T12:00:00Z"},
                 {"2026-06-10T09:00:00+02:00", "2026-06-13T08:00:00Z"},
                 {"1969-12-31T23:30:00.5Z", "1970-01-04T00:00:00Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reckon_in("eu-gdpr-33-sa", cases[i].start, NULL);
        ck_assert_str_eq(text_of(result.latest_due_at), cases[i].latest);
    }
    reckon_in("contract-72h-declared", "2026-06-10T09:30:00+02:00", NULL);
    ck_assert(dn_instant_compare(result.latest_due_at, result.due_at) == 0);
    /* an hour begins with the zone's clock, not with UTC's */
    ck_assert_str_eq(due("eu-gdpr-33-sa-1182", "2026-06-10T09:45:00+05:30", "Asia/Kolkata"), "2026-06-13T04:30:00Z");
}
END_TEST

static void reckon_dora(const char *id, const char *aware, const char *classified)
{
    struct dn_anchor anchor = {"classified", at(classified)};
    struct dn_trigger trigger = {.at = at(aware), .anchors = &anchor, .anchor_count = 1};
    dn_trigger_place(&trigger, "Europe/Berlin", "DE");
    ck_assert_msg(reckon(id, &trigger) == DN_OK, "%s", err.text);
}

START_TEST(doras_two_triggers)
{
    /* the limit counts up to the very hour, and not a second later */
    reckon_dora("eu-dora-initial", "2026-11-03T09:00:00+01:00", "2026-11-04T09:00:00+01:00");
    ck_assert_str_eq(text_of(result.due_at), "2026-11-04T08:00:00Z");
    reckon_dora("eu-dora-initial", "2026-11-03T09:00:00+01:00", "2026-11-04T09:00:01+01:00");
    ck_assert_str_eq(text_of(result.due_at), "2026-11-04T12:00:01Z");
    ck_assert_str_eq(text_of(result.started_at), "2026-11-04T08:00:01Z");
    /* both ends leave out their own hour */
    reckon_dora("eu-dora-initial", "2026-11-03T09:10:00+01:00", "2026-11-04T08:00:00+01:00");
    ck_assert_str_eq(text_of(result.latest_due_at), "2026-11-04T09:00:00Z");
    /* no relief: Saturday at one in the morning */
    reckon_dora("eu-dora-initial-norelief", "2026-11-13T19:00:00+01:00", "2026-11-13T21:00:00+01:00");
    ck_assert_str_eq(text_of(result.due_at), "2026-11-14T00:00:00Z");
    /* the strict end is Sunday and moves to noon; the other is Monday and does not: the later one stands */
    reckon_dora("eu-dora-initial", "2026-11-15T19:00:00+01:00", "2026-11-15T19:30:00+01:00");
    ck_assert_str_eq(text_of(result.due_at), "2026-11-16T11:00:00Z");
    ck_assert_str_eq(text_of(result.latest_due_at), "2026-11-16T11:00:00Z");
    /* midnight of Saturday is Saturday, midnight of Monday is Monday */
    reckon_in("eu-dora-intermediate", "2026-11-11T00:00:00+01:00", "Europe/Berlin");
    ck_assert_str_eq(text_of(result.due_at), "2026-11-16T11:00:00Z");
    reckon_in("eu-dora-intermediate", "2026-11-13T00:00:00+01:00", "Europe/Berlin");
    ck_assert_str_eq(text_of(result.due_at), "2026-11-15T23:00:00Z");
}
END_TEST

START_TEST(the_trigger_may_be_an_anchor_of_its_own_name)
{
    struct dn_anchor anchors[] = {{"classified-major", at("2026-11-04T08:00:00Z")},
                                  {"entity-aware", at("2026-11-03T20:00:00Z")},
                                  {"breach-discovered", at("2026-11-02T00:00:00Z")}};
    struct dn_trigger trigger = {.at = at("2026-01-01T00:00:00Z"), .anchors = anchors, .anchor_count = 3};
    dn_trigger_place(&trigger, "UTC", "DE");
    ck_assert_int_eq(reckon("eu-dora-initial", &trigger), DN_OK);
    ck_assert_str_eq(text_of(result.due_at), "2026-11-04T12:00:00Z");
    ck_assert_int_eq(reckon("us-wa-individual-30d", &trigger), DN_OK);
    ck_assert_str_eq(text_of(result.due_at), "2026-12-03T00:00:00Z");
    ck_assert_int_eq(reckon("contract-72h-declared", &trigger), DN_OK);
    ck_assert_str_eq(text_of(result.due_at), "2026-01-04T00:00:00Z");
}
END_TEST

START_TEST(working_days_of_the_european_union)
{
    /* two working days, and the roll before them: 30 April to 3 May, 1 May a holiday, the 3rd a Sunday */
    ck_assert_str_eq(due("eu-eprivacy-611-second", "2026-04-30T11:00:00+02:00", "Europe/Berlin"),
                     "2026-05-05T22:00:00Z");
    /* enough working days: nothing is added */
    ck_assert_str_eq(due("eu-eprivacy-611-second", "2026-06-08T11:00:00+02:00", "Europe/Berlin"),
                     "2026-06-11T22:00:00Z");
    /* the holidays of the Member State count, and no other's: Corpus Christi, 4 June 2026 */
    ck_assert_str_eq(due("eu-nis2-final", "2026-05-04T10:00:00+02:00", "Europe/Vienna"), "2026-06-05T22:00:00Z");
    ck_assert_str_eq(due("eu-nis2-final", "2026-05-04T10:00:00+02:00", "Europe/Berlin"), "2026-06-04T22:00:00Z");
    /* Orthodox Easter Monday, 13 April 2026 */
    ck_assert_str_eq(due("eu-nis2-final", "2026-03-13T10:00:00+02:00", "Europe/Athens"), "2026-04-14T21:00:00Z");
    ck_assert_str_eq(due("eu-nis2-final", "2026-03-13T10:00:00+02:00", "Europe/Rome"), "2026-04-13T22:00:00Z");
}
END_TEST

START_TEST(months_end_on_the_same_date_or_the_last_one)
{
    ck_assert_str_eq(due("eu-nis2-final", "2026-01-31T10:00:00+01:00", "Europe/Rome"), "2026-03-02T23:00:00Z");
    ck_assert_str_eq(due("eu-nis2-final", "2027-01-29T10:00:00+01:00", "Europe/Rome"), "2027-03-01T23:00:00Z");
    ck_assert_str_eq(due("eu-nis2-final", "2026-12-15T10:00:00+01:00", "Europe/Rome"), "2027-01-15T23:00:00Z");
    ck_assert_str_eq(due("eu-nis2-final", "2026-02-27T10:00:00+01:00", "Europe/Rome"), "2026-03-27T23:00:00Z");
}
END_TEST

START_TEST(a_day_of_25_or_23_hours_is_one_day)
{
    ck_assert_str_eq(due("us-fl-agent-10d", "2026-10-22T12:00:00-04:00", "America/New_York"), "2026-11-02T05:00:00Z");
    ck_assert_str_eq(due("us-fl-agent-10d", "2026-02-26T12:00:00-05:00", "America/New_York"), "2026-03-09T04:00:00Z");
}
END_TEST

/* Whatever the clocks do: the end is the first instant behind the last local day. */
START_TEST(a_period_of_days_ends_with_its_last_day_in_every_zone)
{
    static const char *const zones[] = {"UTC",          "Europe/Berlin",     "America/New_York",    "Africa/Cairo",
                                        "Pacific/Apia", "America/Havana",    "Australia/Lord_Howe", "America/Nuuk",
                                        "Asia/Kolkata", "America/Sao_Paulo", "Asia/Beirut",         "America/Asuncion"};
    const struct dn_regime *regime = dn_regimes_find(&regimes, DN_TEXT("template-3-calendar-days"));
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct dn_trigger trigger = {.at = at("2008-01-01T00:00:00.5Z")};
        const struct dn_zone *zone = NULL;
        dn_trigger_place(&trigger, zones[i], NULL);
        ck_assert_int_eq(dn_almanac_zone(&almanac, zones[i], &zone, &err), DN_OK);
        for (; trigger.at.s < 2000000000; trigger.at.s += 37 * 3600 + 1801) {
            ck_assert_int_eq(dn_regime_reckon(regime, &trigger, &almanac, NULL, &result, &err), DN_OK);
            int64_t last = dn_local_day(trigger.at, zone) + 3;
            struct dn_instant before = {result.due_at.s - 1, 999999999};
            ck_assert_msg(dn_local_day(result.due_at, zone) > last && dn_local_day(before, zone) <= last &&
                              result.due_at.ns == 0,
                          "%s %lld: %s", zones[i], (long long)trigger.at.s, text_of(result.due_at));
        }
    }
}
END_TEST

/* Who starts later is never due earlier. (Hours of DORA are: an end on Sunday moves to noon of Monday, one on Monday at
 * three in the morning does not move.) */
START_TEST(a_later_trigger_is_not_due_earlier)
{
    static const char *const ids[] = {
        "eu-nis2-final", "us-sec-8k-105", "jp-appi-final-60d",      "eu-gdpr-33-sa-1182",    "br-lgpd-3bd",
        "eu-dora-final", "eu-gdpr-33-sa", "us-hipaa-hhs-under-500", "eu-eprivacy-611-second"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const struct dn_regime *regime = dn_regimes_find(&regimes, dn_text_of(ids[i]));
        struct dn_trigger trigger = {.at = at("2024-02-01T00:00:00Z")};
        struct dn_instant due_at = trigger.at, latest = trigger.at;
        dn_trigger_place(&trigger, "Europe/Rome", NULL);
        for (; trigger.at.s < 1950000000; trigger.at.s += 5 * 3600 + 1801) {
            ck_assert_msg(dn_regime_reckon(regime, &trigger, &almanac, NULL, &result, &err) == DN_OK, "%s", err.text);
            ck_assert_msg(dn_instant_compare(result.due_at, due_at) >= 0 &&
                              dn_instant_compare(result.latest_due_at, latest) >= 0 &&
                              dn_instant_compare(result.latest_due_at, result.due_at) >= 0 &&
                              dn_instant_compare(result.due_at, trigger.at) > 0,
                          "%s %lld: %s", ids[i], (long long)trigger.at.s, text_of(result.due_at));
            due_at = result.due_at;
            latest = result.latest_due_at;
        }
    }
}
END_TEST

START_TEST(a_year_end_and_a_leap_year)
{
    ck_assert_str_eq(due("us-hipaa-hhs-under-500", "2027-03-05T12:00:00Z", "UTC"), "2028-03-01T00:00:00Z");
    ck_assert_str_eq(due("us-hipaa-hhs-under-500", "2026-01-01T00:00:00Z", "UTC"), "2027-03-02T00:00:00Z");
}
END_TEST

START_TEST(japan_needs_no_zone_of_ours)
{
    struct dn_instant due_at, latest;
    const struct dn_regime *regime = dn_regimes_find(&regimes, DN_TEXT("jp-appi-preliminary-5d"));
    ck_assert_int_eq(dn_regime_due(regime, at("2026-06-01T16:00:00Z"), &due_at, &latest, &err), DN_OK);
    ck_assert_str_eq(text_of(due_at), "2026-06-06T15:00:00Z"); /* in Tokyo it is 2 June: day 1; 6 June is day 5 */
}
END_TEST

static void stops(const char *id, const struct dn_trigger *trigger, const char *trouble, const char *detail)
{
    ck_assert_msg(reckon(id, trigger) == DN_INVALID, "%s", id);
    ck_assert_msg(result.trouble != NULL && strcmp(result.trouble, trouble) == 0, "%s: %s", id, result.trouble);
    ck_assert_str_eq(result.detail, detail);
    ck_assert_msg(strstr(err.text, id) != NULL, "%s", err.text);
    ck_assert(!dn_instant_is(result.due_at) && !dn_instant_is(result.latest_due_at));
}

START_TEST(what_is_not_known_is_named_and_not_guessed)
{
    struct dn_trigger nothing = {.at = at("2026-06-01T00:00:00Z")}, trigger = nothing;
    stops("us-wa-individual-30d", &nothing, "no-zone", "trigger-zone");
    stops("eu-nis2-final", &nothing, "no-zone", "recipient-zone");
    stops("eu-dora-intermediate", &nothing, "no-zone", "entity-zone");
    stops("eu-dora-initial", &nothing, "no-anchor", "classified");
    /* one's own zone is not the recipient's */
    trigger.here = (struct dn_place){"Europe/Rome", "IT"};
    stops("eu-nis2-final", &trigger, "no-zone", "recipient-zone");
    trigger.recipient = (struct dn_place){"+01:00", NULL};
    stops("eu-nis2-final", &trigger, "no-country", "member-state-of-recipient");
    trigger.recipient = (struct dn_place){"Europe/Rome", "Italy"};
    stops("eu-nis2-final", &trigger, "no-country", "member-state-of-recipient");
    trigger.recipient = (struct dn_place){"Asia/Tokyo", NULL};
    stops("eu-nis2-final", &trigger, "no-calendar", "JP");
    trigger.recipient = (struct dn_place){"Europe/Nowhere", "IT"};
    stops("eu-nis2-final", &trigger, "unknown-zone", "Europe/Nowhere");
    trigger.recipient = (struct dn_place){"Europe/Rome", NULL};
    trigger.at = at("2032-12-10T00:00:00Z");
    stops("eu-nis2-final", &trigger, "year-not-checked", "IT-2033");
    trigger.at = at("2023-05-10T00:00:00Z");
    stops("eu-nis2-final", &trigger, "year-not-checked", "IT-2023");
    trigger.at = at("9999-12-20T00:00:00Z");
    stops("us-wa-individual-30d", &trigger, "out-of-range", "");
    stops("contract-72h-declared", &(struct dn_trigger){.at = at("9999-12-30T00:00:00Z")}, "out-of-range", "");
}
END_TEST

START_TEST(a_clock_that_never_started_is_no_error)
{
    struct dn_trigger trigger = {.at = DN_INSTANT_NONE};
    ck_assert_int_eq(reckon("us-wa-individual-30d", &trigger), DN_OK);
    ck_assert_str_eq(result.trouble, "no-start");
    ck_assert(!dn_instant_is(result.due_at));
}
END_TEST

START_TEST(countries_are_taken_as_they_are_written)
{
    static const struct {
        const char *zone, *country, *due;
    } cases[] = {{"Europe/Athens", "EL", "2026-04-14T21:00:00Z"},
                 {"Europe/Athens", "gr", "2026-04-14T21:00:00Z"},
                 {"Europe/Athens", "IT", "2026-04-13T21:00:00Z"},
                 {"Europe/London", "UK", "2026-04-13T23:00:00Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dn_trigger trigger = {.at = at("2026-03-13T10:00:00+02:00")};
        trigger.recipient = (struct dn_place){cases[i].zone, cases[i].country};
        ck_assert_msg(reckon("eu-nis2-final", &trigger) == DN_OK, "%s", err.text);
        ck_assert_str_eq(text_of(result.due_at), cases[i].due);
    }
}
END_TEST

/* Writes a file, loads it by `take`, removes it. */
static enum dn_status with_file(const char *body, bool holidays)
{
    char path[] = "/tmp/dn-due-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, body, strlen(body)), (ssize_t)strlen(body));
    close(fd);
    unload();
    memset(&err, 0, sizeof err);
    enum dn_status status = holidays ? dn_almanac_load(&almanac, path, &err) : dn_regimes_load(path, &regimes, &err);
    if (holidays && status == DN_OK)
        status = dn_regimes_load(NULL, &regimes, &err);
    unlink(path);
    return status;
}

START_TEST(holidays_of_ones_own_count)
{
    static const char body[] = "schema: duenotice/holidays/1\ncalendar: US-federal\nremove: [2026-11-26]\n"
                               "holidays:\n  - {name: Ad hoc, on: [2026-11-25]}\n";
    ck_assert_str_eq(due("us-sec-8k-105", "2026-11-24T16:00:00-05:00", "America/New_York"), "2026-12-01T22:30:00Z");
    ck_assert_msg(with_file(body, true) == DN_OK, "%s", err.text);
    /* Thu 26 = 1, Fri 27 = 2, Mon 30 = 3, Tue 1 = 4: the one that closed opens, the one that was open closes */
    ck_assert_str_eq(due("us-sec-8k-105", "2026-11-24T16:00:00-05:00", "America/New_York"), "2026-12-01T22:30:00Z");
    ck_assert_str_eq(due("template-3-business-days-us", "2026-11-24T16:00:00-05:00", "America/New_York"),
                     "2026-12-01T05:00:00Z");
    ck_assert_str_eq(due("template-3-business-days-us", "2026-11-23T16:00:00-05:00", "America/New_York"),
                     "2026-11-28T05:00:00Z");
}
END_TEST

START_TEST(rules_of_ones_own_count)
{
    static const char head[] =
        "schema: duenotice/regimes/1\nregimes:\n"
        "  - {id: noon, trigger_event: any, period: 2, unit: days, counting: exclude-trigger-day,"
        " boundary: cutoff, cutoff: '12:00 Europe/Rome', zone_rule: Europe/Rome}\n"
        "  - {id: month-in, trigger_event: any, period: 1, unit: months,"
        " counting: include-trigger-day, zone_rule: UTC}\n"
        "  - {id: before, trigger_event: any, period: 1, unit: hours, counting: elapsed,"
        " boundary: before-end}\n"
        "  - {id: one, trigger_event: any, period: 1, unit: days, counting: eu-1182,"
        " roll: eu-next-working-day, min_working_days: 2, holidays: DE, zone_rule: UTC}\n";
    ck_assert_msg(with_file(head, false) == DN_OK, "%s", err.text);
    ck_assert_str_eq(due("noon", "2026-06-01T10:00:00Z", NULL), "2026-06-03T10:00:00Z");
    ck_assert(!result.exclusive);
    ck_assert_str_eq(due("month-in", "2026-04-05T10:00:00Z", NULL), "2026-05-05T00:00:00Z");
    ck_assert_str_eq(due("month-in", "2026-01-31T10:00:00Z", NULL), "2026-03-01T00:00:00Z");
    ck_assert_str_eq(due("before", "2026-06-01T10:00:00Z", NULL), "2026-06-01T11:00:00Z");
    ck_assert(result.exclusive);
    /* a period of one day need not hold two working days (Art. 3(5)) */
    ck_assert_str_eq(due("one", "2026-06-05T10:00:00Z", NULL), "2026-06-09T00:00:00Z");
}
END_TEST

static const char *step(const char *word)
{
    for (size_t i = 0; i < steps.count; i++)
        if (strcmp(steps.at[i].word, word) == 0)
            return steps.at[i].text;
    return "";
}

START_TEST(the_steps_can_be_followed)
{
    reckon_in("eu-eprivacy-611-second", "2026-06-12T11:00:00+02:00", "Europe/Brussels");
    ck_assert_str_eq(step("zone"), "Europe/Brussels (recipient-zone)");
    ck_assert_str_eq(step("trigger"), "initial-notification-submitted at Fri 2026-06-12T11:00:00+02:00");
    ck_assert_str_eq(step("excluded-day"), "Fri 2026-06-12");
    ck_assert_str_eq(step("nominal-end"), "the last day is Mon 2026-06-15");
    ck_assert_str_eq(step("extension"),
                     "fewer working days than it must have lie in it, so it lasts to Tue 2026-06-16");
    ck_assert_str_eq(step("due"), "Wed 2026-06-17T00:00:00+02:00 (2026-06-16T22:00:00Z); at that instant it is late");
    ck_assert_str_eq(step("citation"), "Commission Regulation (EU) No 611/2013 Art. 2");
    ck_assert_msg(strncmp(step("calendar"), "BE: Belgium, checked for 2024 to 2032 (", 39) == 0, "%s",
                  step("calendar"));
    ck_assert_msg(strncmp(step("time-zone-data"), "tzdata 2", 8) == 0, "%s", step("time-zone-data"));

    reckon_in("eu-nis2-final", "2026-03-31T22:30:00Z", "Europe/Rome");
    ck_assert_str_eq(step("roll"), "Fri 2026-05-01 is Labour Day; Sat 2026-05-02 is a weekend; "
                                   "Sun 2026-05-03 is a weekend; so the last day is Mon 2026-05-04");
    reckon_in("eu-nis2-final", "2026-01-31T10:00:00+01:00", "Europe/Rome");
    ck_assert_str_eq(step("clamp"), "that month has no day of the trigger's number; its last one is Sat 2026-02-28");
    reckon_in("eu-gdpr-33-sa-1182", "2026-06-10T09:30:00+02:00", "Europe/Berlin");
    ck_assert_str_eq(step("excluded-hour"),
                     "the hour of the trigger is not counted; it starts at Wed 2026-06-10T10:00:00+02:00");
    reckon_in("us-sec-8k-105", "2026-11-24T16:00:00-05:00", "America/New_York");
    ck_assert_str_eq(step("business-days"),
                     "Wed 2026-11-25 = 1; Thu 2026-11-26: Thanksgiving Day; Fri 2026-11-27 = 2; Sat 2026-11-28: a "
                     "weekend; Sun 2026-11-29: a weekend; Mon 2026-11-30 = 3; Tue 2026-12-01 = 4");
    reckon_in("jp-appi-final-30d", "2026-06-01T09:00:00+09:00", NULL);
    ck_assert_str_eq(step("first-day"), "the trigger's day is day 1: Mon 2026-06-01");
    reckon_dora("eu-dora-initial", "2026-11-02T09:00:00+01:00", "2026-11-04T10:00:00+01:00");
    ck_assert_str_eq(step("limit"), "24 hours from entity-aware: Tue 2026-11-03T09:00:00+01:00, not applied: the clock "
                                    "started later");
    reckon_in("eu-dora-intermediate", "2026-04-02T14:00:00+01:00", "Europe/Dublin");
    ck_assert_str_eq(step("roll"),
                     "it falls on a Sun, so it ends at noon of the next working day: Tue 2026-04-07T12:00:00+01:00");
    reckon_in("eu-cra-early-warning", "2026-09-10T12:00:00Z", NULL);
    ck_assert_str_eq(step("note"), "the rule is in force from 2026-09-11; the trigger is earlier");
    ck_assert_str_eq(step("latest"), "Fri 2026-09-11T13:00:00Z by Regulation 1182/71, where the hour of the trigger is "
                                     "not counted");
    struct dn_trigger trigger = {.at = at("2032-12-10T00:00:00Z")};
    dn_trigger_place(&trigger, "Europe/Rome", NULL);
    ck_assert_int_eq(reckon("eu-nis2-final", &trigger), DN_INVALID);
    ck_assert_str_eq(step("nominal-end"), "the last day is Mon 2033-01-10");
    ck_assert_str_eq(step("stopped"),
                     "whether Mon 2033-01-10 is a holiday is not known: the calendar IT is checked for "
                     "2024 to 2032");
    struct dn_buf text = {0};
    dn_reckon_steps_write(&steps, &text);
    ck_assert_msg(strstr(text.at, "\nnominal-end: the last day is Mon 2033-01-10\n") != NULL, "%s", text.at);
    dn_buf_clear(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("due");
    TCase *cases = tcase_create("due");
    tcase_add_checked_fixture(cases, load, unload);
    tcase_add_test(cases, worked_examples_come_out);
    tcase_add_test(cases, hours_and_cut_offs_are_met_at_the_end_days_are_not);
    tcase_add_test(cases, a_notice_between_the_two_ends_is_arguable_alone);
    tcase_add_test(cases, the_latest_end_leaves_out_the_hour_of_the_event);
    tcase_add_test(cases, doras_two_triggers);
    tcase_add_test(cases, the_trigger_may_be_an_anchor_of_its_own_name);
    tcase_add_test(cases, working_days_of_the_european_union);
    tcase_add_test(cases, months_end_on_the_same_date_or_the_last_one);
    tcase_add_test(cases, a_day_of_25_or_23_hours_is_one_day);
    tcase_add_test(cases, a_period_of_days_ends_with_its_last_day_in_every_zone);
    tcase_add_test(cases, a_later_trigger_is_not_due_earlier);
    tcase_add_test(cases, a_year_end_and_a_leap_year);
    tcase_add_test(cases, japan_needs_no_zone_of_ours);
    tcase_add_test(cases, what_is_not_known_is_named_and_not_guessed);
    tcase_add_test(cases, a_clock_that_never_started_is_no_error);
    tcase_add_test(cases, countries_are_taken_as_they_are_written);
    tcase_add_test(cases, holidays_of_ones_own_count);
    tcase_add_test(cases, rules_of_ones_own_count);
    tcase_add_test(cases, the_steps_can_be_followed);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
