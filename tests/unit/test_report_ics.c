/* The calendar, read back by libical. */
#include <libical/ical.h>

#include "deadline/report_ics.h"
#include "report_fixture.h"

static icalcomponent *parsed(const char *text)
{
    icalcomponent *calendar = icalparser_parse_string(text);
    ck_assert_ptr_nonnull(calendar);
    ck_assert_int_eq(icalcomponent_isa(calendar), ICAL_VCALENDAR_COMPONENT);
    ck_assert_int_eq(icalcomponent_count_errors(calendar), 0);
    return calendar;
}

static void assert_lines(const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        ck_assert_int_eq(text[size], '\n');
        ck_assert_int_eq(text[size - 1], '\r');
        ck_assert_uint_le(size - 1, 75);
        ck_assert(dn_text_utf8((struct dn_text){text, size}, NULL));
        text += size + 1;
    }
}

START_TEST(calendar_has_what_is_open_and_reads_back)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00Z");
    add_affected(&it, "t",
                 "Soci\xC3\xA9t\xC3\xA9, \"Deux\"; \\ \xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97"
                 "\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC"
                 "\xE6\x97\xA5\xE6\x9C\xAC\xE6\x97\xA5\xE6\x9C\xAC\nBEGIN:VEVENT");
    for (int verdict = 0; verdict < DN_VERDICT_COUNT; verdict++)
        add(&it, "t", (enum dn_verdict)verdict, verdict <= DN_VERDICT_EXCUSED ? START : NULL);
    char *text = written(&it, ICS);
    assert_lines(text);
    icalcomponent *calendar = parsed(text);
    int events = 0;
    for (icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT); event != NULL;
         event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
        struct icaltimetype start = icalcomponent_get_dtstart(event);
        icalcomponent *alarm = icalcomponent_get_first_component(event, ICAL_VALARM_COMPONENT);
        ck_assert_str_eq(icaltime_as_ical_string(start), "20260619T070500Z");
        ck_assert_ptr_nonnull(alarm);
        struct icaltriggertype trigger =
            icalproperty_get_trigger(icalcomponent_get_first_property(alarm, ICAL_TRIGGER_PROPERTY));
        ck_assert_int_eq(icaldurationtype_as_int(trigger.duration), -4 * 3600);
        ck_assert_ptr_nonnull(
            strstr(icalcomponent_get_summary(event), "\xE6\x97\xA5\xE6\x9C\xAC\\nBEGIN:VEVENT, INC-1"));
        events++;
    }
    ck_assert_int_eq(events, 5);
    icalcomponent_free(calendar);
    free(text);
    end(&it);
}
END_TEST

START_TEST(uid_is_that_of_the_obligation)
{
    struct fixture it;
    struct dn_buf first = {0}, again = {0}, other = {0};
    begin(&it, "2026-06-17T00:00:00Z");
    dn_report_ics_uid(add(&it, "t", DN_VERDICT_PENDING, NULL), &first);
    dn_report_ics_uid(add(&it, "t", DN_VERDICT_OVERDUE, NULL), &again);
    dn_report_ics_uid(add(&it, "u", DN_VERDICT_PENDING, NULL), &other);
    ck_assert_str_eq(first.at, again.at);
    ck_assert_str_ne(first.at, other.at);
    /* printf 'INC-1\nt\ncontract-72h-declared\n' | sha256sum */
    ck_assert_str_eq(first.at, "9397aaa4c5aa72a060b023d93408f326@duenotice");
    dn_buf_clear(&first);
    dn_buf_clear(&again);
    dn_buf_clear(&other);
    end(&it);
}
END_TEST

START_TEST(one_without_a_due_time_stands_at_now)
{
    struct fixture it;
    begin(&it, "2026-06-17T00:00:00.75Z");
    struct dn_obligation *row = add(&it, "t", DN_VERDICT_UNKNOWN, NULL);
    row->due_at = DN_INSTANT_NONE;
    char *text = written(&it, ICS);
    ck_assert_ptr_nonnull(strstr(text, "\r\nDTSTART:20260617T000000Z\r\n"));
    ck_assert_ptr_nonnull(strstr(text, "\r\nSUMMARY:No due time known. UNKNOWN: settle t"));
    free(text);
    end(&it);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_ics");
    TCase *cases = tcase_create("report_ics");
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, calendar_has_what_is_open_and_reads_back);
    tcase_add_test(cases, uid_is_that_of_the_obligation);
    tcase_add_test(cases, one_without_a_due_time_stands_at_now);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
