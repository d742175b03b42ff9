#include "tenant/cell.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "incident/incident.h"
#include "key/fold.h"
#include "key/name.h"

void dn_cell_fault(struct dn_cells *cells, size_t i, const char *format, ...)
{
    if (cells->status != DN_OK)
        return;
    struct dn_buf text = {0};
    va_list arguments;
    va_start(arguments, format);
    dn_buf_addv(&text, format, arguments);
    va_end(arguments);
    int64_t column = cells->index[i] == DN_CSV_NONE ? 0 : (int64_t)cells->index[i] + 1;
    cells->status = dn_error_at(cells->err, dn_csv_name(cells->csv), cells->record->line, column, "%s", text.at);
    dn_buf_clear(&text);
}

struct dn_text dn_cell_text(const struct dn_cells *cells, size_t i)
{
    return dn_csv_cell(cells->record, cells->index[i]);
}

char *dn_cell_string(const struct dn_cells *cells, size_t i)
{
    struct dn_text text = dn_cell_text(cells, i);
    return dn_strndup(text.size ? text.at : "", text.size);
}

char *dn_cell_needed(struct dn_cells *cells, size_t i)
{
    if (dn_cell_text(cells, i).size == 0)
        dn_cell_fault(cells, i, "%s is empty", cells->want[i].name);
    return dn_cell_string(cells, i);
}

int64_t dn_cell_number(struct dn_cells *cells, size_t i)
{
    struct dn_text text = dn_cell_text(cells, i);
    int64_t number = -1;
    if (text.size && !dn_text_number(text, &number))
        dn_cell_fault(cells, i, "%s is not a whole number: '%.*s'", cells->want[i].name, (int)text.size, text.at);
    return number;
}

struct dn_instant dn_cell_instant(struct dn_cells *cells, size_t i)
{
    struct dn_text text = dn_cell_text(cells, i);
    struct dn_instant at = DN_INSTANT_NONE;
    if (text.size && !dn_instant_parse(text, &at))
        dn_cell_fault(cells, i, "%s is not a time with an offset (RFC 3339): '%.*s'", cells->want[i].name,
                      (int)text.size, text.at);
    return at;
}

int dn_cell_word(struct dn_cells *cells, size_t i, const char *const *words, int if_empty)
{
    struct dn_text text = dn_cell_text(cells, i);
    if (text.size == 0 && if_empty >= 0)
        return if_empty;
    int found = dn_word_find(words, text);
    if (found >= 0)
        return found;
    struct dn_buf list = {0};
    for (size_t k = 0; words[k]; k++)
        dn_buf_addf(&list, "%s%s", k ? ", " : "", words[k]);
    dn_cell_fault(cells, i, "%s is '%.*s', expected one of: %s", cells->want[i].name, (int)text.size,
                  text.size ? text.at : "", list.at);
    dn_buf_clear(&list);
    return 0;
}

void dn_cells_render(struct dn_buf *scratch, struct dn_text *cells, const size_t *where, const int64_t *numbers,
                     size_t number_count, const struct dn_instant *times, size_t time_count)
{
    size_t ends[16], begin = scratch->size, k = 0;
    for (size_t i = 0; i < number_count; i++) {
        if (numbers[i] >= 0)
            dn_buf_addf(scratch, "%" PRId64, numbers[i]);
        ends[k++] = scratch->size;
    }
    for (size_t i = 0; i < time_count; i++) {
        dn_instant_add_to(scratch, times[i]);
        ends[k++] = scratch->size;
    }
    for (size_t i = 0; i < k; begin = ends[i], i++)
        cells[where[i]] = ends[i] == begin ? DN_TEXT("") : (struct dn_text){scratch->at + begin, ends[i] - begin};
}

void dn_tenant_key(struct dn_text tenant_id, struct dn_buf *into)
{
    struct dn_text id = dn_text_trim(tenant_id);
    if (!dn_guid_canonical(id, into))
        dn_buf_addt(into, id);
}

static int compare(const void *a, const void *b)
{
    const struct dn_text *x = a, *y = b;
    return dn_text_compare(*x, *y);
}

size_t dn_texts_distinct(const struct dn_text *texts, size_t count)
{
    struct dn_text *sorted = dn_alloc(count, sizeof *sorted);
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = texts[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 0; i < count; i++)
        distinct += sorted[i].size && (i == 0 || !dn_text_equal(sorted[i - 1], sorted[i]));
    free(sorted);
    return distinct;
}
