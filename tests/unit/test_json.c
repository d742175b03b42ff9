/* stream: values picked out of JSON, against jansson. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream/json.h"

#define MOST 8

/* What the pointers find in a document, as "<a><b>" each. */
struct collected {
    struct dn_json_document document;
    struct dn_buf found[MOST];
    const char *at[MOST * 64]; /* where they are, in the order in which they were told */
    size_t outlet[MOST * 64], count;
};

static void collect(struct dn_buf *found, struct dn_text value)
{
    dn_buf_addc(found, '<');
    dn_buf_addt(found, value);
    dn_buf_addc(found, '>');
}

static void note(void *context, size_t outlet, const char *at)
{
    struct collected *collected = context;
    ck_assert_uint_lt(collected->count, MOST * 64);
    collected->at[collected->count] = at;
    collected->outlet[collected->count++] = outlet;
}

static void read_all(struct collected *collected)
{
    struct dn_buf scratch = {0};
    for (size_t i = 0; i < collected->count; i++)
        collect(&collected->found[collected->outlet[i]],
                dn_json_read(&collected->document, collected->at[i], &scratch));
    dn_buf_clear(&scratch);
}

/* The exact bytes in memory of their own, so that a look behind them is seen. */
static struct dn_text own(struct dn_text text, bool doubled)
{
    struct dn_buf buf = {0};
    for (size_t i = 0; i < text.size; i++) {
        dn_buf_addc(&buf, text.at[i]);
        if (doubled && text.at[i] == '"')
            dn_buf_addc(&buf, '"');
    }
    struct dn_text copy = {malloc(buf.size ? buf.size : 1), buf.size};
    if (buf.size)
        memcpy((char *)(uintptr_t)copy.at, buf.at, buf.size);
    dn_buf_clear(&buf);
    return copy;
}

/* What each pointer finds in one walk, one way; "invalid" for what is no JSON. */
static void pick_one_way(enum dn_scan_kernel kernel, bool doubled, const struct dn_json_picker *picker,
                         struct dn_text document, char *answers[MOST])
{
    struct dn_text bytes = own(document, doubled);
    struct collected collected = {.document = {bytes, doubled}};
    struct dn_buf scratch = {0};
    bool fine = dn_text_utf8(document, NULL) &&
                dn_json_walk_by(kernel, picker, &collected.document, &scratch, note, &collected);
    if (fine)
        read_all(&collected);
    free((char *)(uintptr_t)bytes.at);
    dn_buf_clear(&scratch);
    for (size_t i = 0; i < MOST; i++) {
        answers[i] = strdup(!fine ? "invalid" : collected.found[i].at ? collected.found[i].at : "");
        dn_buf_clear(&collected.found[i]);
    }
}

/* Every other way must find the same. */
static void compare_ways(const struct dn_json_picker *picker, struct dn_text document, char *answers[MOST])
{
    static const enum dn_scan_kernel kernels[] = {DN_SCAN_PORTABLE, DN_SCAN_AVX2, DN_SCAN_AVX512, DN_SCAN_BEST};
    for (size_t way = 1; way < 8; way++) {
        char *others[MOST];
        if (!dn_json_has(kernels[way / 2]))
            continue;
        pick_one_way(kernels[way / 2], way % 2, picker, document, others);
        for (size_t i = 0; i < MOST; i++) {
            ck_assert_msg(strcmp(answers[i], others[i]) == 0, "way %zu, %zu in %.*s:\n%.900s, not\n%.900s", way, i,
                          (int)(document.size < 900 ? document.size : 900), document.at, others[i], answers[i]);
            free(others[i]);
        }
    }
}

/* What each pointer finds as "<a><b>" in one walk, or in all ways that this machine has; "invalid" for what is no JSON.
 */
static void pick_all(const char *const *pointers, size_t count, struct dn_text document, bool all_ways, char **answers)
{
    struct dn_json_picker picker = {0};
    size_t outlets[MOST];
    char *found[MOST];
    for (size_t i = 0; i < count; i++) {
        struct dn_json_pointer pointer;
        ck_assert(dn_json_pointer_set(&pointer, dn_text_of(pointers[i])));
        outlets[i] = dn_json_picker_add(&picker, &pointer);
        ck_assert_uint_lt(outlets[i], MOST);
        dn_json_pointer_clear(&pointer);
    }
    pick_one_way(DN_SCAN_PORTABLE, false, &picker, document, found);
    if (all_ways)
        compare_ways(&picker, document, found);
    for (size_t i = 0; i < count; i++)
        answers[i] = strdup(found[outlets[i]]);
    for (size_t i = 0; i < MOST; i++)
        free(found[i]);
    dn_json_picker_clear(&picker);
}

static char *pick(const char *pointer, struct dn_text document)
{
    char *answer;
    pick_all(&pointer, 1, document, true, &answer);
    return answer;
}

static void picks(const char *pointer, const char *document, const char *expected)
{
    char *got = pick(pointer, dn_text_of(document));
    ck_assert_msg(strcmp(got, expected) == 0, "%s in %s: %s, not %s", pointer, document, got, expected);
    free(got);
}

static const char audit[] =
    "{\"CreationTime\":\"2026-06-15T05:40:02\",\"Id\":\"0a1b\",\"Operation\":\"MailItemsAccessed\","
    "\"ClientIP\":\"[2603:10b6::1]:443\",\"ResultStatus\":null,\"RecordType\":50,"
    "\"Folders\":[{\"Path\":\"\\\\Inbox\",\"FolderItems\":[{\"Id\":\"m1\"},{\"Id\":\"m2\"}]},"
    "{\"Path\":\"\\\\Sent \\u00e9\\ud83d\\ude00\",\"FolderItems\":[]},"
    "{\"FolderItems\":[{\"Id\":\"m3\",\"x\":{\"Id\":\"no\"}}]}],"
    "\"a/b\":1,\"m~n\":-1.5e+3,\"\":true,\"*\":false}";

START_TEST(values_are_found_by_their_pointer)
{
    picks("/Operation", audit, "<MailItemsAccessed>");
    picks("/RecordType", audit, "<50>");
    picks("/ResultStatus", audit, "<>");
    picks("/Folders/0/Path", audit, "<\\Inbox>");
    picks("/Folders/1/Path", audit, "<\\Sent \xc3\xa9\xf0\x9f\x98\x80>");
    picks("/Folders/2/Path", audit, "");
    picks("/Folders/01/Path", audit, "");
    picks("/Folders/*/FolderItems/*/Id", audit, "<m1><m2><m3>");
    picks("/Folders/*/Path", audit, "<\\Inbox><\\Sent \xc3\xa9\xf0\x9f\x98\x80>");
    picks("/Folders/0/FolderItems", audit, "<[{\"Id\":\"m1\"},{\"Id\":\"m2\"}]>");
    picks("/Folders/1/FolderItems", audit, "<[]>");
    picks("/a~1b", audit, "<1>");
    picks("/m~0n", audit, "<-1.5e+3>");
    picks("/", audit, "<true>");
    picks("/*", audit, "<false>");
    picks("/Operation/x", audit, "");
    picks("/Folders/x", audit, "");
    picks("/operation", audit, "");
    picks("", " [1, 2] ", "<[1, 2]>");
    picks("", "\"x\"", "<x>");
    picks("/0", "[[1],2]", "<[1]>");
}
END_TEST

START_TEST(all_members_of_one_name_are_found)
{
    picks("/a", "{\"a\":1,\"b\":{\"a\":9},\"a\":\"2\",\"\\u0061\":{}}", "<1><2><{}>");
    picks("/a/b", "{\"a\":{\"b\":1},\"a\":{\"b\":2}}", "<1><2>");
}
END_TEST

START_TEST(several_pointers_find_what_each_finds_alone)
{
    static const char *const three[] = {"/Folders/*/Path", "/Folders/1/Path", "/Folders/1", "/Folders/1/Path"};
    char *answers[4];
    pick_all(three, 4, dn_text_of(audit), true, answers);
    ck_assert_str_eq(answers[0], "<\\Inbox><\\Sent \xc3\xa9\xf0\x9f\x98\x80>");
    ck_assert_str_eq(answers[1], "<\\Sent \xc3\xa9\xf0\x9f\x98\x80>");
    ck_assert_str_eq(answers[2], "<{\"Path\":\"\\\\Sent \\u00e9\\ud83d\\ude00\",\"FolderItems\":[]}>");
    ck_assert_str_eq(answers[3], answers[1]);
    for (size_t i = 0; i < 4; i++)
        free(answers[i]);
}
END_TEST

/* Every length of strings, so that quotes and backslashes stand at every place of a block. */
START_TEST(strings_of_any_length_end_where_they_end)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefgh";
    for (int size = 0; size < 70; size++)
        for (int place = 0; place <= size; place++) {
            char text[300], want[100];
            snprintf(text, sizeof text, "[\"%.*s\\\"%s\",\"%.*s\",\"%.*s\n\"]", place, letters, letters + place, size,
                     letters, place, letters);
            char *got = pick("/1", dn_text_of(text));
            ck_assert_str_eq(got, "invalid"); /* for the line feed in the third */
            free(got);
            *strchr(text, '\n') = ' ';
            snprintf(want, sizeof want, "<%.*s>", size, letters);
            got = pick("/1", dn_text_of(text));
            ck_assert_str_eq(got, want);
            free(got);
        }
}
END_TEST

/* The record behind so many bytes, in a string or as blanks: every token stands at every place where the scan's blocks
 * and stretches (of 4 KiB) meet; pick compares all ways. */
static char *moved(size_t size, char byte, const char *record)
{
    struct dn_buf text = {0};
    dn_buf_adds(&text, byte == ' ' ? "{" : "{\"x\":\"");
    for (size_t i = 0; i < size; i++)
        dn_buf_addc(&text, byte);
    dn_buf_adds(&text, byte == ' ' ? "\"r\":" : "\",\"r\":");
    dn_buf_adds(&text, record);
    dn_buf_addc(&text, '}');
    return dn_buf_take(&text);
}

START_TEST(tokens_stand_anywhere)
{
    static const char bytes[] = "a \\";
    for (size_t size = 4096 - sizeof audit; size < 4096 + 70; size++)
        for (size_t i = 0; i < sizeof bytes - 1; i++) {
            char *text = moved(bytes[i] == '\\' ? size - size % 2 : size, bytes[i], audit);
            picks("/r/Folders/*/Path", text, "<\\Inbox><\\Sent \xc3\xa9\xf0\x9f\x98\x80>");
            text[strlen(text) - 3] = 'E'; /* of the false at the end */
            picks("/r/Operation", text, "invalid");
            free(text);
        }
}
END_TEST

/* An escape in any place of a name, which stands in any place of two blocks, of one stretch and of two. */
START_TEST(escapes_of_names_stand_anywhere)
{
    static const char *const names[] = {"\\u004fperation", "Operat\\u0069on", "Operatio\\u006e"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t size = 0; size < 4096 + 70; size += size == 140 ? 4096 - 280 : 1) {
            char record[64];
            snprintf(record, sizeof record, "{\"%s\":7}", names[i]);
            char *text = moved(size, 'a', record);
            picks("/r/Operation", text, "<7>");
            free(text);
        }
}
END_TEST

START_TEST(words_stand_anywhere)
{
    static const char *const records[] = {"[-1.5e+3,true]", "[1234567,0]", "[null ,\t12 ]", "[00]",    "[12 34]",
                                          "[truefalse]",    "[1.]",        "[0x]",          "[tru e]", "[1,\x01]"};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        for (size_t size = 0; size < 4096 + 70; size += size == 70 ? 4096 - 140 : 1) {
            char *text = moved(size, ' ', records[i]), *far = moved(size, ',', records[i]);
            static const char *const expected[] = {"<-1.5e+3>", "<1234567>", "<>"};
            picks("/r/0", text, i < 3 ? expected[i] : "invalid");
            picks("/r/0", far, i < 3 ? expected[i] : "invalid");
            free(text);
            free(far);
        }
}
END_TEST

START_TEST(pointers_are_those_of_rfc_6901)
{
    static const char *const bad[] = {"a", "a/b", "/~", "/~2", "/a~", " /a"};
    struct dn_json_pointer pointer;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!dn_json_pointer_set(&pointer, dn_text_of(bad[i])), "%s", bad[i]);
    ck_assert(dn_json_pointer_set(&pointer, DN_TEXT("/a//~01/")));
    ck_assert_uint_eq(pointer.tokens.count, 4);
    ck_assert_str_eq(pointer.tokens.at[1], "");
    ck_assert_str_eq(pointer.tokens.at[2], "~1");
    ck_assert_str_eq(pointer.tokens.at[3], "");
    dn_json_pointer_clear(&pointer);
    ck_assert(dn_json_pointer_set(&pointer, DN_TEXT("")));
    ck_assert_uint_eq(pointer.tokens.count, 0);
    dn_json_pointer_clear(&pointer);
}
END_TEST

START_TEST(what_is_not_one_whole_document_is_refused)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[1,2",
                                      "{\"a\":1",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "{\"a\":1,}",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "01",
                                      "1.",
                                      ".5",
                                      "+1",
                                      "1e",
                                      "-",
                                      "0x1",
                                      "tru",
                                      "nul",
                                      "True",
                                      "NaN",
                                      "\"a",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\n\"",
                                      "'a'",
                                      "1 2",
                                      "{}{}",
                                      "[1]]",
                                      "{},",
                                      "[1] ,",
                                      "{}:",
                                      "{}\"\"",
                                      "[1]\t2",
                                      "[\"a\"1]",
                                      "[\"a\":1]",
                                      "{\"a\":1,\"b\"}",
                                      "{\"a\":1,2}",
                                      "{\"a\":1,{}}",
                                      "{\"a\":\"b\":1}",
                                      "{\"a\" \"b\"}",
                                      "[1}",
                                      "{\"a\":[}]",
                                      "[}",
                                      "{]",
                                      "\"\xff\"",
                                      "\"\t\"",
                                      "// x\n1",
                                      "[1]x",
                                      "\xef\xbb\xbf[]",
                                      "\\u0061",
                                      "{\"a\":1 \"b\":2}",
                                      "[\"a\\ud8\"]",
                                      "\"\\ud83d\\u12\"",
                                      "{1:2}",
                                      "{\"a\":1,,\"b\":2}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        picks("/a", bad[i], "invalid");
    char *got = pick("", (struct dn_text){"[1]\0", 4});
    ck_assert_str_eq(got, "invalid");
    free(got);
}
END_TEST

START_TEST(a_cell_that_was_cut_off_is_never_valid)
{
    for (size_t size = 0; size < sizeof audit - 1; size++) {
        char *got = pick("/Operation", (struct dn_text){audit, size});
        ck_assert_msg(strcmp(got, "invalid") == 0, "%zu bytes", size);
        free(got);
    }
}
END_TEST

START_TEST(lone_surrogates_and_nul_become_replacement_characters)
{
    picks("/0", "[\"\\ud83dx\"]", "<\xef\xbf\xbdx>");
    picks("/0", "[\"\\ude00\\ud83d\"]", "<\xef\xbf\xbd\xef\xbf\xbd>");
    picks("/0", "[\"\\ud83d\\ud83d\\ude00\"]", "<\xef\xbf\xbd\xf0\x9f\x98\x80>");
    picks("/0", "[\"a\\u0000b\"]",
          "<a\xef\xbf\xbd"
          "b>");
    picks("/0", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]", "<\"\\/\b\f\n\r\t>");
}
END_TEST

static char *nested(int levels)
{
    struct dn_buf text = {0};
    for (int i = 0; i < levels; i++)
        dn_buf_adds(&text, i % 2 ? "{\"a\":" : "[");
    dn_buf_adds(&text, "1");
    for (int i = levels; i-- > 0;)
        dn_buf_addc(&text, i % 2 ? '}' : ']');
    return dn_buf_take(&text);
}

START_TEST(depth_is_bounded)
{
    char *fine = nested(128), *deep = nested(129), *deeper = nested(1000000);
    picks("/0/a/0", "[{\"a\":[7]}]", "<7>");
    picks("/x", fine, "");
    picks("/x", deep, "invalid");
    picks("/x", deeper, "invalid");
    deep[strlen(deep) - 1] = ' '; /* the bracket that was too much does not make up for one that is missing */
    picks("/x", deep, "invalid");
    free(fine);
    free(deep);
    free(deeper);
}
END_TEST

START_TEST(strings_are_written_so_that_jansson_reads_them)
{
    for (int c = 1; c < 0x300; c++) {
        char bytes[8];
        struct dn_text text = {bytes, 0};
        text.size = c < 0x80 ? (size_t)snprintf(bytes, 8, "%c", c)
                             : (size_t)snprintf(bytes, 8, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
        struct dn_buf json = {0};
        dn_json_add_string(&json, text);
        ck_assert(!dn_text_hostile(dn_buf_text(&json)));
        json_t *value = json_loads(json.at, JSON_DECODE_ANY, NULL);
        ck_assert_msg(value && dn_text_is(text, json_string_value(value)), "%s", json.at);
        json_decref(value);
        dn_buf_clear(&json);
    }
    struct dn_buf json = {0};
    dn_json_add_string(&json, DN_TEXT("\xff<\xe2\x80\xae"));
    ck_assert_str_eq(json.at, "\"\xef\xbf\xbd<\\u202e\"");
    dn_buf_clear(&json);
}
END_TEST

/* What jansson finds under the same tokens, in the same words. */
static void jansson_pick(const json_t *value, const struct dn_strings *tokens, size_t depth, struct dn_buf *found)
{
    if (depth == tokens->count) {
        char *dump =
            json_is_string(value) || json_is_null(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        collect(found, json_is_string(value) ? (struct dn_text){json_string_value(value), json_string_length(value)}
                                             : dn_text_of(dump));
        free(dump);
        return;
    }
    const char *token = tokens->at[depth];
    if (json_is_object(value) && json_object_get(value, token))
        jansson_pick(json_object_get(value, token), tokens, depth + 1, found);
    for (size_t i = 0; i < json_array_size(value); i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        if (strcmp(token, "*") == 0 || strcmp(token, number) == 0)
            jansson_pick(json_array_get(value, i), tokens, depth + 1, found);
    }
}

static char *jansson_answer(const char *pointer, struct dn_text document)
{
    json_error_t why;
    struct dn_buf found = {0};
    struct dn_json_pointer compiled;
    json_t *value = json_loadb(document.at, document.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    enum json_error_code code = value ? json_error_unknown : json_error_code(&why);
    ck_assert(dn_json_pointer_set(&compiled, dn_text_of(pointer)));
    dn_buf_adds(&found, "");
    if (value)
        jansson_pick(value, &compiled.tokens, 0, &found);
    else /* jansson refuses these, we do not */
        dn_buf_adds(&found, code == json_error_duplicate_key || code == json_error_null_character ||
                                    code == json_error_numeric_overflow || code == json_error_null_byte_in_key ||
                                    strstr(why.text, "Unicode") || strstr(why.text, "\\u0000")
                                ? "anything"
                                : "invalid");
    json_decref(value);
    dn_json_pointer_clear(&compiled);
    return dn_buf_take(&found);
}

/* Numbers and raw text differ in spelling ("1e3", "[1, 2]"): our raw text is read and dumped by jansson first. */
static bool same_value(struct dn_text ours, const char *theirs)
{
    if (dn_text_is(ours, theirs))
        return true;
    json_t *value = json_loadb(ours.at, ours.size, JSON_DECODE_ANY, NULL);
    char *dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    bool same = dump && strcmp(dump, theirs) == 0;
    free(dump);
    json_decref(value);
    return same;
}

static bool same_answer(const char *ours, const char *theirs)
{
    if (strcmp(theirs, "anything") == 0 || strcmp(ours, theirs) == 0)
        return true;
    size_t ours_size = strlen(ours), theirs_size = strlen(theirs);
    if (ours[0] != '<' || theirs[0] != '<' || strstr(ours, "><") || strstr(theirs, "><"))
        return false;
    char *inner = strndup(theirs + 1, theirs_size - 2);
    bool same = same_value((struct dn_text){ours + 1, ours_size - 2}, inner);
    free(inner);
    return same;
}

static const char *const pointers[] = {"/Operation", "/Folders/*/FolderItems/*/Id", "/Folders/1", "/m~0n", "", "/a~1b"};

#define POINTERS (sizeof pointers / sizeof *pointers)

static bool compare(struct dn_text document)
{
    bool valid = false;
    char *together[POINTERS];
    pick_all(pointers, POINTERS, document, true, together);
    for (size_t i = 0; i < POINTERS; i++) {
        char *ours, *theirs = jansson_answer(pointers[i], document);
        pick_all(&pointers[i], 1, document, false, &ours);
        ck_assert_str_eq(together[i], ours);
        free(together[i]);
        ck_assert_msg(same_answer(ours, theirs), "%s in %.*s\nours %s\ntheirs %s", pointers[i], (int)document.size,
                      document.at, ours, theirs);
        valid = strcmp(ours, "invalid") != 0;
        free(ours);
        free(theirs);
    }
    return valid;
}

/* A few bytes changed, left out, doubled or moved. */
static void mutate(struct dn_buf *text)
{
    static const char bytes[] = "{}[]\",:\\u0019eE+-. tfn\n\x01\x7f\xc3\xa9\xff/~*";
    for (int n = 1 + rand() % 3; n > 0 && text->size > 2; n--) {
        size_t at = (size_t)rand() % (text->size - 1), other = (size_t)rand() % (text->size - 1);
        switch (rand() % 3) {
        case 0:
            text->at[at] = bytes[(size_t)rand() % (sizeof bytes - 1)];
            break;
        case 1:
            memmove(text->at + at, text->at + at + 1, text->size - at - 1);
            text->size--;
            break;
        default:
            text->at[at] = text->at[other];
        }
    }
}

START_TEST(mutations_of_a_record_are_taken_as_jansson_takes_them)
{
    int valid = 0;
    srand(17);
    ck_assert(compare((struct dn_text){audit, sizeof audit - 1}));
    for (int n = 0; n < 20000; n++) {
        struct dn_buf text = {0};
        dn_buf_add(&text, audit, sizeof audit - 1);
        mutate(&text);
        valid += compare(dn_buf_text(&text));
        dn_buf_clear(&text);
    }
    ck_assert_int_gt(valid, 1000);
}
END_TEST

static void random_value(struct dn_buf *text, int depth)
{
    static const char *const scalars[] = {"1",     "-0",   "0.5",  "1E-2",           "true",
                                          "false", "null", "\"\"", "\"\\n\\u00e9\"", "\"x\""};
    static const char *const names[] = {"Operation", "Folders", "FolderItems", "Id", "m~n", "a/b", "*", "1"};
    int kind = depth > 4 ? 0 : rand() % 3, count = rand() % 4, first = rand() % 8;
    if (kind == 0) {
        dn_buf_adds(text, scalars[rand() % 10]);
        return;
    }
    dn_buf_adds(text, kind == 1 ? "{ " : "[");
    for (int i = 0; i < count; i++) {
        if (i > 0)
            dn_buf_adds(text, rand() % 2 ? "," : "\n, ");
        if (kind == 1)
            dn_buf_addf(text, "\"%s\" :", names[(first + i) % 8]);
        random_value(text, depth + 1);
    }
    dn_buf_adds(text, kind == 1 ? "}" : " ]");
}

START_TEST(random_documents_are_taken_as_jansson_takes_them)
{
    srand(23);
    for (int n = 0; n < 20000; n++) {
        struct dn_buf text = {0};
        random_value(&text, 0);
        ck_assert(compare(dn_buf_text(&text)));
        dn_buf_clear(&text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *cases = tcase_create("all");
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, values_are_found_by_their_pointer);
    tcase_add_test(cases, all_members_of_one_name_are_found);
    tcase_add_test(cases, several_pointers_find_what_each_finds_alone);
    tcase_add_test(cases, strings_of_any_length_end_where_they_end);
    tcase_add_test(cases, tokens_stand_anywhere);
    tcase_add_test(cases, escapes_of_names_stand_anywhere);
    tcase_add_test(cases, words_stand_anywhere);
    tcase_add_test(cases, pointers_are_those_of_rfc_6901);
    tcase_add_test(cases, what_is_not_one_whole_document_is_refused);
    tcase_add_test(cases, a_cell_that_was_cut_off_is_never_valid);
    tcase_add_test(cases, lone_surrogates_and_nul_become_replacement_characters);
    tcase_add_test(cases, depth_is_bounded);
    tcase_add_test(cases, strings_are_written_so_that_jansson_reads_them);
    tcase_add_test(cases, mutations_of_a_record_are_taken_as_jansson_takes_them);
    tcase_add_test(cases, random_documents_are_taken_as_jansson_takes_them);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
