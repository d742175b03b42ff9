/* time/period: durations of RFC 3339 appendix A. */
#include <check.h>

#include "time/period.h"
#include "vectors.h"

static void ck_period(const char *text, int64_t months, int64_t days, int64_t seconds)
{
    struct dn_period period = {-1, -1, -1};
    ck_assert_msg(dn_period_parse(dn_text_of(text), &period), "'%s' is refused", text);
    ck_assert_msg(period.months == months && period.days == days && period.seconds == seconds, "'%s': %lld %lld %lld",
                  text, (long long)period.months, (long long)period.days, (long long)period.seconds);
}

START_TEST(units_keep_what_has_no_fixed_length_apart)
{
    ck_period("PT72H", 0, 0, 259200);
    ck_period("P1D", 0, 1, 0);
    ck_period("P1M", 1, 0, 0);
    ck_period("PT1M", 0, 0, 60);
    ck_period("P2W", 0, 14, 0);
    ck_period("P1Y2M3DT4H5M6S", 14, 3, 14706);
    ck_period("P0D", 0, 0, 0);
    ck_period("P0000000000000000000000000001D", 0, 1, 0);
}
END_TEST

START_TEST(the_length_counts_days_of_24_hours_and_refuses_months)
{
    struct dn_period period;
    ck_assert(dn_period_parse(DN_TEXT("P1DT12H"), &period));
    ck_assert_int_eq(dn_period_seconds(&period), 129600);
    ck_assert(dn_period_parse(DN_TEXT("P1MT1S"), &period));
    ck_assert_int_eq(dn_period_seconds(&period), -1);
}
END_TEST

START_TEST(over_100_years_is_refused_in_any_unit)
{
    static const char *const fits[] = {"P100Y",       "P1200M",        "P36525D", "PT876600H",
                                       "PT52596000M", "PT3155760000S", "P5217W"};
    static const char *const over[] = {"P101Y",
                                       "P1201M",
                                       "P36526D",
                                       "PT876601H",
                                       "PT52596001M",
                                       "PT3155760001S",
                                       "P5218W",
                                       "P100YT1S",
                                       "P99Y13M",
                                       "PT2147483647H",
                                       "PT2147483648M",
                                       "P9223372036854775807D",
                                       "P9223372036854775808D",
                                       "PT18446744073709551616S",
                                       "PT9223372036854775807H",
                                       "P768614336404564651Y",
                                       "P1317624576693539402W"};
    struct dn_period period;
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        ck_assert_msg(dn_period_parse(dn_text_of(fits[i]), &period), "%s", fits[i]);
    for (size_t i = 0; i < sizeof over / sizeof *over; i++)
        ck_assert_msg(!dn_period_parse(dn_text_of(over[i]), &period), "%s", over[i]);
}
END_TEST

START_TEST(other_spellings_are_refused_and_leave_the_period_alone)
{
    static const char *const bad[] = {"",      "P",      "PT",      "T",    "72",    "72h",   "PT72",  "pt72h",
                                      "P1DT",  "PTT1H",  "PT1HT1M", "P1H",  "PT1D",  "P1W1D", "P1D1W", "PT1W",
                                      "P1D1D", "PT1S1M", "P1.5D",   "P+1D", "P1D\n", "P 1D"};
    struct dn_period period = {5, 5, 5};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_period_parse(dn_text_of(bad[i]), &period), "'%s'", bad[i]);
    ck_assert(!dn_period_parse((struct dn_text){"P1D\0", 4}, &period));
    ck_assert(!dn_period_parse((struct dn_text){"P1\0", 3}, &period));
    ck_assert(period.months == 5 && period.days == 5 && period.seconds == 5);
}
END_TEST

/* Where we differ from JSON Schema's duration: nothing over 100 years is a period. */
static const char *const refused[] = {
    "P999999999999999999999999999999999999999999999999999999999999999999999999999999D", NULL};

static void check_json(const struct vector *vector)
{
    struct dn_period period;
    bool expected = strcmp(vector->mark, "valid") == 0 && !vector_among(vector, refused);
    ck_assert_msg(dn_period_parse(vector->text, &period) == expected, "%s (%s)", vector->bytes, vector->note);
}

START_TEST(json_schema_durations_are_as_marked)
{
    size_t count = vectors_each("jsonschema-duration.tsv", check_json);
    ck_assert(count == 0 || count == 46);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("period");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, units_keep_what_has_no_fixed_length_apart);
    tcase_add_test(tcase, the_length_counts_days_of_24_hours_and_refuses_months);
    tcase_add_test(tcase, over_100_years_is_refused_in_any_unit);
    tcase_add_test(tcase, other_spellings_are_refused_and_leave_the_period_alone);
    tcase_add_test(tcase, json_schema_durations_are_as_marked);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
