/* Templates and everything that hostile text goes through on its way into a notice. The first byte says what is tried.
 */
#include <stdlib.h>
#include <string.h>

#include "notice/compared.h"
#include "notice/defang.h"
#include "notice/isolation.h"
#include "notice/plain.h"
#include "notice/template.h"
#include "notice/wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

/* Whatever the template and the value are, HTML gets no tag from a value, and a line stays one. */
static void template(struct dn_text text, enum dn_sink sink)
{
    static const char *const names[] = {"a", "b", NULL};
    size_t half = text.size / 2;
    struct dn_text values[] = {{text.at + half, text.size - half}, {NULL, 0}};
    struct dn_text bytes = {text.at, half};
    struct dn_template *made = NULL;
    struct dn_buf out = {0};
    if (dn_template_parse(bytes, "t", sink, names, &made, NULL) == DN_OK) {
        dn_template_render(made, values, DN_TEXT("?"), &out);
        size_t opened = 0, breaks = 0, given = 0, lines = 0;
        for (size_t i = 0; i < out.size; i++) {
            breaks += sink == DN_SINK_HTML && out.size - i >= 5 && memcmp(out.at + i, "<br>\n", 5) == 0;
            opened += out.at[i] == '<';
            lines += out.at[i] == '\n';
        }
        for (size_t i = 0; i < half; i++)
            given += sink == DN_SINK_LINE ? text.at[i] == '\n' : text.at[i] == '<';
        if (sink == DN_SINK_HTML)
            check(opened <= given + breaks);
        if (sink == DN_SINK_LINE)
            check(lines <= given);
    }
    dn_template_free(made);
    dn_buf_clear(&out);
}

static void defang(struct dn_text text)
{
    struct dn_strings own = {0};
    struct dn_buf out = {0};
    dn_strings_add(&own, DN_TEXT("a@b.example"));
    dn_defang_add(text, &own, &out);
    check(out.size >= text.size / 3); /* a dot of three bytes becomes one of three */
    dn_strings_clear(&own);
    dn_buf_clear(&out);
}

/* The compared form is its own compared form as far as blanks go, and holds no run of them. */
static void plain(struct dn_text text)
{
    struct dn_buf out = {0};
    dn_plain_add_html(text, false, &out);
    dn_plain_add_html(text, true, &out);
    dn_plain_add_csv(text, &out);
    dn_plain_add_yaml(text, &out);
    dn_wrap_add(text, 20, &out);
    dn_buf_reset(&out);
    dn_compared_add(text, &out);
    check(out.size == 0 || (out.at[0] != ' ' && out.at[out.size - 1] != ' ' && !strstr(out.at, "  ")));
    dn_buf_clear(&out);
}

/* A resource is found in itself, and between two others. */
static void isolation(struct dn_text text)
{
    char *resource = strndup(text.at, text.size);
    struct dn_resource row = {.incident_id = resource, .tenant_id = resource, .tenant = resource, .resource = resource};
    struct dn_resource_list list = {.at = &row, .count = 1};
    struct dn_affected_list none = {0};
    struct dn_isolation *index;
    struct dn_error err;
    check(dn_isolation_open(&none, &list, &index, &err) == DN_OK);
    struct dn_buf hay = {0}, normal = {0};
    struct dn_strings found = {0};
    size_t characters = 0;
    for (const char *c = resource; *c; c++)
        characters += ((unsigned char)*c & 0xC0) != 0x80;
    dn_compared_add(dn_text_of(resource), &normal);
    dn_buf_addf(&hay, "x \x01%s\x01 y", resource);
    dn_isolation_find(index, dn_buf_text(&hay), &found);
    check(found.count == (characters >= 8 && normal.size > 0));
    dn_strings_clear(&found);
    dn_buf_clear(&hay);
    dn_buf_clear(&normal);
    dn_isolation_free(index);
    free(resource);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct dn_text text = {(const char *)data + 1, size - 1};
    switch (data[0] % 6) {
    case 0:
        template(text, DN_SINK_TEXT);
        break;
    case 1:
        template(text, DN_SINK_HTML);
        break;
    case 2:
        template(text, DN_SINK_LINE);
        break;
    case 3:
        defang(text);
        break;
    case 4:
        plain(text);
        break;
    default:
        isolation(text);
    }
    return 0;
}
