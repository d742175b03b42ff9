/* Any text: valid for us as for jansson, the same value under a pointer, and any bytes make a valid string
 * (tests/fuzz/run). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "stream/json.h"

struct last {
    size_t count;
    struct dn_buf text;
};

static void keep(void *context, size_t outlet, struct dn_text value)
{
    (void)outlet;
    struct last *last = context;
    last->count++;
    dn_buf_reset(&last->text);
    dn_buf_addt(&last->text, value);
}

/* What jansson refuses and we do not: see json.h. */
static bool stricter(enum json_error_code code, const char *text)
{
    return code == json_error_null_character || code == json_error_null_byte_in_key ||
           code == json_error_numeric_overflow || code == json_error_stack_overflow || strstr(text, "Unicode");
}

static void compare(struct dn_text text)
{
    struct dn_json_pointer pointer;
    struct dn_json_picker picker = {0};
    struct dn_buf scratch = {0};
    struct last last = {0};
    json_error_t why;
    dn_json_pointer_set(&pointer, DN_TEXT("/a/1"));
    dn_json_picker_add(&picker, &pointer);
    bool ours = dn_text_utf8(text, NULL) && dn_json_walk(&picker, text, &scratch, keep, &last);
    json_t *value = json_loadb(text.at, text.size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    const json_t *found = json_array_get(json_object_get(value, "a"), 1);
    bool map = json_is_object(json_object_get(value, "a"));
    if (value && (!ours || (!map && last.count != (found != NULL))))
        abort();
    if (value && json_is_string(found) &&
        !dn_text_equal(dn_buf_text(&last.text), (struct dn_text){json_string_value(found), json_string_length(found)}))
        abort();
    if (!value && ours && json_error_code(&why) != json_error_duplicate_key &&
        !stricter(json_error_code(&why), why.text))
        abort();
    json_decref(value);
    dn_buf_clear(&last.text);
    dn_buf_clear(&scratch);
    dn_json_picker_clear(&picker);
    dn_json_pointer_clear(&pointer);
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
