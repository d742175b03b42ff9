/* evidence: the first look at rows says what a close look says. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "evidence/matcher.h"
#include "evidence/sieve.h"
#include "key/address.h"
#include "stream/blocks.h"
#include "text_file.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define ROWS 20000

static unsigned below(unsigned n)
{
    static uint64_t state = 7;
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)((state >> 33) % n);
}

static const char *one_of(const char *const *words, size_t count)
{
    return words[below((unsigned)count)];
}

#define ONE_OF(words) one_of(words, COUNT(words))

static const char *const times[] = {"2026-06-01T00:00:00Z",
                                    "2026-06-04T00:00:00.000Z",
                                    "2026-06-04T00:00:00+02:00",
                                    "2026-06-10T23:59:59.999999999Z",
                                    "2026-06-11T00:00:00Z",
                                    "2026-06-07T12:30:00.5Z",
                                    "\"2026-06-07T12:30:00Z\"",
                                    " 2026-06-07T12:30:00Z ",
                                    "2026-06-07 12:30",
                                    "2026-06-31T00:00:00Z",
                                    "2026-06-07T25:00:00Z",
                                    "yesterday",
                                    "",
                                    "-"};
static const char *const operations[] = {
    "Read", "read",      "Write", "Delete", "\"Re\"", "\"Read\"",
    "",     "-",         " Read", "Read ",  "RÉAD",   "ListWithAVeryLongNameThatIsOverThirtyTwoBytes",
    "Rea",  "\"a\"\"b\""};
static const char *const actors[] = {"ann@example.com",     "ANN@example.com",  "bob@example.com", "",
                                     "\"ann@example.com\"", "carol@example.com"};
static const char *const addresses[] = {"192.0.2.1",
                                        "192.0.2.99",
                                        "198.51.100.7",
                                        "10.0.0.1",
                                        "1.1.1.1",
                                        "2001:db8::1",
                                        "::ffff:192.0.2.1",
                                        "192.0.2.256",
                                        "192.0.02.1",
                                        "",
                                        "192.0.2",
                                        "\"192.0.2.1, 8.8.8.8\"",
                                        "host",
                                        "192.0.2.1.5",
                                        "-"};

static const char *random_evidence(void)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "at,id,operation,actor,address,resource\n");
    for (int i = 0; i < ROWS; i++) {
        dn_buf_addf(&text, "%s,%d,%s,%s,%s,r%d", ONE_OF(times), i, ONE_OF(operations), ONE_OF(actors),
                    ONE_OF(addresses), i % 7);
        dn_buf_adds(&text, below(50) == 0 ? ",more\n" : "\n");
    }
    const char *path = text_file(dn_buf_text(&text));
    dn_buf_clear(&text);
    return path;
}

struct looked {
    struct dn_scopes *scopes;
    struct dn_evidence *evidence;
    struct dn_sieve sieve;
    struct dn_funnel quick[DN_SIEVE_ENTRIES + 1], close[DN_SIEVE_ENTRIES + 1];
    int skipped, kept;
};

/* What is gone over is looked at closely all the same. */
static void go_over(struct looked *looked, struct dn_rows *rows)
{
    struct dn_rows before = *rows;
    struct dn_row row;
    struct dn_instant at;
    struct dn_sieve_times told = {DN_INSTANT_NONE, DN_INSTANT_NONE}, seen = told;
    size_t count = dn_sieve_skip(&looked->sieve, rows, looked->quick, &told);
    for (size_t i = 0; i < count; i++) {
        ck_assert(dn_rows_plain(&before, &row));
        dn_evidence_give(looked->evidence, &row);
        ck_assert_int_eq(dn_scopes_judge(looked->scopes, looked->evidence, looked->close).verdict, DN_VERDICT_OUT);
        ck_assert_int_eq(dn_evidence_at(looked->evidence, &at), DN_EVIDENCE_TIME);
        seen.first = dn_instant_min(seen.first, at);
        seen.last = dn_instant_max(seen.last, at);
    }
    ck_assert(before.line == rows->line && before.start == rows->start && before.field == rows->field);
    ck_assert(told.first.s == seen.first.s && told.first.ns == seen.first.ns);
    ck_assert(told.last.s == seen.last.s && told.last.ns == seen.last.ns);
    looked->skipped += (int)count;
}

static enum dn_status look(void *context, struct dn_block *block, struct dn_error *err)
{
    struct looked *looked = context;
    struct dn_row row;
    (void)err;
    for (;;) {
        struct dn_rows *rows = dn_block_rows(block);
        struct dn_instant at;
        if (rows)
            go_over(looked, rows);
        if (!dn_block_next(block, &row))
            return DN_OK;
        looked->kept++;
        dn_evidence_give(looked->evidence, &row);
        if (row.fault == DN_CSV_FINE)
            dn_evidence_at(looked->evidence, &at); /* so that its day is known */
    }
}

static const char profile_text[] = "schema: duenotice/profile/1\n"
                                   "profile: test\n"
                                   "requires: [at, id]\n"
                                   "missing: [\"-\", \"2026-06-07T12:30:00.5Z\"]\n"
                                   "fields: {at: at, operation: operation, actor: actor, address: address, "
                                   "resource: resource}\n"
                                   "effects: {default: access}\n";

static void looks_the_same(const char *scope, bool useful)
{
    struct dn_buf text = {0};
    struct dn_incidents incidents = {0};
    struct dn_profiles profiles = {0};
    struct dn_scopes scopes = {0};
    struct dn_notes notes = {0};
    struct dn_error err = {0};
    struct looked looked = {.scopes = &scopes};
    const char *path = text_file(dn_text_of(profile_text));
    ck_assert_msg(dn_profiles_add(&profiles, path, &err) == DN_OK, "%s", err.text);
    unlink(path);
    dn_buf_addf(&text,
                "schema: duenotice/incident/1\nid: INC-1\ntitle: t\nstatus: declared\nkind: security\n"
                "findings:\n  - {effect: access, cause: unauthorised, data: customer, confidence: confirmed}\n"
                "timeline:\n  - {stage: incident-declared, at: 2026-06-15T18:00:00Z, by: soc}\nscope:\n%s",
                scope);
    path = text_file(dn_buf_text(&text));
    ck_assert_msg(dn_incidents_read(path, &incidents, &notes, &err) == DN_OK, "%s", err.text);
    unlink(path);
    path = random_evidence();
    struct dn_evidence_options options = {0};
    ck_assert_msg(dn_evidence_open(path, &profiles, &options, &looked.evidence, &err) == DN_OK, "%s", err.text);
    unlink(path);
    dn_scopes_begin(&scopes, &incidents.at[0]);
    dn_scopes_turn(&scopes, looked.evidence);
    ck_assert(dn_sieve_begin(&looked.sieve, &scopes, looked.evidence) == useful);
    if (useful) {
        void *workers[] = {&looked};
        dn_blocks_read(dn_evidence_csv(looked.evidence), &(struct dn_blocks_options){.threads = 1}, look, workers,
                       &err);
        ck_assert_int_gt(looked.skipped, ROWS / 20);
        ck_assert_int_gt(looked.kept, 0);
        ck_assert_mem_eq(looked.quick, looked.close, sizeof looked.quick);
    }
    dn_scopes_clear(&scopes);
    dn_evidence_close(looked.evidence);
    dn_incidents_clear(&incidents);
    dn_profiles_clear(&profiles);
    dn_notes_clear(&notes);
    dn_buf_clear(&text);
}

#define WINDOW "from: 2026-06-04T00:00:00Z, until: 2026-06-11T00:00:00Z"

START_TEST(a_row_that_is_skipped_is_out_for_a_close_look)
{
    looks_the_same("  - {" WINDOW "}\n", true);
    looks_the_same("  - {from: 2026-06-04T00:00:00Z}\n", true);
    looks_the_same("  - {operations: [Read, Delete]}\n", true);
    looks_the_same("  - {" WINDOW ", operations: [Read], actors: [ann@example.com]}\n", true);
    looks_the_same("  - {" WINDOW ", operations: [\"R*\", Write], addresses: [192.0.2.0/24, \"2001:db8::/32\"]}\n",
                   true);
    looks_the_same("  - {" WINDOW ", operations: [Read], actors: [ann@example.com]}\n"
                   "  - {" WINDOW ", operations: [Read], addresses: [192.0.2.0/24]}\n",
                   true);
    looks_the_same("  - {" WINDOW ", operations: [Read], except: {actors: [ann@example.com]}}\n"
                   "  - {" WINDOW ", actors: [bob@example.com]}\n",
                   true);
}
END_TEST

START_TEST(many_entries_are_looked_at_for_what_they_share)
{
    struct dn_buf scope = {0};
    for (int i = 0; i <= DN_SIEVE_ENTRIES; i++)
        dn_buf_addf(&scope, "  - {" WINDOW ", operations: [Read], resources: [r%d]}\n", i);
    looks_the_same(scope.at, true);
    dn_buf_clear(&scope);
}
END_TEST

START_TEST(nothing_is_looked_at_where_entries_share_nothing)
{
    looks_the_same("  - {}\n", false);
    looks_the_same("  - {" WINDOW "}\n  - {operations: [Read]}\n", false);
    looks_the_same("  - {services: [mail]}\n", false);
}
END_TEST

/* Whatever a text is, it is in the network of its address alone, if it is one at all. */
START_TEST(an_address_is_read_in_one_way)
{
    static const char bytes[] = "0123456789..::af ";
    struct dn_network all = {.bits = 0};
    struct dn_list_matcher matcher;
    dn_list_matcher_networks(&matcher, &all, 1);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        struct dn_address address;
        struct dn_network network;
        int size = snprintf(text, sizeof text, "%u.%u.%u.%u", below(300), below(260), below(300), below(40));
        for (unsigned change = below(3); change > 0; change--)
            text[below((unsigned)size)] = bytes[below(sizeof bytes - 1)];
        struct dn_text value = {text, (size_t)size - below(2)};
        bool is = dn_address_parse(value, &address);
        ck_assert_msg(dn_list_matcher_contains(&matcher, value) == is, "'%.*s'", (int)value.size, text);
        if (!is)
            continue;
        network = (struct dn_network){.base = address, .bits = 128};
        struct dn_list_matcher alone;
        dn_list_matcher_networks(&alone, &network, 1);
        ck_assert_msg(dn_list_matcher_contains(&alone, value), "'%.*s'", (int)value.size, text);
        dn_list_matcher_clear(&alone);
        i += 20;
    }
    dn_list_matcher_clear(&matcher);
}
END_TEST

/* One address or several in a value: what is told by the first numbers alone is what each piece on its own says. */
START_TEST(an_address_among_several_is_found)
{
    static const char *const rests[] = {"",  "",  "",   ",192.0.2.9", "; 198.51.100.1", ", 10.0.0.1", ":443",
                                        " ", ",", ".1", "/24"};
    static const char *const odd[] = {"123456..", "12345.6.", "1234.56.", "........", "192.0...", "1.23456."};
    struct dn_network networks[2] = {{.bits = 120}, {.bits = 112}};
    struct dn_list_matcher matcher;
    ck_assert(dn_address_parse(DN_TEXT("192.0.2.0"), &networks[0].base));
    ck_assert(dn_address_parse(DN_TEXT("198.51.0.0"), &networks[1].base));
    dn_list_matcher_networks(&matcher, networks, 2);
    for (int i = 0; i < 100000; i++) {
        static const unsigned firsts[] = {192, 198, 10, 19, 1, 0, 256}, seconds[] = {0, 51, 1, 00, 5, 251};
        char text[64], pieces[64], *rest = pieces;
        snprintf(text, sizeof text, "%u.%u.%u.%u%s", firsts[below(COUNT(firsts))], seconds[below(COUNT(seconds))],
                 below(4), below(300), ONE_OF(rests));
        bool has = dn_list_matcher_contains(&matcher, dn_text_of(text));
        strcpy(pieces, text);
        for (char *piece; (piece = strtok_r(rest, ",;", &rest));)
            has = has || dn_list_matcher_contains(&matcher, dn_text_of(piece));
        ck_assert_msg(dn_list_matcher_contains_any(&matcher, dn_text_of(text)) == has, "'%s'", text);
    }
    for (size_t i = 0; i < COUNT(odd); i++) {
        size_t size = strlen(odd[i]);
        char *alone = memcpy(dn_alloc(size, 1), odd[i], size); /* with nothing behind it that could be read */
        ck_assert_msg(!dn_list_matcher_contains_any(&matcher, (struct dn_text){alone, size}), "'%s'", odd[i]);
        free(alone);
    }
    dn_list_matcher_clear(&matcher);
}
END_TEST

/* In whatever order they are given, the wider one counts. */
START_TEST(a_network_within_another_takes_nothing_from_it)
{
    static const unsigned bits[][3] = {{112, 104, 120}, {104, 120, 112}, {120, 112, 104}};
    for (size_t i = 0; i < COUNT(bits); i++) {
        struct dn_network networks[3];
        struct dn_list_matcher matcher;
        for (size_t k = 0; k < 3; k++) {
            networks[k].bits = (int)bits[i][k];
            ck_assert(dn_address_parse(DN_TEXT("10.0.0.0"), &networks[k].base));
        }
        dn_list_matcher_networks(&matcher, networks, 3);
        ck_assert(dn_list_matcher_contains_any(&matcher, DN_TEXT("10.0.0.1")));
        ck_assert(dn_list_matcher_contains_any(&matcher, DN_TEXT("10.0.255.255")));
        ck_assert(dn_list_matcher_contains_any(&matcher, DN_TEXT("10.255.255.255")));
        ck_assert(!dn_list_matcher_contains_any(&matcher, DN_TEXT("11.0.0.0")));
        ck_assert(!dn_list_matcher_contains_any(&matcher, DN_TEXT("9.255.255.255")));
        dn_list_matcher_clear(&matcher);
    }
}
END_TEST

/* Words of any size and case, and others that differ from one of them in one byte. */
START_TEST(a_word_is_found_in_any_case_and_nothing_like_it)
{
    for (int round = 0; round < 300; round++) {
        struct dn_strings words = {0};
        struct dn_list_matcher matcher;
        char word[48] = "", other[48];
        size_t size = 1 + below(40);
        for (size_t i = 0; i < size; i++)
            word[i] = "abcxyz019._@-"[below(13)];
        dn_strings_add(&words, (struct dn_text){word, size});
        dn_list_matcher_patterns(&matcher, &words);
        for (size_t i = 0; i < size; i++) {
            memcpy(other, word, sizeof word);
            other[i] = word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 32) : word[i];
            ck_assert_msg(dn_list_matcher_matches(&matcher, (struct dn_text){other, size}), "'%s' '%s'", word, other);
            other[i] =
                (char)(word[i] ^ (word[i] >= 'a' ? 1 : 0x20)); /* '@' and '`' part in the bit of the case alone */
            ck_assert_msg(!dn_list_matcher_matches(&matcher, (struct dn_text){other, size}), "'%s' '%s'", word, other);
        }
        dn_list_matcher_clear(&matcher);
        dn_strings_clear(&words);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sieve");
    TCase *cases = tcase_create("sieve");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, a_row_that_is_skipped_is_out_for_a_close_look);
    tcase_add_test(cases, many_entries_are_looked_at_for_what_they_share);
    tcase_add_test(cases, nothing_is_looked_at_where_entries_share_nothing);
    tcase_add_test(cases, an_address_is_read_in_one_way);
    tcase_add_test(cases, an_address_among_several_is_found);
    tcase_add_test(cases, a_network_within_another_takes_nothing_from_it);
    tcase_add_test(cases, a_word_is_found_in_any_case_and_nothing_like_it);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
