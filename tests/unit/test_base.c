/* base: text, buffers, tables, digests, outputs. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/note.h"
#include "base/sha256.h"
#include "base/table.h"
#include "base/text.h"

START_TEST(hostile_text_is_made_visible)
{
    struct dn_buf buf = {0};
    dn_buf_add_visible(&buf, DN_TEXT("a\x1b[31m\r\nb\t\x7f\xc2\x85\xe2\x80\xae\xff\xc3\xa9\xe2\x80\x8b"));
    ck_assert_str_eq(buf.at, "a\\x1B[31m\\r\\nb\\t\\x7F\\u{0085}\\u{202E}\\xFF\xc3\xa9\\u{200B}");
    dn_buf_clear(&buf);
}
END_TEST

START_TEST(every_byte_and_bidi_character_is_one_safe_line)
{
    for (int byte = 0; byte < 256; byte++) {
        struct dn_buf buf = {0};
        char one = (char)byte;
        dn_buf_add_visible(&buf, (struct dn_text){&one, 1});
        ck_assert(!dn_text_hostile(dn_buf_text(&buf)));
        ck_assert_uint_gt(buf.size, 0);
        dn_buf_clear(&buf);
    }
}
END_TEST

START_TEST(an_error_has_its_place_and_cannot_move_the_cursor)
{
    struct dn_error err = {0};
    ck_assert_int_eq(dn_error_at(&err, "a\nb.csv", 7, 3, "not a time, '%s'", "\x1b]52;c;"), DN_INVALID);
    ck_assert_str_eq(err.text, "a\\nb.csv:7:3: not a time, '\\x1B]52;c;'");
    dn_error_at(&err, "f", 0, 0, "x");
    ck_assert_str_eq(err.text, "f: x");
}
END_TEST

START_TEST(a_long_error_is_cut_at_a_character)
{
    struct dn_error err = {0};
    char text[4001];
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    text[4000] = '\0';
    dn_error_set(&err, DN_INVALID, "x%s", text);
    ck_assert(dn_text_utf8(dn_text_of(err.text), NULL));
    ck_assert_uint_gt(strlen(err.text), 2000);
}
END_TEST

START_TEST(one_name_is_one_however_it_is_written)
{
    static const char *const same[][2] = {
        {"Ada L.", "ada l."}, {" Ada  L.\t", "AdaL."}, {"", " \t"}, {"A da", "AD A"}, {"Zoe", "ZOE"}};
    static const char *const other[][2] = {{"Ada", "Adam"}, {"Ada L.", "Ada K."}, {"", "a"}, {"a ", "b"}, {"ab", "a"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_msg(dn_text_same_name(dn_text_of(same[i][0]), dn_text_of(same[i][1])), "%s", same[i][0]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(!dn_text_same_name(dn_text_of(other[i][0]), dn_text_of(other[i][1])), "%s", other[i][0]);
}
END_TEST

START_TEST(numbers_have_no_sign_blank_or_overflow)
{
    int64_t value = 5;
    ck_assert(dn_text_number(DN_TEXT("9223372036854775807"), &value));
    ck_assert_int_eq(value, INT64_MAX);
    static const char *const bad[] = {"",    "9223372036854775808", "-1", "+1", " 1", "1 ", "1e3",
                                      "0x1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_text_number(dn_text_of(bad[i]), &value), "%s", bad[i]);
}
END_TEST

START_TEST(list_cells_split_at_semicolons_without_blanks)
{
    struct dn_strings list = {0};
    struct dn_buf joined = {0};
    dn_strings_split(&list, DN_TEXT(" a ; ;b;;c d\t;"));
    dn_strings_join(&list, '|', &joined);
    ck_assert_str_eq(joined.at, "a|b|c d");
    ck_assert(!dn_strings_add_once(&list, DN_TEXT("b")));
    dn_buf_clear(&joined);
    dn_strings_clear(&list);
}
END_TEST

START_TEST(a_table_finds_every_key_that_was_added_and_no_other)
{
    struct dn_table table = {0};
    char key[32];
    ck_assert_uint_eq(dn_table_find(&table, DN_TEXT("x")), SIZE_MAX);
    for (size_t i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        bool added = false;
        ck_assert_uint_eq(dn_table_add(&table, dn_text_of(key), &added), i);
        ck_assert(added);
    }
    for (size_t i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "key-%zu", i);
        ck_assert_uint_eq(dn_table_find(&table, dn_text_of(key)), i);
        ck_assert(dn_text_is(dn_table_key(&table, i), key));
    }
    ck_assert_uint_eq(dn_table_find(&table, DN_TEXT("key-20000")), SIZE_MAX);
    bool added = true;
    ck_assert_uint_eq(dn_table_add(&table, DN_TEXT("key-7"), &added), 7);
    ck_assert(!added);
    dn_table_clear(&table);
}
END_TEST

START_TEST(sha256_is_that_of_fips_180_4)
{
    char hex[DN_SHA256_HEX];
    dn_sha256_hex(DN_TEXT("abc"), hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    dn_sha256_hex(DN_TEXT(""), hex);
    ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    struct dn_sha256 *digest = dn_sha256_begin();
    dn_sha256_feed(digest, DN_TEXT("a"));
    dn_sha256_feed(digest, DN_TEXT("bc"));
    dn_sha256_end(digest, hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

static char folder[] = "/tmp/dn-test-XXXXXX";

START_TEST(an_output_appears_at_commit_and_only_then)
{
    struct dn_output *output = NULL;
    struct dn_error err = {0};
    struct dn_buf back = {0};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/out.csv", folder);
    ck_assert_int_eq(dn_output_open(path, &output, &err), DN_OK);
    dn_output_write(output, DN_TEXT("one\n"));
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(dn_output_commit(output, &err), DN_OK);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(dn_output_open(path, &output, &err), DN_OK);
    dn_output_write(output, DN_TEXT("two\n"));
    dn_output_discard(output);
    ck_assert_int_eq(dn_file_read(path, 100, &back, &err), DN_OK);
    ck_assert_str_eq(back.at, "one\n");
    dn_buf_clear(&back);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* no temporary file is left */
}
END_TEST

START_TEST(a_settled_output_is_not_seen_yet)
{
    struct dn_output *output = NULL;
    struct dn_error err = {0}, failure = {DN_SYSTEM, "no rows"};
    char place[] = "/tmp/dn-test-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(place));
    snprintf(path, sizeof path, "%s/out.csv", place);
    ck_assert_int_eq(dn_output_open(path, &output, &err), DN_OK);
    dn_output_write(output, DN_TEXT("one\n"));
    ck_assert_int_eq(dn_output_settle(output, &err), DN_OK);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(dn_output_commit(output, &err), DN_OK);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_size, 4);
    unlink(path);
    ck_assert_int_eq(dn_output_open(path, &output, &err), DN_OK);
    dn_output_fail(output, &failure);
    ck_assert_int_eq(dn_output_settle(output, &err), DN_SYSTEM);
    ck_assert_str_eq(err.text, "no rows");
    dn_output_discard(output);
    ck_assert_int_eq(rmdir(place), 0);
}
END_TEST

START_TEST(a_full_disk_is_told_at_commit)
{
    struct dn_output *output = NULL;
    struct dn_error err = {0};
    ck_assert_int_eq(dn_output_open("/dev/full", &output, &err), DN_OK);
    dn_output_write(output, DN_TEXT("x"));
    ck_assert_int_eq(dn_output_commit(output, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "/dev/full: No space"));
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    struct dn_buf back = {0};
    struct dn_error err = {0};
    struct dn_output *output = NULL;
    ck_assert_int_eq(dn_file_read("/tmp", 100, &back, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "directory"));
    ck_assert_int_eq(dn_output_open("/tmp", &output, &err), DN_SYSTEM);
    ck_assert_ptr_null(output);
}
END_TEST

START_TEST(only_attention_needs_a_person)
{
    struct dn_notes notes = {0};
    dn_notes_say(&notes, NULL, "fine %d", 1);
    ck_assert(!dn_notes_need_person(&notes));
    dn_notes_attention(&notes, "held", "%d tenants", 2);
    ck_assert(dn_notes_need_person(&notes));
    ck_assert_str_eq(notes.at[1].text, "2 tenants");
    dn_notes_clear(&notes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, hostile_text_is_made_visible);
    tcase_add_test(cases, every_byte_and_bidi_character_is_one_safe_line);
    tcase_add_test(cases, an_error_has_its_place_and_cannot_move_the_cursor);
    tcase_add_test(cases, a_long_error_is_cut_at_a_character);
    tcase_add_test(cases, one_name_is_one_however_it_is_written);
    tcase_add_test(cases, numbers_have_no_sign_blank_or_overflow);
    tcase_add_test(cases, list_cells_split_at_semicolons_without_blanks);
    tcase_add_test(cases, a_table_finds_every_key_that_was_added_and_no_other);
    tcase_add_test(cases, sha256_is_that_of_fips_180_4);
    tcase_add_test(cases, an_output_appears_at_commit_and_only_then);
    tcase_add_test(cases, a_settled_output_is_not_seen_yet);
    tcase_add_test(cases, a_full_disk_is_told_at_commit);
    tcase_add_test(cases, a_folder_is_no_file);
    tcase_add_test(cases, only_attention_needs_a_person);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
