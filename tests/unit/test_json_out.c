#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "channel/json_out.h"

/* What jansson makes of the same document. */
static void check_canonical(const struct dn_buf *made)
{
    json_error_t wrong;
    json_t *read = json_loadb(made->at, made->size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &wrong);
    ck_assert_msg(read != NULL, "%s: %s", wrong.text, made->at);
    char *again = json_dumps(read, JSON_SORT_KEYS | JSON_INDENT(2));
    ck_assert_str_eq(made->at, again);
    free(again);
    json_decref(read);
}

START_TEST(maps_and_lists_stand_as_jansson_writes_them)
{
    struct dn_buf made = {0};
    struct dn_json_out out = {.into = &made};
    dn_json_out_open(&out, NULL, '{');
    dn_json_out_open(&out, "a", '[');
    dn_json_out_close(&out, ']');
    dn_json_out_open(&out, "b", '[');
    dn_json_out_plain(&out, NULL, "1");
    dn_json_out_open(&out, NULL, '{');
    dn_json_out_open(&out, "c", '{');
    dn_json_out_close(&out, '}');
    dn_json_out_string(&out, "d", NULL);
    dn_json_out_close(&out, '}');
    dn_json_out_plain(&out, NULL, "null");
    dn_json_out_close(&out, ']');
    dn_json_out_base64(&out, "e", DN_TEXT("a"));
    dn_json_out_base64(&out, "f", DN_TEXT(""));
    dn_json_out_plain(&out, "g", "false");
    dn_json_out_close(&out, '}');
    check_canonical(&made);
    ck_assert_ptr_nonnull(strstr(made.at, "\n  \"e\": \"YQ==\",\n  \"f\": \"\",\n"));
    ck_assert(!out.bad);
    dn_buf_clear(&made);
}
END_TEST

static void write_list(struct dn_text text, struct dn_buf *made, bool *bad)
{
    struct dn_json_out out = {.into = made};
    dn_json_out_open(&out, NULL, '[');
    dn_json_out_text(&out, NULL, text);
    dn_json_out_close(&out, ']');
    *bad = out.bad;
}

START_TEST(every_byte_is_escaped_as_jansson_does_it)
{
    for (int c = 0; c < 0x80; c++) {
        const char text[] = {'a', (char)c, (char)c, 'b', (char)c};
        struct dn_buf made = {0};
        bool bad;
        write_list((struct dn_text){text, sizeof text}, &made, &bad);
        ck_assert(!bad);
        check_canonical(&made);
        dn_buf_clear(&made);
    }
}
END_TEST

START_TEST(text_beyond_ascii_stands_as_it_is)
{
    const char *texts[] = {"", "Stra\xc3\x9f"
                               "e \xe2\x80\xa8 \xf0\x9f\x98\x80"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct dn_buf made = {0};
        bool bad;
        write_list(dn_text_of(texts[i]), &made, &bad);
        ck_assert(!bad);
        check_canonical(&made);
        ck_assert_ptr_nonnull(strstr(made.at, texts[i]));
        dn_buf_clear(&made);
    }
}
END_TEST

START_TEST(text_that_is_not_utf8_spoils_the_document)
{
    const char *texts[] = {"a\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x80", "\xf4\x90\x80\x80"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct dn_buf made = {0};
        bool bad;
        write_list(dn_text_of(texts[i]), &made, &bad);
        ck_assert(bad);
        dn_buf_clear(&made);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json_out");
    TCase *tests = tcase_create("json_out");
    tcase_add_test(tests, maps_and_lists_stand_as_jansson_writes_them);
    tcase_add_test(tests, every_byte_is_escaped_as_jansson_does_it);
    tcase_add_test(tests, text_beyond_ascii_stands_as_it_is);
    tcase_add_test(tests, text_that_is_not_utf8_spoils_the_document);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
