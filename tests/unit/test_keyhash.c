/* tenant: hashes of keys that are not kept. */
#include <check.h>
#include <string.h>

#include "tenant/keyhash.h"

static struct dn_hash128 of(const char *text, size_t size, uint64_t number)
{
    return dn_keyhash_wide((struct dn_text){text, size}, number);
}

static uint64_t once(const char *text, size_t size)
{
    return dn_keyhash_once((struct dn_text){text, size});
}

static bool same(struct dn_hash128 a, struct dn_hash128 b)
{
    return a.half[0] == b.half[0] || a.half[1] == b.half[1];
}

static bool same_ids(const char *a, const char *b)
{
    return same(dn_keyhash_id(dn_text_of(a), 1), dn_keyhash_id(dn_text_of(b), 1));
}

START_TEST(every_byte_and_the_size_count)
{
    char text[700], other[700];
    dn_keyhash_wide_begin();
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t size = 0; size < sizeof text; size += size < 70 ? 1 : 37) {
        memcpy(other, text, sizeof text);
        ck_assert(of(text, size, 3).half[0] == of(other, size, 3).half[0]);
        ck_assert(of(text, size, 3).half[1] == of(other, size, 3).half[1]);
        ck_assert(!same(of(text, size, 3), of(text, size, 4)));
        ck_assert(!same(of(text, size, 3), of(text, size + 1, 3)));
        ck_assert(once(text, size) == once(other, size));
        ck_assert(once(text, size) != once(text, size + 1));
        other[size] = '\0';
        ck_assert(!same(of(other, size, 3), of(other, size + 1, 3)));
        for (size_t i = 0; i < size; i++) {
            other[i] ^= 1;
            ck_assert_msg(!same(of(text, size, 3), of(other, size, 3)), "byte %zu of %zu", i, size);
            ck_assert_msg(once(text, size) != once(other, size), "byte %zu of %zu", i, size);
            other[i] ^= 1;
        }
    }
}
END_TEST

/* A short key is read as one word, in which "a" and "aa" are alike: its size must not be made up for by the number. */
START_TEST(a_number_never_makes_up_for_a_size)
{
    struct dn_hash128 hashes[20 * 20];
    size_t count = 0;
    dn_keyhash_wide_begin();
    for (uint64_t number = 0; number < 20; number++)
        for (size_t size = 0; size < 20; size++)
            hashes[count++] = of("aaaaaaaaaaaaaaaaaaaa", size, number);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(!same(hashes[i], hashes[k]), "%zu bytes of %zu and %zu of %zu", i % 20, i / 20, k % 20,
                          k / 20);
}
END_TEST

START_TEST(every_byte_of_sixteen_and_the_number_count)
{
    char text[16] = "0123456789abcdef";
    dn_keyhash_wide_begin();
    struct dn_hash128 hash = dn_keyhash_16(text, 1);
    ck_assert(!same(hash, dn_keyhash_16(text, 2)));
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] ^= 1;
        ck_assert(!same(hash, dn_keyhash_16(text, 1)));
        text[i] ^= 1;
    }
    ck_assert(hash.half[0] == dn_keyhash_16(text, 1).half[0] && hash.half[1] == dn_keyhash_16(text, 1).half[1]);
}
END_TEST

START_TEST(a_guid_has_one_hash_in_every_spelling)
{
    const char *guid = "0f8fad5b-d9cb-469f-a165-70867728950e";
    char other[37];
    dn_keyhash_wide_begin();
    ck_assert(same_ids(guid, "0F8FAD5B-D9CB-469F-A165-70867728950E"));
    ck_assert(same_ids(guid, "{0f8fad5b-D9CB-469f-a165-70867728950E}"));
    for (size_t i = 0; i < 36; i++)
        for (int byte = 1; byte < 256; byte++) {
            memcpy(other, guid, sizeof other);
            other[i] = (char)byte;
            bool alike = byte == guid[i] || (guid[i] >= 'a' && byte == guid[i] - 'a' + 'A');
            ck_assert_msg(same_ids(guid, other) == alike, "%s", other);
        }
    ck_assert(!same_ids(guid, "{0f8fad5b-d9cb-469f-a165-70867728950e"));
    ck_assert(!same_ids("two", "Two"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keyhash");
    TCase *all = tcase_create("all");
    tcase_add_test(all, every_byte_and_the_size_count);
    tcase_add_test(all, a_number_never_makes_up_for_a_size);
    tcase_add_test(all, every_byte_of_sixteen_and_the_number_count);
    tcase_add_test(all, a_guid_has_one_hash_in_every_spelling);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
