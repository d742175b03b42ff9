/* tenant: the values of list cells. */
#include <check.h>
#include <stdlib.h>

#include "tenant/list.h"

/* As dn_list_end says it, one byte after the other. */
static size_t end_of(struct dn_text text)
{
    size_t i = 0;
    while (i < text.size && text.at[i] != ';')
        i++;
    return i;
}

START_TEST(the_first_semicolon_is_found_at_any_place_of_any_size)
{
    for (size_t size = 0; size <= 40; size++)
        for (size_t place = 0; place <= size; place++) {
            char *at = malloc(size + 1); /* its own memory: a look behind it is seen by ASan */
            ck_assert_ptr_nonnull(at);
            memset(at, 'x', size + 1);
            for (size_t i = place; i < size; i += 3)
                at[i] = ';';
            ck_assert_uint_eq(dn_list_end((struct dn_text){at, size}), place);
            free(at);
        }
}
END_TEST

START_TEST(bytes_that_look_like_a_semicolon_are_none)
{
    static const char like[] = {';', ';' ^ 1, ';' - 1, ';' + 1, (char)(';' | 0x80), (char)0xFF, 0, 'a'};
    unsigned long state = 1;
    for (size_t round = 0; round < 100000; round++) {
        char text[27];
        size_t size = round % sizeof text;
        for (size_t i = 0; i < size; i++) {
            state = state * 1103515245 + 12345;
            text[i] = like[state >> 16 & 7];
        }
        struct dn_text all = {text, size};
        ck_assert_uint_eq(dn_list_end(all), end_of(all));
    }
}
END_TEST

START_TEST(values_come_one_after_the_other_without_blanks)
{
    struct dn_text rest = DN_TEXT(" a ;;bcdefghijklmnop; \tq"), value;
    ck_assert(dn_list_next(&rest, &value));
    ck_assert(dn_text_is(value, "a"));
    ck_assert(!dn_list_next(&rest, &value));
    ck_assert(dn_list_next(&rest, &value));
    ck_assert(dn_text_is(value, "bcdefghijklmnop"));
    ck_assert(dn_list_next(&rest, &value));
    ck_assert(dn_text_is(value, "q"));
    ck_assert_uint_eq(rest.size, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("list");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, the_first_semicolon_is_found_at_any_place_of_any_size);
    tcase_add_test(cases, bytes_that_look_like_a_semicolon_are_none);
    tcase_add_test(cases, values_come_one_after_the_other_without_blanks);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
