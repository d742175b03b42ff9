/* Any text: valid for us as for jansson, the same value under a pointer, and any bytes make a valid string
 * (tests/fuzz/run). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "stream/json.h"

/* What was found, all of it, and the last of it. */
struct last {
    struct dn_buf places, all, text;
    size_t count;
};

static void keep(void *context, size_t outlet, const char *at)
{
    struct last *last = context;
    dn_buf_addc(&last->all, (char)('0' + outlet));
    dn_buf_add(&last->places, &at, sizeof at);
    last->count++;
}

static void clear(struct last *last)
{
    dn_buf_clear(&last->places);
    dn_buf_clear(&last->all);
    dn_buf_clear(&last->text);
}

/* Reads what was found behind the outlets in `all`. */
static void read_all(struct last *last, const struct dn_json_document *document)
{
    for (size_t i = 0; i < last->count; i++) {
        const char *at;
        memcpy(&at, last->places.at + i * sizeof at, sizeof at);
        struct dn_text value = dn_json_read(document, at, &last->text);
        if (value.at != last->text.at) {
            dn_buf_reset(&last->text);
            dn_buf_addt(&last->text, value);
        }
        dn_buf_addt(&last->all, dn_buf_text(&last->text));
        dn_buf_addc(&last->all, 0);
    }
}

/* One way through the document; what it found is the caller's to clear. */
static bool walk(enum dn_scan_kernel kernel, bool doubled, const struct dn_json_picker *picker, struct dn_text text,
                 struct last *last)
{
    struct dn_buf bytes = {0}, scratch = {0};
    for (size_t i = 0; i < text.size; i++) {
        dn_buf_addc(&bytes, text.at[i]);
        if (doubled && text.at[i] == '"')
            dn_buf_addc(&bytes, '"');
    }
    char *exact = malloc(bytes.size + 1);
    memcpy(exact, bytes.at, bytes.size);
    exact = realloc(exact, bytes.size);
    struct dn_json_document document = {{exact, bytes.size}, doubled};
    *last = (struct last){0};
    bool fine = dn_json_walk_by(kernel, picker, &document, &scratch, keep, last);
    if (fine)
        read_all(last, &document);
    free(exact);
    dn_buf_clear(&bytes);
    dn_buf_clear(&scratch);
    return fine;
}

/* Every other way must find the same. */
static void compare_ways(const struct dn_json_picker *picker, struct dn_text text, bool fine, const struct last *last)
{
    static const enum dn_scan_kernel kernels[] = {DN_SCAN_PORTABLE, DN_SCAN_AVX2, DN_SCAN_AVX512};
    for (int way = 1; way < 6; way++) {
        struct last other;
        if (!dn_json_has(kernels[way / 2]))
            continue;
        if (walk(kernels[way / 2], way % 2, picker, text, &other) != fine ||
            (fine && !dn_text_equal(dn_buf_text(&last->all), dn_buf_text(&other.all))))
            abort();
        clear(&other);
    }
}

/* What jansson refuses and we do not: see json.h. */
static bool stricter(enum json_error_code code, const char *text)
{
    return code == json_error_null_character || code == json_error_null_byte_in_key ||
           code == json_error_numeric_overflow || code == json_error_stack_overflow || strstr(text, "Unicode");
}

static void add_pointer(struct dn_json_picker *picker, const char *text)
{
    struct dn_json_pointer pointer;
    dn_json_pointer_set(&pointer, dn_text_of(text));
    dn_json_picker_add(picker, &pointer);
    dn_json_pointer_clear(&pointer);
}

static void compare_jansson(struct dn_text text, bool ours, const struct last *last)
{
    json_error_t why;
    json_t *value = json_loadb(text.at, text.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    const json_t *found = json_array_get(json_object_get(value, "a"), 1);
    bool map = json_is_object(json_object_get(value, "a"));
    if (value && (!ours || (!map && last->count != (found != NULL))))
        abort();
    if (value && json_is_string(found) &&
        !dn_text_equal(dn_buf_text(&last->text), (struct dn_text){json_string_value(found), json_string_length(found)}))
        abort();
    if (!value && ours && json_error_code(&why) != json_error_duplicate_key &&
        !stricter(json_error_code(&why), why.text))
        abort();
    json_decref(value);
}

static void compare(struct dn_text text)
{
    struct dn_json_picker one = {0}, many = {0};
    struct last last;
    if (!dn_text_utf8(text, NULL))
        return;
    add_pointer(&one, "/a/1");
    bool ours = walk(DN_SCAN_PORTABLE, false, &one, text, &last);
    compare_jansson(text, ours, &last);
    compare_ways(&one, text, ours, &last);
    clear(&last);
    add_pointer(&many, "/a");
    add_pointer(&many, "/*/b");
    add_pointer(&many, "/a/*/b/*");
    add_pointer(&many, "");
    ours = walk(DN_SCAN_PORTABLE, false, &many, text, &last);
    compare_ways(&many, text, ours, &last);
    clear(&last);
    dn_json_picker_clear(&one);
    dn_json_picker_clear(&many);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dn_buf string = {0};
    if (size > 0 && !memchr(data, 0, size)) /* jansson takes NUL for the end of the text */
        compare((struct dn_text){(const char *)data, size});
    dn_json_add_string(&string, (struct dn_text){(const char *)data, size});
    json_t *value = json_loadb(string.at, string.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!value)
        abort();
    json_decref(value);
    dn_buf_clear(&string);
    return 0;
}
