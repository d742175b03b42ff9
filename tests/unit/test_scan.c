/* stream: the scan's kernels against a scan byte by byte, and all lanes of the reader against libcsv. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "stream/csv.h"
#include "stream/scan.h"
#include "text_file.h"

static const enum dn_scan_kernel kernels[] = {DN_SCAN_PORTABLE, DN_SCAN_AVX2, DN_SCAN_AVX512};
static const enum dn_csv_lane lanes[] = {DN_CSV_PORTABLE, DN_CSV_AVX2, DN_CSV_AVX512, DN_CSV_FAST};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* In front of the C library's: no read gives more. */
static size_t most_read = SIZE_MAX;
ssize_t read(int fd, void *at, size_t room);
ssize_t read(int fd, void *at, size_t room)
{
    struct iovec piece = {at, room < most_read ? room : most_read};
    return readv(fd, &piece, 1);
}

/* A text with a block of anything in front and behind. */
struct padded {
    char *base, *at;
    size_t size;
};

static struct padded pad(struct dn_text text)
{
    struct padded padded = {malloc(text.size + 128), NULL, text.size};
    padded.at = padded.base + 64;
    memset(padded.base, '"', text.size + 128);
    memset(padded.base, 0, 64);
    memcpy(padded.at, text.at, text.size);
    return padded;
}

/* What a scan is to find, byte by byte as the grammar says it. */
static void expect(const char *at, size_t size, char delimiter, bool complete, struct dn_buf *out)
{
    enum { START, PLAIN, QUOTED, MARK, CR } state = START;
    size_t start = 0, fields = 0;
    for (size_t i = 0; i < size; i++) {
        char c = at[i];
        bool end = (c == delimiter || c == '\n') && state != QUOTED && (state != CR || c == '\n');
        bool good = state == QUOTED || end || (state == MARK ? c == '"' || c == '\r' : state != CR);
        good = good && !(c == '"' && state == PLAIN);
        if (!good) {
            dn_buf_addf(out, "bad %zu", i);
            return;
        }
        if (state == QUOTED && c == '\n')
            dn_buf_addf(out, "break %zu ", i);
        fields += end;
        if (end)
            dn_buf_addf(out, "%zu ", i);
        if (end && c == '\n') {
            dn_buf_addf(out, "record %zu\n", fields);
            start = i + 1;
        }
        if (end)
            state = START;
        else if (state == QUOTED)
            state = c == '"' ? MARK : QUOTED;
        else
            state = c == '"' ? QUOTED : c == '\r' ? CR : PLAIN;
    }
    if (complete && start < size) {
        if (state == QUOTED || state == CR)
            dn_buf_addf(out, "bad %zu", size);
        else
            dn_buf_addf(out, "%zu record %zu\n", size, fields + 1);
    }
}

/* What was found, in the same words. */
static void say(const struct dn_scan *scan, struct dn_buf *out)
{
    size_t record = 0, broken = 0;
    for (size_t i = 0; i <= scan->end_count; i++) {
        uint32_t next = i < scan->end_count ? scan->ends[i] : DN_SCAN_NONE;
        while (scan->breaks[broken] < next)
            dn_buf_addf(out, "break %u ", (unsigned)scan->breaks[broken++]);
        if (i == scan->end_count)
            break;
        dn_buf_addf(out, "%u ", (unsigned)next);
        if (record < scan->record_count && scan->records[record].end == next) {
            uint32_t fields = scan->records[record++].fields & ~DN_SCAN_QUOTED;
            ck_assert_uint_eq(fields, i + 1);
            dn_buf_addf(out, "record %u\n", (unsigned)fields);
        }
    }
    ck_assert_uint_eq(record, scan->record_count);
    ck_assert_uint_eq(broken, scan->break_count);
    if (scan->bad != DN_SCAN_NONE)
        dn_buf_addf(out, "bad %u", (unsigned)scan->bad);
}

/* Are the records that have quotes marked, and those that have none not? */
static void check_marks(const struct dn_scan *scan, const char *at)
{
    size_t start = 0;
    for (size_t i = 0; i < scan->record_count; i++) {
        size_t end = scan->records[i].end;
        bool quoted = end > start && memchr(at + start, '"', end - start);
        ck_assert_int_eq(quoted, (scan->records[i].fields & DN_SCAN_QUOTED) != 0);
        start = end + 1;
    }
}

/* Is everything that is no clean text suspected? */
static void check_suspects(const struct dn_scan *scan, const char *at, size_t size)
{
    size_t bad = 0, end = scan->bad == DN_SCAN_NONE ? size : scan->bad;
    const char *nul = memchr(at, 0, end);
    if (nul)
        ck_assert(scan->suspect_from <= (size_t)(nul - at) && scan->suspect_to > (size_t)(nul - at));
    if (!dn_text_utf8((struct dn_text){at, end}, &bad))
        ck_assert_msg(scan->suspect_from <= bad && scan->suspect_to >= bad, "%zu of %zu", bad, end);
}

static void scan_in_steps(struct dn_scan *scan, const struct padded *text, size_t step, bool complete)
{
    size_t done = 0;
    for (size_t to = step; to < text->size; to += step)
        done = dn_scan_run(scan, text->at, done, to);
    done = dn_scan_run(scan, text->at, done, text->size);
    dn_scan_finish(scan, text->at, done, text->size, complete);
}

static void check_text(struct dn_text text, char delimiter, size_t step)
{
    struct padded padded = pad(text);
    struct dn_buf expected = {0}, got = {0};
    expect(padded.at, text.size, delimiter, step % 2, &expected);
    for (size_t k = 0; k < COUNT(kernels); k++) {
        struct dn_scan scan;
        if (!dn_scan_begin(&scan, delimiter, kernels[k]))
            continue;
        scan_in_steps(&scan, &padded, step, step % 2);
        dn_buf_reset(&got);
        say(&scan, &got);
        ck_assert_msg(dn_text_equal(dn_buf_text(&got), dn_buf_text(&expected)), "kernel %zu: '%.*s'\n%s\n%s", k,
                      (int)text.size, text.at, got.at ? got.at : "", expected.at ? expected.at : "");
        if (scan.bad == DN_SCAN_NONE && step % 2)
            check_marks(&scan, padded.at);
        check_suspects(&scan, padded.at, text.size);
        dn_scan_clear(&scan);
    }
    dn_buf_clear(&expected);
    dn_buf_clear(&got);
    free(padded.base);
}

/* Random pieces; most texts are regular, and then fields and records of all sizes meet all places of a block. */
static void random_text(struct dn_buf *text, bool regular)
{
    static const char *const pieces[] = {",",        ",",     "\n",         "a",        "\r\n",         "bb\n",
                                         "\"\",",    "\"x\"", "\xc3\xa9",   "plain\n",  "\"a\"\"b\"\n", "\"q\nq\r\n\",",
                                         "\"\"\"\"", " ",     "1234567890", "\"a,b\",", "\"c\"\r\n",    ",,,,,,,,",
                                         "\"",       "\r",    "\xc3",       "x\"",      "\xed\xa0\x80"};
    size_t count = regular ? COUNT(pieces) - 5 : COUNT(pieces);
    dn_buf_reset(text);
    for (int n = rand() % 60; n >= 0; n--) {
        const char *piece = pieces[(size_t)rand() % count];
        bool separated = text->size == 0 || strchr(",\n", text->at[text->size - 1]);
        if (regular && !separated && piece[0] == '"')
            dn_buf_addc(text, ',');
        dn_buf_adds(text, piece);
        if (regular && piece[0] == '"' && text->at[text->size - 1] == '"')
            dn_buf_addc(text, ',');
    }
}

START_TEST(every_kernel_finds_what_the_grammar_says)
{
    struct dn_buf text = {0};
    srand(5);
    for (int n = 0; n < 6000; n++) {
        random_text(&text, n % 3 != 0);
        check_text(dn_buf_text(&text), ',', (size_t)n % 200 + 1);
    }
    dn_buf_clear(&text);
}
END_TEST

START_TEST(any_ascii_byte_can_be_the_delimiter)
{
    for (int c = 1; c < 128; c++) {
        char text[200];
        if (c == '"' || c == '\r' || c == '\n')
            continue;
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)(i * 7 % 128);
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = text[i] == '"' || text[i] == '\r' ? (char)c : text[i];
        check_text((struct dn_text){text, sizeof text}, (char)c, 201);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_found_at_its_place)
{
    static const char *const wrong[] = {"x\"", ",\"x\"y", "\rx", ",\"\r\"\r,", ",\"\"\"\"x", "\"\r\n"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        for (size_t at = 0; at < 140; at++) {
            char text[150];
            memset(text, 'a', sizeof text);
            memcpy(text + at, wrong[i], strlen(wrong[i]));
            check_text((struct dn_text){text, sizeof text}, ',', 151);
        }
    }
}
END_TEST

/* All that is wrong with UTF-8 in two to four bytes, at the edge of a block and elsewhere. */
START_TEST(invalid_utf8_and_nul_are_suspected_at_every_place)
{
    static const struct dn_text wrong[] = {
        DN_TEXT("\x80"),
        DN_TEXT("\xc3"),
        DN_TEXT("\xc1\xbf"),
        DN_TEXT("\xe0\x9f\xbf"),
        DN_TEXT("\xed\xa0\x80"),
        DN_TEXT("\xe2\x82"),
        DN_TEXT("\xf0\x8f\xbf\xbf"),
        DN_TEXT("\xf4\x90\x80\x80"),
        DN_TEXT("\xf0\x9f\x98"),
        DN_TEXT("\xf5\x80"),
        DN_TEXT("\xff"),
        DN_TEXT("\xc3\xa9\xa9"),
        DN_TEXT("\0"),
        DN_TEXT("\xfe\x80\x80"),
        DN_TEXT("\xe2\x82\xac\x80"),
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        for (size_t at = 0; at < 140; at++) {
            char text[150];
            memset(text, 'a', sizeof text);
            memcpy(text + at, wrong[i].at, wrong[i].size);
            check_text((struct dn_text){text, at + wrong[i].size}, ',', 151);
            check_text((struct dn_text){text, sizeof text}, ',', 151);
        }
    }
}
END_TEST

START_TEST(valid_utf8_is_not_suspected)
{
    for (size_t k = 1; k < COUNT(kernels); k++) {
        struct dn_scan scan;
        for (size_t at = 0; at < 140 && dn_scan_begin(&scan, ',', kernels[k]); at++) {
            char text[256]; /* the last block is plain: else its end is suspected */
            memset(text, 'a', sizeof text);
            memcpy(text + at, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf", 16);
            struct padded padded = pad((struct dn_text){text, sizeof text});
            scan_in_steps(&scan, &padded, 64, true);
            ck_assert_uint_eq(scan.suspect_to, 0);
            free(padded.base);
            dn_scan_clear(&scan);
        }
    }
}
END_TEST

/* Of random text with doubled quotes; what lies behind the place that the text itself would take stays as it is. */
static void unquote_once(const struct dn_scan_machine *machine, size_t size, int often)
{
    char *text = malloc(size + 1), *to = malloc(size + 9), *expected = malloc(size + 1);
    size_t kept = 0, at = 0;
    for (; at < size; kept++) {
        text[at] = expected[kept] = rand() % often == 0 && at + 1 < size ? '"' : (char)('a' + rand() % 26);
        if (text[at++] == '"')
            text[at++] = '"';
    }
    memset(to, '#', size + 9);
    ck_assert_uint_eq(machine->unquote(text, size, to), kept);
    ck_assert(memcmp(to, expected, kept) == 0);
    ck_assert(memcmp(to + size, "#########", 9) == 0);
    free(text);
    free(to);
    free(expected);
}

START_TEST(doubled_quotes_become_one_wherever_they_stand)
{
    const struct dn_scan_machine *machines[] = {dn_scan_portable(), dn_scan_avx2(), dn_scan_avx512()};
    srand(8);
    for (size_t i = 0; i < COUNT(machines); i++)
        for (int n = 0; machines[i] && n < 20000; n++)
            unquote_once(machines[i], (size_t)n % 400, n % 17 + 1);
}
END_TEST

/* All that the reader says of a text. */
static char *read_all(struct dn_text text, enum dn_csv_lane lane)
{
    const char *path = text_file(text);
    struct dn_csv *csv = NULL;
    struct dn_csv_record record;
    struct dn_error err = {0};
    struct dn_buf said = {0};
    enum dn_status status = dn_csv_open_lane(path, NULL, lane, &csv, &err);
    while (status == DN_OK && (status = dn_csv_next(csv, &record, &err)) == DN_OK) {
        dn_buf_addf(&said, "%lld %lld %d %zu [", (long long)record.line, (long long)record.number, (int)record.fault,
                    record.fault_field);
        dn_buf_addt(&said, record.raw);
        for (size_t i = 0; i < record.count; i++) {
            dn_buf_adds(&said, "] [");
            dn_buf_addt(&said, record.cells[i]);
        }
        dn_buf_adds(&said, "]\n");
    }
    dn_buf_adds(&said, dn_text_starts(dn_text_of(err.text), path) ? err.text + strlen(path) : err.text);
    dn_csv_close(csv);
    unlink(path);
    return dn_buf_take(&said);
}

static void lanes_agree(struct dn_text text)
{
    char *expected = read_all(text, DN_CSV_LIBCSV);
    for (size_t i = 0; i < COUNT(lanes); i++) {
        char *got = read_all(text, lanes[i]);
        if (strcmp(got, "this machine cannot scan that way") != 0)
            ck_assert_msg(strcmp(got, expected) == 0, "lane %d, reads of %zu: '%.*s'\n%s\n-- libcsv:\n%s",
                          (int)lanes[i], most_read, (int)text.size, text.at, got, expected);
        free(got);
    }
    free(expected);
}

static const size_t read_sizes[] = {1, 2, 3, 7, 63, 64, 65, 4096, SIZE_MAX};

START_TEST(lanes_agree_on_random_texts_and_reads_of_any_size)
{
    struct dn_buf text = {0}, tail = {0};
    srand(9);
    for (int n = 0; n < 400; n++) {
        dn_buf_reset(&text);
        dn_buf_adds(&text, "a,b,c\n");
        random_text(&tail, n % 2);
        dn_buf_addt(&text, dn_buf_text(&tail));
        most_read = read_sizes[(size_t)n % COUNT(read_sizes)];
        lanes_agree(dn_buf_text(&text));
    }
    most_read = SIZE_MAX;
    dn_buf_clear(&text);
    dn_buf_clear(&tail);
}
END_TEST

/* Something at every place of two blocks, with records in front of it and behind it. */
static void at_every_place(const char *what, size_t around, size_t step)
{
    struct dn_buf text = {0};
    for (size_t place = 0; place < 130; place += step) {
        dn_buf_reset(&text);
        dn_buf_adds(&text, "a,b\n");
        while (text.size + 64 < around)
            dn_buf_adds(&text, "0123456789012345678901234567890,01234567890123456789012345678\r\n");
        for (size_t i = 0; i < place; i++)
            dn_buf_addc(&text, 'x');
        dn_buf_addc(&text, ',');
        dn_buf_adds(&text, what);
        dn_buf_adds(&text, "\ny,z\n");
        lanes_agree(dn_buf_text(&text));
    }
    dn_buf_clear(&text);
}

static const char *const edges[] = {
    "\"\n\"",       "\"a\r\nb\"\r", "\"a\"\"b\"", "\"\"\"\"", "\"\"", "\r", "\"x\"\r",    "x\"y", "\"x\"y",    "\rz",
    "\"\xc3\xa9\"", "\xc3",         "\"\xc3\n\"", "\n\n\r\n", "\"",   "",   "\"\xa9\"\n", "1,2",  "\"\"\"x\"", "\"a\" ",
};

START_TEST(lanes_agree_wherever_an_edge_falls)
{
    for (size_t i = 0; i < COUNT(edges); i++)
        at_every_place(edges[i], 0, 1);
    most_read = 64;
    for (size_t i = 0; i < COUNT(edges); i++)
        at_every_place(edges[i], 128, 1);
    most_read = SIZE_MAX;
}
END_TEST

/* The buffer is 384 KiB, and reads end there: 1, 2, 3 ... bytes before what is put there. */
START_TEST(lanes_agree_at_the_end_of_the_buffer)
{
    for (size_t i = 0; i < 6; i++)
        at_every_place(edges[i], (size_t)384 << 10, 3);
}
END_TEST

/* A record of about `size` bytes, then one more. */
static void long_record(size_t size, const char *piece, const char *end)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a,b\n1,2\n\"");
    while (text.size < 8 + size)
        dn_buf_adds(&text, piece);
    dn_buf_adds(&text, end);
    lanes_agree(dn_buf_text(&text));
    dn_buf_clear(&text);
}

START_TEST(lanes_agree_on_long_records)
{
    long_record(600000, "0123456\"\"\n", "\",x\nlast,one\n");
    long_record(DN_CSV_RECORD_CAP - 20, "xxxxxxxxx\n", "\",x\nlast,one\n");
    long_record(DN_CSV_RECORD_CAP, "xxxxxxxxx\n", "\",x\nlast,one\n");
    long_record(DN_CSV_RECORD_CAP + 3000000, "xxxxxxxxx\n", "\"y");
    long_record(0, "", "\",x,,,,,,,,,,\nlast,one");
    most_read = 1000;
    long_record(600000, "01234567\r\n", "\",x\r\nlast,one\r\n");
    most_read = SIZE_MAX;
}
END_TEST

static void record_of_size(size_t size)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a\n0123456789\n"); /* so that it does not begin with a block */
    for (size_t i = 0; i < size; i++)
        dn_buf_addc(&text, 'x');
    dn_buf_adds(&text, "\r\nb\n");
    lanes_agree(dn_buf_text(&text));
    dn_buf_clear(&text);
}

START_TEST(lanes_agree_on_the_very_caps)
{
    for (size_t less = 0; less < 4; less++)
        record_of_size(DN_CSV_RECORD_CAP - less);
    for (size_t more = 0; more < 3; more++) {
        struct dn_buf text = {0};
        dn_buf_adds(&text, "a\nb\n");
        for (size_t i = 0; i < DN_CSV_FIELD_CAP - 2 + more; i++)
            dn_buf_addc(&text, ',');
        dn_buf_adds(&text, "\nc\n");
        lanes_agree(dn_buf_text(&text));
        dn_buf_clear(&text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, every_kernel_finds_what_the_grammar_says);
    tcase_add_test(cases, any_ascii_byte_can_be_the_delimiter);
    tcase_add_test(cases, what_does_not_fit_is_found_at_its_place);
    tcase_add_test(cases, invalid_utf8_and_nul_are_suspected_at_every_place);
    tcase_add_test(cases, valid_utf8_is_not_suspected);
    tcase_add_test(cases, doubled_quotes_become_one_wherever_they_stand);
    tcase_add_test(cases, lanes_agree_on_random_texts_and_reads_of_any_size);
    tcase_add_test(cases, lanes_agree_wherever_an_edge_falls);
    tcase_add_test(cases, lanes_agree_at_the_end_of_the_buffer);
    tcase_add_test(cases, lanes_agree_on_long_records);
    tcase_add_test(cases, lanes_agree_on_the_very_caps);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
