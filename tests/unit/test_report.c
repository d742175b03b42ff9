/* The audit as reports see it: its figures, its sentence, the table. */
#include "deadline/report.h"
#include "deadline/report_page.h"
#include "report_fixture.h"

static void assert_sentence(const struct fixture *it, const char *expected)
{
    struct dn_buf text = {0};
    dn_page_add_sentence(&it->audited, &text);
    ck_assert_str_eq(text.at, expected);
    dn_buf_clear(&text);
}

START_TEST(percentiles_are_nearest_ranks_of_those_who_were_told)
{
    static const char *const told[] = {"2026-06-16T08:05:00Z", "2026-06-16T09:05:00Z", "2026-06-19T08:05:00Z"};
    struct fixture it;
    int64_t values[4] = {0};
    begin(&it, "2026-06-20T00:00:00Z");
    add(&it, "a", DN_VERDICT_MET, told[0]);
    add(&it, "b", DN_VERDICT_MET, told[1]);
    add(&it, "c", DN_VERDICT_LATE, told[2]);
    add(&it, "d", DN_VERDICT_UNKNOWN, "2026-06-16T08:05:00Z");
    add(&it, "e", DN_VERDICT_OVERDUE, NULL);
    ck_assert_uint_eq(dn_obligations_percentiles(&it.rows, false, values), 3);
    ck_assert_int_eq(values[0], 7200);
    ck_assert_int_eq(values[1], 73 * 3600);
    ck_assert_int_eq(values[3], 73 * 3600);
    ck_assert_uint_eq(dn_obligations_percentiles(&it.rows, true, values), 3);
    ck_assert_int_eq(values[0], -70 * 3600);
    ck_assert_int_eq(values[3], 3600);
    end(&it);
}
END_TEST

START_TEST(the_last_stage_is_reached_when_nobody_is_left)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add_incident(&it, "A test");
    add(&it, "a", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add(&it, "b", DN_VERDICT_LATE, "2026-06-19T10:00:00Z");
    add(&it, "c", DN_VERDICT_EXEMPT, NULL);
    struct dn_instant told = dn_audited_reached(&it.audited, &it.incidents.at[0], DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED);
    ck_assert_int_eq(dn_instant_compare(told, at("2026-06-19T10:00:00Z")), 0);
    add(&it, "d", DN_VERDICT_PENDING, NULL);
    told = dn_audited_reached(&it.audited, &it.incidents.at[0], DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED);
    ck_assert(!dn_instant_is(told));
    struct dn_progress progress = dn_audited_progress(&it.audited, &it.incidents.at[0]);
    ck_assert_uint_eq(progress.due, 3);
    ck_assert_uint_eq(progress.open, 1);
    end(&it);
}
END_TEST

START_TEST(sentence_says_no_more_than_was_checked)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    assert_sentence(&it, "Nothing in the input obliges anybody to anything.");
    add(&it, "a", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    assert_sentence(&it, "Every affected tenant was told in time.");
    it.audited.affected = NULL;
    assert_sentence(&it, "Every tenant in this ledger was told in time; whether anybody affected is not in it was not "
                         "checked.");
    it.audited.affected = &it.affected;
    dn_notes_attention(&it.notes, "outbox", "1 tenant");
    assert_sentence(&it, "Every affected tenant was told in time; but something else needs a person.");
    end(&it);
}
END_TEST

START_TEST(sentence_of_the_excused_and_the_exempt)
{
    struct fixture it;
    begin(&it, "2026-06-21T00:00:00Z");
    add(&it, "a", DN_VERDICT_EXEMPT, NULL);
    assert_sentence(&it, "Nobody had to be told: the one obligation is exempt.");
    add(&it, "b", DN_VERDICT_EXCUSED, "2026-06-20T00:00:00Z");
    assert_sentence(&it,
                    "Every tenant was told, late but under a lawful hold: of 2 obligations, 1 was met late under a "
                    "hold and 1 is exempt.");
    add(&it, "c", DN_VERDICT_MET, "2026-06-17T00:00:00Z");
    assert_sentence(&it,
                    "Every tenant was told in time, or later under a lawful hold: of 3 obligations, 1 was met late "
                    "under a hold, 1 is exempt and 1 is met.");
    end(&it);
}
END_TEST

START_TEST(sentence_names_the_worst_first)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add(&it, "a", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add(&it, "b", DN_VERDICT_PENDING, NULL);
    assert_sentence(&it, "Not finished: of 2 obligations, 1 is still to be met and 1 is met.");
    add(&it, "c", DN_VERDICT_MISSING, NULL);
    assert_sentence(&it, "Not finished: of 3 obligations, 1 got no notice at all, 1 is still to be met and 1 is met.");
    add(&it, "d", DN_VERDICT_LATE, "2026-06-19T10:00:00Z");
    assert_sentence(&it, "Not every tenant was told in time: of 4 obligations, 1 got no notice at all, 1 was met late, "
                         "1 is still to be met and 1 is met.");
    end(&it);
}
END_TEST

START_TEST(a_missing_one_is_not_late_before_it_is_due)
{
    struct fixture it;
    begin(&it, "2026-06-19T07:05:00Z");
    add(&it, "a", DN_VERDICT_MISSING, NULL);
    assert_sentence(&it, "Not finished: the one obligation got no notice at all.");
    end(&it);
    begin(&it, "2026-06-19T07:05:01Z");
    add(&it, "a", DN_VERDICT_MISSING, NULL);
    assert_sentence(&it, "Not every tenant was told in time: the one obligation got no notice at all.");
    end(&it);
}
END_TEST

START_TEST(names_are_cut_on_a_terminal_alone)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add(&it, "t", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add_affected(&it, "t", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E and a name that goes on and on \xE2\x80\xAE");
    char *whole = written(&it, TABLE), *cut = written(&it, PLAIN_TABLE), *colour = written(&it, COLOUR_TABLE);
    ck_assert_ptr_nonnull(strstr(whole, "NAME "));
    ck_assert_ptr_nonnull(strstr(whole, "and a name that goes on and on \\u{202E} "));
    ck_assert_ptr_nonnull(strstr(cut, "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E and a name that goes… "));
    ck_assert_ptr_null(strchr(cut, '\x1b'));
    ck_assert_ptr_nonnull(strstr(colour, "\x1b[32mmet"));
    free(whole);
    free(cut);
    free(colour);
    end(&it);
}
END_TEST

START_TEST(table_without_names_has_no_column_for_them)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add(&it, "t", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    char *text = written(&it, TABLE);
    ck_assert_ptr_null(strstr(text, "NAME"));
    free(text);
    end(&it);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *cases = tcase_create("report");
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, percentiles_are_nearest_ranks_of_those_who_were_told);
    tcase_add_test(cases, the_last_stage_is_reached_when_nobody_is_left);
    tcase_add_test(cases, sentence_says_no_more_than_was_checked);
    tcase_add_test(cases, sentence_of_the_excused_and_the_exempt);
    tcase_add_test(cases, sentence_names_the_worst_first);
    tcase_add_test(cases, a_missing_one_is_not_late_before_it_is_due);
    tcase_add_test(cases, names_are_cut_on_a_terminal_alone);
    tcase_add_test(cases, table_without_names_has_no_column_for_them);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
