/* The search for other tenants' ids and resources, held against a naive one. */
#include <check.h>

#include "key/fold.h"
#include "notice/compared.h"
#include "notice/hay.h"
#include "notice/isolation.h"
#include "notice/needles.h"
#include "notice_fixture.h"

#define MOST_RESOURCES 64

/* A world that holds the given resources of tenants r-0, r-1 ... and nothing else. */
static struct dn_isolation *index_of(const char *const *resources, size_t count, struct dn_affected_list *affected,
                                     struct dn_resource_list *list)
{
    static struct dn_resource rows[MOST_RESOURCES];
    static char ids[MOST_RESOURCES][32];
    struct dn_isolation *isolation;
    struct dn_error err;
    ck_assert_uint_le(count, MOST_RESOURCES);
    *affected = (struct dn_affected_list){0};
    *list = (struct dn_resource_list){.at = rows, .count = count};
    for (size_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "r-%zu", i);
        rows[i] = (struct dn_resource){.incident_id = "INC-1",
                                       .tenant_id = ids[i],
                                       .tenant = "",
                                       .service = "",
                                       .resource = resources[i],
                                       .matched_by = "",
                                       .evidence = ""};
    }
    ck_assert_int_eq(dn_isolation_open(affected, list, &isolation, &err), DN_OK);
    return isolation;
}

static bool finds(const char *resource, const char *text)
{
    struct dn_affected_list affected;
    struct dn_resource_list list;
    struct dn_isolation *isolation = index_of(&resource, 1, &affected, &list);
    struct dn_strings found = {0};
    dn_isolation_find(isolation, dn_text_of(text), &found);
    bool is_found = found.count == 1;
    ck_assert_uint_le(found.count, 1);
    dn_strings_clear(&found);
    dn_isolation_free(isolation);
    return is_found;
}

static const struct {
    const char *resource, *text;
    bool found;
} cases_of_tokens[] = {
    {"bob@fabrikam.example", "write to bob@fabrikam.example.", true},
    {"bob@fabrikam.example", "(Bob@Fabrikam.EXAMPLE)", true},
    {"bob@fabrikam.example", "bob[@]fabrikam[.]example", true},
    {"bob@fabrikam.example", "mailto:bob@fabrikam.example?x", true},
    {"bob@fabrikam.example", "jimbob@fabrikam.example", false},
    {"bob@fabrikam.example", "bob@fabrikam.examples", false},
    {"bob@fabrikam.example", "bob @fabrikam.example", false},
    {"https://x.example/sites/a b", "at hxxps://x[.]example/sites/a  b, see", true},
    {"https://x.example/sites/a b", "https://x.example/sites/a\nb", true},
    {"https://x.example/sites/a b", "https://x.example/sites/a bc", false},
    {"arn:aws:s3:::bucket-1", "arn:aws:s3:::bucket-1/key", true},
    {"arn:aws:s3:::bucket-1", "arn:aws:s3:::bucket-10", false},
    {"/data/customers/", "in /data/customers/ there", true},
    {"/data/customers/", "in /data/customers there", false},
    {"/data/customers/", "data/customers/", false},
    {"/data/customers/", "/data/customers/", true},
    {"\\\\server\\share$", "on \\\\SERVER\\share$.", true},
    {"Finance Team Site", "the Finance\n   Team Site was read", true},
    {"Finance Team Site", "the Finance Team Sites", false},
    {"--------", "a -------- b", true},
    {"[draft] plan 7", "the [Draft] plan 7!", true},
    {"\xE2\x82\xAC-prices-2026", "see \xC2\xAB\xE2\x82\xAC-prices-2026\xC2\xBB", true},
    {"m\xC3\xBCnchen-wiki", "das M\xC3\x9CNCHEN-Wiki", true},
    {"m\xC3\xBCnchen-wiki", "x\xC3\xA9m\xC3\xBCnchen-wiki", false},
    {"t\xC3\xA9l\xC3\xA9phones", "les \xE2\x80\x9Ct\xC3\xA9l\xC3\xA9phones\xE2\x80\x9D\xC2\xA0:", true},
    {"218007301253", "account 218[0]073[0]125[3] there", true},
    {"user_name", "user_name_2 and my_user_name", false},
    {"'; DROP TABLE x", "say '; drop table X", true},
    {"abcdefg", "abcdefg", false}, /* seven characters */
    {"abcdefgh", "abcdefgh", true},
};

START_TEST(resources_of_any_characters_are_found_as_whole_tokens)
{
    ck_assert_msg(finds(cases_of_tokens[_i].resource, cases_of_tokens[_i].text) == cases_of_tokens[_i].found,
                  "%s in %s", cases_of_tokens[_i].resource, cases_of_tokens[_i].text);
}
END_TEST

START_TEST(ids_count_unless_they_are_short_numbers)
{
    static const struct {
        const char *id;
        bool counts;
    } ids[] = {{"acme", true}, {"t-1", true}, {"ab", false}, {"42", false}, {"1234567", false}, {"12345678", true}};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct dn_affected row = {.tenant_id = ids[i].id};
        struct dn_affected_list affected = {.at = &row, .count = 1, .room = 1};
        struct dn_isolation *isolation;
        struct dn_error err;
        ck_assert_int_eq(dn_isolation_open(&affected, NULL, &isolation, &err), DN_OK);
        struct dn_strings found = {0};
        char text[64];
        snprintf(text, sizeof text, "of %s.", ids[i].id);
        dn_isolation_find(isolation, dn_text_of(text), &found);
        ck_assert_msg((found.count == 1) == ids[i].counts, "%s", ids[i].id);
        dn_strings_clear(&found);
        dn_isolation_free(isolation);
    }
}
END_TEST

/* The naive search: every place of the compared form, and whether a letter, digit or '_' touches it there. */
static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static bool naive(const char *resource, const char *text)
{
    struct dn_buf needle = {0}, hay = {0};
    dn_compared_add(dn_text_of(resource), &needle);
    dn_compared_add(dn_text_of(text), &hay);
    bool is_found = false;
    for (char *at = hay.at ? strstr(hay.at, needle.at) : NULL; at && !is_found; at = strstr(at + 1, needle.at)) {
        char *end = at + needle.size;
        bool begins = at == hay.at || !is_word_byte(at[-1]) || !is_word_byte(*at);
        is_found = begins && (!*end || !is_word_byte(*end) || !is_word_byte(end[-1]));
    }
    dn_buf_clear(&needle);
    dn_buf_clear(&hay);
    return is_found;
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Text made of few pieces, so that resources overlap, nest and nearly match. */
static void random_text(unsigned *state, size_t pieces, char *into)
{
    static const char *const all[] = {"a",  "b", "ab", "A", "1",   ".", "@", "/",        " ",
                                      "  ", "-", "_",  ":", "[.]", "[", "]", "\xC3\xA9", "\n"};
    *into = '\0';
    for (size_t i = 0; i < pieces; i++)
        strcat(into, all[next_random(state) % (sizeof all / sizeof *all)]);
}

START_TEST(the_index_finds_what_a_naive_search_finds)
{
    enum { RESOURCES = 40, TEXTS = 60 };
    unsigned state = 20261121;
    size_t hits = 0;
    for (int round = 0; round < 30; round++) {
        static char storage[RESOURCES][80];
        const char *resources[RESOURCES];
        for (size_t i = 0; i < RESOURCES; i++) {
            random_text(&state, 8 + next_random(&state) % 4, storage[i]);
            resources[i] = storage[i];
        }
        struct dn_affected_list affected;
        struct dn_resource_list list;
        struct dn_isolation *isolation = index_of(resources, RESOURCES, &affected, &list);
        for (int t = 0; t < TEXTS; t++) {
            char text[512], middle[80], before[80], behind[80];
            random_text(&state, next_random(&state) % 8, before);
            random_text(&state, next_random(&state) % 8, behind);
            random_text(&state, 6, middle);
            snprintf(text, sizeof text, "%s%s%s%s", before, resources[next_random(&state) % RESOURCES], middle, behind);
            struct dn_strings found = {0}, expected = {0};
            dn_isolation_find(isolation, dn_text_of(text), &found);
            for (size_t i = 0; i < RESOURCES; i++) {
                struct dn_buf normal = {0};
                dn_compared_add(dn_text_of(resources[i]), &normal);
                size_t characters = 0;
                for (const char *c = resources[i]; *c; c++)
                    characters += ((unsigned char)*c & 0xC0) != 0x80;
                if (normal.size && characters >= 8 && naive(resources[i], text))
                    dn_strings_add_once(&expected, dn_buf_text(&normal));
                dn_buf_clear(&normal);
            }
            for (size_t i = 0; i < expected.count; i++)
                ck_assert_msg(dn_strings_has(&found, dn_text_of(expected.at[i])), "not found: '%s' in '%s'",
                              expected.at[i], text);
            for (size_t i = 0; i < found.count; i++)
                ck_assert_msg(dn_strings_has(&expected, dn_text_of(found.at[i])), "found: '%s' in '%s'", found.at[i],
                              text);
            hits += found.count;
            dn_strings_clear(&found);
            dn_strings_clear(&expected);
        }
        dn_isolation_free(isolation);
    }
    ck_assert_uint_gt(hits, 500); /* else the texts prove nothing */
}
END_TEST

/* Texts are read line by line; what goes over the end of a line is found all the same. */
START_TEST(what_goes_over_the_end_of_a_line_is_found)
{
    static const struct {
        enum dn_hay_kind kind;
        const char *text;
        bool found;
    } cases[] = {
        {DN_HAY_PLAIN, "see secret\nplan number 9\n", true},
        {DN_HAY_PLAIN, "see secret\n\n  plan  number\n9", true},
        {DN_HAY_PLAIN, "see secret\nplan number 99", false},
        {DN_HAY_HTML, "<p>secret <a\nhref='x'>plan</a> number 9</p>\n", true},
        {DN_HAY_HTML, "<b>secret</b>\n<i>plan</i>\nnumber&#32;9", true},
        {DN_HAY_HTML, "<a title=\"secret plan\nnumber 9\">x</a>", true},
        {DN_HAY_CSV, "a,\"secret\nplan number 9\",b\n", true},
        {DN_HAY_CSV, "\"x \"\"secret\"\" y\",\"secret plan\nnumber 9\"\n", true},
        {DN_HAY_CSV, "\"x\nsecret,plan number 9\"\n", false}, /* a comma of the cell, on its second line */
        {DN_HAY_YAML, "a:\n  b: |-\n    secret plan\n    number 9\n  c: d\n", true},
        {DN_HAY_YAML, "- \"x \\\"secret plan\\x20number\\n9\\\"\"\n", true},
        {DN_HAY_YAML, "a: \"secret plan numbe\\u0072 9\"\n", true},
        {DN_HAY_YAML, "a: secret plan\nb: number 9\n", false},
    };
    static char id[] = "r-0", resource[] = "Secret plan number 9", none[] = "";
    struct dn_resource row = {
        .incident_id = none, .tenant_id = id, .tenant = none, .service = none, .resource = resource};
    struct dn_affected_list affected = {0};
    struct dn_resource_list list = {.at = &row, .count = 1};
    struct dn_needles *needles;
    struct dn_error err;
    ck_assert_int_eq(dn_needles_open(&affected, &list, &needles, &err), DN_OK);
    struct dn_hay *hay = dn_hay_new(needles);
    for (size_t round = 0; round < 2; round++) /* the second time everything is remembered */
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            dn_hay_reset(hay);
            dn_hay_add(hay, cases[i].kind, dn_text_of(cases[i].text));
            ck_assert_msg((dn_hay_search(hay)->count == 1) == cases[i].found, "%s", cases[i].text);
        }
    dn_hay_free(hay);
    dn_needles_free(needles);
}
END_TEST

/* More lines than are remembered, and the notices of others among them. */
START_TEST(what_is_forgotten_is_looked_at_again)
{
    static char id[] = "r-0", resource[] = "canary-in-the-mine", none[] = "";
    struct dn_resource row = {
        .incident_id = none, .tenant_id = id, .tenant = none, .service = none, .resource = resource};
    struct dn_affected_list affected = {0};
    struct dn_resource_list list = {.at = &row, .count = 1};
    struct dn_needles *needles;
    struct dn_error err;
    ck_assert_int_eq(dn_needles_open(&affected, &list, &needles, &err), DN_OK);
    struct dn_hay *hay = dn_hay_new(needles);
    for (int i = 0; i < 70000; i++) {
        char line[64];
        snprintf(line, sizeof line, "line %d\n%s\n", i, i % 7 ? "the same for all" : "a canary-in-the-mine, here");
        dn_hay_reset(hay);
        dn_hay_add(hay, DN_HAY_PLAIN, dn_text_of(line));
        ck_assert_uint_eq(dn_hay_search(hay)->count, i % 7 == 0);
    }
    dn_hay_free(hay);
    dn_needles_free(needles);
}
END_TEST

/* Every place where a leak could sit is looked at. */
START_TEST(every_part_of_a_notice_is_searched)
{
    static const char *const open[] = {"<td>x</td><td>", "<a title=\""};
    static const char *const close[] = {"</td><td>y</td>", "\">x</a>"};
    struct world w = {0};
    WORLD(&w, INCIDENT_HEAD, NULL,
          AFFECTED_HEADER ROW("t-one", "One", "en", "access", "yes", "a@x.example", "", "", "")
              ROW("t-two", "Two", "en", "access", "yes", "b@x.example", "", "", ""),
          RESOURCES_HEADER RESOURCE("t-one", "own-thing") RESOURCE("t-two", "\"b&c's \"\"thing\"\"\""));
    struct dn_isolation *isolation;
    ck_assert_int_eq(dn_isolation_open(&w.affected, &w.resources, &isolation, &w.err), DN_OK);
    for (size_t part = 0; part < 9; part++) {
        world_content(&w, 0);
        struct dn_content *content = &w.reader.content; /* to be changed */
        char **const parts[] = {&content->subject,           &content->text,           &content->script,
                                &content->reference_subject, &content->reference_text, &content->html,
                                &content->reference_html};
        ck_assert(!dn_isolation_check(isolation, &w.affected.at[0], content, NULL));
        struct dn_buf with = {0};
        if (part < 5)
            dn_buf_addf(&with, "x b&c's \"thing\" y");
        else if (part < 7)
            dn_buf_addf(&with, "%sb&amp;c&#39;s &quot;thing&quot;%s", open[part - 5], close[part - 5]);
        else
            dn_buf_addf(&with, "%s", part == 7 ? "\"'x\",\"b&c's \"\"thing\"\"\"\n" : "a: \"b&c's \\\"thing\\\"\"\n");
        struct dn_attachment *attachment = part >= 7 ? &content->attachments[part - 7] : NULL;
        char **at = attachment ? &attachment->bytes : parts[part];
        size_t size = attachment ? attachment->size : 0;
        char *kept = *at;
        *at = with.at;
        if (attachment)
            attachment->size = with.size;
        struct dn_buf what = {0};
        ck_assert_msg(dn_isolation_check(isolation, &w.affected.at[0], content, &what), "part %zu", part);
        ck_assert_str_eq(what.at, "b&c's \"thing\"");
        dn_buf_reset(&what); /* to the other tenant it is its own, but t-one's is not */
        ck_assert(dn_isolation_check(isolation, &w.affected.at[1], content, &what));
        ck_assert_str_ne(what.at, "b&c's \"thing\"");
        *at = kept;
        if (attachment)
            attachment->size = size;
        dn_buf_clear(&what);
        dn_buf_clear(&with);
    }
    dn_isolation_free(isolation);
    world_clear(&w);
}
END_TEST

/* Ids that are words of the templates, of the attachments or of the configuration hold nobody. */
START_TEST(what_every_notice_says_is_nobodys)
{
    struct world w = {0};
    const char *affected = AFFECTED_HEADER ROW("administrators", "A", "en", "access", "yes", "a@x.example", "", "", "")
        ROW("contact_point", "B", "fr", "loss", "yes", "b@x.example", "", "", "")
            ROW("responsabile", "C", "it", "access", "yes", "c@x.example", "", "", "")
                ROW("provider.example", "D", "en", "access", "yes", "d@x.example", "", "", "")
                    ROW("sans-serif", "E", "en", "access", "yes", "e@x.example", "", "", "");
    WORLD(&w, INCIDENT_HEAD, CONFIG_HEAD, affected, NULL);
    for (size_t i = 0; i < w.plan.row_count; i++)
        ck_assert_int_ne(dn_plan_at(&w.plan, i)->state, DN_STATE_HELD);
    world_clear(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("isolation");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 0); /* no time limits: the machine may be busy */
    tcase_add_loop_test(cases, resources_of_any_characters_are_found_as_whole_tokens, 0,
                        (int)(sizeof cases_of_tokens / sizeof *cases_of_tokens));
    tcase_add_test(cases, ids_count_unless_they_are_short_numbers);
    tcase_add_test(cases, the_index_finds_what_a_naive_search_finds);
    tcase_add_test(cases, every_part_of_a_notice_is_searched);
    tcase_add_test(cases, what_goes_over_the_end_of_a_line_is_found);
    tcase_add_test(cases, what_is_forgotten_is_looked_at_again);
    tcase_add_test(cases, what_every_notice_says_is_nobodys);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
