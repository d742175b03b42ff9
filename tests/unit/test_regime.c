#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

START_TEST(every_embedded_regime_can_be_counted_and_is_cited)
{
    struct dn_instant due_at, latest;
    ck_assert_uint_eq(regimes.count, 26);
    for (size_t i = 0; i < regimes.count; i++) {
        const struct dn_regime *regime = &regimes.at[i];
        ck_assert_msg(dn_regime_due(regime, at("2026-01-01T00:00:00Z"), &due_at, &latest, &err) == DN_OK, "%s",
                      err.text);
        ck_assert_msg(regime->citation[0] != '\0' && regime->title[0] != '\0', "%s", regime->id);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(regimes.at[k].id, regime->id);
        }
    }
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

START_TEST(what_cannot_be_counted_is_refused_by_name)
{
    static const struct {
        const char *body, *word;
    } cases[] = {
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: hours, counting: eu-1182-hours}\n", "'eu-1182-hours'"},
        {HEAD "  - {id: x, trigger_event: any, period: 3, unit: days, counting: elapsed}\n", "'days'"},
        {HEAD "  - {id: x, " RULE ", boundary: before-end}\n", "'before-end'"},
        {HEAD "  - {id: x, " RULE ", roll: dora-noon}\n", "'dora-noon'"},
        {HEAD "  - {id: x, " RULE ", also_limit: 24 hours from entity-aware}\n", "'also_limit'"},
        {HEAD "  - {id: x, " RULE ", cutoff: '17:30'}\n", "'cutoff'"},
        {HEAD "  - {id: x, " RULE ", min_working_days: 2}\n", "'min_working_days'"},
        {HEAD "  - {id: x, " RULE ", holidays: US-federal}\n", "'holidays'"},
        {HEAD "  - {id: x, " RULE ", latest: somehow}\n", "'somehow'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dn_instant due_at, latest;
        ck_assert_msg(load_file(cases[i].body) == DN_OK, "%s", err.text);
        const struct dn_regime *regime = dn_regimes_find(&regimes, DN_TEXT("x"));
        ck_assert_int_eq(dn_regime_due(regime, at("2026-01-01T00:00:00Z"), &due_at, &latest, &err), DN_INVALID);
        ck_assert_msg(strstr(err.text, cases[i].word) != NULL, "%s", err.text);
        ck_assert(!dn_instant_is(due_at) && !dn_instant_is(latest));
    }
}
END_TEST

START_TEST(a_file_adds_and_replaces)
{
    ck_assert_msg(load_file(HEAD "  - {id: mine-24h, " RULE "}\n"
                                 "  - {id: contract-72h-declared, trigger_event: incident-declared, period: 48, unit: "
                                 "hours, counting: elapsed}\n") == DN_OK,
                  "%s", err.text);
    ck_assert_uint_eq(regimes.count, 27);
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
        {HEAD "  - {id: x, trigger_event: any, period: 0, unit: hours, counting: elapsed}\n", ":3:41: a period"},
        {HEAD "  - {id: x, trigger_event: any, period: 900000, unit: hours, counting: elapsed}\n", "a period"},
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
    tcase_add_test(cases, every_embedded_regime_can_be_counted_and_is_cited);
    tcase_add_test(cases, hours_elapse_whatever_the_calendar_says);
    tcase_add_test(cases, the_latest_arguable_end_leaves_out_the_hour_of_the_event);
    tcase_add_test(cases, what_cannot_be_counted_is_refused_by_name);
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
