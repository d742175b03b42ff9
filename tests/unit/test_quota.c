/* quota: what control groups leave a process, in a made-up tree. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/quota.h"
#include "base/text.h"

static char root[32];

static void begin(void)
{
    strcpy(root, "/tmp/dn-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static void end(void)
{
    struct dn_buf command = {0};
    dn_buf_addf(&command, "rm -rf '%s'", root);
    ck_assert_int_eq(system(command.at), 0);
    dn_buf_clear(&command);
}

/* Writes a file of the tree, with the folders that it is in. */
static void put(const char *name, const char *text)
{
    struct dn_buf path = {0};
    dn_buf_addf(&path, "%s/%s", root, name);
    for (char *slash = strchr(path.at + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path.at, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path.at, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
    dn_buf_clear(&path);
}

START_TEST(without_control_groups_there_is_no_limit)
{
    ck_assert_uint_eq(dn_quota_cores(root), 0);
    put("proc/self/cgroup", "");
    ck_assert_uint_eq(dn_quota_cores(root), 0);
    put("proc/self/cgroup", "nonsense\n0:\n:::::\n\n0::\n");
    ck_assert_uint_eq(dn_quota_cores(root), 0);
    put("proc/self/cgroup", "0::/here\n");
    ck_assert_uint_eq(dn_quota_cores(root), 0);
}
END_TEST

START_TEST(a_part_of_a_core_is_one)
{
    static const struct {
        const char *text;
        size_t cores;
    } cases[] = {{"50000 100000\n", 1},
                 {"100000 100000\n", 1},
                 {"150000 100000\n", 2},
                 {"1600000 100000\n", 16},
                 {"max 100000\n", 0},
                 {"1 1000000\n", 1},
                 {"100000\n", 0},
                 {"", 0},
                 {"100000 0\n", 0},
                 {"-1 100000\n", 0},
                 {"9223372036854775807 1", INT64_MAX},
                 {"1e5 100000\n", 0},
                 {"0 100000\n", 1}};
    put("proc/self/cgroup", "0::/\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("sys/fs/cgroup/cpu.max", cases[i].text);
        ck_assert_uint_eq(dn_quota_cores(root), cases[i].cores);
    }
}
END_TEST

START_TEST(the_least_limit_of_a_group_and_those_above_it_counts)
{
    put("proc/self/cgroup", "0::/jobs/night run/a:b\n");
    put("sys/fs/cgroup/jobs/night run/a:b/cpu.max", "800000 100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 8);
    put("sys/fs/cgroup/jobs/night run/cpu.max", "max 100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 8);
    put("sys/fs/cgroup/jobs/cpu.max", "200000 100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 2);
    put("sys/fs/cgroup/jobs/night run/cpu.max", "400000 100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 2);
    put("sys/fs/cgroup/jobs/another/cpu.max", "100000 100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 2);
    put("sys/fs/cgroup/cpu.max", "100000 100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 1);
}
END_TEST

START_TEST(version_1_is_read_where_it_has_the_processors)
{
    put("proc/self/cgroup", "9:memory:/m\n4:cpu,cpuacct:/docker/abc\n3:cpuset:/s\n0::/docker/abc\n");
    put("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "250000\n");
    put("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_period_us", "50000\n");
    put("sys/fs/cgroup/cpu/s/cpu.cfs_quota_us", "50000\n");
    put("sys/fs/cgroup/cpu/s/cpu.cfs_period_us", "50000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 5);
    put("sys/fs/cgroup/cpu/docker/abc/cpu.cfs_quota_us", "-1\n");
    ck_assert_uint_eq(dn_quota_cores(root), 0);
}
END_TEST

START_TEST(a_container_that_does_not_see_its_groups_name_has_the_folders_limit)
{
    put("proc/self/cgroup", "4:cpu,cpuacct:/docker/abc\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    ck_assert_uint_eq(dn_quota_cores(root), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quota");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, begin, end);
    tcase_add_test(cases, without_control_groups_there_is_no_limit);
    tcase_add_test(cases, a_part_of_a_core_is_one);
    tcase_add_test(cases, the_least_limit_of_a_group_and_those_above_it_counts);
    tcase_add_test(cases, version_1_is_read_where_it_has_the_processors);
    tcase_add_test(cases, a_container_that_does_not_see_its_groups_name_has_the_folders_limit);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
