/* stream: the part column, written and checked. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "stream/part.h"
#include "text_file.h"

/* Reads a text and checks its parts; "" when it is whole, else the error behind the file's name. */
static char *check_text(const char *text, bool subset)
{
    const char *path = text_file(dn_text_of(text));
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    struct dn_part_check check = {.subset = subset};
    ck_assert_int_eq(dn_csv_open(path, NULL, &csv, &err), DN_OK);
    ck_assert_int_eq(dn_csv_column(csv, "part", &check.column, &err), DN_OK);
    enum dn_status status = DN_OK;
    while (status == DN_OK && (status = dn_csv_next(csv, &record, &err)) == DN_OK)
        status = dn_part_look(&check, csv, &record, &err);
    enum dn_status end = dn_part_finish(&check, csv, status == DN_END ? &err : NULL);
    ck_assert_ptr_null(check.bits);
    ck_assert_int_eq(err.status, status == DN_END && end == DN_OK ? DN_OK : DN_INVALID);
    dn_csv_close(csv);
    unlink(path);
    return dn_strdup(err.text[0] ? err.text + strlen(path) : "");
}

static void is_whole(const char *text, bool subset)
{
    char *got = check_text(text, subset);
    ck_assert_str_eq(got, "");
    free(got);
}

static void is_refused(const char *text, bool subset, const char *part)
{
    char *got = check_text(text, subset);
    ck_assert_msg(strstr(got, part), "'%s' is not in '%s'", part, got);
    free(got);
}

START_TEST(every_part_once_in_any_order_is_whole)
{
    is_whole("a,part\nx,1/3\ny,2/3\nz,3/3\n", false);
    is_whole("a,part\nx,3/3\ny,1/3\nz,2/3\n", false);
    is_whole("part\n1/1\n", false);
    is_whole("a,part\n", false);
    is_whole("a\nx\ny\n", false);
}
END_TEST

START_TEST(a_missing_part_is_a_cut_stream)
{
    is_refused("a,part\nx,1/3\ny,2/3\n", false, ": cut: 2 of 3 rows, the first one missing is part 3/3; --subset");
    is_refused("a,part\ny,2/9\n", false, ": cut: 1 of 9 rows, the first one missing is part 1/9");
    is_whole("a,part\nx,1/3\ny,3/3\n", true);
}
END_TEST

START_TEST(doubles_and_nonsense_are_refused_even_of_a_subset)
{
    for (int subset = 0; subset < 2; subset++) {
        is_refused("a,part\nx,1/2\ny,1/2\n", subset, ":3:2: part '1/2' is there twice");
        is_refused("a,part\nx,1/2\ny,1/3\n", subset, ":3:2: part '1/3' has another total");
        is_refused("a,part\nx,3/2\n", subset, ":2:2: part '3/2' is not a row's number");
        static const char *const nonsense[] = {"",
                                               "1",
                                               "/",
                                               "1/",
                                               "/1",
                                               "0/1",
                                               "1/0",
                                               "01/2",
                                               "1/02",
                                               "-1/2",
                                               "1/2 ",
                                               "1/2/3",
                                               "a/b",
                                               "1.0/2",
                                               "1/99999999999999999999",
                                               "1/9223372036854775807"};
        for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
            char text[100];
            snprintf(text, sizeof text, "a,part\nx,%s\n", nonsense[i]);
            is_refused(text, subset, "is not a row's number and the number of rows");
        }
    }
}
END_TEST

START_TEST(a_row_without_its_part_is_refused)
{
    is_refused("a,part\nx\n", false, "part '' is not a row's number");
}
END_TEST

/* Writes rows with a part writer to a file and gives back what it holds; told: their number is said before. */
static char *write_rows(size_t count, bool told)
{
    static const char *const columns[] = {"id", "note"};
    const char *path = text_file(DN_TEXT(""));
    struct dn_output *output = NULL;
    ck_assert_int_eq(dn_output_open(path, &output, NULL), DN_OK);
    struct dn_part_writer *writer = dn_part_begin(columns, 2);
    if (told)
        dn_part_expect(writer, (int64_t)count, output);
    for (size_t i = 0; i < count; i++) {
        struct dn_buf id = {0};
        dn_buf_addf(&id, "%zu", i);
        dn_part_add(writer, (struct dn_text[]){dn_buf_text(&id), DN_TEXT("a,\n\"b")}, 2);
        dn_buf_clear(&id);
    }
    dn_part_end(writer, output);
    ck_assert_int_eq(dn_output_commit(output, NULL), DN_OK);
    struct dn_buf bytes = {0};
    ck_assert_int_eq(dn_file_read(path, SIZE_MAX / 2, &bytes, NULL), DN_OK);
    unlink(path);
    return dn_buf_take(&bytes);
}

START_TEST(rows_are_written_with_their_number_and_the_total)
{
    char *none = write_rows(0, false), *two = write_rows(2, false), *many = write_rows(1234, false);
    ck_assert_str_eq(none, "id,note,part\n");
    ck_assert_str_eq(two, "id,note,part\n0,\"a,\n\"\"b\",1/2\n1,\"a,\n\"\"b\",2/2\n");
    is_whole(many, false);
    many[strlen(many) - strlen("1233,\"a,\n\"\"b\",1234/1234\n")] = '\0';
    is_refused(many, false, ": cut: 1233 of 1234 rows");
    free(none);
    free(two);
    free(many);
}
END_TEST

START_TEST(more_rows_than_memory_holds_are_whole_and_in_order)
{
    char *many = write_rows(150000, false);
    ck_assert_uint_gt(strlen(many), 2u << 20);
    is_whole(many, false);
    ck_assert_ptr_nonnull(strstr(many, "\n0,\"a,\n\"\"b\",1/150000\n1,\"a,\n\"\"b\",2/150000\n"));
    ck_assert_ptr_nonnull(strstr(many, "\n149998,\"a,\n\"\"b\",149999/150000\n149999,\"a,\n\"\"b\",150000/150000\n"));
    free(many);
}
END_TEST

START_TEST(rows_whose_number_is_told_before_are_the_same)
{
    static const size_t counts[] = {0, 1, 2, 99, 100, 20000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char *kept = write_rows(counts[i], false), *passed = write_rows(counts[i], true);
        ck_assert_str_eq(passed, kept);
        free(kept);
        free(passed);
    }
}
END_TEST

START_TEST(another_number_of_rows_than_was_told_is_no_output)
{
    static const char *const columns[] = {"id"};
    const char *path = text_file(DN_TEXT(""));
    struct dn_output *output = NULL;
    struct dn_part_writer *writer = dn_part_begin(columns, 1);
    ck_assert_int_eq(dn_output_open(path, &output, NULL), DN_OK);
    dn_part_expect(writer, 2, output);
    dn_part_add(writer, &DN_TEXT("x"), 1);
    dn_part_end(writer, output);
    ck_assert_int_eq(dn_output_commit(output, NULL), DN_SYSTEM);
    unlink(path);
}
END_TEST

START_TEST(a_discarded_stream_leaves_nothing)
{
    static const char *const columns[] = {"id"};
    struct dn_part_writer *writer = dn_part_begin(columns, 1);
    dn_part_add(writer, &DN_TEXT("x"), 1);
    dn_part_discard(writer);
    dn_part_discard(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("part");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, every_part_once_in_any_order_is_whole);
    tcase_add_test(cases, a_missing_part_is_a_cut_stream);
    tcase_add_test(cases, doubles_and_nonsense_are_refused_even_of_a_subset);
    tcase_add_test(cases, a_row_without_its_part_is_refused);
    tcase_add_test(cases, rows_are_written_with_their_number_and_the_total);
    tcase_add_test(cases, more_rows_than_memory_holds_are_whole_and_in_order);
    tcase_add_test(cases, rows_whose_number_is_told_before_are_the_same);
    tcase_add_test(cases, another_number_of_rows_than_was_told_is_no_output);
    tcase_add_test(cases, a_discarded_stream_leaves_nothing);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
