#include <check.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "channel/header.h"
#include "channel/message.h"

/* A literal as an array that owned strings of a plain record can point to. */
#define M(text) ((char[]){text})
#define PADLOCKS "\xf0\x9f\x94\x92\xf0\x9f\x94\x92\xf0\x9f\x94\x92\xf0\x9f\x94\x92\xf0\x9f\x94\x92"
#define KEY "0123456789abcdef0123456789abcdef00000000000000000000000000000000"

static struct dn_composer *composer;

static void set_up(void)
{
    composer = dn_composer_open();
}

static void tear_down(void)
{
    dn_composer_free(composer);
}

static struct dn_message plain_message(void)
{
    struct dn_message message = {.from_email = "notices@provider.example",
                                 .to = "admin@contoso.example",
                                 .subject = "Notice",
                                 .text = "Hello\n",
                                 .html = "<p>Hello</p>\n",
                                 .language = "en",
                                 .key = KEY,
                                 .id_domain = "id.provider.example"};
    dn_instant_parse(DN_TEXT("2026-06-15T18:00:00Z"), &message.date);
    return message;
}

static struct dn_buf composed(const struct dn_message *message)
{
    struct dn_buf bytes = {0};
    struct dn_error err = {0};
    ck_assert_msg(dn_message_compose(composer, message, &bytes, &err) == DN_OK, "%s", err.text);
    return bytes;
}

/* The oracle: GMime's parser, which shares nothing with our header writer. */
static GMimeMessage *parsed(const struct dn_buf *bytes)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes->at, bytes->size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    ck_assert_ptr_nonnull(message);
    return message;
}

static struct dn_buf part_bytes(GMimeObject *part)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    struct dn_buf bytes = {0};
    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(part)), stream);
    GByteArray *array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    dn_buf_add(&bytes, array->data, array->len);
    g_object_unref(stream);
    return bytes;
}

START_TEST(test_the_header_is_exactly_this)
{
    struct dn_message message = plain_message();
    message.from_name = "Provider \"Security\"";
    message.reply_name = "R\xc3\xa9ponse";
    message.reply_email = "reply@provider.example";
    struct dn_buf bytes = composed(&message);
    const char *want = "From: \"Provider \\\"Security\\\"\" <notices@provider.example>\r\n"
                       "Reply-To: =?utf-8?Q?R=C3=A9ponse?=\r\n <reply@provider.example>\r\n"
                       "To: <admin@contoso.example>\r\n"
                       "Subject: Notice\r\n"
                       "Date: Mon, 15 Jun 2026 18:00:00 +0000\r\n"
                       "Message-ID: <0123456789abcdef0123456789abcdef@id.provider.example>\r\n"
                       "Auto-Submitted: auto-generated\r\n"
                       "Content-Language: en\r\n"
                       "MIME-Version: 1.0\r\n"
                       "Content-Type: multipart/alternative;";
    ck_assert_msg(strncmp(bytes.at, want, strlen(want)) == 0, "%s", bytes.at);
    dn_buf_clear(&bytes);
}
END_TEST

START_TEST(test_the_same_values_give_the_same_bytes)
{
    struct dn_message message = plain_message();
    struct dn_attachment attachment = {M("a.csv"), M("text/csv; charset=utf-8"), M("x,y\n"), 4};
    message.attachments = &attachment;
    message.attachment_count = 1;
    struct dn_buf one = composed(&message);
    tear_down();
    set_up();
    struct dn_buf two = composed(&message);
    ck_assert_uint_eq(one.size, two.size);
    ck_assert_int_eq(memcmp(one.at, two.at, one.size), 0);
    dn_buf_clear(&one);
    dn_buf_clear(&two);
}
END_TEST

static void check_subject(const char *subject)
{
    struct dn_message message = plain_message();
    message.subject = subject;
    struct dn_buf bytes = composed(&message);
    GMimeMessage *back = parsed(&bytes);
    ck_assert_str_eq(g_mime_message_get_subject(back), subject);
    ck_assert_int_eq(internet_address_list_length(g_mime_message_get_all_recipients(back)), 1);
    g_object_unref(back);
    for (const char *line = bytes.at; line && *line && strncmp(line, "MIME-Version", 12) != 0;) {
        const char *end = strstr(line, "\r\n");
        ck_assert_msg(end - line <= 78, "a header line of %d: %s", (int)(end - line), bytes.at);
        line = end + 2;
    }
    dn_buf_clear(&bytes);
}

START_TEST(test_a_subject_comes_back_as_it_was)
{
    static const char *const subjects[] = {
        "Notice",
        "Notification d'une violation de donn\xc3\xa9 \xc3\xa0 caract\xc3\xa8re personnel, \xc3\xa0 lire aujourd'hui",
        (PADLOCKS PADLOCKS PADLOCKS),
        "looks =?utf-8?B?ZW5jb2RlZA==?= but is not",
        "a subject of plain words that is so long that it has to be folded at one of its blanks, and once more",
        "two  blanks in a plain subject  that is long enough  to be folded at one of them, which must not lose one",
        "oneverylongwordoneverylongwordoneverylongwordoneverylongwordoneverylongwordoneverylongwordoneverylongword",
        "=cmd|' /C calc'!A0",
        "From: x@y.example: , ; <z> \"q\" \\",
    };
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
        check_subject(subjects[i]);
}
END_TEST

/* Characters of one to four bytes, no control characters, no blanks at the ends or doubled (what a reader may fold). */
static void random_subject(char *text, unsigned *seed)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         "9",
                                         "=",
                                         "?",
                                         "_",
                                         "\"",
                                         "\\",
                                         "<",
                                         "@",
                                         ",",
                                         " b",
                                         "\xc3\xa9",
                                         "\xce\xa9",
                                         "\xe6\xbc\xa2",
                                         "\xe2\x82\xac",
                                         "\xf0\x9f\x98\x80",
                                         "=?utf-8?Q?x?= y"};
    size_t count = 1 + (size_t)rand_r(seed) % 120;
    bool ascii = rand_r(seed) % 3 == 0;
    strcpy(text, "s");
    for (size_t i = 0; i < count; i++)
        strcat(text, pieces[(size_t)rand_r(seed) % (ascii ? 12 : sizeof pieces / sizeof *pieces)]);
}

START_TEST(test_random_subjects_come_back)
{
    unsigned seed = 20260615;
    char text[120 * 16 + 2];
    for (int i = 0; i < 3000; i++) {
        random_subject(text, &seed);
        check_subject(text);
    }
}
END_TEST

START_TEST(test_hostile_header_text_is_refused)
{
    static const char *const hostile[] = {"a\r\nBcc: x@y.example",
                                          "a\nb",
                                          "a\rb",
                                          "a\tb",
                                          "\x1b[31m",
                                          "a\x7f",
                                          "a\xe2\x80\xa8"
                                          "b",
                                          "a\xe2\x80\xae"
                                          "b",
                                          "a\xc2\x85"
                                          "b",
                                          "bad \xff utf-8"};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct dn_message message = plain_message();
        struct dn_buf bytes = {0};
        struct dn_error err = {0};
        message.subject = hostile[i];
        ck_assert_int_eq(dn_message_compose(composer, &message, &bytes, &err), DN_INVALID);
        ck_assert_uint_eq(bytes.size, 0);
        message.subject = "Notice";
        message.from_name = hostile[i];
        ck_assert_int_eq(dn_message_compose(composer, &message, &bytes, &err), DN_INVALID);
        message.from_name = NULL;
        message.language = hostile[i];
        ck_assert_int_eq(dn_message_compose(composer, &message, &bytes, &err), DN_INVALID);
        message.language = "en";
        message.id_domain = hostile[i];
        ck_assert_int_eq(dn_message_compose(composer, &message, &bytes, &err), DN_INVALID);
    }
}
END_TEST

START_TEST(test_hostile_addresses_are_refused)
{
    static const char *const hostile[] = {
        "",
        " ",
        "a",
        "a@",
        "@b.example",
        "a@b",
        "a b@c.example",
        "a@b.example ",
        "a@b.example\r\nBcc: <c@d.example>",
        "a@b.example>\r\nRCPT TO:<evil@z.example",
        "a@b.example,c@d.example",
        "a@b.example;c@d.example",
        "<a@b.example>",
        "a@b.example> NOTIFY=NEVER",
        "\"a b\"@c.example",
        "\"a\"@c.example",
        "a(comment)@b.example",
        "a@[127.0.0.1]",
        "a@b.example\n",
        "a\t@b.example",
        "a@b@c.example",
        "a..b@c.example",
        ".a@c.example",
        "a.@c.example",
        "a@-b.example",
        "a@b..example",
        "a:b@c.example",
        "a\\b@c.example",
        "a@b.example\x7f",
        "\xc3\xa9@b.example",
        "a@b.example/..",
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct dn_message message = plain_message();
        struct dn_buf bytes = {0};
        struct dn_error err = {0};
        message.to = hostile[i];
        ck_assert_msg(dn_message_compose(composer, &message, &bytes, &err) == DN_INVALID, "%s", hostile[i]);
        ck_assert_uint_eq(bytes.size, 0);
    }
}
END_TEST

static void check_body(const char *text)
{
    struct dn_message message = plain_message();
    message.text = text;
    struct dn_buf bytes = composed(&message);
    GMimeMessage *back = parsed(&bytes);
    GMimeMultipart *both = GMIME_MULTIPART(g_mime_message_get_mime_part(back));
    ck_assert_int_eq(g_mime_multipart_get_count(both), 2);
    struct dn_buf found = part_bytes(g_mime_multipart_get_part(both, 0)), want = {0};
    for (const char *c = text; *c; c++)
        dn_buf_add(&want, *c == '\n' ? "\r\n" : c, *c == '\n' ? 2 : 1);
    /* QP line ends are those of the mail */
    ck_assert_msg(found.size == want.size && memcmp(found.at, want.at, want.size) == 0, "%s\n---\n%s", found.at,
                  bytes.at);
    dn_buf_clear(&found);
    dn_buf_clear(&want);
    dn_buf_clear(&bytes);
    g_object_unref(back);
}

START_TEST(test_bodies_come_back_as_they_were)
{
    char line[6001];
    memset(line, 'x', 5999);
    strcpy(line + 5999, "\n");
    check_body(line);
    check_body("a\n.\nb\n..\n");
    check_body("trailing blanks   \nand a tab\t\n");
    check_body("From here\n--=_0123456789abcdef0123456789abcdef_a--\n=3D =\n");
    check_body("\xc3\xa9\xc3\xa8 \xf0\x9f\x94\x92 \xe6\xbc\xa2\n\n\n");
}
END_TEST

START_TEST(test_attachments_keep_every_byte)
{
    char all[512];
    for (int i = 0; i < 512; i++)
        all[i] = (char)i;
    struct dn_attachment attachments[] = {{M("affected-resources.csv"), M("text/csv; charset=utf-8"), all, sizeof all},
                                          {M("article-33.yaml"), M("application/yaml"), M("a: b\n"), 5}};
    struct dn_message message = plain_message();
    message.attachments = attachments;
    message.attachment_count = 2;
    struct dn_buf bytes = composed(&message);
    GMimeMessage *back = parsed(&bytes);
    GMimeMultipart *mixed = GMIME_MULTIPART(g_mime_message_get_mime_part(back));
    ck_assert_int_eq(g_mime_multipart_get_count(mixed), 3);
    GMimeObject *part = g_mime_multipart_get_part(mixed, 1);
    ck_assert_str_eq(g_mime_part_get_filename(GMIME_PART(part)), "affected-resources.csv");
    struct dn_buf found = part_bytes(part);
    ck_assert_uint_eq(found.size, sizeof all);
    ck_assert_int_eq(memcmp(found.at, all, sizeof all), 0);
    dn_buf_clear(&found);
    dn_buf_clear(&bytes);
    g_object_unref(back);
}
END_TEST

START_TEST(test_a_date_is_of_its_day)
{
    static const char *const cases[][2] = {
        {"2024-02-29T23:59:59Z", "Date: Thu, 29 Feb 2024 23:59:59 +0000\r\n"},
        {"1970-01-01T00:00:00Z", "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"},
        {"2026-06-15T01:00:00.5+02:00", "Date: Sun, 14 Jun 2026 23:00:00 +0000\r\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dn_buf field = {0};
        struct dn_instant at;
        ck_assert(dn_instant_parse(dn_text_of(cases[i][0]), &at));
        dn_header_add_date(&field, at);
        ck_assert_str_eq(field.at, cases[i][1]);
        dn_buf_clear(&field);
    }
}
END_TEST

START_TEST(test_the_gate_sees_what_is_wrong)
{
    static const char *const fields[] = {"A", "B", NULL};
    char wide[2100] = "A: ";
    struct dn_error err = {0};
    static const struct {
        const char *bytes;
        size_t size;
        enum dn_status want;
    } cases[] = {
#define CASE(text, want) {text, sizeof text - 1, want}
        CASE("A: 1\r\nB: 2\r\n\r\nbody\r\n", DN_OK),
        CASE("A: 1\r\n folded\r\nB: 2\r\n\r\n", DN_OK),
        CASE("A: 1\r\nB: 2\r\n\r\nbody", DN_INVALID),
        CASE("A: 1\nB: 2\r\n\r\n", DN_INVALID),
        CASE("A: 1\r\nB: 2\r\n\r\na\rb\r\n", DN_INVALID),
        CASE("A: 1\r\nB: 2\r\n\r\na\n.\nb\r\n", DN_INVALID),
        CASE("A: 1\r\nB: 2\r\n\r\na\0b\r\n", DN_INVALID),
        CASE("A: 1\r\nB: 2\r\n\r\n\xc3\xa9\r\n", DN_INVALID),
        CASE("A: 1\r\nB: 2\r\nBcc: x@y\r\n\r\n", DN_INVALID),
        CASE("A: 1\r\nA: 1\r\nB: 2\r\n\r\n", DN_INVALID),
        CASE("B: 2\r\nA: 1\r\n\r\n", DN_INVALID),
        CASE("A: 1\r\n\r\nB: 2\r\n", DN_INVALID),
        CASE("", DN_INVALID),
        CASE("\r\n", DN_INVALID),
        CASE("A: 1\r\nB: 2\r\n\r\nx\r", DN_INVALID),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_msg(dn_message_gate((struct dn_text){cases[i].bytes, cases[i].size}, fields, &err) == cases[i].want,
                      "case %zu", i);
    for (size_t size = 998; size <= 999; size++) {
        memset(wide + 3, 'x', size - 3);
        strcpy(wide + size, "\r\nB: 2\r\n\r\n");
        ck_assert_int_eq(dn_message_gate(dn_text_of(wide), fields, &err), size == 998 ? DN_OK : DN_INVALID);
    }
}
END_TEST

START_TEST(test_a_row_becomes_a_message)
{
    struct dn_content content = {.language = M("fr"),
                                 .subject = M("Sujet"),
                                 .text = M("t\n"),
                                 .html = M("<p>t</p>\n"),
                                 .reference_subject = M("Ref"),
                                 .reference_text = M("r\n"),
                                 .reference_html = M("<p>r</p>\n")};
    struct dn_attachment attachment = {M("a.csv"), M("text/csv"), M("x\n"), 2};
    struct dn_config config = {0};
    struct dn_plan_row row = {.recipient = M("admin@contoso.example"), .key = KEY};
    struct dn_message message;
    content.attachments = &attachment;
    content.attachment_count = 1;
    dn_message_of(&row, &content, &config, (struct dn_instant){0, 0}, &message);
    ck_assert_str_eq(message.from_email, "notices@localhost.invalid");
    ck_assert_str_eq(message.id_domain, "localhost.invalid");
    ck_assert_str_eq(message.subject, "Sujet");
    ck_assert_uint_eq(message.attachment_count, 1);
    row.reference_only = true;
    dn_message_of(&row, &content, &config, (struct dn_instant){0, 0}, &message);
    ck_assert_str_eq(message.subject, "Ref");
    ck_assert_str_eq(message.text, "r\n");
    ck_assert_str_eq(message.html, "<p>r</p>\n");
    ck_assert_uint_eq(message.attachment_count, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("message");
    TCase *cases = tcase_create("message");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 0);
    tcase_add_test(cases, test_the_header_is_exactly_this);
    tcase_add_test(cases, test_the_same_values_give_the_same_bytes);
    tcase_add_test(cases, test_a_subject_comes_back_as_it_was);
    tcase_add_test(cases, test_random_subjects_come_back);
    tcase_add_test(cases, test_hostile_header_text_is_refused);
    tcase_add_test(cases, test_hostile_addresses_are_refused);
    tcase_add_test(cases, test_bodies_come_back_as_they_were);
    tcase_add_test(cases, test_attachments_keep_every_byte);
    tcase_add_test(cases, test_a_date_is_of_its_day);
    tcase_add_test(cases, test_the_gate_sees_what_is_wrong);
    tcase_add_test(cases, test_a_row_becomes_a_message);
    suite_add_tcase(made, cases);
    return made;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
