#include "channel/intake.h"

#include <string.h>

static enum dn_status check_status(const struct dn_incident *incident, const char *notice, struct dn_error *err)
{
    static const char *const reasons[] = {
        [DN_INCIDENT_OPEN] = "no breach of customer data is declared; declare it first (incident-declare)",
        [DN_INCIDENT_WITHDRAWN] = "only a retraction, a correction or a final notice may follow",
        [DN_INCIDENT_CLOSED] = "only a final notice may follow",
    };
    if (incident->status == DN_INCIDENT_DECLARED)
        return DN_OK;
    return dn_error_set(err, DN_INVALID, "incident '%s' is %s: %s, not '%s'", incident->id,
                        dn_incident_status_words[incident->status], reasons[incident->status], notice);
}

static enum dn_status check_row(const struct dn_incidents *incidents, const struct dn_affected *row, const char *notice,
                                struct dn_error *err)
{
    const struct dn_incident *incident = dn_incidents_find(incidents, dn_text_of(row->incident_id));
    if (incident)
        return check_status(incident, notice, err);
    return dn_error_set(err, DN_INVALID, "affected stream, line %lld: no document of -i has incident '%s'",
                        (long long)row->line, row->incident_id);
}

enum dn_status dn_intake_incidents(const struct dn_incidents *incidents, const struct dn_affected_list *affected,
                                   const char *notice, struct dn_error *err)
{
    struct dn_affected_reader reader = {.list = affected};
    enum dn_status status = DN_OK;
    for (size_t i = 0; i < affected->count && status == DN_OK; i++)
        status = check_row(incidents, dn_affected_at(&reader, i), notice, err);
    dn_affected_reader_clear(&reader);
    for (size_t i = 0; i < incidents->count && !affected->count && status == DN_OK; i++)
        status = check_status(&incidents->at[i], notice, err);
    return status;
}

static enum dn_status check_tenant(const struct dn_affected *row, struct dn_resource_reader *resources,
                                   struct dn_error *err)
{
    size_t count = 0;
    const struct dn_resource *rows =
        dn_resources_of(resources, dn_text_of(row->incident_id), dn_text_of(row->tenant_id), &count);
    int64_t distinct = rows ? (int64_t)dn_resources_distinct(rows, count) : 0;
    if (distinct == row->resources)
        return DN_OK;
    return dn_error_set(err, DN_INVALID,
                        "tenant '%s' of incident '%s': the resources file has %lld distinct resources, the affected "
                        "stream says %lld: they are not of one run of tenant-match",
                        row->tenant_id, row->incident_id, (long long)distinct, (long long)row->resources);
}

static int compare(const struct dn_affected *tenant, const struct dn_resource *row)
{
    int order = strcmp(tenant->incident_id, row->incident_id);
    return order ? order : strcmp(tenant->tenant_id, row->tenant_id);
}

static enum dn_status stray(const struct dn_resource *row, struct dn_error *err)
{
    return dn_error_set(err, DN_INVALID,
                        "tenant '%s' of incident '%s' is in the resources file and not in the affected stream "
                        "(--subset accepts a stream cut on purpose)",
                        row->tenant_id, row->incident_id);
}

/* Both are sorted the same way: they are walked side by side. */
static enum dn_status check_stray(struct dn_affected_reader *tenants, struct dn_resource_reader *resources,
                                  struct dn_error *err)
{
    size_t next = 0, count = tenants->list->count;
    for (size_t i = 0; i < resources->list->count; i++) {
        const struct dn_resource *row = dn_resources_at(resources, i);
        while (next < count && compare(dn_affected_at(tenants, next), row) < 0)
            next++;
        if (next == count || compare(dn_affected_at(tenants, next), row) != 0)
            return stray(row, err);
    }
    return DN_OK;
}

enum dn_status dn_intake_resources(const struct dn_affected_list *affected, const struct dn_resource_list *resources,
                                   bool subset, struct dn_error *err)
{
    struct dn_affected_reader tenants = {.list = affected};
    struct dn_resource_reader rows = {.list = resources};
    enum dn_status status = subset ? DN_OK : check_stray(&tenants, &rows, err);
    for (size_t i = 0; i < affected->count && status == DN_OK; i++) {
        const struct dn_affected *row = dn_affected_at(&tenants, i);
        if (row->tenant_id[0] && row->change != DN_CHANGE_REMOVED)
            status = check_tenant(row, &rows, err);
    }
    dn_affected_reader_clear(&tenants);
    dn_resource_reader_clear(&rows);
    return status;
}
