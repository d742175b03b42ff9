#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "channel/archive.h"
#include "channel/witness.h"

static char folder[64];
static struct dn_error err;
static struct dn_archive *archive;
static struct dn_witness witness;

static void set_up(void)
{
    strcpy(folder, "/tmp/test_archive.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    umask(077);
}

static void shut(void)
{
    dn_archive_close(archive);
    archive = NULL;
}

static void tear_down(void)
{
    char command[128];
    shut();
    dn_witness_clear(&witness);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static void open_archive(void)
{
    ck_assert_msg(dn_archive_open("kept", &archive, &err) == DN_OK, "%s", err.text);
}

static void keep(const char *bytes)
{
    ck_assert_msg(dn_archive_keep(archive, dn_text_of(bytes), "sent", &err) == DN_OK, "%s", err.text);
}

static void sync_archive(void)
{
    ck_assert_msg(dn_archive_sync(archive, &err) == DN_OK, "%s", err.text);
}

static void end(void)
{
    ck_assert_msg(dn_archive_end(archive, &err) == DN_OK, "%s", err.text);
    shut();
}

static void put(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(bytes, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* kept/FOLDER/SHA-256 of the bytes, as dn_sha256_hex has it, must hold them. */
static bool holds(const char *in, const char *bytes)
{
    char hex[DN_SHA256_HEX], path[128];
    struct dn_buf found = {0};
    dn_sha256_hex(dn_text_of(bytes), hex);
    snprintf(path, sizeof path, "kept/%s/%s", in, hex);
    bool there = access(path, F_OK) == 0 && dn_file_read(path, 1 << 20, &found, &err) == DN_OK &&
                 dn_text_is(dn_buf_text(&found), bytes);
    dn_buf_clear(&found);
    return there;
}

static int run(const char *command)
{
    return system(command);
}

START_TEST(what_is_kept_is_there_under_its_digest)
{
    open_archive();
    keep("one\r\n");
    keep("two\r\n");
    sync_archive();
    end();
    ck_assert(holds("sent", "one\r\n") && holds("sent", "two\r\n"));
    ck_assert_int_eq(run("test -z \"$(find kept/tmp -type f ! -empty)\""), 0);
}
END_TEST

/* Everything but what was synced is gone: that is the journal alone. */
START_TEST(a_machine_that_goes_down_takes_nothing_that_was_synced)
{
    open_archive();
    keep("one\r\n");
    sync_archive();
    keep("two\r\n");
    sync_archive();
    keep("three\r\n");
    shut();
    ck_assert_int_eq(run("for file in kept/tmp/*.sent; do : >$file; done; rm -f kept/sent/*"), 0);
    ck_assert_int_eq(run("printf 'torn.sent 9000 00\nabc' >>kept/tmp/journal"), 0);
    open_archive();
    ck_assert(holds("sent", "one\r\n") && holds("sent", "two\r\n"));
    ck_assert_int_eq(run("test \"$(ls kept/sent | wc -l)\" -eq 2 && test \"$(ls kept/tmp)\" = journal"), 0);
    ck_assert_int_eq(run("test ! -s kept/tmp/journal"), 0);
}
END_TEST

START_TEST(many_groups_get_their_names_before_the_end)
{
    char bytes[32];
    open_archive();
    for (int i = 0; i < 1100; i++) {
        snprintf(bytes, sizeof bytes, "message %d\r\n", i);
        keep(bytes);
        if (i % 50 == 49)
            sync_archive();
    }
    ck_assert(holds("sent", "message 0\r\n") && holds("sent", "message 1000\r\n"));
    end();
    ck_assert(holds("sent", "message 1099\r\n"));
}
END_TEST

START_TEST(more_than_a_few_are_synced_together)
{
    char bytes[32];
    open_archive();
    for (int i = 0; i < 100; i++) {
        snprintf(bytes, sizeof bytes, "message %d\r\n", i);
        keep(bytes);
    }
    end();
    ck_assert(holds("sent", "message 0\r\n") && holds("sent", "message 99\r\n"));
    ck_assert_int_eq(run("test \"$(ls kept/sent | wc -l)\" -eq 100 && test -z \"$(ls kept/tmp)\""), 0);
}
END_TEST

START_TEST(the_manifest_is_what_sha256sum_checks)
{
    open_archive();
    dn_archive_say(archive, "by %s", "so\nc");
    keep("one\r\n");
    keep("one\r\n");
    ck_assert_int_eq(dn_archive_input(archive, DN_TEXT("in\n"), "input x", &err), DN_OK);
    end();
    ck_assert_int_eq(run("cd kept && sha256sum --strict --quiet -c manifest-000001.sha256"), 0);
    ck_assert_int_eq(run("grep -q '^# by so.nc$' kept/manifest-000001.sha256"), 0);
    ck_assert_int_eq(run("test \"$(grep -c '  sent/' kept/manifest-000001.sha256)\" -eq 2"), 0);
    ck_assert_int_eq(run("echo >>kept/sent/$(ls kept/sent); cd kept && ! sha256sum --status -c manifest-000001.sha256"),
                     0);
}
END_TEST

START_TEST(a_second_run_has_a_manifest_of_its_own)
{
    open_archive();
    keep("one\r\n");
    end();
    open_archive();
    keep("one\r\n");
    keep("two\r\n");
    end();
    ck_assert_int_eq(run("cd kept && sha256sum --strict --quiet -c manifest-000002.sha256 manifest-000001.sha256"), 0);
    ck_assert_int_eq(run("test \"$(ls kept/sent | wc -l)\" -eq 2"), 0);
}
END_TEST

START_TEST(a_run_that_does_not_end_leaves_its_manifest_in_part)
{
    open_archive();
    keep("one\r\n");
    sync_archive();
    shut();
    open_archive();
    ck_assert_int_eq(run("cd kept && sha256sum --strict --quiet -c manifest-000001.part"), 0);
    end();
    ck_assert_int_eq(access("kept/manifest-000002.sha256", F_OK), 0);
}
END_TEST

START_TEST(what_a_killed_run_left_whole_is_taken_over)
{
    char hex[DN_SHA256_HEX], name[128];
    open_archive();
    shut();
    dn_sha256_hex(DN_TEXT("whole"), hex);
    snprintf(name, sizeof name, "kept/tmp/%s.sent", hex);
    put(name, "whole");
    dn_sha256_hex(DN_TEXT("torn, and more"), hex);
    snprintf(name, sizeof name, "kept/tmp/%s.sent", hex);
    put(name, "torn");
    open_archive();
    ck_assert(holds("sent", "whole"));
    ck_assert_int_eq(run("test \"$(ls kept/sent | wc -l)\" -eq 1 && test \"$(ls kept/tmp)\" = journal"), 0);
}
END_TEST

START_TEST(files_are_for_the_owner_alone)
{
    open_archive();
    keep("one\r\n");
    end();
    ck_assert_int_eq(run("test -z \"$(find kept -perm /077)\""), 0);
}
END_TEST

START_TEST(another_run_waits_its_turn)
{
    open_archive();
    pid_t child = fork();
    if (child == 0) {
        struct dn_archive *second = NULL;
        _exit(dn_archive_open("kept", &second, &err) == DN_BUSY ? 0 : 1);
    }
    int status = 1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_file_in_its_place_is_refused)
{
    put("kept", "not a folder");
    ck_assert_int_eq(dn_archive_open("kept", &archive, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "kept"));
}
END_TEST

START_TEST(a_link_in_place_of_a_folder_is_refused)
{
    ck_assert_int_eq(mkdir("kept", 0700), 0);
    ck_assert_int_eq(mkdir("elsewhere", 0700), 0);
    ck_assert_int_eq(symlink("../elsewhere", "kept/sent"), 0);
    ck_assert_int_eq(dn_archive_open("kept", &archive, &err), DN_SYSTEM);
}
END_TEST

START_TEST(an_input_is_kept_as_it_was_read)
{
    struct dn_buf path = {0};
    put("in.csv", "a,b\n");
    ck_assert_int_eq(dn_witness_add(&witness, "affected", "in.csv", &path, &err), DN_OK);
    ck_assert_str_eq(path.at, "in.csv");
    open_archive();
    ck_assert_msg(dn_witness_keep(&witness, archive, &err) == DN_OK, "%s", err.text);
    end();
    ck_assert(holds("inputs", "a,b\n"));
    ck_assert_int_eq(run("grep -q \"^# input affected 'in.csv'$\" kept/manifest-000001.sha256"), 0);
    dn_buf_clear(&path);
}
END_TEST

START_TEST(an_input_that_changed_is_refused)
{
    struct dn_buf path = {0};
    put("in.csv", "a,b\n");
    ck_assert_int_eq(dn_witness_add(&witness, "affected", "in.csv", &path, &err), DN_OK);
    ck_assert_int_eq(run("echo more >>in.csv"), 0);
    open_archive();
    ck_assert_int_eq(dn_witness_keep(&witness, archive, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "in.csv: changed"));
    dn_buf_clear(&path);
}
END_TEST

START_TEST(an_input_that_was_replaced_is_refused)
{
    struct dn_buf path = {0};
    put("in.csv", "a,b\n");
    put("other.csv", "c,d\n");
    ck_assert_int_eq(dn_witness_add(&witness, "affected", "in.csv", &path, &err), DN_OK);
    ck_assert_int_eq(rename("other.csv", "in.csv"), 0);
    open_archive();
    ck_assert_int_eq(dn_witness_keep(&witness, archive, &err), DN_INVALID);
    dn_buf_clear(&path);
}
END_TEST

START_TEST(what_can_be_read_once_is_kept_too)
{
    struct dn_buf path = {0}, bytes = {0};
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(run("printf 'a,b\\n' >pipe &"), 0);
    ck_assert_msg(dn_witness_add(&witness, "affected", "pipe", &path, &err) == DN_OK, "%s", err.text);
    ck_assert_int_eq(dn_file_read(path.at, 100, &bytes, &err), DN_OK);
    ck_assert_str_eq(bytes.at, "a,b\n");
    open_archive();
    ck_assert_msg(dn_witness_keep(&witness, archive, &err) == DN_OK, "%s", err.text);
    end();
    ck_assert(holds("inputs", "a,b\n"));
    dn_buf_clear(&path);
    dn_buf_clear(&bytes);
}
END_TEST

START_TEST(templates_are_kept_language_by_language)
{
    ck_assert_int_eq(
        run("mkdir -p tpl/en tpl/.git && echo e >tpl/en/notice.txt && echo g >tpl/.git/x && echo r >tpl/README"), 0);
    ck_assert_int_eq(dn_witness_add_folders(&witness, "template", "tpl", &err), DN_OK);
    ck_assert_uint_eq(witness.count, 1);
    open_archive();
    ck_assert_int_eq(dn_witness_keep(&witness, archive, &err), DN_OK);
    end();
    ck_assert(holds("inputs", "e\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("archive");
    TCase *tests = tcase_create("archive");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60); /* a sync waits for the neighbours' files as well */
    tcase_add_test(tests, what_is_kept_is_there_under_its_digest);
    tcase_add_test(tests, a_machine_that_goes_down_takes_nothing_that_was_synced);
    tcase_add_test(tests, many_groups_get_their_names_before_the_end);
    tcase_add_test(tests, more_than_a_few_are_synced_together);
    tcase_add_test(tests, the_manifest_is_what_sha256sum_checks);
    tcase_add_test(tests, a_second_run_has_a_manifest_of_its_own);
    tcase_add_test(tests, a_run_that_does_not_end_leaves_its_manifest_in_part);
    tcase_add_test(tests, what_a_killed_run_left_whole_is_taken_over);
    tcase_add_test(tests, files_are_for_the_owner_alone);
    tcase_add_test(tests, another_run_waits_its_turn);
    tcase_add_test(tests, a_file_in_its_place_is_refused);
    tcase_add_test(tests, a_link_in_place_of_a_folder_is_refused);
    tcase_add_test(tests, an_input_is_kept_as_it_was_read);
    tcase_add_test(tests, an_input_that_changed_is_refused);
    tcase_add_test(tests, an_input_that_was_replaced_is_refused);
    tcase_add_test(tests, what_can_be_read_once_is_kept_too);
    tcase_add_test(tests, templates_are_kept_language_by_language);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
