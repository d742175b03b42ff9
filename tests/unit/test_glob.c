/* key/glob and key/fold: patterns and letter case. */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "key/fold.h"
#include "key/glob.h"
#include "vectors.h"

static bool matches(const char *pattern, const char *text)
{
    return dn_glob_match(dn_text_of(pattern), dn_text_of(text));
}

START_TEST(a_star_takes_any_bytes_and_a_question_mark_one_character)
{
    ck_assert(matches("*", "") && matches("*", "x") && matches("", ""));
    ck_assert(!matches("", "x") && !matches("?", "") && matches("?", "x") && !matches("?", "xy"));
    ck_assert(matches("*@corp.local", "svc@corp.local"));
    ck_assert(!matches("*@corp.local", "svc@corp.local.evil"));
    ck_assert(matches("*stratus-red-team_*", "aws-cli stratus-red-team_1234"));
    ck_assert(!matches("stratus-red-team_*", "x stratus-red-team_1234"));
    ck_assert(matches("a*b*c", "aXbXbXc") && !matches("a*b*c", "aXbXbX"));
    ck_assert(matches("**a**", "bab") && matches("*?*", "x") && !matches("*?*", ""));
    ck_assert(matches("?", "\xc3\xa9") && !matches("??", "\xc3\xa9") && matches("?", "\xf0\x9f\x98\x80"));
    ck_assert(!matches("*??b*", "\342\202\254bcc") && matches("*?", "\xe2\x82\xac"));
    ck_assert(matches("*\xa9", "x\xff\xa9") && matches("??", "\xff\xa9"));
}
END_TEST

START_TEST(everything_else_is_itself)
{
    ck_assert(matches("[a-z]", "[a-z]") && !matches("[a-z]", "b"));
    ck_assert(matches("a\\*", "a\\anything") && !matches("a\\*", "a*"));
    ck_assert(!matches("a.c", "abc") && matches("{a,b}", "{a,b}") && !matches(" a", "a"));
    ck_assert(dn_glob_match((struct dn_text){"a*\0c", 4}, (struct dn_text){"ab\0c", 4}));
    ck_assert(!dn_glob_match(DN_TEXT("ab"), (struct dn_text){"ab\0", 3}));
    ck_assert(dn_glob_match((struct dn_text){NULL, 0}, (struct dn_text){NULL, 0}));
}
END_TEST

START_TEST(case_is_ignored_without_a_locale)
{
    ck_assert(matches("MailItems*", "mailitemsaccessed") && matches("*ACCESSED", "MailItemsAccessed"));
    ck_assert(matches("M\xc3\x9cLLER", "m\xc3\xbcller"));                                   /* Ü ü */
    ck_assert(matches("\xce\x91\xce\xa3", "\xce\xb1\xcf\x83"));                             /* ΑΣ ας */
    ck_assert(matches("\xd0\x96*", "\xd0\xb6\xd0\xb5") && matches("\xd0\x81", "\xd1\x91")); /* Ж ж, Ё ё */
    ck_assert(matches("\xc5\xbd", "\xc5\xbe") && !matches("\xc3\x97", "\xc3\xb7"));         /* Ž ž; × is not ÷ */
    ck_assert(!matches("\xc3\x9f", "ss") && !matches("i", "\xc4\xb1"));                     /* ß, ı are themselves */
    ck_assert(!matches("@", "`") && !matches("[", "{"));
}
END_TEST

START_TEST(a_list_matches_if_one_does)
{
    struct dn_strings list = {0};
    ck_assert(!dn_glob_any(&list, DN_TEXT("x")));
    dn_strings_add(&list, DN_TEXT("New-*"));
    dn_strings_add(&list, DN_TEXT("*Sharing*"));
    ck_assert(dn_glob_any(&list, DN_TEXT("AnonymousSharingLinkUsed")));
    ck_assert(!dn_glob_any(&list, DN_TEXT("FileAccessed")));
    dn_strings_clear(&list);
}
END_TEST

/* The definition itself, exponential. */
static bool by_definition(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return by_definition(pattern + 1, text) || (*text && by_definition(pattern, text + 1));
    return *text && (*pattern == '?' || *pattern == *text) && by_definition(pattern + 1, text + 1);
}

/* The number k written with the given characters. */
static void spell(unsigned k, const char *characters, char *into)
{
    unsigned base = (unsigned)strlen(characters);
    for (; k > 0; k = (k - 1) / base)
        *into++ = characters[(k - 1) % base];
    *into = '\0';
}

START_TEST(all_short_patterns_agree_with_the_definition)
{
    char pattern[16], text[16];
    unsigned hits = 0;
    for (unsigned p = 0; p < 1365; p++)
        for (unsigned t = 0; t < 127; t++) {
            spell(p, "ab*?", pattern);
            spell(t, "ab", text);
            bool expected = by_definition(pattern, text);
            hits += expected;
            ck_assert_msg(matches(pattern, text) == expected, "'%s' on '%s'", pattern, text);
        }
    ck_assert_uint_gt(hits, 10000);
}
END_TEST

START_TEST(a_wicked_pattern_ends)
{
    static char text[20001], pattern[] = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b";
    memset(text, 'a', sizeof text - 1);
    ck_assert(!matches(pattern, text));
}
END_TEST

START_TEST(lower_case_is_stable_and_keeps_bytes_that_are_no_text)
{
    for (uint32_t c = 0; c < 0x20000; c++)
        ck_assert_msg(dn_lower(dn_lower(c)) == dn_lower(c), "U+%04X", (unsigned)c);
    ck_assert_uint_eq(dn_lower('A'), 'a');
    ck_assert_uint_eq(dn_lower(0x212A), 'k');  /* KELVIN SIGN */
    ck_assert_uint_eq(dn_lower(0x3C2), 0x3C2); /* final sigma is a letter of its own in names */
    struct dn_buf into = {0};
    dn_fold_add(DN_TEXT("A\xff\xc3\x84\xe2\x82\xf0\x9f\x98\x80\xed\xa0\x80\xc0\xaf"), &into);
    ck_assert_str_eq(into.at, "a\xff\xc3\xa4\xe2\x82\xf0\x9f\x98\x80\xed\xa0\x80\xc0\xaf");
    dn_buf_clear(&into);
    ck_assert(dn_fold_equal(DN_TEXT("Bob"), DN_TEXT("bOB")) && !dn_fold_equal(DN_TEXT("Bob"), DN_TEXT("Bo")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("glob");
    TCase *tcase = tcase_create("all");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_star_takes_any_bytes_and_a_question_mark_one_character);
    tcase_add_test(tcase, everything_else_is_itself);
    tcase_add_test(tcase, case_is_ignored_without_a_locale);
    tcase_add_test(tcase, a_list_matches_if_one_does);
    tcase_add_test(tcase, all_short_patterns_agree_with_the_definition);
    tcase_add_test(tcase, a_wicked_pattern_ends);
    tcase_add_test(tcase, lower_case_is_stable_and_keeps_bytes_that_are_no_text);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
