#include "evidence/selector.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum dn_status dn_header_find(const struct dn_header *header, struct dn_text name, size_t *column, struct dn_error *err)
{
    *column = DN_CSV_NONE;
    for (size_t i = 0; i < header->count; i++) {
        if (!dn_text_equal(header->names[i], name))
            continue;
        if (*column != DN_CSV_NONE)
            return dn_error_at(err, header->file, header->line, (int64_t)i + 1,
                               "column '%.*s' is needed and stands twice in the header, first as field %zu",
                               (int)name.size, name.at, *column + 1);
        *column = i;
    }
    return DN_OK;
}

/* The end of the next shorter prefix of text that a slash follows; 0: there is none. */
static size_t shorter(struct dn_text text, size_t size)
{
    while (size > 0 && text.at[size - 1] != '/')
        size--;
    return size > 0 ? size - 1 : 0;
}

enum dn_status dn_selector_bind(struct dn_selector *selector, struct dn_text text, const struct dn_header *header,
                                struct dn_error *err)
{
    selector->column = DN_CSV_NONE;
    for (size_t size = text.size; size > 0; size = shorter(text, size)) {
        enum dn_status status = dn_header_find(header, (struct dn_text){text.at, size}, &selector->column, err);
        if (status != DN_OK)
            return status;
        if (selector->column == DN_CSV_NONE)
            continue;
        selector->json = size < text.size;
        if (selector->json &&
            !dn_json_pointer_set(&selector->pointer, (struct dn_text){text.at + size, text.size - size}))
            return dn_error_at(err, header->file, header->line, (int64_t)selector->column + 1,
                               "selector '%.*s': what follows the column's name is no JSON pointer (RFC 6901)",
                               (int)text.size, text.at);
        break;
    }
    return DN_OK;
}

void dn_selector_clear(struct dn_selector *selector)
{
    dn_json_pointer_clear(&selector->pointer);
    *selector = (struct dn_selector){0};
}

void dn_values_reset(struct dn_values *values, size_t bytes)
{
    values->count = 0;
    values->used = 0;
    values->column = 0;
    values->unreadable = 0;
    values->unreadable_empty = false;
    if (values->byte_room < bytes) {
        values->byte_room = bytes * 2;
        values->bytes = dn_realloc(values->bytes, values->byte_room, 1);
    }
}

void dn_values_clear(struct dn_values *values)
{
    free(values->at);
    free(values->bytes);
    *values = (struct dn_values){0};
}

struct found {
    struct dn_values *values;
    const struct dn_strings *missing;
    bool spilt; /* more text than the cell holds: never, or the picker is wrong */
};

static void add_value(struct dn_values *values, const struct dn_strings *missing, struct dn_text value)
{
    value = dn_text_trim(value);
    if (value.size == 0 || dn_strings_has(missing, value))
        return;
    values->at = dn_grow(values->at, values->count, &values->room, sizeof *values->at);
    values->at[values->count++] = value;
}

/* Keeps a value that is only good during the call. Values of one pointer never overlap in the document and never grow
 * when unescaped, so the room for the whole cell is enough. */
static void keep_value(void *context, struct dn_text value)
{
    struct found *found = context;
    struct dn_values *values = found->values;
    found->spilt = found->spilt || value.size > values->byte_room - values->used;
    if (value.size == 0 || found->spilt)
        return;
    char *copy = values->bytes + values->used;
    memcpy(copy, value.at, value.size);
    values->used += value.size;
    add_value(values, found->missing, (struct dn_text){copy, value.size});
}

/* Picks out of a cell that should hold JSON. False: it does not. */
static bool pick_json(const struct dn_selector *selector, struct dn_text document, const struct dn_strings *missing,
                      struct dn_values *values)
{
    struct found found = {values, missing, false};
    size_t count = values->count, used = values->used;
    document = dn_text_trim(document);
    if (document.size > 0 && dn_json_pick(document, &selector->pointer, keep_value, &found) && !found.spilt)
        return true;
    values->count = count;
    values->used = used;
    if (values->unreadable == 0) {
        values->unreadable = selector->column + 1;
        values->unreadable_empty = document.size == 0;
    }
    return false;
}

bool dn_selector_pick(const struct dn_selector *selector, const struct dn_csv_record *record,
                      const struct dn_strings *missing, struct dn_values *values)
{
    size_t count = values->count;
    if (selector->column == DN_CSV_NONE)
        return true;
    struct dn_text cell = dn_csv_cell(record, selector->column);
    if (selector->json && !pick_json(selector, cell, missing, values))
        return false;
    if (!selector->json)
        add_value(values, missing, cell);
    if (values->count > count)
        values->column = selector->column + 1;
    return true;
}
