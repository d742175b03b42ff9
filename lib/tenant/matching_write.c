/* The resources and the unmatched rows of a run. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stream/part.h"
#include "tenant/matching_group.h"

#define UNMATCHED_COLUMNS (DN_IMPACT_COLUMNS + 2)

/* One of the two streams. */
struct stream {
    struct dn_matching *matching;
    struct dn_output *output;
    struct dn_part_writer *writer;
    bool matched;        /* the rows that it has */
    struct dn_buf bytes; /* of the rows of a group, as they were kept */
    struct dn_buf scratch, kinds;
};

/* A row as it was kept. */
struct row {
    struct dn_matching_kept kept;
    struct dn_text candidates;
    const struct dn_matching_row *at;
};

static struct dn_text take(const char **at, size_t size)
{
    struct dn_text text = {*at, size};
    *at += size;
    return text;
}

static void unpack(const char *at, struct row *row)
{
    struct dn_impact *impact = &row->kept.impact;
    memcpy(&row->kept, at, sizeof row->kept);
    at += sizeof row->kept;
    impact->incident_id = take(&at, impact->incident_id.size);
    impact->tenant = take(&at, impact->tenant.size);
    impact->service = take(&at, impact->service.size);
    impact->resource = take(&at, impact->resource.size);
    impact->evidence = take(&at, impact->evidence.size);
    row->candidates = take(&at, row->kept.candidates);
}

static int compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    const struct dn_impact *left = &x->kept.impact, *right = &y->kept.impact;
    const struct dn_text pairs[][2] = {
        {left->tenant, right->tenant},
        {left->service, right->service},
        {left->resource, right->resource},
        {dn_text_of(dn_effect_words[left->effect]), dn_text_of(dn_effect_words[right->effect])},
        {left->evidence, right->evidence},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        int order = dn_text_compare(pairs[i][0], pairs[i][1]);
        if (order)
            return order;
    }
    if (left->rows != right->rows)
        return left->rows < right->rows ? -1 : 1;
    return (x->kept.place > y->kept.place) - (x->kept.place < y->kept.place);
}

static void put_row(struct stream *stream, const struct row *row)
{
    const struct dn_matching *matching = stream->matching;
    struct dn_text cells[UNMATCHED_COLUMNS];
    dn_buf_reset(&stream->scratch);
    dn_impact_cells(&row->kept.impact, &stream->scratch, cells);
    if (stream->matched) {
        dn_buf_reset(&stream->kinds);
        dn_kinds_add_to(&stream->kinds, row->kept.kinds);
        cells[DN_IMPACT_COLUMNS] = dn_matching_tenant_id(dn_matching_at(matching, row->at->group));
        cells[DN_IMPACT_COLUMNS + 1] = dn_buf_text(&stream->kinds);
    } else {
        cells[DN_IMPACT_COLUMNS] = dn_text_of(dn_reason_words[row->at->reason]);
        cells[DN_IMPACT_COLUMNS + 1] = row->candidates;
    }
    dn_part_add(stream->writer, cells, UNMATCHED_COLUMNS);
}

/* Writes one group's rows, `numbers` being theirs. */
static enum dn_status put_group(struct stream *stream, const size_t *numbers, size_t count)
{
    struct dn_matching *matching = stream->matching;
    struct row *rows = dn_alloc(count, sizeof *rows);
    enum dn_status status = DN_OK;
    size_t at = 0;
    dn_buf_reset(&stream->bytes);
    for (size_t i = 0; i < count && status == DN_OK; i++) {
        const struct dn_matching_row *row = &matching->rows[numbers[i]];
        struct dn_spool *spool = &matching->lanes[row->lane].spool;
        status = dn_spool_get(spool, row->at, row->size, &stream->bytes);
        if (status != DN_OK)
            dn_output_fail(stream->output, &spool->failure);
    }
    for (size_t i = 0; i < count && status == DN_OK; at += matching->rows[numbers[i++]].size) {
        unpack(stream->bytes.at + at, &rows[i]);
        rows[i].at = &matching->rows[numbers[i]];
    }
    if (count > 1 && status == DN_OK)
        qsort(rows, count, sizeof *rows, compare);
    for (size_t i = 0; i < count && status == DN_OK; i++)
        put_row(stream, &rows[i]);
    free(rows);
    return status;
}

static bool is_of(const struct stream *stream, const struct dn_matching_row *row)
{
    return (row->reason == DN_MATCHED) == stream->matched;
}

/* The numbers of the stream's rows by group, in the order of the groups; starts[i] is where those of the i-th begin. */
static size_t *by_group(const struct stream *stream, size_t *starts)
{
    const struct dn_matching *matching = stream->matching;
    size_t groups = matching->group_count;
    for (size_t i = 0; i < matching->row_count; i++)
        if (is_of(stream, &matching->rows[i]))
            starts[matching->rows[i].group + 1]++;
    for (size_t i = 0; i < groups; i++)
        starts[i + 1] += starts[i];
    size_t *numbers = dn_alloc(starts[groups], sizeof *numbers);
    size_t *next = dn_alloc(groups, sizeof *next);
    for (size_t i = 0; i < matching->row_count; i++) {
        if (!is_of(stream, &matching->rows[i]))
            continue;
        uint32_t rank = matching->rows[i].group;
        numbers[starts[rank] + next[rank]++] = i;
    }
    free(next);
    return numbers;
}

/* Fetches what the groups a little further on will need. */
static void look_ahead(const struct dn_matching *matching, const size_t *starts, const size_t *numbers, size_t i)
{
    if (i + 24 >= matching->group_count)
        return;
    dn_matching_fetch(dn_matching_at(matching, i + 24));
    if (starts[i + 24] < starts[matching->group_count])
        dn_prefetch(&matching->rows[numbers[starts[i + 24]]]);
    if (dn_matching_at(matching, i + 12)->tenant != DN_NO_TENANT)
        dn_prefetch(dn_matching_at(matching, i + 12)->of.told);
}

static void write_rows(struct dn_matching *matching, bool matched, const char *const *columns, struct dn_output *output)
{
    struct stream stream = {.matching = matching, .output = output, .matched = matched};
    size_t *starts = dn_alloc(matching->group_count + 1, sizeof *starts), *numbers = by_group(&stream, starts);
    enum dn_status status = DN_OK;
    stream.writer = dn_part_begin(columns, UNMATCHED_COLUMNS);
    for (size_t i = 0; i < matching->group_count && status == DN_OK; i++) {
        look_ahead(matching, starts, numbers, i);
        if (starts[i + 1] > starts[i])
            status = put_group(&stream, numbers + starts[i], starts[i + 1] - starts[i]);
    }
    dn_part_end(stream.writer, output);
    dn_buf_clear(&stream.bytes);
    dn_buf_clear(&stream.scratch);
    dn_buf_clear(&stream.kinds);
    free(numbers);
    free(starts);
}

void dn_matching_write_resources(struct dn_matching *matching, struct dn_output *output)
{
    write_rows(matching, true, dn_resource_columns, output);
}

void dn_matching_write_unmatched(struct dn_matching *matching, struct dn_output *output)
{
    const char *columns[UNMATCHED_COLUMNS];
    for (size_t i = 0; i < DN_IMPACT_COLUMNS; i++)
        columns[i] = dn_impact_columns[i];
    columns[DN_IMPACT_COLUMNS] = "reason";
    columns[DN_IMPACT_COLUMNS + 1] = "candidates";
    write_rows(matching, false, columns, output);
}
