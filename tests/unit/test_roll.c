/* Rolls of hashes, in memory and outside of it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "notice/roll.h"

static struct dn_error err;

static struct dn_hash128 hash_of(uint64_t number)
{
    return dn_hash_wide((struct dn_text){(const char *)&number, sizeof number}, 0);
}

/* Every third one twice, the second time with the rank that counts. */
static void fill(struct dn_roll *roll, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        dn_roll_add(roll, hash_of(i), 1, i);
    for (uint32_t i = 0; i < count; i += 3)
        dn_roll_add(roll, hash_of(i), 0, count + i);
    ck_assert_int_eq(dn_roll_settle(roll, &err), DN_OK);
}

static void check_all(const struct dn_roll *roll, uint32_t count)
{
    ck_assert_uint_eq(roll->count, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct dn_roll_entry *entry = dn_roll_find(roll, hash_of(i));
        ck_assert_ptr_nonnull(entry);
        ck_assert_uint_eq(entry->rank, i % 3 != 0);
        ck_assert_uint_eq(entry->number, i % 3 ? i : count + i);
    }
    for (uint32_t i = count; i < count + 1000; i++)
        ck_assert_ptr_null(dn_roll_find(roll, hash_of(i)));
}

START_TEST(what_was_added_is_found_and_nothing_else)
{
    const uint32_t counts[] = {0, 1, 2, 127, 128, 129, 5000, 200000}; /* the last ones do not fit into memory */
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct dn_roll roll = {0};
        fill(&roll, counts[i]);
        ck_assert_int_eq(roll.page != NULL, counts[i] == 200000);
        check_all(&roll, counts[i]);
        dn_roll_clear(&roll);
    }
}
END_TEST

START_TEST(of_the_same_rank_the_lowest_number_stays)
{
    struct dn_roll roll = {0};
    for (uint32_t i = 9; i > 0; i--)
        dn_roll_add(&roll, hash_of(7), i > 4, i);
    ck_assert_int_eq(dn_roll_settle(&roll, &err), DN_OK);
    ck_assert_uint_eq(roll.count, 1);
    ck_assert_uint_eq(dn_roll_find(&roll, hash_of(7))->number, 1);
    dn_roll_clear(&roll);
}
END_TEST

START_TEST(a_folder_without_room_is_said)
{
    struct dn_roll roll = {0};
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    ck_assert_int_eq(setenv("TMPDIR", "/nonexistent", 1), 0);
    for (uint32_t i = 0; i < 200000; i++)
        dn_roll_add(&roll, hash_of(i), 0, i);
    ck_assert_int_eq(dn_roll_settle(&roll, &err), DN_SYSTEM);
    dn_roll_clear(&roll);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("roll");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_was_added_is_found_and_nothing_else);
    tcase_add_test(tcase, of_the_same_rank_the_lowest_number_stays);
    tcase_add_test(tcase, a_folder_without_room_is_said);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
