/* Inside lib/tenant: affected rows outside memory, of a list that was begun with dn_affected_put_outside. */
#ifndef DN_TENANT_AFFECTED_STORE_H
#define DN_TENANT_AFFECTED_STORE_H

#include "tenant/affected.h"

/* Adds a copy of the row. False: it is not added, since the row *number has the same incident and tenant. */
bool dn_affected_store_add(struct dn_affected_list *list, const struct dn_affected *row, size_t *number);

/* Is what was added there? DN_SYSTEM: it could not be written. */
enum dn_status dn_affected_store_check(const struct dn_affected_store *store, struct dn_error *err);

/* DN_SYSTEM: rows were lost; the list is empty then. */
enum dn_status dn_affected_store_sort(struct dn_affected_list *list, struct dn_error *err);

void dn_affected_store_free(struct dn_affected_store *store); /* NULL allowed */

/* Appends what is the same for rows of the same incident and tenant, however its id is spelled. */
void dn_affected_add_key(const struct dn_affected *row, struct dn_buf *key);

/* The order of a sorted list: <0, 0, >0. */
int dn_affected_compare(const struct dn_affected *row, struct dn_text incident_id, struct dn_text tenant_id);

#endif
