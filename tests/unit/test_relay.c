#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/relay.h"
#include "channel/secret.h"

static struct dn_error err;
static char folder[64];

static void set_up(void)
{
    strcpy(folder, "/tmp/test_relay.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static void put(const char *name, const char *bytes, mode_t mode)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    fputs(bytes, file);
    fclose(file);
    ck_assert_int_eq(chmod(name, mode), 0);
}

static enum dn_status line_of(const char *name, const char *want)
{
    struct dn_buf secret = {0};
    enum dn_status status = dn_secret_line(name, &secret, &err);
    if (status == DN_OK)
        ck_assert_str_eq(secret.at, want);
    else
        ck_assert_uint_eq(secret.size, 0);
    dn_secret_clear(&secret);
    return status;
}

START_TEST(a_secret_is_one_line_of_a_private_file)
{
    put("good", "pass word\n", 0600);
    ck_assert_int_eq(line_of("good", "pass word"), DN_OK);
    put("crlf", "secret\r\n", 0400);
    ck_assert_int_eq(line_of("crlf", "secret"), DN_OK);
    put("open", "secret\n", 0640);
    ck_assert_int_eq(line_of("open", ""), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
    ck_assert_ptr_null(strstr(err.text, "secret\n"));
    put("world", "secret\n", 0602);
    ck_assert_int_eq(line_of("world", ""), DN_INVALID);
    put("two", "secret\nmore\n", 0600);
    ck_assert_int_eq(line_of("two", ""), DN_INVALID);
    put("empty", "\n", 0600);
    ck_assert_int_eq(line_of("empty", ""), DN_INVALID);
    ck_assert_int_eq(line_of("none", ""), DN_SYSTEM);
}
END_TEST

START_TEST(a_secret_is_behind_no_link_and_in_no_pipe)
{
    put("good", "secret\n", 0600);
    ck_assert_int_eq(symlink("good", "link"), 0);
    ck_assert_int_eq(line_of("link", ""), DN_INVALID);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(line_of("pipe", ""), DN_INVALID);
    ck_assert_int_eq(mkdir("dir", 0700), 0);
    ck_assert_int_eq(line_of("dir", ""), DN_INVALID);
    ck_assert_int_eq(line_of("/dev/zero", ""), DN_INVALID);
}
END_TEST

static void netrc(const char *text, const char *host, const char *user, const char *want)
{
    struct dn_buf login = {0}, password = {0}, found = {0};
    if (dn_netrc_find(dn_text_of(text), dn_text_of(host), user, &login, &password))
        dn_buf_addf(&found, "%s/%s", login.at, password.at);
    ck_assert_str_eq(found.at ? found.at : "none", want);
    dn_secret_clear(&login);
    dn_secret_clear(&password);
    dn_buf_clear(&found);
}

START_TEST(a_netrc_has_the_login_of_its_machine)
{
    const char *text = "# mine\nmachine other.example login o password p\nmachine mail.example\n  login me\n"
                       "  password s3cret # behind\nmachine mail.example login you password \"two words\\\"\"\n";
    netrc(text, "mail.example", NULL, "me/s3cret");
    netrc(text, "MAIL.example", "", "me/s3cret");
    netrc(text, "mail.example", "you", "you/two words\"");
    netrc(text, "mail.example", "nobody", "none");
    netrc(text, "mail.example.org", NULL, "none");
    netrc("default login d password e", "any.example", NULL, "d/e");
    netrc("machine a.example password p", "a.example", NULL, "none");
    netrc("machine a.example login l", "a.example", NULL, "none");
    netrc("machine a.example login l machine b.example password p", "a.example", NULL, "none");
    netrc("machine b.example login l machine a.example password p", "a.example", NULL, "none");
    netrc("", "a.example", NULL, "none");
    netrc("machine", "a.example", NULL, "none");
    netrc("machine a.example login \"l", "a.example", NULL, "none");
    netrc("macdef x\nmachine a.example login l password p\n", "a.example", NULL, "none");
}
END_TEST

static struct dn_config config_of(const char *yaml)
{
    struct dn_config config;
    struct dn_buf text = {0};
    dn_buf_addf(&text,
                "schema: duenotice/notify/1\nfrom: {name: A, email: a@provider.example}\n"
                "provider: {name: P, misuse_contact: abuse@provider.example}\nmessage_id_domain: provider.example\n"
                "channels: {email: {%s}}\n",
                yaml);
    put("notify.yaml", text.at, 0600);
    dn_buf_clear(&text);
    ck_assert_msg(dn_config_read("notify.yaml", &config, &err) == DN_OK, "%s", err.text);
    return config;
}

START_TEST(settings_come_from_the_configuration)
{
    put("password", "s3cret\n", 0600);
    put("ca.pem", "", 0644);
    struct dn_config config =
        config_of("url: smtp://mail.example:587, user: me, password_file: password, ca_file: ca.pem, "
                  "connections: 3, messages_per_connection: 50, rate: 300/min");
    struct dn_relay relay;
    ck_assert_msg(dn_relay_read(&config, &relay, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(relay.settings.url, "smtp://mail.example:587");
    ck_assert_str_eq(relay.settings.ehlo, "provider.example");
    ck_assert_str_eq(relay.settings.user, "me");
    ck_assert_str_eq(relay.settings.password, "s3cret");
    ck_assert_str_eq(relay.settings.ca_file, "ca.pem");
    ck_assert_int_eq(relay.settings.tls, DN_SMTP_TLS_REQUIRED);
    ck_assert_uint_eq(relay.settings.connections, 3);
    ck_assert_int_eq(relay.settings.messages_per_connection, 50);
    ck_assert_int_eq(relay.settings.rate, 300);
    ck_assert_int_eq(relay.settings.rate_ms, 60000);
    ck_assert_int_eq(relay.settings.timeouts.dot_ms, 600000);
    dn_relay_clear(&relay);
    dn_config_clear(&config);
}
END_TEST

static void refused(const char *yaml, const char *why)
{
    struct dn_config config = config_of(yaml);
    struct dn_relay relay;
    enum dn_status status = dn_relay_read(&config, &relay, &err);
    ck_assert_msg(status == DN_INVALID || status == DN_SYSTEM, "%s was taken", yaml);
    ck_assert_msg(strstr(err.text, why) != NULL, "%s: %s", yaml, err.text);
    dn_relay_clear(&relay);
    dn_config_clear(&config);
}

START_TEST(what_cannot_be_right_is_refused_before_anybody_is_contacted)
{
    put("password", "s3cret\n", 0600);
    put("open", "s3cret\n", 0644);
    put("netrc", "machine mail.example login me password s3cret\n", 0600);
    refused("connections: 3", "no url");
    refused("url: smtp://mail.example, user: me", "neither password_file nor netrc_file");
    refused("url: smtp://mail.example, user: me, password_file: password, tls: none", "only with tls: required");
    refused("url: smtp://mail.example, user: me, password_file: password, tls: opportunistic",
            "only with tls: required");
    refused("url: smtp://mail.example, netrc_file: netrc, tls: none", "only with tls: required");
    refused("url: smtp://mail.example, user: me, password_file: open", "chmod 600");
    refused("url: smtp://mail.example, user: me, password_file: missing", "missing");
    refused("url: smtp://other.example, netrc_file: netrc", "no login for machine other.example");
    refused("url: smtp://mail.example, user: you, netrc_file: netrc", "no login of you");
    refused("url: smtp://mail.example, ca_file: missing.pem", "missing.pem");
}
END_TEST

START_TEST(a_netrc_logs_in)
{
    put("netrc", "machine mail.example login me password s3cret\n", 0600);
    struct dn_config config = config_of("url: smtps://mail.example:465, tls: none, netrc_file: netrc");
    struct dn_relay relay;
    ck_assert_msg(dn_relay_read(&config, &relay, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(relay.settings.user, "me");
    ck_assert_str_eq(relay.settings.password, "s3cret");
    dn_relay_clear(&relay);
    dn_config_clear(&config);
}
END_TEST

START_TEST(rates_are_read)
{
    static const struct {
        const char *text;
        int64_t count, period_ms;
    } cases[] = {
        {NULL, 0, 1000}, {"14", 14, 1000}, {"14/s", 14, 1000}, {"300/min", 300, 60000}, {"1000/h", 1000, 3600000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t count, period_ms;
        dn_relay_rate(cases[i].text, &count, &period_ms);
        ck_assert_int_eq(count, cases[i].count);
        ck_assert_int_eq(period_ms, cases[i].period_ms);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("relay");
    TCase *tests = tcase_create("relay");
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_secret_is_one_line_of_a_private_file);
    tcase_add_test(tests, a_secret_is_behind_no_link_and_in_no_pipe);
    tcase_add_test(tests, a_netrc_has_the_login_of_its_machine);
    tcase_add_test(tests, settings_come_from_the_configuration);
    tcase_add_test(tests, what_cannot_be_right_is_refused_before_anybody_is_contacted);
    tcase_add_test(tests, a_netrc_logs_in);
    tcase_add_test(tests, rates_are_read);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
