/* evidence: selectors bound to a header, and what they pick. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "evidence/selector.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct dn_text names[] = {{"a", 1},     {"a/b", 3}, {"twice", 5}, {"Resource ID ", 12},
                                       {"twice", 5}, {"x/", 2}};
static const struct dn_header header = {"file.csv", 3, names, COUNT(names)};

static void binds(const char *text, size_t column, bool json)
{
    struct dn_selector selector = {0};
    struct dn_documents documents = {0};
    struct dn_error err = {0};
    ck_assert_int_eq(dn_selector_bind(&selector, dn_text_of(text), &header, &documents, &err), DN_OK);
    ck_assert_msg(selector.column == column && selector.json == json, "'%s' is bound to column %zu%s", text,
                  selector.column, selector.json ? ", JSON" : "");
    dn_documents_clear(&documents);
}

START_TEST(the_longest_column_name_wins)
{
    binds("a", 0, false);
    binds("a/b", 1, false);
    binds("a/b/c", 1, true);
    binds("a/bc", 0, true);
    binds("a/c/b", 0, true);
    binds("a/", 0, true);
    binds("Resource ID ", 3, false);
    binds("Resource ID /x", 3, true);
    binds("x/", 5, false);
    binds("x//y", 5, true);
}
END_TEST

START_TEST(a_column_that_is_not_there_finds_nothing)
{
    binds("b", DN_CSV_NONE, false);
    binds("b/a", DN_CSV_NONE, false);
    binds("A", DN_CSV_NONE, false);
    binds("Resource ID", DN_CSV_NONE, false);
    binds("/a", DN_CSV_NONE, false);
    binds("x", DN_CSV_NONE, false);
}
END_TEST

START_TEST(a_needed_column_that_stands_twice_is_an_error_with_its_place)
{
    struct dn_selector selector = {0};
    struct dn_documents documents = {0};
    struct dn_error err = {0};
    ck_assert_int_eq(dn_selector_bind(&selector, DN_TEXT("twice/x"), &header, &documents, &err), DN_INVALID);
    ck_assert_str_eq(err.text,
                     "file.csv:3:5: column 'twice' is needed and stands twice in the header, first as field 3");
    dn_documents_clear(&documents);
}
END_TEST

START_TEST(what_follows_the_column_must_be_a_pointer)
{
    struct dn_selector selector = {0};
    struct dn_documents documents = {0};
    struct dn_error err = {0};
    ck_assert_int_eq(dn_selector_bind(&selector, DN_TEXT("a/~2"), &header, &documents, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "file.csv:3:1: selector 'a/~2'"));
    dn_documents_clear(&documents);
}
END_TEST

/* Picks by one or two selectors out of a record; returns the values joined by '|'. */
static char *pick(const char *selectors[2], const char *cell, struct dn_picked *values)
{
    struct dn_text texts[COUNT(names)] = {{NULL, 0}};
    struct dn_csv_record record = {.cells = texts, .count = COUNT(names), .line = 1};
    struct dn_strings missing = {0};
    struct dn_selector bound[2] = {{0}};
    struct dn_documents documents = {0};
    struct dn_record_cells cells = {0};
    struct dn_buf joined = {0};
    texts[0] = texts[1] = dn_text_of(cell);
    dn_strings_add(&missing, DN_TEXT("(blank)"));
    for (int i = 0; i < 2 && selectors[i]; i++)
        ck_assert_int_eq(dn_selector_bind(&bound[i], dn_text_of(selectors[i]), &header, &documents, NULL), DN_OK);
    dn_record_cells_begin(&cells, &documents, &missing);
    dn_record_cells_turn(&cells, &record, NULL);
    dn_picked_reset(values);
    for (int i = 0; i < 2 && selectors[i]; i++)
        dn_selector_pick(&bound[i], &cells, values);
    for (size_t i = 0; i < values->count; i++)
        dn_buf_addf(&joined, "%s%.*s", i > 0 ? "|" : "", (int)values->at[i].size, values->at[i].at);
    dn_strings_clear(&missing);
    dn_record_cells_clear(&cells);
    dn_documents_clear(&documents);
    return dn_buf_take(&joined);
}

static void picks(const char *first, const char *second, const char *cell, const char *want, size_t unreadable)
{
    const char *selectors[2] = {first, second};
    struct dn_picked values = {0};
    char *got = pick(selectors, cell, &values);
    ck_assert_str_eq(got, want);
    ck_assert_uint_eq(values.unreadable, unreadable);
    free(got);
    dn_picked_clear(&values);
}

START_TEST(plain_cells_are_taken_without_blanks_and_missing_values)
{
    picks("a", NULL, " x y ", "x y", 0);
    picks("a", NULL, "", "", 0);
    picks("a", NULL, "  ", "", 0);
    picks("a", NULL, " (blank)", "", 0);
    picks("a", "a/b", "v", "v|v", 0);
    picks("nowhere", "a", "v", "v", 0);
}
END_TEST

START_TEST(json_cells_give_what_the_pointer_finds)
{
    picks("a/k", NULL, "{\"k\":\" v \"}", "v", 0);
    picks("a/k", NULL, " {\"k\":\"\\u0041\\u00e9\"} ", "A\xc3\xa9", 0);
    picks("a/k", NULL, "{\"k\":null}", "", 0);
    picks("a/k", NULL, "{\"k\":\"(blank)\"}", "", 0);
    picks("a/k", NULL, "{\"k\":7,\"l\":8}", "7", 0);
    picks("a/k", "a/l", "{\"k\":7,\"l\":8}", "7|8", 0);
    picks("a/l", "a/k", "{\"k\":7,\"l\":8}", "8|7", 0);
    picks("a/k", "a/k", "{\"k\":\"\\n\\u0041\"}", "\nA|\nA", 0);
    picks("a/*/k", "a/0/k", "[{\"k\":\"\\u0041\"},{\"k\":\"\\u0042\"}]", "A|B|A", 0);
    picks("a/*/k", NULL, "[{\"k\":1},{\"l\":2},{\"k\":3}]", "1|3", 0);
    picks("a/k", NULL, "{}", "", 0);
    picks("a/k", NULL, "null", "", 0);
}
END_TEST

START_TEST(json_that_is_cut_off_gives_nothing_and_is_remembered)
{
    picks("a/k", NULL, "{\"k\":\"v\"", "", 1);
    picks("a/k", NULL, "{\"k\":\"v\"}}", "", 1);
    picks("a/k", NULL, "", "", 1);
    picks("a/k", NULL, "k=v", "", 1);
    picks("a/k", "a", "{\"k\":\"v\"", "{\"k\":\"v\"", 1);
    picks("a/*/k", NULL, "[{\"k\":1},{\"k\":2", "", 1);
    picks("a/b/k", NULL, "[", "", 2);
}
END_TEST

START_TEST(an_empty_cell_is_told_from_a_cut_one)
{
    const char *selectors[2] = {"a/k", NULL};
    struct dn_picked values = {0};
    free(pick(selectors, " ", &values));
    ck_assert(values.unreadable_empty);
    free(pick(selectors, "{", &values));
    ck_assert(!values.unreadable_empty);
    dn_picked_clear(&values);
}
END_TEST

START_TEST(the_cell_of_the_last_value_is_known)
{
    const char *selectors[2] = {"a", "a/b/k"};
    struct dn_picked values = {0};
    free(pick(selectors, "{\"k\":1}", &values));
    ck_assert_uint_eq(values.column, 2);
    free(pick(selectors, "{}", &values));
    ck_assert_uint_eq(values.column, 1);
    free(pick(selectors, "", &values));
    ck_assert_uint_eq(values.column, 0);
    dn_picked_clear(&values);
}
END_TEST

/* The document at whatever place of a block its quotes are, as it stands in a CSV file: {"k":"..."} doubled. */
static void undoubles(const char *text, size_t size)
{
    struct dn_buf csv = {0}, want = {0};
    dn_buf_adds(&csv, "\"{\"\"k\"\":\"\"");
    for (size_t i = 0; i < size; i++) {
        dn_buf_adds(&csv, text[i] == '"' ? "\\\"\"" : "");
        dn_buf_add(&csv, text + i, text[i] != '"');
        dn_buf_addc(&want, text[i]);
    }
    dn_buf_adds(&csv, "\"\"}\"\n");
    uint32_t ends[2] = {(uint32_t)-1, (uint32_t)csv.size - 1};
    char *scratch = malloc(csv.size);
    struct dn_row row = {csv.at, ends + 1, 1, (uint32_t)csv.size - 1, true, DN_CSV_FINE, 1, scratch};
    struct dn_csv_record record = {.line = 1};
    struct dn_strings missing = {0};
    struct dn_selector selector = {0};
    struct dn_documents documents = {0};
    struct dn_record_cells cells = {0};
    struct dn_picked values = {0};
    ck_assert_int_eq(dn_selector_bind(&selector, DN_TEXT("a/k"), &header, &documents, NULL), DN_OK);
    dn_record_cells_begin(&cells, &documents, &missing);
    dn_record_cells_turn(&cells, &record, &row);
    ck_assert(dn_selector_pick(&selector, &cells, &values));
    ck_assert_uint_eq(values.count, 1);
    ck_assert_uint_eq(values.at[0].size, size);
    ck_assert_int_eq(memcmp(values.at[0].at, want.at, size), 0);
    dn_picked_clear(&values);
    dn_record_cells_clear(&cells);
    dn_documents_clear(&documents);
    dn_buf_clear(&csv);
    dn_buf_clear(&want);
    free(scratch);
}

START_TEST(doubled_quotes_are_undoubled_wherever_they_are)
{
    char text[300];
    srand(5);
    for (size_t size = 1; size < sizeof text; size++)
        for (int n = 0; n < 20; n++) {
            for (size_t i = 0; i < size; i++)
                text[i] = rand() % (n + 1) == 0 ? '"' : (char)('a' + rand() % 26);
            undoubles(text, size);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("selector");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, the_longest_column_name_wins);
    tcase_add_test(cases, a_column_that_is_not_there_finds_nothing);
    tcase_add_test(cases, a_needed_column_that_stands_twice_is_an_error_with_its_place);
    tcase_add_test(cases, what_follows_the_column_must_be_a_pointer);
    tcase_add_test(cases, plain_cells_are_taken_without_blanks_and_missing_values);
    tcase_add_test(cases, json_cells_give_what_the_pointer_finds);
    tcase_add_test(cases, json_that_is_cut_off_gives_nothing_and_is_remembered);
    tcase_add_test(cases, an_empty_cell_is_told_from_a_cut_one);
    tcase_add_test(cases, the_cell_of_the_last_value_is_known);
    tcase_add_test(cases, doubled_quotes_are_undoubled_wherever_they_are);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
