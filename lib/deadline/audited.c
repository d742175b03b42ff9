#include "deadline/audited.h"

#include <stdlib.h>
#include <string.h>

#include "deadline/summary.h"

const char *dn_audited_name(const struct dn_audited *audited, const struct dn_obligation *row)
{
    const struct dn_affected *affected =
        audited->affected == NULL || row->tenant_id[0] == '\0'
            ? NULL
            : dn_affected_find(audited->affected, dn_text_of(row->incident_id), dn_text_of(row->tenant_id));
    return affected != NULL && affected->name != NULL ? affected->name : "";
}

const struct dn_told *dn_audited_told(const struct dn_audited *audited, const struct dn_obligation *row,
                                      struct dn_told_view *view)
{
    uint32_t reference;
    bool found = dn_told_find(audited->told, dn_text_of(row->incident_id), dn_text_of(row->tenant_id), &reference);
    return found ? dn_told_at(audited->told, reference, view) : NULL;
}

bool dn_obligation_is_drill(const struct dn_obligation *row)
{
    return strcmp(row->reason, "drill") == 0 || strncmp(row->reason, "drill;", 6) == 0;
}

bool dn_audited_is_drill(const struct dn_audited *audited)
{
    bool drill = audited->incidents->count > 0 || audited->obligations->count > 0;
    for (size_t i = 0; i < audited->incidents->count; i++)
        drill &= audited->incidents->at[i].drill;
    for (size_t i = 0; i < audited->obligations->count; i++)
        drill &= dn_obligation_is_drill(&audited->obligations->at[i]);
    return drill;
}

bool dn_verdict_is_open(enum dn_verdict verdict)
{
    return verdict == DN_VERDICT_PENDING || verdict == DN_VERDICT_OVERDUE || verdict == DN_VERDICT_MISSING ||
           verdict == DN_VERDICT_HELD || verdict == DN_VERDICT_UNKNOWN;
}

static bool obliges(const struct dn_obligation *row)
{
    return row->status != DN_VERDICT_VOID && row->status != DN_VERDICT_EXEMPT && row->status != DN_VERDICT_STRAY;
}

struct dn_progress dn_audited_progress(const struct dn_audited *audited, const struct dn_incident *incident)
{
    struct dn_progress progress = {0};
    for (size_t i = 0; i < audited->obligations->count; i++) {
        const struct dn_obligation *row = &audited->obligations->at[i];
        bool counts = obliges(row) && strcmp(row->incident_id, incident->id) == 0;
        progress.due += counts;
        progress.open += counts && dn_verdict_is_open(row->status);
    }
    return progress;
}

static struct dn_instant last_identified(const struct dn_affected_list *affected, const char *incident_id)
{
    struct dn_instant at = DN_INSTANT_NONE;
    for (size_t i = 0; affected != NULL && i < affected->count; i++)
        if (strcmp(affected->at[i].incident_id, incident_id) == 0)
            at = dn_instant_max(at, affected->at[i].identified_at);
    return at;
}

/* The last one told, if none is left. */
static struct dn_instant last_told(const struct dn_obligations *obligations, const char *incident_id)
{
    struct dn_instant at = DN_INSTANT_NONE;
    for (size_t i = 0; i < obligations->count; i++) {
        const struct dn_obligation *row = &obligations->at[i];
        if (row->update || strcmp(row->incident_id, incident_id) != 0)
            continue;
        if (dn_verdict_needs_person(row->status) && row->status != DN_VERDICT_LATE)
            return DN_INSTANT_NONE;
        at = dn_instant_max(at, row->satisfied_at);
    }
    return at;
}

struct dn_instant dn_audited_reached(const struct dn_audited *audited, const struct dn_incident *incident,
                                     enum dn_stage stage)
{
    struct dn_instant at = dn_incident_reached(incident, stage);
    if (dn_instant_is(at))
        return at;
    if (stage == DN_STAGE_AFFECTED_CUSTOMERS_DETERMINED)
        return last_identified(audited->affected, incident->id);
    if (stage == DN_STAGE_AFFECTED_CUSTOMERS_NOTIFIED)
        return last_told(audited->obligations, incident->id);
    return DN_INSTANT_NONE;
}

void dn_obligations_count(const struct dn_obligations *obligations, size_t counts[DN_VERDICT_COUNT])
{
    memset(counts, 0, DN_VERDICT_COUNT * sizeof *counts);
    for (size_t i = 0; i < obligations->count; i++)
        counts[obligations->at[i].status]++;
}

const struct dn_obligation *dn_obligations_tightest(const struct dn_obligations *obligations, bool open)
{
    const struct dn_obligation *found = NULL;
    int64_t least = 0, margin = 0;
    for (size_t i = 0; i < obligations->count; i++) {
        const struct dn_obligation *row = &obligations->at[i];
        bool unsure = row->status == DN_VERDICT_UNKNOWN; /* there is nobody to tell, or a time is wrong */
        if (unsure || dn_instant_is(row->satisfied_at) == open || !dn_obligation_margin(row, &margin))
            continue;
        if (found == NULL || margin < least) {
            found = row;
            least = margin;
        }
    }
    return found;
}

size_t dn_obligations_percentiles(const struct dn_obligations *obligations, bool overrun, int64_t values[4])
{
    struct dn_summary summary = {0};
    for (size_t i = 0; i < obligations->count; i++)
        dn_summary_take(&summary, &obligations->at[i]);
    size_t count = dn_seconds_percentiles(overrun ? &summary.overrun : &summary.elapsed, values);
    dn_summary_clear(&summary);
    return count;
}
