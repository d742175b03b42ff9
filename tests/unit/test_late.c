#include "base/late.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static double (*root)(double);
static void *nothing;

START_TEST(a_library_is_there_when_it_is_needed)
{
    static const struct dn_late_name names[] = {{"sqrt", &root}, {NULL, NULL}};
    static struct dn_late late = DN_LATE("libm.so.6", names);
    struct dn_error err = {DN_OK, ""};
    ck_assert_msg(dn_late_load(&late, &err) == DN_OK, "%s", err.text);
    ck_assert_double_eq(root(9), 3);
    root = NULL;
    ck_assert_int_eq(dn_late_load(&late, &err), DN_OK);
    ck_assert_msg(!root, "it is loaded once");
}
END_TEST

START_TEST(a_library_that_is_not_there_is_named)
{
    static const struct dn_late_name names[] = {{"sqrt", &nothing}, {NULL, NULL}};
    static struct dn_late late = DN_LATE("libduenotice-has-none.so.1", names);
    struct dn_error err = {DN_OK, ""};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(dn_late_load(&late, &err), DN_SYSTEM);
        ck_assert_ptr_nonnull(strstr(err.text, "libduenotice-has-none.so.1"));
    }
    ck_assert_ptr_null(nothing);
}
END_TEST

START_TEST(a_name_that_is_not_there_is_named)
{
    static const struct dn_late_name names[] = {{"sqrt", &root}, {"no_such_root", &nothing}, {NULL, NULL}};
    static struct dn_late late = DN_LATE("libm.so.6", names);
    struct dn_error err = {DN_OK, ""};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(dn_late_load(&late, &err), DN_SYSTEM);
        ck_assert_ptr_nonnull(strstr(err.text, "no_such_root"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("late");
    TCase *tests = tcase_create("late");
    tcase_add_test(tests, a_library_is_there_when_it_is_needed);
    tcase_add_test(tests, a_library_that_is_not_there_is_named);
    tcase_add_test(tests, a_name_that_is_not_there_is_named);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
