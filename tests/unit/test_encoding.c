/* The short ways of the encoder give GMime's bytes. */
#include <check.h>
#include <string.h>

#include "channel/encoding.h"

static struct dn_encoder encoder;
static unsigned state = 20261122;

static unsigned next_random(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void set_up(void)
{
    struct dn_error err;
    ck_assert_int_eq(dn_gmime_load(&encoder.gmime, &err), DN_OK);
    encoder.gmime->mime_init();
}

static void tear_down(void)
{
    dn_encoder_clear(&encoder);
}

/* All of it by GMime at once, its LF as CRLF. */
static void add_oracle(GMimeContentEncoding encoding, struct dn_text text, struct dn_buf *into)
{
    GMimeEncoding whole;
    struct dn_buf out = {0};
    encoder.gmime->mime_encoding_init_encode(&whole, encoding);
    char *at = dn_buf_reserve(&out, encoder.gmime->mime_encoding_outlen(&whole, text.size));
    size_t size = encoder.gmime->mime_encoding_flush(&whole, text.size ? text.at : "", text.size, at);
    for (size_t i = 0; i < size; i++) {
        if (at[i] == '\n')
            dn_buf_addc(into, '\r');
        dn_buf_addc(into, at[i]);
    }
    dn_buf_clear(&out);
}

static void check_same(GMimeContentEncoding encoding, struct dn_text text)
{
    struct dn_buf ours = {0}, theirs = {0};
    if (encoding == GMIME_CONTENT_ENCODING_BASE64)
        dn_encode_base64(&encoder, text, &ours);
    else
        dn_encode_quoted(&encoder, text, &ours);
    add_oracle(encoding, text, &theirs);
    ck_assert_msg(dn_text_equal(dn_buf_text(&ours), dn_buf_text(&theirs)), "of '%.*s':\n%s\nand not\n%s",
                  (int)text.size, text.size ? text.at : "", ours.at, theirs.at);
    dn_buf_clear(&ours);
    dn_buf_clear(&theirs);
}

/* Mostly plain, of a length about where lines are broken, with what has to be encoded here and there. */
static void add_random_line(struct dn_buf *text)
{
    static const char *const odd[] = {"=", "\t", " ", "\xc3\xa9", "\r", "\x7f", "\x01", "~", "!", "\xff", "  \t"};
    size_t size = next_random() % 4 ? 68 + next_random() % 12 : next_random() % 400, many = next_random() % 3;
    for (size_t i = 0; i < size; i++) {
        if (many && next_random() % 40 < many)
            dn_buf_adds(text, odd[next_random() % (sizeof odd / sizeof *odd)]);
        else
            dn_buf_addc(text, (char)(' ' + next_random() % 29)); /* blanks to '<' */
    }
    if (next_random() % 8 == 0)
        dn_buf_adds(text, odd[next_random() % (sizeof odd / sizeof *odd)]);
}

START_TEST(texts_are_quoted_as_gmime_does)
{
    for (int round = 0; round < 20000; round++) {
        struct dn_buf text = {0};
        for (size_t lines = next_random() % 6; lines > 0; lines--) {
            add_random_line(&text);
            if (lines > 1 || next_random() % 2)
                dn_buf_adds(&text, next_random() % 10 ? "\n" : "\n\n");
        }
        check_same(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, dn_buf_text(&text));
        dn_buf_clear(&text);
    }
}
END_TEST

/* Each byte at each place of a line of a few. */
START_TEST(every_byte_is_quoted_as_gmime_does)
{
    for (int byte = 0; byte < 256; byte++)
        for (size_t place = 0; place < 20; place++) {
            char text[] = "a line of twenty bytes\nand another\n";
            text[place] = (char)byte;
            check_same(GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, (struct dn_text){text, sizeof text - 1});
        }
}
END_TEST

START_TEST(bytes_are_in_base64_as_gmime_has_them)
{
    static char bytes[1000];
    for (size_t size = 0; size < sizeof bytes; size++) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (char)next_random();
        check_same(GMIME_CONTENT_ENCODING_BASE64, (struct dn_text){bytes, size});
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("encoding");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, texts_are_quoted_as_gmime_does);
    tcase_add_test(tcase, every_byte_is_quoted_as_gmime_does);
    tcase_add_test(tcase, bytes_are_in_base64_as_gmime_has_them);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
