#include <check.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/smtp.h"
#include "channel/smtp_reply.h"
#include "channel/smtp_verdict.h"
#include "channel/smtp_wire.h"

static struct dn_error err;

/* --- replies --- */

/* Feeds the bytes in pieces of that size; the replies as "code text|", "!" for broken, "..." for one that is not whole.
 */
static void read_as(const char *bytes, size_t size, size_t piece, struct dn_buf *found)
{
    struct dn_smtp_reader reader = {0};
    const struct dn_smtp_reply *reply;
    for (size_t from = 0; from < size; from += piece) {
        struct dn_text part = {bytes + from, size - from < piece ? size - from : piece};
        while (part.size) {
            enum dn_smtp_read read = dn_smtp_reader_next(&reader, &part, &reply);
            if (read == DN_SMTP_REPLY)
                dn_buf_addf(found, "%d %.*s|", reply->code, (int)reply->size, reply->said);
            if (read != DN_SMTP_BROKEN)
                continue;
            dn_buf_addc(found, '!');
            return;
        }
    }
    if (dn_smtp_reader_partial(&reader))
        dn_buf_adds(found, "...");
}

static void reads(const char *bytes, const char *want)
{
    for (size_t piece = 1; piece <= strlen(bytes); piece++) {
        struct dn_buf found = {0};
        read_as(bytes, strlen(bytes), piece, &found);
        ck_assert_str_eq(found.at ? found.at : "", want);
        dn_buf_clear(&found);
    }
}

START_TEST(replies_are_read_however_they_come)
{
    reads("250 ok\r\n", "250 ok|");
    reads("250 ok\n", "250 ok|");
    reads("250\r\n", "250 |");
    reads("250 a\r\n354 b\r\n", "250 a|354 b|");
    reads("250-a\r\n250-b\r\n250 c\r\n", "250 a b c|");
    reads("250-a\r\n250 c\r\n421 x\r\n", "250 a c|421 x|");
    reads("550 5.1.1 no\r\n", "550 5.1.1 no|");
}
END_TEST

START_TEST(half_a_reply_is_none)
{
    reads("2", "...");
    reads("250 o", "...");
    reads("250 ok", "...");
    reads("250-first\r\n", "...");
    reads("250-first\r\n250 sec", "...");
    reads("250 ok\r\n25", "250 ok|...");
}
END_TEST

START_TEST(nonsense_is_told_from_a_reply)
{
    static const char *const nonsense[] = {
        "\r\n",         "25\r\n",    "hello\r\n",          "050 x\r\n",      "650 x\r\n",
        "999 x\r\n",    "2500\r\n",  "250x\r\n",           "250\tx\r\n",     " 250 x\r\n",
        "-250 x\r\n",   "25O x\r\n", "250-a\r\n251 b\r\n", "250-a\r\nb\r\n", "HTTP/1.1 200 OK\r\n",
        "+OK ready\r\n"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        reads(nonsense[i], "!");
}
END_TEST

START_TEST(endless_lines_and_endless_replies_end)
{
    struct dn_buf bytes = {0}, found = {0};
    for (int i = 0; i < 3000; i++)
        dn_buf_adds(&bytes, "2501");
    read_as(bytes.at, bytes.size, 100, &found);
    ck_assert_str_eq(found.at, "!");
    dn_buf_reset(&bytes);
    dn_buf_reset(&found);
    for (int i = 0; i < 1000; i++)
        dn_buf_adds(&bytes, "250-more\r\n");
    read_as(bytes.at, bytes.size, 100, &found);
    ck_assert_str_eq(found.at, "!");
    dn_buf_reset(&found);
    read_as("250 a\0b\r\n", 9, 3, &found);
    ck_assert_str_eq(found.at, "250 a|");
    dn_buf_clear(&bytes);
    dn_buf_clear(&found);
}
END_TEST

static struct dn_smtp_reply reply_of(int code, const char *said)
{
    struct dn_smtp_reply reply = {.code = code, .size = strlen(said)};
    memcpy(reply.said, said, reply.size);
    return reply;
}

START_TEST(code_and_enhanced_status_are_told_apart_from_text)
{
    static const struct {
        int code;
        const char *said, *want;
    } cases[] = {{250, "2.0.0 Ok", "250 2.0.0"},
                 {550, "5.1.1 <x>: no", "550 5.1.1"},
                 {550, "5.1.1", "550 5.1.1"},
                 {250, "Ok", "250"},
                 {250, "", "250"},
                 {550, "2.0.0 mixed up", "550"},
                 {450, "4.7.1234 x", "450 4.7.1234"},
                 {450, "4.7 x", "450"},
                 {550, "5.1.1.1 x", "550"},
                 {550, "5.1.1x", "550"},
                 {421, "10.0.0.1 closing", "421"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dn_smtp_reply reply = reply_of(cases[i].code, cases[i].said);
        char code[DN_SMTP_CODE];
        dn_smtp_reply_code(&reply, code);
        ck_assert_str_eq(code, cases[i].want);
    }
}
END_TEST

START_TEST(the_relays_name_of_a_message_is_found)
{
    static const char *const cases[][2] = {
        {"2.0.0 Ok: queued as 4F1B2C3D", "4F1B2C3D"},
        {"OK id=1qXYZ-0001Ab-2C", "1qXYZ-0001Ab-2C"},
        {"2.0.0 Ok: queued as ABC.", "ABC"},
        {"2.6.0 <x@y> [InternalId=12, Hostname=h] Queued mail", "12"},
        {"Ok 010201890abc-000000", "Ok 010201890abc-000000"},
        {"2.0.0 k7si-20020a Message accepted for delivery", "k7si-20020a Message accepted for delivery"},
        {"", ""},
        {"2.0.0", ""},
        {"queued as ", "queued as"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dn_smtp_reply reply = reply_of(250, cases[i][0]);
        char reference[160];
        dn_smtp_reply_reference(&reply, reference, sizeof reference);
        ck_assert_str_eq(reference, cases[i][1]);
    }
}
END_TEST

START_TEST(what_a_server_says_is_safe_in_a_ledger)
{
    struct dn_smtp_reply reply = reply_of(550, "5.0.0 \x1b]0;owned\a \xe2\x80\xae"
                                               "txt \xff\xfe \x7f \xc2\x9b");
    char text[160], small[12];
    dn_smtp_reply_text(&reply, "RCPT: ", text, sizeof text);
    ck_assert(strncmp(text, "RCPT: ", 6) == 0);
    ck_assert(!dn_text_hostile(dn_text_of(text)));
    ck_assert(dn_text_utf8(dn_text_of(text), NULL));
    dn_smtp_safe(DN_TEXT("1234567890\xc3\xa9"), small, sizeof small);
    ck_assert_str_eq(small, "1234567890");
    char long_text[600], cut[160];
    memset(long_text, 'x', sizeof long_text);
    dn_smtp_safe((struct dn_text){long_text, sizeof long_text}, cut, sizeof cut);
    ck_assert_uint_eq(strlen(cut), sizeof cut - 1);
}
END_TEST

/* --- verdicts --- */

static const char *word_of(struct dn_smtp_verdict verdict)
{
    static char word[64];
    snprintf(word, sizeof word, "%s%s%s%s", verdict.state == DN_STATE_INTENT ? "on" : dn_state_words[verdict.state],
             verdict.relay ? " relay" : "", verdict.stop ? " stop" : "", verdict.close ? " close" : "");
    return word;
}

START_TEST(every_reply_at_every_step_has_its_verdict)
{
    static const struct {
        int code;
        const char *want[5]; /* MAIL, RCPT, DATA, BODY, DOT */
    } cases[] = {
        {0, {"deferred relay close", "deferred close", "deferred close", "deferred close", "unknown close"}},
        {250, {"on", "on", "deferred close", "unknown close", "accepted"}},
        {251, {"on", "on", "deferred close", "unknown close", "accepted"}},
        {299, {"on", "on", "deferred close", "unknown close", "accepted"}},
        {354, {"deferred relay close", "deferred close", "on", "deferred close", "unknown close"}},
        {150, {"deferred relay close", "deferred close", "deferred close", "deferred close", "unknown close"}},
        {399, {"deferred relay close", "deferred close", "deferred close", "deferred close", "unknown close"}},
        {421,
         {"deferred relay close", "deferred relay close", "deferred relay close", "deferred relay close",
          "deferred relay close"}},
        {450, {"deferred relay", "deferred", "deferred", "deferred close", "deferred"}},
        {452, {"deferred relay", "deferred", "deferred", "deferred close", "deferred"}},
        {454, {"deferred relay", "deferred relay", "deferred relay", "deferred relay close", "deferred relay"}},
        {499, {"deferred relay", "deferred", "deferred", "deferred close", "deferred"}},
        {500, {"deferred relay stop close", "rejected", "rejected", "rejected close", "rejected"}},
        {550, {"deferred relay stop close", "rejected", "rejected", "rejected close", "rejected"}},
        {552, {"deferred relay stop close", "rejected", "rejected", "rejected close", "rejected"}},
        {530,
         {"deferred relay stop close", "deferred relay stop close", "deferred relay stop close",
          "deferred relay stop close", "deferred relay stop close"}},
        {535,
         {"deferred relay stop close", "deferred relay stop close", "deferred relay stop close",
          "deferred relay stop close", "deferred relay stop close"}},
        {599, {"deferred relay stop close", "rejected", "rejected", "rejected close", "rejected"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int step = DN_SMTP_MAIL; step <= DN_SMTP_DOT; step++)
            ck_assert_msg(!strcmp(word_of(dn_smtp_judge((enum dn_smtp_step)step, cases[i].code)), cases[i].want[step]),
                          "%d to %s: %s, not %s", cases[i].code, dn_smtp_step_words[step],
                          word_of(dn_smtp_judge((enum dn_smtp_step)step, cases[i].code)), cases[i].want[step]);
}
END_TEST

/* What must hold for all codes: yes only for 2xx behind the dot; nothing is retried that may have been taken. */
START_TEST(no_reply_makes_a_lie)
{
    for (int code = 0; code <= 999; code++) {
        for (int step = DN_SMTP_MAIL; step <= DN_SMTP_DOT; step++) {
            struct dn_smtp_verdict verdict = dn_smtp_judge((enum dn_smtp_step)step, code);
            bool yes = code >= 200 && code < 300, no = code >= 400 && code < 600;
            ck_assert(verdict.state != DN_STATE_ACCEPTED || (yes && step == DN_SMTP_DOT));
            ck_assert(verdict.state != DN_STATE_REJECTED || (code >= 500 && no));
            ck_assert(verdict.state != DN_STATE_UNKNOWN || step >= DN_SMTP_BODY);
            if (step == DN_SMTP_DOT && !no && !yes)
                ck_assert(verdict.state == DN_STATE_UNKNOWN && verdict.close);
            ck_assert(!verdict.stop || verdict.relay);
            ck_assert(!verdict.relay || verdict.state == DN_STATE_DEFERRED);
        }
    }
}
END_TEST

START_TEST(what_cannot_mend_by_itself_stops)
{
    static const struct {
        int failure, code;
        const char *why;
        bool stop;
    } cases[] = {{CURLE_LOGIN_DENIED, 535, "", true},
                 {CURLE_LOGIN_DENIED, 454, "", false},
                 {CURLE_LOGIN_DENIED, 421, "", false},
                 {CURLE_PEER_FAILED_VERIFICATION, 220, "", true},
                 {CURLE_USE_SSL_FAILED, 250, "", true},
                 {CURLE_USE_SSL_FAILED, 454, "", false},
                 {CURLE_SSL_CACERT_BADFILE, 0, "", true},
                 {CURLE_SSL_CONNECT_ERROR, 0, "error:0A00010B:SSL routines::wrong version number", true},
                 {CURLE_SSL_CONNECT_ERROR, 0, "error:0A000126:SSL routines::unexpected eof while reading", false},
                 {CURLE_SSL_CONNECT_ERROR, 0, "OpenSSL SSL_connect: Connection reset by peer", false},
                 {CURLE_COULDNT_CONNECT, 0, "", false},
                 {CURLE_COULDNT_RESOLVE_HOST, 0, "", false},
                 {CURLE_OPERATION_TIMEDOUT, 0, "", false},
                 {CURLE_RECV_ERROR, 220, "", false},
                 {CURLE_WEIRD_SERVER_REPLY, 554, "", true},
                 {CURLE_WEIRD_SERVER_REPLY, 450, "", false},
                 {CURLE_REMOTE_ACCESS_DENIED, 502, "", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(dn_smtp_judge_connect(cases[i].failure, cases[i].code, cases[i].why) == cases[i].stop,
                      "failure %d, code %d", cases[i].failure, cases[i].code);
}
END_TEST

/* --- the wire --- */

START_TEST(no_address_brings_a_command_of_its_own)
{
    static const char *const good[] = {"a@b.example", "first.last@sub.contoso.example", "o'brien+tag=x@b.example",
                                       "x@xn--bcher-kva.example", "!#$%&'*+-/=?^_`{|}~@b.example"};
    static const char around[] = " \t\r\n\v\f\b\x1b\x7f<>()[]\\,;:\"\x80\xff";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(dn_smtp_address_fits(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof around - 1; i++) {
        for (size_t at = 0; at <= strlen("ab@cd.example"); at++) {
            char address[64];
            snprintf(address, sizeof address, "%.*s%c%s", (int)at, "ab@cd.example", around[i], &"ab@cd.example"[at]);
            ck_assert_msg(!dn_smtp_address_fits(address), "byte %02x at %zu", (unsigned char)around[i], at);
        }
    }
    static const char *const bad[] = {"",
                                      "@",
                                      "a@",
                                      "@b.example",
                                      "a@b",
                                      "a@b@c.example",
                                      "a..b@c.example",
                                      ".a@c.example",
                                      "a.@c.example",
                                      "a@b..example",
                                      "a@-b.example",
                                      "a@[127.0.0.1]",
                                      "a@b.example.",
                                      "a@b.example\r\nRCPT TO:<evil@z.example>",
                                      "a@b.example> NOTIFY=NEVER",
                                      "a@b\xc3\xbc.example",
                                      "\"a b\"@c.example"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_smtp_address_fits(bad[i]), "%s", bad[i]);
    char longest[300] = "";
    memset(longest, 'a', 64);
    snprintf(longest + 64, sizeof longest - 64, "@b.example");
    ck_assert(dn_smtp_address_fits(longest));
    memmove(longest + 1, longest, strlen(longest) + 1);
    ck_assert(!dn_smtp_address_fits(longest));
}
END_TEST

START_TEST(commands_have_their_parameters_when_offered)
{
    struct dn_buf out = {0};
    dn_smtp_add_mail(&out, "r@x.example", "abc", true);
    dn_smtp_add_rcpt(&out, "a+b=c@x.example", true);
    dn_smtp_add_mail(&out, "r@x.example", "abc", false);
    dn_smtp_add_rcpt(&out, "a+b=c@x.example", false);
    ck_assert_str_eq(out.at, "MAIL FROM:<r@x.example> RET=HDRS ENVID=abc\r\n"
                             "RCPT TO:<a+b=c@x.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb+3Dc@x.example\r\n"
                             "MAIL FROM:<r@x.example>\r\nRCPT TO:<a+b=c@x.example>\r\n");
    dn_buf_reset(&out);
    dn_smtp_return_path("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "x.example", &out);
    ck_assert_str_eq(out.at, "bounces+0123456789abcdef0123456789abcdef@x.example");
    dn_buf_clear(&out);
}
END_TEST

START_TEST(offers_are_read_and_forgotten_at_starttls)
{
    struct dn_smtp_offer offer = {0};
    dn_smtp_offer_line(&offer, DN_TEXT("220 mail.example ESMTP\r\n"));
    dn_smtp_offer_line(&offer, DN_TEXT("250-mail.example\r\n"));
    dn_smtp_offer_line(&offer, DN_TEXT("250-Pipelining\r\n"));
    dn_smtp_offer_line(&offer, DN_TEXT("250-SIZE 10240000\r\n"));
    dn_smtp_offer_line(&offer, DN_TEXT("250-AUTH PLAIN LOGIN\r\n"));
    dn_smtp_offer_line(&offer, DN_TEXT("250-DSNX\r\n"));
    dn_smtp_offer_line(&offer, DN_TEXT("250 SMTPUTF8\r\n"));
    ck_assert(offer.pipelining && offer.auth && !offer.dsn && offer.size == 10240000);
    dn_smtp_offer_line(&offer, DN_TEXT("220 go ahead\r\n"));
    ck_assert(!offer.pipelining && !offer.auth && !offer.dsn && offer.size == 0);
    dn_smtp_offer_line(&offer, DN_TEXT("250 DSN"));
    dn_smtp_offer_line(&offer, DN_TEXT("250-SIZE"));
    dn_smtp_offer_line(&offer, DN_TEXT("250"));
    dn_smtp_offer_line(&offer, DN_TEXT(""));
    ck_assert(offer.dsn && offer.size == 0);
}
END_TEST

static void wire(const char *message, const char *want)
{
    struct dn_buf out = {0};
    dn_smtp_add_message(&out, dn_text_of(message));
    ck_assert_str_eq(out.at, want);
    dn_buf_clear(&out);
}

START_TEST(dots_are_stuffed_and_only_the_last_one_ends)
{
    wire("a\r\n", "a\r\n.\r\n");
    wire(".\r\n", "..\r\n.\r\n");
    wire(".a\r\n..\r\nb.c\r\n.\r\n", "..a\r\n...\r\nb.c\r\n..\r\n.\r\n");
    wire("\r\n.\r\n\r\n", "\r\n..\r\n\r\n.\r\n");
}
END_TEST

START_TEST(a_message_with_other_line_ends_does_not_leave)
{
    char line[1100] = "";
    static const char *const bad[] = {"",
                                      "a",
                                      "a\n",
                                      "a\r\nb",
                                      "a\r\n.\nb\r\n",
                                      "a\rb\r\n",
                                      "\n.\r\n",
                                      "a\r\n.\r.\r\n",
                                      "a\r\r\n",
                                      "\xc3\xa9\r\n",
                                      "a\r\n\n",
                                      "a\r\n\r",
                                      "a\r"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(dn_smtp_check_message(dn_text_of(bad[i]), &err) == DN_INVALID, "case %zu", i);
    ck_assert_int_eq(dn_smtp_check_message(DN_TEXT("a\0b\r\n"), &err), DN_INVALID);
    ck_assert_int_eq(dn_smtp_check_message(DN_TEXT("Subject: a\r\n\r\n.\r\nb\r\n"), &err), DN_OK);
    for (size_t at = 0; at < 38; at++) /* wherever in a word it stands */
        for (size_t i = 0; i < 5; i++) {
            char text[] = "a message of two lines\r\nthat is good\r\n";
            text[at] = "\0\r\n\x80\xff"[i];
            bool is_end = strcmp(text, "a message of two lines\r\nthat is good\r\n") == 0;
            ck_assert_int_eq(dn_smtp_is_clean((struct dn_text){text, sizeof text - 1}), is_end);
            ck_assert_int_eq(dn_smtp_check_message((struct dn_text){text, sizeof text - 1}, &err),
                             is_end ? DN_OK : DN_INVALID);
        }
    memset(line, 'x', 998);
    memcpy(line + 998, "\r\n", 3);
    ck_assert_int_eq(dn_smtp_check_message(dn_text_of(line), &err), DN_OK);
    memcpy(line + 998, "x\r\n", 4);
    ck_assert_int_eq(dn_smtp_check_message(dn_text_of(line), &err), DN_INVALID);
}
END_TEST

/* --- the engine, without a server --- */

static struct dn_smtp *open_engine(const char *url, int64_t wait_ms)
{
    struct dn_smtp *engine;
    struct dn_smtp_settings settings = {.url = url,
                                        .ehlo = "sender.example",
                                        .connections = 2,
                                        .first_wait_ms = wait_ms,
                                        .longest_ms = wait_ms,
                                        .tls = DN_SMTP_TLS_NONE,
                                        .timeouts = dn_smtp_patience};
    ck_assert_msg(dn_smtp_open(&settings, &engine, &err) == DN_OK, "%s", err.text);
    return engine;
}

static const struct dn_smtp_letter letter = {.number = 7,
                                             .return_path = "bounces+0@x.example",
                                             .recipient = "a@x.example",
                                             .envid = "0123abcdef",
                                             .message = {"Subject: x\r\n\r\nx\r\n", 17}};

START_TEST(a_letter_that_may_not_leave_is_not_taken)
{
    struct dn_smtp *engine = open_engine("smtp://127.0.0.1:9", 1000);
    struct dn_smtp_letter bad = letter;
    bad.recipient = "a@x.example\r\nRCPT TO:<b@x.example>";
    ck_assert_int_eq(dn_smtp_submit(engine, &bad, &err), DN_INVALID);
    bad = letter;
    bad.return_path = "a@x.example> SMTPUTF8";
    ck_assert_int_eq(dn_smtp_submit(engine, &bad, &err), DN_INVALID);
    bad = letter;
    bad.envid = "abc def";
    ck_assert_int_eq(dn_smtp_submit(engine, &bad, &err), DN_INVALID);
    bad = letter;
    bad.message = DN_TEXT("a\n.\n");
    ck_assert_int_eq(dn_smtp_submit(engine, &bad, &err), DN_INVALID);
    ck_assert_uint_eq(dn_smtp_letters(engine), 0);
    ck_assert_uint_eq(dn_smtp_room(engine), 4);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(dn_smtp_submit(engine, &letter, &err), DN_OK);
    ck_assert_int_eq(dn_smtp_submit(engine, &letter, &err), DN_INVALID);
    dn_smtp_close(engine);
}
END_TEST

START_TEST(what_is_recalled_comes_back_once)
{
    struct dn_smtp *engine = open_engine("smtp://127.0.0.1:9", 1000);
    struct dn_smtp_result result;
    size_t number;
    ck_assert_int_eq(dn_smtp_submit(engine, &letter, &err), DN_OK);
    ck_assert_uint_eq(dn_smtp_letters(engine), 1);
    dn_smtp_recall(engine, "not today");
    ck_assert(!dn_smtp_ready(engine, &number));
    ck_assert(dn_smtp_result(engine, &result));
    ck_assert_uint_eq(result.number, 7);
    ck_assert_int_eq(result.outcome.state, DN_STATE_DEFERRED);
    ck_assert(result.of_relay && !result.intent);
    ck_assert_str_eq(result.outcome.reason, "not today");
    ck_assert(!dn_smtp_result(engine, &result));
    ck_assert_uint_eq(dn_smtp_letters(engine), 0);
    dn_smtp_close(engine);
}
END_TEST

START_TEST(a_relay_that_is_not_there_keeps_the_letter_waiting)
{
    struct dn_smtp *engine = open_engine("smtp://127.0.0.1:1", 100000);
    struct dn_smtp_result result;
    ck_assert_int_eq(dn_smtp_submit(engine, &letter, &err), DN_OK);
    for (int i = 0; i < 100 && dn_smtp_relay(engine).state == DN_SMTP_RELAY_WELL; i++)
        ck_assert_int_eq(dn_smtp_turn(engine, 100, &err), DN_OK);
    struct dn_smtp_relay relay = dn_smtp_relay(engine);
    ck_assert_int_eq(relay.state, DN_SMTP_RELAY_WAITING);
    ck_assert_int_gt(relay.wait_ms, 5000);
    ck_assert_int_le(relay.wait_ms, 100000);
    ck_assert(strncmp(relay.reason, "connect: ", 9) == 0);
    ck_assert(!dn_smtp_result(engine, &result));
    ck_assert_uint_eq(dn_smtp_letters(engine), 1);
    dn_smtp_close(engine);
}
END_TEST

START_TEST(a_name_that_is_none_is_not_said)
{
    struct dn_smtp_settings settings = {.url = "smtp://127.0.0.1", .ehlo = "a b\r\nMAIL", .connections = 1};
    struct dn_smtp *engine;
    ck_assert_int_eq(dn_smtp_open(&settings, &engine, &err), DN_INVALID);
    settings.ehlo = NULL;
    ck_assert_int_eq(dn_smtp_open(&settings, &engine, &err), DN_INVALID);
    ck_assert_ptr_null(engine);
}
END_TEST

START_TEST(tls_secrets_are_not_logged)
{
    ck_assert_int_eq(setenv("SSLKEYLOGFILE", "/tmp/never", 1), 0);
    dn_smtp_close(open_engine("smtp://127.0.0.1:9", 1000));
    ck_assert_ptr_null(getenv("SSLKEYLOGFILE"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("smtp");
    TCase *tests = tcase_create("smtp");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, tls_secrets_are_not_logged); /* first: libcurl is prepared once a process */
    tcase_add_test(tests, replies_are_read_however_they_come);
    tcase_add_test(tests, half_a_reply_is_none);
    tcase_add_test(tests, nonsense_is_told_from_a_reply);
    tcase_add_test(tests, endless_lines_and_endless_replies_end);
    tcase_add_test(tests, code_and_enhanced_status_are_told_apart_from_text);
    tcase_add_test(tests, the_relays_name_of_a_message_is_found);
    tcase_add_test(tests, what_a_server_says_is_safe_in_a_ledger);
    tcase_add_test(tests, every_reply_at_every_step_has_its_verdict);
    tcase_add_test(tests, no_reply_makes_a_lie);
    tcase_add_test(tests, what_cannot_mend_by_itself_stops);
    tcase_add_test(tests, no_address_brings_a_command_of_its_own);
    tcase_add_test(tests, commands_have_their_parameters_when_offered);
    tcase_add_test(tests, offers_are_read_and_forgotten_at_starttls);
    tcase_add_test(tests, dots_are_stuffed_and_only_the_last_one_ends);
    tcase_add_test(tests, a_message_with_other_line_ends_does_not_leave);
    tcase_add_test(tests, a_letter_that_may_not_leave_is_not_taken);
    tcase_add_test(tests, what_is_recalled_comes_back_once);
    tcase_add_test(tests, a_relay_that_is_not_there_keeps_the_letter_waiting);
    tcase_add_test(tests, a_name_that_is_none_is_not_said);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
