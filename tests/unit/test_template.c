/* Templates, the words around them, wrapping, and what a language must have. */
#include <check.h>
#include <sys/stat.h>

#include "data/data.h"
#include "notice/defang.h"
#include "notice/language.h"
#include "notice/wrap.h"
#include "notice_fixture.h"

static const char *const names[] = {"name", "note", "flag", NULL};

/* Renders with name, note, flag; the caller frees it. An error becomes its text. */
static char *fill(const char *template, enum dn_sink sink, const char *name, const char *note, const char *flag)
{
    struct dn_template *made = NULL;
    struct dn_error err = {0};
    struct dn_buf out = {0};
    if (dn_template_parse(dn_text_of(template), "t", sink, names, &made, &err) != DN_OK)
        return strdup(err.text);
    struct dn_text values[] = {dn_text_of(name), dn_text_of(note), dn_text_of(flag)};
    dn_template_render(made, values, DN_TEXT("(?)"), &out);
    dn_template_free(made);
    return dn_buf_take(&out);
}

#define CHECK_FILL(template, sink, name, note, flag, expected)                                                         \
    do {                                                                                                               \
        char *filled = fill(template, sink, name, note, flag);                                                         \
        ck_assert_str_eq(filled, expected);                                                                            \
        free(filled);                                                                                                  \
    } while (0)

static void wrap_narrow(struct dn_text lines, struct dn_buf *out)
{
    dn_wrap_add_lines(lines, 12, out);
}

START_TEST(values_sections_and_remarks)
{
    CHECK_FILL("a {{name}} b", DN_SINK_TEXT, "N", "", "", "a N b");
    CHECK_FILL("{{ name }}{{!remark}}{{name}}", DN_SINK_TEXT, "N", "", "", "NN");
    CHECK_FILL("{{#flag}}yes{{/flag}}{{^flag}}no{{/flag}}", DN_SINK_TEXT, "", "", "x", "yes");
    CHECK_FILL("{{#flag}}yes{{/flag}}{{^flag}}no{{/flag}}", DN_SINK_TEXT, "", "", "", "no");
    CHECK_FILL("{{#flag}}a{{#name}}b{{/name}}c{{/flag}}d", DN_SINK_TEXT, "", "", "x", "acd");
    CHECK_FILL("{{#flag}}a{{#name}}b{{/name}}c{{/flag}}d", DN_SINK_TEXT, "x", "", "", "d");
    CHECK_FILL("{{^flag}}{{^name}}b{{/name}}{{/flag}}", DN_SINK_TEXT, "", "", "", "b");
    CHECK_FILL("{ { } } {single} }}", DN_SINK_TEXT, "", "", "", "{ { } } {single} }}");
    CHECK_FILL("", DN_SINK_TEXT, "", "", "", "");
}
END_TEST

/* Filling some values in first, and wrapping the template's own lines, changes nothing of what comes out. */
START_TEST(a_template_filled_in_two_steps_says_the_same)
{
    static const char *const templates[] = {
        "a {{name}} b\n{{#flag}}\nyes {{note}}\n{{/flag}}\nend",
        "{{#flag}}a{{#name}}b{{/name}}c{{/flag}}d{{^flag}}e{{^note}}f{{/note}}{{/flag}}{{name}}",
        ("{{#name}}{{#flag}}x{{/flag}}{{/name}}{{#note}}y{{/note}}\n\n\n- one two three four five six seven\n{{note}} "
         "8\n"),
        "{{^note}}{{#flag}}{{name}}{{/flag}}{{/note}}text{{#flag}}1{{/flag}}{{#flag}}2{{/flag}}3", ""};
    for (size_t t = 0; t < sizeof templates / sizeof *templates; t++)
        for (unsigned bits = 0; bits < 64; bits++) { /* three are known or not, and filled in first or not */
            struct dn_template *made = NULL, *filled = NULL;
            struct dn_text values[3];
            bool is_fixed[3];
            struct dn_buf whole = {0}, twice = {0}, wrapped[2] = {{0}, {0}};
            for (unsigned i = 0; i < 3; i++) {
                values[i] = bits >> i & 1 ? DN_TEXT("one & two\nthree") : DN_TEXT("");
                is_fixed[i] = bits >> (3 + i) & 1;
            }
            ck_assert_int_eq(dn_template_parse(dn_text_of(templates[t]), "t", DN_SINK_TEXT, names, &made, NULL), DN_OK);
            filled = dn_template_fill(made, values, is_fixed, 3, DN_TEXT("(?)"));
            dn_template_render(made, values, DN_TEXT("(?)"), &whole);
            dn_template_render(filled, values, DN_TEXT("(?)"), &twice);
            ck_assert(dn_text_equal(dn_buf_text(&whole), dn_buf_text(&twice)));
            dn_template_map_lines(filled, wrap_narrow);
            dn_buf_reset(&twice);
            dn_template_render(filled, values, DN_TEXT("(?)"), &twice);
            dn_wrap_add(dn_buf_text(&whole), 12, &wrapped[0]);
            dn_wrap_add(dn_buf_text(&twice), 12, &wrapped[1]);
            ck_assert_msg(dn_text_equal(dn_buf_text(&wrapped[0]), dn_buf_text(&wrapped[1])), "%zu %u: %s, %s", t, bits,
                          wrapped[0].at, wrapped[1].at);
            struct dn_buf *const all[] = {&whole, &twice, &wrapped[0], &wrapped[1]};
            for (size_t i = 0; i < 4; i++)
                dn_buf_clear(all[i]);
            dn_template_free(made);
            dn_template_free(filled);
        }
}
END_TEST

START_TEST(what_is_not_known_is_never_a_hole)
{
    CHECK_FILL("[{{name}}]", DN_SINK_TEXT, "", "", "", "[(?)]");
    CHECK_FILL("{{^name}}{{name}}{{/name}}", DN_SINK_TEXT, "", "", "", "(?)");
}
END_TEST

START_TEST(a_tag_alone_on_its_line_leaves_no_line)
{
    CHECK_FILL("a\n{{#flag}}\nb\n{{/flag}}\nc\n", DN_SINK_TEXT, "", "", "x", "a\nb\nc\n");
    CHECK_FILL("a\n  {{#flag}}  \nb\n{{/flag}}\nc\n", DN_SINK_TEXT, "", "", "", "a\nc\n");
    CHECK_FILL("{{! first }}\na\n{{#flag}}{{/flag}} \n", DN_SINK_TEXT, "", "", "x", "a\n \n");
    CHECK_FILL("a\n{{/flag}}", DN_SINK_TEXT, "", "", "", "t:2:1: the end of a section that did not begin: 'flag'");
    CHECK_FILL("{{#flag}}\nb\n{{/flag}}", DN_SINK_TEXT, "", "", "x", "b\n");
    CHECK_FILL("{{name}}\nb", DN_SINK_TEXT, "N", "", "", "N\nb");
}
END_TEST

START_TEST(each_sink_escapes_its_own_way)
{
    const char *evil = "<b>&\"'\nx";
    CHECK_FILL("{{name}}", DN_SINK_TEXT, evil, "", "", "<b>&\"'\nx");
    CHECK_FILL("{{name}}", DN_SINK_LINE, evil, "", "", "<b>&\"' x");
    CHECK_FILL("{{name}}", DN_SINK_HTML, evil, "", "", "&lt;b&gt;&amp;&quot;&#39;<br>\nx");
    CHECK_FILL("{{name}}", DN_SINK_TEXT, "a\r\nb\rc\n\n", "", "", "a\nb\nc");
    CHECK_FILL("{{name}}", DN_SINK_TEXT, "a\x1b[31m\xE2\x80\xAEz", "", "", "a\\x1B[31m\\u{202E}z");
    CHECK_FILL("{{name}}", DN_SINK_LINE, "a\r\nBcc: x", "", "", "a Bcc: x");
}
END_TEST

/* T5: a value that is a template stays what it is, in one rendering and in the next. */
START_TEST(values_are_never_looked_at_again)
{
    static const char *const tokens[] = {"{{name}}",
                                         "{{note}}",
                                         "{{#flag}}x{{/flag}}",
                                         "{{^name}}x{{/name}}",
                                         "{{!x}}",
                                         "{{nothing}}",
                                         "{{",
                                         "}}",
                                         "{{{name}}}",
                                         "%s%n",
                                         "${name}",
                                         "<%= name %>"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        char *once = fill("{{name}}|{{note}}", DN_SINK_TEXT, tokens[i], "N", "f");
        char expected[128];
        snprintf(expected, sizeof expected, "%s|N", tokens[i]);
        ck_assert_str_eq(once, expected);
        free(once);
    }
    CHECK_FILL("{{name}}{{note}}", DN_SINK_TEXT, "{{no", "te}}", "", "{{note}}");
}
END_TEST

static const struct {
    const char *template, *said;
} wrong[] = {
    {"a\nb {{nmae}} c", "t:2:3: unknown variable 'nmae'"},
    {"é {{x}}", "t:1:3: unknown variable 'x'"},
    {"{{}}", "t:1:1: unknown variable"},
    {"{{#nope}}{{/nope}}", "t:1:1: unknown variable 'nope'"},
    {"{{name", "t:1:1: a tag that does not end on its line"},
    {"a {{name\n}}", "t:1:3: a tag that does not end on its line"},
    {"{{#flag}}", "t:1:10: a section that does not end: 'flag'"},
    {"{{/flag}}", "t:1:1: the end of a section that did not begin: 'flag'"},
    {"{{#flag}}{{#name}}{{/flag}}{{/name}}", "t:1:19: the end of another section than the innermost one: 'flag'"},
    {"{{{name}}}", "t:1:1: a tag of a kind that there is not"},
    {"{{&name}}", "t:1:1: a tag of a kind that there is not"},
    {"{{>other}}", "t:1:1: a tag of a kind that there is not"},
    {"{{=<% %>=}}", "t:1:1: a tag of a kind that there is not"},
    {"a\n\x01", "t:2:1: a control"},
    {"a\r\nb", "t:1:1: a control"},
    {"\xff", "t:1:1: not UTF-8"},
};

START_TEST(a_wrong_template_is_refused_with_line_and_column)
{
    char *said = fill(wrong[_i].template, DN_SINK_TEXT, "", "", "");
    ck_assert_msg(strncmp(said, wrong[_i].said, strlen(wrong[_i].said)) == 0, "%s", said);
    free(said);
}
END_TEST

START_TEST(sections_may_be_deep_but_not_endless)
{
    struct dn_buf deep = {0};
    for (int i = 0; i < 33; i++)
        dn_buf_adds(&deep, "{{#flag}}");
    char *said = fill(deep.at, DN_SINK_TEXT, "", "", "");
    ck_assert_ptr_nonnull(strstr(said, "too many sections"));
    free(said);
    dn_buf_clear(&deep);
}
END_TEST

#define CHECK_WRAP(text, width, expected)                                                                              \
    do {                                                                                                               \
        struct dn_buf out = {0};                                                                                       \
        dn_wrap_add(dn_text_of(text), width, &out);                                                                    \
        char *wrapped = dn_buf_take(&out);                                                                             \
        ck_assert_str_eq(wrapped, expected);                                                                           \
        free(wrapped);                                                                                                 \
    } while (0)

START_TEST(lines_are_wrapped_at_blanks)
{
    CHECK_WRAP("aaa bbb ccc", 7, "aaa bbb\nccc\n");
    CHECK_WRAP("aaa bbb", 7, "aaa bbb\n");
    CHECK_WRAP("- aaa bbb", 6, "- aaa\n  bbb\n");
    CHECK_WRAP("12. aaa bbb", 8, "12. aaa\n    bbb\n");
    CHECK_WRAP("  aaa bbb", 6, "  aaa\n  bbb\n");
    CHECK_WRAP("https://a.very.long.example/path x", 10, "https://a.very.long.example/path\nx\n");
    CHECK_WRAP("ééé ééé", 7, "ééé ééé\n");
    CHECK_WRAP("\n\na  \n\n\n\nb\n\n", 9, "a\n\nb\n");
    CHECK_WRAP("", 9, "");
    CHECK_WRAP("\n \n", 9, "");
}
END_TEST

#define CHECK_DEFANG(text, expected)                                                                                   \
    do {                                                                                                               \
        struct dn_buf out = {0};                                                                                       \
        dn_defang_add(dn_text_of(text), &own, &out);                                                                   \
        char *harmless = dn_buf_take(&out);                                                                            \
        ck_assert_str_eq(harmless, expected);                                                                          \
        free(harmless);                                                                                                \
    } while (0)

START_TEST(links_addresses_and_numbers_are_defanged)
{
    struct dn_strings own = {0};
    CHECK_DEFANG("see https://evil.example/x?y=1 or HTTP://EVIL.example.",
                 "see hxxps://evil[.]example/x?y=1 or hxxp://EVIL[.]example.");
    CHECK_DEFANG("www.evil.com", "www[.]evil[.]com");
    CHECK_DEFANG("mailto:a.b@c-d.example", "mailto[:]a.b[@]c-d[.]example");
    CHECK_DEFANG("ftp://x.example tel:123", "ftp[://]x[.]example tel[:]123");
    CHECK_DEFANG("10.0.0.1 and 192.168.100.200:443", "10[.]0[.]0[.]1 and 192[.]168[.]100[.]200:443");
    CHECK_DEFANG("call +39 02 1234 5678 or 0800-123-4567", "call +39 0[2] 123[4] 567[8] or 080[0]-123-[4]567");
    CHECK_DEFANG("(800) 555-1234; +442079460958", "(800) [5]55-1[2]34; +442[0]794[6]095[8]");
    CHECK_DEFANG("t\xC3\xA9l\xC2\xA0:\xC2\xA0+33 1 55 55 01 00\xC2\xA0!",
                 "t\xC3\xA9l\xC2\xA0:\xC2\xA0+33 1 [5]5 55 [0]1 00\xC2\xA0!");
    CHECK_DEFANG("\xC2\xABm\xC3\xBCnchen.example\xC2\xBB", "\xC2\xABm\xC3\xBCnchen[.]example\xC2\xBB");
    CHECK_DEFANG("+44\xC2\xA0"
                 "20\xC2\xA0"
                 "7946 0958",
                 "+44\xC2\xA0"
                 "2[0]\xC2\xA0"
                 "794[6] 095[8]");
    dn_strings_clear(&own);
}
END_TEST

START_TEST(what_is_no_link_and_no_number_stays)
{
    static const char *const texts[] = {"on 2026-06-15 18:00 UTC, 15/06/2026",
                                        "12 500 000 records, 1500000 rows, 3.5 GB",
                                        "INC-2026-0042 and 12345678-1234-4321-9876-123456789abc",
                                        "e.g. this, v7.88.1; and so on.",
                                        "L'adresse. Fin de phrase.",
                                        "@ alone, and a.b",
                                        "etc.\xC2\xA0\xC2\xBB et\xE2\x80\xA6"};
    struct dn_strings own = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_DEFANG(texts[i], texts[i]);
    dn_strings_clear(&own);
}
END_TEST

START_TEST(the_providers_own_contacts_stay_whole_and_only_they)
{
    struct dn_strings own = {0};
    dn_strings_add(&own, DN_TEXT("soc@provider.example"));
    dn_strings_add(&own, DN_TEXT("+44 20 7946 0000"));
    CHECK_DEFANG("(SOC@provider.example), +44 20 7946 0000.", "(SOC@provider.example), +44 20 7946 0000.");
    CHECK_DEFANG("Contact\xC2\xA0:\xC2\xA0soc@provider.example\xC2\xA0;",
                 "Contact\xC2\xA0:\xC2\xA0soc@provider.example\xC2\xA0;");
    CHECK_DEFANG("soc@provider.example.evil", "soc[@]provider[.]example[.]evil");
    CHECK_DEFANG("x.soc@provider.example", "x[.]soc[@]provider[.]example");
    CHECK_DEFANG("+44 20 7946 00001", "+44 2[0] 794[6] 000[0]1");
    dn_strings_clear(&own);
}
END_TEST

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* Whatever is put together from such pieces, nothing to click is left of it. */
START_TEST(no_link_survives_whatever_stands_around_it)
{
    static const char *const pieces[] = {"http", "HTTPS",   ":",    "//",       "www.",
                                         "WWW",  ".",       "evil", "example",  "com",
                                         "@",    "mailto:", "tel:", "[",        "]",
                                         "hxxp", " ",       "\n",   "1",        "0",
                                         "+",    "(",       "-",    "\xC3\xA9", "\xE3\x80\x82",
                                         "\xFF", "/",       "?q="};
    static const char *const links[] = {"http:", "https:",      "www.e", "mailto:", "tel:", "evil.example",
                                        "evil@", "example.com", "@evil", "com@",    NULL};
    struct dn_strings own = {0};
    unsigned state = 20261121;
    for (int i = 0; i < 20000; i++) {
        char text[256] = "";
        for (unsigned k = next_random(&state) % 14; k > 0; k--)
            strcat(text, pieces[next_random(&state) % (sizeof pieces / sizeof *pieces)]);
        struct dn_buf out = {0};
        dn_defang_add(dn_text_of(text), &own, &out);
        for (char *c = out.at; c && *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
        for (size_t k = 0; links[k] && out.at; k++) {
            char *at = strstr(out.at, links[k]);
            bool is_inside = at && strchr("wmt", links[k][0]) && at > out.at &&
                             (at[-1] & 0x80 || strchr("abcdefghijklmnopqrstuvwxyz0123456789_", at[-1]));
            ck_assert_msg(!at || is_inside, "'%s' became '%s'", text, out.at);
        }
        dn_buf_clear(&out);
    }
    dn_strings_clear(&own);
}
END_TEST

/* A folder with the embedded languages, one file of which may be changed. */
static char *copy_templates(const char *file, const char *from, const char *to)
{
    char *folder = strdup("/tmp/dn-words-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (size_t i = 0; i < dn_data_file_count; i++) {
        const char *path = dn_data_files[i].path;
        if (strncmp(path, "templates/", 10) != 0)
            continue;
        path += 10;
        struct dn_buf name = {0};
        dn_buf_addf(&name, "%s/%.*s", folder, (int)strcspn(path, "/"), path);
        mkdir(name.at, 0700);
        dn_buf_reset(&name);
        dn_buf_addf(&name, "%s/%s", folder, path);
        struct dn_buf bytes = {0};
        dn_buf_add(&bytes, dn_data_files[i].bytes, dn_data_files[i].size);
        char *at = strcmp(path, file) == 0 ? strstr(bytes.at, from) : NULL;
        ck_assert(strcmp(path, file) != 0 || at != NULL);
        FILE *out = fopen(name.at, "w");
        if (at)
            fprintf(out, "%.*s%s%s", (int)(at - bytes.at), bytes.at, to, at + strlen(from));
        else
            fwrite(bytes.at, 1, bytes.size, out);
        fclose(out);
        dn_buf_clear(&bytes);
        dn_buf_clear(&name);
    }
    return folder;
}

static void drop_templates(char *folder)
{
    char command[256];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
    free(folder);
}

static const struct {
    const char *file, *from, *to, *said;
} broken[] = {
    {"fr/notice.txt", "{{no_admission}}", "",
     "fr/notice.txt: the sentence that this is no admission of fault is missing"},
    {"it/notice.html", "{{no_admission}}", "", "it/notice.html: the sentence"},
    {"en/script.txt", "{{no_admission}}", "", "en/script.txt: the sentence"},
    {"en/reference.txt", "{{no_admission}}", "", "en/reference.txt: the sentence"},
    {"en/notice.html", "{{no_admission}}", "<!-- {{no_admission}} -->", "en/notice.html: the sentence"},
    {"en/notice.txt", "{{no_admission}}", "{{#drill}}{{no_admission}}{{/drill}}", "en/notice.txt: the sentence"},
    {"en/notice.txt", "{{no_admission}}", "{{^processor}}{{no_admission}}{{/processor}}",
     "en/notice.txt: the sentence"},
    {"en/words.yaml", "no_admission", "no_confession", "en/words.yaml:"},
    {"it/words.yaml", "  loss:", "  los:", "it/words.yaml:"},
    {"it/words.yaml", "duenotice/words/1", "duenotice/words/9", "schema"},
    {"en/notice.txt", "{{summary}}", "{{sumary}}", "unknown variable 'sumary'"},
    {"fr/subject.txt", "{{incident_id}}", "\n{{incident_id}}", "one line"},
    {"fr/subject.txt", "{{tenant_name}}", "{{tenant_name}}{{/drill}}", "fr/subject.txt:1:"},
};

START_TEST(a_language_that_lacks_something_is_refused_when_it_is_loaded)
{
    char *folder = copy_templates(broken[_i].file, broken[_i].from, broken[_i].to);
    struct dn_templates *templates = NULL;
    struct dn_error err = {0};
    ck_assert_int_eq(dn_templates_load(folder, &templates, &err), DN_INVALID);
    ck_assert_ptr_null(templates);
    ck_assert_msg(strstr(err.text, broken[_i].said) != NULL, "said: %s\nwanted: %s", err.text, broken[_i].said);
    ck_assert_msg(strstr(err.text, folder) != NULL, "no place: %s", err.text);
    drop_templates(folder);
}
END_TEST

START_TEST(adding_a_language_is_adding_a_folder)
{
    char *folder = copy_templates("en/notice.txt", "WHAT HAPPENED", "WAT ER GEBEURD IS");
    char path[64];
    struct dn_templates *templates = NULL;
    struct dn_error err = {0};
    snprintf(path, sizeof path, "%s/.git", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "cp -r %s/en %s/nl-BE", folder, folder);
    ck_assert_int_eq(system(path), 0);
    ck_assert_msg(dn_templates_load(folder, &templates, &err) == DN_OK, "%s", err.text);
    ck_assert_str_eq(dn_templates_language(templates, "nl-be"), "nl-BE");
    ck_assert_str_eq(dn_templates_language(templates, "nl"), "en");
    dn_templates_free(templates);
    snprintf(path, sizeof path, "rm %s/nl-BE/script.txt", folder);
    ck_assert_int_eq(system(path), 0);
    ck_assert_int_eq(dn_templates_load(folder, &templates, &err), DN_SYSTEM);
    ck_assert_ptr_nonnull(strstr(err.text, "nl-BE/script.txt"));
    snprintf(path, sizeof path, "rm -r %s/nl-BE %s/en", folder, folder);
    ck_assert_int_eq(system(path), 0);
    ck_assert_int_eq(dn_templates_load(folder, &templates, &err), DN_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "no folder 'en'"));
    drop_templates(folder);
    ck_assert_int_eq(dn_templates_load("/tmp/dn-no-such-folder", &templates, &err), DN_SYSTEM);
}
END_TEST

START_TEST(the_nearest_language_is_chosen)
{
    static const char *const tags[][2] = {{"fr", "fr"},         {"fr-CA", "fr"}, {"FR_ca", "fr"}, {"it-IT", "it"},
                                          {"en-GB", "en"},      {"de-DE", "en"}, {"", "en"},      {"fra", "en"},
                                          {"f", "en"},          {"-", "en"},     {"Fr", "fr"},    {"fr-", "fr"},
                                          {"fr-Latn-CA", "fr"}, {"e", "en"}};
    struct dn_templates *templates = NULL;
    struct dn_error err = {0};
    ck_assert_msg(dn_templates_load(NULL, &templates, &err) == DN_OK, "%s", err.text);
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        ck_assert_msg(strcmp(dn_templates_language(templates, tags[i][0]), tags[i][1]) == 0, "%s", tags[i][0]);
    ck_assert_str_eq(dn_templates_language(templates, NULL), "en");
    dn_templates_free(templates);
}
END_TEST

/* All languages use the same variables, and all of them say everything. */
START_TEST(all_embedded_languages_use_the_same_variables)
{
    static const char *const files[] = {"subject.txt",           "notice.txt",    "notice.html",   "script.txt",
                                        "reference-subject.txt", "reference.txt", "reference.html"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        for (const char *const *name = dn_variable_names; *name; name++) {
            bool used[3];
            static const char *const languages[] = {"en", "fr", "it"};
            for (size_t k = 0; k < 3; k++) {
                char path[64], tag[64];
                snprintf(path, sizeof path, "templates/%s/%s", languages[k], files[i]);
                snprintf(tag, sizeof tag, "%s}}", *name);
                const struct dn_data_file *file = dn_data_find(path);
                ck_assert_ptr_nonnull(file);
                used[k] = strstr(file->bytes, tag) != NULL;
            }
            ck_assert_msg(used[0] == used[1] && used[1] == used[2], "%s: %s", files[i], *name);
        }
}
END_TEST

START_TEST(html_templates_are_self_contained)
{
    static const char *const outside[] = {"http", "src=",    "href=",   "url(",  "<script", "<link",
                                          "<img", "@import", "<iframe", "<form", NULL};
    for (size_t i = 0; i < dn_data_file_count; i++) {
        const struct dn_data_file *file = &dn_data_files[i];
        if (strncmp(file->path, "templates/", 10) != 0)
            continue;
        for (size_t k = 0; outside[k]; k++)
            ck_assert_msg(!strstr(file->bytes, outside[k]), "%s: %s", file->path, outside[k]);
        if (strstr(file->path, ".html")) {
            char lang[32];
            snprintf(lang, sizeof lang, "<html lang=\"%.2s\">", file->path + 10);
            ck_assert_msg(strstr(file->bytes, lang) != NULL, "%s", file->path);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("template");
    TCase *cases = tcase_create("all");
    tcase_add_test(cases, values_sections_and_remarks);
    tcase_add_test(cases, a_template_filled_in_two_steps_says_the_same);
    tcase_add_test(cases, what_is_not_known_is_never_a_hole);
    tcase_add_test(cases, a_tag_alone_on_its_line_leaves_no_line);
    tcase_add_test(cases, each_sink_escapes_its_own_way);
    tcase_add_test(cases, values_are_never_looked_at_again);
    tcase_add_loop_test(cases, a_wrong_template_is_refused_with_line_and_column, 0,
                        (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(cases, sections_may_be_deep_but_not_endless);
    tcase_add_test(cases, lines_are_wrapped_at_blanks);
    tcase_add_test(cases, links_addresses_and_numbers_are_defanged);
    tcase_add_test(cases, what_is_no_link_and_no_number_stays);
    tcase_add_test(cases, the_providers_own_contacts_stay_whole_and_only_they);
    tcase_add_test(cases, no_link_survives_whatever_stands_around_it);
    tcase_add_loop_test(cases, a_language_that_lacks_something_is_refused_when_it_is_loaded, 0,
                        (int)(sizeof broken / sizeof *broken));
    tcase_add_test(cases, adding_a_language_is_adding_a_folder);
    tcase_add_test(cases, the_nearest_language_is_chosen);
    tcase_add_test(cases, all_embedded_languages_use_the_same_variables);
    tcase_add_test(cases, html_templates_are_self_contained);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
