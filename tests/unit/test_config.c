/* The configuration: what it says is kept, what it must not say is refused with its place. */
#include <check.h>

#include "notice/config.h"
#include "notice_fixture.h"

static enum dn_status read_text(const char *text, struct dn_config *config, struct dn_error *err)
{
    char *path = world_file(text);
    enum dn_status status = dn_config_read(path, config, err);
    world_drop(path);
    return status;
}

static const char full[] =
    "schema: duenotice/notify/1\n"
    "from: {name: Nötices, email: notices@Provider.example}\n"
    "reply_to: {name: Desk, email: desk@provider.example}\n"
    "provider: {name: Provider Ltd, misuse_contact: https://provider.example/abuse, callback: +44 20 7946 0000, "
    "dpa_reference: DPA 7}\n"
    "message_id_domain: notices.provider.example\n"
    "channels:\n"
    "  email: {url: \"smtps://relay.example:465\", tls: opportunistic, user: u, password_file: p, connections: 4,\n"
    "          messages_per_connection: 100, rate: 14/s}\n"
    "  message-center: {url: \"https://graph.example/v1\", token_file: t, connections: 2, rate: 300/min, template: "
    "x.json}\n"
    "  phone: {sheet: calls.csv}\n"
    "policy:\n"
    "  - when: {effects: [access, loss], certainty: potential, kind: [privacy], services: a, data_types: [b, c],\n"
    "           min_resources: 5, min_data_subjects: 100, regimes: [r], tenants: [t]}\n"
    "    send: [phone, email-admin]\n"
    "    require: any\n"
    "  - send: [message-center]\n"
    "fallback: [phone, email-privacy]\n"
    "first: [t9, t1]\n"
    "copies: [Boss@Provider.example]\n"
    "retry: {attempts: 3, wait: PT2M, longest: PT1H}\n"
    "templates: ./words\n"
    "approval: required\n"
    "seal: {email: seal@provider.example}\n";

START_TEST(everything_that_is_said_is_kept)
{
    struct dn_config c;
    struct dn_error err = {0};
    ck_assert_msg(read_text(full, &c, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(c.from_name, "Nötices");
    ck_assert_str_eq(c.from_email, "notices@provider.example");
    ck_assert_str_eq(c.reply_email, "desk@provider.example");
    ck_assert_str_eq(c.misuse_contact, "https://provider.example/abuse");
    ck_assert_str_eq(c.dpa_reference, "DPA 7");
    ck_assert_str_eq(c.email.tls, "opportunistic");
    ck_assert_str_eq(c.email.rate, "14/s");
    ck_assert_int_eq(c.email.messages_per_connection, 100);
    ck_assert_str_eq(c.message_center.token_file, "t");
    ck_assert_str_eq(c.message_center.template_file, "x.json");
    ck_assert_str_eq(c.phone_sheet, "calls.csv");
    ck_assert_uint_eq(c.policy_count, 2);
    ck_assert_str_eq(c.policy[0].when.certainty, "potential");
    ck_assert_int_eq(c.policy[0].when.min_data_subjects, 100);
    ck_assert_uint_eq(c.policy[0].when.data_types.count, 2);
    ck_assert_int_eq(c.policy[0].send[0], DN_CHANNEL_PHONE);
    ck_assert(!c.policy[0].require_all && c.policy[1].require_all);
    ck_assert_int_eq(c.policy[0].line, 12);
    ck_assert_int_eq(c.fallback[1], DN_CHANNEL_EMAIL_PRIVACY);
    ck_assert_str_eq(c.first.at[0], "t9");
    ck_assert_str_eq(c.copies.at[0], "Boss@provider.example");
    ck_assert_int_eq(c.retry.wait_s, 120);
    ck_assert_int_eq(c.retry.longest_s, 3600);
    ck_assert_str_eq(c.templates, "./words");
    ck_assert(c.approval_required);
    ck_assert_str_eq(c.seal_email, "seal@provider.example");
    char hex[DN_SHA256_HEX];
    dn_sha256_hex(dn_text_of(full), hex);
    ck_assert_str_eq(c.sha256, hex);
    dn_config_clear(&c);
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
    struct dn_config c;
    struct dn_error err = {0};
    ck_assert_msg(read_text(CONFIG_HEAD, &c, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(c.email.tls, "required");
    ck_assert_int_eq(c.email.connections, 16);
    ck_assert_uint_eq(c.policy_count, 0);
    ck_assert_uint_eq(c.fallback_count, 1);
    ck_assert_int_eq(c.fallback[0], DN_CHANNEL_PHONE);
    ck_assert(!c.approval_required);
    ck_assert_ptr_null(c.templates);
    dn_config_clear(&c);
    ck_assert_int_eq(dn_config_read(NULL, &c, &err), DN_OK);
    ck_assert_ptr_null(c.from_email);
    ck_assert_uint_eq(c.fallback_count, 1);
    char hex[DN_SHA256_HEX];
    dn_sha256_hex(DN_TEXT(""), hex);
    ck_assert_str_eq(c.sha256, hex);
    dn_config_clear(&c);
}
END_TEST

/* A configuration that is wrong, and what must be said; "LINE:" in front is the line. */
static const struct {
    const char *text, *said;
} wrong[] = {
    {"", "one document"},
    {CONFIG_HEAD "---\n" CONFIG_HEAD, "one document"},
    {"from: {name: A, email: a@b.example}\n", "schema"},
    {"schema: duenotice/notify/2\n", "schema"},
    {CONFIG_HEAD "color: red\n", ":5:1: "},
    {"schema: duenotice/notify/1\nprovider: {name: P, misuse_contact: m}\nmessage_id_domain: a.example\n",
     "'from' is missing"},
    {"schema: duenotice/notify/1\nfrom: {name: A, email: a@b.example}\nmessage_id_domain: a.example\n",
     "'provider' is missing"},
    {"schema: duenotice/notify/1\nfrom: {name: A, email: a@b.example}\nprovider: {name: P}\nmessage_id_domain: "
     "a.example\n",
     "'misuse_contact' is missing"},
    {"schema: duenotice/notify/1\nfrom: {name: A, email: a@b.example}\nprovider: {misuse_contact: "
     "P}\nmessage_id_domain: a.example\n",
     "'name' is missing"},
    {"schema: duenotice/notify/1\nfrom: {name: A, email: a@b.example}\nprovider: {name: P, misuse_contact: m}\n",
     "'message_id_domain' is missing"},
    {"schema: duenotice/notify/1\nfrom: {name: A, email: \"a@b.example>\"}\n", ":2:24: "},
    {"schema: duenotice/notify/1\nfrom: {name: \"A\\r\\nBcc: x\", email: a@b.example}\n", "control"},
    {"schema: duenotice/notify/1\nfrom: {name: A, email: a@b.example}\nprovider: {name: P, misuse_contact: "
     "m}\nmessage_id_domain: a b\n",
     "host name"},
    {CONFIG_HEAD "reply_to: {name: Desk}\n", "'email' is missing"},
    {CONFIG_HEAD "channels: {fax: {}}\n", "fax"},
    {CONFIG_HEAD "channels: {email: {url: \"http://relay.example\"}}\n", "smtp://"},
    {CONFIG_HEAD "channels: {email: {url: \"smtp://u:p@relay.example\"}}\n", "password"},
    {CONFIG_HEAD "channels: {email: {url: \"smtp://\"}}\n", "smtp://"},
    {CONFIG_HEAD "channels: {email: {tls: maybe}}\n", "tls"},
    {CONFIG_HEAD "channels: {email: {connections: 0}}\n", "from 1 to 256"},
    {CONFIG_HEAD "channels: {email: {rate: fast}}\n", "rate"},
    {CONFIG_HEAD "channels: {email: {rate: 0.5/s}}\n", "rate"},
    {CONFIG_HEAD "channels: {email: {rate: 9223372036854775807}}\n", "rate"},
    {CONFIG_HEAD "channels: {email: {password_file: x}}\n", "without 'user'"},
    {CONFIG_HEAD "channels: {message-center: {url: \"ftp://x\"}}\n", "https://"},
    {CONFIG_HEAD "policy: {send: [phone]}\n", "list"},
    {CONFIG_HEAD "policy: [{when: {effects: [access]}}]\n", "tells nobody"},
    {CONFIG_HEAD "policy: [{send: []}]\n", "tells nobody"},
    {CONFIG_HEAD "policy: [{send: [fax]}]\n", "'fax'"},
    {CONFIG_HEAD "policy: [{send: [other]}]\n", "'other'"},
    {CONFIG_HEAD "policy: [{send: [phone, phone]}]\n", "twice"},
    {CONFIG_HEAD "policy: [{send: [phone], require: some}]\n", "require"},
    {CONFIG_HEAD "policy: [{send: [phone], wenn: {}}]\n", "wenn"},
    {CONFIG_HEAD "policy: [{send: [phone], when: {effects: [acces]}}]\n", "'acces'"},
    {CONFIG_HEAD "policy: [{send: [phone], when: {effects: [unclassified]}}]\n", "'unclassified'"},
    {CONFIG_HEAD "policy: [{send: [phone], when: {kind: [safety]}}]\n", "'safety'"},
    {CONFIG_HEAD "policy: [{send: [phone], when: {certainty: sure}}]\n", "certainty"},
    {CONFIG_HEAD "policy: [{send: [phone], when: {tenants: []}}]\n", "leave 'when' out"},
    {CONFIG_HEAD "policy: [{send: [phone], when: {min_resources: many}}]\n", "min_resources"},
    {CONFIG_HEAD "fallback: [pigeon]\n", "pigeon"},
    {CONFIG_HEAD "copies: [not an address]\n", "not an address"},
    {CONFIG_HEAD "retry: {wait: P1M}\n", "period"},
    {CONFIG_HEAD "retry: {wait: PT0S}\n", ":5:15: 'wait' is no time"},
    {CONFIG_HEAD "retry: {longest: PT0M}\n", "'longest' is no time"},
    {CONFIG_HEAD "retry: {attempts: 0}\n", "attempts"},
    {CONFIG_HEAD "approval: maybe\n", "approval"},
    {CONFIG_HEAD "seal: {}\n", "'email' is missing"},
    {CONFIG_HEAD "first: {a: b}\n", "first"},
};

START_TEST(what_is_wrong_is_refused_with_its_place)
{
    struct dn_config c;
    struct dn_error err = {0};
    ck_assert_int_eq(read_text(wrong[_i].text, &c, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, wrong[_i].said) != NULL, "said: %s\nwanted: %s", err.text, wrong[_i].said);
    ck_assert_msg(strncmp(err.text, "/tmp/dn-notice-", 15) == 0, "no place: %s", err.text);
    dn_config_clear(&c);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_a_system_error)
{
    struct dn_config c;
    struct dn_error err = {0};
    ck_assert_int_eq(dn_config_read("/tmp/dn-no-such-file", &c, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "/tmp/dn-no-such-file"));
    dn_config_clear(&c);
}
END_TEST

START_TEST(an_empty_when_matches_all)
{
    struct dn_config c;
    struct dn_error err = {0};
    ck_assert_msg(read_text(CONFIG_HEAD "policy: [{send: [phone], when: {}}]\n", &c, &err) == DN_OK, "%s", err.text);
    dn_config_clear(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, everything_that_is_said_is_kept);
    tcase_add_test(cases, what_is_not_said_has_its_default);
    tcase_add_loop_test(cases, what_is_wrong_is_refused_with_its_place, 0, (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(cases, a_file_that_is_not_there_is_a_system_error);
    tcase_add_test(cases, an_empty_when_matches_all);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
