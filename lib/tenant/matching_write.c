/* The three streams of a run. */
#include "stream/part.h"
#include "tenant/matching.h"

#define UNMATCHED_COLUMNS (DN_IMPACT_COLUMNS + 2)

void dn_matching_write_resources(const struct dn_matching *matching, struct dn_output *output)
{
    struct dn_part_writer *writer = dn_part_begin(dn_resource_columns, DN_RESOURCE_COLUMNS);
    struct dn_buf scratch = {0}, kinds = {0};
    for (size_t i = 0; i < matching->count; i++) {
        const struct dn_matching_row *row = &matching->rows[i];
        struct dn_text cells[DN_RESOURCE_COLUMNS];
        if (row->reason != DN_MATCHED)
            continue;
        dn_buf_reset(&scratch);
        dn_buf_reset(&kinds);
        dn_impact_cells(&row->impact, &scratch, cells);
        dn_kinds_add_to(&kinds, row->kinds);
        cells[DN_IMPACT_COLUMNS] = dn_tenant_cell(&matching->matcher.directory->at[row->tenant], DN_TENANT_ID);
        cells[DN_IMPACT_COLUMNS + 1] = dn_buf_text(&kinds);
        dn_part_add(writer, cells, DN_RESOURCE_COLUMNS);
    }
    dn_part_end(writer, output);
    dn_buf_clear(&scratch);
    dn_buf_clear(&kinds);
}

void dn_matching_write_unmatched(const struct dn_matching *matching, struct dn_output *output)
{
    const char *columns[UNMATCHED_COLUMNS];
    for (size_t i = 0; i < DN_IMPACT_COLUMNS; i++)
        columns[i] = dn_impact_columns[i];
    columns[DN_IMPACT_COLUMNS] = "reason";
    columns[DN_IMPACT_COLUMNS + 1] = "candidates";
    struct dn_part_writer *writer = dn_part_begin(columns, UNMATCHED_COLUMNS);
    struct dn_buf scratch = {0};
    for (size_t i = 0; i < matching->count; i++) {
        const struct dn_matching_row *row = &matching->rows[i];
        struct dn_text cells[UNMATCHED_COLUMNS];
        if (row->reason == DN_MATCHED)
            continue;
        dn_buf_reset(&scratch);
        dn_impact_cells(&row->impact, &scratch, cells);
        cells[DN_IMPACT_COLUMNS] = dn_text_of(dn_reason_words[row->reason]);
        cells[DN_IMPACT_COLUMNS + 1] = row->candidates;
        dn_part_add(writer, cells, UNMATCHED_COLUMNS);
    }
    dn_part_end(writer, output);
    dn_buf_clear(&scratch);
}

void dn_affected_write(const struct dn_affected_list *list, struct dn_output *output)
{
    struct dn_part_writer *writer = dn_part_begin(dn_affected_columns, DN_AFFECTED_COLUMNS);
    struct dn_buf scratch = {0};
    for (size_t i = 0; i < list->count; i++) {
        struct dn_text cells[DN_AFFECTED_COLUMNS];
        dn_buf_reset(&scratch);
        dn_affected_cells(&list->at[i], &scratch, cells);
        dn_part_add(writer, cells, DN_AFFECTED_COLUMNS);
    }
    dn_part_end(writer, output);
    dn_buf_clear(&scratch);
}
