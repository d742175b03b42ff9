/* impact: the memory of shards. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "impact/store.h"

/* Pieces of all sizes, filled and looked at again: none lies in another. */
START_TEST(pieces_of_a_pool_do_not_overlap)
{
    struct dn_pool *pool = dn_pool_new();
    struct {
        unsigned char *at;
        size_t size;
    } pieces[200] = {{NULL, 0}};
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = round; i < 200; i++) {
            pieces[i].size = DN_POOL_LEAST << (i * 7 + round) % 6;
            pieces[i].at = dn_pool_take(pool, pieces[i].size);
            memset(pieces[i].at, (int)i + 1, pieces[i].size);
        }
        for (size_t i = 0; i < 200; i++)
            for (size_t k = 0; k < pieces[i].size; k += 512)
                ck_assert_uint_eq(pieces[i].at[k], i + 1);
        for (size_t i = round + 1; i < 200; i++)
            dn_pool_give(pool, pieces[i].at, pieces[i].size);
    }
    dn_pool_free(pool);
    dn_pool_free(NULL);
}
END_TEST

START_TEST(what_is_given_back_serves_again)
{
    struct dn_pool *pool = dn_pool_new();
    char *first = dn_pool_take(pool, DN_POOL_LEAST);
    dn_pool_give(pool, first, DN_POOL_LEAST);
    ck_assert_ptr_eq(dn_pool_take(pool, DN_POOL_LEAST), first);
    dn_pool_free(pool);
}
END_TEST

static size_t size_of(size_t i)
{
    return i % 500 == 0 ? 100000 + i : 1 + i * 37 % 300;
}

static void fill(struct dn_store *store, uint32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        numbers[i] = dn_store_add(store, size_of(i));
        memset(dn_store_at(store, numbers[i]), (int)(i % 251), size_of(i));
    }
}

START_TEST(records_are_found_by_their_numbers_and_never_move)
{
    static uint32_t numbers[20000];
    struct dn_pool *pool = dn_pool_new();
    for (int pooled = 0; pooled < 2; pooled++) {
        struct dn_store store = {.pool = pooled ? pool : NULL};
        for (int round = 0; round < 2; round++) {
            fill(&store, numbers, 20000);
            ck_assert_uint_gt(store.bytes, 2u << 20);
            for (size_t i = 0; i < 20000; i++) {
                const unsigned char *at = dn_store_at(&store, numbers[i]);
                ck_assert_uint_eq((uintptr_t)at % 8, 0);
                ck_assert_uint_eq(at[0], i % 251);
                ck_assert_uint_eq(at[size_of(i) - 1], i % 251);
            }
            dn_store_empty(&store);
            ck_assert_uint_eq(store.bytes, 0);
        }
        dn_store_clear(&store);
    }
    dn_pool_free(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, pieces_of_a_pool_do_not_overlap);
    tcase_add_test(cases, what_is_given_back_serves_again);
    tcase_add_test(cases, records_are_found_by_their_numbers_and_never_move);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
