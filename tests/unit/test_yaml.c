/* stream: reading and writing YAML. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/data.h"
#include "stream/yaml.h"
#include "stream/yaml_write.h"
#include "time/instant.h"

static struct dn_yaml_file file;
static struct dn_error err;

static enum dn_status load(struct dn_text text)
{
    dn_yaml_clear(&file);
    err = (struct dn_error){0};
    return dn_yaml_read_bytes(text, "f", &file, &err);
}

/* The root of the only document. */
static const struct dn_yaml *root(const char *text)
{
    ck_assert_msg(load(dn_text_of(text)) == DN_OK, "%s", err.text);
    ck_assert_uint_eq(file.count, 1);
    return file.documents[0];
}

static void refuses(struct dn_text text, const char *expected)
{
    ck_assert_int_eq(load(text), DN_INVALID);
    ck_assert_msg(strncmp(err.text, expected, strlen(expected)) == 0, "'%s' does not start with '%s'", err.text,
                  expected);
}

#define REFUSES(literal, expected) refuses(DN_TEXT(literal), expected)

START_TEST(every_scalar_is_text_and_keeps_its_place)
{
    const struct dn_yaml *map = root("a: no\nb:\n  - 007\n  - 'x y'\n  - ~\n\xc3\xa9: {k: 1e3}\n");
    ck_assert_int_eq(map->kind, DN_YAML_MAP);
    ck_assert_uint_eq(map->count, 3);
    const struct dn_yaml *a = dn_yaml_find(map, "a"), *b = dn_yaml_find(map, "b");
    ck_assert(dn_text_is(a->text, "no") && a->plain);
    ck_assert_int_eq(a->line, 1);
    ck_assert_int_eq(a->column, 4);
    ck_assert_uint_eq(b->count, 3);
    ck_assert(dn_text_is(b->at[0].text, "007") && dn_text_is(b->at[2].text, "~"));
    ck_assert(!b->at[1].plain);
    ck_assert_int_eq(b->at[1].line, 4);
    ck_assert_int_eq(b->at[1].column, 5);
    const struct dn_yaml *k = dn_yaml_find(dn_yaml_find(map, "\xc3\xa9"), "k");
    ck_assert_int_eq(k->column, 8); /* characters, not bytes */
    ck_assert(dn_text_is(map->keys[2].text, "\xc3\xa9"));
    ck_assert_ptr_null(dn_yaml_find(map, "none"));
    ck_assert_ptr_null(dn_yaml_find(b, "a"));
}
END_TEST

START_TEST(a_file_may_hold_several_documents_or_none)
{
    ck_assert_int_eq(load(DN_TEXT("\xef\xbb\xbf"
                                  "a: 1\n---\r\na: 2\r\n...\n---\n- 3\n")),
                     DN_OK);
    ck_assert_uint_eq(file.count, 3);
    ck_assert(dn_text_is(dn_yaml_find(file.documents[1], "a")->text, "2"));
    ck_assert_int_eq(file.documents[1]->line, 3);
    ck_assert_int_eq(load(DN_TEXT("")), DN_OK);
    ck_assert_uint_eq(file.count, 0);
    ck_assert_int_eq(load(DN_TEXT("# nothing\n")), DN_OK);
    ck_assert_uint_eq(file.count, 0);
}
END_TEST

START_TEST(an_empty_list_is_a_key_not_given)
{
    const struct dn_yaml *map = root("a: []\nb: {}\nc: ''\nd:\n");
    ck_assert_ptr_null(dn_yaml_find(map, "a"));
    ck_assert_ptr_nonnull(dn_yaml_find(map, "b"));
    ck_assert_ptr_nonnull(dn_yaml_find(map, "c"));
    ck_assert_ptr_nonnull(dn_yaml_find(map, "d"));
    ck_assert_int_eq(map->at[0].kind, DN_YAML_LIST);
}
END_TEST

START_TEST(aliases_anchors_and_tags_are_refused)
{
    REFUSES("a: &x 1\n", "f:1:4: an anchor or alias");
    REFUSES("a: *x\n", "f:1:4: an anchor or alias");
    REFUSES("a: &x [1]\n", "f:1:4: an anchor");
    REFUSES("a:\n  &x b: 1\n", "f:2:3: an anchor");
    REFUSES("a: !!str 1\n", "f:1:4: a tag");
    REFUSES("a: !x 1\n", "f:1:4: ");
    REFUSES("a: ! 1\n", "f:1:4: a tag");
    REFUSES("\xc3\xa9\xc3\xa9: [\xc3\xa9, ! x]\n", "f:1:9: a tag");
    REFUSES("a: ! 'x'\n", "f:1:4: a tag");
    REFUSES("! a: 1\n", "f:1:1: a tag");
    REFUSES("a: ! [1]\n", "f:1:4: a tag");
    REFUSES("a: !!map {}\n", "f:1:4: a tag");
    REFUSES("%TAG ! tag:x,2000:\n---\na: 1\n", "f:1:1: a %TAG directive");
}
END_TEST

START_TEST(keys_are_text_and_stand_once)
{
    REFUSES("a: 1\nb: 2\na: 3\n", "f:3:1: key 'a' stands twice in one map, first on line 1");
    REFUSES("x: {a: 1, 'a': 2}\n", "f:1:11: key 'a' stands twice");
    REFUSES("? [a]\n: 1\n", "f:1:3: a key must be text");
    REFUSES("{{a: 1}: 2}\n", "f:1:2: a key must be text");
    root("a: {k: 1}\nb: {k: 2}\n");
}
END_TEST

START_TEST(characters_that_readers_disagree_on_are_refused)
{
    REFUSES("a: 1\nb: x\xc2\x85y: 2\n", "f:2:5: the character U+0085");
    REFUSES("a: \xe2\x80\xa8", "f:1:4: the character U+2028");
    REFUSES("a: \xe2\x80\xa9", "f:1:4: the character U+2029");
    REFUSES("\xc3\xa9: \0", "f:1:4: the character U+0000");
    REFUSES("a: \x1b[0m", "f:1:4: the character U+001B");
    REFUSES("a: \xef\xbb\xbf", "f:1:4: the character U+FEFF");
    REFUSES("a: \"\\0\"", "f:1:4: a NUL character");
    REFUSES("a: 1\r\nb: \xc3\xa9\xff\n", "f:2:5: invalid UTF-8");
    REFUSES("a: \xed\xa0\x80", "f:1:4: invalid UTF-8");
    REFUSES("\xff\xfe"
            "a\0:\0 \0\x31\0",
            "f:1:1: UTF-16");
    ck_assert(dn_text_is(dn_yaml_find(root("a: \"\\u2028\\x1b\""), "a")->text, "\xe2\x80\xa8\x1b"));
}
END_TEST

START_TEST(what_libyaml_refuses_has_its_place)
{
    REFUSES("a: b: c\n", "f:1:5: mapping values are not allowed in this context");
    REFUSES("a: 1\n\tb: 2\n", "f:2:1: found a tab character that violates indentation");
    REFUSES("a: [1, 2\n", "f:2:1: did not find expected ',' or ']'");
    REFUSES("a: 'x\n", "f:2:1: found unexpected end of stream");
    REFUSES("a: \"\\q\"\n", "f:1:");
}
END_TEST

static void nested(size_t levels, enum dn_status expected)
{
    struct dn_buf text = {0};
    for (size_t i = 0; i < levels; i++)
        dn_buf_addc(&text, '[');
    for (size_t i = 0; expected == DN_OK && i < levels; i++)
        dn_buf_addc(&text, ']');
    ck_assert_int_eq(load(dn_buf_text(&text)), expected);
    dn_buf_clear(&text);
}

START_TEST(depth_and_size_are_bounded)
{
    nested(64, DN_OK);
    nested(65, DN_INVALID);
    ck_assert_str_eq(err.text, "f:1:65: nested over 64 levels deep");
    nested(100000, DN_INVALID);
    struct dn_buf text = {0};
    dn_buf_adds(&text, "a: ");
    while (text.size < (16 << 20) + 1)
        dn_buf_addc(&text, 'x');
    ck_assert_int_eq(load(dn_buf_text(&text)), DN_INVALID);
    ck_assert_str_eq(err.text, "f: over 16 MiB");
    dn_buf_clear(&text);
    struct dn_error gone = {0};
    dn_yaml_clear(&file);
    ck_assert_int_eq(dn_yaml_read("/nonexistent", &file, &gone), DN_SYSTEM);
    ck_assert_int_eq(dn_yaml_read("/tmp", &file, &gone), DN_SYSTEM);
}
END_TEST

START_TEST(unknown_keys_are_named_with_what_was_meant)
{
    static const char *const known[] = {"status", "findings", "scope", NULL};
    const struct dn_yaml *map = root("status: open\nfindigs: []\n");
    ck_assert_int_eq(dn_yaml_keys(&file, map, known, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "f:2:1: unknown key 'findigs'; is 'findings' meant?");
    map = root("colour: red\n");
    ck_assert_int_eq(dn_yaml_keys(&file, map, known, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "f:1:1: unknown key 'colour'");
    ck_assert_int_eq(dn_yaml_keys(&file, root("scope: []\n"), known, &err), DN_OK);
    ck_assert_int_eq(dn_yaml_keys(&file, root("- a\n"), known, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "f:1:1: a map (keys with values) is needed here");
}
END_TEST

START_TEST(values_are_checked_as_they_are_taken)
{
    static const char *const words[] = {"open", "declared", NULL};
    const struct dn_yaml *map = root("s: x\nl: [a, 'b']\none: c\nt: true\nq: 'false'\nn: 42\nw: declared\n"
                                     "at: 2026-06-15T18:00:00Z\nbad: [{}]\nempty:\nyes: yes\n");
    char *s = NULL;
    struct dn_strings list = {0};
    bool t = false, q = true;
    int64_t n = 0;
    int w = -1;
    struct dn_instant at;
    ck_assert_int_eq(dn_yaml_string(&file, map, "s", &s, &err), DN_OK);
    ck_assert_str_eq(s, "x");
    ck_assert_int_eq(dn_yaml_string(&file, map, "missing", &s, &err), DN_OK);
    ck_assert_str_eq(s, "x");
    free(s);
    ck_assert_int_eq(dn_yaml_strings(&file, map, "l", &list, &err), DN_OK);
    ck_assert_int_eq(dn_yaml_strings(&file, map, "one", &list, &err), DN_OK);
    ck_assert_int_eq(dn_yaml_strings(&file, map, "empty", &list, &err), DN_OK);
    ck_assert_uint_eq(list.count, 3);
    ck_assert_str_eq(list.at[2], "c");
    ck_assert_int_eq(dn_yaml_bool(&file, map, "t", &t, &err), DN_OK);
    ck_assert_int_eq(dn_yaml_bool(&file, map, "q", &q, &err), DN_OK);
    ck_assert(t && !q);
    ck_assert_int_eq(dn_yaml_number(&file, map, "n", &n, &err), DN_OK);
    ck_assert_int_eq(n, 42);
    ck_assert_int_eq(dn_yaml_one(&file, map, "w", words, &w, &err), DN_OK);
    ck_assert_int_eq(w, 1);
    ck_assert_int_eq(dn_yaml_time(&file, map, "at", &at, &err), DN_OK);
    ck_assert_int_eq(at.s, 1781546400);
    ck_assert_int_eq(dn_yaml_strings(&file, map, "bad", &list, &err), DN_INVALID);
    ck_assert_int_eq(dn_yaml_string(&file, map, "l", &s, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "f:2:4: 'l' must be one value, not a list");
    ck_assert_int_eq(dn_yaml_bool(&file, map, "yes", &t, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "f:11:6: 'yes' must be true or false, not 'yes'");
    ck_assert_int_eq(dn_yaml_number(&file, map, "s", &n, &err), DN_INVALID);
    ck_assert_int_eq(dn_yaml_one(&file, map, "s", words, &w, &err), DN_INVALID);
    ck_assert_str_eq(err.text, "f:1:4: 's' must be open or declared, not 'x'");
    ck_assert_int_eq(dn_yaml_time(&file, map, "s", &at, &err), DN_INVALID);
    dn_strings_clear(&list);
}
END_TEST

START_TEST(an_empty_element_is_refused)
{
    struct dn_strings list = {0};
    const struct dn_yaml *map = root("l:\n  - a\n  -\n");
    ck_assert_int_eq(dn_yaml_strings(&file, map, "l", &list, &err), DN_INVALID);
    ck_assert_msg(strstr(err.text, "an empty element in 'l'"), "%s", err.text);
    dn_strings_clear(&list);
}
END_TEST

START_TEST(a_record_is_written_in_block_style)
{
    struct dn_buf out = {0};
    struct dn_yaml_writer w = {.out = &out};
    struct dn_strings list = {0};
    dn_strings_add(&list, DN_TEXT("*@corp.local"));
    dn_strings_add(&list, DN_TEXT("svc"));
    dn_yaml_document(&w, 0);
    dn_yaml_put(&w, "id", "INC-1");
    dn_yaml_put_bool(&w, "drill", false);
    dn_yaml_put_number(&w, "count", 7);
    dn_yaml_put_some(&w, "none", "");
    dn_yaml_put_some(&w, "null", NULL);
    dn_yaml_open_list(&w, "findings");
    dn_yaml_open_map(&w, NULL);
    dn_yaml_put(&w, "at", "2026-06-15T18:00:00Z");
    dn_yaml_put_list(&w, "actors", &list);
    dn_yaml_open_map(&w, "except");
    dn_yaml_put(&w, "a", "b");
    dn_yaml_close(&w);
    dn_yaml_close(&w);
    dn_yaml_open_map(&w, NULL);
    dn_yaml_close(&w);
    dn_yaml_item(&w, "x");
    dn_yaml_close(&w);
    dn_yaml_open_list(&w, "holds");
    dn_yaml_close(&w);
    dn_yaml_put(&w, "summary", "Two lines:\n  # indented\n");
    dn_yaml_document(&w, 1);
    dn_yaml_put(&w, "no", "no");
    ck_assert_str_eq(out.at, "id: INC-1\ndrill: false\ncount: 7\nfindings:\n  - at: 2026-06-15T18:00:00Z\n"
                             "    actors: [\"*@corp.local\", svc]\n    except:\n      a: b\n  - {}\n  - x\n"
                             "holds: []\nsummary: |\n  Two lines:\n    # indented\n---\n\"no\": \"no\"\n");
    dn_strings_clear(&list);
    dn_buf_clear(&out);
}
END_TEST

START_TEST(what_another_reader_would_not_take_for_text_is_quoted)
{
    static const char *const quoted[] = {"",
                                         "~",
                                         "null",
                                         "Null",
                                         "yes",
                                         "No",
                                         "on",
                                         "OFF",
                                         "y",
                                         "true",
                                         "False",
                                         "1",
                                         "-1",
                                         "+1",
                                         "0x1f",
                                         "0o17",
                                         "1e3",
                                         "1_000",
                                         "12:30:45",
                                         ".5",
                                         ".inf",
                                         ".nan",
                                         "-.inf",
                                         "2026-06-15",
                                         "2026-06-15t18:00:00z",
                                         "=",
                                         "<<",
                                         "- a",
                                         "-",
                                         "? a",
                                         ":",
                                         "a: b",
                                         "a:",
                                         "a #b",
                                         "#a",
                                         "&a",
                                         "*a",
                                         "!a",
                                         "|",
                                         ">",
                                         "'a",
                                         "\"a",
                                         "%a",
                                         "@a",
                                         "`a",
                                         "{a",
                                         "[a",
                                         "a]",
                                         "a?b",
                                         "a:?",
                                         "a:-",
                                         "a,b",
                                         " a",
                                         "a ",
                                         "\ta",
                                         "a\tb",
                                         "---",
                                         "...",
                                         "a\\b",
                                         "\xe2\x80\xae-",
                                         "\xef\xbb\xbf",
                                         "a\r\nb"};
    static const char *const plain[] = {"a",
                                        "INC-2026-0042",
                                        "2026-06-15T18:00:00Z",
                                        "2026-06-15T18:00:00.25+02:00",
                                        "a b",
                                        "https://x.example/a&b=c",
                                        "a#b",
                                        "a:b",
                                        "\xc3\xa9t\xc3\xa9",
                                        "/a/b",
                                        "P1D",
                                        "mail content",
                                        "contract-72h-declared",
                                        "nobody",
                                        "truely"};
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted + sizeof plain / sizeof *plain; i++) {
        size_t count = sizeof quoted / sizeof *quoted;
        const char *value = i < count ? quoted[i] : plain[i - count];
        struct dn_buf out = {0};
        struct dn_yaml_writer w = {.out = &out};
        dn_yaml_document(&w, 0);
        dn_yaml_put(&w, "k", value);
        if (*value || i < count)
            ck_assert_msg((out.at[3] == '"') == (i < count), "%s", out.at);
        ck_assert(dn_text_is(dn_yaml_find(root(out.at), "k")->text, value));
        dn_buf_clear(&out);
    }
}
END_TEST

static const char *const pieces[] = {"a",
                                     "b ",
                                     " ",
                                     "\n",
                                     "\n",
                                     "\n\n",
                                     "\t",
                                     "\r",
                                     ":",
                                     ": ",
                                     "#",
                                     " #",
                                     "-",
                                     "- ",
                                     "'",
                                     "\"",
                                     "\\",
                                     ",",
                                     "[",
                                     "}",
                                     "|",
                                     ">",
                                     "&",
                                     "*",
                                     "!",
                                     "%",
                                     "@",
                                     "~",
                                     "\xc3\xa9",
                                     "\xe2\x80\xa8",
                                     "\xe2\x80\xae",
                                     "\xc2\x85",
                                     "\xef\xbb\xbf",
                                     "\x1b",
                                     "0",
                                     "1.5",
                                     "\xf0\x9f\x98\x80",
                                     "\xef\xbf\xbe",
                                     "---",
                                     "...",
                                     "  x\n",
                                     "?",
                                     "`",
                                     "=",
                                     "<<"};

static char *random_text(void)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, "");
    for (int n = rand() % 7; n > 0; n--)
        dn_buf_adds(&text, pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
    return dn_buf_take(&text);
}

/* Writes one text in every place where text may stand: key, value, list, element, deeper. */
static void write_everywhere(struct dn_yaml_writer *w, const char *text)
{
    struct dn_strings list = {0};
    dn_strings_add(&list, dn_text_of(text));
    dn_strings_add(&list, DN_TEXT("end"));
    dn_yaml_document(w, 0);
    dn_yaml_put(w, "v", text);
    dn_yaml_put_list(w, "l", &list);
    dn_yaml_open_list(w, "d");
    dn_yaml_item(w, text);
    dn_yaml_open_map(w, NULL);
    dn_yaml_put(w, text, text);
    dn_yaml_close(w);
    dn_yaml_open_list(w, NULL);
    dn_yaml_item(w, text);
    dn_yaml_close(w);
    dn_yaml_close(w);
    dn_yaml_put(w, "after", text);
    dn_yaml_document(w, 1);
    dn_yaml_put(w, "v", text);
    dn_strings_clear(&list);
}

START_TEST(any_text_is_read_as_it_was_written)
{
    srand(5);
    for (int n = 0; n < 20000; n++) {
        char *text = random_text();
        struct dn_buf out = {0};
        struct dn_yaml_writer w = {.out = &out};
        write_everywhere(&w, text);
        ck_assert_msg(load(dn_buf_text(&out)) == DN_OK, "%s\n%s", err.text, out.at);
        ck_assert_uint_eq(file.count, 2);
        const struct dn_yaml *map = file.documents[0], *deep = dn_yaml_find(map, "d");
        const struct dn_text got[] = {dn_yaml_find(map, "v")->text,
                                      dn_yaml_find(map, "l")->at[0].text,
                                      deep->at[0].text,
                                      deep->at[1].keys[0].text,
                                      deep->at[1].at[0].text,
                                      deep->at[2].at[0].text,
                                      dn_yaml_find(map, "after")->text,
                                      dn_yaml_find(file.documents[1], "v")->text};
        for (size_t i = 0; i < sizeof got / sizeof *got; i++)
            ck_assert_msg(dn_text_is(got[i], text), "place %zu of\n%s", i, out.at);
        dn_buf_clear(&out);
        free(text);
    }
}
END_TEST

START_TEST(bytes_that_are_not_utf8_become_replacement_characters)
{
    struct dn_buf out = {0};
    struct dn_yaml_writer w = {.out = &out};
    dn_yaml_put(&w, "k", "a\xff\n\xc3");
    dn_yaml_put(&w, "overlong", "\xc0\xaf");
    dn_yaml_put(&w, "surrogate", "\xed\xa0\x80");
    const struct dn_yaml *map = root(out.at);
    ck_assert(dn_text_is(dn_yaml_find(map, "k")->text, "a\xef\xbf\xbd\n\xef\xbf\xbd"));
    ck_assert(dn_text_is(dn_yaml_find(map, "overlong")->text, "\xef\xbf\xbd\xef\xbf\xbd"));
    ck_assert(dn_text_is(dn_yaml_find(map, "surrogate")->text, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"));
    dn_buf_clear(&out);
}
END_TEST

/* Does the suite's event tree hold an alias, an anchor or a tag? */
static bool tree_has_more(const char *tree)
{
    for (const char *line = tree; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        line += strspn(line, " ");
        if (strncmp(line, "=ALI", 4) == 0 || strncmp(line, "=VAL &", 6) == 0 || strncmp(line, "=VAL <", 6) == 0)
            return true;
        const char *mark = strncmp(line, "+MAP", 4) == 0 || strncmp(line, "+SEQ", 4) == 0 ? line + 4 : "";
        size_t size = strcspn(mark, "\n");
        if (memchr(mark, '&', size) || memchr(mark, '<', size))
            return true;
    }
    return false;
}

/* Takes apart one file of the suite with our reader and reads the texts in it. */
static size_t suite_cases(const char *path)
{
    struct dn_yaml_file suite = {0};
    struct dn_error why = {0};
    ck_assert_msg(dn_yaml_read(path, &suite, &why) == DN_OK, "%s", why.text);
    const struct dn_yaml *cases = suite.documents[0];
    const char *tree = NULL;
    for (size_t i = 0; i < cases->count; i++) {
        const struct dn_yaml *yaml = dn_yaml_find(&cases->at[i], "yaml"), *node = dn_yaml_find(&cases->at[i], "tree");
        tree = node ? node->text.at : tree;
        enum dn_status status = yaml ? load(yaml->text) : DN_OK;
        ck_assert_msg(status != DN_OK || !yaml || !tree_has_more(tree), "%s, case %zu is read", path, i);
    }
    size_t count = cases->count;
    dn_yaml_clear(&suite);
    return count;
}

START_TEST(no_text_of_the_yaml_test_suite_crashes_or_gets_past_with_an_alias_or_a_tag)
{
    char folder[2048], path[4096];
    const char *shared = getenv("SHARED");
    snprintf(folder, sizeof folder, "%s/data/yaml-test-suite/src", shared ? shared : "");
    DIR *directory = shared && *shared ? opendir(folder) : NULL;
    size_t count = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (dn_text_ends(dn_text_of(path), ".yaml"))
            count += suite_cases(path);
    }
    if (directory)
        closedir(directory);
    else
        printf("SKIP: yaml-test-suite is not there\n");
    ck_assert(!directory || count > 351);
}
END_TEST

static void check_same(const struct dn_yaml *a, const struct dn_yaml *b)
{
    ck_assert(a->kind == b->kind && a->plain == b->plain && a->line == b->line && a->column == b->column &&
              a->count == b->count);
    if (a->kind == DN_YAML_SCALAR) {
        ck_assert(dn_text_equal(a->text, b->text));
        ck_assert_int_eq(b->text.at[b->text.size], '\0');
    }
    for (size_t i = 0; i < a->count; i++) {
        check_same(&a->at[i], &b->at[i]);
        if (a->kind == DN_YAML_MAP)
            check_same(&a->keys[i], &b->keys[i]);
    }
}

START_TEST(an_embedded_file_is_the_tree_that_its_bytes_give)
{
    size_t count = 0;
    for (size_t i = 0; i < dn_data_file_count; i++) {
        const struct dn_data_file *data = &dn_data_files[i];
        struct dn_yaml_file built = {0};
        ck_assert_int_eq(data->nodes != NULL, dn_text_ends(dn_text_of(data->path), ".yaml"));
        if (!data->nodes)
            continue;
        ck_assert_int_eq(load((struct dn_text){data->bytes, data->size}), DN_OK);
        dn_yaml_read_data(data, &built);
        ck_assert_str_eq(built.name, data->path);
        ck_assert(file.count == 1 && built.count == 1);
        check_same(file.documents[0], built.documents[0]);
        dn_yaml_clear(&built);
        count++;
    }
    ck_assert_uint_gt(count, 50);
}
END_TEST

static void tear_down(void)
{
    dn_yaml_clear(&file);
}

int main(void)
{
    Suite *suite = suite_create("yaml");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, NULL, tear_down);
    tcase_add_test(cases, every_scalar_is_text_and_keeps_its_place);
    tcase_add_test(cases, a_file_may_hold_several_documents_or_none);
    tcase_add_test(cases, an_empty_list_is_a_key_not_given);
    tcase_add_test(cases, aliases_anchors_and_tags_are_refused);
    tcase_add_test(cases, keys_are_text_and_stand_once);
    tcase_add_test(cases, characters_that_readers_disagree_on_are_refused);
    tcase_add_test(cases, what_libyaml_refuses_has_its_place);
    tcase_add_test(cases, depth_and_size_are_bounded);
    tcase_add_test(cases, unknown_keys_are_named_with_what_was_meant);
    tcase_add_test(cases, values_are_checked_as_they_are_taken);
    tcase_add_test(cases, an_empty_element_is_refused);
    tcase_add_test(cases, a_record_is_written_in_block_style);
    tcase_add_test(cases, what_another_reader_would_not_take_for_text_is_quoted);
    tcase_add_test(cases, any_text_is_read_as_it_was_written);
    tcase_add_test(cases, bytes_that_are_not_utf8_become_replacement_characters);
    tcase_add_test(cases, an_embedded_file_is_the_tree_that_its_bytes_give);
    tcase_add_test(cases, no_text_of_the_yaml_test_suite_crashes_or_gets_past_with_an_alias_or_a_tag);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
