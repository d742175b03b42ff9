#include "tenant/intake.h"

#include "base/sha256.h"
#include "stream/csv_write.h"

static enum dn_status foreign_incident(const struct dn_impact_reader *reader, const struct dn_impact *row,
                                       struct dn_error *err)
{
    return dn_error_at(err, dn_impact_name(reader), dn_impact_line(reader), 0,
                       "incident_id '%.*s' is in no document of the incident record", (int)row->incident_id.size,
                       row->incident_id.at);
}

static void feed(struct dn_sha256 *digest, const struct dn_impact *row, struct dn_buf *scratch, struct dn_buf *line)
{
    struct dn_text cells[DN_IMPACT_COLUMNS];
    dn_buf_reset(scratch);
    dn_buf_reset(line);
    dn_impact_cells(row, scratch, cells);
    dn_csv_add_record(line, cells, DN_IMPACT_COLUMNS);
    dn_sha256_feed(digest, dn_buf_text(line));
}

static enum dn_status read_rows(struct dn_intake *intake, struct dn_impact_reader *reader, struct dn_sha256 *digest,
                                size_t *count, struct dn_error *err)
{
    struct dn_impact row;
    struct dn_buf scratch = {0}, line = {0};
    enum dn_status status;
    while ((status = dn_impact_next(reader, &row, err)) == DN_OK) {
        if (intake->incidents && dn_incidents_find(intake->incidents, row.incident_id) == NULL) {
            status = foreign_incident(reader, &row, err);
            break;
        }
        if (!intake->alone)
            feed(digest, &row, &scratch, &line);
        dn_matching_add(intake->matching, &row);
        (*count)++;
        if (intake->progress && ++intake->rows % 4096 == 0)
            intake->progress(intake->context, intake->rows);
    }
    dn_matching_settle(intake->matching);
    dn_buf_clear(&scratch);
    dn_buf_clear(&line);
    return status == DN_END ? DN_OK : status;
}

enum dn_status dn_intake_read(struct dn_intake *intake, const char *path, struct dn_error *err)
{
    struct dn_impact_reader *reader = NULL;
    char hex[DN_SHA256_HEX];
    size_t count = 0;
    bool added = true;
    enum dn_status status = dn_inputs_add(&intake->inputs, path, err);
    if (status == DN_OK)
        status = dn_impact_open(path, intake->subset, &reader, err);
    if (status != DN_OK)
        return status;
    struct dn_sha256 *digest = dn_sha256_begin();
    status = read_rows(intake, reader, digest, &count, err);
    dn_sha256_end(digest, hex);
    if (status == DN_OK && count)
        dn_table_add(&intake->digests, dn_text_of(hex), &added);
    if (!added)
        status =
            dn_error_at(err, dn_impact_name(reader), 0, 0, "the same rows as an earlier file: they would count twice");
    dn_impact_close(reader);
    return status;
}

void dn_intake_clear(struct dn_intake *intake)
{
    dn_inputs_clear(&intake->inputs);
    dn_table_clear(&intake->digests);
    *intake = (struct dn_intake){0};
}
