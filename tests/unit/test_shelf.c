/* base: records outside memory, and their sorting. */
#define _XOPEN_SOURCE 700 /* SIGXFSZ */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/shelf.h"
#include "base/sorter.h"

#define RECORDS 40000 /* several pages, marks and runs of them */

static struct dn_shelf shelf;
static struct dn_buf scratch;

/* The record with this number: of sizes from none to more than a page. */
static struct dn_text record_of(size_t number)
{
    static char text[40000];
    size_t size = number % 5000 == 7 ? 39000 : number * 7919 % 101;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(number + i);
    return (struct dn_text){text, size};
}

static void check_record(struct dn_shelf_reader *reader, size_t number)
{
    dn_shelf_get(reader, number, &scratch);
    ck_assert_msg(dn_text_equal(dn_buf_text(&scratch), record_of(number)), "record %zu differs", number);
}

static void clear(struct dn_shelf_reader *reader)
{
    dn_shelf_reader_clear(reader);
    dn_shelf_clear(&shelf);
    dn_buf_clear(&scratch);
}

START_TEST(every_record_is_read_back_in_any_order)
{
    for (size_t pages = 0; pages < 3; pages++) {
        struct dn_shelf_reader reader = {.shelf = &shelf, .page_count = pages};
        for (size_t i = 0; i < RECORDS; i++)
            dn_shelf_put(&shelf, record_of(i));
        ck_assert_uint_eq(shelf.count, RECORDS);
        ck_assert_uint_gt(shelf.written, 0);
        for (size_t i = 0; i < RECORDS; i++)
            check_record(&reader, i);
        for (size_t i = 0; i < RECORDS; i++)
            check_record(&reader, i * 7907 % RECORDS);
        for (size_t i = RECORDS; i-- > RECORDS - 100;)
            check_record(&reader, i);
        clear(&reader);
    }
}
END_TEST

/* Who reads while somebody writes has pages that were not full yet. */
START_TEST(what_is_written_later_is_read_too)
{
    struct dn_shelf_reader reader = {.shelf = &shelf};
    for (size_t i = 0; i < RECORDS; i++) {
        dn_shelf_put(&shelf, record_of(i));
        check_record(&reader, i);
        check_record(&reader, i / 2);
    }
    clear(&reader);
}
END_TEST

START_TEST(few_records_need_no_file)
{
    struct dn_shelf_reader reader = {.shelf = &shelf};
    setenv("TMPDIR", "/nowhere", 1);
    for (size_t i = 0; i < 100; i++)
        dn_shelf_put(&shelf, record_of(i + 100));
    ck_assert_int_eq(dn_shelf_check(&shelf, NULL), DN_OK);
    dn_shelf_get(&reader, 50, &scratch);
    ck_assert(dn_text_equal(dn_buf_text(&scratch), record_of(150)));
    unsetenv("TMPDIR");
    clear(&reader);
}
END_TEST

START_TEST(a_file_that_cannot_be_made_is_told)
{
    struct dn_error err = {0};
    struct dn_shelf_reader reader = {.shelf = &shelf};
    setenv("TMPDIR", "/nowhere", 1);
    for (size_t i = 0; i < RECORDS; i++)
        dn_shelf_put(&shelf, record_of(i));
    ck_assert_int_eq(dn_shelf_check(&shelf, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere"));
    unsetenv("TMPDIR");
    clear(&reader);
}
END_TEST

/* From here on a file may have so many bytes: what a full disk does to who writes. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_file_that_cannot_be_written_is_told)
{
    struct dn_error err = {0};
    struct dn_shelf_reader reader = {.shelf = &shelf};
    limit_files(400000);
    for (size_t i = 0; i < RECORDS; i++)
        dn_shelf_put(&shelf, record_of(i));
    limit_files(RLIM_INFINITY);
    ck_assert_int_eq(dn_shelf_check(&shelf, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "temporary file"));
    clear(&reader);
}
END_TEST

static int compare(const void *a, const void *b)
{
    const struct dn_text *x = a, *y = b;
    return dn_text_compare(*x, *y);
}

static void check_sorted(size_t count)
{
    struct dn_sorter sorter = {.compare = compare};
    struct dn_text next;
    char text[120];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        int size = snprintf(text, sizeof text, "%0100zu", i * 7907 % count / 2); /* each twice */
        dn_sorter_add(&sorter, (struct dn_text){text, (size_t)size});
    }
    for (; dn_sorter_next(&sorter, &next); found++) {
        int size = snprintf(text, sizeof text, "%0100zu", found / 2);
        ck_assert_msg(dn_text_equal(next, (struct dn_text){text, (size_t)size}), "record %zu", found);
    }
    ck_assert_uint_eq(found, count);
    ck_assert_int_eq(dn_sorter_check(&sorter, NULL), DN_OK);
    dn_sorter_clear(&sorter);
}

START_TEST(all_records_come_out_in_order)
{
    static const size_t counts[] = {0, 1, 2, 100, 10484, 10486, 60000}; /* a megabyte is a run */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_sorted(counts[i]);
}
END_TEST

START_TEST(a_sorter_that_lost_records_says_so)
{
    struct dn_sorter sorter = {.compare = compare};
    struct dn_error err = {0};
    struct dn_text next;
    setenv("TMPDIR", "/nowhere", 1);
    for (size_t i = 0; i < RECORDS; i++)
        dn_sorter_add(&sorter, record_of(i));
    while (dn_sorter_next(&sorter, &next)) {
    }
    ck_assert_int_eq(dn_sorter_check(&sorter, &err), DN_SYSTEM);
    unsetenv("TMPDIR");
    dn_sorter_clear(&sorter);
}
END_TEST

/* The second run begins in what could not be written: that is not looked for. */
START_TEST(a_sorter_whose_file_is_full_says_so)
{
    struct dn_sorter sorter = {.compare = compare};
    struct dn_error err = {0};
    struct dn_text next;
    limit_files(1060000);
    for (size_t i = 0; i < RECORDS; i++)
        dn_sorter_add(&sorter, record_of(i));
    ck_assert(!dn_sorter_next(&sorter, &next));
    limit_files(RLIM_INFINITY);
    ck_assert_int_eq(dn_sorter_check(&sorter, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "temporary file"));
    dn_sorter_clear(&sorter);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shelf");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, every_record_is_read_back_in_any_order);
    tcase_add_test(cases, what_is_written_later_is_read_too);
    tcase_add_test(cases, few_records_need_no_file);
    tcase_add_test(cases, a_file_that_cannot_be_made_is_told);
    tcase_add_test(cases, a_file_that_cannot_be_written_is_told);
    tcase_add_test(cases, all_records_come_out_in_order);
    tcase_add_test(cases, a_sorter_that_lost_records_says_so);
    tcase_add_test(cases, a_sorter_whose_file_is_full_says_so);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
