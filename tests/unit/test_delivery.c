#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/check.h"
#include "channel/delivery.h"
#include "channel/left.h"
#include "ledger_rows.h"
#include "plan_fixture.h"

/* A transport that remembers what it was given, and fails when told to. */
struct double_ {
    struct dn_buf log; /* "take KEY4 DATE;", "keep", "flush", "finish" */
    const struct dn_ledger *ledger;
    int takes, fail_take, fail_flush; /* fail at the n-th; 0: never */
    enum dn_state answer;
    struct dn_strings found;
    volatile sig_atomic_t *stop_after_flush;
};

static struct double_ the;
static struct dn_transport transport;
static struct dn_ledger *ledger;
static struct dn_error err;
static struct fixture f;
static struct dn_instant now;
static volatile sig_atomic_t stop;
static struct dn_delivery_counts counts;
static struct dn_step_counts steps_seen;
static bool add_recipients;

static bool has_found(void *self, const char *key, enum dn_channel channel)
{
    (void)self;
    (void)channel;
    return dn_strings_has(&the.found, dn_text_of(key));
}

static void log_dispatch(const char *what, const struct dn_dispatch *dispatch)
{
    char date[DN_INSTANT_TEXT];
    dn_instant_format(dispatch->intent_at, date);
    dn_buf_addf(&the.log, "%s %s %s %.10s;", what, dispatch->row->tenant->tenant_id,
                dn_channel_words[dispatch->row->channel], date);
}

static enum dn_status take(void *self, const struct dn_dispatch *dispatch, struct dn_outcome *outcome,
                           struct dn_error *e)
{
    (void)self;
    const struct dn_ledger_row *last = row_last(the.ledger, dn_text_of(dispatch->row->key));
    ck_assert_ptr_nonnull(last);
    ck_assert_int_eq(last->state, DN_STATE_INTENT); /* nothing is handed over that the ledger does not know */
    if (++the.takes == the.fail_take)
        return dn_error_set(e, DN_SYSTEM, "take failed");
    log_dispatch("take", dispatch);
    outcome->state = dispatch->row->channel == DN_CHANNEL_PHONE ? DN_STATE_INTENT : the.answer;
    strcpy(outcome->code, "double");
    return DN_OK;
}

static enum dn_status keep(void *self, const struct dn_dispatch *dispatch, struct dn_error *e)
{
    (void)self;
    (void)e;
    log_dispatch("keep", dispatch);
    return DN_OK;
}

static enum dn_status flush(void *self, struct dn_error *e)
{
    (void)self;
    dn_buf_adds(&the.log, "flush;");
    if (the.stop_after_flush)
        *the.stop_after_flush = 1;
    return the.fail_flush && --the.fail_flush == 0 ? dn_error_set(e, DN_SYSTEM, "flush failed") : DN_OK;
}

static enum dn_status finish(void *self, struct dn_error *e)
{
    (void)self;
    (void)e;
    dn_buf_adds(&the.log, "finish;");
    return DN_OK;
}

static struct dn_instant clock_of(const void *context)
{
    (void)context;
    return now;
}

static void set_up(void)
{
    struct dn_notes notes = {0};
    memset(&the, 0, sizeof the);
    fixture_make(&f);
    ck_assert_int_eq(dn_ledger_open(NULL, &ledger, &notes, &err), DN_OK);
    dn_instant_parse(DN_TEXT("2026-06-15T20:00:00Z"), &now);
    the.ledger = ledger;
    the.answer = DN_STATE_ACCEPTED;
    stop = 0;
    add_recipients = false;
    transport = (struct dn_transport){
        .code = "double", .batch = 2, .found = has_found, .take = take, .keep = keep, .flush = flush, .finish = finish};
}

static void tear_down(void)
{
    dn_buf_clear(&the.log);
    dn_strings_clear(&the.found);
    dn_ledger_close(ledger);
    fixture_clear(&f);
}

static enum dn_status run(void)
{
    struct dn_steps steps = {0};
    const struct dn_reading reading = {.add_recipients = add_recipients};
    ck_assert_int_eq(dn_reconcile(&f.plan, ledger, "initial", reading, &steps, &err), DN_OK);
    steps_seen = steps.counts;
    struct dn_delivery delivery = {.plan = &f.plan,
                                   .steps = &steps,
                                   .ledger = ledger,
                                   .transport = &transport,
                                   .notice = "initial",
                                   .by = "soc",
                                   .approved_by = "",
                                   .clock = clock_of,
                                   .stop = &stop};
    enum dn_status status = dn_delivery_run(&delivery, &counts, &err);
    dn_steps_clear(&steps);
    return status;
}

static void check_log(const char *want)
{
    ck_assert_str_eq(the.log.at ? the.log.at : "", want);
    dn_buf_reset(&the.log);
}

/* The ledger as "tenant channel state;" from row `from` (0-based) on. */
static void check_ledger(size_t from, const char *want)
{
    struct dn_buf found = {0};
    dn_buf_adds(&found, "");
    for (size_t i = from; i < dn_ledger_count(ledger); i++) {
        const struct dn_ledger_row *row = row_at(ledger, i);
        dn_buf_addf(&found, "%.*s %s %s %lld;", (int)row->tenant_id.size, row->tenant_id.at,
                    dn_channel_words[row->channel], dn_state_words[row->state], (long long)row->attempt);
    }
    ck_assert_str_eq(found.at, want);
    dn_buf_clear(&found);
}

static void set_state(struct dn_plan_row *row, enum dn_state state, const char *reason)
{
    row->state = state;
    row->reason = own(&f, reason);
    row->content_sha256[0] = '\0';
}

static void check_left(struct dn_left want)
{
    struct dn_left left;
    struct dn_notes notes = {0};
    ck_assert_int_eq(dn_left_find(&f.plan, ledger, "initial", (struct dn_reading){0}, &left, &err), DN_OK);
    ck_assert_uint_eq(left.begun, want.begun);
    ck_assert_uint_eq(left.unknown, want.unknown);
    ck_assert_uint_eq(left.untold, want.untold);
    dn_left_note(&left, &notes);
    ck_assert(dn_notes_need_person(&notes) == (want.begun + want.unknown + want.untold > 0));
    dn_notes_clear(&notes);
}

/* Rows that end in a state, and then a plan of one other row. */
static struct dn_plan_row *begin_with(enum dn_state answer, size_t tenant, enum dn_channel channel, const char *to)
{
    the.answer = answer;
    ck_assert_int_eq(run(), DN_OK);
    the.answer = DN_STATE_ACCEPTED;
    f.plan.row_count = 0;
    return fixture_row(&f, tenant, channel, to);
}

START_TEST(test_intents_are_durable_before_and_outcomes_after)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    set_state(fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, ""), DN_STATE_SKIPPED, "no-admin-email");
    set_state(fixture_row(&f, 2, DN_CHANNEL_EMAIL_ADMIN, "x@t2.example"), DN_STATE_HELD, "isolation");
    ck_assert_int_eq(run(), DN_OK);
    check_log("take t0 email-admin 2026-06-15;flush;flush;finish;");
    check_ledger(0,
                 "t0 email-admin intent 1;t1 email-admin skipped 0;t0 email-admin accepted 1;t2 email-admin held 0;");
    ck_assert_uint_eq(counts.messages, 1);
}
END_TEST

START_TEST(test_a_second_run_does_nothing)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 0, DN_CHANNEL_PHONE, "+49");
    set_state(fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, ""), DN_STATE_SKIPPED, "no-admin-email");
    ck_assert_int_eq(run(), DN_OK);
    size_t rows = dn_ledger_count(ledger);
    dn_buf_reset(&the.log);
    ck_assert_int_eq(run(), DN_OK);
    check_log("keep t0 phone 2026-06-15;flush;flush;finish;");
    ck_assert_uint_eq(dn_ledger_count(ledger), rows);
    ck_assert_uint_eq(steps_seen.settled, 1);
    ck_assert_uint_eq(steps_seen.kept, 1);
    ck_assert_uint_eq(steps_seen.unchanged, 1);
}
END_TEST

START_TEST(test_a_call_is_deferred_when_the_sheet_is_there)
{
    fixture_row(&f, 0, DN_CHANNEL_PHONE, "+49");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "a@t1.example");
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(0, "t0 phone intent 1;t1 email-admin intent 1;t1 email-admin accepted 1;t0 phone deferred 1;");
}
END_TEST

START_TEST(test_a_tenant_is_never_cut_in_two)
{
    for (int i = 0; i < 5; i++) {
        char to[] = "0@t0.example";
        to[0] = (char)('0' + i);
        fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, to);
    }
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "a@t1.example");
    ck_assert_int_eq(run(), DN_OK);
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(row_at(ledger, i)->state, DN_STATE_INTENT);
    ck_assert_int_eq(row_at(ledger, 5)->state, DN_STATE_ACCEPTED);
}
END_TEST

START_TEST(test_a_run_that_fails_is_taken_up_with_its_first_date)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "a@t1.example");
    the.fail_take = 2;
    ck_assert_int_eq(run(), DN_SYSTEM);
    check_ledger(0, "t0 email-admin intent 1;t1 email-admin intent 1;");
    dn_buf_reset(&the.log);
    now = dn_instant_add(now, 86400);
    ck_assert_int_eq(run(), DN_OK);
    check_log("take t0 email-admin 2026-06-15;take t1 email-admin 2026-06-15;flush;finish;");
    check_ledger(2, "t0 email-admin accepted 1;t1 email-admin accepted 1;");
}
END_TEST

START_TEST(test_what_is_found_is_accepted_with_its_own_text)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    the.fail_flush = 1;
    ck_assert_int_eq(run(), DN_SYSTEM);
    dn_strings_add(&the.found, dn_text_of(row->key));
    dn_buf_reset(&the.log);
    memset(row->content_sha256, 'b', DN_SHA256_HEX - 1); /* the template was mended meanwhile */
    ck_assert_int_eq(run(), DN_OK);
    check_log("flush;finish;");
    ck_assert_int_eq(row_at(ledger, 1)->state, DN_STATE_ACCEPTED);
    ck_assert_int_eq(row_at(ledger, 1)->content_sha256.at[0], 'a');
    ck_assert_uint_eq(counts.found, 1);
}
END_TEST

START_TEST(test_without_eyes_an_intent_is_unknown)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    the.fail_flush = 1;
    ck_assert_int_eq(run(), DN_SYSTEM);
    transport.found = NULL;
    dn_buf_reset(&the.log);
    ck_assert_int_eq(run(), DN_OK);
    check_log("flush;finish;");
    check_ledger(1, "t0 email-admin unknown 1;");
    ck_assert_int_eq(run(), DN_OK); /* and never tried again by itself */
    check_ledger(2, "");
    ck_assert_uint_eq(steps_seen.unknown, 1);
}
END_TEST

START_TEST(test_what_is_held_after_a_killed_run_is_not_sent)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    the.fail_take = 1;
    ck_assert_int_eq(run(), DN_SYSTEM);
    set_state(row, DN_STATE_HELD, "hold");
    dn_buf_reset(&the.log);
    ck_assert_int_eq(run(), DN_OK);
    check_log("flush;finish;");
    check_ledger(1, "t0 email-admin deferred 1;t0 email-admin held 1;");
}
END_TEST

START_TEST(test_a_tenant_that_was_held_and_is_free_is_told)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    set_state(row, DN_STATE_HELD, "isolation");
    ck_assert_int_eq(run(), DN_OK);
    row->state = DN_STATE_INTENT;
    row->reason = own(&f, "");
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(0, "t0 email-admin held 0;t0 email-admin intent 1;t0 email-admin accepted 1;");
}
END_TEST

START_TEST(test_a_hold_for_another_reason_is_written)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    set_state(row, DN_STATE_HELD, "isolation");
    ck_assert_int_eq(run(), DN_OK);
    set_state(row, DN_STATE_HELD, "removed");
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(0, "t0 email-admin held 0;t0 email-admin held 0;");
}
END_TEST

START_TEST(test_changed_text_of_settled_keys_is_counted)
{
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    ck_assert_int_eq(run(), DN_OK);
    memset(row->content_sha256, 'b', DN_SHA256_HEX - 1);
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(2, "");
    ck_assert_uint_eq(steps_seen.changed, 1);
}
END_TEST

START_TEST(test_a_satisfied_channel_gains_no_recipient_by_itself)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    ck_assert_int_eq(run(), DN_OK);
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "b@t0.example");
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "c@t0.example"); /* another channel: told */
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(2, "t0 email-privacy intent 1;t0 email-privacy accepted 1;");
    ck_assert_uint_eq(steps_seen.added, 1);
    add_recipients = true;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(4, "t0 email-admin intent 1;t0 email-admin accepted 1;");
}
END_TEST

START_TEST(test_two_roles_of_one_address_get_one_message)
{
    struct dn_plan_row *first = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "a@t0.example")->same_as = 0;
    char reason[96];
    snprintf(reason, sizeof reason, "same-message:%s", first->key);
    ck_assert_int_eq(run(), DN_OK);
    check_log("take t0 email-admin 2026-06-15;flush;finish;");
    check_ledger(
        0, "t0 email-admin intent 1;t0 email-privacy intent 1;t0 email-admin accepted 1;t0 email-privacy accepted 1;");
    ck_assert(dn_text_is(row_at(ledger, 3)->reason, reason));
    ck_assert(dn_text_is(row_at(ledger, 2)->reason, ""));
}
END_TEST

START_TEST(test_a_first_role_that_comes_later_gets_no_second_message)
{
    struct dn_plan_row *privacy = fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "a@t0.example");
    struct dn_plan_row kept = *privacy;
    ck_assert_int_eq(run(), DN_OK);
    f.plan.row_count = 0;
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    f.rows[1] = kept;
    f.rows[1].same_as = 0;
    f.plan.row_count = 2;
    dn_buf_reset(&the.log);
    ck_assert_int_eq(run(), DN_OK);
    check_log("flush;finish;");
    check_ledger(2, "t0 email-admin intent 1;t0 email-admin accepted 1;");
    ck_assert(dn_text_starts(row_at(ledger, 3)->reason, "same-message:"));
}
END_TEST

START_TEST(test_an_address_that_moved_to_the_other_role_gets_no_second_message)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "a@t0.example");
    ck_assert_int_eq(run(), DN_OK);
    f.plan.row_count = 0;
    struct dn_plan_row *row = fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    dn_buf_reset(&the.log);
    ck_assert_int_eq(run(), DN_OK);
    check_log("flush;finish;");
    const struct dn_ledger_row *last = row_last(ledger, dn_text_of(row->key));
    ck_assert_int_eq(last->state, DN_STATE_ACCEPTED);
    ck_assert(dn_text_starts(last->reason, "same-message:"));
    check_left((struct dn_left){0});
}
END_TEST

START_TEST(test_an_address_that_was_refused_in_its_other_role_is_tried)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "a@t0.example");
    begin_with(DN_STATE_REJECTED, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    dn_buf_reset(&the.log);
    ck_assert_int_eq(run(), DN_OK);
    check_log("take t0 email-admin 2026-06-15;flush;finish;");
}
END_TEST

START_TEST(test_a_rejected_message_rejects_both_roles)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_PRIVACY, "a@t0.example")->same_as = 0;
    the.answer = DN_STATE_REJECTED;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(2, "t0 email-admin rejected 1;t0 email-privacy rejected 1;");
    ck_assert_uint_eq(counts.refused, 2);
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(4, "");
    ck_assert_uint_eq(steps_seen.undelivered, 2);
}
END_TEST

START_TEST(test_deferred_mail_is_tried_again_as_a_new_attempt)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    the.answer = DN_STATE_DEFERRED;
    ck_assert_int_eq(run(), DN_OK);
    the.answer = DN_STATE_ACCEPTED;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(
        0, "t0 email-admin intent 1;t0 email-admin deferred 1;t0 email-admin intent 2;t0 email-admin accepted 2;");
}
END_TEST

START_TEST(test_a_signal_ends_after_the_batch_in_hand)
{
    for (size_t i = 0; i < 6; i++)
        fixture_row(&f, i, DN_CHANNEL_EMAIL_ADMIN, "a@t.example");
    the.stop_after_flush = &stop;
    ck_assert_int_eq(run(), DN_OK);
    check_ledger(
        0, "t0 email-admin intent 1;t1 email-admin intent 1;t0 email-admin accepted 1;t1 email-admin accepted 1;");
    ck_assert_uint_eq(counts.left, 4);
}
END_TEST

START_TEST(test_a_stopped_run_keeps_earlier_calls_on_the_sheet)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "a@t1.example");
    fixture_row(&f, 2, DN_CHANNEL_PHONE, "+49");
    ck_assert_int_eq(run(), DN_OK);
    dn_buf_reset(&the.log);
    stop = 1;
    ck_assert_int_eq(run(), DN_OK);
    check_log("keep t2 phone 2026-06-15;finish;");
}
END_TEST

START_TEST(test_an_intent_that_no_plan_covers_is_named)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    the.fail_take = 1;
    ck_assert_int_eq(run(), DN_SYSTEM);
    f.plan.row_count = 0;
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "a@t1.example");
    check_left((struct dn_left){.begun = 1});
}
END_TEST

START_TEST(test_what_is_unknown_stays_so_when_its_contact_leaves_the_plan)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    begin_with(DN_STATE_UNKNOWN, 0, DN_CHANNEL_EMAIL_ADMIN, "b@t0.example");
    ck_assert_int_eq(run(), DN_OK);
    check_left((struct dn_left){.unknown = 1});
}
END_TEST

START_TEST(test_a_refused_contact_is_left_until_another_is_told_by_its_channel)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "b@t0.example");
    begin_with(DN_STATE_REJECTED, 0, DN_CHANNEL_EMAIL_PRIVACY, "c@t0.example");
    ck_assert_int_eq(run(), DN_OK);
    check_left((struct dn_left){.untold = 2});
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "d@t0.example");
    check_left((struct dn_left){.untold = 2});
    ck_assert_int_eq(run(), DN_OK);
    check_left((struct dn_left){0});
}
END_TEST

START_TEST(test_one_of_any_channels_is_enough)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example")->required = DN_REQUIRED_ANY;
    begin_with(DN_STATE_DEFERRED, 0, DN_CHANNEL_EMAIL_PRIVACY, "c@t0.example")->required = DN_REQUIRED_ANY;
    check_left((struct dn_left){.untold = 1});
    ck_assert_int_eq(run(), DN_OK);
    check_left((struct dn_left){0});
}
END_TEST

START_TEST(test_a_courtesy_is_nobody_told_instead)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    begin_with(DN_STATE_REJECTED, 0, DN_CHANNEL_EMAIL_ADMIN, "b@t0.example")->required = DN_REQUIRED_NO;
    ck_assert_int_eq(run(), DN_OK);
    check_left((struct dn_left){.untold = 1});
}
END_TEST

START_TEST(test_nobody_waits_for_a_courtesy_or_for_another_tenant)
{
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example")->required = DN_REQUIRED_NO;
    fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "a@t1.example");
    begin_with(DN_STATE_DEFERRED, 0, DN_CHANNEL_EMAIL_ADMIN, "b@t0.example");
    check_left((struct dn_left){0});
}
END_TEST

START_TEST(test_the_declaration_must_agree_or_be_named_as_corrected)
{
    struct dn_incidents incidents = {.at = &f.incident, .count = 1, .room = 1};
    struct dn_revision revision = {0};
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    ck_assert_int_eq(run(), DN_OK);
    ck_assert_int_eq(dn_reconcile_declared(ledger, &incidents, &err), DN_OK);
    dn_instant_parse(DN_TEXT("2026-06-15T12:00:00Z"), &f.declared.at);
    ck_assert_int_eq(dn_reconcile_declared(ledger, &incidents, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "2026-06-15T18:00:00Z"));
    ck_assert_ptr_nonnull(strstr(err.text, "2026-06-15T12:00:00Z"));
    revision.change = own(&f, "incident-declared corrected from 2026-06-15T18:00:00Z to 2026-06-15T12:00:00Z");
    f.incident.revisions = &revision;
    f.incident.revision_count = 1;
    ck_assert_int_eq(dn_reconcile_declared(ledger, &incidents, &err), DN_OK);
}
END_TEST

/* As a command does it: every notice while its content is there, then the rows. */
static enum dn_status check(const struct dn_config *config)
{
    struct dn_check with = {.config = config, .now = now};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < f.plan.row_count && status == DN_OK; i++)
        if (f.rows[i].state == DN_STATE_INTENT)
            status = dn_check_notice(&with, &f.rows[i], &f.content, &err);
    dn_check_clear(&with);
    return status == DN_OK ? dn_check_plan(&f.plan, &err) : status;
}

START_TEST(test_nothing_is_planned_twice)
{
    struct dn_config config = {0};
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    ck_assert_int_eq(check(&config), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "t0"));
}
END_TEST

START_TEST(test_a_drill_says_so_in_every_row)
{
    struct dn_ledger_row row;
    f.incident.drill = true;
    dn_delivery_row(fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example"), "initial", &row);
    ck_assert(dn_text_is(row.notice, "drill-initial"));
}
END_TEST

START_TEST(test_a_message_that_cannot_be_written_is_seen_before_anything_happens)
{
    struct dn_config config = {0};
    fixture_row(&f, 0, DN_CHANNEL_EMAIL_ADMIN, "a@t0.example");
    struct dn_plan_row *row = fixture_row(&f, 1, DN_CHANNEL_EMAIL_ADMIN, "b@t1.example");
    ck_assert_int_eq(check(&config), DN_OK);
    row->recipient = own(&f, "b@t1.example>\r\nRCPT TO:<evil@x.example");
    ck_assert_int_eq(check(&config), DN_INVALID);
    row->recipient = own(&f, "b@t1.example>");
    ck_assert_int_eq(check(&config), DN_INVALID);
    row->state = DN_STATE_HELD; /* a held one is not composed */
    ck_assert_int_eq(check(&config), DN_OK);
    row->tenant = &f.tenants[2]; /* but it stands in the ledger */
    f.tenants[2].tenant_id = own(&f, "t\n2");
    ck_assert_int_eq(check(&config), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "t\\n2"));
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        test_intents_are_durable_before_and_outcomes_after,
        test_a_second_run_does_nothing,
        test_a_call_is_deferred_when_the_sheet_is_there,
        test_a_tenant_is_never_cut_in_two,
        test_a_run_that_fails_is_taken_up_with_its_first_date,
        test_what_is_found_is_accepted_with_its_own_text,
        test_without_eyes_an_intent_is_unknown,
        test_what_is_held_after_a_killed_run_is_not_sent,
        test_a_tenant_that_was_held_and_is_free_is_told,
        test_a_hold_for_another_reason_is_written,
        test_changed_text_of_settled_keys_is_counted,
        test_a_satisfied_channel_gains_no_recipient_by_itself,
        test_two_roles_of_one_address_get_one_message,
        test_a_first_role_that_comes_later_gets_no_second_message,
        test_an_address_that_moved_to_the_other_role_gets_no_second_message,
        test_an_address_that_was_refused_in_its_other_role_is_tried,
        test_a_rejected_message_rejects_both_roles,
        test_deferred_mail_is_tried_again_as_a_new_attempt,
        test_a_signal_ends_after_the_batch_in_hand,
        test_a_stopped_run_keeps_earlier_calls_on_the_sheet,
        test_an_intent_that_no_plan_covers_is_named,
        test_what_is_unknown_stays_so_when_its_contact_leaves_the_plan,
        test_a_refused_contact_is_left_until_another_is_told_by_its_channel,
        test_one_of_any_channels_is_enough,
        test_a_courtesy_is_nobody_told_instead,
        test_nobody_waits_for_a_courtesy_or_for_another_tenant,
        test_the_declaration_must_agree_or_be_named_as_corrected,
        test_nothing_is_planned_twice,
        test_a_drill_says_so_in_every_row,
        test_a_message_that_cannot_be_written_is_seen_before_anything_happens,
    };
    Suite *made = suite_create("delivery");
    TCase *cases = tcase_create("delivery");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(made, cases);
    return made;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
