/* The audit as JUnit has it. */
#include "deadline/report_junit.h"
#include "report_fixture.h"

START_TEST(junit_is_red_exactly_when_a_person_is_needed)
{
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++) {
        struct fixture it;
        begin(&it, "2026-06-20T00:00:00Z");
        add(&it, "t", (enum dn_verdict)verdict, verdict <= DN_VERDICT_EXCUSED ? START : NULL);
        char *text = written(&it, JUNIT);
        bool red = count_of(text, "<failure ") + count_of(text, "<error ") > 0;
        bool totals = strstr(text, "failures=\"0\" errors=\"0\"") == NULL;
        ck_assert_msg(red == dn_notes_need_person(&it.notes), "%s", dn_verdict_words[verdict]);
        ck_assert_int_eq(totals, red);
        free(text);
        end(&it);
    }
}
END_TEST

START_TEST(junit_has_a_case_for_what_no_row_says)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    dn_notes_attention(&it.notes, "no-obligations", "nothing & nobody");
    dn_notes_say(&it.notes, "slow", "3 met");
    char *text = written(&it, JUNIT);
    ck_assert_ptr_nonnull(strstr(text, "<testsuites name=\"deadline-check\" tests=\"1\" failures=\"1\" errors=\"0\""));
    ck_assert_ptr_nonnull(strstr(text, "<testcase classname=\"audit\" name=\"no-obligations\" time=\"0\"><failure "
                                       "type=\"no-obligations\" message=\"nothing &amp; nobody\"/></testcase>"));
    free(text);
    end(&it);
}
END_TEST

START_TEST(junit_tags_do_not_depend_on_the_data)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    struct dn_obligation *row = add(&it, hostile[_i], DN_VERDICT_LATE, START);
    set(&it, &row->reason, hostile[_i]);
    set(&it, &row->regime, hostile[_i]);
    set(&it, &row->incident_id, hostile[_i]);
    char *text = written(&it, JUNIT);
    ck_assert_uint_eq(count_of(text, "<"), 8);
    ck_assert_uint_eq(count_of(text, "\""), 2 * count_of(text, "=\""));
    ck_assert(dn_text_utf8(dn_text_of(text), NULL));
    free(text);
    end(&it);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_junit");
    TCase *cases = tcase_create("report_junit");
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, junit_is_red_exactly_when_a_person_is_needed);
    tcase_add_test(cases, junit_has_a_case_for_what_no_row_says);
    tcase_add_loop_test(cases, junit_tags_do_not_depend_on_the_data, 0, COUNT(hostile));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
