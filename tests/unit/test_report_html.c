/* The page. */
#include "deadline/report_html.h"
#include "report_fixture.h"

static char *page_with(const char *text)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    add_incident(&it, text);
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++) {
        struct dn_buf tenant = {0};
        dn_buf_addf(&tenant, "%s%c", text, 'a' + verdict);
        bool told = verdict <= DN_VERDICT_EXCUSED || verdict == DN_VERDICT_STRAY;
        struct dn_obligation *row = add(&it, tenant.at, (enum dn_verdict)verdict, told ? START : NULL);
        set(&it, &row->reason, text);
        if (verdict % 2 == 0)
            set(&it, &row->regime, text);
        add_affected(&it, tenant.at, text);
        take(&it, tenant.at, verdict + 1, DN_STATE_DEFERRED, text);
        dn_buf_clear(&tenant);
    }
    dn_told_begin(&it.told, text);
    dn_notes_attention(&it.notes, "time", "%s", text);
    dn_affected_sort(&it.affected);
    char *page = written(&it, HTML);
    end(&it);
    return page;
}

START_TEST(tags_do_not_depend_on_the_data)
{
    char *tame_page = page_with("x"), *page = page_with(hostile[_i]);
    char *tame = tags_of(tame_page), *tags = tags_of(page);
    ck_assert_msg(strcmp(tame, tags) == 0, "other tags");
    ck_assert_ptr_null(strstr(page, "<script"));
    ck_assert_ptr_null(strstr(page, "\xE2\x80\xAE"));
    ck_assert(dn_text_utf8(dn_text_of(page), NULL));
    ck_assert_ptr_null(strpbrk(page, "\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x1b\x7f\r\t"));
    free(tame_page);
    free(page);
    free(tame);
    free(tags);
}
END_TEST

START_TEST(page_fetches_nothing_and_runs_nothing)
{
    static const char *const none[] = {"http:",   "https:",  "src=",   "<link",     "@import", "url(",  "<img",
                                       "<iframe", "<object", "<embed", "<a ",       "onload",  "<form", "<base",
                                       "<audio",  "<video",  "srcset", "poster=\"", "data:"};
    char *page = page_with("x");
    ck_assert_ptr_nonnull(strstr(page, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(strstr(page, none[i]) == NULL, "%s", none[i]);
    ck_assert_uint_eq(count_of(page, "href=\""), count_of(page, "href=\"#m-"));
    free(page);
}
END_TEST

START_TEST(page_can_be_read_aloud)
{
    char *page = page_with("x");
    ck_assert_ptr_nonnull(strstr(page, "<html lang=\"en\">"));
    ck_assert_uint_eq(count_of(page, "<h1"), 1);
    ck_assert_uint_eq(count_of(page, "<section "), count_of(page, "<section aria-labelledby="));
    ck_assert_uint_eq(count_of(page, "<th "), count_of(page, " scope=\""));
    ck_assert_uint_eq(count_of(page, "role=\"img\""), 2);
    ck_assert_uint_eq(count_of(page, "<title id="), 2);
    ck_assert_uint_eq(count_of(page, "<desc id="), 2);
    ck_assert_uint_eq(count_of(page, "<svg class=\"mark"),
                      count_of(page, "viewBox=\"-8 -8 16 16\" aria-hidden=\"true\""));
    free(page);
}
END_TEST

START_TEST(page_names_every_row_that_is_not_met)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    for (int i = 0; i < 1203; i++) {
        struct dn_buf tenant = {0};
        dn_buf_addf(&tenant, "tenant-%04d-", i);
        add(&it, tenant.at,
            i % 3 == 0   ? DN_VERDICT_OVERDUE
            : i % 3 == 1 ? DN_VERDICT_MET
                         : DN_VERDICT_STRAY,
            i % 3 == 0 ? NULL : START);
        dn_buf_clear(&tenant);
    }
    char *page = written(&it, HTML);
    for (int i = 0; i < 1203; i++) {
        struct dn_buf tenant = {0};
        dn_buf_addf(&tenant, "<bdi>tenant-%04d-</bdi><td>", i);
        ck_assert_uint_eq(count_of(page, tenant.at), i % 3 == 1 ? 0 : 1);
        dn_buf_clear(&tenant);
    }
    ck_assert_ptr_nonnull(strstr(page, "Overdue: 401"));
    free(page);
    end(&it);
}
END_TEST

START_TEST(evidence_names_the_rows_of_the_ledger)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    add(&it, "t1", DN_VERDICT_OVERDUE, NULL);
    struct dn_told_source *source = dn_told_begin(&it.told, "ledger.csv");
    source->rows = source->seq = 9;
    memset(source->chain, 'c', 64);
    take(&it, "t1", 7, DN_STATE_INTENT, "");
    take(&it, "t1", 8, DN_STATE_ACCEPTED, "");
    take(&it, "t1", 9, DN_STATE_BOUNCED, "");
    char *page = written(&it, HTML);
    char key[DN_SHA256_HEX];
    struct dn_buf expected = {0};
    dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("initial"), DN_TEXT("t1"), DN_CHANNEL_EMAIL_PRIVACY, DN_TEXT(""), key);
    dn_buf_addf(&expected, "row 9: email-privacy bounced <code>%.12s</code>", key);
    ck_assert_ptr_nonnull(strstr(page, expected.at));
    ck_assert_ptr_nonnull(
        strstr(page, "<code>9 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc</code>"));
    ck_assert_ptr_nonnull(strstr(page, "<strong>Not checked</strong></td><td>The ledger's sequence and chain"));
    dn_buf_clear(&expected);
    free(page);
    end(&it);
}
END_TEST

/* What stands behind every x=" and width=" of the pictures. */
static void assert_places(const char *page)
{
    static const char *const names[] = {" x=\"", " x1=\"", " x2=\"", " width=\""};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        for (const char *found = page; (found = strstr(found, names[n])) != NULL; found++) {
            char *rest = NULL;
            double value = strtod(found + strlen(names[n]), &rest);
            if (*rest == '%')
                ck_assert_msg(value >= 0 && value <= 100, "%.40s", found);
        }
}

static const char *const far_times[][3] = {{"0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
                                           {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
                                           {START, START, START},
                                           {START, DUE, DUE}};

START_TEST(pictures_hold_any_time)
{
    for (int few = 0; few < 2; few++) {
        struct fixture it;
        begin(&it, far_times[_i][2]);
        add_incident(&it, "A test");
        for (int i = 0; i < (few ? 3 : 100); i++) {
            struct dn_obligation *row = add(&it, "t", DN_VERDICT_LATE, i == 0 ? far_times[_i][2] : START);
            row->started_at = at(far_times[_i][0]);
            row->due_at = at(far_times[_i][1]);
        }
        add(&it, "u", DN_VERDICT_OVERDUE, NULL);
        char *page = written(&it, HTML);
        assert_places(page);
        ck_assert_ptr_nonnull(strstr(page, few ? "One line each" : "the share that was told"));
        free(page);
        end(&it);
    }
}
END_TEST

/* The place that follows the first `what` after *from, which moves on. */
static double place_after(const char **from, const char *what)
{
    *from = strstr(*from, what);
    ck_assert_msg(*from != NULL, "%s", what);
    *from = strstr(*from, " x=\"") != NULL && strstr(what, "line") == NULL ? strstr(*from, " x=\"") + 4
                                                                           : strstr(*from, " x1=\"") + 5;
    return strtod(*from, NULL);
}

START_TEST(marks_stand_where_the_times_are)
{
    struct fixture it;
    begin(&it, "2026-06-21T00:00:00Z");
    add(&it, "at-the-start", DN_VERDICT_MET, START);
    add(&it, "half-way", DN_VERDICT_MET, "2026-06-17T19:05:00Z");
    add(&it, "at-the-due-time", DN_VERDICT_MET, DUE);
    add(&it, "late", DN_VERDICT_LATE, "2026-06-19T19:05:00Z");
    char *page = written(&it, HTML);
    const char *rest = strstr(page, "class=\"names\"");
    double due = place_after(&rest, "<line class=\"due\"");
    double start = place_after(&rest, "<use class=\"v-met\""), half = place_after(&rest, "<use class=\"v-met\"");
    double met = place_after(&rest, "<use class=\"v-met\""), late = place_after(&rest, "<use class=\"v-late\"");
    ck_assert_msg(start == 0 && met == due, "%f %f %f", start, met, due);
    ck_assert_msg(half > due / 2 - 0.02 && half < due / 2 + 0.02, "%f of %f", half, due);
    ck_assert_msg(late > due * 7 / 6 - 0.02 && late < due * 7 / 6 + 0.02 && late < 100, "%f of %f", late, due);
    free(page);
    end(&it);
}
END_TEST

START_TEST(a_single_late_one_among_many_is_seen)
{
    struct fixture it;
    begin(&it, "2026-06-20T00:00:00Z");
    for (int i = 0; i < 20000; i++)
        add(&it, "t", DN_VERDICT_MET, "2026-06-16T10:00:00Z");
    add(&it, "late", DN_VERDICT_LATE, "2026-06-19T07:05:01Z");
    char *page = written(&it, HTML);
    ck_assert_uint_eq(count_of(page, "class=\"bar-bad\""), 1);
    ck_assert_ptr_nonnull(strstr(page, "20,000 of 20,001 obligations (99.9 %) met by the due time, 1 after it."));
    ck_assert_uint_lt(strlen(page), 100000);
    free(page);
    end(&it);
}
END_TEST

START_TEST(a_drill_says_so_loudly)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    struct dn_obligation *row = add(&it, "a", DN_VERDICT_PENDING, NULL);
    set(&it, &row->reason, "drill;phone:deferred");
    char *page = written(&it, HTML), *calendar = written(&it, ICS);
    ck_assert_uint_eq(count_of(page, "<strong>DRILL</strong>"), 2);
    ck_assert_ptr_nonnull(strstr(page, "<title>DRILL: "));
    ck_assert_ptr_nonnull(strstr(page, "<h1>Drill: Not finished: "));
    ck_assert_ptr_nonnull(strstr(calendar, "SUMMARY:[DRILL] Due: tell a"));
    free(page);
    free(calendar);
    end(&it);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_html");
    TCase *cases = tcase_create("report_html");
    tcase_set_timeout(cases, 0);
    tcase_add_loop_test(cases, tags_do_not_depend_on_the_data, 0, COUNT(hostile));
    tcase_add_test(cases, page_fetches_nothing_and_runs_nothing);
    tcase_add_test(cases, page_can_be_read_aloud);
    tcase_add_test(cases, page_names_every_row_that_is_not_met);
    tcase_add_test(cases, evidence_names_the_rows_of_the_ledger);
    tcase_add_loop_test(cases, pictures_hold_any_time, 0, COUNT(far_times));
    tcase_add_test(cases, marks_stand_where_the_times_are);
    tcase_add_test(cases, a_single_late_one_among_many_is_seen);
    tcase_add_test(cases, a_drill_says_so_loudly);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
