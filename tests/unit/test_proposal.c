/* The plan as people approve it: with whose approval it may leave, and what a rehearsal makes of it. */
#include <check.h>

#include "channel/proposal.h"
#include "sources_fixture.h"

#define APPROVAL CONFIG_HEAD "approval: required\n"
#define TENANT(id, mail) ROW(id, "Name", "en", "access", "yes", mail, "", "", "")

/* Reads and proposes for two tenants; ends the test when either fails. */
static void propose(struct inputs *it, const char *config, struct dn_proposal *proposal)
{
    const struct given given = {.incident = INCIDENT_HEAD,
                                .config = config,
                                .affected = {AFFECTED_HEADER TENANT("t1", "a@x.example") TENANT("t2", "b@x.example")}};
    ck_assert_msg(inputs_read(it, &given) == DN_OK, "%s", it->err.text);
    enum dn_status status = dn_proposal_make(&it->order, &it->sources, it->now, proposal, &it->notes, &it->err);
    ck_assert_msg(status == DN_OK, "%s", it->err.text);
}

static enum dn_status check(struct inputs *it, const struct dn_proposal *proposal)
{
    return dn_proposal_check(proposal, &it->order, &it->notes, &it->err);
}

START_TEST(without_a_wish_for_approval_none_is_needed)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    propose(&it, CONFIG_HEAD, &proposal);
    ck_assert_int_eq(check(&it, &proposal), DN_OK);
    ck_assert_str_eq(proposal.notice, "initial");
    ck_assert(dn_proposal_real(&proposal) == &proposal.plan);
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

START_TEST(an_approval_that_is_required_is_one_of_this_plan)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    char other[DN_SHA256_HEX];
    propose(&it, APPROVAL, &proposal);
    ck_assert_int_eq(check(&it, &proposal), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(it.err.text, "requires approval"));
    memcpy(other, proposal.plan.digest, sizeof other);
    other[0] = other[0] == '0' ? '1' : '0';
    it.order.approve = other;
    ck_assert_int_eq(check(&it, &proposal), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(it.err.text, proposal.plan.digest));
    it.order.approve = proposal.plan.digest;
    ck_assert_int_eq(check(&it, &proposal), DN_OK);
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

START_TEST(a_plan_that_is_shown_needs_no_approval_but_is_held_against_one)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    propose(&it, APPROVAL, &proposal);
    it.order.dry_run = true;
    ck_assert_int_eq(check(&it, &proposal), DN_OK);
    it.order.approve = "0000";
    ck_assert_int_eq(check(&it, &proposal), DN_INVALID);
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

START_TEST(a_rehearsal_takes_the_place_of_the_plan_that_was_approved)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    struct dn_rehearsal rehearsal;
    struct dn_strings tenants = {0};
    propose(&it, CONFIG_HEAD, &proposal);
    size_t planned = proposal.plan.row_count;
    ck_assert_int_eq(dn_rehearsal_read("me@provider.example", "1", &tenants, &rehearsal, &it.err), DN_OK);
    ck_assert_int_eq(dn_proposal_rehearse(&proposal, &rehearsal, &it.notes, &it.err), DN_OK);
    ck_assert_str_eq(proposal.notice, "rehearsal-initial");
    ck_assert_str_eq(proposal.rehearsed_to, "me@provider.example");
    ck_assert_uint_eq(proposal.plan.row_count, 1);
    ck_assert_str_eq(dn_plan_row_to(dn_plan_at(&proposal.plan, 0)), "me@provider.example");
    ck_assert_uint_eq(dn_proposal_real(&proposal)->row_count, planned);
    ck_assert_str_eq(proposal.plan.digest, dn_proposal_real(&proposal)->digest);
    dn_buf_clear(&rehearsal.address);
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

START_TEST(without_an_address_nothing_is_rehearsed)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    const struct dn_rehearsal none = {.limit = 0};
    propose(&it, CONFIG_HEAD, &proposal);
    ck_assert_int_eq(dn_proposal_rehearse(&proposal, &none, &it.notes, &it.err), DN_OK);
    ck_assert_ptr_null(proposal.rehearsed_to);
    ck_assert_str_eq(proposal.notice, "initial");
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

START_TEST(its_note_accounts_for_every_row)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    propose(&it, CONFIG_HEAD, &proposal);
    dn_proposal_note(&proposal, &it.notes);
    const struct dn_note *last = &it.notes.at[it.notes.count - 1];
    ck_assert_str_eq(last->text, "2 affected rows = 6 rows of the plan: 4 to send, 2 skipped, 0 held");
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

START_TEST(nobody_to_notify_wants_a_person)
{
    struct inputs it;
    struct dn_proposal proposal = {0};
    const struct given given = {.incident = INCIDENT_HEAD, .config = CONFIG_HEAD, .affected = {AFFECTED_HEADER}};
    ck_assert_int_eq(inputs_read(&it, &given), DN_OK);
    ck_assert_int_eq(dn_proposal_make(&it.order, &it.sources, it.now, &proposal, &it.notes, &it.err), DN_OK);
    ck_assert(!dn_notes_need_person(&it.notes));
    ck_assert_int_eq(check(&it, &proposal), DN_OK);
    ck_assert(dn_notes_need_person(&it.notes));
    dn_proposal_clear(&proposal);
    inputs_clear(&it);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proposal");
    TCase *tests = tcase_create("proposal");
    tcase_add_test(tests, without_a_wish_for_approval_none_is_needed);
    tcase_add_test(tests, an_approval_that_is_required_is_one_of_this_plan);
    tcase_add_test(tests, a_plan_that_is_shown_needs_no_approval_but_is_held_against_one);
    tcase_add_test(tests, a_rehearsal_takes_the_place_of_the_plan_that_was_approved);
    tcase_add_test(tests, without_an_address_nothing_is_rehearsed);
    tcase_add_test(tests, its_note_accounts_for_every_row);
    tcase_add_test(tests, nobody_to_notify_wants_a_person);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
