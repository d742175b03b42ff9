#include "evidence/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "evidence/jsonl.h"
#include "key/glob.h"
#include "stream/part.h"

/* One field bound to this file, and what this row has for it. */
struct bound {
    struct dn_selector *at;
    size_t count;
    struct dn_values all, first;
    bool have_all, have_first;
};

struct dn_evidence {
    struct dn_csv *csv;
    struct dn_jsonl *jsonl;
    const struct dn_profile *profile;
    struct bound fields[DN_FIELDS];
    struct dn_part_check parts;
    struct dn_csv_record record;
    bool have_time;
    enum dn_evidence_time time;
    struct dn_instant at;
};

static struct dn_header header_of(const struct dn_evidence *evidence)
{
    struct dn_header header = {dn_evidence_name(evidence), 0, &dn_jsonl_column, 1};
    if (evidence->csv) {
        header.names = dn_csv_header(evidence->csv, &header.count);
        header.line = dn_csv_header_line(evidence->csv);
    }
    return header;
}

/* One of our own streams given by mistake is named, unless a profile was named that fits it. */
static enum dn_status refuse_streams(const struct dn_evidence *evidence, const struct dn_profiles *profiles,
                                     struct dn_error *err)
{
    const char *kind = evidence->csv ? dn_csv_kind(evidence->csv) : NULL;
    if (!kind || !profiles->stock || strcmp(kind, "native evidence") == 0)
        return DN_OK;
    return dn_error_at(err, dn_evidence_name(evidence), dn_csv_header_line(evidence->csv), 0,
                       "this is %s, evidence is needed", kind);
}

static enum dn_status bind_field(struct bound *bound, const struct dn_strings *selectors,
                                 const struct dn_header *header, struct dn_error *err)
{
    bound->at = dn_alloc(selectors->count, sizeof *bound->at);
    bound->count = selectors->count;
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < selectors->count && status == DN_OK; i++)
        status = dn_selector_bind(&bound->at[i], dn_text_of(selectors->at[i]), header, err);
    return status;
}

static enum dn_status bind_fields(struct dn_evidence *evidence, const struct dn_header *header, struct dn_error *err)
{
    const struct dn_profile *profile = evidence->profile;
    enum dn_status status = DN_OK;
    size_t column;
    for (size_t i = 0; i < profile->requires.count && status == DN_OK; i++)
        status = dn_header_find(header, dn_text_of(profile->requires.at[i]), &column, err);
    for (int i = 0; i < DN_FIELDS && status == DN_OK; i++)
        status = bind_field(&evidence->fields[i], &profile->fields[i], header, err);
    if (status == DN_OK && profile->native && evidence->csv)
        status = dn_header_find(header, DN_TEXT("part"), &evidence->parts.column, err);
    return status;
}

static enum dn_status open_rows(struct dn_evidence *evidence, const char *path,
                                const struct dn_evidence_options *options, struct dn_error *err)
{
    if (options->jsonl)
        return dn_jsonl_open(path, &evidence->jsonl, err);
    return dn_csv_open(path, &(struct dn_csv_options){options->delimiter}, &evidence->csv, err);
}

enum dn_status dn_evidence_open(const char *path, const struct dn_profiles *profiles,
                                const struct dn_evidence_options *options, struct dn_evidence **evidence,
                                struct dn_error *err)
{
    struct dn_evidence *opened = dn_alloc(1, sizeof *opened);
    opened->parts = (struct dn_part_check){.column = DN_CSV_NONE, .subset = options->subset};
    enum dn_status status = open_rows(opened, path, options, err);
    if (status == DN_OK)
        status = refuse_streams(opened, profiles, err);
    if (status == DN_OK) {
        struct dn_header header = header_of(opened);
        status = dn_profiles_choose(profiles, &header, &opened->profile, err);
        if (status == DN_OK)
            status = bind_fields(opened, &header, err);
    }
    *evidence = status == DN_OK ? opened : NULL;
    if (status != DN_OK)
        dn_evidence_close(opened);
    return status;
}

static void clear_field(struct bound *bound)
{
    for (size_t i = 0; i < bound->count; i++)
        dn_selector_clear(&bound->at[i]);
    free(bound->at);
    dn_values_clear(&bound->all);
    dn_values_clear(&bound->first);
}

void dn_evidence_close(struct dn_evidence *evidence)
{
    if (!evidence)
        return;
    for (int i = 0; i < DN_FIELDS; i++)
        clear_field(&evidence->fields[i]);
    free(evidence->parts.bits);
    dn_csv_close(evidence->csv);
    dn_jsonl_close(evidence->jsonl);
    free(evidence);
}

static enum dn_status check_part(struct dn_evidence *evidence, enum dn_status status, struct dn_error *err)
{
    if (!evidence->csv)
        return status;
    if (status == DN_OK && evidence->record.fault == DN_CSV_FINE)
        return dn_part_look(&evidence->parts, evidence->csv, &evidence->record, err);
    if (status == DN_END && dn_part_finish(&evidence->parts, evidence->csv, err) != DN_OK)
        return DN_INVALID;
    return status;
}

enum dn_status dn_evidence_next(struct dn_evidence *evidence, struct dn_error *err)
{
    for (int i = 0; i < DN_FIELDS; i++)
        evidence->fields[i].have_all = evidence->fields[i].have_first = false;
    evidence->have_time = false;
    enum dn_status status = evidence->csv ? dn_csv_next(evidence->csv, &evidence->record, err)
                                          : dn_jsonl_next(evidence->jsonl, &evidence->record, err);
    return check_part(evidence, status, err);
}

const char *dn_evidence_name(const struct dn_evidence *evidence)
{
    return evidence->csv ? dn_csv_name(evidence->csv) : dn_jsonl_name(evidence->jsonl);
}

const struct dn_profile *dn_evidence_profile(const struct dn_evidence *evidence)
{
    return evidence->profile;
}

const struct dn_csv_record *dn_evidence_record(const struct dn_evidence *evidence)
{
    return &evidence->record;
}

static int64_t first_column(const struct bound *bound)
{
    for (size_t i = 0; i < bound->count; i++)
        if (bound->at[i].column != DN_CSV_NONE)
            return (int64_t)bound->at[i].column + 1;
    return 0;
}

bool dn_evidence_has(const struct dn_evidence *evidence, enum dn_field field)
{
    return first_column(&evidence->fields[field]) > 0;
}

bool dn_evidence_plain(const struct dn_evidence *evidence, enum dn_field field)
{
    const struct bound *bound = &evidence->fields[field];
    for (size_t i = 0; i < bound->count; i++)
        if (bound->at[i].column != DN_CSV_NONE && bound->at[i].json)
            return false;
    return true;
}

/* Room for the JSON text of all the field's cells. */
static size_t room_for(const struct bound *bound, const struct dn_csv_record *record)
{
    size_t room = 0;
    for (size_t i = 0; i < bound->count; i++)
        if (bound->at[i].json)
            room += dn_csv_cell(record, bound->at[i].column).size;
    return room;
}

const struct dn_values *dn_evidence_all(struct dn_evidence *evidence, enum dn_field field)
{
    struct bound *bound = &evidence->fields[field];
    if (bound->have_all)
        return &bound->all;
    dn_values_reset(&bound->all, room_for(bound, &evidence->record));
    for (size_t i = 0; i < bound->count; i++)
        dn_selector_pick(&bound->at[i], &evidence->record, &evidence->profile->missing, &bound->all);
    bound->have_all = true;
    return &bound->all;
}

const struct dn_values *dn_evidence_first(struct dn_evidence *evidence, enum dn_field field)
{
    struct bound *bound = &evidence->fields[field];
    if (bound->have_first)
        return &bound->first;
    dn_values_reset(&bound->first, room_for(bound, &evidence->record));
    bool readable = true;
    for (size_t i = 0; i < bound->count && readable && bound->first.count == 0; i++)
        readable = dn_selector_pick(&bound->at[i], &evidence->record, &evidence->profile->missing, &bound->first);
    bound->have_first = true;
    return &bound->first;
}

struct dn_text dn_evidence_value(struct dn_evidence *evidence, enum dn_field field)
{
    const struct dn_values *values = dn_evidence_first(evidence, field);
    return values->count > 0 ? values->at[0] : (struct dn_text){"", 0};
}

int64_t dn_evidence_column(struct dn_evidence *evidence, enum dn_field field)
{
    const struct dn_values *values = dn_evidence_first(evidence, field);
    return values->column > 0 ? (int64_t)values->column : first_column(&evidence->fields[field]);
}

static enum dn_evidence_time find_time(struct dn_evidence *evidence)
{
    const struct dn_profile *profile = evidence->profile;
    const struct dn_values *values = dn_evidence_first(evidence, DN_FIELD_AT);
    evidence->at = DN_INSTANT_NONE;
    if (values->unreadable)
        return DN_EVIDENCE_UNREADABLE;
    if (values->count == 0)
        return DN_EVIDENCE_NO_TIME;
    if (dn_formats_parse(&profile->formats, profile->zone, values->at[0], &evidence->at))
        return DN_EVIDENCE_TIME;
    evidence->at = DN_INSTANT_NONE;
    return DN_EVIDENCE_BAD_TIME;
}

enum dn_evidence_time dn_evidence_at(struct dn_evidence *evidence, struct dn_instant *at)
{
    if (!evidence->have_time)
        evidence->time = find_time(evidence);
    evidence->have_time = true;
    *at = evidence->at;
    return evidence->time;
}

bool dn_evidence_failed(struct dn_evidence *evidence)
{
    const struct dn_values *values = dn_evidence_first(evidence, DN_FIELD_OUTCOME);
    for (size_t i = 0; i < values->count; i++)
        if (!dn_glob_any(&evidence->profile->unsuccessful, values->at[i]))
            return false;
    return values->count > 0;
}
