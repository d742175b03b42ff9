#include <check.h>
#include <stdio.h>
#include <string.h>

#include "channel/bounce.h"
#include "channel/bounce_fields.h"
#include "channel/bounce_tie.h"

#define KEY "0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210"
#define HEAD "0123456789abcdef0123456789abcdef"

static struct dn_bounce_tie tie_of(const char *envelope, const char *path, const char *message_id)
{
    struct dn_bounce_tie tie = {0};
    dn_bounce_tie_envelope(&tie, dn_text_of(envelope));
    dn_bounce_tie_path(&tie, dn_text_of(path));
    dn_bounce_tie_message_id(&tie, dn_text_of(message_id));
    return tie;
}

static const char *key_of(const char *envelope, const char *path, const char *message_id, bool *half)
{
    static char key[DN_SHA256_HEX];
    struct dn_bounce_keys keys = {0};
    struct dn_bounce_tie tie = tie_of(envelope, path, message_id);
    dn_bounce_tie_key(&tie, &keys, key, half);
    return key;
}

START_TEST(what_is_there_must_agree)
{
    bool half;
    ck_assert_str_eq(key_of(KEY, "", "", &half), KEY);
    ck_assert_str_eq(key_of(" " KEY " ", "<bounces+" HEAD "@x>", "<" HEAD "@y>", &half), KEY);
    ck_assert(!half);
    ck_assert_str_eq(key_of("0123456789ABCDEF0123456789ABCDEFFEDCBA9876543210FEDCBA9876543210", "", "", &half), KEY);
    ck_assert_str_eq(key_of("", "Bounces+" HEAD "@x", "", &half), "");
    ck_assert(half);
    ck_assert_str_eq(key_of("", "", HEAD "@y", &half), "");
    ck_assert(half);
    ck_assert_str_eq(key_of(KEY, "bounces+ffffffffffffffffffffffffffffffff@x", "", &half), "");
    ck_assert(!half);
    ck_assert_str_eq(key_of("", "a bounces+" HEAD "@x, bounces+ffffffffffffffffffffffffffffffff@x", "", &half), "");
    ck_assert(!half);
}
END_TEST

START_TEST(what_only_looks_like_it_ties_nothing)
{
    static const char *const paths[] = {"bounces+" HEAD,        "bounces+" HEAD "0@x", "xbounces+" HEAD "@x",
                                        "bounces+0123@x",       "bounces" HEAD "@x",   "bounces+",
                                        "no.bounces+" HEAD "@x"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ck_assert_msg(!tie_of("", paths[i], "").head[0], "%s", paths[i]);
    ck_assert(!tie_of(HEAD, "", "").head[0]);
    ck_assert(!tie_of(KEY "0", "", "").head[0]);
    ck_assert(!tie_of("", "", "<x" HEAD "@y>").head[0]);
}
END_TEST

START_TEST(a_ledger_decides_which_keys_there_are)
{
    static const char other[] = HEAD "00000000000000000000000000000000";
    struct dn_bounce_keys keys = {.known = true};
    char key[DN_SHA256_HEX];
    bool half;
    dn_table_add(&keys.heads, DN_TEXT(HEAD), NULL);
    dn_strings_add(&keys.keys, DN_TEXT(KEY));
    struct dn_bounce_tie tie = tie_of("", "", HEAD "@y");
    dn_bounce_tie_key(&tie, &keys, key, &half);
    ck_assert_str_eq(key, KEY);
    tie = tie_of(other, "", "");
    dn_bounce_tie_key(&tie, &keys, key, &half);
    ck_assert_str_eq(key, "");
    keys.keys.at[0][0] = '\0'; /* two keys begin alike */
    tie = tie_of(KEY, "", "");
    dn_bounce_tie_key(&tie, &keys, key, &half);
    ck_assert_str_eq(key, "");
    dn_bounce_keys_clear(&keys);
}
END_TEST

START_TEST(groups_are_taken_apart)
{
    struct dn_text rest = DN_TEXT("\r\n\r\nA: 1\r\nB:2\n  more\n\tstill\nno field\n  of nothing\n \nC: 3");
    struct dn_bounce_group group;
    ck_assert(dn_bounce_group_next(&rest, &group));
    ck_assert_uint_eq(group.count, 2);
    ck_assert(dn_text_is(dn_bounce_field(&group, "a"), "1"));
    ck_assert(dn_text_is(dn_bounce_field(&group, "B"), "2\n  more\n\tstill"));
    ck_assert_uint_eq(dn_bounce_field(&group, "C").size, 0);
    ck_assert(dn_bounce_group_next(&rest, &group));
    ck_assert(dn_text_is(dn_bounce_field(&group, "C"), "3"));
    ck_assert(!dn_bounce_group_next(&rest, &group));
}
END_TEST

START_TEST(a_group_of_very_many_fields_is_survived)
{
    struct dn_buf text = {0};
    struct dn_bounce_group group;
    for (int i = 0; i < 100; i++)
        dn_buf_addf(&text, "F%d: x\n fold\n", i);
    struct dn_text rest = dn_buf_text(&text);
    ck_assert(dn_bounce_group_next(&rest, &group));
    ck_assert_uint_eq(group.count, DN_BOUNCE_FIELDS);
    ck_assert(!dn_bounce_group_next(&rest, &group));
    dn_buf_clear(&text);
}
END_TEST

static const char *line_of(const char *text, size_t cap)
{
    static char line[300];
    struct dn_buf into = {0};
    dn_bounce_add_line(&into, dn_text_of(text), cap);
    snprintf(line, sizeof line, "%s", into.at ? into.at : "");
    dn_buf_clear(&into);
    return line;
}

START_TEST(a_line_is_one_visible_line_that_is_cut_between_characters)
{
    ck_assert_str_eq(line_of(" a \r\n\t b\tc ", 100), "a b c");
    ck_assert_str_eq(line_of("a\x1b[2J\x7f", 100), "a\\x1B[2J\\x7F");
    ck_assert_str_eq(line_of("", 100), "");
    ck_assert_str_eq(line_of("abcdefghij", 10), "abcdefghij");
    ck_assert_str_eq(line_of("abcdefghijk", 10), "abcdefg...");
    ck_assert_str_eq(line_of("ééééééé", 10), "ééé...");
}
END_TEST

START_TEST(a_date_needs_a_zone)
{
    static const struct {
        const char *text, *at;
    } dates[] = {{"Tue, 16 Jun 2026 11:16:02 +0200", "2026-06-16T09:16:02Z"},
                 {"16 Jun 2026 11:16:02 GMT", "2026-06-16T11:16:02Z"},
                 {"Tue, 16 Jun 2026 03:16:02 -0800 (PST)", "2026-06-16T11:16:02Z"},
                 {"Tue, 16 Jun 2026 11:16:02", NULL},
                 {"Tue, 16 Jun 2026 11:16:02 Local", NULL},
                 {"never", NULL},
                 {"+0000", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        struct dn_instant at = DN_INSTANT_NONE;
        char text[DN_INSTANT_TEXT];
        ck_assert_msg(dn_bounce_date(dn_text_of(dates[i].text), &at) == (dates[i].at != NULL), "%s", dates[i].text);
        dn_instant_format(at, text);
        ck_assert_str_eq(text, dates[i].at ? dates[i].at : "");
    }
}
END_TEST

#define REPORT_HEAD                                                                                                    \
    "To: bounces+" HEAD "@x\nContent-Type: multipart/report; boundary=b\n\n--b\n"                                      \
    "Content-Type: message/delivery-status\n\nOriginal-Envelope-Id: " KEY "\n\n"

START_TEST(every_prefix_and_every_changed_byte_of_a_report_is_survived)
{
    static const char text[] = REPORT_HEAD "Final-Recipient: rfc822; <a@b>\nAction: failed\nStatus: 5.1.1\n"
                                           "Diagnostic-Code: smtp; 550 no\n\n--b--\n";
    char bytes[sizeof text];
    struct dn_bounce_keys keys = {0};
    for (size_t i = 0; i < 2 * (sizeof text - 1); i++) {
        struct dn_bounces bounces = {0};
        size_t size = i < sizeof text ? i : sizeof text - 1;
        memcpy(bytes, text, sizeof text);
        if (i >= sizeof text)
            bytes[i - sizeof text] = (char)(bytes[i - sizeof text] ^ 0x15);
        dn_bounce_take((struct dn_text){bytes, size}, "x", &keys, &bounces);
        ck_assert_uint_eq(bounces.messages, 1);
        ck_assert_uint_le(bounces.count, 1);
        dn_bounces_clear(&bounces);
    }
}
END_TEST

START_TEST(a_report_is_read)
{
    static const char text[] = REPORT_HEAD "Final-Recipient: rfc822; c@d\nOriginal-Recipient: rfc822;<a@b>\n"
                                           "Action: failed\nStatus: 5.1.1 (bad)\nDiagnostic-Code: smtp; 550 no\n\n"
                                           "--b--\n";
    struct dn_bounce_keys keys = {0};
    struct dn_bounces bounces = {0};
    struct dn_buf rows = {0};
    dn_bounce_take((struct dn_text){text, sizeof text - 1}, "x", &keys, &bounces);
    dn_bounces_write(&bounces, &rows);
    ck_assert_str_eq(rows.at,
                     "key,recipient,state,code,happened_at,reason,reference\n" KEY ",a@b,bounced,5.1.1,,550 no,\n");
    dn_buf_clear(&rows);
    dn_bounces_clear(&bounces);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bounce");
    TCase *all = tcase_create("all");
    tcase_add_test(all, what_is_there_must_agree);
    tcase_add_test(all, what_only_looks_like_it_ties_nothing);
    tcase_add_test(all, a_ledger_decides_which_keys_there_are);
    tcase_add_test(all, groups_are_taken_apart);
    tcase_add_test(all, a_group_of_very_many_fields_is_survived);
    tcase_add_test(all, a_line_is_one_visible_line_that_is_cut_between_characters);
    tcase_add_test(all, a_date_needs_a_zone);
    tcase_add_test(all, every_prefix_and_every_changed_byte_of_a_report_is_survived);
    tcase_add_test(all, a_report_is_read);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
