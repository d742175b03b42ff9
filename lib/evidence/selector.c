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

static struct dn_document *document_of(struct dn_documents *documents, size_t column)
{
    for (size_t i = 0; i < documents->count; i++)
        if (documents->at[i].column == column)
            return &documents->at[i];
    documents->at = dn_grow(documents->at, documents->count, &documents->room, sizeof *documents->at);
    documents->at[documents->count] = (struct dn_document){.column = column};
    return &documents->at[documents->count++];
}

/* False: it is no pointer. */
static bool bind_pointer(struct dn_selector *selector, struct dn_text text, struct dn_documents *documents)
{
    struct dn_json_pointer pointer;
    if (!dn_json_pointer_set(&pointer, text))
        return false;
    struct dn_document *document = document_of(documents, selector->column);
    selector->document = (size_t)(document - documents->at);
    selector->outlet = dn_json_picker_add(&document->picker, &pointer);
    dn_json_pointer_clear(&pointer);
    return true;
}

enum dn_status dn_selector_bind(struct dn_selector *selector, struct dn_text text, const struct dn_header *header,
                                struct dn_documents *documents, struct dn_error *err)
{
    selector->column = DN_CSV_NONE;
    for (size_t size = text.size; size > 0; size = shorter(text, size)) {
        enum dn_status status = dn_header_find(header, (struct dn_text){text.at, size}, &selector->column, err);
        if (status != DN_OK)
            return status;
        if (selector->column == DN_CSV_NONE)
            continue;
        selector->json = size < text.size;
        if (selector->json && !bind_pointer(selector, (struct dn_text){text.at + size, text.size - size}, documents))
            return dn_error_at(err, header->file, header->line, (int64_t)selector->column + 1,
                               "selector '%.*s': what follows the column's name is no JSON pointer (RFC 6901)",
                               (int)text.size, text.at);
        break;
    }
    return DN_OK;
}

void dn_documents_clear(struct dn_documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        dn_json_picker_clear(&documents->at[i].picker);
    free(documents->at);
    *documents = (struct dn_documents){0};
}

void dn_picked_reset(struct dn_picked *values)
{
    values->count = 0;
    values->column = 0;
    values->unreadable = 0;
    values->unreadable_empty = false;
}

void dn_picked_clear(struct dn_picked *values)
{
    free(values->at);
    *values = (struct dn_picked){0};
}

/* Where a value stands, and of which pointer it is. */
struct spot {
    const char *at;
    uint32_t outlet;
    bool read;
};

/* What was read there, when it was first asked for. */
struct reading {
    struct dn_text text;
    struct dn_buf copy; /* of a text that does not stand in the document as it is */
};

/* What one record's document came to. */
struct dn_found {
    uint64_t number; /* of the record */
    bool readable, empty;
    struct dn_json_document document;
    struct dn_buf scratch; /* of the walk */
    struct spot *spots;
    struct reading *readings; /* one for each spot */
    size_t count, room;
};

/* The bit of a size in dn_record_cells.missing_sizes. */
static uint64_t size_bit(size_t size)
{
    return (uint64_t)1 << (size < 63 ? size : 63);
}

void dn_record_cells_begin(struct dn_record_cells *cells, const struct dn_documents *documents,
                           const struct dn_strings *missing)
{
    *cells = (struct dn_record_cells){.documents = documents, .missing = missing};
    for (size_t i = 0; i < missing->count; i++)
        cells->missing_sizes |= size_bit(strlen(missing->at[i]));
    cells->found = dn_alloc(documents->count, sizeof *cells->found);
}

static void clear_found(struct dn_found *found)
{
    for (size_t i = 0; i < found->room; i++)
        dn_buf_clear(&found->readings[i].copy);
    free(found->spots);
    free(found->readings);
    dn_buf_clear(&found->scratch);
}

void dn_record_cells_clear(struct dn_record_cells *cells)
{
    for (size_t i = 0; cells->documents && i < cells->documents->count; i++)
        clear_found(&cells->found[i]);
    free(cells->found);
    *cells = (struct dn_record_cells){0};
}

bool dn_record_cells_missing(const struct dn_record_cells *cells, struct dn_text value)
{
    return dn_strings_has(cells->missing, value);
}

static void add_value(const struct dn_record_cells *cells, struct dn_picked *values, struct dn_text value)
{
    value = dn_record_cells_value(cells, value);
    if (value.size == 0)
        return;
    if (values->count == values->room)
        values->at = dn_grow(values->at, values->count, &values->room, sizeof *values->at);
    values->at[values->count++] = value;
}

static void grow_spots(struct dn_found *found)
{
    size_t old = found->room;
    found->spots = dn_grow(found->spots, found->count, &found->room, sizeof *found->spots);
    found->readings = dn_realloc(found->readings, found->room, sizeof *found->readings);
    for (size_t i = old; i < found->room; i++)
        found->readings[i] = (struct reading){{NULL, 0}, {0}};
}

/* Keeps where a value is. */
static void keep_spot(void *context, size_t outlet, const char *at)
{
    struct dn_found *found = context;
    if (found->count == found->room)
        grow_spots(found);
    found->spots[found->count++] = (struct spot){at, (uint32_t)outlet, false};
}

static struct dn_text read_spot(struct dn_found *found, size_t number)
{
    struct spot *spot = &found->spots[number];
    struct reading *reading = &found->readings[number];
    if (!spot->read)
        reading->text = dn_json_read(&found->document, spot->at, &reading->copy);
    spot->read = true;
    return reading->text;
}

/* The cell that is looked into; in quotes, its own are left doubled. */
static struct dn_json_document document_in(const struct dn_record_cells *cells, size_t column)
{
    if (!cells->row || column >= cells->row->count)
        return (struct dn_json_document){dn_text_trim(dn_record_cells_at(cells, column)), false};
    struct dn_text field = dn_row_field(cells->row, column);
    bool quoted = cells->row->quoted && field.size > 0 && field.at[0] == '"';
    if (quoted)
        field = (struct dn_text){field.at + 1, field.size - 2};
    return (struct dn_json_document){dn_text_trim(field), quoted};
}

/* The record's document, walked when it is first asked for. */
static struct dn_found *open_document(struct dn_record_cells *cells, size_t which)
{
    const struct dn_document *document = &cells->documents->at[which];
    struct dn_found *found = &cells->found[which];
    if (found->number == cells->number)
        return found;
    found->number = cells->number;
    found->document = document_in(cells, document->column);
    found->empty = found->document.text.size == 0;
    found->count = 0;
    found->readable =
        !found->empty && dn_json_walk(&document->picker, &found->document, &found->scratch, keep_spot, found);
    return found;
}

/* Picks out of a cell that should hold JSON. False: it does not. */
static bool pick_json(const struct dn_selector *selector, struct dn_record_cells *cells, struct dn_picked *values)
{
    struct dn_found *found = open_document(cells, selector->document);
    for (size_t i = 0; found->readable && i < found->count; i++)
        if (found->spots[i].outlet == selector->outlet)
            add_value(cells, values, read_spot(found, i));
    if (!found->readable && values->unreadable == 0) {
        values->unreadable = selector->column + 1;
        values->unreadable_empty = found->empty;
    }
    return found->readable;
}

bool dn_selector_pick(const struct dn_selector *selector, struct dn_record_cells *cells, struct dn_picked *values)
{
    size_t count = values->count;
    if (selector->column == DN_CSV_NONE)
        return true;
    if (selector->json && !pick_json(selector, cells, values))
        return false;
    if (!selector->json)
        add_value(cells, values, dn_record_cells_at(cells, selector->column));
    if (values->count > count)
        values->column = selector->column + 1;
    return true;
}
