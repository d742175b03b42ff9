/* tenant: the directory, its contacts, and what lint finds. */
#include <check.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tenant/contact.h"
#include "tenant/directory.h"
#include "text_file.h"

static struct dn_directory directory;
static struct dn_error err;
static struct dn_contacts contacts;
static const struct dn_instant now = {1781553600, 0}; /* 2026-06-15T20:00:00Z */
#define YEAR ((int64_t)365 * 86400)

static enum dn_status read_text(struct dn_text text)
{
    const char *path = text_file(text);
    err = (struct dn_error){0};
    directory.hold = DN_HOLD_ALL;
    enum dn_status status = dn_directory_read(path, &directory, &err);
    unlink(path);
    return status;
}

static void setup(void)
{
    directory = (struct dn_directory){0};
    contacts = (struct dn_contacts){0};
}

static void teardown(void)
{
    dn_directory_clear(&directory);
    dn_contacts_clear(&contacts);
}

START_TEST(cells_are_trimmed_and_placeholders_are_empty)
{
    ck_assert_int_eq(read_text(DN_TEXT("country,name,tenant_id,privacy_email,language\n"
                                       " DE ,unknown, t1 ,(blank),\\N\n"
                                       "\"x\ny\",\"Two\",t2,p@x.example,fr\n")),
                     DN_OK);
    ck_assert_uint_eq(directory.count, 2);
    ck_assert(dn_text_is(dn_tenant_cell(&directory.at[0], DN_TENANT_ID), "t1"));
    ck_assert(dn_text_is(dn_tenant_cell(&directory.at[0], DN_TENANT_NAME), "unknown"));
    ck_assert(dn_text_is(dn_tenant_cell(&directory.at[0], DN_TENANT_COUNTRY), "DE"));
    ck_assert_uint_eq(dn_tenant_cell(&directory.at[0], DN_TENANT_PRIVACY_EMAIL).size, 0);
    ck_assert_uint_eq(dn_tenant_cell(&directory.at[0], DN_TENANT_LANGUAGE).size, 0);
    ck_assert_uint_eq(dn_tenant_cell(&directory.at[0], DN_TENANT_DOMAINS).size, 0);
    ck_assert(dn_text_is(dn_tenant_cell(&directory.at[1], DN_TENANT_LANGUAGE), "fr"));
    ck_assert_int_eq(dn_tenant_line(&directory.at[1]), 3);
}
END_TEST

START_TEST(a_tenant_is_found_in_every_spelling_of_its_guid)
{
    ck_assert_int_eq(read_text(DN_TEXT("tenant_id,name\n0f8fad5b-D9CB-469f-a165-70867728950e,One\nTwo,Two\n")), DN_OK);
    ck_assert_uint_eq(dn_directory_find(&directory, DN_TEXT("{0F8FAD5B-D9CB-469F-A165-70867728950E}")), 0);
    ck_assert_uint_eq(dn_directory_find(&directory, DN_TEXT(" Two ")), 1);
    ck_assert_uint_eq(dn_directory_find(&directory, DN_TEXT("two")), SIZE_MAX);
    ck_assert_uint_eq(dn_directory_find(&directory, DN_TEXT("")), SIZE_MAX);
}
END_TEST

START_TEST(a_tenant_twice_names_both_lines)
{
    ck_assert_int_eq(read_text(DN_TEXT("tenant_id,name\na,\"A\nB\"\nb,B\na,A\n")), DN_INVALID);
    ck_assert(strstr(err.text, ":5:1: tenant_id 'a' stands twice, first on line 2") != NULL);
}
END_TEST

START_TEST(broken_records_are_errors_with_their_line)
{
    ck_assert_int_eq(read_text(DN_TEXT("tenant_id,name\na,A\nb\n")), DN_INVALID);
    ck_assert(strstr(err.text, ":3") != NULL);
    teardown();
    ck_assert_int_eq(read_text(DN_TEXT("tenant_id,name\na,\xff\n")), DN_INVALID);
    teardown();
    ck_assert_int_eq(read_text(DN_TEXT("tenant_id,name\na,\"A\n")), DN_INVALID);
}
END_TEST

START_TEST(keys_that_cannot_be_used_are_kept_as_faults_not_as_keys)
{
    struct dn_numbers numbers = {0};
    ck_assert_int_eq(
        read_text(DN_TEXT("tenant_id,name,domains,networks,segment,message_center_readers,deleted_at\n"
                          "a,A,co.uk;x_y;ok.example;;(blank),0.0.0.0/0;10.0.0.1/8;10.0.0.0/8,b2b,two,today\n")),
        DN_OK);
    static const char *const findings[] = {"public-suffix", "invalid-domain", "network-too-wide", "invalid-network",
                                           "invalid-word",  "invalid-time",   "invalid-number"};
    ck_assert_uint_eq(directory.fault_count, 7);
    for (size_t i = 0; i < 7; i++)
        ck_assert_str_eq(directory.faults[i].finding, findings[i]);
    ck_assert(!dn_directory_key(&directory, DN_BY_DOMAIN, DN_TEXT("co.uk"), &numbers));
    ck_assert(dn_directory_key(&directory, DN_BY_DOMAIN, DN_TEXT("ok.example"), &numbers));
    dn_numbers_clear(&numbers);
}
END_TEST

static void count_visit(void *context, const struct dn_visited *tenant)
{
    (void)tenant;
    ++*(size_t *)context;
}

/* Visits all tenants of a file that is rewritten in place meanwhile, with its times set back. */
static enum dn_status visit_rewritten(struct dn_text before, struct dn_text after, size_t *visited)
{
    static const unsigned char wanted[] = {0xFF};
    const char *path = text_file(before);
    void *const context = visited;
    struct stat status;
    err = (struct dn_error){0};
    directory.hold = DN_HOLD_NOTHING;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(dn_directory_read(path, &directory, &err), DN_OK);
    int fd = open(path, O_WRONLY);
    ck_assert_int_eq(pwrite(fd, after.at, after.size, 0), (ssize_t)after.size);
    ck_assert_int_eq(futimens(fd, (struct timespec[]){status.st_atim, status.st_mtim}), 0);
    close(fd);
    unlink(path);
    return dn_directory_visit(&directory, wanted, count_visit, &context, 1, &err);
}

START_TEST(a_tenant_is_told_of_only_as_it_was_read)
{
    struct dn_text before = DN_TEXT("tenant_id,name,privacy_email\nt1,One,p@one.example\nt2,Two,p@two.example\n");
    size_t visited = 0;
    ck_assert_int_eq(visit_rewritten(before, before, &visited), DN_OK);
    ck_assert_uint_eq(visited, 2);
    dn_directory_clear(&directory);
    struct dn_text after = DN_TEXT("tenant_id,name,privacy_email\nt1,One,p@one.example\nt2,Two,p@six.example\n");
    ck_assert_int_eq(visit_rewritten(before, after, &visited), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "changed while it was read"));
}
END_TEST

START_TEST(ten_thousand_tenants_under_one_domain_are_kept_and_some_named)
{
    struct dn_buf text = {0};
    struct dn_numbers numbers = {0};
    dn_buf_adds(&text, "tenant_id,name,domains\n");
    for (int i = 0; i < 10000; i++)
        dn_buf_addf(&text, "t%d,T,shared.example;SHARED.example;own%d.example\n", i, i);
    ck_assert_int_eq(read_text(dn_buf_text(&text)), DN_OK);
    ck_assert(dn_directory_key(&directory, DN_BY_DOMAIN, DN_TEXT("shared.example"), &numbers));
    ck_assert_uint_eq(numbers.count, 10000);
    ck_assert_uint_eq(numbers.left_out, 0);
    numbers.cap = 100;
    ck_assert(dn_directory_key(&directory, DN_BY_DOMAIN, DN_TEXT("shared.example"), &numbers));
    ck_assert_uint_eq(numbers.count, 100);
    ck_assert_uint_eq(numbers.left_out, 9900);
    for (size_t i = 0; i < numbers.count; i++)
        ck_assert_uint_eq(numbers.at[i], i);
    ck_assert(dn_directory_key(&directory, DN_BY_DOMAIN, DN_TEXT("own77.example"), &numbers));
    ck_assert_uint_eq(numbers.count, 1);
    ck_assert_uint_eq(numbers.at[0], 77);
    dn_numbers_clear(&numbers);
    dn_buf_clear(&text);
}
END_TEST

#define CONTACT_HEADER                                                                                                 \
    "tenant_id,name,admin_emails,privacy_email,admin_phones,message_center,message_center_readers,"                    \
    "contacts_validated_at,deleted_at\n"

static const char *gaps_of(struct dn_text row)
{
    static char words[512];
    struct dn_buf text = {0}, gaps = {0};
    teardown();
    dn_buf_adds(&text, CONTACT_HEADER "t,T,");
    dn_buf_addt(&text, row);
    dn_buf_addc(&text, '\n');
    ck_assert_int_eq(read_text(dn_buf_text(&text)), DN_OK);
    dn_contacts_of(&directory.at[0], now, YEAR, &contacts);
    dn_gaps_add_to(&gaps, contacts.gaps);
    memcpy(words, gaps.size ? gaps.at : "", gaps.size + 1);
    dn_buf_clear(&text);
    dn_buf_clear(&gaps);
    return words;
}

START_TEST(gaps_are_those_of_the_cells)
{
    static const struct {
        struct dn_text row;
        const char *gaps;
    } rows[] = {
        {DN_TEXT("a@x.example,p@x.example,+1,yes,1,2026-01-01T00:00:00Z,"), ""},
        {DN_TEXT(",,,,,,"), "no-admin-email;no-privacy-contact;no-phone"},
        {DN_TEXT("N/A;(blank),null,\\N,yes,0,,"), "no-admin-email;no-privacy-contact;no-phone;no-privacy-reader"},
        {DN_TEXT("a@x.example,p@x.example,+1,HIDDEN,,,"), "message-center-hidden"},
        {DN_TEXT("a@x.example;b@,p@x.example,+1,no,,,"), "invalid-admin-email"},
        {DN_TEXT("b@,c,+1,,,,"), "no-admin-email;no-privacy-contact;invalid-admin-email;invalid-privacy-email"},
        {DN_TEXT("a@x.example,p@x.example,+1,,,2025-06-15T20:00:00Z,"), ""},
        {DN_TEXT("a@x.example,p@x.example,+1,,,2025-06-15T19:59:59Z,"), "stale-contacts"},
        {DN_TEXT("a@x.example,p@x.example,+1,,,15/06/2026,"), "stale-contacts"},
        {DN_TEXT("a@x.example,p@x.example,+1,,,,2026-06-15T20:00:00Z"), "tenant-deleted"},
        {DN_TEXT("a@x.example,p@x.example,+1,,,,2026-06-15T20:00:01Z"), ""},
        {DN_TEXT("a@x.example,p@x.example,+1,,,,gone"), "tenant-deleted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_str_eq(gaps_of(rows[i].row), rows[i].gaps);
}
END_TEST

START_TEST(usable_addresses_are_kept_as_written_and_once)
{
    gaps_of(DN_TEXT("a@X.example; a@x.example ;b@bücher.example.com;b@xn--bcher-kva.example.com;bad@;A@x.example,"
                    "p@x.example;q@x.example,+1;+1;+2,,,,"));
    ck_assert_uint_eq(contacts.admin_emails.count, 3);
    ck_assert(dn_text_is(contacts.admin_emails.at[0], "a@X.example"));
    ck_assert(dn_text_is(contacts.admin_emails.at[1], "b@bücher.example.com"));
    ck_assert(dn_text_is(contacts.admin_emails.at[2], "A@x.example"));
    ck_assert_uint_eq(contacts.privacy_emails.count, 2);
    ck_assert_uint_eq(contacts.phones.count, 2);
    ck_assert_uint_eq(contacts.invalid.count, 1);
    ck_assert_str_eq(contacts.invalid.at[0], "admin_emails 'bad@'");
}
END_TEST

START_TEST(one_mailbox_has_one_key)
{
    struct dn_buf a = {0}, b = {0};
    dn_mailbox_key(DN_TEXT(" Dpo@Bücher.example.com"), &a);
    dn_mailbox_key(DN_TEXT("dpo@XN--BCHER-KVA.example.com"), &b);
    ck_assert_str_eq(a.at, b.at);
    dn_buf_clear(&a);
    dn_buf_clear(&b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("directory");
    TCase *cases = tcase_create("all");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, cells_are_trimmed_and_placeholders_are_empty);
    tcase_add_test(cases, a_tenant_is_found_in_every_spelling_of_its_guid);
    tcase_add_test(cases, a_tenant_twice_names_both_lines);
    tcase_add_test(cases, broken_records_are_errors_with_their_line);
    tcase_add_test(cases, keys_that_cannot_be_used_are_kept_as_faults_not_as_keys);
    tcase_add_test(cases, a_tenant_is_told_of_only_as_it_was_read);
    tcase_add_test(cases, ten_thousand_tenants_under_one_domain_are_kept_and_some_named);
    tcase_add_test(cases, gaps_are_those_of_the_cells);
    tcase_add_test(cases, usable_addresses_are_kept_as_written_and_once);
    tcase_add_test(cases, one_mailbox_has_one_key);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
