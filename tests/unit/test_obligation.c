#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "deadline/audit.h"

static struct dn_instant at(const char *text)
{
    struct dn_instant value = DN_INSTANT_NONE;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &value), "%s", text);
    return value;
}

/* A row of a ledger; its key is made of the channel and the recipient's number, since nothing here looks into it. */
static void take(struct dn_told_list *list, enum dn_channel channel, enum dn_required required, enum dn_state state,
                 const char *when)
{
    char key[DN_SHA256_HEX];
    struct dn_ledger_row row = {.at = at(when),
                                .incident_id = DN_TEXT("INC-1"),
                                .notice = DN_TEXT("initial"),
                                .tenant_id = DN_TEXT("t1"),
                                .channel = channel,
                                .required = required,
                                .state = state,
                                .declared_at = DN_INSTANT_NONE,
                                .due_at = DN_INSTANT_NONE,
                                .happened_at = DN_INSTANT_NONE};
    dn_ledger_key(row.incident_id, row.notice, row.tenant_id, channel, row.recipient, key);
    row.key = dn_text_of(key);
    dn_told_take(list, &row);
}

/* One audit of tenant t1 with what list says. */
static enum dn_verdict verdict_of(const struct dn_told_list *list, const struct dn_incidents *incidents,
                                  const struct dn_regimes *regimes, const char *now)
{
    struct dn_obligations rows = {0};
    struct dn_notes notes = {0};
    struct dn_error err = {0};
    struct dn_audit audit = {.incidents = incidents,
                             .told = list,
                             .regimes = regimes,
                             .now = at(now),
                             .now_fixed = true,
                             .undue_s = 86400,
                             .warn_s = -1};
    ck_assert_msg(dn_audit_run(&audit, &rows, &notes, &err) == DN_OK, "%s", err.text);
    ck_assert_uint_eq(rows.count, 1);
    enum dn_verdict verdict = rows.at[0].status;
    ck_assert_int_eq(dn_notes_need_person(&notes), dn_verdict_needs_person(verdict));
    dn_obligations_clear(&rows);
    dn_notes_clear(&notes);
    return verdict;
}

/* A record with one anchor and its clock. */
static void set_incident(struct dn_incident *incident, struct dn_timeline_entry *entry, const char *start)
{
    static char id[] = "INC-1", regime[] = DN_REGIME_DEFAULT;
    *entry = (struct dn_timeline_entry){.stage = DN_STAGE_INCIDENT_DECLARED, .at = at(start)};
    *incident = (struct dn_incident){.id = id,
                                     .notice = {.next_update_at = DN_INSTANT_NONE},
                                     .status = DN_INCIDENT_DECLARED,
                                     .timeline = entry,
                                     .timeline_count = 1,
                                     .clock_regime = regime,
                                     .clock_started_at = entry->at,
                                     .clock_due_at = dn_instant_add(entry->at, 72 * 3600)};
}

static void load(struct dn_regimes *regimes)
{
    struct dn_error err = {0};
    ck_assert_msg(dn_regimes_load(NULL, regimes, &err) == DN_OK, "%s", err.text);
}

/* Worked vectors of 72 elapsed hours: clock changes, a day that a country skipped, a leap second, a leap year, 2^31. */
static const char *const vectors[][2] = {{"2026-11-20T14:05:30-08:00", "2026-11-23T14:05:30-08:00"},
                                         {"2026-12-24T18:00:00-05:00", "2026-12-27T18:00:00-05:00"},
                                         {"2026-10-30T09:00:00-04:00", "2026-11-02T08:00:00-05:00"},
                                         {"2026-03-27T15:00:00+01:00", "2026-03-30T16:00:00+02:00"},
                                         {"2026-10-25T02:30:00+02:00", "2026-10-28T01:30:00+01:00"},
                                         {"2026-10-25T02:30:00+01:00", "2026-10-28T02:30:00+01:00"},
                                         {"2011-12-28T12:00:00-10:00", "2012-01-01T12:00:00+14:00"},
                                         {"2016-12-31T23:59:60Z", "2017-01-04T00:00:00Z"},
                                         {"2038-01-18T12:00:00Z", "2038-01-21T12:00:00Z"},
                                         {"2028-02-27T08:00:00Z", "2028-03-01T08:00:00Z"}};

START_TEST(vectors_are_met_at_their_due_time_and_late_a_nanosecond_after)
{
    struct dn_regimes regimes = {0};
    struct dn_incident incident;
    struct dn_timeline_entry entry;
    struct dn_incidents incidents = {&incident, 1, 1};
    load(&regimes);
    set_incident(&incident, &entry, vectors[_i][0]);
    for (int after = 0; after < 2; after++) {
        struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED};
        char when[DN_INSTANT_TEXT];
        struct dn_instant told = at(vectors[_i][1]);
        told.ns += after;
        dn_instant_format(told, when);
        take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_ACCEPTED, when);
        ck_assert_int_eq(verdict_of(&list, &incidents, &regimes, "2039-01-01T00:00:00Z"),
                         after ? DN_VERDICT_LATE : DN_VERDICT_MET);
        dn_told_list_clear(&list);
    }
    dn_regimes_clear(&regimes);
}
END_TEST

/* The meaning of "satisfied" said a second time, over all worlds that the unknown outcomes leave open. */
struct world {
    enum dn_required required[3];
    enum dn_state state[3];
};
static const enum dn_channel three[] = {DN_CHANNEL_MESSAGE_CENTER, DN_CHANNEL_EMAIL_ADMIN, DN_CHANNEL_PHONE};

static bool told_in(const struct world *world, unsigned truth)
{
    bool asked = false, any_there = false, any_told = false, all_told = true;
    for (int i = 0; i < 3; i++) {
        bool told = (truth >> i & 1) != 0;
        asked |= world->required[i] != DN_REQUIRED_NO;
        if (world->required[i] == DN_REQUIRED_ALL)
            all_told &= told;
        any_there |= world->required[i] == DN_REQUIRED_ANY;
        any_told |= world->required[i] == DN_REQUIRED_ANY && told;
    }
    return asked && all_told && (!any_there || any_told);
}

static bool possible(const struct world *world, unsigned truth)
{
    for (int i = 0; i < 3; i++) {
        enum dn_state state = world->state[i];
        bool phone = three[i] == DN_CHANNEL_PHONE, told = (truth >> i & 1) != 0;
        bool open = state == DN_STATE_INTENT || state == DN_STATE_UNKNOWN;
        bool surely =
            state == DN_STATE_REACHED || (!phone && (state == DN_STATE_ACCEPTED || state == DN_STATE_DELIVERED));
        if (!open && told != surely)
            return false;
    }
    return true;
}

static enum dn_sure expected(const struct world *world)
{
    bool yes = false, no = false;
    for (unsigned truth = 0; truth < 8; truth++) {
        if (!possible(world, truth))
            continue;
        yes |= told_in(world, truth);
        no |= !told_in(world, truth);
    }
    return yes && no ? DN_SURE_MAYBE : yes ? DN_SURE_YES : DN_SURE_NO;
}

/* 27 ways to require three channels, with every combination of states. */
START_TEST(sure_is_what_all_possible_worlds_agree_on)
{
    struct world world;
    for (int i = 0, r = _i; i < 3; i++, r /= 3)
        world.required[i] = (enum dn_required)(r % 3);
    for (int s = 0; s < 11 * 11 * 11; s++) {
        struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED};
        struct dn_told_sum sum = {0};
        for (int i = 0, rest = s; i < 3; i++, rest /= 11) {
            world.state[i] = (enum dn_state)(rest % 11);
            take(&list, three[i], world.required[i], world.state[i], "2026-06-16T10:00:00Z");
        }
        dn_told_sum(&list.at[0], false, &sum);
        ck_assert_msg(sum.sure == expected(&world), "required %d states %d: %d", _i, s, (int)sum.sure);
        ck_assert(sum.sure == DN_SURE_YES ? sum.by.size > 0 && dn_instant_is(sum.at) : sum.why.size > 0);
        dn_told_sum_clear(&sum);
        dn_told_list_clear(&list);
    }
}
END_TEST

/* Holds one after the other carry on; a second between them breaks it. */
START_TEST(a_state_that_goes_backwards_is_never_told_again)
{
    struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED};
    struct dn_told_sum sum = {0};
    take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_INTENT, "2026-06-20T00:00:00Z");
    take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_ACCEPTED, "2026-06-20T00:00:00Z");
    dn_told_sum(&list.at[0], false, &sum);
    ck_assert_int_eq(sum.sure, DN_SURE_YES);
    dn_told_sum_clear(&sum);
    for (enum dn_state next = DN_STATE_INTENT; next <= DN_STATE_ACCEPTED; next++) {
        take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, next, "2026-06-20T01:00:00Z");
        dn_told_sum(&list.at[0], false, &sum);
        ck_assert_int_eq(sum.sure, DN_SURE_MAYBE);
        ck_assert_str_eq(sum.why.at, "email-admin:unknown:backwards");
        dn_told_sum_clear(&sum);
    }
    dn_told_list_clear(&list);
}
END_TEST

START_TEST(holds_excuse_only_without_a_gap)
{
    struct dn_regimes regimes = {0};
    struct dn_incident incident;
    struct dn_timeline_entry entry;
    struct dn_incidents incidents = {&incident, 1, 1};
    static char reason[] = "risk-to-others", tenant[] = "t1";
    char *tenants[] = {tenant};
    struct dn_hold holds[2];
    load(&regimes);
    set_incident(&incident, &entry, "2026-06-15T18:00:00Z");
    for (int gap = 0; gap < 2; gap++) {
        for (int i = 0; i < 2; i++)
            holds[i] = (struct dn_hold){.reason = reason, .tenants = {tenants, 1, 1}, .complete = true};
        holds[0].from = holds[0].counts_from = at("2026-06-16T00:00:00Z");
        holds[0].until = at("2026-06-19T00:00:00Z");
        holds[1].from = holds[1].counts_from = dn_instant_add(holds[0].until, gap);
        holds[1].until = at("2026-06-22T00:00:00Z");
        incident.holds = holds;
        incident.hold_count = 2;
        struct dn_told_list list = {.satisfied_by = DN_POLICY_ACCEPTED};
        take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_INTENT, "2026-06-20T00:00:00Z");
        take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_DEFERRED, "2026-06-20T00:00:00Z");
        ck_assert_int_eq(verdict_of(&list, &incidents, &regimes, "2026-06-20T00:00:01Z"),
                         gap ? DN_VERDICT_OVERDUE : DN_VERDICT_HELD);
        take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_INTENT, "2026-06-20T01:00:00Z");
        take(&list, DN_CHANNEL_EMAIL_ADMIN, DN_REQUIRED_ALL, DN_STATE_ACCEPTED, "2026-06-20T01:00:00Z");
        ck_assert_int_eq(verdict_of(&list, &incidents, &regimes, "2026-06-20T02:00:00Z"),
                         gap ? DN_VERDICT_LATE : DN_VERDICT_EXCUSED);
        dn_told_list_clear(&list);
    }
    dn_regimes_clear(&regimes);
}
END_TEST

START_TEST(only_four_verdicts_leave_nothing_to_do)
{
    static const char *const done[] = {"met", "excused", "exempt", "void"};
    size_t found = 0;
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++) {
        bool quiet = false;
        for (size_t i = 0; i < 4; i++)
            quiet |= strcmp(dn_verdict_words[verdict], done[i]) == 0;
        ck_assert_int_eq(dn_verdict_needs_person((enum dn_verdict)verdict), !quiet);
        found += quiet;
    }
    ck_assert_uint_eq(found, 4);
    ck_assert_ptr_null(dn_verdict_words[DN_VERDICT_COUNT]);
}
END_TEST

static Suite *obligation_suite(void)
{
    Suite *suite = suite_create("obligation");
    TCase *tcase = tcase_create("obligation");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, vectors_are_met_at_their_due_time_and_late_a_nanosecond_after, 0,
                        sizeof vectors / sizeof *vectors);
    tcase_add_loop_test(tcase, sure_is_what_all_possible_worlds_agree_on, 0, 27);
    tcase_add_test(tcase, a_state_that_goes_backwards_is_never_told_again);
    tcase_add_test(tcase, holds_excuse_only_without_a_gap);
    tcase_add_test(tcase, only_four_verdicts_leave_nothing_to_do);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(obligation_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
