#include <check.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel/http.h"
#include "channel/http_answer.h"
#include "channel/http_endpoint.h"
#include "channel/http_template.h"
#include "channel/http_verdict.h"
#include "plan_fixture.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- verdict --- */

static struct dn_http_verdict judge(int status, bool sent, bool whole)
{
    struct dn_http_facts facts = {.status = status, .sent = sent, .whole = whole, .why = ""};
    return dn_http_judge(&facts);
}

START_TEST(every_status_has_one_meaning)
{
    for (int status = 0; status < 1000; status++) {
        struct dn_http_verdict verdict = judge(status, true, true);
        bool us = status == 401 || status == 403 || status == 407;
        bool later = status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
        enum dn_state wanted = status < 200 || status > 599 ? DN_STATE_UNKNOWN
                               : status < 300               ? DN_STATE_ACCEPTED
                               : us || later                ? DN_STATE_DEFERRED
                                                            : DN_STATE_REJECTED;
        ck_assert_msg(verdict.state == wanted, "status %d", status);
        ck_assert_int_eq(verdict.stop, us);
        ck_assert_int_eq(verdict.relay, us || status == 429 || status == 503);
    }
}
END_TEST

START_TEST(without_a_status_what_was_sent_decides)
{
    ck_assert_int_eq(judge(0, false, false).state, DN_STATE_DEFERRED);
    ck_assert(judge(0, false, false).relay);
    ck_assert_int_eq(judge(0, true, false).state, DN_STATE_UNKNOWN);
    ck_assert_int_eq(judge(0, true, true).state, DN_STATE_UNKNOWN);
    ck_assert_int_eq(judge(100, true, true).state, DN_STATE_UNKNOWN);
    ck_assert_int_eq(judge(101, true, true).state, DN_STATE_UNKNOWN);
    ck_assert_int_eq(judge(202, true, false).state, DN_STATE_UNKNOWN);
    ck_assert_int_eq(judge(413, true, false).state, DN_STATE_REJECTED);
}
END_TEST

START_TEST(what_asks_to_wait_is_the_endpoints)
{
    struct dn_http_facts facts = {.status = 500, .sent = true, .whole = true, .wait = true, .why = ""};
    ck_assert(dn_http_judge(&facts).relay);
    facts.status = 404;
    ck_assert_int_eq(dn_http_judge(&facts).state, DN_STATE_REJECTED);
}
END_TEST

START_TEST(a_wrong_certificate_stops_and_a_closed_port_does_not)
{
    struct dn_http_facts facts = {.failure = CURLE_PEER_FAILED_VERIFICATION, .why = ""};
    ck_assert(dn_http_judge(&facts).stop);
    facts.failure = CURLE_COULDNT_CONNECT;
    ck_assert(!dn_http_judge(&facts).stop);
    facts.failure = CURLE_SSL_CONNECT_ERROR;
    ck_assert(!dn_http_judge(&facts).stop);
    facts.why = "error:0A00010B:SSL routines::wrong version number";
    ck_assert(dn_http_judge(&facts).stop);
    facts.sent = true; /* whatever TLS says then */
    ck_assert_int_eq(dn_http_judge(&facts).state, DN_STATE_UNKNOWN);
    ck_assert(!dn_http_judge(&facts).stop);
}
END_TEST

/* --- answer --- */

static void head(struct dn_http_answer *answer, const char *lines)
{
    struct dn_text rest = dn_text_of(lines);
    while (rest.size) {
        const char *end = memchr(rest.at, '\n', rest.size);
        size_t size = end ? (size_t)(end - rest.at) + 1 : rest.size;
        dn_http_answer_head(answer, (struct dn_text){rest.at, size});
        rest = (struct dn_text){rest.at + size, rest.size - size};
    }
}

static int64_t wait_of(const char *retry_after, const char *date)
{
    struct dn_http_answer answer = {0};
    char lines[512];
    snprintf(lines, sizeof lines, "HTTP/1.1 503 Busy\r\n%s%s%sRetry-After: %s\r\n\r\n", date ? "Date: " : "",
             date ? date : "", date ? "\r\n" : "", retry_after);
    head(&answer, lines);
    return dn_http_answer_wait(&answer, 1800000000);
}

START_TEST(retry_after_is_seconds_or_a_date_and_has_an_end)
{
    ck_assert_int_eq(wait_of("0", NULL), 0);
    ck_assert_int_eq(wait_of("30", NULL), 30);
    ck_assert_int_eq(wait_of("3600", NULL), 3600);
    ck_assert_int_eq(wait_of("3601", NULL), 3600);
    ck_assert_int_eq(wait_of("99999999999999", NULL), 3600);
    ck_assert_int_eq(wait_of("99999999999999999999999999999999999", NULL), 3600);
    ck_assert_int_eq(wait_of("-5", NULL), -1);
    ck_assert_int_eq(wait_of("1.5", NULL), -1);
    ck_assert_int_eq(wait_of("soon", NULL), -1);
    ck_assert_int_eq(wait_of("", NULL), -1);
    /* 1800000000 is Fri, 15 Jan 2027 08:00:00 GMT */
    ck_assert_int_eq(wait_of("Fri, 15 Jan 2027 08:00:20 GMT", NULL), 20);
    ck_assert_int_eq(wait_of("Fri, 15 Jan 2027 07:59:20 GMT", NULL), 0);
    ck_assert_int_eq(wait_of("Fri, 15 Jan 2027 08:00:20 GMT", "Fri, 15 Jan 2027 08:00:15 GMT"), 5);
    ck_assert_int_eq(wait_of("Wed, 01 Jan 2098 00:00:00 GMT", NULL), 3600);
}
END_TEST

START_TEST(interim_heads_are_forgotten_and_a_final_one_stays)
{
    struct dn_http_answer answer = {0};
    head(&answer, "HTTP/1.1 100 Continue\r\nLocation: /no\r\n\r\n");
    ck_assert_int_eq(dn_http_answer_status(&answer), 0);
    head(&answer,
         "HTTP/1.1 202 Accepted\r\nlocation:\t/yes \r\nRequest-ID: r\r\n\r\nHTTP/1.1 500 No\r\nLocation: /no\r\n");
    ck_assert_int_eq(dn_http_answer_status(&answer), 202);
    ck_assert_str_eq(answer.location, "/yes");
    ck_assert_str_eq(answer.request_id, "r");
    ck_assert_str_eq(answer.phrase, "Accepted");
}
END_TEST

START_TEST(nonsense_is_no_status)
{
    static const char *const lines[] = {"HTTP/1.1",
                                        "HTTP/1.1 ",
                                        "HTTP/1.1 20",
                                        "HTTP/1.1 2020 x",
                                        "HTTP/1.1 2x2 OK",
                                        "HTTP/1.1 -20 OK",
                                        "HTTP/1.1 600 OK",
                                        "HTTP/1.1 000",
                                        "http/1.1 202 OK",
                                        "220 mail.example",
                                        NULL};
    for (size_t i = 0; lines[i]; i++) {
        struct dn_http_answer answer = {0};
        head(&answer, lines[i]);
        ck_assert_msg(dn_http_answer_status(&answer) == 0, "%s", lines[i]);
    }
}
END_TEST

START_TEST(no_more_is_kept_than_is_wanted)
{
    static char many[DN_HTTP_BODY + 1];
    struct dn_http_answer answer = {0};
    memset(many, 'x', sizeof many);
    ck_assert(dn_http_answer_body(&answer, (struct dn_text){many, DN_HTTP_BODY}));
    ck_assert(!dn_http_answer_body(&answer, (struct dn_text){many, 1}));
    ck_assert(!dn_http_answer_head(&answer, (struct dn_text){many, DN_HTTP_HEAD + 1}));
    dn_http_answer_reset(&answer);
    ck_assert(!dn_http_answer_body(&answer, (struct dn_text){many, sizeof many}));
    ck_assert_uint_eq(answer.body.size, 0);
    dn_buf_clear(&answer.body);
}
END_TEST

static const char *reference_of(const char *lines, const char *body, const char *secret)
{
    static char text[40];
    struct dn_http_answer answer = {0};
    head(&answer, lines);
    dn_http_answer_body(&answer, dn_text_of(body));
    dn_http_answer_reference(&answer, secret, text, sizeof text);
    dn_buf_clear(&answer.body);
    return text;
}

START_TEST(a_reference_is_an_id_a_location_or_a_request_id)
{
    const char *both = "HTTP/1.1 201 Created\r\nLocation: /a/1\r\nx-request-id: q\r\n\r\n";
    ck_assert_str_eq(reference_of(both, "{\"id\": \"MC1\"}", NULL), "MC1");
    ck_assert_str_eq(reference_of(both, "{\"id\": 12}", NULL), "12");
    ck_assert_str_eq(reference_of(both, "{\"id\": [1]}", NULL), "/a/1");
    ck_assert_str_eq(reference_of(both, "[\"id\"]", NULL), "/a/1");
    ck_assert_str_eq(reference_of(both, "{", NULL), "/a/1");
    ck_assert_str_eq(reference_of("HTTP/1.1 201 Created\r\nx-request-id: q\r\n\r\n", "", NULL), "q");
    ck_assert_str_eq(reference_of("HTTP/1.1 201 Created\r\n\r\n", "", NULL), "");
    ck_assert_str_eq(reference_of(both, "{\"id\": \"a\\u0000\\u001b\\u202e\"}", NULL), "/a/1"); /* no JSON of ours */
    ck_assert_str_eq(reference_of(both, "{\"id\": \"a\\u001b\\nb\"}", NULL), "a\\x1B\\nb");
}
END_TEST

START_TEST(a_secret_that_comes_back_is_not_given_out)
{
    const char *created = "HTTP/1.1 201 Created\r\nLocation: /x?t=hush\r\n\r\n";
    char text[160];
    struct dn_http_answer answer = {0};
    ck_assert_str_eq(reference_of(created, "", "hush"), "");
    ck_assert_str_eq(reference_of(created, "{\"id\": \"ahushb\"}", "hush"), "");
    head(&answer, "HTTP/1.1 400 hush\r\n\r\n");
    dn_http_answer_reason(&answer, "hush", text, sizeof text);
    ck_assert_str_eq(text, "status 400");
}
END_TEST

/* --- what may be posted to --- */

static enum dn_status check(const char *url, const char *token)
{
    struct dn_http_settings settings = {.url = url, .token = token};
    struct dn_error err = {0};
    enum dn_status status = dn_http_check(&settings, &err);
    ck_assert(!token || *token == '\0' || !strstr(err.text, token));
    return status;
}

START_TEST(notices_leave_only_encrypted)
{
    static const char *const good[] = {"https://graph.example/v1",
                                       "https://[2001:db8::1]:8443/",
                                       "http://127.0.0.1:8/",
                                       "http://localhost/x",
                                       "http://[::1]:80/",
                                       "https://h.example/a@b",
                                       NULL};
    static const char *const bad[] = {"http://graph.example/",
                                      "http://127.0.0.1.example/",
                                      "http://10.0.0.1/",
                                      "ftp://h/",
                                      "file:///etc/passwd",
                                      "h.example",
                                      "",
                                      "https://",
                                      "https:///x",
                                      "HTTPS://h.example/",
                                      "https://a@h.example/",
                                      "https://a:b@h.example/",
                                      "http://127.0.0.1@h.example/",
                                      "https://h.example/a b",
                                      "https://h.example/\r\nX: y",
                                      "https://h.example/\t",
                                      "https://h.example/\xc3\xa9",
                                      "http://[::ffff:10.0.0.1]/",
                                      "gopher://127.0.0.1/",
                                      NULL};
    for (size_t i = 0; good[i]; i++)
        ck_assert_msg(check(good[i], NULL) == DN_OK, "%s", good[i]);
    for (size_t i = 0; bad[i]; i++)
        ck_assert_msg(check(bad[i], NULL) == DN_INVALID, "%s", bad[i]);
}
END_TEST

START_TEST(a_token_goes_only_over_https_and_breaks_no_header)
{
    static const char *const bad[] = {"", "a b", "a\r\nX: y", "a\nb", "a\tb", "\x7f", "t\xc3\xa9", NULL};
    ck_assert_int_eq(check("https://h.example/", "eyJ0.a-b_c~d+e/f=="), DN_OK);
    ck_assert_int_eq(check("http://127.0.0.1/", "token-1"), DN_INVALID);
    for (size_t i = 0; bad[i]; i++)
        ck_assert_msg(check("https://h.example/", bad[i]) == DN_INVALID, "%zu", i);
}
END_TEST

/* --- engine --- */

static struct dn_http *engine(size_t connections)
{
    struct dn_http_settings settings = {.url = "http://127.0.0.1:9/", .connections = connections};
    struct dn_http *made = NULL;
    settings.timeouts = dn_http_patience;
    ck_assert_int_eq(dn_http_open(&settings, &made, NULL), DN_OK);
    return made;
}

static void submit(struct dn_http *into, size_t number)
{
    struct dn_http_letter letter = {number, KEY, 0, DN_TEXT("{}")};
    ck_assert_int_eq(dn_http_submit(into, &letter, NULL), DN_OK);
}

START_TEST(what_was_never_released_comes_back_unsent)
{
    struct dn_http *it = engine(2);
    struct dn_smtp_result result;
    size_t number = 9;
    ck_assert_uint_eq(dn_http_room(it), 4);
    for (size_t i = 0; i < 4; i++)
        submit(it, i);
    ck_assert_uint_eq(dn_http_room(it), 0);
    ck_assert_int_eq(dn_http_turn(it, 0, NULL), DN_OK);
    ck_assert(!dn_http_result(it, &result));
    ck_assert(dn_http_ready(it, &number));
    ck_assert_uint_eq(number, 0);
    ck_assert(!dn_http_ready(it, &number)); /* the first one goes alone */
    dn_http_release(it);                    /* told, but not held */
    ck_assert_uint_eq(dn_http_in_flight(it), 0);
    dn_http_hold(it);
    ck_assert_uint_eq(dn_http_in_flight(it), 0);
    dn_http_recall(it, "stopped");
    dn_http_release(it);
    ck_assert_uint_eq(dn_http_in_flight(it), 0);
    for (size_t i = 0; i < 4; i++) {
        ck_assert(dn_http_result(it, &result));
        ck_assert_uint_eq(result.number, i);
        ck_assert_int_eq(result.outcome.state, DN_STATE_DEFERRED);
        ck_assert(result.of_relay && result.intent == (i == 0));
        ck_assert_str_eq(result.outcome.reason, "stopped");
    }
    ck_assert_uint_eq(dn_http_letters(it), 0);
    dn_http_close(it);
}
END_TEST

START_TEST(what_is_told_and_held_is_what_leaves)
{
    struct dn_http *it = engine(2);
    size_t number;
    submit(it, 0);
    ck_assert_int_eq(dn_http_turn(it, 0, NULL), DN_OK);
    ck_assert_uint_eq(dn_http_waiting(it), 1);
    ck_assert(dn_http_ready(it, &number));
    ck_assert_uint_eq(dn_http_waiting(it), 0);
    dn_http_hold(it);
    dn_http_release(it);
    ck_assert_uint_eq(dn_http_in_flight(it), 1);
    dn_http_close(it);
}
END_TEST

START_TEST(only_a_key_and_a_body_are_taken)
{
    struct dn_http *it = engine(1);
    struct dn_http_letter letters[] = {{0, "short", 0, DN_TEXT("{}")},
                                       {0, NULL, 0, DN_TEXT("{}")},
                                       {0, KEY "0", 0, DN_TEXT("{}")},
                                       {0, "\"\r\nX-Injected: yes\r\n", 0, DN_TEXT("{}")},
                                       {0, KEY, 0, {NULL, 0}}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        ck_assert_int_eq(dn_http_submit(it, &letters[i], NULL), DN_INVALID);
    submit(it, 0);
    submit(it, 1);
    letters[0].key = KEY;
    ck_assert_int_eq(dn_http_submit(it, &letters[0], NULL), DN_INVALID); /* no room */
    dn_http_close(it);
}
END_TEST

START_TEST(an_idle_engine_does_not_wait)
{
    struct dn_http *it = engine(1);
    ck_assert_int_eq(dn_http_turn(it, -1, NULL), DN_OK);
    ck_assert_int_eq(dn_http_relay(it).state, DN_SMTP_RELAY_WELL);
    dn_http_close(it);
    dn_http_close(NULL);
}
END_TEST

/* --- template --- */

static const char *fault_of(const char *bytes)
{
    static struct dn_error err;
    struct dn_http_template *made;
    err = (struct dn_error){0};
    enum dn_status status = dn_http_template_parse(dn_text_of(bytes), "t.json", &made, &err);
    ck_assert_int_eq(status == DN_OK, made != NULL);
    dn_http_template_free(made);
    return err.text;
}

START_TEST(a_wrong_template_is_refused_with_its_place)
{
    ck_assert_str_eq(fault_of("{\"a\": \"{{ subject }}\"}"), "");
    ck_assert_str_eq(fault_of("{\"a\":\n  \"x {{nonesuch}}\"}"), "t.json:2:6: unknown variable 'nonesuch'");
    ck_assert_str_eq(fault_of("{\"a\": \"{{key}}\", \"b\": \"{{\"}"),
                     "t.json:1:24: a placeholder that does not end in its string: ''");
    ck_assert_ptr_nonnull(strstr(fault_of("{\"{{key}}\": 1}"), "not in a key"));
    ck_assert_ptr_nonnull(strstr(fault_of("{\"a\": {{key}}}"), "t.json:1:"));
    ck_assert_ptr_nonnull(strstr(fault_of("{\"a\": 1, \"a\": 2}"), "duplicate"));
    ck_assert_ptr_nonnull(strstr(fault_of("[\"{{key}}\"]"), "JSON object"));
    ck_assert_ptr_nonnull(strstr(fault_of(""), "JSON"));
    ck_assert_ptr_nonnull(strstr(fault_of("{\"a\": \"\\u007b{secret}}\"}"), "unknown variable 'secret'"));
    ck_assert_ptr_nonnull(strstr(fault_of("{\"a\": \"{{#key}}x{{/key}}\"}"), "unknown variable '#key'"));
}
END_TEST

static json_t *compose(struct fixture *f, const char *bytes)
{
    struct dn_http_template *made;
    struct dn_buf out = {0};
    struct dn_error err = {0};
    struct dn_plan_row *row = fixture_row(f, 0, DN_CHANNEL_MESSAGE_CENTER, "t0");
    struct dn_dispatch dispatch = {.row = row, .content = &f->content, .notice = "initial", .intent_at = row->due_at};
    ck_assert_int_eq(dn_http_template_parse(dn_text_of(bytes), "t.json", &made, &err), DN_OK);
    enum dn_status status = dn_http_template_compose(made, &dispatch, &out, &err);
    json_t *read = status == DN_OK ? json_loadb(out.at, out.size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    dn_http_template_free(made);
    dn_buf_clear(&out);
    return read;
}

static const char *at(json_t *document, const char *key)
{
    return json_string_value(json_object_get(document, key));
}

START_TEST(no_value_leaves_its_string)
{
    struct fixture f;
    fixture_make(&f);
    f.content.subject = own(&f, "a\", \"admin\": true, \"b\": \"\\ \n\t{{key}} }}");
    f.content.title = own(&f, "as the texts say it");
    json_t *made =
        compose(&f, "{\"s\": \"<{{subject}}>\", \"n\": [1, null, true, {\"d\": \"{{due_at}}\"}], \"r\": "
                    "\"{{tenant_id}}/{{language}}{{ affected_resources }}\", \"t\": \"{{incident_title}}\"}");
    ck_assert_ptr_nonnull(made);
    ck_assert_uint_eq(json_object_size(made), 4);
    ck_assert_str_eq(at(made, "t"), "as the texts say it");
    ck_assert_str_eq(at(made, "s"), "<a\", \"admin\": true, \"b\": \"\\ \n\t{{key}} }}>");
    ck_assert_str_eq(at(made, "r"), "t0/ena\n");
    ck_assert_str_eq(at(json_array_get(json_object_get(made, "n"), 3), "d"), "2026-06-18T18:00:00Z");
    json_decref(made);
    fixture_clear(&f);
}
END_TEST

START_TEST(text_that_is_no_utf8_is_no_post)
{
    struct fixture f;
    fixture_make(&f);
    f.content.subject = own(&f, "\xff");
    ck_assert_ptr_null(compose(&f, "{\"s\": [{\"t\": \"{{subject}}\"}]}"));
    fixture_clear(&f);
}
END_TEST

START_TEST(every_variable_has_a_place_and_the_example_uses_known_ones)
{
    struct fixture f;
    struct dn_buf all = {0};
    struct dn_http_template *made = NULL;
    char path[1024];
    struct dn_error err = {0};
    fixture_make(&f);
    dn_buf_addc(&all, '{');
    for (size_t i = 0; dn_http_template_names[i]; i++)
        dn_buf_addf(&all, "%s\"%s\": \"{{%s}}\"", i ? "," : "", dn_http_template_names[i], dn_http_template_names[i]);
    dn_buf_addc(&all, '}');
    json_t *read = compose(&f, all.at);
    ck_assert_str_eq(at(read, "drill"), "false");
    ck_assert_str_eq(at(read, "tenant_name"), "Contoso");
    ck_assert_uint_eq(strlen(at(read, "post_id")), 32);
    ck_assert_uint_eq(strlen(at(read, "key")), 64);
    json_decref(read);
    dn_buf_clear(&all);
    fixture_clear(&f);
    snprintf(path, sizeof path, "%s/examples/templates/ticket.json", getenv("SOURCE") ? getenv("SOURCE") : ".");
    ck_assert_msg(dn_http_template_read(path, &made, &err) == DN_OK, "%s", err.text);
    dn_http_template_free(made);
}
END_TEST

/* --- configuration --- */

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

START_TEST(an_endpoint_is_read_before_anybody_is_contacted)
{
    char folder[] = "/tmp/test_http.XXXXXX", token[64], url[] = "https://h.example/", plain[] = "http://h.example/";
    char rate[] = "30/min";
    struct dn_http_endpoint endpoint;
    struct dn_error err = {0};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(token, sizeof token, "%s/token", folder);
    struct dn_config config = {.retry = {5, 60, 1800}};
    config.message_center.connections = 4;
    ck_assert_int_eq(dn_http_endpoint_read(&config, &endpoint, &err), DN_INVALID); /* no url */
    dn_http_endpoint_clear(&endpoint);
    config.message_center.url = plain;
    ck_assert_int_eq(dn_http_endpoint_read(&config, &endpoint, &err), DN_INVALID);
    dn_http_endpoint_clear(&endpoint);
    config.message_center.url = url;
    config.message_center.rate = rate;
    config.message_center.token_file = token;
    ck_assert_int_eq(dn_http_endpoint_read(&config, &endpoint, &err), DN_SYSTEM); /* no such file */
    dn_http_endpoint_clear(&endpoint);
    write_file(token, "sesame\n", 0644);
    ck_assert_int_eq(dn_http_endpoint_read(&config, &endpoint, &err), DN_INVALID);
    ck_assert_ptr_null(strstr(err.text, "sesame"));
    dn_http_endpoint_clear(&endpoint);
    chmod(token, 0600);
    ck_assert_msg(dn_http_endpoint_read(&config, &endpoint, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(endpoint.settings.token, "sesame");
    ck_assert_int_eq(endpoint.settings.rate, 30);
    ck_assert_int_eq(endpoint.settings.rate_ms, 60000);
    ck_assert_int_eq(endpoint.settings.first_wait_ms, 60000);
    dn_http_endpoint_clear(&endpoint);
    remove(token);
    rmdir(folder);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_status_has_one_meaning,
                                  without_a_status_what_was_sent_decides,
                                  what_asks_to_wait_is_the_endpoints,
                                  a_wrong_certificate_stops_and_a_closed_port_does_not,
                                  retry_after_is_seconds_or_a_date_and_has_an_end,
                                  interim_heads_are_forgotten_and_a_final_one_stays,
                                  nonsense_is_no_status,
                                  no_more_is_kept_than_is_wanted,
                                  a_reference_is_an_id_a_location_or_a_request_id,
                                  a_secret_that_comes_back_is_not_given_out,
                                  notices_leave_only_encrypted,
                                  a_token_goes_only_over_https_and_breaks_no_header,
                                  what_was_never_released_comes_back_unsent,
                                  what_is_told_and_held_is_what_leaves,
                                  only_a_key_and_a_body_are_taken,
                                  an_idle_engine_does_not_wait,
                                  a_wrong_template_is_refused_with_its_place,
                                  no_value_leaves_its_string,
                                  text_that_is_no_utf8_is_no_post,
                                  every_variable_has_a_place_and_the_example_uses_known_ones,
                                  an_endpoint_is_read_before_anybody_is_contacted};
    Suite *suite = suite_create("http");
    TCase *all = tcase_create("http");
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(all, tests[i]);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
