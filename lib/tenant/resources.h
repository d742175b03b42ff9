/* The resources stream: the impact columns, then tenant_id and matched_by (and part), every matched impact row, sorted
 * by tenant. Written by tenant-match --resources, read by notify-send for what it attaches and for the isolation check.
 */
#ifndef DN_TENANT_RESOURCES_H
#define DN_TENANT_RESOURCES_H

#include "impact/impact.h"

/* One row; strings owned. */
struct dn_resource {
    char *incident_id, *tenant_id, *tenant, *service, *resource, *matched_by, *evidence;
    enum dn_effect effect;
    enum dn_certainty certainty;
    int64_t rows, events, data_subjects; /* -1: not known (empty cell) */
    struct dn_instant first_seen, last_seen, determined_at;
};

/* Rows sorted by incident_id, tenant_id, then as they came. Starts zeroed. */
struct dn_resource_list {
    struct dn_resource *at;
    size_t count, room;
};

/* The columns in order, without part; NULL-ended. */
extern const char *const dn_resource_columns[];
#define DN_RESOURCE_COLUMNS 15

/* Reads a whole file, parts checked, sorted. */
enum dn_status dn_resources_read(const char *path, struct dn_resource_list *list, struct dn_error *err);

/* The rows of one tenant: a range of the list, *count of them; NULL when there are none. */
const struct dn_resource *dn_resources_of(const struct dn_resource_list *list, struct dn_text incident_id,
                                          struct dn_text tenant_id, size_t *count);

/* How many different resources these rows name: bytewise different `resource` cells, an empty one does not count. It is
 * what `resources` says in the affected stream, and what a reader of both compares. */
size_t dn_resources_distinct(const struct dn_resource *rows, size_t count);

/* Fills cells[DN_RESOURCE_COLUMNS]; numbers and times go into scratch, kept by the caller until the cells were used. */
void dn_resource_cells(const struct dn_resource *row, struct dn_buf *scratch, struct dn_text *cells);

void dn_resource_list_clear(struct dn_resource_list *list);

#endif
