#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deadline/due.h"
#include "deadline/regime.h"

static struct dn_regimes regimes;
static struct dn_error err;

static void load(void)
{
    memset(&err, 0, sizeof err);
    memset(&regimes, 0, sizeof regimes);
    ck_assert_msg(dn_regimes_load(NULL, &regimes, &err) == DN_OK, "%s", err.text);
}

static void unload(void)
{
    dn_regimes_clear(&regimes);
}

static struct dn_instant at(const char *text)
{
    struct dn_instant instant = DN_INSTANT_NONE;
    ck_assert_msg(dn_instant_parse(dn_text_of(text), &instant), "%s", text);
    return instant;
}

static const char *due(const char *id, const char *start, bool latest)
{
    static char text[DN_INSTANT_TEXT];
    struct dn_instant due_at, latest_due_at;
    const struct dn_regime *regime = dn_regimes_find(&regimes, dn_text_of(id));
    ck_assert_ptr_nonnull(regime);
    ck_assert_msg(dn_regime_due(regime, at(start), &due_at, &latest_due_at, &err) == DN_OK, "%s", err.text);
    dn_instant_format(latest ? latest_due_at : due_at, text);
    return text;
}

/* Writes a file of regimes, loads it over the embedded ones. The name is good until the next call. */
static enum dn_status load_file(const char *body)
{
    char path[] = "/tmp/dn-regimes-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, body, strlen(body)), (ssize_t)strlen(body));
    close(fd);
    unload();
    memset(&err, 0, sizeof err);
    enum dn_status status = dn_regimes_load(path, &regimes, &err);
    unlink(path);
    return status;
}

#define HEAD "schema: duenotice/regimes/1\nregimes:\n"
#define RULE "trigger_event: incident-declared, period: 72, unit: hours, counting: elapsed"

START_TEST(every_embedded_regime_is_cited_and_can_be_counted)
{
    static const struct dn_anchor anchor = {"classified", {1767225600, 0}};
    struct dn_almanac almanac = {0};
    ck_assert_uint_eq(regimes.count, 84);
    for (size_t i = 0; i < regimes.count; i++) {
        const struct dn_regime *regime = &regimes.at[i];
        struct dn_trigger trigger = {.at = at("2026-01-01T00:00:00Z"), .anchors = &anchor, .anchor_count = 1};
        struct dn_reckoning reckoning;
        dn_trigger_place(&trigger, "Europe/Berlin", NULL);
        ck_assert_msg(dn_regime_reckon(regime, &trigger, &almanac, NULL, &reckoning, &err) == DN_OK, "%s", err.text);
        ck_assert(dn_instant_compare(reckoning.due_at, trigger.at) > 0);
        ck_assert_msg(regime->citation[0] != '\0' && regime->title[0] != '\0', "%s", regime->id);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(regimes.at[k].id, regime->id);
    }
    dn_almanac_clear(&almanac);
}
END_TEST

static bool same(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* Ours against the page of facts that they were taken from: whatever is counted with is the same. */
START_TEST(the_embedded_regimes_are_those_of_the_facts)
{
    const char *shared = getenv("SHARED");
    char path[4096];
    struct dn_regimes both = {0};
    snprintf(path, sizeof path, "%s/facts/regimes.yaml", shared != NULL ? shared : "");
    if (shared == NULL || access(path, R_OK) != 0) {
        printf("SKIP: %s is not there\n", path);
        return;
    }
    ck_assert_msg(dn_regimes_load(path, &both, &err) == DN_OK, "%s", err.text);
    ck_assert_uint_eq(both.count, regimes.count);
    for (size_t i = 0; i < both.count; i++) {
        const struct dn_regime *fact = &both.at[i], *ours = &regimes.at[i];
        bool unstated = strcmp(fact->id, "au-apra-cps234-weakness-10bd") == 0; /* which calendar */
        ck_assert_str_eq(fact->id, ours->id);
        ck_assert_msg(memcmp(&fact->rule, &ours->rule, sizeof fact->rule) == 0 || strstr(fact->id, "norelief") != NULL,
                      "%s", fact->id);
        ck_assert_msg(fact->period == ours->period && fact->min_working_days == ours->min_working_days, "%s", fact->id);
        ck_assert_msg(same(fact->holidays, ours->holidays) || unstated, "%s", fact->id);
        ck_assert_msg(same(fact->cutoff_zone, ours->cutoff_zone) && same(fact->limit_event, ours->limit_event), "%s",
                      fact->id);
        ck_assert_int_eq(fact->cutoff_hour * 60 + fact->cutoff_minute, ours->cutoff_hour * 60 + ours->cutoff_minute);
        ck_assert_int_eq(fact->limit_hours, ours->limit_hours);
        ck_assert_str_eq(fact->trigger_event, ours->trigger_event);
        ck_assert_str_eq(fact->recipient, ours->recipient);
    }
    ck_assert_uint_eq(both.duty_count, 2 * regimes.duty_count);
    dn_regimes_clear(&both);
}
END_TEST

/* "without undue delay" is no number, and a bill is no law. */
START_TEST(a_duty_without_a_due_time_is_known_and_no_regime)
{
    const struct dn_duty *duty = dn_regimes_duty(&regimes, DN_TEXT("eu-gdpr-34"));
    ck_assert_ptr_nonnull(duty);
    ck_assert(!duty->pending);
    ck_assert_ptr_null(dn_regimes_find(&regimes, DN_TEXT("eu-gdpr-34")));
    duty = dn_regimes_duty(&regimes, DN_TEXT("us-circia-72h"));
    ck_assert(duty != NULL && duty->pending);
    ck_assert_ptr_null(dn_regimes_find(&regimes, DN_TEXT("us-circia-72h")));
    ck_assert_uint_eq(regimes.duty_count, 15);
}
END_TEST

START_TEST(hours_elapse_whatever_the_calendar_says)
{
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-06-15T18:00:00Z", false), "2026-06-18T18:00:00Z");
    /* vectors V01, V04, V05, V07, V08, V11, V13, V14 */
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-11-20T14:05:30-08:00", false), "2026-11-23T22:05:30Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-10-30T09:00:00-04:00", false), "2026-11-02T13:00:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-03-27T15:00:00+01:00", false), "2026-03-30T14:00:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-10-25T02:30:00+02:00", false), "2026-10-28T00:30:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2016-12-31T23:59:60Z", false), "2017-01-04T00:00:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2038-01-18T12:00:00Z", false), "2038-01-21T12:00:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2028-02-27T08:00:00Z", false), "2028-03-01T08:00:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-06-15T18:00:00.25Z", false), "2026-06-18T18:00:00.25Z");
}
END_TEST

START_TEST(the_latest_arguable_end_leaves_out_the_hour_of_the_event)
{
    /* vectors V16, V17, V19 of the 1182/71 reading */
    ck_assert_str_eq(due("eu-gdpr-33-sa", "2026-06-10T09:30:00+02:00", true), "2026-06-13T08:00:00Z");
    ck_assert_str_eq(due("eu-gdpr-33-sa", "2020-12-22T12:17:00+01:00", true), "2020-12-25T12:00:00Z");
    ck_assert_str_eq(due("eu-gdpr-33-sa", "2026-06-10T09:00:00+02:00", true), "2026-06-13T08:00:00Z");
    ck_assert_str_eq(due("eu-gdpr-33-sa", "1969-12-31T23:30:00.5Z", true), "1970-01-04T00:00:00Z");
    ck_assert_str_eq(due("eu-gdpr-33-sa", "2026-06-10T09:30:00+02:00", false), "2026-06-13T07:30:00Z");
    ck_assert_str_eq(due(DN_REGIME_DEFAULT, "2026-06-10T09:30:00+02:00", true), "2026-06-13T07:30:00Z");
}
END_TEST

#define DAYS "trigger_event: any, period: 3, unit: days, counting: exclude-trigger-day"

START_TEST(a_word_that_is_not_known_is_refused_where_it_stands)
{
    static const struct {
        const char *body, *words;
    } cases[] = {
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: hours, counting: elapsd}\n", ":3:67: 'counting'"},
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: weeks, counting: elapsed}\n", ":3:50: 'unit'"},
        {HEAD "  - {id: x, " RULE ", boundary: incl}\n", "incl"},
        {HEAD "  - {id: x, " RULE ", roll: noon}\n", "noon"},
        {HEAD "  - {id: x, " RULE ", latest: somehow}\n", "somehow"},
        {HEAD "  - {id: x, " RULE ", class: rumour}\n", "rumour"},
        {HEAD "  - {id: x, " RULE ", status: pending}\n", "pending"},
        {HEAD "  - {id: x, " RULE ", in_force_from: soon}\n", "in_force_from"},
        {HEAD "  - {id: x, " RULE ", in_force_from: 2026-02-30}\n", "in_force_from"},
        {HEAD "  - {id: x, " RULE ", also_limit: 24 hours from entity-aware on Sundays}\n", "also_limit"},
        {HEAD "  - {id: x, " RULE ", also_limit: a day from entity-aware}\n", "also_limit"},
        {HEAD "  - {id: x, " RULE ", anchor: classified}\n", "anchor goes with"},
        {HEAD "  - {id: x, " DAYS ", zone_rule: nearby-zone}\n", "'nearby-zone'"},
        {HEAD "  - {id: x, " DAYS ", zone_rule: irrelevant}\n", "irrelevant"},
        {HEAD "  - {id: x, " DAYS ", boundary: cutoff, cutoff: half past five}\n", "cutoff is"},
        {HEAD "  - {id: x, " DAYS ", boundary: cutoff, cutoff: '24:00 UTC'}\n", "cutoff is"},
        {HEAD "  - {id: x, " DAYS ", min_working_days: two}\n", "min_working_days"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(load_file(cases[i].body) == DN_INVALID, "%zu", i);
        ck_assert_msg(strstr(err.text, cases[i].words) != NULL && strstr(err.text, ":3:") != NULL, "%zu: %s", i,
                      err.text);
    }
}
END_TEST

START_TEST(words_that_do_not_go_together_are_refused)
{
    static const struct {
        const char *body, *words;
    } cases[] = {
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: days, counting: elapsed}\n", "'elapsed' cannot count"},
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: hours, counting: eu-1182}\n", "'eu-1182' cannot"},
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: days, counting: business-after, holidays: DE}\n",
         "cannot count days"},
        {HEAD "  - {id: x, " RULE ", boundary: end-of-day}\n", "no boundary 'end-of-day'"},
        {HEAD "  - {id: x, " DAYS ", boundary: inclusive}\n", "no boundary 'inclusive'"},
        {HEAD "  - {id: x, " RULE ", boundary: cutoff, cutoff: '17:30 UTC'}\n", "no boundary 'cutoff'"},
        {HEAD "  - {id: x, " DAYS ", boundary: cutoff}\n", "go together"},
        {HEAD "  - {id: x, " DAYS ", cutoff: '17:30 UTC'}\n", "go together"},
        {HEAD "  - {id: x, " RULE ", roll: eu-next-working-day, holidays: DE, zone_rule: UTC}\n",
         "hours has no eu-next-working-day"},
        {HEAD "  - {id: x, " RULE ", min_working_days: 2, holidays: DE}\n", "hours has no min_working_days"},
        {HEAD "  - {id: x, " DAYS ", roll: next-open-day}\n", "holidays is missing"},
        {HEAD "  - {id: x, " DAYS ", min_working_days: 2}\n", "holidays is missing"},
        {HEAD "  - {id: x, " DAYS ", holidays: DE}\n", "nothing in this rule asks for holidays"},
        {HEAD "  - {id: x, " DAYS ", also_limit: 24 hours from x}\n", "period of hours"},
        {HEAD "  - {id: x, " DAYS ", latest: eu-1182-hours}\n", "latest goes with"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(load_file(cases[i].body) == DN_INVALID, "%zu", i);
        ck_assert_msg(strstr(err.text, cases[i].words) != NULL, "%zu: %s", i, err.text);
    }
}
END_TEST

/* What the old way of asking cannot know is named, not guessed. */
START_TEST(a_regime_that_needs_a_place_is_not_counted_without_one)
{
    struct dn_instant due_at, latest;
    const struct dn_regime *regime = dn_regimes_find(&regimes, DN_TEXT("us-wa-individual-30d"));
    ck_assert_int_eq(dn_regime_due(regime, at("2026-01-01T00:00:00Z"), &due_at, &latest, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, "time zone") != NULL, "%s", err.text);
    ck_assert(!dn_instant_is(due_at) && !dn_instant_is(latest));
    ck_assert_int_eq(dn_regime_due(regime, DN_INSTANT_NONE, &due_at, &latest, &err), DN_OK);
}
END_TEST

START_TEST(a_file_adds_and_replaces)
{
    ck_assert_msg(load_file(HEAD "  - {id: mine-24h, " RULE "}\n"
                                 "  - {id: contract-72h-declared, trigger_event: incident-declared, period: 48, unit: "
                                 "hours, counting: elapsed}\n") == DN_OK,
                  "%s", err.text);
    ck_assert_uint_eq(regimes.count, 85);
    ck_assert_str_eq(due("contract-72h-declared", "2026-06-15T18:00:00Z", false), "2026-06-17T18:00:00Z");
    ck_assert_ptr_nonnull(dn_regimes_find(&regimes, DN_TEXT("mine-24h")));
    ck_assert_ptr_null(dn_regimes_find(&regimes, DN_TEXT("mine")));
}
END_TEST

START_TEST(a_wrong_file_is_refused_with_its_place)
{
    static const struct {
        const char *body, *words;
    } cases[] = {
        {"", "one document"},
        {"regimes: []\n", ":1:1: "},
        {"schema: duenotice/incident/1\nregimes:\n  - {id: x, " RULE "}\n", ":1:9: "},
        {HEAD "  - {id: x, " RULE "}\n  - {id: x, " RULE "}\n", ":4:10: regime 'x' stands twice"},
        {HEAD "  - {id: x, trigger_event: any, unit: hours, counting: elapsed}\n", ":3:5: period is missing"},
        {HEAD "  - {trigger_event: any, period: 1, unit: hours, counting: elapsed}\n", ":3:5: id is missing"},
        {HEAD "  - {id: x, period: 1, unit: hours, counting: elapsed}\n", "trigger_event is missing"},
        {HEAD "  - {id: x, trigger_event: any, period: 0, unit: hours, counting: elapsed}\n", ":3:41: period"},
        {HEAD "  - {id: x, trigger_event: any, period: 900000, unit: hours, counting: elapsed}\n", "1 to 876600"},
        {HEAD "  - {id: x, " RULE ", perod: 1}\n", "perod"},
        {HEAD "  - {id: x, " RULE "}\n---\n", "one document"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(load_file(cases[i].body), DN_INVALID);
        ck_assert_msg(strstr(err.text, cases[i].words) != NULL, "%zu: %s", i, err.text);
    }
}
END_TEST

START_TEST(a_clock_starts_at_the_stage_that_its_regime_names)
{
    struct dn_timeline_entry timeline[] = {
        {.stage = DN_STAGE_INCIDENT_DECLARED, .at = at("2026-06-15T18:00:00Z")},
        {.stage = DN_STAGE_INCIDENT_DECLARED, .at = at("2026-06-15T17:00:00Z")},
        {.stage = DN_STAGE_BREACH_DECLARED, .at = at("2026-06-16T09:00:00Z")},
    };
    struct dn_incident incident = {.timeline = timeline, .timeline_count = 3};
    char text[DN_INSTANT_TEXT];
    dn_instant_format(dn_regime_start(dn_regimes_find(&regimes, DN_TEXT(DN_REGIME_DEFAULT)), &incident), text);
    ck_assert_str_eq(text, "2026-06-15T17:00:00Z");
    dn_instant_format(dn_regime_start(dn_regimes_find(&regimes, DN_TEXT("ms-office365-72h-declared")), &incident),
                      text);
    ck_assert_str_eq(text, "2026-06-16T09:00:00Z");
}
END_TEST

START_TEST(a_trigger_that_is_no_stage_starts_nothing)
{
    struct dn_timeline_entry timeline[] = {{.stage = DN_STAGE_EVENT_DETECTED, .at = at("2026-06-15T18:00:00Z")}};
    struct dn_incident incident = {.timeline = timeline, .timeline_count = 1};
    struct dn_instant due_at, latest;
    const struct dn_regime *aware = dn_regimes_find(&regimes, DN_TEXT("contract-72h-aware"));
    ck_assert(!dn_instant_is(dn_regime_start(aware, &incident)));
    ck_assert(!dn_instant_is(dn_regime_start(dn_regimes_find(&regimes, DN_TEXT("contract-72h-declared")), &incident)));
    ck_assert_int_eq(dn_regime_due(aware, DN_INSTANT_NONE, &due_at, &latest, &err), DN_OK);
    ck_assert(!dn_instant_is(due_at));
}
END_TEST

START_TEST(an_end_after_the_year_9999_is_refused)
{
    struct dn_instant due_at, latest;
    const struct dn_regime *regime = dn_regimes_find(&regimes, DN_TEXT(DN_REGIME_DEFAULT));
    ck_assert_int_eq(dn_regime_due(regime, at("9999-12-29T00:00:00Z"), &due_at, &latest, &err), DN_INVALID);
    ck_assert_int_eq(dn_regime_due(regime, at("9999-12-28T00:00:00Z"), &due_at, &latest, &err), DN_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regime");
    TCase *cases = tcase_create("regime");
    tcase_add_checked_fixture(cases, load, unload);
    tcase_add_test(cases, every_embedded_regime_is_cited_and_can_be_counted);
    tcase_add_test(cases, the_embedded_regimes_are_those_of_the_facts);
    tcase_add_test(cases, a_duty_without_a_due_time_is_known_and_no_regime);
    tcase_add_test(cases, hours_elapse_whatever_the_calendar_says);
    tcase_add_test(cases, the_latest_arguable_end_leaves_out_the_hour_of_the_event);
    tcase_add_test(cases, a_word_that_is_not_known_is_refused_where_it_stands);
    tcase_add_test(cases, words_that_do_not_go_together_are_refused);
    tcase_add_test(cases, a_regime_that_needs_a_place_is_not_counted_without_one);
    tcase_add_test(cases, a_file_adds_and_replaces);
    tcase_add_test(cases, a_wrong_file_is_refused_with_its_place);
    tcase_add_test(cases, a_clock_starts_at_the_stage_that_its_regime_names);
    tcase_add_test(cases, a_trigger_that_is_no_stage_starts_nothing);
    tcase_add_test(cases, an_end_after_the_year_9999_is_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
