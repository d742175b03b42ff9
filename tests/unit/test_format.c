/* time/format: times as other people's exports write them. */
#include <check.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "time/format.h"
#include "vectors.h"

/* Sets formats from up to four patterns (NULL ends). */
static enum dn_status set(struct dn_formats *formats, const char *const *patterns, struct dn_error *err)
{
    struct dn_strings list = {0};
    for (; *patterns; patterns++)
        dn_strings_add(&list, dn_text_of(*patterns));
    enum dn_status status = dn_formats_set(formats, &list, err);
    dn_strings_clear(&list);
    return status;
}

/* What a value is by one pattern in a zone (NULL: none): its text, or "" for "not a time". */
static const char *read_as(const char *pattern, const char *zone_name, const char *value)
{
    static char text[DN_INSTANT_TEXT];
    struct dn_formats formats = {0};
    struct dn_error err = {0};
    struct dn_zone *zone = NULL;
    struct dn_instant at = DN_INSTANT_NONE;
    ck_assert_msg(set(&formats, (const char *const[]){pattern, NULL}, &err) == DN_OK, "%s", err.text);
    if (zone_name)
        ck_assert_int_eq(dn_zone_open(zone_name, &zone, &err), DN_OK);
    if (!dn_formats_parse(&formats, zone, dn_text_of(value), &at))
        ck_assert(!dn_instant_is(at));
    dn_instant_format(at, text);
    dn_zone_free(zone);
    dn_formats_clear(&formats);
    return text;
}

#define ck_reads(pattern, zone, value, expected) ck_assert_str_eq(read_as(pattern, zone, value), expected)
#define ck_refuses(pattern, zone, value) ck_assert_str_eq(read_as(pattern, zone, value), "")

START_TEST(rfc_3339_is_tried_first_and_blanks_around_are_ignored)
{
    struct dn_formats none = {0};
    struct dn_instant at;
    ck_assert(dn_formats_parse(&none, NULL, DN_TEXT("2026-01-24T06:54:24.0000000Z "), &at));
    ck_assert_int_eq(at.s, 1769237664);
    ck_assert(dn_formats_parse(&none, NULL, DN_TEXT("\t 2026-01-24T08:54:24+02:00"), &at));
    ck_assert_int_eq(at.s, 1769237664);
    ck_assert(!dn_formats_parse(&none, NULL, DN_TEXT("2026-01-24T06:54:24"), &at));
    ck_assert(!dn_formats_parse(&none, NULL, DN_TEXT(""), &at));
    ck_assert(!dn_formats_parse(&none, NULL, (struct dn_text){NULL, 0}, &at));
}
END_TEST

START_TEST(the_exports_of_the_field_are_read)
{
    ck_reads("%Y-%m-%dT%H:%M:%S", "UTC", "2022-06-26T05:40:02", "2022-06-26T05:40:02Z");
    ck_reads("%Y-%m-%dT%H:%M:%S.%f", "UTC", "2022-06-26T05:40:02.1234567", "2022-06-26T05:40:02.1234567Z");
    ck_reads("%m/%d/%Y %I:%M:%S %p", "UTC", "9/20/2023 4:05:03 AM", "2023-09-20T04:05:03Z");
    ck_reads("%m/%d/%Y %I:%M:%S %p", "UTC", "3/12/2025 7:31:34 PM", "2025-03-12T19:31:34Z");
    ck_reads("%m/%d/%Y, %I:%M:%S %p", "UTC",
             "3/12/2025, 12:31:34\xe2\x80\xaf"
             "AM",
             "2025-03-12T00:31:34Z");
    ck_reads("%d.%m.%Y %H:%M", "Europe/Berlin", "1.7.2026 09:05", "2026-07-01T07:05:00Z");
    ck_reads("%a, %d %b %Y %H:%M:%S %z", NULL, "Mon, 15 Jun 2026 18:00:00 +0200", "2026-06-15T16:00:00Z");
    ck_reads("%a %b %e %T %Y", "UTC", "Mon Jun  1 08:09:10 2026", "2026-06-01T08:09:10Z");
    ck_reads("%B %d, %Y %I:%M %p", "UTC", "june 15, 2026 12:00 pm", "2026-06-15T12:00:00Z");
    ck_reads("%d/%b/%Y:%T %z", NULL, "10/Oct/2000:13:55:36 -0700", "2000-10-10T20:55:36Z");
    ck_reads("%Y%m%d%H%M%S", "UTC", "20260615180000", "2026-06-15T18:00:00Z");
    ck_reads("%F %T", "UTC", "2026-06-15 18:00:00", "2026-06-15T18:00:00Z");
    ck_reads("%F %T.%f%z", NULL, "2026-06-15 18:00:00.5+00:00", "2026-06-15T18:00:00.5Z");
    ck_reads("%Y-%jT%H", "UTC", "2024-366T23", "2024-12-31T23:00:00Z");
    ck_reads("%m/%d/%y", "UTC", "6/5/26", "2026-06-05T00:00:00Z");
    ck_reads("%m/%d/%y", "UTC", "6/5/69", "1969-06-05T00:00:00Z");
    ck_reads("%%%Y-%m-%d", "UTC", "%2026-06-15", "2026-06-15T00:00:00Z");
}
END_TEST

START_TEST(what_does_not_exist_does_not_parse)
{
    ck_refuses("%Y-%m-%d", "UTC", "2026-02-29");
    ck_refuses("%Y-%m-%d", "UTC", "2026-13-01");
    ck_refuses("%Y-%m-%d", "UTC", "0000-01-01");
    ck_refuses("%Y-%m-%d", "UTC", "26-01-01");
    ck_refuses("%Y-%m-%d", "UTC", "+2026-01-01");
    ck_refuses("%Y-%m-%d", "UTC", "2026-01-01x");
    ck_refuses("%Y-%m-%d", "UTC", "2026-01-");
    ck_refuses("%Y-%m-%d", "UTC", "2026- 1-01");
    ck_refuses("%Y-%j", "UTC", "2023-366");
    ck_refuses("%F %T", "UTC", "2026-06-15 24:00:00");
    ck_refuses("%F %T", "UTC", "2026-06-15 18:60:00");
    ck_refuses("%F %T", "UTC", "2016-12-31 23:59:60");
    ck_refuses("%F %I:%M %p", "UTC", "2026-06-15 13:00 PM");
    ck_refuses("%F %I:%M %p", "UTC", "2026-06-15 0:00 AM");
    ck_refuses("%F %I:%M %p", "UTC", "2026-06-15 1:00 XM");
    ck_refuses("%a %F", "UTC", "Tue 2026-06-15");
    ck_refuses("%d %b %Y", "UTC", "15 Juin 2026");
    ck_refuses("%F %T%z", NULL, "2026-06-15 18:00:00-00:00");
    ck_refuses("%F %T%z", NULL, "2026-06-15 18:00:00+24:00");
    ck_refuses("%F %T%z", NULL, "2026-06-15 18:00:00 CEST");
    ck_refuses("%F %T.%f", "UTC", "2026-06-15 18:00:00.1234567891");
    ck_refuses("%F %T.%f", "UTC", "2026-06-15 18:00:00.");
    ck_refuses("%Y%m%d", "UTC", "2026115");
    ck_refuses("%F%T", "UTC", "2026-01-112:00:00");
    ck_refuses("%F %T%z", NULL, "0001-01-01 00:00:00+00:01");
    ck_refuses("%F %T", NULL, "2026-06-15 18:00:00");
}
END_TEST

START_TEST(local_times_that_are_missing_or_double_do_not_parse)
{
    ck_refuses("%F %T", "Europe/Berlin", "2026-03-29 02:30:00");
    ck_refuses("%F %T", "Europe/Berlin", "2026-10-25 02:30:00");
    ck_reads("%F %T", "Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z");
    ck_reads("%F %T%z", "Europe/Berlin", "2026-10-25 02:30:00+01:00", "2026-10-25T01:30:00Z");
}
END_TEST

START_TEST(the_first_format_that_takes_the_whole_value_wins)
{
    struct dn_formats formats = {0};
    struct dn_error err = {0};
    struct dn_zone *utc = NULL;
    struct dn_instant at;
    ck_assert_int_eq(dn_zone_open("UTC", &utc, &err), DN_OK);
    ck_assert_int_eq(set(&formats, (const char *const[]){"%Y-%m-%d", "%Y-%m-%d %H:%M", "%d.%m.%Y", NULL}, &err), DN_OK);
    ck_assert(dn_formats_parse(&formats, utc, DN_TEXT("2026-06-15 18:00"), &at) && at.s == 1781546400);
    ck_assert(dn_formats_parse(&formats, utc, DN_TEXT("15.6.2026"), &at) && at.s == 1781481600);
    ck_assert_int_eq(set(&formats, (const char *const[]){"%Q", NULL}, &err), DN_INVALID);
    ck_assert(dn_formats_parse(&formats, utc, DN_TEXT("15.6.2026"), &at)); /* the old list is still there */
    dn_formats_clear(&formats);
    dn_zone_free(utc);
}
END_TEST

START_TEST(lists_that_read_the_same_digits_as_different_days_are_refused)
{
    static const char *const bad[][3] = {{"%m/%d/%Y", "%d/%m/%Y", NULL},
                                         {"%d.%m.%Y %H:%M", "%m-%e-%Y", NULL},
                                         {"%y-%m-%d", "%d-%m-%y", NULL},
                                         {"%e/%m/%y", "%m/%d/%Y %I:%M %p", NULL},
                                         {"%A, %m/%d/%Y", "%d/%m/%Y", NULL}};
    static const char *const good[][3] = {{"%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", NULL},
                                          {"%F %T", "%e.%m.%Y", NULL},
                                          {"%m/%d/%Y", "%d %b %Y", NULL},
                                          {"%m/%d/%Y", "%Y%m%d", NULL},
                                          {"%H:%M %Y-%m-%d", "%d.%m.%Y", NULL}};
    struct dn_formats formats = {0};
    struct dn_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ck_assert_int_eq(set(&formats, bad[i], &err), DN_INVALID);
        ck_assert_msg(strstr(err.text, bad[i][0]) && strstr(err.text, bad[i][1]), "%s", err.text);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(set(&formats, good[i], &err) == DN_OK, "%s", err.text);
    dn_formats_clear(&formats);
}
END_TEST

START_TEST(incomplete_and_unknown_formats_are_refused)
{
    static const char *const bad[] = {
        "",         "%",           "%Y-%m-%d %", "%Q",       "%Y-%m",       "%m-%d",       "%H:%M:%S", "%Y-%d",
        "%Y-%j-%m", "%Y-%m-%d %Y", "%F %m",      "%F %I:%M", "%F %H:%M %p", "%F %H %I %p", "%F %M",    "%F %H:%S",
        "%F %H.%f", "%s",          "%c",         "%D",       "%Ey-%m-%d",   "%-m/%d/%Y",   "%Z %F",    "%F\n%G"};
    struct dn_formats formats = {0};
    struct dn_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(set(&formats, (const char *const[]){bad[i], NULL}, &err) == DN_INVALID, "'%s'", bad[i]);
    ck_assert_int_eq(set(&formats, (const char *const[]){NULL}, &err), DN_OK);
    dn_formats_clear(&formats);
}
END_TEST

START_TEST(month_names_do_not_depend_on_the_locale)
{
    setlocale(LC_ALL, "");
    ck_reads("%d %b %Y", "UTC", "15 Dec 2026", "2026-12-15T00:00:00Z");
    ck_reads("%d %B %Y", "UTC", "15 DECEMBER 2026", "2026-12-15T00:00:00Z");
    ck_reads("%d %b %Y", "UTC", "15 may 2026", "2026-05-15T00:00:00Z");
    setlocale(LC_ALL, "C");
}
END_TEST

#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the shapes are a table */
START_TEST(every_instant_comes_back_through_every_shape)
{
    static const char *const shapes[] = {"%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%a %d %b %Y %T", "%Y%m%d%H%M%S",
                                         "%j/%Y %T"};
    struct dn_zone *utc = NULL;
    struct dn_error err;
    ck_assert_int_eq(dn_zone_open("UTC", &utc, &err), DN_OK);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct dn_formats formats = {0};
        ck_assert_int_eq(set(&formats, (const char *const[]){shapes[i], NULL}, &err), DN_OK);
        for (int64_t s = 0; s < 4102444800; s += 86400 * 3 + 4001) {
            char text[128];
            time_t t = (time_t)s;
            struct tm tm;
            struct dn_instant at;
            strftime(text, sizeof text, shapes[i], gmtime_r(&t, &tm));
            ck_assert_msg(dn_formats_parse(&formats, utc, dn_text_of(text), &at) && at.s == s, "%s", text);
        }
        dn_formats_clear(&formats);
    }
    dn_zone_free(utc);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, rfc_3339_is_tried_first_and_blanks_around_are_ignored);
    tcase_add_test(tcase, the_exports_of_the_field_are_read);
    tcase_add_test(tcase, what_does_not_exist_does_not_parse);
    tcase_add_test(tcase, local_times_that_are_missing_or_double_do_not_parse);
    tcase_add_test(tcase, the_first_format_that_takes_the_whole_value_wins);
    tcase_add_test(tcase, lists_that_read_the_same_digits_as_different_days_are_refused);
    tcase_add_test(tcase, incomplete_and_unknown_formats_are_refused);
    tcase_add_test(tcase, month_names_do_not_depend_on_the_locale);
    tcase_add_test(tcase, every_instant_comes_back_through_every_shape);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
