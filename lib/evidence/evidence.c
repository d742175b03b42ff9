#include "evidence/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evidence/jsonl.h"
#include "evidence/moment.h"
#include "key/glob.h"
#include "stream/part.h"

/* A field's selectors in this file. */
struct bound {
    struct dn_selector *at;
    size_t count;
    size_t first; /* field number of the first that has a column; 0: none has */
    bool plain;   /* no selector looks into JSON */
    size_t only;  /* the one column that it can come from, if that is plain; DN_CSV_NONE: another case */
};

/* The file: once it is open, threads may share it. */
struct file {
    struct dn_csv *csv;
    struct dn_jsonl *jsonl;
    const struct dn_profile *profile;
    struct bound fields[DN_FIELDS];
    struct dn_documents documents;
    bool judges;
};

/* What this row has for a field; of the row of that number. */
struct values {
    struct dn_picked all, first;
    struct dn_text one;
    uint64_t have_all, have_first, have_one;
};

struct dn_evidence {
    struct file *file;
    bool lane; /* the file is another's */
    struct dn_part_check parts;
    struct dn_csv_record record;
    struct dn_record_cells cells;
    struct values values[DN_FIELDS];
    struct dn_moments moments;
    uint64_t have_time;
    enum dn_evidence_time time;
    struct dn_instant at;
};

static struct dn_header header_of(const struct dn_evidence *evidence)
{
    struct dn_header header = {dn_evidence_name(evidence), 0, &dn_jsonl_column, 1};
    if (evidence->file->csv) {
        header.names = dn_csv_header(evidence->file->csv, &header.count);
        header.line = dn_csv_header_line(evidence->file->csv);
    }
    return header;
}

/* One of our own streams given by mistake is named, unless a profile was named that fits it. */
static enum dn_status refuse_streams(const struct dn_evidence *evidence, const struct dn_profiles *profiles,
                                     struct dn_error *err)
{
    const char *kind = evidence->file->csv ? dn_csv_kind(evidence->file->csv) : NULL;
    if (!kind || !profiles->stock || strcmp(kind, "native evidence") == 0)
        return DN_OK;
    return dn_error_at(err, dn_evidence_name(evidence), dn_csv_header_line(evidence->file->csv), 0,
                       "this is %s, evidence is needed", kind);
}

static enum dn_status bind_field(struct file *file, struct bound *bound, const struct dn_strings *selectors,
                                 const struct dn_header *header, struct dn_error *err)
{
    bound->at = dn_alloc(selectors->count, sizeof *bound->at);
    bound->count = selectors->count;
    bound->plain = true;
    bound->only = DN_CSV_NONE;
    size_t there = 0;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < selectors->count && status == DN_OK; i++) {
        status = dn_selector_bind(&bound->at[i], dn_text_of(selectors->at[i]), header, &file->documents, err);
        if (status != DN_OK || bound->at[i].column == DN_CSV_NONE)
            continue;
        bound->first = bound->first > 0 ? bound->first : bound->at[i].column + 1;
        bound->plain = bound->plain && !bound->at[i].json;
        bound->only = ++there == 1 && bound->plain ? bound->at[i].column : DN_CSV_NONE;
    }
    return status;
}

static enum dn_status bind_fields(struct dn_evidence *evidence, const struct dn_header *header, struct dn_error *err)
{
    struct file *file = evidence->file;
    const struct dn_profile *profile = file->profile;
    enum dn_status status = DN_OK;
    size_t column;
    for (size_t i = 0; i < profile->requires.count && status == DN_OK; i++)
        status = dn_header_find(header, dn_text_of(profile->requires.at[i]), &column, err);
    for (int i = 0; i < DN_FIELDS && status == DN_OK; i++)
        status = bind_field(file, &file->fields[i], &profile->fields[i], header, err);
    for (int i = DN_FIELD_INCIDENT_ID; i < DN_FIELDS; i++)
        file->judges = file->judges || file->fields[i].first > 0;
    if (status == DN_OK && profile->native && file->csv)
        status = dn_header_find(header, DN_TEXT("part"), &evidence->parts.column, err);
    return status;
}

static enum dn_status open_rows(struct file *file, const char *path, const struct dn_evidence_options *options,
                                struct dn_error *err)
{
    if (options->jsonl)
        return dn_jsonl_open(path, &file->jsonl, err);
    return dn_csv_open(path, &(struct dn_csv_options){options->delimiter}, &file->csv, err);
}

static void begin_rows(struct dn_evidence *evidence)
{
    const struct file *file = evidence->file;
    dn_record_cells_begin(&evidence->cells, &file->documents, &file->profile->missing);
    dn_moments_begin(&evidence->moments, file->profile);
}

enum dn_status dn_evidence_open(const char *path, const struct dn_profiles *profiles,
                                const struct dn_evidence_options *options, struct dn_evidence **evidence,
                                struct dn_error *err)
{
    struct dn_evidence *opened = dn_alloc(1, sizeof *opened);
    opened->file = dn_alloc(1, sizeof *opened->file);
    opened->parts = (struct dn_part_check){.column = DN_CSV_NONE, .subset = options->subset};
    enum dn_status status = open_rows(opened->file, path, options, err);
    if (status == DN_OK)
        status = refuse_streams(opened, profiles, err);
    if (status == DN_OK) {
        struct dn_header header = header_of(opened);
        status = dn_profiles_choose(profiles, &header, &opened->file->profile, err);
        if (status == DN_OK)
            status = bind_fields(opened, &header, err);
    }
    if (status == DN_OK)
        begin_rows(opened);
    *evidence = status == DN_OK ? opened : NULL;
    if (status != DN_OK)
        dn_evidence_close(opened);
    return status;
}

struct dn_evidence *dn_evidence_lane(const struct dn_evidence *evidence)
{
    struct dn_evidence *lane = dn_alloc(1, sizeof *lane);
    lane->file = evidence->file;
    lane->lane = true;
    lane->parts.column = DN_CSV_NONE;
    begin_rows(lane);
    return lane;
}

static void close_file(struct file *file)
{
    for (int i = 0; i < DN_FIELDS; i++)
        free(file->fields[i].at);
    dn_documents_clear(&file->documents);
    dn_csv_close(file->csv);
    dn_jsonl_close(file->jsonl);
    free(file);
}

void dn_evidence_close(struct dn_evidence *evidence)
{
    if (!evidence)
        return;
    for (int i = 0; i < DN_FIELDS; i++) {
        dn_picked_clear(&evidence->values[i].all);
        dn_picked_clear(&evidence->values[i].first);
    }
    dn_record_cells_clear(&evidence->cells);
    free(evidence->parts.bits);
    if (!evidence->lane)
        close_file(evidence->file);
    free(evidence);
}

static enum dn_status check_part(struct dn_evidence *evidence, enum dn_status status, struct dn_error *err)
{
    if (!evidence->file->csv)
        return status;
    if (status == DN_OK && evidence->record.fault == DN_CSV_FINE)
        return dn_part_look(&evidence->parts, evidence->file->csv, &evidence->record, err);
    if (status == DN_END && dn_part_finish(&evidence->parts, evidence->file->csv, err) != DN_OK)
        return DN_INVALID;
    return status;
}

enum dn_status dn_evidence_next(struct dn_evidence *evidence, struct dn_error *err)
{
    const struct file *file = evidence->file;
    enum dn_status status =
        file->csv ? dn_csv_next(file->csv, &evidence->record, err) : dn_jsonl_next(file->jsonl, &evidence->record, err);
    dn_record_cells_turn(&evidence->cells, &evidence->record, NULL);
    return check_part(evidence, status, err);
}

void dn_evidence_give(struct dn_evidence *evidence, const struct dn_row *row)
{
    evidence->record = (struct dn_csv_record){.line = row->line, .raw = dn_row_raw(row), .fault = row->fault};
    if (row->fault != DN_CSV_FINE)
        evidence->record.fault_field = dn_row_fault_field(row);
    dn_record_cells_turn(&evidence->cells, &evidence->record, row);
}

struct dn_csv *dn_evidence_csv(const struct dn_evidence *evidence)
{
    return evidence->parts.column == DN_CSV_NONE ? evidence->file->csv : NULL;
}

const char *dn_evidence_name(const struct dn_evidence *evidence)
{
    return evidence->file->csv ? dn_csv_name(evidence->file->csv) : dn_jsonl_name(evidence->file->jsonl);
}

const struct dn_profile *dn_evidence_profile(const struct dn_evidence *evidence)
{
    return evidence->file->profile;
}

const struct dn_csv_record *dn_evidence_record(const struct dn_evidence *evidence)
{
    return &evidence->record;
}

bool dn_evidence_judges(const struct dn_evidence *evidence)
{
    return evidence->file->judges;
}

bool dn_evidence_has(const struct dn_evidence *evidence, enum dn_field field)
{
    return evidence->file->fields[field].first > 0;
}

bool dn_evidence_plain(const struct dn_evidence *evidence, enum dn_field field)
{
    return evidence->file->fields[field].plain;
}

size_t dn_evidence_only(const struct dn_evidence *evidence, enum dn_field field)
{
    return evidence->file->fields[field].only;
}

uint64_t dn_evidence_missing_sizes(const struct dn_evidence *evidence)
{
    return evidence->cells.missing_sizes;
}

struct dn_moments *dn_evidence_moments(struct dn_evidence *evidence)
{
    return &evidence->moments;
}

const struct dn_picked *dn_evidence_all(struct dn_evidence *evidence, enum dn_field field)
{
    const struct bound *bound = &evidence->file->fields[field];
    struct values *values = &evidence->values[field];
    if (values->have_all == evidence->cells.number)
        return &values->all;
    dn_picked_reset(&values->all);
    for (size_t i = 0; i < bound->count; i++)
        dn_selector_pick(&bound->at[i], &evidence->cells, &values->all);
    values->have_all = evidence->cells.number;
    return &values->all;
}

const struct dn_picked *dn_evidence_first(struct dn_evidence *evidence, enum dn_field field)
{
    const struct bound *bound = &evidence->file->fields[field];
    struct values *values = &evidence->values[field];
    if (values->have_first == evidence->cells.number)
        return &values->first;
    dn_picked_reset(&values->first);
    bool readable = true;
    for (size_t i = 0; i < bound->count && readable && values->first.count == 0; i++)
        readable = dn_selector_pick(&bound->at[i], &evidence->cells, &values->first);
    values->have_first = evidence->cells.number;
    return &values->first;
}

bool dn_evidence_json(const struct dn_evidence *evidence)
{
    return evidence->file->documents.count > 0;
}

static inline bool one_value(struct dn_evidence *evidence, enum dn_field field, struct dn_text *value)
{
    size_t column = evidence->file->fields[field].only;
    struct values *values = &evidence->values[field];
    if (column == DN_CSV_NONE)
        return false;
    if (values->have_one != evidence->cells.number) {
        values->one = dn_record_cells_value(&evidence->cells, dn_record_cells_at(&evidence->cells, column));
        values->have_one = evidence->cells.number;
    }
    *value = values->one;
    return true;
}

bool dn_evidence_one(struct dn_evidence *evidence, enum dn_field field, struct dn_text *value)
{
    return one_value(evidence, field, value);
}

struct dn_text dn_evidence_value(struct dn_evidence *evidence, enum dn_field field)
{
    struct dn_text one;
    if (evidence->file->fields[field].first == 0)
        return (struct dn_text){"", 0};
    if (one_value(evidence, field, &one))
        return one;
    const struct dn_picked *values = dn_evidence_first(evidence, field);
    return values->count > 0 ? values->at[0] : (struct dn_text){"", 0};
}

int64_t dn_evidence_column(struct dn_evidence *evidence, enum dn_field field)
{
    const struct dn_picked *values = dn_evidence_first(evidence, field);
    return (int64_t)(values->column > 0 ? values->column : evidence->file->fields[field].first);
}

static enum dn_evidence_time find_time(struct dn_evidence *evidence)
{
    struct dn_text value;
    evidence->at = DN_INSTANT_NONE;
    if (!one_value(evidence, DN_FIELD_AT, &value)) {
        const struct dn_picked *values = dn_evidence_first(evidence, DN_FIELD_AT);
        if (values->unreadable)
            return DN_EVIDENCE_UNREADABLE;
        value = values->count > 0 ? values->at[0] : (struct dn_text){"", 0};
    }
    if (value.size == 0)
        return DN_EVIDENCE_NO_TIME;
    if (dn_moments_read(&evidence->moments, value, &evidence->at))
        return DN_EVIDENCE_TIME;
    evidence->at = DN_INSTANT_NONE;
    return DN_EVIDENCE_BAD_TIME;
}

enum dn_evidence_time dn_evidence_at(struct dn_evidence *evidence, struct dn_instant *at)
{
    if (evidence->have_time != evidence->cells.number)
        evidence->time = find_time(evidence);
    evidence->have_time = evidence->cells.number;
    *at = evidence->at;
    return evidence->time;
}

bool dn_evidence_failed(struct dn_evidence *evidence)
{
    const struct dn_picked *values = dn_evidence_first(evidence, DN_FIELD_OUTCOME);
    for (size_t i = 0; i < values->count; i++)
        if (!dn_glob_any(&evidence->file->profile->unsuccessful, values->at[i]))
            return false;
    return values->count > 0;
}
