/* The inputs of a run of notify-send: read, and held against each other. */
#include <check.h>

#include "channel/sources.h"
#include "sources_fixture.h"

#define TENANT(id) ROW(id, "Name", "en", "access", "yes", "a@x.example", "p@x.example", "+1 555 0100", "")
#define TWO_RESOURCES(id) RESOURCE(id, "one@x.example") RESOURCE(id, "two@x.example")

START_TEST(the_files_of_an_affected_stream_are_one_sorted_list)
{
    struct inputs it;
    const struct given given = {.incident = INCIDENT_HEAD,
                                .config = CONFIG_HEAD,
                                .affected = {AFFECTED_HEADER TENANT("t3"), AFFECTED_HEADER TENANT("t1") TENANT("t2")}};
    ck_assert_msg(inputs_read(&it, &given) == DN_OK, "%s", it.err.text);
    struct dn_affected_reader reader = {.list = &it.sources.affected};
    ck_assert_uint_eq(it.sources.affected.count, 3);
    for (size_t i = 0; i < 3; i++) {
        char id[] = {'t', (char)('1' + i), '\0'};
        ck_assert_str_eq(dn_affected_at(&reader, i)->tenant_id, id);
    }
    ck_assert(!it.sources.has_resources);
    dn_affected_reader_clear(&reader);
    inputs_clear(&it);
}
END_TEST

START_TEST(a_tenant_in_two_files_is_refused)
{
    struct inputs it;
    const struct given given = {.incident = INCIDENT_HEAD,
                                .config = CONFIG_HEAD,
                                .affected = {AFFECTED_HEADER TENANT("t1"), AFFECTED_HEADER TENANT("t1")}};
    ck_assert_int_eq(inputs_read(&it, &given), DN_INVALID);
    inputs_clear(&it);
}
END_TEST

START_TEST(resources_of_the_same_run_are_taken)
{
    struct inputs it;
    const struct given given = {.incident = INCIDENT_HEAD,
                                .config = CONFIG_HEAD,
                                .affected = {AFFECTED_HEADER TENANT("t1")},
                                .resources = RESOURCES_HEADER TWO_RESOURCES("t1")};
    ck_assert_msg(inputs_read(&it, &given) == DN_OK, "%s", it.err.text);
    ck_assert(it.sources.has_resources);
    inputs_clear(&it);
}
END_TEST

START_TEST(resources_of_another_run_are_refused)
{
    struct inputs it;
    const struct given given = {.incident = INCIDENT_HEAD,
                                .config = CONFIG_HEAD,
                                .affected = {AFFECTED_HEADER TENANT("t1")},
                                .resources = RESOURCES_HEADER RESOURCE("t1", "one@x.example")};
    ck_assert_int_eq(inputs_read(&it, &given), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(it.err.text, "not of one run of tenant-match"));
    inputs_clear(&it);
}
END_TEST

START_TEST(only_a_subset_may_lack_a_tenant_of_the_resources)
{
    for (int subset = 0; subset < 2; subset++) {
        struct inputs it;
        const struct given given = {.incident = INCIDENT_HEAD,
                                    .config = CONFIG_HEAD,
                                    .affected = {AFFECTED_HEADER TENANT("t1")},
                                    .resources = RESOURCES_HEADER TWO_RESOURCES("t1") TWO_RESOURCES("t2"),
                                    .subset = subset};
        ck_assert_int_eq(inputs_read(&it, &given), subset ? DN_OK : DN_INVALID);
        inputs_clear(&it);
    }
}
END_TEST

START_TEST(what_is_read_first_is_refused_first)
{
    struct inputs it;
    const struct given given = {
        .incident = INCIDENT_HEAD, .config = "schema: other\n", .affected = {"no header of a stream\n"}};
    ck_assert_int_eq(inputs_read(&it, &given), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(it.err.text, it.order.config));
    inputs_clear(&it);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sources");
    TCase *tests = tcase_create("sources");
    tcase_add_test(tests, the_files_of_an_affected_stream_are_one_sorted_list);
    tcase_add_test(tests, a_tenant_in_two_files_is_refused);
    tcase_add_test(tests, resources_of_the_same_run_are_taken);
    tcase_add_test(tests, resources_of_another_run_are_refused);
    tcase_add_test(tests, only_a_subset_may_lack_a_tenant_of_the_resources);
    tcase_add_test(tests, what_is_read_first_is_refused_first);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
