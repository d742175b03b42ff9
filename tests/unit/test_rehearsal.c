#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "notice/copies.h"
#include "notice/rehearsal.h"
#include "plan_fixture.h"

static struct dn_error err;
static struct dn_config config;
static struct dn_strings tenants;
static struct fixture f;
static struct dn_plan made;

/* t1: a post and two administrators, one of whom is the privacy contact, too; t2: a call; t3: held. */
static void set_up(void)
{
    fixture_make(&f);
    f.plan.source.notice = "initial";
    f.plan.source.config = &config;
    fixture_row(&f, 1, DN_CHANNEL_MESSAGE_CENTER, "t1");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "ann@contoso.example");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "bob@contoso.example");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_PRIVACY, "bob@contoso.example")->same_as = 2;
    fixture_row(&f, 2, DN_CHANNEL_PHONE, "+39 02 1");
    fixture_row(&f, 3, DN_CHANNEL_EMAIL_ADMIN, "eve@fabrikam.example")->state = DN_STATE_HELD;
    memset(f.plan.digest, 'd', sizeof f.plan.digest - 1);
}

static void tear_down(void)
{
    dn_plan_clear(&made);
    dn_strings_clear(&tenants);
    dn_strings_clear(&config.copies);
    fixture_clear(&f);
}

static void rehearse(int64_t limit)
{
    struct dn_rehearsal rehearsal;
    ck_assert_int_eq(dn_rehearsal_read("me@Provider.example", NULL, &tenants, &rehearsal, &err), DN_OK);
    rehearsal.limit = limit;
    ck_assert_msg(dn_rehearsal_make(&f.plan, &rehearsal, &made, &err) == DN_OK, "%s", err.text);
    dn_buf_clear(&rehearsal.address);
}

START_TEST(all_that_would_be_sent_goes_to_one_address_as_mail)
{
    rehearse(0);
    ck_assert_uint_eq(made.row_count, 5);
    for (size_t i = 0; i < made.row_count; i++) {
        ck_assert_str_eq(dn_plan_row_to(dn_plan_at(&made, i)), "me@provider.example");
        ck_assert_int_eq(dn_plan_row_by(dn_plan_at(&made, i)), DN_CHANNEL_EMAIL_ADMIN);
        ck_assert_int_eq(dn_plan_at(&made, i)->required, DN_REQUIRED_NO);
        ck_assert_str_eq(dn_plan_at(&made, i)->recipient, f.plan.rows[i].recipient);
        ck_assert_str_ne(dn_plan_at(&made, i)->key, f.plan.rows[i].key);
    }
    ck_assert_str_eq(made.digest, f.plan.digest);
    ck_assert_str_eq(dn_plan_at(&made, 0)->reason, "rehearsal:me@provider.example");
}
END_TEST

START_TEST(the_mark_names_who_would_get_it)
{
    rehearse(0);
    ck_assert_str_eq(dn_plan_at(&made, 0)->mark, "rehearsal for the Message Center of t1");
    ck_assert_str_eq(dn_plan_at(&made, 1)->mark, "rehearsal for ann@contoso.example");
    ck_assert_str_eq(dn_plan_at(&made, 4)->mark, "rehearsal for the call to +39 02 1");
}
END_TEST

START_TEST(keys_are_those_of_a_rehearsal_also_in_a_drill)
{
    char key[DN_SHA256_HEX];
    f.incident.drill = true;
    rehearse(0);
    dn_ledger_key(DN_TEXT("INC-1"), DN_TEXT("rehearsal-initial"), DN_TEXT("t1"), DN_CHANNEL_EMAIL_ADMIN,
                  DN_TEXT("ann@contoso.example"), key);
    ck_assert_str_eq(dn_plan_at(&made, 1)->key, key);
}
END_TEST

START_TEST(one_message_for_two_roles_stays_one)
{
    struct dn_buf reason = {0};
    rehearse(0);
    ck_assert_uint_eq(dn_plan_at(&made, 3)->same_as, 2);
    dn_buf_addf(&reason, "same-message:%s", dn_plan_at(&made, 2)->key);
    ck_assert_str_eq(dn_plan_at(&made, 3)->reason, reason.at);
    dn_buf_clear(&reason);
}
END_TEST

START_TEST(a_limit_counts_notices_and_not_second_roles)
{
    rehearse(3);
    ck_assert_uint_eq(made.row_count, 4);
    ck_assert_uint_eq(dn_plan_at(&made, 3)->same_as, 2);
    dn_plan_clear(&made);
    rehearse(2);
    ck_assert_uint_eq(made.row_count, 2);
}
END_TEST

/* The rows of a rehearsal are longer than the plan's: they may need the file that the plan did not. */
START_TEST(rows_that_could_not_be_kept_are_told)
{
    static struct dn_plan_row rows[3000];
    struct dn_rehearsal rehearsal;
    for (size_t i = 0; i < 3000; i++) {
        rows[i] = f.rows[2 + i % 2];
        rows[i].same_as = i % 2 ? i - 1 : SIZE_MAX;
    }
    f.plan.rows = rows;
    f.plan.row_count = 3000;
    ck_assert_int_eq(dn_rehearsal_read("me@provider.example", NULL, &tenants, &rehearsal, &err), DN_OK);
    setenv("TMPDIR", "/nowhere", 1);
    ck_assert_int_eq(dn_rehearsal_make(&f.plan, &rehearsal, &made, &err), DN_SYSTEM);
    unsetenv("TMPDIR");
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere"));
    dn_buf_clear(&rehearsal.address);
}
END_TEST

START_TEST(tenants_that_are_asked_for_go_alone)
{
    dn_strings_add(&tenants, DN_TEXT("t2"));
    rehearse(0);
    ck_assert_uint_eq(made.row_count, 1);
    ck_assert_str_eq(dn_plan_at(&made, 0)->tenant->tenant_id, "t2");
}
END_TEST

START_TEST(an_unknown_tenant_is_refused)
{
    const struct dn_rehearsal rehearsal = {.tenants = &tenants};
    dn_strings_add(&tenants, DN_TEXT("t2"));
    dn_strings_add(&tenants, DN_TEXT("t9"));
    ck_assert_int_eq(dn_rehearsal_make(&f.plan, &rehearsal, &made, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "'t9'"));
}
END_TEST

static void refused(const char *address, const char *limit, const char *word)
{
    struct dn_rehearsal rehearsal;
    ck_assert_int_eq(dn_rehearsal_read(address, limit, &tenants, &rehearsal, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, word) != NULL, "%s", err.text);
    dn_buf_clear(&rehearsal.address);
}

START_TEST(what_cannot_be_meant_is_refused)
{
    refused("me@provider.example", "0", "--limit");
    refused("me@provider.example", "1x", "--limit");
    refused("me@provider.example>", NULL, "not a mail address");
    refused("a@b.example\r\nRCPT TO:<c@d.example>", NULL, "not a mail address");
    refused("", NULL, "not a mail address");
    refused(NULL, "1", "--limit goes with --rehearse");
    dn_strings_add(&tenants, DN_TEXT("t2"));
    refused(NULL, NULL, "--tenant goes with --rehearse");
}
END_TEST

/* A ledger in memory with the rows of the fixture in the states given, one letter each: a, r, u; '-': no row. */
static struct dn_ledger *ledger_of(const char *states)
{
    struct dn_notes notes = {0};
    struct dn_ledger *ledger = NULL;
    ck_assert_int_eq(dn_ledger_open(NULL, &ledger, &notes, &err), DN_OK);
    for (size_t i = 0; states[i]; i++) {
        const struct dn_plan_row *row = &f.plan.rows[i];
        struct dn_ledger_row it = {.incident_id = DN_TEXT("INC-1"),
                                   .notice = DN_TEXT("initial"),
                                   .tenant_id = dn_text_of(row->tenant->tenant_id),
                                   .channel = row->channel,
                                   .recipient = dn_text_of(row->recipient),
                                   .key = dn_text_of(row->key),
                                   .attempt = 1,
                                   .at = row->due_at,
                                   .declared_at = row->due_at,
                                   .due_at = row->due_at,
                                   .happened_at = DN_INSTANT_NONE,
                                   .state = DN_STATE_INTENT};
        if (states[i] == '-')
            continue;
        ck_assert_msg(dn_ledger_append(ledger, &it, &err) == DN_OK, "%s", err.text);
        it.state = states[i] == 'a' ? DN_STATE_ACCEPTED : states[i] == 'r' ? DN_STATE_REJECTED : DN_STATE_UNKNOWN;
        ck_assert_msg(dn_ledger_append(ledger, &it, &err) == DN_OK, "%s", err.text);
    }
    ck_assert_int_eq(dn_ledger_commit(ledger, &err), DN_OK);
    return ledger;
}

static void copy(const char *states)
{
    struct dn_ledger *ledger = ledger_of(states);
    if (!config.copies.count) {
        dn_strings_add(&config.copies, DN_TEXT("legal@provider.example"));
        dn_strings_add(&config.copies, DN_TEXT("owner@provider.example"));
    }
    ck_assert_int_eq(dn_copies_make(&f.plan, ledger, &made, &err), DN_OK);
    dn_ledger_close(ledger);
}

START_TEST(a_tenant_that_was_told_has_one_copy_for_each_address)
{
    copy("aaa");
    ck_assert_uint_eq(made.row_count, 2);
    ck_assert_str_eq(dn_plan_at(&made, 0)->recipient, "legal@provider.example");
    ck_assert_str_eq(dn_plan_at(&made, 1)->recipient, "owner@provider.example");
    ck_assert_int_eq(dn_plan_at(&made, 0)->channel, DN_CHANNEL_OTHER);
    ck_assert_int_eq(dn_plan_at(&made, 0)->required, DN_REQUIRED_NO);
    ck_assert_int_eq(dn_plan_row_by(dn_plan_at(&made, 0)), DN_CHANNEL_EMAIL_ADMIN);
    ck_assert_str_eq(dn_plan_at(&made, 0)->mark, "copy: t1");
    ck_assert_str_eq(dn_plan_at(&made, 0)->content_sha256, f.plan.rows[0].content_sha256);
}
END_TEST

START_TEST(what_was_not_taken_has_no_copy)
{
    copy("rru-");
    ck_assert_uint_eq(made.row_count, 0);
}
END_TEST

START_TEST(a_reference_has_no_copy)
{
    f.plan.rows[1].reference_only = true;
    copy("-a");
    ck_assert_uint_eq(made.row_count, 0);
}
END_TEST

START_TEST(a_copy_is_known_in_the_ledger)
{
    struct dn_ledger_row row = {.channel = DN_CHANNEL_OTHER, .required = DN_REQUIRED_NO, .reason = DN_TEXT("copy")};
    ck_assert(dn_copies_is(&row));
    row.required = DN_REQUIRED_ALL;
    ck_assert(!dn_copies_is(&row));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rehearsal");
    TCase *tests = tcase_create("rehearsal");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, all_that_would_be_sent_goes_to_one_address_as_mail);
    tcase_add_test(tests, the_mark_names_who_would_get_it);
    tcase_add_test(tests, keys_are_those_of_a_rehearsal_also_in_a_drill);
    tcase_add_test(tests, one_message_for_two_roles_stays_one);
    tcase_add_test(tests, a_limit_counts_notices_and_not_second_roles);
    tcase_add_test(tests, rows_that_could_not_be_kept_are_told);
    tcase_add_test(tests, tenants_that_are_asked_for_go_alone);
    tcase_add_test(tests, an_unknown_tenant_is_refused);
    tcase_add_test(tests, what_cannot_be_meant_is_refused);
    tcase_add_test(tests, a_tenant_that_was_told_has_one_copy_for_each_address);
    tcase_add_test(tests, what_was_not_taken_has_no_copy);
    tcase_add_test(tests, a_reference_has_no_copy);
    tcase_add_test(tests, a_copy_is_known_in_the_ledger);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
