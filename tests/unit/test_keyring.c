/* tenant: very many keys, the spool of rows, and threads that share work. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/crew.h"
#include "tenant/keyring.h"
#include "tenant/spool.h"

static struct dn_key_shelf shelves[2];
static struct dn_keyring ring;
static struct dn_numbers numbers;
static struct dn_spool spool;
static struct dn_buf got;

static void teardown(void)
{
    dn_keyring_clear(&ring);
    dn_numbers_clear(&numbers);
    dn_spool_clear(&spool);
    dn_buf_clear(&got);
}

static struct dn_hash128 hash_of(uint64_t key)
{
    return dn_hash_wide((struct dn_text){(const char *)&key, sizeof key}, 1);
}

/* The second shelf's numbers come behind the first one's thousand; 999 is left out. */
static void make(size_t threads)
{
    static struct dn_key_run first[] = {{0, 0}, {999, UINT32_MAX}, {1000, 1000}, {UINT32_MAX, UINT32_MAX}};
    static struct dn_key_run second[] = {{0, 1000}, {999, UINT32_MAX}, {1000, 2000}, {UINT32_MAX, UINT32_MAX}};
    struct dn_key_run *const runs[] = {first, second};
    dn_keyring_make(&ring, shelves, 2, threads, runs);
}

START_TEST(an_empty_ring_has_no_key)
{
    ck_assert(!dn_keyring_find(&ring, hash_of(1), &numbers));
    dn_keyring_prefetch(&ring, hash_of(1));
    make(1);
    ck_assert(!dn_keyring_find(&ring, hash_of(1), &numbers));
}
END_TEST

START_TEST(every_key_has_its_number_and_no_other_key_has_any)
{
    for (uint32_t i = 0; i < 100000; i++)
        dn_key_shelf_put(&shelves[i % 2], hash_of(i), i / 2 + 2000);
    make(3);
    for (uint32_t i = 0; i < 100000; i++) {
        ck_assert(dn_keyring_find(&ring, hash_of(i), &numbers));
        ck_assert_uint_eq(numbers.count, 1);
        ck_assert_uint_eq(numbers.at[0], i / 2 + 2000 + (i % 2 ? 1000 : 0));
    }
    for (uint32_t i = 100000; i < 200000; i++)
        ck_assert(!dn_keyring_find(&ring, hash_of(i), &numbers));
    uint32_t first, second;
    ck_assert(!dn_keyring_twice(&ring, &first, &second));
}
END_TEST

/* Lines have room for four: those of the last line of a shard, and of its first, run over into what comes behind. */
START_TEST(keys_for_which_a_line_has_no_room_are_found)
{
    static const uint64_t begins[] = {UINT64_C(0xFFFFFFFFFF000000), UINT64_C(0x0200000000000000), 0};
    for (uint32_t i = 0; i < 900; i++) {
        struct dn_hash128 close = {{begins[i % 3] + i, i}};
        dn_key_shelf_put(&shelves[0], close, i);
        dn_key_shelf_put(&shelves[1], hash_of(i), i);
    }
    make(2);
    for (uint32_t i = 0; i < 900; i++) {
        struct dn_hash128 close = {{begins[i % 3] + i, i}}, low = {{begins[i % 3] + i, i + 1}},
                          high = {{begins[i % 3] + i + 1000, i}};
        ck_assert(dn_keyring_find(&ring, close, &numbers));
        ck_assert_uint_eq(numbers.at[0], i);
        ck_assert(dn_keyring_find(&ring, hash_of(i), &numbers));
        ck_assert_uint_eq(numbers.at[0], i + 1000);
        ck_assert(!dn_keyring_find(&ring, low, &numbers));
        ck_assert(!dn_keyring_find(&ring, high, &numbers));
        ck_assert(!dn_keyring_find(&ring, hash_of(i + 900), &numbers));
    }
}
END_TEST

START_TEST(numbers_under_one_key_stand_once_lowest_first)
{
    static const uint32_t some[] = {7, 3, 7, 5, 999};
    for (size_t i = 0; i < 5; i++)
        dn_key_shelf_put(&shelves[0], hash_of(1), some[i]);
    dn_key_shelf_put(&shelves[1], hash_of(1), 3);
    dn_key_shelf_put(&shelves[1], hash_of(2), 4);
    dn_key_shelf_put(&shelves[1], hash_of(2), 4);
    dn_key_shelf_put(&shelves[0], hash_of(3), 999);
    make(1);
    ck_assert(dn_keyring_find(&ring, hash_of(1), &numbers));
    static const size_t wanted[] = {3, 5, 7, 1003};
    ck_assert_uint_eq(numbers.count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(numbers.at[i], wanted[i]);
    numbers.cap = 2;
    ck_assert(dn_keyring_find(&ring, hash_of(1), &numbers));
    ck_assert_uint_eq(numbers.count, 2);
    ck_assert_uint_eq(numbers.left_out, 2);
    ck_assert(dn_keyring_find(&ring, hash_of(2), &numbers));
    ck_assert_uint_eq(numbers.count, 1);
    ck_assert(!dn_keyring_find(&ring, hash_of(3), &numbers));
}
END_TEST

/* Of several keys that two numbers have, the one whose second number is the lowest. */
START_TEST(the_first_repetition_is_told)
{
    uint32_t first = 0, second = 0;
    for (uint32_t i = 0; i < 50; i++) {
        dn_key_shelf_put(&shelves[0], hash_of(i), i);
        dn_key_shelf_put(&shelves[0], hash_of(i), 900 - i);
    }
    make(2);
    ck_assert(dn_keyring_twice(&ring, &first, &second));
    ck_assert_uint_eq(first, 49);
    ck_assert_uint_eq(second, 851);
}
END_TEST

/* More than is held in memory: the first ones are read from the file, in any order. */
START_TEST(a_spool_gives_every_piece_back)
{
    enum { PIECES = 3000, SIZE = 8000 };
    static uint64_t places[PIECES];
    char piece[SIZE];
    for (int i = 0; i < PIECES; i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        memcpy(piece, &i, sizeof i);
        memcpy(piece + SIZE - sizeof i, &i, sizeof i);
        places[i] = dn_spool_put(&spool, (struct dn_text){piece, sizeof piece});
    }
    ck_assert(spool.written > 0 && spool.held.size > 0);
    for (int k = 0; k < PIECES; k++) {
        int i = k * 1499 % PIECES;
        dn_buf_reset(&got);
        ck_assert_int_eq(dn_spool_get(&spool, places[i], SIZE, &got), DN_OK);
        ck_assert_uint_eq(got.size, SIZE);
        ck_assert_mem_eq(got.at, &i, sizeof i);
        ck_assert_mem_eq(got.at + SIZE - sizeof i, &i, sizeof i);
        ck_assert_int_eq(got.at[SIZE / 2], 'a' + i % 26);
    }
}
END_TEST

START_TEST(a_spool_without_a_place_says_so_when_asked)
{
    char piece[8000] = "x";
    setenv("TMPDIR", "/nonexistent/folder", 1);
    for (int i = 0; i < 3000; i++)
        dn_spool_put(&spool, (struct dn_text){piece, sizeof piece});
    unsetenv("TMPDIR");
    ck_assert_int_eq(dn_spool_get(&spool, 0, sizeof piece, &got), DN_SYSTEM);
    ck_assert(spool.failure.text[0] != '\0');
    ck_assert_uint_eq(got.size, 0);
}
END_TEST

struct count {
    struct dn_tickets tickets;
    size_t of_member[5], taken[1000];
};

static void take_tickets(void *context, size_t member)
{
    struct count *count = context;
    count->of_member[member]++;
    for (size_t i; (i = dn_tickets_take(&count->tickets)) < 1000;)
        count->taken[i]++;
}

START_TEST(a_crew_does_everything_once)
{
    static struct count count;
    dn_crew_run(5, take_tickets, &count);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(count.of_member[i], 1);
    for (size_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(count.taken[i], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keyring");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, an_empty_ring_has_no_key);
    tcase_add_test(cases, every_key_has_its_number_and_no_other_key_has_any);
    tcase_add_test(cases, keys_for_which_a_line_has_no_room_are_found);
    tcase_add_test(cases, numbers_under_one_key_stand_once_lowest_first);
    tcase_add_test(cases, the_first_repetition_is_told);
    tcase_add_test(cases, a_spool_gives_every_piece_back);
    tcase_add_test(cases, a_spool_without_a_place_says_so_when_asked);
    tcase_add_test(cases, a_crew_does_everything_once);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
