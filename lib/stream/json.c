#include "stream/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/json_reader.h"
#include "stream/unicode.h"

bool dn_json_pointer_set(struct dn_json_pointer *pointer, struct dn_text text)
{
    *pointer = (struct dn_json_pointer){{0}};
    struct dn_buf token = {0};
    bool fine = text.size == 0 || text.at[0] == '/';
    for (size_t i = 0; fine && i < text.size;) {
        dn_buf_reset(&token);
        for (i++; fine && i < text.size && text.at[i] != '/'; i++) {
            bool escape = text.at[i] == '~';
            i += escape;
            fine = !escape || (i < text.size && (text.at[i] == '0' || text.at[i] == '1'));
            if (fine)
                dn_buf_addc(&token, !escape ? text.at[i] : text.at[i] == '0' ? '~' : '/');
        }
        dn_strings_add(&pointer->tokens, dn_buf_text(&token));
    }
    dn_buf_clear(&token);
    if (!fine)
        dn_json_pointer_clear(pointer);
    return fine;
}

void dn_json_pointer_clear(struct dn_json_pointer *pointer)
{
    dn_strings_clear(&pointer->tokens);
}

/* The machine of a kernel; NULL: it is the portable one. */
static const struct dn_json_machine *machine_of(enum dn_scan_kernel kernel)
{
    const struct dn_json_machine *machine = NULL;
    if (kernel == DN_SCAN_AVX512 || kernel == DN_SCAN_BEST)
        machine = dn_json_avx512();
    if (kernel == DN_SCAN_AVX2 || (kernel == DN_SCAN_BEST && !machine))
        machine = dn_json_avx2();
    return machine;
}

bool dn_json_has(enum dn_scan_kernel kernel)
{
    return kernel == DN_SCAN_BEST || kernel == DN_SCAN_PORTABLE || machine_of(kernel);
}

static void undouble(struct dn_json_document *document, struct dn_buf *into)
{
    dn_buf_reset(into);
    if (document->text.size > 0)
        dn_buf_extend(
            into, dn_scan_unquote(document->text.at, document->text.size, dn_buf_reserve(into, document->text.size)));
    *document = (struct dn_json_document){dn_buf_text(into), false};
}

/* The machine to go by; NULL: there is none, or the document is a single value, or a huge one. */
static const struct dn_json_machine *machine_for(enum dn_scan_kernel kernel, struct dn_text text)
{
    text = dn_text_trim(text);
    bool fits = text.size > 0 && text.size < UINT32_MAX && (text.at[0] == '{' || text.at[0] == '[');
    return fits ? machine_of(kernel) : NULL;
}

bool dn_json_walk_by(enum dn_scan_kernel kernel, const struct dn_json_picker *picker, struct dn_json_document *document,
                     struct dn_buf *scratch, dn_json_found *found, void *context)
{
    uint32_t small[DN_JSON_STACK], *stack = small;
    const struct dn_json_machine *machine = machine_for(kernel, document->text);
    struct dn_buf name = {0};
    struct dn_json_walk walk;
    if (picker->count > DN_JSON_STACK)
        stack = dn_alloc(picker->count, sizeof *stack);
    if (!machine && document->doubled)
        undouble(document, scratch);
    stack[0] = 0;
    walk.at = document->text.at;
    walk.end = document->text.at + document->text.size;
    walk.doubled = document->doubled;
    walk.nodes = picker->nodes;
    walk.stack = stack;
    walk.next = (struct dn_json_set){0, picker->count > 0};
    walk.scratch = &name;
    walk.found = found;
    walk.context = context;
    walk.depth = 0;
    json_skip_blanks(&walk);
    bool fine = machine ? dn_json_walk_marked(&walk, machine, picker->depth) : dn_json_walk_portable(&walk);
    dn_buf_clear(&name);
    if (stack != small)
        free(stack);
    return fine;
}

bool dn_json_walk(const struct dn_json_picker *picker, struct dn_json_document *document, struct dn_buf *scratch,
                  dn_json_found *found, void *context)
{
    return dn_json_walk_by(DN_SCAN_BEST, picker, document, scratch, found, context);
}

void dn_json_add_string(struct dn_buf *buf, struct dn_text text)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    uint32_t c = 0;
    char bytes[4];
    dn_buf_addc(buf, '"');
    while (dn_unicode_next(&text, &c)) {
        if (c == '"' || c == '\\')
            dn_buf_addf(buf, "\\%c", (int)c);
        else if (c < sizeof letters && letters[c])
            dn_buf_addf(buf, "\\%c", letters[c]);
        else if (c < 0x20 || c == 0x7f || (c >= 0x80 && dn_unicode_escape(c)))
            dn_buf_addf(buf, "\\u%04x", (unsigned)c);
        else
            dn_buf_add(buf, bytes, dn_unicode_put(bytes, c));
    }
    dn_buf_addc(buf, '"');
}
