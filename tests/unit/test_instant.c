/* time/instant: RFC 3339 in and out, civil dates, order. */
#include <check.h>
#include <limits.h>
#include <stdlib.h>

#include "time/instant.h"
#include "vectors.h"

static bool parses(const char *text)
{
    struct dn_instant at;
    return dn_instant_parse(dn_text_of(text), &at);
}

static struct dn_instant instant(const char *text)
{
    struct dn_instant at = DN_INSTANT_NONE;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &at), "'%s' is no time", text);
    return at;
}

static void ck_reads_as(const char *text, const char *canonical)
{
    char got[DN_INSTANT_TEXT];
    dn_instant_format(instant(text), got);
    ck_assert_str_eq(got, canonical);
}

START_TEST(every_day_from_1_to_9999_round_trips)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = -719162; /* 0001-01-01, a Monday */
    for (int year = 1; year <= 9999; year++)
        for (int month = 1; month <= 12; month++) {
            bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            for (int day = 1; day <= lengths[month - 1] + leap; day++, days++) {
                struct dn_civil civil = dn_civil_of((struct dn_instant){days * 86400 + 86399, 0}, 0);
                if (dn_civil_days(year, month, day) != days || civil.year != year || civil.month != month ||
                    civil.day != day || civil.hour != 23 || civil.second != 59 ||
                    dn_civil_weekday(days) != (int)((days + 719163) % 7))
                    ck_abort_msg("%04d-%02d-%02d", year, month, day);
            }
        }
    ck_assert_int_eq(days, 2932897);
}
END_TEST

START_TEST(every_day_from_1970_to_9999_round_trips_as_text)
{
    char text[DN_INSTANT_TEXT];
    for (int64_t day = 0; day < 2932897; day += 1 + (day > 60000) * 5) {
        struct dn_instant at = {day * 86400 + day * 7919 % 86400, 0}, back;
        dn_instant_format(at, text);
        if (!dn_instant_parse(dn_text_of(text), &back) || dn_instant_compare(at, back) != 0)
            ck_abort_msg("%s", text);
    }
}
END_TEST

START_TEST(fractions_have_no_trailing_zeros_and_offsets_become_utc)
{
    ck_reads_as("2026-06-15T18:00:00Z", "2026-06-15T18:00:00Z");
    ck_reads_as("2026-06-15t18:00:00.250z", "2026-06-15T18:00:00.25Z");
    ck_reads_as("2026-01-24T06:54:24.0000000Z", "2026-01-24T06:54:24Z");
    ck_reads_as("2026-06-15T18:00:00.000000001Z", "2026-06-15T18:00:00.000000001Z");
    ck_reads_as("2026-06-15T18:00:00.1234567890000Z", "2026-06-15T18:00:00.123456789Z");
    ck_reads_as("2026-06-15T18:00:00+02:00", "2026-06-15T16:00:00Z");
    ck_reads_as("2026-01-01T00:30:00+05:45", "2025-12-31T18:45:00Z");
    ck_reads_as("2024-02-28T23:30:00-01:00", "2024-02-29T00:30:00Z");
    ck_reads_as("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z");
    ck_reads_as("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
    ck_reads_as("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z");
}
END_TEST

START_TEST(a_leap_second_is_the_next_second_and_stands_only_at_2359_utc)
{
    ck_reads_as("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    ck_reads_as("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.5Z");
    ck_reads_as("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z");
    ck_assert(!parses("2016-12-31T23:59:60+01:00"));
    ck_assert(!parses("2016-12-31T23:58:60Z"));
    ck_assert(!parses("2016-12-31T23:59:61Z"));
    ck_assert(!parses("9999-12-31T23:59:60Z"));
}
END_TEST

START_TEST(times_out_of_range_or_without_an_offset_are_refused)
{
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-06-15",
                                      "2026-06-15T18:00:00",
                                      "2026-06-15T18:00Z",
                                      "2026-06-15 18:00:00Z",
                                      " 2026-06-15T18:00:00Z",
                                      "2026-06-15T18:00:00Z ",
                                      "2026-06-15T18:00:00Z\n",
                                      "2026-06-15T18:00:00ZZ",
                                      "2026-02-29T00:00:00Z",
                                      "2100-02-29T00:00:00Z",
                                      "2026-04-31T00:00:00Z",
                                      "2026-00-10T00:00:00Z",
                                      "2026-13-10T00:00:00Z",
                                      "2026-06-00T00:00:00Z",
                                      "2026-06-15T24:00:00Z",
                                      "2026-06-15T18:60:00Z",
                                      "2026-6-15T18:00:00Z",
                                      "2026-06-15T8:00:00Z",
                                      "0000-01-01T00:00:00Z",
                                      "10000-01-01T00:00:00Z",
                                      "-001-01-01T00:00:00Z",
                                      "+2026-06-15T18:00:00Z",
                                      "2026-06-15T18:00:00-00:00",
                                      "2026-06-15T18:00:00+24:00",
                                      "2026-06-15T18:00:00+12:60",
                                      "2026-06-15T18:00:00+25:99",
                                      "2026-06-15T18:00:00+0200",
                                      "2026-06-15T18:00:00+02",
                                      "2026-06-15T18:00:00.Z",
                                      "2026-06-15T18:00:00,5Z",
                                      "2026-06-15T18:00:00.1234567891Z",
                                      "2026-06-15T18:00:00 Z",
                                      "2026/06/15T18:00:00Z",
                                      "20260615T180000Z",
                                      "2026-W25-1T00:00:00Z",
                                      "2026-06-15T18:00:00UTC",
                                      "0001-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "2026-06-15T18:00:-1Z",
                                      "2026-06-15T18:0:000Z",
                                      "2026-06-15T18:00:00\342\210\22202:00",
                                      "now",
                                      "1750010400",
                                      "NaN"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!parses(bad[i]), "'%s' was taken", bad[i]);
    ck_assert(!dn_instant_parse((struct dn_text){"2026-06-15T18:00:00Z\0", 21}, &(struct dn_instant){0, 0}));
    ck_assert(!dn_instant_parse((struct dn_text){NULL, 0}, &(struct dn_instant){0, 0}));
}
END_TEST

START_TEST(every_prefix_and_every_changed_byte_is_refused_or_is_a_time)
{
    const char *good = "2026-06-15T18:00:00.25+02:00";
    char text[64];
    struct dn_instant at;
    for (size_t size = 0; size < strlen(good); size++)
        ck_assert(!dn_instant_parse((struct dn_text){good, size}, &at));
    for (size_t i = 0; i < strlen(good); i++)
        for (int byte = 0; byte < 256; byte++) {
            strcpy(text, good);
            text[i] = (char)byte;
            bool digit = byte >= '0' && byte <= '9';
            bool sign = byte == '+' || byte == '-' || byte == 't';
            if (!digit && !sign && byte != good[i])
                ck_assert_msg(!dn_instant_parse((struct dn_text){text, strlen(good)}, &at), "%s", text);
        }
}
END_TEST

START_TEST(a_refused_text_leaves_the_time_alone)
{
    struct dn_instant at = {7, 7};
    ck_assert(!dn_instant_parse(DN_TEXT("2026-06-15T18:00:00"), &at));
    ck_assert(at.s == 7 && at.ns == 7);
}
END_TEST

START_TEST(no_time_is_empty_text_and_loses_min_and_max)
{
    char text[DN_INSTANT_TEXT] = "x";
    struct dn_instant a = instant("2026-06-15T18:00:00Z"), b = instant("2026-06-15T18:00:00.5Z");
    dn_instant_format(DN_INSTANT_NONE, text);
    ck_assert_str_eq(text, "");
    ck_assert(!dn_instant_is(DN_INSTANT_NONE) && dn_instant_is(a));
    ck_assert_int_eq(dn_instant_compare(a, b), -1);
    ck_assert_int_eq(dn_instant_compare(b, a), 1);
    ck_assert_int_eq(dn_instant_compare(a, a), 0);
    ck_assert_int_eq(dn_instant_compare(instant("2026-06-15T17:59:59Z"), a), -1);
    ck_assert_int_eq(dn_instant_min(a, b).ns, 0);
    ck_assert_int_eq(dn_instant_max(a, b).ns, 500000000);
    ck_assert_int_eq(dn_instant_min(DN_INSTANT_NONE, a).s, a.s);
    ck_assert_int_eq(dn_instant_min(a, DN_INSTANT_NONE).s, a.s);
    ck_assert_int_eq(dn_instant_max(DN_INSTANT_NONE, a).s, a.s);
    ck_assert_int_eq(dn_instant_max(a, DN_INSTANT_NONE).s, a.s);
    ck_assert(!dn_instant_is(dn_instant_min(DN_INSTANT_NONE, DN_INSTANT_NONE)));
    ck_assert(!dn_instant_is(dn_instant_add(DN_INSTANT_NONE, 5)));
}
END_TEST

START_TEST(sums_stop_at_the_ends_of_the_calendar)
{
    struct dn_instant at = instant("2026-06-15T18:00:00.5Z");
    char text[DN_INSTANT_TEXT];
    ck_assert_int_eq(dn_instant_add(at, 72 * 3600).s, instant("2026-06-18T18:00:00Z").s);
    ck_assert_int_eq(dn_instant_add(at, -1).s, at.s - 1);
    dn_instant_format(dn_instant_add(at, INT64_MAX), text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59.5Z");
    dn_instant_format(dn_instant_add(at, INT64_MIN), text);
    ck_assert_str_eq(text, "0001-01-01T00:00:00.5Z");
    dn_instant_format((struct dn_instant){INT64_MAX, 0}, text);
    ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
}
END_TEST

START_TEST(differences_round_towards_minus_infinity)
{
    struct dn_instant a = instant("2026-06-15T18:00:00.5Z"), b = instant("2026-06-15T18:00:02.25Z");
    ck_assert_int_eq(dn_instant_seconds(a, b), 1);
    ck_assert_int_eq(dn_instant_seconds(b, a), -2);
    ck_assert_int_eq(dn_instant_seconds(a, a), 0);
}
END_TEST

START_TEST(civil_times_go_through_an_offset_and_back)
{
    struct dn_instant at = instant("2026-06-15T23:30:00.125Z");
    struct dn_civil civil = dn_civil_of(at, 2 * 3600);
    ck_assert(civil.day == 16 && civil.hour == 1 && civil.minute == 30 && civil.ns == 125000000);
    ck_assert_int_eq(dn_instant_compare(dn_civil_instant(&civil, 2 * 3600), at), 0);
    civil = dn_civil_of(instant("1969-12-31T23:59:59Z"), 0);
    ck_assert(civil.year == 1969 && civil.second == 59);
    ck_assert_int_eq(dn_civil_month_days(2024, 2), 29);
    ck_assert_int_eq(dn_civil_month_days(2100, 2), 28);
    ck_assert_int_eq(dn_civil_month_days(2024, 13), 0);
}
END_TEST

START_TEST(the_clock_has_no_fraction)
{
    struct dn_instant now = dn_instant_clock();
    ck_assert_int_eq(now.ns, 0);
    ck_assert_int_gt(now.s, instant("2020-01-01T00:00:00Z").s);
}
END_TEST

/* Where we differ from JSON Schema's date-time: nine digits of a second are what an instant holds. */
static const char *const json_refused[] = {"1985-04-12T00:59:59.999999999999999Z", NULL};

static void check_json(const struct vector *vector)
{
    struct dn_instant at;
    bool expected = strcmp(vector->mark, "valid") == 0 && !vector_among(vector, json_refused);
    ck_assert_msg(dn_instant_parse(vector->text, &at) == expected, "%s (%s)", vector->bytes, vector->note);
}

START_TEST(json_schema_date_times_are_as_marked)
{
    size_t count = vectors_each("jsonschema-date-time.tsv", check_json);
    ck_assert(count == 0 || count == 27);
}
END_TEST

/* Of TOML's kinds only "datetime" has an offset: the local ones are refused for that. No vector of that kind differs.
 */
static void check_toml(const struct vector *vector)
{
    struct dn_instant at;
    bool expected = strcmp(vector->mark, "valid") == 0 && strcmp(vector->extra, "datetime") == 0;
    ck_assert_msg(dn_instant_parse(vector->text, &at) == expected, "%s (%s)", vector->bytes, vector->note);
}

START_TEST(toml_date_times_are_as_marked)
{
    size_t count = vectors_each("toml-datetime.tsv", check_toml);
    ck_assert(count == 0 || count == 81);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("instant");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, every_day_from_1_to_9999_round_trips);
    tcase_add_test(tcase, every_day_from_1970_to_9999_round_trips_as_text);
    tcase_add_test(tcase, fractions_have_no_trailing_zeros_and_offsets_become_utc);
    tcase_add_test(tcase, a_leap_second_is_the_next_second_and_stands_only_at_2359_utc);
    tcase_add_test(tcase, times_out_of_range_or_without_an_offset_are_refused);
    tcase_add_test(tcase, every_prefix_and_every_changed_byte_is_refused_or_is_a_time);
    tcase_add_test(tcase, a_refused_text_leaves_the_time_alone);
    tcase_add_test(tcase, no_time_is_empty_text_and_loses_min_and_max);
    tcase_add_test(tcase, sums_stop_at_the_ends_of_the_calendar);
    tcase_add_test(tcase, differences_round_towards_minus_infinity);
    tcase_add_test(tcase, civil_times_go_through_an_offset_and_back);
    tcase_add_test(tcase, the_clock_has_no_fraction);
    tcase_add_test(tcase, json_schema_date_times_are_as_marked);
    tcase_add_test(tcase, toml_date_times_are_as_marked);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
