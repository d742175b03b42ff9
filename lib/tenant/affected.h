/* The affected stream (CONTRACT section 3.5; duenotice-affected(5)): one row per (incident, tenant), at most one per
 * incident with an empty tenant_id for what could not be settled. */
#ifndef DN_TENANT_AFFECTED_H
#define DN_TENANT_AFFECTED_H

#include "base/error.h"
#include "base/shelf.h"
#include "base/text.h"
#include "incident/incident.h"
#include "stream/part.h"
#include "tenant/arena.h"
#include "time/instant.h"

enum dn_change { DN_CHANGE_ADDED, DN_CHANGE_KEPT, DN_CHANGE_REMOVED };
extern const char *const dn_change_words[];

/* One row. All strings are the list's, never NULL ("" for an empty cell). Lists keep the ';' form of the stream. */
struct dn_affected {
    const char *incident_id, *tenant_id, *name, *country, *language, *time_zone, *regimes;
    enum dn_change change;
    const char *effects; /* words, sorted, ';' */
    enum dn_certainty certainty;
    const char *services;
    int64_t resources, rows, events, data_subjects; /* -1: not known (empty cell) */
    struct dn_instant first_seen, last_seen;
    const char *matched_by;
    const char *message_center; /* yes | no | hidden | "" */
    const char *admin_emails, *privacy_email, *admin_phones, *contact_gaps;
    struct dn_instant identified_at;
    int64_t line; /* where it was read; 0 for one made here */
};

/* The columns in order, without part; NULL-ended. */
extern const char *const dn_affected_columns[];
#define DN_AFFECTED_COLUMNS 24

#define DN_AFFECTED_TEXTS 15

/* Rows of one or more files, sorted by incident_id, tenant_id bytewise. Starts zeroed. A row costs about 220 bytes and
 * its texts, or, of a list that was begun with _put_outside, a byte: then it is read with a dn_affected_reader. */
struct dn_affected_list {
    struct dn_affected *at; /* NULL where they are outside memory */
    struct dn_affected_store *store;
    size_t count, room;
    struct dn_arena texts;
    const char *recent[DN_AFFECTED_TEXTS]; /* by column: what many rows have is there once */
};

/* Keeps the rows of an empty list outside memory (base/shelf.h). */
void dn_affected_put_outside(struct dn_affected_list *list);

/* Reads a whole stream and appends it; parts are checked (subset: as --subset), an (incident, tenant) twice is
 * DN_INVALID, also across files. Call _sort or _settle after the last file. */
enum dn_status dn_affected_read(const char *path, bool subset, struct dn_affected_list *list, struct dn_error *err);

/* Of a list in memory alone; pointers to its rows are to others then. */
void dn_affected_sort(struct dn_affected_list *list);

/* Sorts wherever the rows are. DN_SYSTEM: rows that are outside memory were lost; the list is empty then. */
enum dn_status dn_affected_settle(struct dn_affected_list *list, struct dn_error *err);

/* The row, or NULL. The list must be sorted, and in memory. */
const struct dn_affected *dn_affected_find(const struct dn_affected_list *list, struct dn_text incident_id,
                                           struct dn_text tenant_id);

/* A row that was read back. Starts zeroed. */
struct dn_affected_slot {
    bool is_there;
    size_t number;
    struct dn_buf bytes;
    struct dn_affected row;
};

/* Reads the rows of a sorted list, wherever they are. Starts zeroed but for list. */
struct dn_affected_reader {
    const struct dn_affected_list *list;
    struct dn_shelf_reader shelf;
    struct dn_affected_slot slot;
};

/* The row with this number. In a slot of one's own: good until that is used again or cleared, also behind the reader's
 * end. A slot is for rows of one list. */
const struct dn_affected *dn_affected_fetch(struct dn_affected_reader *reader, size_t number,
                                            struct dn_affected_slot *slot);

/* Frees the row's bytes; the slot can be used again. */
void dn_affected_slot_clear(struct dn_affected_slot *slot);

/* The same, good until the next call. */
const struct dn_affected *dn_affected_at(struct dn_affected_reader *reader, size_t number);

/* As _find; *number (NULL allowed) becomes the row's. Good as long as _at's. */
const struct dn_affected *dn_affected_look_up(struct dn_affected_reader *reader, struct dn_text incident_id,
                                              struct dn_text tenant_id, size_t *number);

/* Frees what was read: the row of its own slot is gone, those in slots of others stay. */
void dn_affected_reader_clear(struct dn_affected_reader *reader);

/* Fills cells[DN_AFFECTED_COLUMNS]; numbers and times go into scratch, kept by the caller until the cells were used. */
void dn_affected_cells(const struct dn_affected *row, struct dn_buf *scratch, struct dn_text *cells);

/* The texts of a row, for who has them as views. */
struct dn_affected_texts {
    struct dn_text incident_id, tenant_id, name, country, language, time_zone, regimes, effects, services, matched_by,
        message_center, admin_emails, privacy_email, admin_phones, contact_gaps;
};

/* Appends the row as CSV, without part and line end, with these texts: its own are not looked at. */
void dn_affected_add_line(const struct dn_affected *row, const struct dn_affected_texts *texts, struct dn_buf *line);

/* The row's own. */
struct dn_affected_texts dn_affected_texts_of(const struct dn_affected *row);

/* Frees all rows, and the file of those outside memory: no reader of it may be used. */
void dn_affected_list_clear(struct dn_affected_list *list);

/* Does the ';' list have this element? */
bool dn_list_has(const char *list, const char *element);

#endif
