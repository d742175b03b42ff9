/* What stands in a page, escaped and readable. */
#include "deadline/markup.h"
#include "report_fixture.h"

static const struct {
    const char *text, *markup;
} markups[] = {{"a & b < c > d \" e ' f", "a &amp; b &lt; c &gt; d &#34; e &#39; f"},
               {"</title><script>", "&lt;/title&gt;&lt;script&gt;"},
               {"one\ntwo\x1b[31m", "one\\ntwo\\x1B[31m"},
               {"user\xE2\x80\xAEgpj", "user\\u{202E}gpj"},
               {"\xEF\xBF\xBE|\xEF\xBF\xBF", "\\u{FFFE}|\\u{FFFF}"},
               {"\xFF\xC0", "\\xFF\\xC0"},
               {"Zo\xC3\xAB", "Zo\xC3\xAB"}};

START_TEST(markup_is_escaped_and_visible)
{
    struct dn_buf out = {0};
    dn_markup_adds(&out, markups[_i].text);
    ck_assert_str_eq(out.at, markups[_i].markup);
    dn_buf_clear(&out);
}
END_TEST

START_TEST(short_markup_counts_characters_and_cuts_no_entity)
{
    struct dn_buf out = {0};
    dn_markup_add_short(&out, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4);
    dn_buf_addc(&out, '|');
    dn_markup_add_short(&out, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4);
    dn_buf_addc(&out, '|');
    dn_markup_add_short(&out, "<<<<<", 3);
    ck_assert_str_eq(out.at, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9|\xC3\xA9\xC3\xA9\xC3\xA9…|&lt;&lt;…");
    dn_buf_clear(&out);
}
END_TEST

START_TEST(numbers_spans_and_times_read_well)
{
    struct dn_buf out = {0};
    dn_markup_add_count(&out, 1234567);
    dn_buf_addc(&out, '|');
    dn_markup_add_things(&out, 1, "obligation");
    dn_buf_addc(&out, '|');
    dn_markup_add_span(&out, -(2 * 86400 + 61));
    dn_buf_addc(&out, '|');
    dn_markup_add_span(&out, 0);
    dn_buf_addc(&out, '|');
    dn_markup_add_clock(&out, at("2026-06-16T07:05:00Z"));
    dn_buf_addc(&out, '|');
    dn_markup_add_clock(&out, at("2026-06-16T07:05:09.5Z"));
    dn_buf_addc(&out, '|');
    dn_markup_add_percent(&out, 1, 3);
    ck_assert_str_eq(out.at, "1,234,567|1 obligation|2 d 1 min 1 s|0 s|2026-06-16 07:05|2026-06-16 07:05:09.5|33.33%");
    dn_buf_clear(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("markup");
    TCase *cases = tcase_create("markup");
    tcase_set_timeout(cases, 0);
    tcase_add_loop_test(cases, markup_is_escaped_and_visible, 0, COUNT(markups));
    tcase_add_test(cases, short_markup_counts_characters_and_cuts_no_entity);
    tcase_add_test(cases, numbers_spans_and_times_read_well);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
