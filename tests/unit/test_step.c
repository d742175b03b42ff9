/* channel: what a run has to do about each row, packed. */
#include <check.h>
#include <stdlib.h>

#include "channel/step.h"

static void check_same(const struct dn_step *a, const struct dn_step *b)
{
    ck_assert_int_eq(a->todo, b->todo);
    ck_assert_int_eq(a->resend, b->resend);
    ck_assert_int_eq(a->known, b->known);
    ck_assert_int_eq(a->was, b->was);
    ck_assert_int_eq(a->outbox, b->outbox);
    ck_assert_int_eq(a->attempt, b->attempt);
    ck_assert_uint_eq(a->share, b->share);
}

static void check_round(const struct dn_step *step)
{
    static const struct dn_step nothing = {.share = SIZE_MAX};
    struct dn_steps steps;
    dn_steps_make(&steps, 1002);
    dn_steps_set(&steps, 1000, step);
    for (size_t i = 999; i <= 1001; i++) {
        struct dn_step back = dn_steps_at(&steps, i);
        check_same(&back, i == 1000 ? step : &nothing);
    }
    dn_steps_clear(&steps);
}

/* Everything that a step can be comes back, and its neighbours stay. Each time anew: once a step has more to say than
 * is packed, it is not packed any more. */
START_TEST(a_step_comes_back_as_it_was)
{
    static const size_t shares[] = {SIZE_MAX, 999, 1000 - 127, 1000 - 128, 0, 1001, 5000};
    static const int64_t attempts[] = {0, 1, 16383, 16384, INT64_MAX};
    for (int todo = DN_TODO_NOTHING; todo <= DN_TODO_KEEP; todo++)
        for (int was = DN_STATE_INTENT; was <= DN_STATE_HELD; was++)
            for (size_t s = 0; s < sizeof shares / sizeof *shares; s++)
                for (size_t a = 0; a < 5 * 8; a++) {
                    const struct dn_step step = {.todo = (enum dn_todo)todo,
                                                 .resend = a / 5 & 1,
                                                 .known = a / 10 & 1,
                                                 .outbox = a / 20 & 1,
                                                 .was = (enum dn_state)was,
                                                 .was_at = {1234567, 5},
                                                 .attempt = attempts[a % 5],
                                                 .share = shares[s]};
                    check_round(&step);
                }
}
END_TEST

START_TEST(a_step_that_has_more_to_say_changes_in_its_place)
{
    static const int64_t attempts[] = {1, 16384, 2, 99999, 3};
    struct dn_steps steps;
    dn_steps_make(&steps, 2);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        const struct dn_step step = {.todo = DN_TODO_SEND, .attempt = attempts[i], .share = SIZE_MAX};
        dn_steps_set(&steps, 1, &step);
        struct dn_step back = dn_steps_at(&steps, 1);
        check_same(&back, &step);
        ck_assert_uint_eq(steps.rare_count, i > 0);
    }
    dn_steps_clear(&steps);
}
END_TEST

START_TEST(the_time_of_what_is_resumed_kept_or_was_a_call_is_there)
{
    static const struct dn_step with[] = {{.todo = DN_TODO_RESUME, .was = DN_STATE_INTENT},
                                          {.todo = DN_TODO_KEEP, .was = DN_STATE_DEFERRED},
                                          {.todo = DN_TODO_SEND, .was = DN_STATE_NOT_REACHED}};
    struct dn_steps steps;
    dn_steps_make(&steps, 3);
    for (size_t i = 0; i < 3; i++) {
        struct dn_step step = with[i];
        step.share = SIZE_MAX;
        step.was_at = (struct dn_instant){99, 7};
        dn_steps_set(&steps, i, &step);
        ck_assert_int_eq(dn_steps_at(&steps, i).was_at.s, 99);
        ck_assert_int_eq(dn_steps_at(&steps, i).was_at.ns, 7);
    }
    dn_steps_clear(&steps);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, a_step_comes_back_as_it_was);
    tcase_add_test(cases, a_step_that_has_more_to_say_changes_in_its_place);
    tcase_add_test(cases, the_time_of_what_is_resumed_kept_or_was_a_call_is_there);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
