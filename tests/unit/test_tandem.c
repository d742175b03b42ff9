/* Two threads in a row (base/tandem): the order of what was given, and that nothing of it is lost. */
#include <check.h>
#include <stdlib.h>

#include "base/tandem.h"

enum { MOST_PLACES = 7, GIVEN = 20000 };

/* What the caller fills and the other thread takes. */
struct line {
    size_t filled[MOST_PLACES];
    size_t taken[GIVEN], count;
};

static void take(void *context, size_t place)
{
    struct line *line = context;
    line->taken[line->count++] = line->filled[place];
    line->filled[place] = SIZE_MAX; /* whoever reads it twice is seen */
}

static void give(struct dn_tandem *tandem, struct line *line, size_t number)
{
    size_t place = dn_tandem_place(tandem);
    line->filled[place] = number;
    dn_tandem_give(tandem);
}

static void check_order(const struct line *line, size_t count)
{
    ck_assert_uint_eq(line->count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(line->taken[i], i);
}

START_TEST(everything_in_order)
{
    struct line *line = calloc(1, sizeof *line);
    size_t places = (size_t)_i;
    struct dn_tandem *tandem = dn_tandem_begin(places, take, line);
    for (size_t i = 0; i < GIVEN; i++)
        give(tandem, line, i);
    dn_tandem_end(tandem);
    check_order(line, GIVEN);
    free(line);
}
END_TEST

START_TEST(a_wait_is_until_all_is_done)
{
    struct line *line = calloc(1, sizeof *line);
    struct dn_tandem *tandem = dn_tandem_begin(3, take, line);
    for (size_t i = 0; i < 500; i++) {
        give(tandem, line, i);
        if (i % 5 == 0) {
            dn_tandem_wait(tandem);
            check_order(line, i + 1);
        }
    }
    dn_tandem_end(tandem);
    check_order(line, 500);
    free(line);
}
END_TEST

START_TEST(a_place_is_asked_for_and_not_given)
{
    struct line *line = calloc(1, sizeof *line);
    struct dn_tandem *tandem = dn_tandem_begin(2, take, line);
    give(tandem, line, 0);
    size_t place = dn_tandem_place(tandem);
    ck_assert_uint_eq(dn_tandem_place(tandem), place);
    dn_tandem_end(tandem);
    check_order(line, 1);
    free(line);
}
END_TEST

START_TEST(nothing_given)
{
    struct line line = {.count = 0};
    struct dn_tandem *tandem = dn_tandem_begin(2, take, &line);
    dn_tandem_wait(tandem);
    dn_tandem_end(tandem);
    ck_assert_uint_eq(line.count, 0);
    dn_tandem_end(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tandem");
    TCase *cases = tcase_create("tandem");
    tcase_add_loop_test(cases, everything_in_order, 2, MOST_PLACES + 1);
    tcase_add_test(cases, a_wait_is_until_all_is_done);
    tcase_add_test(cases, a_place_is_asked_for_and_not_given);
    tcase_add_test(cases, nothing_given);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
