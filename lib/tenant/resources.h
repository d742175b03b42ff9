/* The resources stream: the impact columns, then tenant_id and matched_by (and part), every matched impact row, sorted
 * by tenant. Written by tenant-match --resources, read by notify-send for what it attaches and for the isolation check.
 */
#ifndef DN_TENANT_RESOURCES_H
#define DN_TENANT_RESOURCES_H

#include "base/shelf.h"
#include "impact/impact.h"

/* One row; strings borrowed, never NULL. */
struct dn_resource {
    const char *incident_id, *tenant_id, *tenant, *service, *resource, *matched_by, *evidence;
    enum dn_effect effect;
    enum dn_certainty certainty;
    int64_t rows, events, data_subjects; /* -1: not known (empty cell) */
    struct dn_instant first_seen, last_seen, determined_at;
};

/* Rows sorted by incident_id, tenant_id, then as they came. Starts zeroed. They are outside memory (base/shelf.h), half
 * a byte each stays, and are read with a dn_resource_reader. */
struct dn_resource_list {
    const struct dn_resource *at; /* of a list made by hand: all of them, sorted, the maker's */
    size_t count;
    struct dn_shelf shelf;
};

/* The columns in order, without part; NULL-ended. */
extern const char *const dn_resource_columns[];
#define DN_RESOURCE_COLUMNS 15

/* Reads a whole file into an empty list, parts checked, sorted. DN_SYSTEM also: the rows could not be kept. */
enum dn_status dn_resources_read(const char *path, struct dn_resource_list *list, struct dn_error *err);

/* Reads the rows of a list, wherever they are; those of one tenant at a time are in memory. Starts zeroed but for list.
 */
struct dn_resource_reader {
    const struct dn_resource_list *list;
    struct dn_shelf_reader shelf;
    struct dn_buf record; /* of the row before `behind`, if there is one */
    size_t behind;
    struct dn_resource row;   /* that _at gave */
    struct dn_resource *rows; /* that _of gave */
    size_t room, next;        /* next: behind them in the list */
    struct dn_buf records;    /* theirs */
    struct dn_buf asked;      /* incident and tenant that _of was asked for last; no row before `next` is behind them */
    size_t asked_incident;
    bool has_asked;
};

/* The row with this number, good until the next call of _at or _of. */
const struct dn_resource *dn_resources_at(struct dn_resource_reader *reader, size_t number);

/* The rows of one tenant, *count of them, good until the next call of _of or _at; NULL when there are none. Quick for
 * tenants in the list's order. */
const struct dn_resource *dn_resources_of(struct dn_resource_reader *reader, struct dn_text incident_id,
                                          struct dn_text tenant_id, size_t *count);

void dn_resource_reader_clear(struct dn_resource_reader *reader);

/* How many different resources these rows name: bytewise different `resource` cells, an empty one does not count. It is
 * what `resources` says in the affected stream, and what a reader of both compares. */
size_t dn_resources_distinct(const struct dn_resource *rows, size_t count);

/* Fills cells[DN_RESOURCE_COLUMNS]; numbers and times go into scratch, kept by the caller until the cells were used. */
void dn_resource_cells(const struct dn_resource *row, struct dn_buf *scratch, struct dn_text *cells);

void dn_resource_list_clear(struct dn_resource_list *list);

#endif
