#include <check.h>
#include <stdio.h>
#include <string.h>

#include "time/instant.h"
#include "time/stamp.h"

/* What is read of the same text with an offset in numbers, which is looked at byte by byte. */
static bool is_read(const char text[DN_STAMP], struct dn_instant *at)
{
    char offset[DN_STAMP + 7];
    memcpy(offset, text, DN_STAMP);
    strcpy(offset + DN_STAMP, "+00:00");
    return dn_instant_parse(dn_text_of(offset), at);
}

/* Reads it at once, with months that are known or not: the same, but for leap seconds and a small t. */
static void ck_same(struct dn_stamps *stamps, const char text[DN_STAMP])
{
    struct dn_instant wanted = DN_INSTANT_NONE;
    bool usual = is_read(text, &wanted) && text[10] == 'T' && memcmp(text + 17, "60", 2) != 0;
    int64_t s = -1, known = -1;
    ck_assert_msg(dn_stamp_read(text, &s) == usual, "%.19s", text);
    ck_assert_msg(dn_stamps_read(stamps, text, &known) == usual, "%.19s", text);
    ck_assert_msg(!usual || (s == wanted.s && known == wanted.s), "%.19s", text);
}

START_TEST(every_date_that_is_written_is_read_if_it_is_one)
{
    struct dn_stamps stamps = {0};
    char text[80];
    for (int year = 0; year <= 9999; year += year / 100 == 20 ? 1 : 25)
        for (int month = 0; month <= 16; month++)
            for (int day = 0; day <= 33; day += day > 1 && day < 27 ? 5 : 1) {
                snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, day % 24, month, day);
                ck_same(&stamps, text);
            }
}
END_TEST

START_TEST(every_time_of_day_that_is_written_is_read_if_it_is_one)
{
    struct dn_stamps stamps = {0};
    char text[80];
    for (int number = 0; number < 100; number++)
        for (int field = 0; field < 3; field++) {
            snprintf(text, sizeof text, "2026-06-15T%02d:%02d:%02d", field == 0 ? number : 23, field == 1 ? number : 59,
                     field == 2 ? number : 58);
            ck_same(&stamps, text);
        }
}
END_TEST

/* Each byte of the texts becomes every other one. */
START_TEST(every_changed_byte_is_a_time_or_refused)
{
    static const char *const texts[] = {"2026-06-15T18:09:30", "2024-02-29T23:59:59", "0001-01-01T00:00:00",
                                        "9999-12-31T23:59:60"};
    struct dn_stamps stamps = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t at = 0; at < DN_STAMP; at++)
            for (int byte = 0; byte < 256; byte++) {
                char text[DN_STAMP + 1];
                memcpy(text, texts[i], sizeof text);
                ck_same(&stamps, text);
                text[at] = (char)byte;
                ck_same(&stamps, text);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stamp");
    TCase *tests = tcase_create("stamp");
    tcase_add_test(tests, every_date_that_is_written_is_read_if_it_is_one);
    tcase_add_test(tests, every_time_of_day_that_is_written_is_read_if_it_is_one);
    tcase_add_test(tests, every_changed_byte_is_a_time_or_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
