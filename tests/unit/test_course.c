#include <check.h>
#include <stdlib.h>

#include "channel/course.h"
#include "plan_fixture.h"

static struct fixture f;
static struct dn_forecast forecast;
static struct dn_instant now;

static void set_up(void)
{
    fixture_make(&f);
    dn_instant_parse(DN_TEXT("2026-06-18T17:00:00Z"), &now); /* an hour before all is due */
}

static void tear_down(void)
{
    fixture_clear(&f);
}

static void look(double mail_per_s, double post_per_s)
{
    const double per_s[DN_WAYS] = {[DN_BY_MAIL] = mail_per_s, [DN_BY_POST] = post_per_s};
    dn_forecast_begin(&forecast, &f.plan, now, per_s);
    for (size_t i = 0; i < f.plan.row_count; i++)
        dn_forecast_add(&forecast, i);
    dn_forecast_end(&forecast);
}

START_TEST(test_a_pace_is_what_is_configured_until_something_was_measured)
{
    struct dn_pace pace = {.rate = 14, .rate_ms = 1000};
    ck_assert_double_eq(dn_pace_per_s(&pace), 14);
    pace = (struct dn_pace){.rate = 30, .rate_ms = 60000};
    ck_assert_double_eq(dn_pace_per_s(&pace), 0.5);
    pace = (struct dn_pace){.done = 5, .ms = 10};
    ck_assert_double_eq(dn_pace_per_s(&pace), 0); /* a handful in a moment says nothing */
    pace = (struct dn_pace){.done = 100, .ms = 2000};
    ck_assert_double_eq(dn_pace_per_s(&pace), 50);
    pace = (struct dn_pace){.done = 1, .ms = 40000};
    ck_assert_double_eq(dn_pace_per_s(&pace), 0.025);
}
END_TEST

START_TEST(test_a_pace_is_never_more_than_what_is_configured)
{
    struct dn_pace pace = {.rate = 10, .rate_ms = 1000, .done = 100, .ms = 5000};
    ck_assert_double_eq(dn_pace_per_s(&pace), 10);
    pace.ms = 20000; /* a relay that is slower than that */
    ck_assert_double_eq(dn_pace_per_s(&pace), 5);
}
END_TEST

START_TEST(test_each_way_has_its_own_queue)
{
    for (size_t i = 0; i < 4; i++) {
        fixture_row(&f, i, DN_CHANNEL_EMAIL_ADMIN, "a");
        fixture_row(&f, i, DN_CHANNEL_MESSAGE_CENTER, "t");
        fixture_row(&f, i, DN_CHANNEL_PHONE, "+49"); /* people call, not we */
    }
    look(2, 4);
    ck_assert_uint_eq(forecast.left, 8);
    ck_assert(forecast.known);
    ck_assert_int_eq(dn_instant_seconds(now, forecast.ends_at), 2);
    ck_assert_int_eq(dn_instant_seconds(now, forecast.first_due), 3600);
    ck_assert_uint_eq(forecast.late, 0);
}
END_TEST

START_TEST(test_tenants_are_counted_that_are_told_too_late)
{
    for (size_t i = 0; i < 4; i++) {
        fixture_row(&f, i, DN_CHANNEL_EMAIL_ADMIN, "a");
        fixture_row(&f, i, DN_CHANNEL_EMAIL_PRIVACY, "b");
    }
    look(1.0 / 1000, 0); /* three in the hour: the second tenant's second one is late */
    ck_assert_uint_eq(forecast.late, 3);
    look(1.0 / 900, 0); /* four in it, the last at the very end */
    ck_assert_uint_eq(forecast.late, 2);
    f.rows[4].required = DN_REQUIRED_NO; /* the third tenant's, a courtesy */
    f.rows[5].required = DN_REQUIRED_NO;
    look(1.0 / 900, 0);
    ck_assert_uint_eq(forecast.late, 1);
    look(1, 0);
    ck_assert_uint_eq(forecast.late, 0);
}
END_TEST

START_TEST(test_what_was_due_before_is_late_at_any_pace)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "b");
    now = dn_instant_add(f.rows[0].due_at, 1);
    look(0, 0);
    ck_assert_uint_eq(forecast.late, 2);
    ck_assert(!forecast.known);
}
END_TEST

START_TEST(test_what_is_never_due_is_never_late)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a")->due_at = DN_INSTANT_NONE;
    look(1e-9, 0);
    ck_assert_uint_eq(forecast.late, 0);
    ck_assert(!dn_instant_is(forecast.first_due));
}
END_TEST

START_TEST(test_the_line_says_how_it_goes)
{
    const struct dn_tally tally = {.accepted = 120, .deferred = 3};
    struct dn_buf line = {0};
    for (size_t i = 0; i < 8; i++)
        fixture_row(&f, i, DN_CHANNEL_EMAIL_ADMIN, "a");
    look(0.1, 0);
    dn_course_line(&tally, 13.7, &forecast, &line);
    ck_assert_str_eq(line.at, "sent 120, deferred 3, rejected 0, unknown 0; 14/s; 8 left, done at "
                              "2026-06-18T17:01:20Z, first due 2026-06-18T18:00:00Z");
    dn_buf_reset(&line);
    look(0, 0);
    dn_course_line(&tally, 0.01, &forecast, &line);
    ck_assert_str_eq(line.at, "sent 120, deferred 3, rejected 0, unknown 0; 36.0/h; 8 left, first due "
                              "2026-06-18T18:00:00Z");
    dn_buf_clear(&line);
}
END_TEST

START_TEST(test_spans_are_for_people)
{
    static const struct {
        int64_t s;
        const char *want;
    } spans[] = {{-5, "0 s"}, {59, "59 s"}, {60, "1 min 0 s"}, {3599, "59 min 59 s"}, {219784, "61 h 3 min"}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        struct dn_buf text = {0};
        dn_course_span(spans[i].s, &text);
        ck_assert_str_eq(text.at, spans[i].want);
        dn_buf_clear(&text);
    }
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        test_a_pace_is_what_is_configured_until_something_was_measured,
        test_a_pace_is_never_more_than_what_is_configured,
        test_each_way_has_its_own_queue,
        test_tenants_are_counted_that_are_told_too_late,
        test_what_was_due_before_is_late_at_any_pace,
        test_what_is_never_due_is_never_late,
        test_the_line_says_how_it_goes,
        test_spans_are_for_people,
    };
    Suite *made = suite_create("course");
    TCase *cases = tcase_create("course");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(made, cases);
    return made;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
