#include <check.h>
#include <stdlib.h>

#include "channel/retry.h"

static struct dn_dice dice;

START_TEST(a_wait_is_drawn_from_nothing_to_the_doubled_bound)
{
    static const int64_t bounds[] = {30000, 60000, 120000, 240000, 480000, 900000, 900000, 900000};
    for (int64_t failures = 1; failures <= 8; failures++) {
        int64_t least = INT64_MAX, most = 0;
        for (int i = 0; i < 20000; i++) {
            int64_t wait = dn_retry_wait(30000, 900000, failures, &dice);
            least = wait < least ? wait : least;
            most = wait > most ? wait : most;
        }
        ck_assert_int_ge(least, 3000);
        ck_assert_int_lt(least, 3000 + bounds[failures - 1] / 100);
        ck_assert_int_le(most, bounds[failures - 1]);
        ck_assert_int_gt(most, bounds[failures - 1] - bounds[failures - 1] / 100);
    }
}
END_TEST

START_TEST(a_wait_is_spread_evenly)
{
    int tenths[10] = {0};
    for (int i = 0; i < 100000; i++)
        tenths[dn_retry_wait(1000, 900000, 11, &dice) * 10 / 900001]++;
    for (int i = 0; i < 10; i++)
        ck_assert_msg(tenths[i] > 9000 && tenths[i] < 11000, "tenth %d has %d of 100000", i, tenths[i]);
}
END_TEST

START_TEST(huge_numbers_do_not_overflow)
{
    for (int64_t failures = 1; failures < 200; failures++) {
        int64_t wait = dn_retry_wait(INT64_MAX / 3, INT64_MAX / 2, failures, &dice);
        ck_assert_int_ge(wait, 0);
        ck_assert_int_le(wait, INT64_MAX / 2);
    }
    ck_assert_int_eq(dn_retry_wait(0, 1000, 5, &dice), 0);
    ck_assert_int_eq(dn_retry_wait(5000, 0, 5, &dice), 0);
    ck_assert_int_eq(dn_retry_due(10, INT64_MAX, INT64_MAX), INT64_MAX - 1);
}
END_TEST

START_TEST(two_senders_do_not_come_back_together)
{
    struct dn_dice other;
    dn_dice_shake(&other);
    int same = 0;
    for (int i = 0; i < 1000; i++)
        same += dn_retry_wait(1000, 900000, 10, &dice) == dn_retry_wait(1000, 900000, 10, &other);
    ck_assert_int_lt(same, 10);
}
END_TEST

START_TEST(the_last_try_comes_before_the_deadline)
{
    ck_assert_int_eq(dn_retry_due(1000, 500, 2000), 1500);
    ck_assert_int_eq(dn_retry_due(1000, 5000, 2000), 1999);
    ck_assert_int_eq(dn_retry_due(1999, 5000, 2000), 1999);
    ck_assert_int_eq(dn_retry_due(2000, 5000, 2000), 7000);
    ck_assert_int_eq(dn_retry_due(9000, 5000, 2000), 14000);
}
END_TEST

START_TEST(what_is_due_comes_in_order)
{
    struct dn_retries retries = {0};
    size_t number;
    ck_assert_int_eq(dn_retries_due(&retries), INT64_MAX);
    ck_assert(!dn_retries_take(&retries, INT64_MAX, &number));
    for (size_t i = 0; i < 1000; i++)
        dn_retries_add(&retries, (int64_t)(dn_dice_roll(&dice) % 100), i);
    int64_t before = 0;
    size_t taken = 0, last = 0;
    while (retries.count) {
        int64_t due = dn_retries_due(&retries);
        ck_assert_int_ge(due, before);
        ck_assert(!dn_retries_take(&retries, due - 1, &number));
        ck_assert(dn_retries_take(&retries, due, &number));
        ck_assert_msg(due != before || !taken || number > last, "those due together come as they were added");
        before = due;
        last = number;
        taken++;
    }
    ck_assert_uint_eq(taken, 1000);
    dn_retries_clear(&retries);
}
END_TEST

START_TEST(little_is_composed_ahead_of_a_slow_rate)
{
    ck_assert_uint_eq(dn_retry_ahead(14, 1000), 28);
    ck_assert_uint_eq(dn_retry_ahead(60, 60000), 2);
    ck_assert_uint_eq(dn_retry_ahead(10, 3600000), 1);
    ck_assert_uint_gt(dn_retry_ahead(0, 1000), 100000); /* no rate */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("retry");
    TCase *tests = tcase_create("retry");
    dn_dice_shake(&dice);
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_wait_is_drawn_from_nothing_to_the_doubled_bound);
    tcase_add_test(tests, a_wait_is_spread_evenly);
    tcase_add_test(tests, huge_numbers_do_not_overflow);
    tcase_add_test(tests, two_senders_do_not_come_back_together);
    tcase_add_test(tests, little_is_composed_ahead_of_a_slow_rate);
    tcase_add_test(tests, the_last_try_comes_before_the_deadline);
    tcase_add_test(tests, what_is_due_comes_in_order);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
