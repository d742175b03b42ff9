/* Looking at the cells of some tenants: in memory if they are held, else in the file once more. */
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/crew.h"
#include "stream/again.h"
#include "tenant/directory_reader.h"

#define STEP ((size_t)1024) /* tenants that are held and taken at a time */

/* What all threads share. */
struct visiting {
    const struct dn_directory *directory;
    const unsigned char *wanted;
    dn_directory_visitor *visit;
    void *const *contexts;
    struct dn_tickets tickets;
    size_t columns[DN_TENANT_COLUMNS], column_count; /* those that are there, but for keys' */
    pthread_mutex_t lock;                            /* guards: */
    struct dn_error failure;
    size_t failed; /* the piece; SIZE_MAX: none has */
};

/* Are the cells in the file? */
static bool is_filed(const struct dn_directory *directory)
{
    return directory->hold < DN_HOLD_CELLS;
}

static bool is_wanted(const struct visiting *visiting, size_t number)
{
    return visiting->wanted[number / 8] >> number % 8 & 1;
}

static bool any_wanted(const struct visiting *visiting, size_t from, size_t count)
{
    size_t to = from + count;
    while (from < to && !is_wanted(visiting, from))
        from += from % 8 == 0 && visiting->wanted[from / 8] == 0 ? 8 : 1;
    return from < to;
}

static void fail(struct visiting *visiting, size_t piece, const struct dn_error *failure)
{
    pthread_mutex_lock(&visiting->lock);
    if (piece < visiting->failed) {
        visiting->failed = piece;
        visiting->failure = *failure;
    }
    pthread_mutex_unlock(&visiting->lock);
}

/* ---- what is held */

static void visit_held(struct visiting *visiting, void *context, size_t step)
{
    const struct dn_directory *directory = visiting->directory;
    struct dn_visited tenant = {.plain = false};
    size_t from = step * STEP, to = directory->count - from > STEP ? from + STEP : directory->count;
    for (size_t i = from; i < to; i++) {
        if (!is_wanted(visiting, i))
            continue;
        tenant.number = i;
        tenant.line = dn_tenant_line(&directory->at[i]);
        dn_tenant_cells(&directory->at[i], tenant.cells);
        visiting->visit(context, &tenant);
    }
}

/* ---- what is in the file */

static void find_columns(struct visiting *visiting)
{
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++) {
        bool key = i >= DN_TENANT_DOMAINS && i <= DN_TENANT_RESOURCE_PREFIXES;
        if (!key && visiting->directory->index[i] != DN_CSV_NONE)
            visiting->columns[visiting->column_count++] = i;
    }
}

/* Sets the cells of columns that are there. */
static void set_cells(const struct visiting *visiting, const struct dn_row *row, struct dn_text *cells)
{
    const size_t *index = visiting->directory->index;
    for (size_t i = 0; i < visiting->column_count; i++) {
        size_t column = visiting->columns[i];
        struct dn_text cell = dn_row_cell(row, index[column]);
        cells[column] = cell.size ? dn_tenant_value(cell, (enum dn_tenant_column)column) : DN_TEXT("");
    }
}

/* Is it, byte for byte, the record that had this number when the directory was read? Times alone do not tell: a clock
 * tick may have room for two writers, and some tools set them back. */
static bool is_same(const struct dn_directory *directory, const struct dn_directory_piece *piece, size_t number,
                    const struct dn_row *row)
{
    const uint32_t *checks = directory->checks[piece->reader] + piece->first;
    return dn_directory_check(dn_row_raw(row)) == checks[number - piece->base];
}

/* False: the file is not as it was. */
static bool visit_rows(struct visiting *visiting, void *context, const struct dn_directory_piece *piece,
                       struct dn_again *again)
{
    const struct dn_directory *directory = visiting->directory;
    struct dn_visited tenant = {.number = piece->base};
    struct dn_row row;
    size_t end = piece->base + piece->count;
    bool commas = dn_again_commas(again);
    for (size_t i = 0; i < DN_TENANT_COLUMNS; i++)
        tenant.cells[i] = DN_TEXT("");
    for (; tenant.number < end && tenant.number < directory->count; tenant.number++) {
        if (!dn_rows_plain(&again->rows, &row) && (!dn_again_next(again, &row) || row.fault != DN_CSV_FINE))
            return false;
        if (!is_wanted(visiting, tenant.number))
            continue;
        if (!is_same(directory, piece, tenant.number, &row))
            return false;
        tenant.line = row.line;
        tenant.plain = commas && !row.quoted;
        set_cells(visiting, &row, tenant.cells);
        visiting->visit(context, &tenant);
    }
    return true;
}

static void visit_piece(struct visiting *visiting, void *context, size_t number, struct dn_again *again)
{
    const struct dn_directory_piece *piece = &visiting->directory->pieces[number];
    struct dn_error failure = {0};
    if (!any_wanted(visiting, piece->base, piece->count))
        return;
    enum dn_status status = dn_again_read(again, piece->place, piece->end, piece->line, &failure);
    if (status == DN_OK && !visit_rows(visiting, context, piece, again))
        status = dn_again_changed(visiting->directory->csv, &failure);
    failure.status = status;
    if (status != DN_OK)
        fail(visiting, number, &failure);
}

static void visit_some(void *shared, size_t member)
{
    struct visiting *visiting = shared;
    const struct dn_directory *directory = visiting->directory;
    struct dn_again again = {.csv = directory->csv};
    size_t count = is_filed(directory) ? directory->piece_count : (directory->count + STEP - 1) / STEP;
    for (size_t i; (i = dn_tickets_take(&visiting->tickets)) < count;) {
        if (is_filed(directory))
            visit_piece(visiting, visiting->contexts[member], i, &again);
        else
            visit_held(visiting, visiting->contexts[member], i);
    }
    dn_again_clear(&again);
}

enum dn_status dn_directory_visit(const struct dn_directory *directory, const unsigned char *wanted,
                                  dn_directory_visitor *visit, void *const *contexts, size_t threads,
                                  struct dn_error *err)
{
    struct visiting visiting = {
        .directory = directory, .wanted = wanted, .visit = visit, .contexts = contexts, .failed = SIZE_MAX};
    find_columns(&visiting);
    pthread_mutex_init(&visiting.lock, NULL);
    dn_crew_run(threads, visit_some, &visiting);
    pthread_mutex_destroy(&visiting.lock);
    if (visiting.failed != SIZE_MAX && err)
        *err = visiting.failure;
    if (visiting.failed != SIZE_MAX)
        return visiting.failure.status;
    bool same = !is_filed(directory) || dn_again_same(directory->csv, &directory->stamp);
    return same ? DN_OK : dn_again_changed(directory->csv, err);
}
