/* The keys of a record as tables: what reads, checks and writes each part of it, said once. Private to lib/incident. */
#ifndef DN_INCIDENT_PARTS_H
#define DN_INCIDENT_PARTS_H

#include "incident/incident.h"
#include "stream/yaml.h"
#include "stream/yaml_write.h"

/* What a key holds and what its member is. */
enum dn_field_kind {
    DN_FIELD_LINE, /* char *, one line without control or bidi characters */
    DN_FIELD_TEXT, /* char *, line breaks and tabs allowed */
    DN_FIELD_TIME, /* struct dn_instant */
    DN_FIELD_WORD, /* an enum, by its word */
    DN_FIELD_FLAG, /* bool: the second of two words */
    DN_FIELD_BOOL, /* bool: true or false */
    DN_FIELD_LIST  /* struct dn_strings; one scalar stands for a list of one; no element may be empty */
};

/* One key of a part. quiet: not written while it has its initial value (FLAG, WORD); others are left out when empty. */
struct dn_field {
    const char *key; /* NULL ends a table */
    enum dn_field_kind kind;
    size_t offset;
    const char *const *words;
    int initial; /* WORD: the value when the key is not given */
    bool required, quiet;
};

extern const struct dn_field dn_head_fields[], dn_report_fields[], dn_finding_fields[], dn_scope_fields[],
    dn_indicator_fields[], dn_distrust_fields[], dn_stage_fields[], dn_clock_fields[], dn_words_fields[],
    dn_contact_fields[], dn_update_fields[], dn_approval_fields[], dn_hold_fields[], dn_exemption_fields[],
    dn_revision_fields[];

/* Where a reading stands: the file, and where notes and errors go. */
struct dn_record_reading {
    const struct dn_yaml_file *file;
    struct dn_notes *notes;
    struct dn_error *err;
};

/* An element of a list into *part, which is zeroed. */
typedef enum dn_status dn_part_read(const struct dn_record_reading *r, const struct dn_yaml *node, void *part);

/* Reads the fields of a map into part. Keys that are neither in fields nor in also (NULL-ended; NULL: none), which the
 * caller reads itself, are refused. */
enum dn_status dn_fields_read(const struct dn_record_reading *r, const struct dn_yaml *node,
                              const struct dn_field *fields, const char *const *also, void *part);

/* The same where the keys have been checked already. */
enum dn_status dn_fields_take(const struct dn_record_reading *r, const struct dn_yaml *node,
                              const struct dn_field *fields, void *part);

/* Writes the fields of an open map. */
void dn_fields_write(struct dn_yaml_writer *w, const struct dn_field *fields, const void *part);

/* Frees what the fields own and empties them. */
void dn_fields_clear(const struct dn_field *fields, void *part);

/* The list under key as an array of parts, *count of them, also when the status is not DN_OK; NULL when it is not
 * given. */
void *dn_list_read(const struct dn_record_reading *r, const struct dn_yaml *map, const char *key, size_t size,
                   dn_part_read *read, size_t *count, enum dn_status *status);

/* Has the map this key at all, even with an empty value? */
bool dn_key_given(const struct dn_yaml *map, const char *key);

dn_part_read dn_report_read, dn_finding_read, dn_scope_read, dn_timeline_read, dn_hold_read, dn_exemption_read,
    dn_revision_read;

/* The notice: text, contact, translations. */
enum dn_status dn_notice_read(const struct dn_record_reading *r, const struct dn_yaml *node,
                              struct dn_notice_record *notice);

/* A whole document. partial: schema and id may be missing (a revision). */
enum dn_status dn_record_read(const struct dn_record_reading *r, const struct dn_yaml *node, bool partial,
                              struct dn_incident *incident);

/* One part as an element of the open list. */
void dn_finding_write(struct dn_yaml_writer *w, const struct dn_finding *finding);
void dn_report_write(struct dn_yaml_writer *w, const struct dn_report *report);
void dn_scope_write(struct dn_yaml_writer *w, const struct dn_scope *scope);
void dn_timeline_write(struct dn_yaml_writer *w, const struct dn_timeline_entry *entry);
void dn_revision_write(struct dn_yaml_writer *w, const struct dn_revision *revision);
void dn_hold_write(struct dn_yaml_writer *w, const struct dn_hold *hold);
void dn_exemption_write(struct dn_yaml_writer *w, const struct dn_exemption *exemption);

void dn_finding_clear(struct dn_finding *finding);
void dn_report_clear(struct dn_report *report);
void dn_scope_clear(struct dn_scope *scope);
void dn_hold_clear(struct dn_hold *hold);
void dn_exemption_clear(struct dn_exemption *exemption);
void dn_notice_clear(struct dn_notice_record *notice);

/* What an incomplete hold or exemption lacks, as a clause; NULL: it is complete. Sets nothing. */
const char *dn_hold_gap(const struct dn_hold *hold);
const char *dn_exemption_gap(const struct dn_exemption *exemption);

/* The first instant at which two different people had approved; DN_INSTANT_NONE: never. */
struct dn_instant dn_approved_at(const struct dn_approval *approvals, size_t count);

#endif
