/* base: the hash index over keys that somebody else holds. */
#include <check.h>

#include "base/index.h"

static struct dn_index hashes;

static void teardown(void)
{
    dn_index_clear(&hashes);
}

/* How often the number stands under the hash. */
static size_t count_of(uint64_t hash, uint32_t number)
{
    size_t place = dn_index_seek(&hashes, hash), count = 0;
    uint32_t found;
    while ((found = dn_index_next(&hashes, hash, &place)) != DN_INDEX_NONE)
        count += found == number;
    return count;
}

START_TEST(an_empty_one_has_nothing)
{
    size_t place = dn_index_seek(&hashes, 7);
    ck_assert_uint_eq(dn_index_next(&hashes, 7, &place), DN_INDEX_NONE);
    dn_index_prefetch(&hashes, 7);
}
END_TEST

/* The upper half of a hash is what is looked at; a growing index keeps all of it. */
START_TEST(every_number_is_found_while_it_grows)
{
    for (uint32_t i = 0; i < 20000; i++)
        dn_index_add(&hashes, (uint64_t)i * 0x9E3779B97F4A7C15u, i);
    ck_assert_uint_eq(hashes.count, 20000);
    for (uint32_t i = 0; i < 20000; i++)
        ck_assert_uint_eq(count_of((uint64_t)i * 0x9E3779B97F4A7C15u, i), 1);
    ck_assert_uint_eq(count_of((uint64_t)20000 * 0x9E3779B97F4A7C15u, 20000), 0);
}
END_TEST

START_TEST(all_numbers_under_one_hash_are_given)
{
    for (uint32_t i = 0; i < 500; i++)
        dn_index_add(&hashes, UINT64_MAX, i);
    for (uint32_t i = 0; i < 500; i++)
        ck_assert_uint_eq(count_of(UINT64_MAX, i), 1);
    ck_assert_uint_eq(count_of(0, 0), 0);
}
END_TEST

/* The last places and the first ones are neighbours. */
START_TEST(a_run_goes_on_at_the_beginning)
{
    for (uint32_t i = 0; i < 10; i++)
        dn_index_add(&hashes, UINT64_MAX - ((uint64_t)i << 32), i);
    for (uint32_t i = 0; i < 10; i++)
        ck_assert_uint_eq(count_of(UINT64_MAX - ((uint64_t)i << 32), i), 1);
}
END_TEST

START_TEST(a_number_can_be_replaced)
{
    uint64_t hash = (uint64_t)5 << 40;
    dn_index_add(&hashes, hash, 1);
    dn_index_add(&hashes, hash, 2);
    size_t place = dn_index_seek(&hashes, hash);
    while (dn_index_next(&hashes, hash, &place) != 2)
        ;
    dn_index_replace(&hashes, place, 9);
    ck_assert_uint_eq(count_of(hash, 1), 1);
    ck_assert_uint_eq(count_of(hash, 2), 0);
    ck_assert_uint_eq(count_of(hash, 9), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, an_empty_one_has_nothing);
    tcase_add_test(cases, every_number_is_found_while_it_grows);
    tcase_add_test(cases, all_numbers_under_one_hash_are_given);
    tcase_add_test(cases, a_run_goes_on_at_the_beginning);
    tcase_add_test(cases, a_number_can_be_replaced);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
