/* time/calendar, time/tzdata and deadline/almanac: which days are closed, and what is not known. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deadline/almanac.h"
#include "time/tzdata.h"

static struct dn_almanac almanac;
static struct dn_error err;

static void load(void)
{
    memset(&almanac, 0, sizeof almanac);
    memset(&err, 0, sizeof err);
}

static void unload(void)
{
    dn_almanac_clear(&almanac);
}

static int64_t day(const char *text)
{
    int64_t number = 0;
    ck_assert_msg(dn_day_parse(dn_text_of(text), &number), "%s", text);
    return number;
}

static const char *text_of(int64_t number)
{
    static char text[DN_DAY_TEXT];
    dn_day_format(number, text);
    return text;
}

static const struct dn_calendar *calendar(const char *name)
{
    const struct dn_calendar *found = NULL;
    ck_assert_msg(dn_almanac_calendar(&almanac, name, &found, &err) == DN_OK && found != NULL, "%s: %s", name,
                  err.text);
    return found;
}

static enum dn_day kind_of(const char *name, const char *date)
{
    return dn_calendar_day(calendar(name), day(date), NULL);
}

START_TEST(easter_is_where_the_churches_keep_it)
{
    ck_assert_str_eq(text_of(dn_easter(1818)), "1818-03-22");
    ck_assert_str_eq(text_of(dn_easter(2000)), "2000-04-23");
    ck_assert_str_eq(text_of(dn_easter(2024)), "2024-03-31");
    ck_assert_str_eq(text_of(dn_easter(2038)), "2038-04-25");
    ck_assert_str_eq(text_of(dn_easter(2049)), "2049-04-18");
    ck_assert_str_eq(text_of(dn_easter(2076)), "2076-04-19");
    ck_assert_str_eq(text_of(dn_easter_orthodox(2024)), "2024-05-05");
    ck_assert_str_eq(text_of(dn_easter_orthodox(2025)), "2025-04-20");
    ck_assert_str_eq(text_of(dn_easter_orthodox(2026)), "2026-04-12");
    ck_assert_str_eq(text_of(dn_easter_orthodox(2027)), "2027-05-02");
    ck_assert_str_eq(text_of(dn_easter_orthodox(1900)), "1900-04-22");
    ck_assert_str_eq(text_of(dn_easter_orthodox(2100)), "2100-05-02");
    for (int year = 1900; year < 2200; year++) {
        ck_assert_int_eq((dn_easter(year) + 4) % 7, 0);
        ck_assert_int_eq((dn_easter_orthodox(year) + 4) % 7, 0);
        ck_assert(dn_easter_orthodox(year) >= dn_easter(year));
    }
}
END_TEST

START_TEST(a_day_of_another_year_is_unknown)
{
    ck_assert_int_eq(kind_of("DE", "2032-12-31"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("DE", "2033-01-03"), DN_DAY_UNKNOWN);
    ck_assert_int_eq(kind_of("DE", "2033-01-01"), DN_DAY_WEEKEND);
    ck_assert_int_eq(kind_of("DE", "2023-12-25"), DN_DAY_UNKNOWN);
    ck_assert_int_eq(kind_of("DE", "2024-01-01"), DN_DAY_HOLIDAY);
}
END_TEST

START_TEST(a_calendar_that_nobody_has_is_none)
{
    const struct dn_calendar *found = NULL;
    ck_assert_int_eq(dn_almanac_calendar(&almanac, "XX", &found, &err), DN_OK);
    ck_assert_ptr_null(found);
    ck_assert_int_eq(dn_almanac_calendar(&almanac, "../regimes/europe", &found, &err), DN_OK);
    ck_assert_ptr_null(found);
}
END_TEST

/* 4 July 2026 is a Saturday, 2027 a Sunday; New Year's Day of 2028 is kept in 2027, that of 2033 in 2032. */
START_TEST(federal_holidays_at_weekends_are_kept_on_the_nearest_day)
{
    static const char *const closed[] = {"2026-07-03", "2027-07-05", "2027-12-31", "2032-12-31", "2026-11-26", NULL};
    static const char *const open[] = {"2026-07-06", "2027-07-02", "2026-11-27", "2020-06-19", NULL};
    for (size_t i = 0; closed[i] != NULL; i++)
        ck_assert_msg(kind_of("US-federal", closed[i]) == DN_DAY_HOLIDAY, "%s", closed[i]);
    for (size_t i = 0; open[i] != NULL; i++)
        ck_assert_msg(kind_of("US-federal", open[i]) == DN_DAY_WORKING, "%s", open[i]);
    ck_assert_int_eq(kind_of("US-federal", "2021-06-18"), DN_DAY_HOLIDAY);
}
END_TEST

START_TEST(a_calendar_stands_on_another)
{
    const char *name = NULL;
    ck_assert_int_eq(dn_calendar_day(calendar("US-SEC"), day("2025-01-09"), &name), DN_DAY_HOLIDAY);
    ck_assert_str_eq(name, "National Day of Mourning");
    ck_assert_int_eq(dn_calendar_day(calendar("US-SEC"), day("2026-11-26"), &name), DN_DAY_HOLIDAY);
    ck_assert_str_eq(name, "Thanksgiving Day");
    ck_assert_int_eq(kind_of("US-federal", "2025-01-09"), DN_DAY_WORKING);
}
END_TEST

/* Christmas of 2027 is a weekend, that of 2022 would be a Sunday before Boxing Day. */
START_TEST(a_holiday_moves_behind_the_other_holidays)
{
    const char *name = NULL;
    ck_assert_int_eq(dn_calendar_day(calendar("GB"), day("2027-12-27"), &name), DN_DAY_HOLIDAY);
    ck_assert_str_eq(name, "Christmas Day");
    ck_assert_int_eq(dn_calendar_day(calendar("GB"), day("2027-12-28"), &name), DN_DAY_HOLIDAY);
    ck_assert_str_eq(name, "Boxing Day");
    ck_assert_int_eq(kind_of("GB", "2027-12-29"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("GB", "2032-12-28"), DN_DAY_HOLIDAY); /* the 25th a Saturday, the 26th a Sunday */
    ck_assert_int_eq(kind_of("DE", "2027-12-27"), DN_DAY_WORKING);
}
END_TEST

START_TEST(japan_has_substitutes_bridges_and_equinoxes)
{
    static const char *const closed[] = {"2026-05-06", "2026-09-21", "2026-09-22", "2026-09-23", "2032-09-21",
                                         "2025-02-24", "2024-03-20", "2025-03-20", "2026-03-20", "2027-03-22",
                                         "2026-12-29", "2027-01-01", "2029-01-03", NULL};
    static const char *const open[] = {"2026-05-07", "2026-05-01", "2026-12-28", "2027-01-04", "2027-09-22", NULL};
    for (size_t i = 0; closed[i] != NULL; i++)
        ck_assert_msg(kind_of("JP-administrative", closed[i]) == DN_DAY_HOLIDAY, "%s", closed[i]);
    for (size_t i = 0; open[i] != NULL; i++)
        ck_assert_msg(kind_of("JP-administrative", open[i]) == DN_DAY_WORKING, "%s", open[i]);
}
END_TEST

START_TEST(laws_change)
{
    ck_assert_int_eq(kind_of("IT", "2027-10-04"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("IT", "2024-10-04"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("PL", "2024-12-24"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("PL", "2025-12-24"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("SK", "2026-05-08"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("SK", "2025-05-08"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("SK", "2025-11-17"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("IE", "2030-02-01"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("IE", "2030-02-04"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("GR", "2024-05-01"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("GR", "2024-05-07"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("IS", "2024-04-25"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("IS", "2024-04-18"), DN_DAY_WORKING);
}
END_TEST

static enum dn_status overlay(const char *body)
{
    char path[] = "/tmp/dn-holidays-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, body, strlen(body)), (ssize_t)strlen(body));
    close(fd);
    unload();
    load();
    enum dn_status status = dn_almanac_load(&almanac, path, &err);
    unlink(path);
    return status;
}

#define HEAD "schema: duenotice/holidays/1\ncalendar: "

START_TEST(a_file_of_ones_own_adds_removes_and_makes_new_ones)
{
    ck_assert_msg(overlay(HEAD "DE\nremove: [2026-10-03, 2027-01-01]\nholidays:\n"
                               "  - {name: Mine, date: 02-29}\n  - {name: Once, on: 2026-06-10}\n"
                               "---\n" HEAD "US-federal\nyears: 2024-2040\nholidays:\n"
                               "  - {name: Ad hoc, on: [2026-06-10]}\n"
                               "---\n" HEAD
                               "mine\nyears: 2030-2031\nextends: US-federal\nremove: [2030-07-04]\n") == DN_OK,
                  "%s", err.text);
    ck_assert_int_eq(kind_of("DE", "2027-01-01"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("DE", "2026-01-01"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("DE", "2028-02-29"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("DE", "2026-06-10"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("DE", "2027-03-01"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("US-SEC", "2026-06-10"), DN_DAY_HOLIDAY); /* through the calendar that it stands on */
    ck_assert_int_eq(kind_of("US-federal", "2035-07-04"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("US-SEC", "2035-07-04"), DN_DAY_UNKNOWN);
    ck_assert_int_eq(kind_of("mine", "2030-07-04"), DN_DAY_WORKING);
    ck_assert_int_eq(kind_of("mine", "2031-07-04"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("mine", "2032-07-05"), DN_DAY_UNKNOWN);
}
END_TEST

START_TEST(a_calendar_knows_no_more_years_than_the_one_that_it_stands_on)
{
    ck_assert_msg(overlay(HEAD "US-SEC\nyears: 2018-2040\n") == DN_OK, "%s", err.text);
    ck_assert_int_eq(kind_of("US-SEC", "2032-07-05"), DN_DAY_HOLIDAY);
    ck_assert_int_eq(kind_of("US-SEC", "2035-07-05"), DN_DAY_UNKNOWN);
}
END_TEST

START_TEST(a_wrong_file_is_refused_with_its_place)
{
    static const struct {
        const char *body, *words;
    } cases[] = {
        {"", "no calendar"},
        {"calendar: X\nyears: 2024-2032\n", ":1:1: "},
        {HEAD "a/b\nyears: 2024-2032\n", ":1:1: "},
        {HEAD "X\nholidays: []\n", "years is missing"},
        {HEAD "X\nyears: 2032-2024\n", ":3:8: years"},
        {HEAD "X\nyears: 2024\n", ":3:8: years"},
        {HEAD "X\nyears: 2024-20320\n", ":3:8: years"},
        {HEAD "X\nyears: 2024-2032\nextends: Y\n", "no calendar 'Y'"},
        {HEAD "DE\nextends: DE\n", "no calendar 'DE'"},
        {HEAD "A\nyears: 2024-2032\n---\n" HEAD "B\nyears: 2024-2032\nextends: A\n---\n" HEAD "A\nextends: B\n",
         "no calendar 'B'"},
        {HEAD "DE\nholidys: []\n", "holidys"},
        {HEAD "DE\nholidays: {name: x}\n", "is a list"},
        {HEAD "DE\nholidays:\n  - {date: 01-01}\n", ":4:5: name is missing"},
        {HEAD "DE\nholidays:\n  - {name: x}\n", ":4:5: a holiday has one of"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 01-01, easter: 1}\n", "a holiday has one of"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 02-30}\n", ":4:21: date"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 13-01}\n", "date"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 1-1}\n", "date"},
        {HEAD "DE\nholidays:\n  - {name: x, easter: tomorrow}\n", "easter"},
        {HEAD "DE\nholidays:\n  - {name: x, easter: -400}\n", "easter"},
        {HEAD "DE\nholidays:\n  - {name: x, weekday: monday, month: 5}\n", "weekday goes with"},
        {HEAD "DE\nholidays:\n  - {name: x, nth: 1, month: 5}\n", "weekday goes with"},
        {HEAD "DE\nholidays:\n  - {name: x, weekday: monday, nth: 1, month: 13}\n", "weekday goes with"},
        {HEAD "DE\nholidays:\n  - {name: x, weekday: monday, nth: 5, month: 5}\n", "nth"},
        {HEAD "DE\nholidays:\n  - {name: x, weekday: moonday, nth: 1, month: 5}\n", "moonday"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 01-01, weekday: monday}\n", "weekday goes with"},
        {HEAD "DE\nholidays:\n  - {name: x, on_or_after: 01-01}\n", "weekday goes with"},
        {HEAD "DE\nholidays:\n  - {name: x, equinox: june}\n", "june"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 01-01, observed: sometimes}\n", "sometimes"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 01-01, from: 20}\n", "from is a year"},
        {HEAD "DE\nholidays:\n  - {name: x, date: 01-01, from: 2030, until: 2029}\n", "later than until"},
        {HEAD "DE\nholidays:\n  - {name: x, on: [2026-02-30]}\n", ":4:20: '2026-02-30'"},
        {HEAD "DE\nremove: [soon]\n", ":3:10: 'soon'"},
        {HEAD "JP-administrative\nyears: 2024-2100\n", "1980 to 2099"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(overlay(cases[i].body) == DN_INVALID, "%zu", i);
        ck_assert_msg(strstr(err.text, cases[i].words) != NULL, "%zu: %s", i, err.text);
    }
}
END_TEST

START_TEST(days_are_read_and_written)
{
    static const char *const bad[] = {"",           "2026-02-29", "2026-2-1",   "2026-02-01 ", "20260201",
                                      "0000-01-01", "2026-00-10", "2026-13-01", "2026/02/01",  "+026-01-01"};
    int64_t number = 7;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_day_parse(dn_text_of(bad[i]), &number) && number == 7, "%s", bad[i]);
    ck_assert_str_eq(text_of(day("0001-01-01")), "0001-01-01");
    ck_assert_str_eq(text_of(day("9999-12-31")), "9999-12-31");
    ck_assert_str_eq(dn_day_weekday(day("2026-06-12")), "Fri");
}
END_TEST

static void write_file(const char *folder, const char *name, const char *body)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(body, file);
    fclose(file);
}

static void check_version(const char *folder, const char *expected)
{
    char version[DN_TZDATA_VERSION];
    setenv("TZDIR", folder, 1);
    dn_tzdata_version(version);
    ck_assert_str_eq(version, expected);
}

START_TEST(zone_data_say_their_version_and_countries)
{
    char folder[] = "/tmp/dn-tzdata-XXXXXX", path[64], country[3];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    check_version(folder, "unknown");
    write_file(folder, "+VERSION", "2024a\n");
    check_version(folder, "2024a");
    write_file(folder, "tzdata.zi", "# version 2026f\n# redo posix_only\n");
    check_version(folder, "2026f");
    write_file(folder, "tzdata.zi", "# version \n");
    check_version(folder, "2024a");
    ck_assert(!dn_tzdata_country("Europe/Berlin", country));
    write_file(folder, "zone.tab",
               "#DE\t+1\tEurope/Paris\nDE\t+5230+01322\tEurope/Berlin\tmost of Germany\n"
               "FR\t+4852+00220\tEurope/Paris");
    ck_assert(dn_tzdata_country("Europe/Berlin", country));
    ck_assert_str_eq(country, "DE");
    ck_assert(dn_tzdata_country("Europe/Paris", country));
    ck_assert_str_eq(country, "FR");
    ck_assert(!dn_tzdata_country("Europe/Ber", country) && country[0] == '\0');
    ck_assert(!dn_tzdata_country("UTC", country));
    unsetenv("TZDIR");
    static const char *const names[] = {"+VERSION", "tzdata.zi", "zone.tab"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}
END_TEST

START_TEST(an_almanac_keeps_zones_and_their_countries)
{
    const struct dn_zone *berlin = NULL, *again = NULL;
    const char *country = dn_almanac_country(&almanac, "Europe/Berlin");
    ck_assert_int_eq(dn_almanac_zone(&almanac, "Europe/Berlin", &berlin, &err), DN_OK);
    for (int i = 0; i < 64; i++) {
        char name[16];
        snprintf(name, sizeof name, "+%02d:%02d", i % 12, i / 12);
        ck_assert_int_eq(dn_almanac_zone(&almanac, name, &again, &err), DN_OK);
        ck_assert_str_eq(dn_almanac_country(&almanac, name), "");
    }
    ck_assert_int_eq(dn_almanac_zone(&almanac, "Europe/Berlin", &again, &err), DN_OK);
    ck_assert_ptr_eq(berlin, again);
    ck_assert_str_eq(country, "DE");
    ck_assert_int_eq(dn_almanac_zone(&almanac, "Europe/Nowhere", &again, &err), DN_INVALID);
    ck_assert_ptr_null(again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calendar");
    TCase *cases = tcase_create("calendar");
    tcase_add_checked_fixture(cases, load, unload);
    tcase_add_test(cases, easter_is_where_the_churches_keep_it);
    tcase_add_test(cases, a_day_of_another_year_is_unknown);
    tcase_add_test(cases, a_calendar_that_nobody_has_is_none);
    tcase_add_test(cases, federal_holidays_at_weekends_are_kept_on_the_nearest_day);
    tcase_add_test(cases, a_calendar_stands_on_another);
    tcase_add_test(cases, a_holiday_moves_behind_the_other_holidays);
    tcase_add_test(cases, japan_has_substitutes_bridges_and_equinoxes);
    tcase_add_test(cases, laws_change);
    tcase_add_test(cases, a_file_of_ones_own_adds_removes_and_makes_new_ones);
    tcase_add_test(cases, a_calendar_knows_no_more_years_than_the_one_that_it_stands_on);
    tcase_add_test(cases, a_wrong_file_is_refused_with_its_place);
    tcase_add_test(cases, days_are_read_and_written);
    tcase_add_test(cases, zone_data_say_their_version_and_countries);
    tcase_add_test(cases, an_almanac_keeps_zones_and_their_countries);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
