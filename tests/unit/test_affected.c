/* tenant: the affected and resources streams, as they are written and read. */
#include <check.h>
#include <stdlib.h>

#include "stream/csv_write.h"
#include "tenant/affected.h"
#include "tenant/resources.h"
#include "text_file.h"

#define HEADER                                                                                                         \
    "incident_id,tenant_id,name,country,language,time_zone,regimes,change,effects,certainty,services,resources,rows,"  \
    "events,data_subjects,first_seen,last_seen,matched_by,message_center,admin_emails,privacy_email,admin_phones,"     \
    "contact_gaps,identified_at,part\n"
#define FIRST                                                                                                          \
    "INC-1,b,\"B, \"\"Ltd\"\"\",DE,de,Europe/Berlin,x;y,kept,access;loss,confirmed,mail,2,3,4,5,2026-06-15T01:00:00Z," \
    "2026-06-15T02:00:00.5Z,tenant;domain,hidden,a@b.example;c@b.example,p@b.example,+1 5,no-phone,"                   \
    "2026-06-15T20:00:00Z"
#define UNSETTLED "INC-1,,,,,,,,,,,1,1,1,,,,unmatched=1,,,,,,2026-06-15T20:00:00Z"

static struct dn_affected_list list;
static struct dn_error err;

static enum dn_status read_text(const char *text, bool subset)
{
    const char *path = text_file(dn_text_of(text));
    err = (struct dn_error){0};
    enum dn_status status = dn_affected_read(path, subset, &list, &err);
    unlink(path);
    return status;
}

static void setup(void)
{
    list = (struct dn_affected_list){0};
}

static void teardown(void)
{
    dn_affected_list_clear(&list);
}

static void assert_refused(const char *text, const char *why)
{
    ck_assert_int_eq(read_text(text, false), DN_INVALID);
    ck_assert_msg(strstr(err.text, why) != NULL, "'%s' lacks '%s'", err.text, why);
    dn_affected_list_clear(&list);
}

START_TEST(a_row_is_read_whole_and_written_back_as_it_was)
{
    struct dn_text cells[DN_AFFECTED_COLUMNS];
    struct dn_buf scratch = {0}, line = {0};
    ck_assert_int_eq(read_text(HEADER FIRST ",1/1\n", false), DN_OK);
    ck_assert_uint_eq(list.count, 1);
    const struct dn_affected *row = &list.at[0];
    ck_assert_str_eq(row->name, "B, \"Ltd\"");
    ck_assert_int_eq(row->change, DN_CHANGE_KEPT);
    ck_assert_int_eq(row->certainty, DN_CERTAINTY_CONFIRMED);
    ck_assert_int_eq(row->resources, 2);
    ck_assert_int_eq(row->data_subjects, 5);
    ck_assert_int_eq(row->last_seen.ns, 500000000);
    ck_assert_int_eq(row->line, 2);
    dn_affected_cells(row, &scratch, cells);
    dn_csv_add_record(&line, cells, DN_AFFECTED_COLUMNS);
    ck_assert_str_eq(line.at, FIRST "\n");
    dn_buf_clear(&scratch);
    dn_buf_clear(&line);
}
END_TEST

START_TEST(an_unsettled_row_may_lack_what_tenants_have)
{
    struct dn_text cells[DN_AFFECTED_COLUMNS];
    struct dn_buf scratch = {0};
    ck_assert_int_eq(read_text(HEADER UNSETTLED ",1/1\n", false), DN_OK);
    ck_assert_int_eq(list.at[0].data_subjects, -1);
    ck_assert(!dn_instant_is(list.at[0].first_seen));
    ck_assert_int_eq(list.at[0].change, DN_CHANGE_ADDED);
    dn_affected_cells(&list.at[0], &scratch, cells);
    ck_assert_uint_eq(cells[14].size, 0);
    ck_assert_uint_eq(cells[15].size, 0);
    dn_buf_clear(&scratch);
}
END_TEST

START_TEST(columns_stand_in_any_order_and_unknown_ones_are_ignored)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "new_one");
    for (size_t i = DN_AFFECTED_COLUMNS; i-- > 0;)
        dn_buf_addf(&text, ",%s", dn_affected_columns[i]);
    dn_buf_adds(&text, "\nx,2026-06-15T20:00:00Z,,,,,,,,,,,,1,,confirmed,,,,,,,,T,INC\n");
    ck_assert_int_eq(read_text(text.at, false), DN_OK);
    ck_assert_str_eq(list.at[0].incident_id, "INC");
    ck_assert_str_eq(list.at[0].tenant_id, "T");
    ck_assert_int_eq(list.at[0].resources, 1);
    dn_buf_clear(&text);
}
END_TEST

START_TEST(wrong_cells_are_refused_with_their_place)
{
    assert_refused(HEADER ",b,,,,,,,,confirmed,,,,,,,,,,,,,,,1/1\n", ":2:1: incident_id is empty");
    assert_refused(HEADER "I,b,,,,,,new,,confirmed,,,,,,,,,,,,,,,1/1\n",
                   ":2:8: change is 'new', expected one of: added");
    assert_refused(HEADER "I,b,,,,,,,stolen,confirmed,,,,,,,,,,,,,,,1/1\n", ":2:9: effects has 'stolen'");
    assert_refused(HEADER "I,b,,,,,,,,,,,,,,,,,,,,,,,1/1\n", ":2:10: certainty is ''");
    assert_refused(HEADER "I,b,,,,,,,,confirmed,,-1,,,,,,,,,,,,,1/1\n", ":2:12: resources is not a whole number: '-1'");
    assert_refused(HEADER "I,b,,,,,,,,confirmed,,,,,,2026-06-15,,,,,,,,,1/1\n", ":2:16: first_seen is not a time");
    assert_refused(HEADER "I,b,,,,,,,,confirmed,,,,,,,,,maybe,,,,,,1/1\n", ":2:19: message_center is 'maybe'");
    assert_refused("incident_id,tenant_id\nI,b\n", "missing column 'name': expected an affected stream");
    assert_refused("", "no header line");
}
END_TEST

START_TEST(a_tenant_twice_is_refused_also_across_files_and_spellings)
{
    assert_refused(HEADER FIRST ",1/2\n" FIRST ",2/2\n",
                   ":3:2: tenant 'b' of incident 'INC-1' stands twice, first on line 2");
    assert_refused(HEADER UNSETTLED ",1/2\n" UNSETTLED ",2/2\n", "stands twice");
    assert_refused(HEADER "I,0F8FAD5B-D9CB-469F-A165-70867728950E,,,,,,,,confirmed,,,,,,,,,,,,,,,1/2\n"
                          "I,0f8fad5b-d9cb-469f-a165-70867728950e,,,,,,,,confirmed,,,,,,,,,,,,,,,2/2\n",
                   "stands twice");
    ck_assert_int_eq(read_text(HEADER FIRST ",1/1\n", false), DN_OK);
    ck_assert_int_eq(read_text(HEADER UNSETTLED ",1/1\n", false), DN_OK);
    ck_assert_int_eq(read_text(HEADER FIRST ",1/1\n", false), DN_INVALID);
    ck_assert(strstr(err.text, "first in an earlier file") != NULL);
}
END_TEST

START_TEST(a_cut_stream_is_seen_and_a_subset_accepted)
{
    assert_refused(HEADER FIRST ",1/2\n", "cut: 1 of 2 rows");
    ck_assert_int_eq(read_text(HEADER FIRST ",1/2\n", true), DN_OK);
    ck_assert_int_eq(read_text(HEADER, false), DN_OK);
}
END_TEST

START_TEST(rows_are_sorted_bytewise_and_found)
{
    static const char *const tenants[] = {"b", "", "B", "a", "ab"};
    struct dn_buf text = {0};
    dn_buf_adds(&text, HEADER);
    for (size_t i = 0; i < 10; i++)
        dn_buf_addf(&text, "INC-%zu,%s,,,,,,,,confirmed,,,,,,,,,,,,,,,%zu/10\n", 2 - i % 2, tenants[i / 2], i + 1);
    ck_assert_int_eq(read_text(text.at, false), DN_OK);
    dn_affected_sort(&list);
    ck_assert_str_eq(list.at[0].tenant_id, "");
    ck_assert_str_eq(list.at[1].tenant_id, "B");
    ck_assert_str_eq(list.at[2].tenant_id, "a");
    ck_assert_str_eq(list.at[3].tenant_id, "ab");
    ck_assert_str_eq(list.at[5].incident_id, "INC-2");
    for (size_t i = 0; i < list.count; i++)
        ck_assert_ptr_eq(dn_affected_find(&list, dn_text_of(list.at[i].incident_id), dn_text_of(list.at[i].tenant_id)),
                         &list.at[i]);
    ck_assert_ptr_null(dn_affected_find(&list, DN_TEXT("INC-1"), DN_TEXT("c")));
    ck_assert_ptr_null(dn_affected_find(&list, DN_TEXT("INC-3"), DN_TEXT("a")));
    dn_buf_clear(&text);
}
END_TEST

static void assert_same(const struct dn_affected *a, const struct dn_affected *b)
{
    struct dn_buf lines[2] = {{0}, {0}};
    const struct dn_affected *rows[] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        struct dn_affected_texts texts = dn_affected_texts_of(rows[i]);
        dn_affected_add_line(rows[i], &texts, &lines[i]);
        dn_buf_addf(&lines[i], " line %lld", (long long)rows[i]->line);
    }
    ck_assert_str_eq(lines[0].at, lines[1].at);
    dn_buf_clear(&lines[0]);
    dn_buf_clear(&lines[1]);
}

/* Reads the text outside memory, too, and finds the same in both. */
static void check_outside(const char *text)
{
    struct dn_affected_list inside, first = {0};
    ck_assert_msg(read_text(text, false) == DN_OK, "%s", err.text);
    dn_affected_sort(&list);
    inside = list;
    list = first;
    dn_affected_put_outside(&list);
    ck_assert_msg(read_text(text, false) == DN_OK, "%s", err.text);
    ck_assert_msg(dn_affected_settle(&list, &err) == DN_OK, "%s", err.text);
    ck_assert_uint_eq(list.count, inside.count);
    struct dn_affected_reader reader = {.list = &list};
    for (size_t i = 0; i < list.count; i++) {
        size_t number = SIZE_MAX;
        const struct dn_affected *row = &inside.at[i];
        assert_same(dn_affected_at(&reader, i), row);
        ck_assert_ptr_nonnull(
            dn_affected_look_up(&reader, dn_text_of(row->incident_id), dn_text_of(row->tenant_id), &number));
        ck_assert_uint_eq(number, i);
    }
    ck_assert_ptr_null(dn_affected_look_up(&reader, DN_TEXT("INC-1"), DN_TEXT("nobody"), NULL));
    dn_affected_reader_clear(&reader);
    dn_affected_list_clear(&inside);
    dn_affected_list_clear(&list);
}

START_TEST(rows_outside_memory_are_those_inside)
{
    struct dn_buf text = {0};
    check_outside(HEADER);
    check_outside(HEADER FIRST ",1/2\n" UNSETTLED ",2/2\n");
    for (int sorted = 0; sorted < 2; sorted++) {
        dn_buf_reset(&text);
        dn_buf_adds(&text, HEADER);
        for (size_t i = 0; i < 20000; i++)
            dn_buf_addf(&text, "INC-1,t%05zu,Name %zu,,,,,,access,confirmed,,%zu,,,,,,,,,,,,,%zu/20000\n",
                        sorted ? i : i * 7907 % 20000, i, i, i + 1);
        check_outside(text.at);
    }
    dn_buf_clear(&text);
}
END_TEST

START_TEST(a_tenant_twice_is_refused_outside_memory_too)
{
    struct dn_affected_list two = {0};
    dn_affected_put_outside(&list);
    ck_assert_int_eq(read_text(HEADER FIRST ",1/2\n" FIRST ",2/2\n", false), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "first on line 2"));
    dn_affected_list_clear(&list);
    list = two;
    dn_affected_put_outside(&list);
    ck_assert_int_eq(read_text(HEADER FIRST ",1/1\n", false), DN_OK);
    ck_assert_int_eq(read_text(HEADER FIRST ",1/1\n", false), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "first in an earlier file"));
}
END_TEST

START_TEST(rows_that_could_not_be_kept_are_told)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, HEADER);
    for (size_t i = 0; i < 20000; i++)
        dn_buf_addf(&text, "INC-1,t%05zu,,,,,,,access,confirmed,,,,,,,,,,,,,,,%zu/20000\n", i, i + 1);
    const char *path = text_file(dn_buf_text(&text));
    dn_affected_put_outside(&list);
    setenv("TMPDIR", "/nowhere", 1);
    ck_assert_int_eq(dn_affected_read(path, false, &list, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "/nowhere"));
    unsetenv("TMPDIR");
    unlink(path);
    dn_buf_clear(&text);
}
END_TEST

START_TEST(a_list_has_whole_elements_only)
{
    ck_assert(dn_list_has("no-phone; tenant-deleted", "tenant-deleted"));
    ck_assert(!dn_list_has("no-phone;tenant-deleted", "deleted"));
    ck_assert(!dn_list_has("", ""));
}
END_TEST

#define RESOURCES                                                                                                      \
    "incident_id,tenant,service,resource,effect,certainty,rows,events,data_subjects,first_seen,last_seen,evidence,"    \
    "determined_at,tenant_id,matched_by,part\n"
#define RESOURCE(incident, resource, effect, tenant, part)                                                             \
    incident ",,mail," resource "," effect ",confirmed,1,1,,,,e.csv:2,2026-06-15T20:00:00Z," tenant ",domain," part "\n"

START_TEST(resources_are_found_by_tenant_in_their_order_and_counted_once)
{
    struct dn_resource_list resources = {0};
    const char *path =
        text_file(DN_TEXT(RESOURCES RESOURCE("I", "x", "access", "b", "1/6") RESOURCE("I", "z", "access", "a", "2/6")
                              RESOURCE("I", "x", "loss", "b", "3/6") RESOURCE("I", "", "access", "b", "4/6")
                                  RESOURCE("J", "q", "access", "b", "5/6") RESOURCE("I", "X", "access", "b", "6/6")));
    size_t count;
    ck_assert_int_eq(dn_resources_read(path, &resources, &err), DN_OK);
    unlink(path);
    struct dn_resource_reader reader = {.list = &resources};
    const struct dn_resource *rows = dn_resources_of(&reader, DN_TEXT("I"), DN_TEXT("b"), &count);
    ck_assert_uint_eq(count, 4);
    ck_assert_int_eq(rows[0].effect, DN_EFFECT_ACCESS);
    ck_assert_int_eq(rows[1].effect, DN_EFFECT_LOSS);
    ck_assert_str_eq(rows[3].resource, "X");
    ck_assert_uint_eq(dn_resources_distinct(rows, count), 2);
    ck_assert_ptr_null(dn_resources_of(&reader, DN_TEXT("I"), DN_TEXT("c"), &count));
    ck_assert_uint_eq(dn_resources_distinct(NULL, 0), 0);
    dn_resource_reader_clear(&reader);
    dn_resource_list_clear(&resources);
}
END_TEST

START_TEST(a_resource_row_is_written_back_as_it_was)
{
    struct dn_resource_list resources = {0};
    struct dn_text cells[DN_RESOURCE_COLUMNS];
    struct dn_buf scratch = {0}, line = {0};
    const char *path = text_file(DN_TEXT(RESOURCES RESOURCE("I", "x", "access", "b", "1/1")));
    ck_assert_int_eq(dn_resources_read(path, &resources, &err), DN_OK);
    unlink(path);
    struct dn_resource_reader reader = {.list = &resources};
    dn_resource_cells(dn_resources_at(&reader, 0), &scratch, cells);
    dn_csv_add_record(&line, cells, DN_RESOURCE_COLUMNS);
    ck_assert_str_eq(line.at, "I,,mail,x,access,confirmed,1,1,,,,e.csv:2,2026-06-15T20:00:00Z,b,domain\n");
    dn_buf_clear(&scratch);
    dn_buf_clear(&line);
    dn_resource_reader_clear(&reader);
    dn_resource_list_clear(&resources);
}
END_TEST

/* A file of so many tenants, each with so many rows, the tenants in a mixed order. */
static void add_resources(size_t tenants, size_t rows, struct dn_buf *file)
{
    dn_buf_adds(file, RESOURCES);
    for (size_t i = 0; i < tenants * rows; i++)
        dn_buf_addf(file, "I,,mail,r-%zu,access,confirmed,1,1,,,,e.csv:2,2026-06-15T20:00:00Z,t%05zu,domain,%zu/%zu\n",
                    i, i * 7919 % tenants, i + 1, tenants * rows);
}

static void check_rows_of(struct dn_resource_reader *reader, size_t tenant, size_t tenants, size_t rows)
{
    char id[16];
    size_t count;
    snprintf(id, sizeof id, "t%05zu", tenant);
    const struct dn_resource *found = dn_resources_of(reader, DN_TEXT("I"), dn_text_of(id), &count);
    ck_assert_uint_eq(count, tenant < tenants ? rows : 0);
    for (size_t i = 0, last = 0; i < count; i++) {
        size_t number = (size_t)atol(found[i].resource + 2);
        ck_assert_str_eq(found[i].tenant_id, id);
        ck_assert(number * 7919 % tenants == tenant && (!i || number > last)); /* as they came */
        last = number;
    }
}

START_TEST(rows_of_more_tenants_than_fit_are_found_in_any_order)
{
    enum { TENANTS = 9001, ROWS = 3 }; /* 7919 is prime to it */
    struct dn_resource_list resources = {0};
    struct dn_buf file = {0};
    add_resources(TENANTS, ROWS, &file);
    const char *path = text_file(dn_buf_text(&file));
    ck_assert_int_eq(dn_resources_read(path, &resources, &err), DN_OK);
    unlink(path);
    ck_assert_uint_eq(resources.count, TENANTS * ROWS);
    ck_assert_uint_gt(resources.shelf.written, 1 << 20);
    struct dn_resource_reader reader = {.list = &resources};
    for (size_t i = 0; i < TENANTS + 2; i++)
        check_rows_of(&reader, i, TENANTS, ROWS);
    for (size_t i = 0; i < 500; i++)
        check_rows_of(&reader, i * 104729 % (TENANTS + 2), TENANTS, ROWS);
    for (size_t i = TENANTS; i > TENANTS - 50; i--)
        check_rows_of(&reader, i, TENANTS, ROWS);
    check_rows_of(&reader, 5, TENANTS, ROWS);
    check_rows_of(&reader, 5, TENANTS, ROWS);
    dn_resource_reader_clear(&reader);
    dn_resource_list_clear(&resources);
    dn_buf_clear(&file);
}
END_TEST

START_TEST(a_resource_without_a_tenant_or_cut_off_is_refused)
{
    struct dn_resource_list resources = {0};
    const char *path = text_file(DN_TEXT(RESOURCES RESOURCE("I", "x", "access", "", "1/1")));
    ck_assert_int_eq(dn_resources_read(path, &resources, &err), DN_INVALID);
    ck_assert(strstr(err.text, ":2:14: tenant_id is empty") != NULL);
    dn_resource_list_clear(&resources);
    unlink(path);
    path = text_file(DN_TEXT(RESOURCES RESOURCE("I", "x", "access", "a", "1/2")));
    ck_assert_int_eq(dn_resources_read(path, &resources, &err), DN_INVALID);
    ck_assert(strstr(err.text, "cut") != NULL);
    dn_resource_list_clear(&resources);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("affected");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_row_is_read_whole_and_written_back_as_it_was);
    tcase_add_test(cases, an_unsettled_row_may_lack_what_tenants_have);
    tcase_add_test(cases, columns_stand_in_any_order_and_unknown_ones_are_ignored);
    tcase_add_test(cases, wrong_cells_are_refused_with_their_place);
    tcase_add_test(cases, a_tenant_twice_is_refused_also_across_files_and_spellings);
    tcase_add_test(cases, a_cut_stream_is_seen_and_a_subset_accepted);
    tcase_add_test(cases, rows_are_sorted_bytewise_and_found);
    tcase_add_test(cases, rows_outside_memory_are_those_inside);
    tcase_add_test(cases, a_tenant_twice_is_refused_outside_memory_too);
    tcase_add_test(cases, rows_that_could_not_be_kept_are_told);
    tcase_add_test(cases, a_list_has_whole_elements_only);
    tcase_add_test(cases, resources_are_found_by_tenant_in_their_order_and_counted_once);
    tcase_add_test(cases, a_resource_row_is_written_back_as_it_was);
    tcase_add_test(cases, rows_of_more_tenants_than_fit_are_found_in_any_order);
    tcase_add_test(cases, a_resource_without_a_tenant_or_cut_off_is_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
