/* Contents that a thread makes ahead of time are those that the plan has. */
#include <check.h>

#include "notice/ahead.h"
#include "notice_fixture.h"

#define CONFIG CONFIG_HEAD "policy: [{send: [message-center, email-admin, phone], require: all}]\n"

enum { TENANTS = 300, LARGE_TENANT = 123 };

static struct world w;
static size_t foreseen;

/* Tenants with two administrators each, now and then without one; resources: one of them has so many that its notice
 * is large. */
static void make_world(bool with_resources)
{
    struct dn_buf affected = {0}, resources = {0};
    dn_buf_adds(&affected, AFFECTED_HEADER);
    dn_buf_adds(&resources, RESOURCES_HEADER);
    for (int i = 0; i < TENANTS; i++) {
        dn_buf_addf(&affected, "INC-1,t-%03d,Name %d,,%s,,,added,access,confirmed,mail,1,1,1,,,,domain,%s,%s,,%s,,\n",
                    i, i, i % 3 ? "en" : "fr", i % 5 ? "yes" : "no", i % 7 ? "a@x.example;b@x.example" : "",
                    i % 2 ? "+1 555 0100" : "");
        for (int k = 0; k < (i == LARGE_TENANT ? 2000 : 1); k++)
            dn_buf_addf(
                &resources,
                "INC-1,,mail,thing-%d-%d-%040d,access,confirmed,1,1,,,,e:1,2026-06-15T19:30:00Z,t-%03d,domain\n", i, k,
                k, i);
    }
    WORLD(&w, INCIDENT_HEAD, CONFIG, affected.at, with_resources ? resources.at : NULL);
    dn_buf_clear(&affected);
    dn_buf_clear(&resources);
    foreseen = 0;
}

static bool is_sent(size_t row)
{
    return dn_plan_at(&w.plan, row)->state == DN_STATE_INTENT;
}

static size_t next_sent(void *context)
{
    size_t *next = context;
    while (*next < w.plan.row_count && !is_sent(*next))
        (*next)++;
    return *next < w.plan.row_count ? (*next)++ : SIZE_MAX;
}

static void check_same(size_t row, const struct dn_content *content)
{
    const struct dn_content *planned = world_content(&w, row);
    ck_assert_str_eq(content->subject, planned->subject);
    ck_assert_str_eq(content->text, planned->text);
    ck_assert_str_eq(content->html, planned->html);
    ck_assert_str_eq(content->sha256, planned->sha256);
    ck_assert_uint_eq(content->attachment_count, planned->attachment_count);
    if (dn_plan_at(&w.plan, row)->channel == DN_CHANNEL_PHONE)
        ck_assert_str_eq(content->script_sha256, planned->script_sha256);
}

/* Asks for each row but those of `left_out`; how many were there. */
static size_t take_all(struct dn_ahead *ahead, size_t left_out, size_t between)
{
    size_t there = 0;
    for (size_t row = 0; row < w.plan.row_count; row++) {
        if (!is_sent(row) || (left_out && row % left_out == 0))
            continue;
        if (between && row % between == 0 && row > 40)
            ck_assert_ptr_null(dn_ahead_take(ahead, row - 40)); /* one that is tried again */
        const struct dn_content *content = dn_ahead_take(ahead, row);
        if (content)
            check_same(row, content);
        there += content != NULL;
    }
    return there;
}

static size_t count_sent(size_t left_out)
{
    size_t sent = 0;
    for (size_t row = 0; row < w.plan.row_count; row++)
        sent += is_sent(row) && !(left_out && row % left_out == 0);
    return sent;
}

START_TEST(every_row_has_its_own_content)
{
    static const size_t left_out[] = {0, 3, 0, 11}, between[] = {0, 0, 5, 7};
    for (size_t i = 0; i < 4; i++) {
        make_world(false);
        struct dn_ahead *ahead = dn_ahead_begin(&w.plan, next_sent, &foreseen);
        ck_assert_ptr_nonnull(ahead);
        ck_assert_uint_eq(take_all(ahead, left_out[i], between[i]), count_sent(left_out[i]));
        ck_assert_ptr_null(dn_ahead_take(ahead, 0));
        dn_ahead_end(ahead);
        world_clear(&w);
    }
}
END_TEST

START_TEST(behind_a_large_one_nothing_is_made_ahead)
{
    make_world(true);
    struct dn_ahead *ahead = dn_ahead_begin(&w.plan, next_sent, &foreseen);
    size_t there = take_all(ahead, 0, 0);
    ck_assert_uint_gt(there, LARGE_TENANT);
    ck_assert_uint_lt(there, count_sent(0) / 2);
    dn_ahead_end(ahead);
    world_clear(&w);
}
END_TEST

START_TEST(it_can_end_before_anything_was_asked_for)
{
    make_world(false);
    struct dn_ahead *ahead = dn_ahead_begin(&w.plan, next_sent, &foreseen);
    dn_ahead_end(ahead);
    ahead = dn_ahead_begin(&w.plan, next_sent, &foreseen);
    ck_assert_ptr_nonnull(dn_ahead_take(ahead, next_sent(&(size_t){0})));
    dn_ahead_end(ahead);
    world_clear(&w);
}
END_TEST

START_TEST(few_rows_are_not_worth_it)
{
    WORLD(&w, INCIDENT_HEAD, NULL,
          AFFECTED_HEADER ROW("t1", "One", "en", "access", "yes", "a@x.example", "p@x.example", "", ""), NULL);
    ck_assert_ptr_null(dn_ahead_begin(&w.plan, next_sent, &foreseen));
    dn_ahead_end(NULL);
    world_clear(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ahead");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_row_has_its_own_content);
    tcase_add_test(tcase, behind_a_large_one_nothing_is_made_ahead);
    tcase_add_test(tcase, it_can_end_before_anything_was_asked_for);
    tcase_add_test(tcase, few_rows_are_not_worth_it);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
