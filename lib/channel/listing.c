#include "channel/listing.h"

#include <string.h>

#include "base/table.h"
#include "stream/csv_write.h"

static void put(struct dn_output *output, struct dn_buf *line)
{
    dn_output_write(output, dn_buf_text(line));
    dn_buf_reset(line);
}

void dn_listing_header(struct dn_output *output)
{
    struct dn_buf line = {0};
    for (size_t i = 0; i < DN_LEDGER_COLUMNS; i++)
        dn_csv_add_field(&line, i == 0, dn_text_of(dn_ledger_columns[i]));
    dn_buf_addc(&line, '\n');
    put(output, &line);
    dn_buf_clear(&line);
}

void dn_listing_plan(const struct dn_plan *plan, const struct dn_delivery *with, struct dn_output *output)
{
    struct dn_buf line = {0};
    dn_listing_header(output);
    for (size_t i = 0; i < plan->row_count; i++) {
        struct dn_ledger_row row;
        dn_delivery_row(dn_plan_at(plan, i), with->notice, &row);
        row.at = with->clock(with->clock_context);
        row.by = dn_text_of(with->by);
        row.approved_by = dn_text_of(with->approved_by);
        if (row.state == DN_STATE_INTENT)
            row.code = dn_text_of(with->transport->code);
        dn_ledger_add_line(&row, &line);
        put(output, &line);
    }
    dn_buf_clear(&line);
}

#define TABLE_COLUMNS 7
static const char *const titles[TABLE_COLUMNS] = {"TENANT",    "NAME", "CHANNEL", "REQUIRED",
                                                  "RECIPIENT", "PLAN", "REASON"};

static void cells_of(const struct dn_plan_row *row, const char *cells[TABLE_COLUMNS])
{
    cells[0] = row->tenant->tenant_id;
    cells[1] = row->tenant->name;
    cells[2] = dn_channel_words[row->channel];
    cells[3] = dn_required_words[row->required];
    cells[4] = row->recipient;
    cells[5] =
        row->state == DN_STATE_INTENT ? (row->reference_only ? "send-reference" : "send") : dn_state_words[row->state];
    cells[6] = row->reason;
}

/* How many columns of a terminal a visible text takes, near enough: its characters. */
static size_t width_of(struct dn_text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.size; i++)
        width += ((unsigned char)text.at[i] & 0xc0) != 0x80;
    return width;
}

static void widen(const char *const cells[TABLE_COLUMNS], size_t widths[TABLE_COLUMNS], struct dn_buf *scratch)
{
    for (size_t c = 0; c < TABLE_COLUMNS; c++) {
        dn_buf_reset(scratch);
        dn_buf_add_visible(scratch, dn_text_of(cells[c]));
        size_t width = width_of(dn_buf_text(scratch));
        if (width > widths[c])
            widths[c] = width;
    }
}

static void add_cells(const char *const cells[TABLE_COLUMNS], const size_t widths[TABLE_COLUMNS], struct dn_buf *line)
{
    for (size_t c = 0; c < TABLE_COLUMNS; c++) {
        size_t from = line->size;
        dn_buf_add_visible(line, dn_text_of(cells[c]));
        size_t width = width_of((struct dn_text){line->at ? line->at + from : NULL, line->size - from});
        for (; width < widths[c] + 2; width++)
            dn_buf_addc(line, ' ');
    }
    while (line->size && line->at[line->size - 1] == ' ')
        line->at[--line->size] = '\0';
    dn_buf_addc(line, '\n');
}

void dn_listing_table(const struct dn_plan *plan, struct dn_output *output)
{
    size_t widths[TABLE_COLUMNS] = {0};
    const char *cells[TABLE_COLUMNS];
    struct dn_buf line = {0};
    widen(titles, widths, &line);
    for (size_t i = 0; i < plan->row_count; i++) {
        cells_of(dn_plan_at(plan, i), cells);
        widen(cells, widths, &line);
    }
    dn_buf_reset(&line);
    add_cells(titles, widths, &line);
    put(output, &line);
    for (size_t i = 0; i < plan->row_count; i++) {
        cells_of(dn_plan_at(plan, i), cells);
        add_cells(cells, widths, &line);
        put(output, &line);
    }
    dn_buf_clear(&line);
}

void dn_listing_ledger(const struct dn_ledger *ledger, const struct dn_affected_list *affected,
                       struct dn_output *output)
{
    struct dn_table incidents = {0};
    struct dn_ledger_cursor cursor;
    struct dn_error err = {0};
    struct dn_text line, incident_id;
    enum dn_status status;
    struct dn_affected_reader reader = {.list = affected};
    for (size_t i = 0; i < affected->count; i++) {
        struct dn_text id = dn_text_of(dn_affected_at(&reader, i)->incident_id);
        if (!incidents.count || !dn_text_equal(dn_table_key(&incidents, incidents.count - 1), id))
            dn_table_add(&incidents, id, NULL);
    }
    dn_affected_reader_clear(&reader);
    dn_listing_header(output);
    dn_ledger_cursor_open(ledger, 0, &cursor);
    while ((status = dn_ledger_cursor_line(&cursor, &line, &incident_id, &err)) == DN_OK)
        if (dn_table_find(&incidents, incident_id) != SIZE_MAX)
            dn_output_write(output, line);
    if (status != DN_END)
        dn_output_fail(output, &err);
    dn_ledger_cursor_close(&cursor);
    dn_table_clear(&incidents);
}
